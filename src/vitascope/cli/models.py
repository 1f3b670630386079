"""`vitascope models`: who draws for which name."""

from __future__ import annotations

from cyclopts import App
from rich.console import Console
from rich.table import Table

from vitascope import config
from vitascope.cli.options import ConfigFile

app = App(name="models", help="Tell about the configured models.")


@app.command(name="list")
def list_(*, config_file: ConfigFile = None) -> None:
    """List the names clients can send, and the engine that draws for each."""
    settings = config.load(config_file)
    table = Table("model", "engine", box=None)
    for name in settings.model_names:
        model = settings.resolve_model(name)
        table.add_row(name, model.engine if model else "")
    Console().print(table)
