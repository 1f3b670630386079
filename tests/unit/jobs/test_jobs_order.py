"""Orders and events survive the pipe between supervisor and child, one line each."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitascope.jobs.order import (
    FILES,
    Done,
    Failed,
    Note,
    Order,
    Progress,
    Ready,
    event_from_line,
    event_to_line,
)
from vitascope.shot import Character, Shot, Size, Step
from vitascope.video import VARIANTS

NTSC = Fraction(30_000, 1001)
LINE_BREAKS = "a\nb\r\nc\u2028d\x0be\x85"


def order(*, films=None, **changes):
    wish = {"prompt": "A fox", "size": Size(720, 1280), "seconds": 4, "seed": 7, "model": "sora-2"}
    shot = Shot(**{**wish, **changes})
    return Order(shot=shot, folder=Path("/tmp/x y"), **(films or {}))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "reference": Path("/tmp/x y/input_reference"),
            "task": "remix",
            "script": (Step("create", "A cat"),),
        },
        {"negative_prompt": "rain", "guidance_scale": 4.5, "num_inference_steps": 30},
        {"seed": 2**53 - 1, "start": 8.0, "task": "extend", "frames": 100, "fps": NTSC},
        {"source": Path("/tmp/x y/source.mp4"), "script": (Step("create", "A fox"),)},
        {"films": {"upload": Path("/tmp/x y/in-upload")}},
        {"films": {"thumbnail": Path("/tmp/a.webp"), "spritesheet": Path("/tmp/a.jpg")}},
        {"characters": (Character("Rex", Path("/tmp/x y/rex.png"), ("#aabbcc",)),)},
        {"prompt": LINE_BREAKS + "🦊\x00\"'\\"},
    ],
)
def test_an_order_comes_through_whole(changes):
    line = order(**changes).to_line()
    assert line.endswith(b"\n")
    assert len(line.splitlines()) == 1
    back = Order.from_line(line)
    assert back == order(**changes)
    assert isinstance(back.shot.size, Size)
    assert isinstance(back.folder, Path)


@given(st.text())
def test_any_prompt_comes_through(prompt):
    assert Order.from_line(order(prompt=prompt).to_line()).shot.prompt == prompt


@pytest.mark.parametrize(
    "event",
    [
        Progress("draw", 3, 96),
        Note(LINE_BREAKS),
        Done(dict(FILES), size="720x1280", frames=96, scripted=False),
        Failed("invalid_image", "The picture can't be read."),
        Ready(),
    ],
)
def test_an_event_comes_through_whole(event):
    line = event_to_line(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert event_from_line(line) == event


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"Loading weights: 100%\n",
        b"\xff\xfe\n",
        b"3\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b'{"event": "Dance"}\n',
        b'{"event": ["Ready"]}\n',
        b'{"event": "Progress", "phase": "draw"}\n',
        b'{"event": "Ready", "and": "more"}\n',
        b'{"event": "Note", "text": "cut o',
    ],
)
def test_anything_else_is_refused(line):
    with pytest.raises(ValueError):
        event_from_line(line)


def test_the_refusal_quotes_no_more_than_the_beginning():
    line = json.dumps({"event": "Dance", "words": "x" * 10_000}).encode()
    with pytest.raises(ValueError, match="not an event") as refusal:
        event_from_line(line)
    assert len(str(refusal.value)) < 200


def test_every_variant_has_a_file_of_its_own():
    assert set(FILES) == set(VARIANTS)
    assert len(set(FILES.values())) == len(VARIANTS)
