"""The `vitascope` command and its errors."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from vitascope.errors import VitascopeError
from vitascope.loading import loading


def main() -> None:
    """Run the command line; a failure prints one sentence on stderr and exits with status 1."""
    words = sys.argv[1:]
    try:
        _run_videos(words)
        with loading():
            from vitascope.cli.app import app  # `videos` starts faster without it

            app.parse_commands(words)  # imports the command's module
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
    with loading():
        from vitascope.cli.videos.parse import asks_for_videos
        from vitascope.cli.videos.run import run

    if asks_for_videos(words):
        raise SystemExit(run(words))


if __name__ == "__main__":
    main()
