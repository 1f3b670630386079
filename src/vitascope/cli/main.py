"""The `vitascope` command and its errors."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter

from vitascope import __version__
from vitascope.errors import VitascopeError

app = App(
    name="vitascope",
    version=__version__,
    help="The Videos API, self-hosted: durable jobs, open models, and an engine without weights.",
)
# By name, not imported: each command loads only the modules that it needs.
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


def main() -> None:
    """Run the command line; a failure prints one sentence on stderr and exits with status 1."""
    words = sys.argv[1:]
    try:
        _run_videos(words)
        app(words)
    except VitascopeError as error:
        print(f"vitascope: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except OSError as error:  # such as a folder that can't be created
        if error.filename is None:
            raise
        print(f"vitascope: {error.filename}: {error.strerror}.", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _run_videos(words: Sequence[str]) -> None:
    """Run `vitascope videos` and exit if the arguments ask for it: its grammar differs."""
    if "videos" not in words:
        return
    from vitascope.cli.videos.parse import asks_for_videos
    from vitascope.cli.videos.run import run

    if asks_for_videos(words):
        raise SystemExit(run(words))


if __name__ == "__main__":
    main()
