"""The commands of `vitascope`. Each loads only the modules that it needs."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from vitascope import __version__

app = App(
    name="vitascope",
    version=__version__,
    help="The Videos API, self-hosted: durable jobs, open models, and an engine without weights.",
)
# By name, not imported.
app.command("vitascope.cli.serve:serve")
app.command("vitascope.cli.worker:worker")
app.command("vitascope.cli.demo:demo")
app.command("vitascope.cli.mcp:mcp")
app.command("vitascope.cli.database:keys", name="keys")
app.command("vitascope.cli.database:db", name="db")
app.command("vitascope.cli.models:app", name="models")
app.command("vitascope.cli.doctor.command:doctor")
app.command("vitascope.cli.database:log")


@app.command(name="videos", help_flags=(), version_flags=())
def videos(*words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)]) -> int:
    """Make videos through the API, in the grammar of the official CLI."""
    from vitascope.cli.videos.run import run

    return run(["videos", *words])
