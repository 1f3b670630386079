"""What is asked of which model: sizes it can draw, frames by its rule, windows for long films."""

from fractions import Fraction

import pytest
from sweeps import for_all

from vitascope.engines.upstream.families import UNKNOWN, family_of
from vitascope.spec import Size

FILM = Fraction(24)
TALL, SQUARISH, FULL = Size(720, 1280), Size(1024, 1792), Size(1080, 1920)


@for_all(
    ("name", "fps", "four", "twelve", "tall", "full"),
    [
        ("Lightricks/LTX-2.5-Diffusers", 24, 97, 289, (768, 1280), (1088, 1920)),
        ("Wan-AI/Wan2.2-TI2V-5B-Diffusers", 24, 97, 121, (736, 1280), (736, 1280)),
        ("FastVideo/FastWan2.2-TI2V-5B-FullAttn", 24, 97, 121, (736, 1280), (736, 1280)),
        ("Wan-AI/Wan2.1-VACE-14B-diffusers", 16, 65, 81, (720, 1280), (720, 1280)),
        ("Wan-AI/Wan2.2-I2V-A14B-Diffusers", 16, 65, 81, (720, 1280), (720, 1280)),
        ("Wan-AI/Wan2.2-S2V-14B", 16, 65, 81, (720, 1280), (720, 1280)),
        ("my-ltx2", 24, 97, 289, (768, 1280), (1088, 1920)),
        ("MiniMaxAI/MiniMax-H3", 24, 124, 294, (736, 1280), (736, 1280)),
        ("nvidia/Cosmos3-Nano", 24, 97, 289, (720, 1280), (720, 1280)),
        ("somebody/something", 24, 97, 289, (736, 1280), (736, 1280)),
    ],
)
def test_geometry(name, fps, four, twelve, tall, full):
    family = family_of(name)

    assert family.fps == fps
    assert (family.native_frames(96, FILM), family.native_frames(288, FILM)) == (four, twelve)
    assert family.native_size(TALL) == tall
    assert family.native_size(FULL) == full


def test_a_model_of_words_alone_is_asked_for_all_of_it():
    family = family_of("Wan-AI/Wan2.2-T2V-A14B-Diffusers")

    assert (family.image, family.video) == (False, False)
    assert family.native_frames(288, FILM) == 193
    assert family.output_frames(FILM) is None


@pytest.mark.parametrize("size", [TALL, SQUARISH, FULL, Size(1280, 720), Size(16, 16)])
def test_native_sizes_are_the_model_s(size):
    for name in ("ltx_2", "wan2.1-vace", "kandinsky-6", "helios", "hunyuanvideo-t2v", ""):
        family = family_of(name)
        native = family.native_size(size)
        assert not any(edge % family.align for edge in native)
        assert native.width * native.height < family.pixels * 1.08 or min(native) == family.align
        assert native.width / native.height == pytest.approx(size.width / size.height, rel=0.1)


def test_the_last_window_obeys_the_rule():
    assert family_of("MiniMax-H3").native_frames(9, FILM) == 124
    assert UNKNOWN.native_frames(1, FILM) == 1
    assert UNKNOWN.native_frames(2, FILM) == 9


def test_a_film_at_another_rate_asks_for_as_many_seconds():
    family = family_of("Wan-AI/Wan2.2-I2V-A14B-Diffusers")

    assert family.native_frames(120, Fraction(30)) == family.native_frames(96, FILM) == 65
    assert family.output_frames(Fraction(48)) == 243
