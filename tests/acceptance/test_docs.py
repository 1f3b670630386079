"""Every Python block of four pages runs, in order, against a real server.

Their films are cheap ones here; the nightly run renders those of README and guide with shadowplay,
too.
"""

import re
import warnings
import wave
from pathlib import Path

import numpy as np
import pytest
from openai.resources.videos import Videos
from PIL import Image
from sweeps import for_all

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("guide", "mcp", "webhooks")),
]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def in_small(create):
    """The SDK's method, but its films are small, which the nightly run's are not."""

    def create_small(self, **fields):
        fields.pop("size", None)
        body = {"resolution": "320x192", **(fields.pop("extra_body", None) or {})}
        return create(self, extra_body=body, **fields)

    return create_small


@pytest.mark.parametrize(
    ("page", "bars"),
    [
        pytest.param(PAGES[0], True, id="README.md-bars"),
        pytest.param(PAGES[0], False, id="README.md", marks=pytest.mark.nightly),
        pytest.param(PAGES[1], True, id="guide.md-bars"),
        pytest.param(PAGES[1], False, id="guide.md", marks=pytest.mark.nightly),
        pytest.param(PAGES[2], True, id="mcp.md"),
        pytest.param(PAGES[3], True, id="webhooks.md"),
    ],
)
def test_python_blocks_run(page, bars, shared_servers, tmp_path, monkeypatch):
    server = shared_servers(bars=bars)
    if bars:
        monkeypatch.setattr(Videos, "create", in_small(Videos.create))
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(1).integers(0, 255, (90, 160, 3), np.uint8)
    for name in ("picture", "evening", "owl"):
        Image.fromarray(noise).save(f"{name}.png")
    with wave.open("song.wav", "wb") as song:
        song.setparams((2, 2, 48_000, 0, "NONE", ""))
        song.writeframes(noise.tobytes())
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert blocks, f"{page.name} has no Python blocks"
    scope: dict[str, object] = {}
    for number, block in enumerate(blocks):
        code = block.replace("http://127.0.0.1:8000", server.url)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # open files and the SDK's farewell to the hosted API
            exec(compile(code, f"{page.name} block {number}", "exec"), scope)
    server.cancel_unfinished()


def test_every_setting_is_in_the_readme():
    from vitascope.config import Settings

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(\w+)`", readme))
    missing = set(Settings.model_fields) - documented - {"models"}
    assert not missing, f"settings that README.md does not mention: {sorted(missing)}"


@for_all("page", [*PAGES, *sorted((ROOT / "docs").rglob("*.md"))])
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
