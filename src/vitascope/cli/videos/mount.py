"""Adds `vitascope videos`, whose grammar differs, to the other commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter

app = App(name="videos", help="Make videos through the API.", help_flags=(), version_flags=())


@app.default
def videos(
    *words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
) -> int:
    """Make videos through the API, in the grammar of the official CLI."""
    from vitascope.cli.videos.run import run

    return run(["videos", *words])


def take_over(words: Sequence[str]) -> None:
    """Run the command line and exit if it is for `videos`; otherwise return."""
    if "videos" not in words:
        return
    from vitascope.cli.videos.parse import asks_for_videos
    from vitascope.cli.videos.run import run

    if asks_for_videos(words):
        raise SystemExit(run(words))
