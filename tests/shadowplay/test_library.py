"""Shadowplay used alone: from Python, and as a command; it loads nothing of vitascope."""

import hashlib
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from sweeps import for_all

import shadowplay
from shadowplay import __main__, files

PAGE = Path(__file__).parents[2] / "docs" / "architecture" / "04-shadowplay.md"


def command(*args, cwd):
    return subprocess.run(
        [sys.executable, "-m", "shadowplay", *args],
        cwd=cwd, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def digest(clip):
    whole = hashlib.sha256()
    for frame in clip.frames:
        whole.update(frame.to_ndarray().tobytes())
    for block in clip.sound:
        whole.update(block.tobytes())
    return whole.hexdigest()


def test_a_film_has_its_length_and_is_reproduced_by_its_seed():
    clip = shadowplay.film("a fox in the snow", size=(64, 48), seconds=0.5, seed=1)
    assert (clip.frame_count, clip.scripted) == (12, True)
    again, other = (
        digest(shadowplay.film("a fox in the snow", size=(64, 48), seconds=0.5, seed=seed))
        for seed in (1, 2)
    )
    assert digest(clip) == again != other


def test_the_command_writes_a_film_with_sound(tmp_path):
    args = ("a zorblax in the rain", "-o", "fox.mp4", "--size", "96x64", "--seconds", "1.5")
    done = command(*args, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Nothing was made of these words: zorblax.\n"
    with av.open(tmp_path / "fox.mp4") as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        assert (picture.width, picture.height, picture.frames) == (96, 64, 36)
        assert (picture.average_rate, sound.rate) == (Fraction(24), 48_000)
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
    heard = np.concatenate(list(files.samples(tmp_path / "fox.mp4", 72_000)), axis=1)
    assert heard.shape == (2, 72_000)
    assert np.abs(heard[:, -2000:]).max() > 0.001


@for_all(
    ("args", "why"),
    [
        (("--size", "65x48"), "needs an even size"),
        (("--size", "large"), "not a size such as 1280x720: large"),
        (("--first-frame", "none.png"), "could not be decoded as a picture"),
        (("--size", "64x48", "--seconds", "1", "-o", "none/film.mp4"), "No such file or directory"),
    ],
)
def test_the_command_says_what_is_wrong(args, why, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["shadowplay", "a fox", *args])
    try:
        status = __main__.main()
    except SystemExit as end:  # of the parser
        status = end.code
    assert status in (1, 2)
    assert why in capsys.readouterr().err


def test_it_loads_nothing_of_vitascope():
    program = (
        "import sys, shadowplay, shadowplay.__main__; "
        "print(*(name for name in sys.modules if name.partition('.')[0] == 'vitascope'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "\n"


def test_the_example_of_its_page_runs(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, PAGE.name, "exec"), {})
    with av.open(tmp_path / "fox.mp4") as film:
        assert film.streams.video[0].frames == 48
