"""Draw prompts with shadowplay and lay five moments of each side by side in one picture.

scripts/gallery OUT.png "PROMPT" ["PROMPT" ...] [--size 1280x720] [--seconds 4] [--seed 1]
                [--columns 1] [--moments 5] [--cell 320] [--art FOLDER]
scripts/gallery OUT.png --props bench chair    each prop alone by day and with a person at dusk
scripts/gallery --docs [CHAPTER ...]           docs/gallery, by its prompts.toml
scripts/gallery --sets FOLDER [--seed 1]       a film of one prompt of each set in sets.toml, for a
                                               viewer who does not know which one it is
"""

from __future__ import annotations

import argparse
import json
import random
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import shadowplay
from shadowplay.art import library

DOCS = Path(__file__).parents[2] / "docs/gallery"


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


def file_of(chapter: dict[str, Any]) -> str:
    return chapter["name"].lower().replace(",", "").replace(" ", "-") + ".webp"


def page(prompts: dict[str, Any]) -> str:
    """The gallery's page in Markdown."""
    width, height = prompts["size"]
    lines = [
        "# Gallery",
        "",
        f"Films of {width} × {height} and {prompts['seconds']} seconds that shadowplay draws of "
        "these prompts: the first moment, the middle and the last one. A prompt's number is its "
        "seed. Made by `scripts/gallery --docs` of [prompts.toml](prompts.toml).",
    ]
    number = 1
    for chapter in prompts["chapter"]:
        lines += ["", f"## {chapter['name']}", "", f"![{chapter['name']}]({file_of(chapter)})", ""]
        lines += [f"{n}. {prompt}" for n, prompt in enumerate(chapter["prompts"], number)]
        number += len(chapter["prompts"])
    return "\n".join(lines) + "\n"


def draw_docs(chosen: list[str], options: argparse.Namespace) -> None:
    """Draw the chapters, or those that are named, and write the page."""
    prompts = tomllib.loads((DOCS / "prompts.toml").read_text("utf-8"))
    options.size, options.seconds = tuple(prompts["size"]), prompts["seconds"]
    options.moments, options.seed = 3, 0
    for chapter in prompts["chapter"]:
        strips = []
        for prompt in chapter["prompts"]:
            options.seed += 1
            if not chosen or chapter["name"] in chosen:
                strips.append(moments(prompt, options))
        if strips:
            sheet(strips, 1).save(DOCS / file_of(chapter), quality=82, method=6)
    (DOCS / "README.md").write_text(page(prompts), "utf-8")


def draw_sets(folder: Path, options: argparse.Namespace) -> None:
    """Draw one prompt of each set as NN.webp, and write questions.md and answers.json."""
    chance = random.Random(options.seed)
    questions, answers = [], {}
    options.size, options.cell, options.moments = (960, 544), 480, 9
    for number, one in enumerate(tomllib.loads((DOCS / "sets.toml").read_text("utf-8"))["set"], 1):
        prompts = [one["prompt"].format(words) for words in one["words"]]
        letter, prompt = chance.choice(list(zip("abcdefgh", prompts, strict=True)))
        answers[number] = letter
        options.seed = number
        strip = moments(prompt, options)
        rows_of_three = [strip[k : k + 3] for k in (0, 3, 6)]
        sheet(rows_of_three, 1).save(folder / f"{number:02}.webp", quality=85)
        rows = [f"- {k}: {text}" for k, text in zip("abcdefgh", prompts, strict=True)]
        questions += [f"## {number:02}", "", *rows, ""]
    (folder / "questions.md").write_text("\n".join(questions), "utf-8")
    (folder / "answers.json").write_text(json.dumps(answers), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--docs", nargs="*", metavar="CHAPTER", help="draw docs/gallery")
    parser.add_argument("--sets", type=Path, metavar="FOLDER", help="draw docs/gallery/sets.toml")
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
    if options.docs is not None:
        draw_docs(options.docs, options)
        return
    if options.sets is not None:
        options.sets.mkdir(parents=True, exist_ok=True)
        draw_sets(options.sets, options)
        return
    if options.out is None:
        parser.error("name the picture to write")
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
