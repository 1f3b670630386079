"""The `vitascope` command and its errors."""

from __future__ import annotations

import sys

from cyclopts import App

from vitascope import __version__
from vitascope.cli.videos.mount import take_over
from vitascope.errors import VitascopeError

app = App(
    name="vitascope",
    version=__version__,
    help="The Videos API, self-hosted: durable jobs, open models, and an engine that needs none.",
)
# Named, not imported: each command loads only what it needs.
app.command("vitascope.cli.serve:serve")
app.command("vitascope.cli.worker:worker")
app.command("vitascope.cli.demo:demo")
app.command("vitascope.cli.keys:app", name="keys")
app.command("vitascope.cli.db:app", name="db")
app.command("vitascope.cli.models:app", name="models")
app.command("vitascope.cli.doctor.command:doctor")
app.command("vitascope.cli.log:log")
app.command("vitascope.cli.videos.mount:app", name="videos")


def main() -> None:
    """Run the command line; a failure is one sentence on stderr and exit status 1."""
    try:
        take_over(sys.argv[1:])  # has a grammar of its own
        app(sys.argv[1:])
    except VitascopeError as error:
        print(f"vitascope: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except OSError as error:  # such as a folder that can't be made
        if error.filename is None:
            raise
        print(f"vitascope: {error.filename}: {error.strerror}.", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
