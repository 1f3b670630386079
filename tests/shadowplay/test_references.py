"""Given pictures, films and sounds: frames, places, figures, colours and soundtracks of a film."""

from dataclasses import replace
from itertools import pairwise

import av
import numpy as np
import pytest
import retouchfilms
from PIL import Image, ImageDraw

import shadowplay
from shadowplay import Character, Keyframe, ShadowplayError, Shot, Size
from shadowplay.given.reference import load
from shadowplay.picture.canvas import picture_of
from shadowplay.picture.palette import tints_of
from shadowplay.play import Play

SIZE = Size(160, 96)


def landscape(path, ball, sky):
    """A picture with a ball on a meadow; `ball` is where it is, in pixels."""
    image = Image.new("RGB", (320, 192), sky)
    pen = ImageDraw.Draw(image)
    pen.rectangle([0, 140, 320, 192], fill=(50, 110, 60))
    for x in range(0, 320, 24):
        pen.line([x, 140, x + 8, 192], fill=(30, 70, 30), width=3)
    pen.ellipse([ball, 80, ball + 60, 140], fill=(220, 50, 40))
    image.save(path)
    return path


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    folder = tmp_path_factory.mktemp("references")
    figure = Image.new("RGBA", (120, 200))
    ImageDraw.Draw(figure).rectangle([20, 10, 100, 199], fill=(10, 230, 30))
    figure.save(folder / "green.png")
    figure.paste((240, 20, 230), (20, 10, 100, 199))
    figure.save(folder / "pink.png")
    landscape(folder / "left.png", 60, (120, 180, 240))
    landscape(folder / "right.png", 110, (250, 190, 120))
    Image.new("RGB", (64, 64), (200, 30, 40)).save(folder / "red.png")
    return folder


def shot(prompt="a meadow", **changes):
    return replace(Shot(prompt=prompt, size=SIZE, frame_count=25, seed=3), **changes)


def frames(shot):
    return [[p.astype(int) for p in picture_of(f)] for f in shadowplay.draw(shot).frames]


def planes(path):
    return [plane.astype(int) for plane in load(path, SIZE)]


