"""Edits of a real, decoded film: each does measurably what it says, and nothing else."""

import itertools
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from retouchfilms import HORIZON, SIZE, film, look, picture, silent, tone
from sweeps import for_all, sampled

from shadowplay import files, write
from shadowplay.errors import ShadowplayError
from shadowplay.picture.canvas import picture_of
from shadowplay.retouch import looks
from shadowplay.retouch.editing import planned_frames, retouch
from shadowplay.retouch.reading import read_edit
from shadowplay.shot import FPS, SAMPLE_RATE, Clip

COUNT = 24
SKY, GRASS = np.s_[:, 6:40, 8:88], np.s_[:, 68:80, 4:60]
"""Patches of chroma's planes."""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return film(tmp_path_factory.mktemp("retouch") / "meadow.mp4", COUNT)


@pytest.fixture(scope="module")
def before(source):
    """The untouched film, by way of an edit that concerns only its sound."""
    return look("mute", source)


def vivid(seen, patch):
    return np.hypot(seen.u[patch] - 128.0, seen.v[patch] - 128.0).mean()


def grass(seen):
    return seen.y[:, HORIZON + 10 : HORIZON + 40, 4:120]


def test_what_is_not_asked_for_stays(source, before):
    own = [list(picture_of(frame)) for frame in files.frames(source)]
    for k, plane in enumerate((before.y, before.u, before.v)):
        assert np.array_equal(plane, np.stack([parts[k] for parts in own]))


LEXICON = tomllib.loads(Path(looks.__file__).with_name("lexicon.toml").read_text())
SEEN = [
    (row, phrases.split(",")[0].strip())
    for table in ("time", "season", "style", "effect", "order", "fade")
    for row, phrases in LEXICON[table].items()
    if not row.startswith("volume") and row != "steady"  # a film at rest stays as it is
]


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    path = film(tmp_path_factory.mktemp("short") / "meadow.mp4", 3)
    return path, look("mute", path)


@pytest.mark.parametrize("part", sampled(range(3), every=3))
def test_every_row_of_the_lexicon_is_seen(short, part):
    path, own = short
    for row, phrase in SEEN[part::3]:
        seen = look(phrase, path)
        changed = [
            np.abs(now.astype(int) - was).max()
            for now, was in ((seen.y, own.y), (seen.u, own.u), (seen.v, own.v))
        ]
        assert max(changed) > 12, row


@for_all("table", ["time", "season", "style"])
def test_there_is_a_grade_for_each_look(table):
    assert set(looks.LOOKS[table]) == set(LEXICON[table])


def test_night_is_dark_and_blue_with_a_lit_window(source, before):
    seen = look("make it night", source)
    assert seen.y.mean() < 0.55 * before.y.mean()
    assert (seen.u.astype(float) - seen.v).mean() > (before.u.astype(float) - before.v).mean() + 4
    window = np.s_[:, 116:128, 150:160]
    assert seen.y[window].mean() > 0.85 * before.y[window].mean()
    assert seen.v[:, 58:64, 75:80].mean() > 135


