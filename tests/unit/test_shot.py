"""Sizes as text, and exact lengths."""

import pytest

from vitascope.shot import Shot, Size


def test_a_size_is_read_and_written_as_on_the_wire():
    assert Size.parse("720x1280") == Size(720, 1280)
    assert str(Size(1792, 1024)) == "1792x1024"


@pytest.mark.parametrize(
    "text",
    ["", "x", "720", "720x", "x1280", "720X1280", "-1x2", "1x2x3", "７20x1280", "1.5x2", " 1x2"],
)
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="not a size"):
        Size.parse(text)


def test_a_shot_is_exactly_as_long_as_it_says():
    shot = Shot(prompt="A fox", size=Size(64, 64), seconds=20, seed=1, model="sora-2")
    assert shot.frame_count == 480
    assert shot.sample_count == 960_000