def difference(one, other):
    return max(float(np.abs(a - b).mean()) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("prompt", ["a dog runs in the rain at night", "mountains"])
def test_a_film_moves_from_its_first_picture_to_its_last(given, prompt):
    first, last = planes(given / "left.png"), planes(given / "right.png")
    film = frames(
        shot(prompt, reference=given / "left.png", keyframes=(Keyframe(given / "right.png", 1.0),))
    )
    assert difference(film[0], first) == difference(film[-1], last) == 0
    changes = [difference(one, other) for one, other in pairwise(film)]
    assert max(changes) < 0.4 * difference(first, last), "it jumps"


def test_what_both_pictures_show_moves_instead_of_fading(given):
    """The ball is as red half-way as at the ends: in a crossfade there are two pale ones."""
    film = frames(
        shot(reference=given / "left.png", keyframes=(Keyframe(given / "right.png", 1.0),))
    )
    red = [int((picture[2] > 185).sum()) for picture in film]
    middle = film[12][2] > 185
    assert min(red) > 0.75 * red[0]
    columns = [
        float(np.flatnonzero((f[2] > 185).any(0)).mean()) for f in (film[0], film[12], film[-1])
    ]
    assert columns[0] + 3 < columns[1] < columns[2] - 3
    assert middle.any()


def test_keyframes_are_shown_at_their_times_and_a_drawn_film_leads_to_the_first(given):
    keys = (Keyframe(given / "right.png", 0.76), Keyframe(given / "left.png", 0.5))
    film = frames(shot("a fox runs", keyframes=keys))
    plain = frames(shot("a fox runs"))
    assert difference(film[0], plain[0]) == 0
    assert difference(film[12], planes(given / "left.png")) == 0
    assert difference(film[18], planes(given / "right.png")) == 0
    assert difference(film[24], planes(given / "right.png")) < 6, "the last one comes alive"


def test_an_extension_goes_on_from_where_its_keyframes_left_off(given):
    keys = (Keyframe(given / "right.png", 1.0),)
    script = (shadowplay.Step("create", "a fox runs"),)
    more = shot("a fox runs", task="extend", start=25 / 24, script=script, keyframes=keys)
    assert difference(frames(more)[0], planes(given / "right.png")) < 3


def test_a_setting_is_the_place_with_the_figures_before_it(given):
    film = frames(shot("a fox stands", setting=given / "left.png"))
    place = planes(given / "left.png")
    apart = np.abs(film[0][0] - place[0])
    assert 0.005 < (apart > 40).mean() < 0.3, "the fox alone differs"
    assert (apart[: SIZE.height // 4] == 0).all()


def test_a_setting_that_moves_begins_again_after_its_end(tmp_path):
    source = retouchfilms.film(tmp_path / "place.mp4", 10)
    place = shot("fog", size=Size(*retouchfilms.SIZE), setting=source)
    film = frames(place)
    assert difference(film[1], film[8]) > 0.3, "it moves"
    backwards = Play(place)
    canvas = next(shadowplay.draw(place).frames)
    for number in (24, 13, 3):
        backwards.draw(picture_of(canvas), number / 24)
        assert difference([p.astype(int) for p in picture_of(canvas)], film[number]) == 0


def test_a_figure_takes_the_place_of_the_first_that_acts(given):
    def pixels(film, u, v):
        return max(
            int(((f[1] < u[1]) & (f[1] >= u[0]) & (f[2] < v[1]) & (f[2] >= v[0])).sum())
            for f in film
        )

    green, pink = Character("", given / "green.png"), Character("", given / "pink.png")
    alone = Play(shot("a fox runs past a house", characters=(green,))).scene
    assert alone.cast[0].actor == "character-0"
    assert "fox" not in [role.actor for role in alone.cast]
    assert alone.cast[0].action == "run"
    script = (shadowplay.Step("create", "a fox runs"),)
    later = Play(shot("the fox dances", task="edit", script=script, characters=(green,))).scene
    assert [(role.actor, role.action) for role in later.cast] == [("character-0", "dance")]
    day = "a bright day in the snow"
    film = frames(shot(day, characters=(green, pink)))
    without = frames(shot(day))
    assert pixels(film, (0, 110), (0, 105)) > 25 > 5 > pixels(without, (0, 110), (0, 105))
    assert pixels(film, (140, 256), (150, 256)) > 25 > 5 > pixels(without, (140, 256), (150, 256))


def test_seven_figures_have_room(given):
    cast = tuple(Character("", given / f"{name}.png") for name in ("green", "pink") * 4)[:7]
    film = frames(shot("a meadow", characters=cast, frame_count=2))
    assert len(film) == 2
    assert len(Play(shot("a meadow", characters=cast)).scene.cast) == 7


def test_a_style_gives_its_colours(given):
    film = frames(shot("a fox in the forest", style=given / "red.png"))
    assert tints_of(given / "red.png")[0] == (200, 30, 40)
    assert np.mean(film[0][2]) > 165


def test_a_soundtrack_is_cut_and_padded_to_the_sample(tmp_path):
    rng = np.random.default_rng(0)
    samples = rng.uniform(-0.5, 0.5, (2, 40_000)).astype(np.float32)
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w", format="wav") as file:
        stream = file.add_stream("pcm_f32le", 48_000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T.reshape(1, -1)), "flt", "stereo"
        )
        frame.sample_rate = 48_000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    whole = np.concatenate(list(shadowplay.draw(shot(soundtrack=path)).sound), axis=1)
    assert whole.shape == (2, 50_000)
    assert np.array_equal(whole[:, :40_000], samples)
    assert not whole[:, 40_000:].any()
    script = (shadowplay.Step("create", "a meadow"),)
    later = shot(task="extend", start=0.5, script=script, soundtrack=path, frame_count=4)
    rest = np.concatenate(list(shadowplay.draw(later).sound), axis=1)
    assert np.array_equal(rest, samples[:, 24_000:32_000])


def test_what_is_no_sound_is_refused(given):
    with pytest.raises(ShadowplayError, match="sound"):
        list(shadowplay.draw(shot(soundtrack=given / "red.png")).sound)