def test_stars_are_only_in_the_sky(source):
    with_stars = look("night, fireworks of stars", source)
    without = look("night without stars", source)
    more = with_stars.y.astype(int) - without.y
    assert more[:, : HORIZON // 2].max() > 25
    assert more[:, HORIZON + 8 :].max() < 12


def test_sunset_is_warm(source, before):
    seen = look("at sunset", source)
    assert (seen.v[SKY].astype(float) - seen.u[SKY]).mean() > 20
    assert (before.v[SKY].astype(float) - before.u[SKY]).mean() < 0


@pytest.mark.parametrize("time", ["dawn", "dusk"])
def test_other_times_change_the_light(source, before, time):
    seen = look(f"at {time}", source)
    assert np.abs(seen.y.astype(int) - before.y).mean() > 3


def test_noon_makes_the_sky_blue(source, before):
    assert look("at noon", source).u[SKY].mean() > before.u[SKY].mean() + 3


def test_winter_bleaches_greens(source, before):
    seen = look("winter without snow", source)
    assert vivid(seen, GRASS) < 0.35 * vivid(before, GRASS)
    assert grass(seen).mean() > grass(before).mean()


def test_autumn_turns_greens_to_rust(source, before):
    seen = look("autumn", source)
    assert before.v[GRASS].mean() < 125
    assert seen.v[GRASS].mean() > 138


def test_red_tones(source):
    seen = look("in red tones", source)
    assert seen.v[SKY].mean() > 145
    assert seen.v[GRASS].mean() > 145


@pytest.mark.parametrize("prompt", ["black and white", "noir"])
def test_black_and_white_has_no_colour(source, prompt):
    seen = look(prompt, source)
    assert np.abs(seen.u.astype(int) - 128).max() <= 1
    assert np.abs(seen.v.astype(int) - 128).max() <= 1


@pytest.mark.parametrize(
    ("prompt", "brighter", "vivider"),
    [
        ("brighter", 1, 0),
        ("darker", -1, 0),
        ("vivid", 0, 1),
        ("desaturate", 0, -1),
        ("pastel", 1, 0),
    ],
)
def test_adjustments_go_the_right_way(source, before, prompt, brighter, vivider):
    seen = look(prompt, source)
    if brighter:
        assert brighter * (seen.y.mean() - before.y.mean()) > 8
    if vivider:
        assert vivider * (vivid(seen, GRASS) - vivid(before, GRASS)) > 4


def test_warmer_and_cooler(source, before):
    tilt = [
        (seen.v.astype(float) - seen.u).mean()
        for seen in (look("cooler", source), before, look("warmer", source))
    ]
    assert tilt[0] + 3 < tilt[1] < tilt[2] - 3


def test_contrast(source, before):
    assert look("more contrast", source).y.std() > before.y.std() * 1.04
    assert look("less contrast", source).y.std() < before.y.std() * 0.96


def test_a_silhouette_has_few_tones_and_stands_still(source):
    seen = look("as a silhouette", source)
    levels = np.sort(np.bincount(seen.y[:, HORIZON + 8 :].ravel(), minlength=256))[::-1]
    assert levels[:12].sum() > 0.6 * levels.sum()
    still = seen.y[:, HORIZON + 8 : 180]  # no ball, no wind
    assert np.abs(np.diff(still.astype(int), axis=0)).mean() < 1.0


@pytest.mark.parametrize("prompt", ["rain", "snow", "falling leaves", "petals", "embers", "fog"])
def test_weather_moves_over_a_film(source, before, prompt):
    seen = look(prompt, source)
    changed = np.abs(seen.y.astype(int) - before.y) > 6
    assert changed.any(axis=(1, 2)).all()
    drawn = seen.y.astype(int) - before.y
    assert np.abs(drawn[-1] - drawn[0])[:, 120:].max() > 6


def test_fog_is_thicker_far_away(source, before):
    seen = look("fog", source)

    def kept(rows):
        detail = (np.abs(np.diff(s.y[:, rows, 4:120].astype(int))).mean() for s in (seen, before))
        return next(detail) / next(detail)

    assert kept(slice(132, 150)) < 0.9 * kept(slice(236, 256)) < 0.9


def test_lightning_flashes(tmp_path):
    path = film(tmp_path / "long.mp4", 5 * FPS)
    light = look("lightning, no rain", path).y.mean(axis=(1, 2))
    assert light.max() > np.median(light) + 20


def test_old_film_flickers_and_is_brown(source, before):
    seen = look("old film", source)
    light = seen.y.mean(axis=(1, 2))
    assert light.std() > before.y.mean(axis=(1, 2)).std() + 0.3
    assert seen.v.mean() > 130 > 127 > seen.u.mean()
    corner, middle = seen.y[:, :20, :20].mean(), seen.y[:, 40:90, 60:120].mean()
    assert corner < 0.75 * middle


def test_old_film_shows_18_pictures_a_second(source):
    seen = look("old film", source)
    same = [np.array_equal(a, b) for a, b in itertools.pairwise(seen.y)]
    assert sum(same) == COUNT - 18


@pytest.mark.parametrize(
    ("prompt", "turn"),
    [
        ("mirror it", np.s_[:, :, ::-1]),
        ("flip it vertically", np.s_[:, ::-1]),
        ("upside down", np.s_[:, ::-1, ::-1]),
    ],
)
def test_mirrors_are_exact(source, before, prompt, turn):
    seen = look(prompt, source)
    for own, was in ((seen.y, before.y), (seen.u, before.u), (seen.v, before.v)):
        assert np.array_equal(own, was[turn])


def test_slow_motion_shows_pictures_between(source, before):
    seen = look("slow motion", source)
    planned = planned_frames(read_edit("slow motion"), COUNT, Fraction(FPS))
    assert len(seen.y) == 2 * COUNT == planned
    assert np.array_equal(seen.y[10], before.y[5])
    between = (before.y[5].astype(float) + before.y[6]) / 2
    assert np.abs(seen.y[11] - between).max() <= 1
    assert seen.sound.shape == (2, 2 * COUNT * SAMPLE_RATE // FPS)


def test_fast_motion_leaves_pictures_out(source, before):
    seen = look("twice as fast", source)
    assert np.array_equal(seen.y, before.y[::2])
    assert seen.sound.shape[1] == COUNT * SAMPLE_RATE // FPS // 2


def test_backwards_goes_over_several_groups_of_pictures(tmp_path):
    path = film(tmp_path / "long.mp4", 100)
    forth, back = look("mute", path), look("backwards", path)
    assert np.array_equal(back.y, forth.y[::-1])
    own = look("mirror", path).sound
    assert np.array_equal(back.sound, own[:, ::-1])


def test_a_boomerang_comes_back(source, before):
    seen = look("boomerang", source)
    for own, was in ((seen.y, before.y), (seen.u, before.u), (seen.v, before.v)):
        assert np.array_equal(own, np.concatenate([was, was[::-1]]))
    sound = look("mirror", source).sound
    assert np.array_equal(seen.sound, np.concatenate([sound, sound[:, ::-1]], axis=1))


def test_the_last_picture_stays(source, before):
    seen = look("freeze the last frame for 1.5 seconds", source)
    assert np.array_equal(seen.y[:COUNT], before.y)
    assert len(seen.y) == COUNT + FPS * 3 // 2
    assert (seen.y[COUNT:] == before.y[-1]).all()
    assert seen.sound.shape[1] == SAMPLE_RATE * len(seen.y) // FPS
    assert not seen.sound[:, SAMPLE_RATE + 2000 :].any()


def test_too_long_is_refused(source):
    slow = read_edit("slow motion")
    assert planned_frames(slow, 60 * FPS, Fraction(FPS)) == 120 * FPS
    with pytest.raises(ShadowplayError) as raised:
        planned_frames(slow, 60 * FPS + 1, Fraction(FPS))
    assert raised.value.code == "video_too_long"


def test_fades_begin_and_end_in_plain_colour(source, before):
    seen = look("fade in from white and fade to black", source)
    assert (seen.y[0] == 235).all()
    assert (seen.y[-1] == 16).all()
    assert (seen.u[[0, -1]] == 128).all()
    assert (seen.v[[0, -1]] == 128).all()
    half = look("fade in over 0.5 seconds", source)
    assert np.array_equal(half.y[12:], before.y[12:])


def test_zoom_goes_in_about_the_middle(source, before):
    seen = look("zoom in slowly", source)
    assert np.array_equal(seen.y[0], before.y[0])
    window = (before.y > 190).sum(axis=(1, 2)), (seen.y > 190).sum(axis=(1, 2))
    assert window[1][-1] > window[0][-1] * 1.15


def test_blur_and_vignette(source, before):
    def detail(seen):
        return np.abs(np.diff(grass(seen).astype(int), axis=2)).mean()

    assert detail(look("blurry", source)) < 0.75 * detail(before)
    assert detail(look("sharpen it", source)) > 1.1 * detail(before)
    dark = look("vignette", source)
    assert dark.y[:, :16, :16].mean() < before.y[:, :16, :16].mean() - 30
    assert np.abs(dark.y[:, 120:136, 90:102].astype(int) - before.y[:, 120:136, 90:102]).max() <= 3


def test_a_shaking_camera_is_steadied(tmp_path):
    def shaken():
        for number, (x, y) in enumerate(np.random.default_rng(1).integers(-3, 4, (12, 2))):
            frame = picture(number)
            for plane, part in zip(picture_of(frame), (2, 1, 1), strict=True):
                plane[:] = np.roll(plane, (y * part, x * part), (0, 1))
            yield frame

    path = tmp_path / "shaken.mp4"
    write(Clip(shaken(), iter([tone(SAMPLE_RATE // 2)]), 12), path)

    def shake(seen):
        return np.abs(np.diff(seen.y[:, 40:-40, 40:-40].astype(int), axis=0)).mean()

    assert shake(look("stabilise it", path)) < 0.6 * shake(look("mute", path))


def test_muting_is_silence(before):
    assert not before.sound.any()
    assert before.sound.shape == (2, COUNT * SAMPLE_RATE // FPS)


def test_sound_is_untouched_otherwise(source):
    seen = look("make it night with snow", source)
    assert np.abs(seen.sound[:, 2000:-2000] - tone(seen.sound.shape[1])[:, 2000:-2000]).max() < 0.02
    assert np.array_equal(seen.sound, look("mirror", source).sound)


def test_louder_and_quieter(source):
    own, loud, quiet = (look(word, source).sound.std() for word in ("mirror", "louder", "quieter"))
    assert loud > 1.6 * own
    assert quiet < 0.6 * own
    assert np.abs(look("much louder", source).sound).max() <= 1


def test_sound_fades(source):
    seen = look("fade out the sound", source).sound
    assert np.abs(seen[:, -200:]).max() < 1e-3
    assert np.abs(seen[:, 2000:4000]).max() > 0.2


@pytest.mark.parametrize("prompt", ["night with snow", "old film", "silhouette with embers"])
def test_the_same_edit_and_seed_give_the_same_film(source, prompt):
    one, two, other = look(prompt, source), look(prompt, source), look(prompt, source, seed=4)
    for name in ("y", "u", "v", "sound"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert not np.array_equal(one.y, other.y)


def test_a_grade_stands_still_where_the_film_does(source, before):
    seen = look("night without stars", source)
    corner = np.s_[:, 236:, 140:]
    own = np.abs(np.diff(before.y[corner].astype(int), axis=0)).mean()
    assert np.abs(np.diff(seen.y[corner].astype(int), axis=0)).mean() <= own + 0.3


def test_the_clip_says_what_it_is(source):
    told = []
    clip = retouch(
        read_edit("night with a unicorn"), source, seed=1, report=lambda *phase: told.append(phase)
    )
    assert clip.frame_count == COUNT
    assert not clip.scripted
    assert "unicorn" in clip.notes[0]
    frames = list(clip.frames)
    assert {(f.width, f.height, f.format.name) for f in frames} == {(*SIZE, "yuv420p")}
    assert told[-1] == ("drawing", COUNT, COUNT)


def test_no_film_is_refused(tmp_path):
    path = tmp_path / "no.mp4"
    path.write_text("This is not a film.")
    with pytest.raises(ShadowplayError) as raised:
        retouch(read_edit("night"), path, seed=1, report=silent)
    assert raised.value.code == "invalid_video"


@pytest.mark.parametrize(
    "prompt",
    ["a watercolour", "an oil painting", "a pencil drawing", "in coloured pencils", "a comic"],
)
def test_a_painted_film_does_not_boil(source, before, prompt):
    seen = look(prompt, source)
    assert np.abs(seen.y.astype(int) - before.y).mean() > 8
    still = np.s_[:, : HORIZON - 40, :120]  # the sky, and nothing that moves
    assert np.abs(np.diff(seen.y[still].astype(int), axis=0)).max() == 0
    ball = np.abs(np.diff(seen.y[:, 180:220].astype(int), axis=0)).max(axis=(1, 2))
    assert (ball > 10).all()
    if prompt == "a pencil drawing":
        assert (seen.u == 128).all()
        assert (seen.v == 128).all()
    else:
        assert seen.u[SKY].mean() > 130 > 126 > seen.v[GRASS].mean()


def test_a_still_film_that_is_painted_stays_still(tmp_path):
    path = film(tmp_path / "still.mp4", 12, move=0)
    for prompt in ("watercolour", "comic"):
        seen = look(prompt, path)
        assert np.abs(np.diff(seen.y.astype(int), axis=0)).max() == 0
