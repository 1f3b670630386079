"""Sizes as text, frame rates as ratios, and a specification that survives its JSON."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from job_fixtures import a_job, a_spec
from sweeps import for_all

from vitascope.spec import (
    Asset,
    CharacterInput,
    FrameRate,
    Input,
    Lora,
    RenderSpec,
    Sampling,
    Size,
    Step,
)


def test_a_size_is_read_and_written_as_on_the_wire():
    assert Size.parse("720x1280") == Size(720, 1280)
    assert str(Size(1792, 1024)) == "1792x1024"


@for_all(
    "text",
    ["", "x", "720", "720x", "x1280", "720X1280", "-1x2", "1x2x3", "７20x1280", "1.5x2", " 1x2"],
)
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="not a size"):
        Size.parse(text)


PNG = Asset("videos/x/scene/0-first_frame", 3, "00", "image/png")


def test_a_job_is_exactly_as_long_as_it_says():
    job = a_job(seconds=20)
    assert job.frame_count == 480
    assert job.sample_count == 960_000


@pytest.mark.parametrize(
    ("fps", "frames", "seconds", "samples"),
    [
        (FrameRate(24), 96, 4.0, 192_000),
        (FrameRate(30_000, 1001), 120, 4.004, 192_192),
        (FrameRate(24_000, 1001), 96, 4.004, 192_192),
        (FrameRate(25), 100, 4.0, 192_000),
        (FrameRate(60), 240, 4.0, 192_000),
    ],
)
def test_a_frame_rate_counts_frames_seconds_and_samples(fps, frames, seconds, samples):
    assert fps.frames_in(4) == frames
    assert fps.seconds_of(frames) == pytest.approx(seconds)
    assert fps.samples_in(frames) == samples


@for_all(
    "changes",
    [
        {},
        {"task": "remix", "history": (Step("create", "A cat"),)},
        {"sampling": Sampling(negative_prompt="rain", guidance_scale=4.5, num_inference_steps=30)},
        {"seed": 2**53 - 1, "start": 192, "frames": 292, "task": "extend", "extensions": 2},
        {"fps": FrameRate(30_000, 1001), "size": Size(648, 360), "history": None},
        {"inputs": (Input("first_frame", PNG), Input("keyframe", PNG, at=1.5))},
        {"characters": (CharacterInput("char_1", "Rex", ("#aabbcc",), PNG),)},
        {"loras": (Lora("paper", 0.8),)},
    ],
)
def test_a_specification_survives_its_json(changes):
    spec = a_spec(**changes)
    assert msgspec.json.decode(msgspec.json.encode(spec), type=RenderSpec) == spec


@given(st.text())
def test_any_prompt_survives_the_json(prompt):
    line = msgspec.json.encode(a_spec(prompt=prompt))
    assert b"\n" not in line
    assert msgspec.json.decode(line, type=RenderSpec).prompt == prompt


def test_a_specification_of_another_version_is_refused():
    fields = {**msgspec.to_builtins(a_spec()), "version": 2}
    with pytest.raises(msgspec.ValidationError, match="version"):
        msgspec.convert(fields, RenderSpec)


def test_the_steps_of_a_film_end_with_its_own_request():
    created = a_spec(prompt="A fox")
    assert created.steps == (Step("create", "A fox"),)
    extended = a_spec(prompt="It snows", task="extend", history=created.steps, start=96, frames=192)
    assert extended.steps == (Step("create", "A fox"), Step("extend", "It snows", 4.0))
    assert a_spec(history=None).steps is None
