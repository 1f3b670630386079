"""The adapter: shadowplay's clip, and its errors, in the server's terms."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from job_fixtures import a_job

import shadowplay
from vitascope.clip import Character, InputFile
from vitascope.engines.shadowplay import Shadowplay, translated
from vitascope.errors import JobError
from vitascope.media.encode import encode
from vitascope.spec import Size, Step


class Listener:
    def phase(self, name, done, total):
        pass

    def note(self, message):
        pass

    def preview(self, jpeg):
        pass


def small_job(**changes):
    given = {"prompt": "a fox and a zorblax", "size": Size(64, 48), "seconds": 1, "seed": 1}
    return a_job(model="m", **{**given, **changes})


def draw(**changes):
    return Shadowplay().draw(small_job(**changes), Listener())


def test_nothing_of_a_job_is_lost_on_the_way():
    given = small_job(
        task="extend",
        frames=30,
        negative_prompt="rain",
        start=2.0,
        first_frame=Path("first.png"),
        history=(Step("create", "a fox"), Step("extend", "it runs", 1.0)),
        source=Path("film.mp4"),
        characters=(Character("Mossy", Path("mossy.png"), ("#112233",)),),
    )
    theirs = translated(given)
    for name in ("prompt", "size", "frame_count", "seed", "task", "start"):
        assert getattr(theirs, name) == getattr(given, name)
    assert theirs.negative_prompt == "rain"
    assert (theirs.reference, theirs.source) == (given.first_frame, given.source)
    assert [tuple(step) for step in theirs.script] == [tuple(step) for step in given.history]
    assert theirs.characters == (("Mossy", Path("mossy.png")),)


def test_references_go_where_their_role_says():
    def given(role, name, **more):
        return InputFile(role, Path(name), **more)

    job = replace(
        small_job(frames=24),
        inputs=(
            given("keyframe", "late.png", at=1.0),
            given("keyframe", "early.png", at=0.25),
            given("last_frame", "last.png"),
            given("reference_image", "style.png", use="style"),
            given("reference_video", "place.mp4", use="setting"),
            given("reference_image", "fox.png"),
            given("audio", "song.wav"),
        ),
    )
    theirs = translated(job, (Path("cutout.png"),))
    end = 23 / 24
    assert theirs.keyframes == (
        (Path("late.png"), end), (Path("early.png"), 0.25), (Path("last.png"), end),
    )  # fmt: skip
    assert (theirs.style, theirs.setting) == (Path("style.png"), Path("place.mp4"))
    assert theirs.soundtrack == Path("song.wav")
    assert theirs.characters == (("", Path("cutout.png")),)


def test_a_clip_has_its_notes_and_its_length():
    clip = draw(frames=3)
    assert (clip.frame_count, clip.scripted) == (3, True)
    assert len(list(clip.frames)) == 3
    assert sum(block.shape[1] for block in clip.sound) == 6000
    assert clip.notes == ["Nothing was made of these words: zorblax."]


_SETTINGS = ["me", "subme", "analyse", "ref", "trellis", "rc_lookahead", "b_adapt", "crf"]


def test_shadowplay_alone_encodes_as_the_server_does(tmp_path):
    def told(path):
        """What x264 writes into the film about its settings."""
        (text,) = re.findall(rb" options: ([^\0]+)", path.read_bytes())
        told = dict(pair.split("=") for pair in text.decode().split() if "=" in pair)
        return {name: told[name] for name in _SETTINGS}

    job = small_job(frames=3)
    encode(Shadowplay().draw(job, Listener()), job, tmp_path / "server.mp4")
    shadowplay.write(shadowplay.film("a fox", size=(64, 48), seconds=1), tmp_path / "alone.mp4")
    settings = told(tmp_path / "server.mp4")
    assert told(tmp_path / "alone.mp4") == settings
    assert (settings["subme"], settings["b_adapt"], settings["crf"]) == ("1", "0", "20.0")


def test_what_it_refuses_is_a_failure_of_the_job(tmp_path):
    with pytest.raises(JobError, match="even size") as refused:
        draw(size=Size(65, 48))
    assert refused.value.code == "invalid_size"
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(JobError) as refused:
        draw(first_frame=tmp_path / "a.png")
    assert refused.value.code == "invalid_image"


def test_a_film_that_breaks_while_it_is_drawn_is_a_failure_of_the_job(tmp_path):
    import shadowplay

    film = tmp_path / "film.mp4"
    shadowplay.write(shadowplay.film("a fox", size=(64, 48), seconds=2), film)
    clip = draw(prompt="make it night", task="edit", source=film)
    data = bytearray(film.read_bytes())
    data[len(data) // 3 :] = bytes(len(data) - len(data) // 3)
    film.write_bytes(data)
    with pytest.raises(JobError) as refused:
        list(clip.frames)
    assert refused.value.code == "invalid_video"
