"""The same shot gives the same frames and the same sound on every processor."""

import ast
import ctypes
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import retouchfilms
from numpy._core import _multiarray_umath as built
from PIL import Image, ImageDraw

import shadowplay
from shadowplay.picture.canvas import picture_of

SIZE = (256, 144)
PROMPTS = (
    "A dog runs along a lake shore at dusk, fireflies and clouds",
    "A fox walks through a snowy forest at night, the aurora in the sky, snow falls",
    "A sailing ship on the ocean in a thunderstorm with lightning and rain",
    "A dragon flies over mountains at sunset, birds",
    "A red balloon over a city street in autumn, leaves in the wind",
    "A whale swims under water, close-up, music of a harp",
    "A campfire and a train in the desert, a pan to the left",
    "A woman sits on a chair beside a lamp post in a kitchen at night, a red ball",
    "A train crosses a stone bridge over a river",
)
EDITS = (
    "make it night with fog and northern lights",
    "old film, warm, snow, fade in from white",
    "slow motion, glow, blur, soft focus, sharpen",
)


def drawn(source: Path, cutout: Path, part: int):
    """A digest of every film of every second prompt, of its pictures and of its sound."""
    clips = {
        prompt: shadowplay.film(prompt, size=SIZE, seconds=0.5, seed=k)
        for k, prompt in enumerate(PROMPTS)
        if k % 2 == part
    }
    mossy = shadowplay.Character("Mossy", cutout)
    clips["character"] = shadowplay.film(
        "Mossy dances by the sea", size=SIZE, seconds=0.5, characters=[mossy]
    )
    stops = {
        "reference": cutout,
        "keyframes": (shadowplay.Keyframe(source.with_name("p.png"), 0.4),),
    }
    for name, given in {"journey": stops, "style": {"style": source.with_name("p.png")}}.items():
        clips[name] = shadowplay.draw(
            shadowplay.Shot(
                prompt="a fox", size=shadowplay.Size(*SIZE), frame_count=12, seed=1, **given
            )
        )
    for prompt in EDITS:
        clips[prompt] = shadowplay.draw(
            shadowplay.Shot(
                prompt=prompt,
                size=shadowplay.Size(*retouchfilms.SIZE),
                frame_count=12,
                seed=1,
                task="edit",
                source=source,
            )
        )
    clips["extension"] = shadowplay.draw(
        shadowplay.Shot(
            prompt="it snows",
            size=shadowplay.Size(*retouchfilms.SIZE),
            frame_count=12,
            seed=1,
            task="extend",
            source=source,
        )
    )
    return {
        f"{part} of {name}": digest
        for name, clip in clips.items()
        for part, digest in (("pictures", pictures(clip)), ("sound", sound(clip)))
    }


def pictures(clip):
    digest = hashlib.sha256()
    for frame in clip.frames:
        for plane in picture_of(frame):
            digest.update(np.ascontiguousarray(plane).tobytes())
    return digest.hexdigest()


