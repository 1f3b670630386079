"""Joining: what it costs to extend a film, and to normalise an upload."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import av
import msgspec

from bench import report
from bench.plan import Plan
from vitascope.engines.shadowplay import Shadowplay
from vitascope.jobs.make import make
from vitascope.jobs.order import FILES, Order, input_name
from vitascope.media import profile
from vitascope.media.normalise import normalise
from vitascope.media.stitch import stitch
from vitascope.spec import FPS, Asset, Input, InputRole, RenderSpec, Size, Step

_PROMPT = "A sailboat on a calm lake at dawn"
_STITCH_SECONDS = 1.5
_SLOWER = 1.2
_EXTENSIONS = ((4, 4), (100, 20))


class _Silent:
    def phase(self, name: str, done: float, total: float) -> None:
        """Say nothing."""

    def note(self, message: str) -> None:
        """Say nothing."""

    def preview(self, jpeg: Callable[[], bytes]) -> None:
        """Say nothing."""


def measure(plan: Plan) -> list[report.Row]:
    """Extend a short and a long film, stitch a long one, normalise one of a minute."""
    films = _films(plan.scratch)
    rows = [_stitched(films, plan)]
    for before, added in _EXTENSIONS:
        rows.append(_extended(films, before, added, plan))
    return [*rows, _normalised(films, plan)]


def _films(folder: Path) -> dict[int, Path]:
    """Films of 4, 20, 60 and 100 seconds, the longer ones joined from the shorter."""
    _make(_spec(4), folder / "first")
    films = {4: folder / "first" / FILES["video"]}
    for longer, parts in {8: (4, 4), 16: (8, 8), 20: (16, 4), 40: (20, 20), 60: (40, 20)}.items():
        films[longer] = folder / f"{longer}.mp4"
        stitch(films[parts[0]], films[parts[1]], films[longer])
    films[100] = folder / "100.mp4"
    stitch(films[60], films[40], films[100])
    return films


def _spec(seconds: int) -> RenderSpec:
    frames = seconds * FPS
    return RenderSpec(prompt=_PROMPT, size=Size(720, 1280), frames=frames, seed=7, model="sora-2")


def _make(spec: RenderSpec, folder: Path, inputs: Sequence[tuple[InputRole, Path]] = ()) -> None:
    """Make a film; the inputs are linked into its folder, as a worker would fetch them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for index, (role, path) in enumerate(inputs):
        (folder / input_name(index, role)).symlink_to(path)
    stored = Asset("", 0, "", "")
    spec = spec.with_inputs(Input(role, stored) for role, _path in inputs)
    make(Order(spec, str(folder)), Shadowplay(), _Silent())


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _stitched(films: dict[int, Path], plan: Plan) -> report.Row:
    out = plan.scratch / "stitched.mp4"
    took = [_seconds(lambda: stitch(films[100], films[20], out)) for _ in range(plan.rounds)]
    return report.below("Stitch 100 s + 20 s of 720x1280", median(took), _STITCH_SECONDS, "s")


def _extended(films: dict[int, Path], before: int, added: int, plan: Plan) -> report.Row:
    """An extension beside the drawing of as many seconds by themselves."""
    folder, previews = plan.scratch / "extended", films[4].parent
    extension = msgspec.structs.replace(
        _spec(before + added),
        task="extend",
        start=before * FPS,
        history=(Step("create", _PROMPT),),
    )
    inputs: list[tuple[InputRole, Path]] = [
        ("source_video", films[before]),
        ("source_thumbnail", previews / FILES["thumbnail"]),
        ("source_spritesheet", previews / FILES["spritesheet"]),
    ]
    whole, alone = [], []
    for _ in range(min(plan.rounds, 3)):
        whole.append(_seconds(lambda: _make(extension, folder, inputs)))
        alone.append(_seconds(lambda: _make(_spec(added), folder)))
    return report.Row(
        f"Extend {before} s by {added} s",
        f"{median(whole):.2f} s",
        f"{added} s drawn by themselves: {median(alone):.2f} s",
        median(whole) / median(alone),
        None,
    )


def _normalised(films: dict[int, Path], plan: Plan) -> report.Row:
    out = plan.scratch / "normalised.mp4"
    ours, bare = [], []
    for _ in range(min(plan.rounds, 3)):
        ours.append(_seconds(lambda: normalise(films[60], out)))
        bare.append(_seconds(lambda: _transcode(films[60], out)))
    ratio = median(ours) / median(bare)
    return report.Row(
        "Normalise an upload of 60 s, 720x1280",
        f"{median(ours):.1f} s",
        f"bare PyAV script: {median(bare):.1f} s, at most {_SLOWER:.2f} of it",
        ratio,
        ratio <= _SLOWER,
    )


def _transcode(source: Path, out: Path) -> None:
    """What a short script would do: decode, encode with the same settings, and no more."""
    with av.open(source) as old, av.open(out, "w") as new:
        old.streams.video[0].thread_type = "AUTO"
        length = profile.GOP_SECONDS * FPS
        options = {"preset": profile.PRESET, "crf": str(profile.CRF), "g": str(length)}
        options["x264-params"] = profile.SEARCH
        picture = new.add_stream("libx264", rate=24, options=options)
        picture.width, picture.height, picture.pix_fmt = 720, 1280, "yuv420p"
        picture.codec_context.thread_type = "FRAME"
        sound = new.add_stream("aac", rate=48_000, layout="stereo")
        for frame in old.decode(old.streams.video[0], old.streams.audio[0]):
            if isinstance(frame, av.VideoFrame):
                new.mux(picture.encode(frame))
            elif isinstance(frame, av.AudioFrame):
                frame.pts = None
                new.mux(sound.encode(frame))
        for stream in (picture, sound):
            new.mux(stream.encode(None))
