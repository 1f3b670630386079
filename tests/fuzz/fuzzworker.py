"""Reads broken files one after the other, in a process that one may crash.

    python fuzzworker.py FOLDER FIRST END

It prints a line of JSON before each case and one after it.
"""

import json
import random
import resource
import shutil
import sys
import traceback
from pathlib import Path

import fuzzmutations
import fuzzseeds

from vitascope.errors import JobError
from vitascope.media.cutout import cut_out
from vitascope.media.image import read_image
from vitascope.media.normalise import normalise
from vitascope.media.previews import previews_of

ROOM = 6 << 30
"""Limit of the address space in bytes, more than any of these files needs."""


def tried(number: int, films: dict[str, bytes], pictures: dict[str, bytes], folder: Path) -> str:
    """The outcome of one case; "whole" if the file was used."""
    dice = random.Random(number)
    use = (_film, _cutout, _picture, _picture)[number % 4]
    seeds = pictures if use is _picture else films
    name = dice.choice(sorted(seeds))
    data = fuzzmutations.broken(seeds[name], seeds[dice.choice(sorted(seeds))], dice)
    path = folder / f"case-{name}"
    path.write_bytes(data)
    try:
        use(path, folder)
    except JobError as error:
        if error.code not in ("invalid_video", "invalid_image"):
            raise
        return error.code
    return "whole"


def _film(path, folder):
    facts = normalise(path, folder / "out.mp4")
    previews = previews_of(folder / "out.mp4", facts)
    previews.thumbnail()
    previews.spritesheet()


def _cutout(path, folder):
    cut_out(path, folder / "cut")


def _picture(path, folder):
    read_image(path)


def main() -> None:
    folder, first, end = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    films, pictures = fuzzseeds.films(), fuzzseeds.pictures()
    for number in range(first, end):
        print(json.dumps({"case": number}), flush=True)
        try:
            outcome, where = tried(number, films, pictures, folder), ""
        except Exception:  # noqa: BLE001 - what is looked for
            outcome, where = "fault", traceback.format_exc()
        print(json.dumps({"case": number, "outcome": outcome, "where": where}), flush=True)
        shutil.rmtree(folder)
        folder.mkdir()


if __name__ == "__main__":
    main()
