"""Draw prompts with shadowplay and lay five moments of each side by side in one picture.

scripts/gallery OUT.png "PROMPT" ["PROMPT" ...] [--size 1280x720] [--seconds 4] [--seed 1]
                [--columns 1] [--moments 5] [--cell 320] [--art FOLDER]
scripts/gallery OUT.png --props bench chair    each prop alone by day and with a person at dusk
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

import shadowplay
from shadowplay.art import library


def moments(prompt: str, options: argparse.Namespace) -> list[Image.Image]:
    """Evenly spread frames from the first to the last."""
    clip = shadowplay.film(
        prompt,
        size=options.size,
        seconds=options.seconds,
        seed=options.seed,
        first_frame=options.reference,
    )
    wanted = np.linspace(0, clip.frame_count - 1, options.moments).round().astype(int)
    if options.moments == 1:
        wanted = np.asarray([clip.frame_count // 3])
    small = (options.cell, options.cell * options.size[1] // options.size[0])
    pictures = []
    for k, frame in enumerate(clip.frames):
        if k in wanted:
            image = frame.to_image(src_colorspace="ITU709", dst_colorspace="ITU709")
            pictures.append(image.resize(small, Image.Resampling.LANCZOS))
        if k >= wanted[-1]:
            break
    return pictures


def size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


def sheet(strips: list[list[Image.Image]], columns: int) -> Image.Image:
    """Lay strips one below the other, in so many columns of strips."""
    width, height = strips[0][0].size
    across, down = width * len(strips[0]), height
    rows = -(-len(strips) // columns)
    picture = Image.new("RGB", (across * columns, down * rows))
    for n, strip in enumerate(strips):
        for k, image in enumerate(strip):
            left = n % columns * across + k * width
            picture.paste(image, (left, n // columns * down))
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("prompt", nargs="*")
    parser.add_argument("--props", nargs="+", default=[], help="names of props to look at")
    parser.add_argument("--art", type=Path, help="a folder of art besides the package's")
    parser.add_argument("--size", type=size, default=(1280, 720))
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--columns", type=int, default=1)
    parser.add_argument("--moments", type=int, default=5)
    parser.add_argument("--cell", type=int, default=320, help="width of one picture in the sheet")
    parser.add_argument("--reference", type=Path)
    options = parser.parse_args()
    if options.art:
        library.use(options.art)
    strips = [moments(prompt, options) for prompt in options.prompt]
    for name in options.props:
        word = library.cards()[name].names["en"][0]
        options.moments = 1
        strips.append(
            [
                picture
                for prompt in (f"a {word} at noon", f"a woman stands beside a {word} at dusk")
                for picture in moments(prompt, options)
            ]
        )
    sheet(strips, options.columns).save(options.out)


if __name__ == "__main__":
    main()