def sound(clip):
    digest = hashlib.sha256()
    for block in clip.sound:
        digest.update(np.ascontiguousarray(block, np.float32).tobytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    folder = tmp_path_factory.mktemp("given")
    figure = Image.new("RGBA", (120, 200))
    ImageDraw.Draw(figure).ellipse([20, 10, 100, 199], fill=(40, 210, 60))
    figure.save(folder / "mossy.png")
    Image.effect_mandelbrot((300, 200), (-2, -1, 1, 1), 60).convert("RGB").save(folder / "p.png")
    return str(retouchfilms.film(folder / "meadow.mp4", 12)), str(folder / "mossy.png")


def elsewhere(given, **settings):
    """What a process draws whose libraries think that they run on another processor."""
    ours = {"NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE", "GLIBC_TUNABLES", "OPENCV_CPU_DISABLE"}
    environment = {key: value for key, value in os.environ.items() if key not in ours} | settings
    done = subprocess.run(
        [sys.executable, __file__, *given], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


ENABLED = [name for name in built.__cpu_dispatch__ if built.__cpu_features__.get(name)]
NEWEST = [name for name in ENABLED if "512" in name or name == "X86_V4"]
OLDER = [pytest.param(ENABLED, "Nehalem", id="oldest")]
if NEWEST:
    OLDER.append(pytest.param(NEWEST, "Haswell", id="older", marks=pytest.mark.nightly))


@pytest.mark.parametrize("part", ["0", pytest.param("1", marks=pytest.mark.nightly)])
@pytest.mark.parametrize(("features", "core"), OLDER)
def test_every_processor_renders_the_same(given, features, core, part):
    film, figure = given
    here = drawn(Path(film), Path(figure), int(part))
    assert len(set(here.values())) > len(PROMPTS)
    oldest = features == ENABLED
    old = elsewhere(
        (film, figure, part),
        NPY_DISABLE_CPU_FEATURES=" ".join(features),
        OPENBLAS_CORETYPE=core,
        PLAIN_LIBAV="yes" if oldest else "",
    )
    # FFmpeg's AAC decoder adds in another order on older processors.
    heard = {f"sound of {name}" for name in (*EDITS, "extension")}
    other = {name for name in here if old[name] != here[name]}
    assert other <= (heard if oldest else set())


def without_simd():
    """Let FFmpeg think that its processor knows no vectors."""
    (library,) = Path(av.__file__).parents[1].glob("av.libs/libavutil*")
    ctypes.CDLL(str(library)).av_force_cpu_flags(0)


SOURCES = sorted(Path(shadowplay.__file__).parent.rglob("*.py"))
UNSAFE = set(
    """
    arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt convolve correlate cos cosh dot
    einsum exp exp2 expm1 fft float_power hanning hypot inner kron linalg log log10 log1p log2
    matmul outer polyfit power sin sinc sinh tan tanh tensordot vdot
    """.split()  # noqa: SIM905 - a list of one word a line is long and says no more
)
"""What numpy or its BLAS computes by code that it picks by processor."""

TRANSFORMS = {"picture/noise.py"} | {f"sound/{name}.py" for name in ("synth", "track")}
"""numpy has one transform for all processors; products of spectra go through `exact`."""


def unsafe(text, *, transforms=False):
    """The lines of a module that don't give the same bits on every processor."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.BinOp(op=ast.MatMult()) | ast.AugAssign(op=ast.MatMult() | ast.Pow()):
                yield node.lineno, "@ or **="
            case ast.BinOp(left=ast.Constant(), op=ast.Pow(), right=ast.Constant()):
                pass
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=2)):
                pass
            case ast.BinOp(op=ast.Pow()):
                yield node.lineno, "**"
            case ast.Attribute(value=ast.Name(id="np"), attr="fft") if transforms:
                pass
            case ast.Attribute(value=ast.Name(id="np"), attr=name) if name in UNSAFE:
                yield node.lineno, f"np.{name}"
            case ast.Attribute(attr="dot"):
                yield node.lineno, ".dot"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a @ b", 1),
        ("a **= 2", 1),
        ("a**1.5", 1),
        ("a**n", 1),
        ("a**2 + 2**8", 0),
        ("np.sin(a)", 1),
        ("np.fft.rfft(a)", 1),
        ("a.dot(b)", 1),
        ("exact.sin(a) + math.sin(b) + np.sqrt(a)", 0),
    ],
)
def test_unsafe_operations_are_found(line, found):
    assert len(list(unsafe(line))) == found


def test_no_module_computes_by_code_that_depends_on_the_processor():
    root = Path(shadowplay.__file__).parent
    names = {path: path.relative_to(root).as_posix() for path in SOURCES}
    assert set(names.values()) >= TRANSFORMS
    found = [
        f"{name}:{line}: {what}: use math for a number, shadowplay.exact for an array"
        for path, name in names.items()
        for line, what in unsafe(path.read_text(), transforms=name in TRANSFORMS)
    ]
    assert found == []


if __name__ == "__main__":
    if os.environ.get("PLAIN_LIBAV"):
        without_simd()
    film, figure, half = sys.argv[1:]
    print(json.dumps(drawn(Path(film), Path(figure), int(half))))
