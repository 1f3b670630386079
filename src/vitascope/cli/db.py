"""`vitascope db`: the database's schema."""

from __future__ import annotations

from cyclopts import App

from vitascope import config
from vitascope.cli.options import ConfigFile, DataDir
from vitascope.store import schema
from vitascope.store.data_folder import keep_private

app = App(name="db", help="Look after the database.")


@app.command
def upgrade(*, config_file: ConfigFile = None, data_dir: DataDir = None) -> None:
    """Bring the database to this program's schema. Safe to repeat."""
    settings = config.load(config_file, data_dir=data_dir)
    keep_private(settings.data_dir)
    before = schema.current_version(settings.database)
    schema.upgrade(settings.database)
    print(f"The database is at schema {schema.HEAD} (it was at {before or 'none'}).")
