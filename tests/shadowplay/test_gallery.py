"""The gallery in the docs shows the prompts that it names."""

import tomllib

from PIL import Image
from scripts.lib import gallery


def test_every_chapter_of_the_gallery_has_its_sheet():
    prompts = tomllib.loads((gallery.DOCS / "prompts.toml").read_text("utf-8"))
    assert (gallery.DOCS / "README.md").read_text("utf-8") == gallery.page(prompts)
    width, height = prompts["size"]
    for chapter in prompts["chapter"]:
        with Image.open(gallery.DOCS / gallery.file_of(chapter)) as sheet:
            rows = sheet.height / (sheet.width / 3 * height / width)
        assert rows == len(chapter["prompts"]), chapter["name"]
    drawn = {gallery.file_of(chapter) for chapter in prompts["chapter"]}
    assert {file.name for file in gallery.DOCS.glob("*.webp")} == drawn
    assert sum(len(chapter["prompts"]) for chapter in prompts["chapter"]) >= 60
