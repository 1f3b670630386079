"""The command: `python -m shadowplay "a fox in the snow" -o fox.mp4`."""

import argparse
import sys
from pathlib import Path

import shadowplay
from shadowplay.art import library


def main() -> int:
    """Draw a film and write it; 1 where it can't be done."""
    parser = argparse.ArgumentParser(
        prog="python -m shadowplay", description="Draw a prompt as an animated shadow play."
    )
    parser.add_argument("prompt", help="what to show")
    parser.add_argument("-o", "--output", type=Path, default=Path("film.mp4"), help="an MP4 file")
    parser.add_argument("--size", type=_size, default=(1280, 720), help="such as 1280x720")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--negative-prompt", help="what to leave out")
    parser.add_argument("--first-frame", type=Path, help="a picture file to begin with")
    parser.add_argument("--art", type=Path, help="a folder of props and places")
    options = vars(parser.parse_args())
    art, output = options.pop("art"), options.pop("output")
    try:
        if art:
            library.use(art)
        clip = shadowplay.film(**options)
        shadowplay.write(clip, output)
    except (shadowplay.ShadowplayError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    for note in clip.notes:
        print(note, file=sys.stderr)
    return 0


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = map(int, text.split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a size such as 1280x720: {text}") from None
    return width, height


if __name__ == "__main__":
    sys.exit(main())
