"""Orders and events survive the pipe between supervisor and child, one line each."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from job_fixtures import a_spec
from sweeps import for_all

from vitascope.clip import Character, HeldMemory, InputFile
from vitascope.jobs.order import (
    FILES,
    DecodedFigure,
    DecodedFilm,
    DecodedPicture,
    Done,
    Failed,
    Note,
    Order,
    Preview,
    Progress,
    Ready,
    event_from_line,
    event_to_line,
)
from vitascope.spec import Asset, CharacterInput, FrameRate, Input, Size
from vitascope.video import VARIANTS

NTSC = Fraction(30_000, 1001)
LINE_BREAKS = "a\nb\r\nc\u2028d\x0be\x85"
STORED = Asset("videos/x/scene/0-first_frame", 3, "00", "image/png")


def test_an_order_survives_as_one_line():
    order = Order(a_spec(prompt=LINE_BREAKS + "🦊\x00\"'\\"), "/tmp/x y")
    line = order.to_line()
    assert line.endswith(b"\n")
    assert len(line.splitlines()) == 1
    assert Order.from_line(line) == order


def test_a_job_finds_its_local_files():
    spec = a_spec(
        task="extend",
        inputs=(
            Input("first_frame", STORED),
            Input("keyframe", STORED, at=2.5),
            Input("source_video", STORED),
            Input("source_thumbnail", STORED),
        ),
        characters=(CharacterInput("char_1", "Rex", ("#aabbcc",), STORED),),
    )
    order = Order(spec, "/tmp/x y")
    job, folder = order.job(), Path("/tmp/x y")
    assert job.inputs == (
        InputFile("first_frame", folder / "input-0"),
        InputFile("keyframe", folder / "input-1", 2.5),
    )
    assert job.first_frame == folder / "input-0"
    assert job.characters == (Character("Rex", folder / "character-0", ("#aabbcc",)),)
    assert job.source == folder / "source.mp4"
    assert order.input("source_thumbnail") == folder / "input-3"
    assert order.input("uploaded_video") is None


@for_all(
    "event",
    [
        Progress("draw", 3, 96),
        Note(LINE_BREAKS),
        Done(dict(FILES), size=Size(720, 1280), frames=96, fps=FrameRate(24), scripted=False),
        Failed("invalid_image", "The picture can't be read."),
        Preview(b"\xff\xd8\n"),
        Ready(),
        Ready(("Landlock",)),
        Ready(memory=HeldMemory("cuda:0", 41.5, 79.2)),
        DecodedFilm(Size(320, 192), 24, FrameRate(30_000, 1001)),
        DecodedPicture(),
        DecodedFigure(("subject.png",), ("#aabbcc",)),
    ],
)
def test_an_event_comes_through_whole(event):
    line = event_to_line(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert event_from_line(line) == event


@for_all(
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
