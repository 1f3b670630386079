"""Props: every file of the art can be used, and what a prompt names is drawn where it says."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import svgelements
from staged import stage
from sweeps import for_all

import shadowplay
from shadowplay.art import library
from shadowplay.art.cast import ACTORS, CAST
from shadowplay.art.paths import curves_of
from shadowplay.art.prop import Prop, prop
from shadowplay.art.svg import Ramp, plain
from shadowplay.art.svg import read as read_svg
from shadowplay.colour import luma
from shadowplay.performance import Performance
from shadowplay.picture.canvas import picture_of
from shadowplay.picture.ink import coverage
from shadowplay.scene import Rgb
from shadowplay.shot import Size
from shadowplay.sprites.lighting import Light
from shadowplay.sprites.paint import PaintedSheet
from shadowplay.words.lexicon import TABLES, language_of
from shadowplay.words.reading import read

SIZE = Size(320, 180)


def test_every_prop_of_the_art_can_be_used():
    words = {}
    for name, card in library.cards().items():
        made = prop(name)
        assert set(card.names) == set(library.LANGUAGES), name
        assert (made.high - made.low > 0.02).all() and (made.high - made.low < 120).all(), name
        assert set(library.facts(name).place) <= set(library.settings()), name
        assert name not in ACTORS
        if made.home == "ground" and not made.lift:
            assert abs(made.low[1]) < 0.1, f"{name} does not stand on y = 0"
        for phrase in card.names["en"]:
            assert words.setdefault(phrase, name) == name, f"two props are called {phrase}"


@pytest.mark.parametrize(
    "text",
    [
        "M-35 -56C-34 -57 -32 -59 -30 -60S-24 -61 -22 -61q6 1 10 1.3T0-59.6z",
        "m10,10 20 0v12.5h-20zm30 0a8 5 30 1 0 12 4A8,5 30 0110 0l3 3",
        "M0 0A10 10 0 01 10 10a25 25 -30 0 1 50 -25",
    ],
)
def test_all_pieces_of_a_path_become_cubic_curves(text):
    share = np.linspace(0, 1, 400)[:, None]
    ours = np.concatenate(
        [
            bezier(line[k : k + 4], share)
            for line, _ in curves_of(text)
            for k in range(0, len(line) - 1, 3)
        ]
    )
    theirs = np.asarray(
        [
            (curve.point(t).x, curve.point(t).y)
            for curve in svgelements.Path(text)
            if not isinstance(curve, svgelements.Move)
            for t in share[:, 0]
        ]
    )
    for one, other in ((ours, theirs), (theirs, ours)):
        gaps = [np.sqrt(((other - point) ** 2).sum(1)).min() for point in one[::9]]
        assert max(gaps) < 0.15, "half the distance of two samples, or less"


def bezier(points, t):
    a, b, c, d = points
    s = 1 - t
    return a * s**3 + 3 * b * s**2 * t + 3 * c * s * t**2 + d * t**3


def test_ink_covers_what_lies_in_an_outline():
    square = curves_of("M2 2h6v4.5h-6z")[0][0]
    mask = coverage([square], 10, 10)
    assert mask[3, 4] == 255
    assert abs(int(mask[6, 4]) - 127) <= 1
    assert int(mask.sum()) == pytest.approx(6 * 4.5 * 255, rel=0.01)
    hole = curves_of("M4 3h2v2h-2z")[0][0]
    assert coverage([square, hole], 10, 10, holes=True)[4, 5] == 0
    for line in (square[:-1], np.concatenate([square, square[-1:]])):
        with pytest.raises(ValueError, match="1 \\+ 3n points"):
            coverage([line], 10, 10)


def test_many_slivers_across_a_wide_picture_are_filled():
    # In one go they need more room than FreeType has for a row.
    slivers = [
        curves_of(f"M0 {5 + 3 * k / 64}l3000 .125v.015625l-3000 -.125z")[0][0] for k in range(12)
    ]
    mask = coverage(slivers, 3000, 12)
    assert mask.sum() / 255 == pytest.approx(12 * 3000 / 64, rel=0.03)
    assert not mask[:5].any()


def test_drawings_that_cannot_be_read_say_why():
    head = '<svg xmlns="http://www.w3.org/2000/svg">'
    for body, why in [
        ('<path d="M0 0L9 9X3"/>', "path command"),
        ('<path id="a" d="M0 0L9 9L3"/>', "numbers of 'a'"),
        ('<text x="3">hi</text>', "turn it into a path"),
        ('<path d="M0 0L9 9" fill="red"/>', "colour"),
        ("<g>", "mismatched"),
    ]:
        with pytest.raises(shadowplay.ShadowplayError, match=why):
            read_svg(head + body + "</svg>")


@pytest.mark.parametrize(
    ("prompt", "relation", "to"),
    [
        ("a dog sits on a bench by a lake at dusk", "on", "bench"),
        ("under a table a cat sleeps", "under", "table"),
        ("an old woman sits on a chair at noon", "on", "chair"),
        ("a dog runs past a campfire", "past", "campfire"),
        ("ein Hund sitzt auf einer Bank", "on", "bench"),
    ],
)
def test_relations_are_read(prompt, relation, to):
    roles = read(prompt).roles
    alive = [role for role in roles if not library.has(role.actor)]
    assert [(role.relation, role.to) for role in alive] == [(relation, to)]
    assert language_of(prompt.lower().split()) == ("de" if prompt.startswith("ein ") else "en")


@pytest.mark.parametrize(
    ("prompt", "relations"),
    [
        ("a wizard plays the piano", {"wizard": ("at", "piano")}),
        ("a robot plays on a grand piano", {"robot": ("at", "piano")}),
        ("a girl plays the trumpet on a bench", {
            "trumpet": ("with", "girl"), "girl": ("on", "bench"),
        }),
        ("a knight is reading a book at a table", {
            "book": ("with", "knight"), "knight": ("on", "chair"), "chair": ("at", "table"),
        }),
        ("two children push a cart past a fence", {
            "child": ("push", "wagon"), "wagon": ("past", "fence"),
        }),
        ("a dog pulls a sledge", {"dog": ("pull", "sledge")}),
        ("a woman carries a chair", {"chair": ("carry", "woman")}),
        ("a boy rides an elephant", {"boy": ("on", "elephant")}),
        ("a girl rides a rocking horse", {"girl": ("on", "rocking_horse")}),
        ("a cat climbs a tree", {"cat": ("climb", "tree")}),
        ("a child plays under a table", {"child": ("under", "table")}),
        (
            "a man reads in a park beside a lamp post",
            {"man": ("beside", "lamp_post"), "book": ("with", "man")},
        ),
        (
            "a surfer rides a wave past a rock",
            {"youth": ("on", "surf_wave"), "surf_wave": ("past", "rock")},
        ),
        (
            "a boy swings on a swing beside a well",
            {"boy": ("on", "swing"), "swing": ("beside", "well")},
        ),
        (
            "a man pulls a sword from a stone",
            {"man": ("at", "rock"), "sword": ("with", "man")},
        ),
        ("a boy pulls a sledge from a forest", {"boy": ("pull", "sledge")}),
        ("a teacher climbs a rolling ladder", {"teacher": ("climb", "ladder")}),
        ("a mime with a red balloon", {"toy_balloon": ("with", "clown")}),
        ("a man under an umbrella", {"man": ("with", "umbrella")}),
        ("three women hold balloons", {"toy_balloon": ("with", "woman")}),
        ("a balloon over a castle", {"balloon": ("over", "castle")}),
        ("a slow push in on a piano", {}),
        ("a boy plays with a dog", {"boy": ("with", "dog")}),
    ],
)  # fmt: skip
def test_verbs_bind_figures_to_things_by_their_anchors(prompt, relations):
    roles = read(prompt).roles
    assert {role.actor: (role.relation, role.to) for role in roles if role.relation} == relations


def test_both_of_two_stand_in_a_relation():
    roles = read("a cat and a dog sit on a bench beside a lamp post").roles
    found = {role.actor: (role.relation, role.to) for role in roles}
    assert found["cat"] == found["dog"] == ("on", "bench")
    assert found["bench"] == ("beside", "lamp_post")


def test_a_man_and_a_woman_are_two():
    scene = stage("a man and a woman sit on a bench", 3, SIZE)
    assert {role.actor: role.count for role in scene.cast} == {"man": 1, "woman": 1, "bench": 1}


def performed(prompt):
    return Performance(stage(prompt, 3, SIZE), CAST).blocking.figures


def test_who_is_on_a_bench_is_on_its_seat_and_between_its_back_and_its_front():
    figures = performed("a cat sits on a bench in a garden")
    cat = next(f for f in figures if f.role.actor == "cat")
    back, front = (f for f in figures if f.role.actor == "bench")
    seat = prop("bench").places["seat"]
    assert cat.lift == pytest.approx(seat.start[1] * back.scale, rel=0.01)
    assert [f.order for f in (back, cat, front)] == sorted(f.order for f in (back, cat, front))
    assert figures.index(back) < figures.index(cat) < figures.index(front)
    # One metre is as long for both.
    assert cat.scale / CAST["cat"].height == pytest.approx(back.scale, rel=0.01)


def test_a_thing_that_hangs_does_so_alone_and_beside_others_and_stays_in_the_frame():
    for prompt in ("a chandelier", "a man stands under a chandelier", "a pinata in a garden"):
        hung = next(f for f in performed(prompt) if isinstance(f.actor, Prop) and f.actor.lift)
        assert hung.lift + hung.box.bottom * hung.scale > 0.4 * hung.box.height * hung.scale, prompt
        assert hung.lift + hung.box.top * hung.scale < SIZE.height, prompt


@pytest.mark.parametrize("size", [SIZE, Size(180, 320)])
def test_what_flies_over_something_tall_stays_in_the_frame(size):
    for over in ("a lighthouse by the sea", "a wind turbine", "a ferris wheel"):
        for seed in (1, 2, 3):
            scene = stage(f"a red kite flies over {over} at sunset", seed, size)
            kite = next(
                f for f in Performance(scene, CAST).blocking.figures if f.role.actor == "kite"
            )
            assert kite.row - kite.lift - kite.box.top * kite.scale > 0, (over, seed)


def test_a_train_goes_over_the_bridge_and_a_small_thing_keeps_its_size():
    train = next(f for f in performed("a train crosses a stone bridge") if f.role.actor == "train")
    assert train.speed > 0
    assert train.lift > 0
    figures = performed("a man stands beside a ball")
    man = next(f for f in figures if f.role.actor == "man")
    ball = next(f for f in figures if f.role.actor == "ball")
    tall = prop("ball").high[1] * ball.scale / (man.box.height * man.scale)
    assert 0.08 < tall < 0.3


def frame(prompt, seconds=0.1):
    clip = shadowplay.film(prompt, size=SIZE, seconds=seconds, seed=5)
    picture = picture_of(next(iter(clip.frames)))
    return picture.y.astype(int).copy(), picture.v.astype(int).copy()


def test_a_lamp_shines_at_night_and_takes_the_prompts_colour():
    dark, _ = frame("a bench on a street at night")
    light, _ = frame("a bench beside a lamp post on a street at night")
    assert (light - dark).max() > 80
    _, red = frame("a red ball on a meadow at noon")
    _, blue = frame("a blue ball on a meadow at noon")
    assert (red - blue).max() > 30


@for_all(
    ("name", "tone"),
    [("piano", (250, 250, 250)), ("chair", (40, 60, 200)), ("rock", (190, 30, 30))],
)
def test_where_no_part_takes_the_prompts_colour_all_do(name, tone):
    thing, black = prop(name), Rgb(0, 0, 0)
    light = Light(
        ink=black, share=1.0, air=(1.0, 1.0, 1.0), haze=(black, 0.0), grey=1.0, rim=(black, 0.0),
        toward=(0.0, 1.0), lamp=Rgb(250, 220, 150), lit=False, edge=1.0, lean=0.0, shade=0.0,
        tint=Rgb(*tone), medium=thing.medium,
    )  # fmt: skip
    paints = [(part.paint, part.kind) for part in thing.parts]
    plain = [(own, kind) for own, kind in paints if not isinstance(own, Ramp)]
    stops = [(o, kind) for own, kind in paints if isinstance(own, Ramp) for _, o in own.stops]
    seen = [light.tone(own, kind) for own, kind in (*plain, *stops)]

    assert max(math.dist(a, b) for a in seen for b in seen) > 20
    assert min(math.dist(one, tone) for one in seen) < 60
    assert all(np.argmax(one) == np.argmax(tone) for one in seen if name != "piano")


@for_all("name", ["toy_balloon", "umbrella", "sofa", "apple", "door"])
def test_what_takes_a_colour_has_just_that_on_the_whole_however_dark_the_art_is(name):
    thing = prop(name)
    tones = [luma(plain(part.paint)) for part in thing.parts if part.kind == "tint"]

    assert min(tones) < 1.02 * thing.medium
    assert max(tones) > 0.98 * thing.medium


def test_where_a_part_takes_it_the_others_keep_their_own():
    kinds = {part.kind for part in prop("sunflower").parts}

    assert kinds == {"", "tint"}


def page():
    return Path("docs/shadowplay.md").read_text(encoding="utf-8")


def blocks(section):
    """The examples of one section of the page, by their language."""
    text = page().split(f"\n## {section}")[1].split("\n## ")[0]
    return dict(re.findall(r"```(xml|toml)\n(.*?)```", text, re.DOTALL))


def test_the_page_knows_how_many_props_there_are():
    (least,) = re.findall(r"more than (\d+)", page())
    assert int(least) < len(library.cards()) < int(least) + 100


def test_a_prop_is_one_svg_and_ten_lines_of_toml(tmp_path):
    """The example of the documentation, drawn."""
    made = blocks("Draw a prop")
    assert len(made["toml"].strip().splitlines()) <= 10
    (tmp_path / "signpost.svg").write_text(made["xml"], encoding="utf-8")
    (tmp_path / "signpost.toml").write_text(made["toml"], encoding="utf-8")
    prompt = "a signpost on a meadow at noon"
    without, _ = frame(prompt)
    library.use(tmp_path)
    try:
        figures = performed(prompt)
        with_it, _ = frame(prompt)
        german = read("ein Vogel auf einem Wegweiser").roles
        assert [role.actor for role in german] == ["bird", "signpost"]
    finally:
        library.forget(tmp_path)
    assert [f.role.actor for f in figures] == ["signpost"]
    assert np.abs(with_it - without).max() > 60


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('home = "ground"', "missing required field `names`"),
        ('names = { en = "zork", xx = "zork" }', "'xx' - at `key` in `\\$.names`"),
        ('names = { en = "zork" }\ngrove = "many"', "Expected `int`.*\\$.grove"),
        ("names = ", "is no TOML"),
    ],
)
def test_a_fault_in_a_prop_is_said_with_its_file_and_key(tmp_path, text, why):
    (tmp_path / "zork.toml").write_text(text, encoding="utf-8")
    library.use(tmp_path)
    try:
        with pytest.raises(shadowplay.ShadowplayError, match=f"zork.toml .*{why}"):
            library.names("en")
    finally:
        library.forget(tmp_path)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (
            'kind = "wobble"',
            "zork.toml .*Invalid enum value 'wobble' - at `\\$.motion\\[\\.+\\]\\.kind`",
        ),
        ('kind = "sway"\nspeed = 2', "zork.toml .*unknown field `speed`"),
        ('kind = "sway"\nabout = "tip"', "'zork' has no anchor 'tip'"),
    ],
)
def test_a_fault_in_what_moves_is_said_with_its_key(tmp_path, how, why):
    head = '<svg xmlns="http://www.w3.org/2000/svg">'
    drawing = f'{head}<g id="flame"><path d="M0 0h9v-9z"/></g></svg>'
    (tmp_path / "zork.svg").write_text(drawing, encoding="utf-8")
    text = f'names = {{ en = "zork" }}\n[motion.flame]\n{how}'
    (tmp_path / "zork.toml").write_text(text, encoding="utf-8")
    library.use(tmp_path)
    try:
        with pytest.raises(shadowplay.ShadowplayError, match=why):
            prop("zork")
    finally:
        library.forget(tmp_path)


def test_names_of_props_win_over_the_lexicon_only_for_things():
    kept = {"time", "falling", "sky", "action", "filler", "count", "colour", "move"}
    art = (*library.cards().values(), *library.figures().values())
    used = {phrase for card in art for phrase in card.names["en"]}
    clash = {phrase for kind in kept for phrase in map(" ".join, TABLES[kind]) if phrase in used}
    assert clash == set()


def test_a_window_shows_the_sky_and_a_lamp_is_lit_at_night():
    day, _ = frame("an empty kitchen at noon")
    night, _ = frame("an empty kitchen at night")
    window, near = (slice(30, 48), slice(72, 94)), (slice(30, 48), slice(112, 122))
    assert day[window].mean() > night[window].mean() + 80
    assert day[window].mean() - day[near].mean() > night[window].mean() - night[near].mean() + 40
    lamp, far = (slice(18, 24), slice(138, 158)), (slice(30, 48), slice(8, 24))
    assert night[lamp].max() > night[near].mean() > night[far].max() + 60


def test_who_is_at_a_piano_sits_at_its_keys():
    figures = performed("a man at a piano on a stage")
    man = next(f for f in figures if f.role.actor == "man")
    piano = next(f for f in figures if f.role.actor == "piano")
    assert man.role.action == "perch"
    assert not man.speed
    assert piano.x - 1.4 * piano.scale < man.x < piano.x - 0.5 * piano.scale
    # The seat is as high as the stool, and the feet are on the ground.
    sole = min(shape.points[:, 1].min() for shape in man.actor.pose("perch", 0.0))
    assert abs(man.lift + sole * man.scale) < 0.06 * piano.scale


def test_who_sits_on_a_chair_at_a_table_is_on_the_chair():
    figures = performed("a woman sits on a chair at a table in a living room")
    woman = next(f for f in figures if f.role.actor == "woman")
    chair = next(f for f in figures if f.role.actor == "chair")
    assert abs(woman.x - chair.x) < 0.2 * chair.scale


def test_what_is_pushed_goes_along_and_who_climbs_gets_up():
    figures = performed("a woman pushes a wheelbarrow")
    woman = next(f for f in figures if f.role.actor == "woman")
    barrow = next(f for f in figures if f.role.actor == "wheelbarrow")
    assert woman.speed == barrow.speed != 0
    assert (barrow.x - woman.x) * woman.facing > 0
    laughing = performed("a nurse pushing an old man in a wheelchair, laughing")
    nurse = next(f for f in laughing if f.role.actor == "nurse")
    stopping = performed("a gardener pushes a wheelbarrow and stops")
    for one in [*laughing, *stopping]:
        by = nurse if one in laughing else next(f for f in stopping if f.role.relation)
        assert one.way(4.0) == by.way(4.0), one.role.actor
    assert nurse.way(4.0) - nurse.way(2.0) != 0
    figures = performed("a man climbs a ladder")
    man = next(f for f in figures if f.role.actor == "man")
    ladder = next(f for f in figures if f.role.actor == "ladder")
    assert man.lifted(0.0) < man.lifted(2.0) < man.lifted(60.0)
    # He gets as high as the frame shows him whole.
    head = man.lifted(60.0) + man.box.top * man.scale
    assert 0.7 * SIZE.height < head < 0.86 * SIZE.height
    assert 0.3 * ladder.box.top * ladder.scale < man.lifted(60.0)


def test_everybody_holds_a_balloon_of_their_own():
    figures = performed("two women hold two red balloons")
    women = [f.x for f in figures if f.role.actor == "woman"]
    balloons = [f.x for f in figures if f.role.actor == "toy_balloon"]
    assert len(women) == len(balloons) == 2
    one, other = (own - x for x, own in zip(sorted(women), sorted(balloons), strict=True))
    # They face each other, and each of them moves at its own time.
    tall = max(f.scale for f in figures)
    assert one == pytest.approx(-other, abs=0.03 * tall)


def test_who_is_between_two_different_things_has_one_on_each_side():
    for prompt in (
        "a woman stands between a chair and a table",
        "a dog sits between a rock and a piano on a stage",
    ):
        figures = performed(prompt)
        lead = next(f for f in figures if not library.has(f.role.actor))
        sides = {f.role.actor: f.x > lead.x for f in figures if library.has(f.role.actor)}
        assert sorted(sides.values()) == [False, True], prompt


@pytest.mark.parametrize("thing", ["tent", "campfire", "house"])
def test_figures_go_toward_things_and_away_from_them(thing):
    for way, sign in (("toward", 1), ("away from", -1)):
        figures = performed(f"a man walks {way} a {thing}")
        man = next(f for f in figures if f.role.actor == "man")
        goal = next(f for f in figures if f.role.actor == thing)
        assert (goal.x - man.x) * man.speed * sign > 0
        assert man.speed * man.facing > 0


def test_plain_paths_are_read_as_all_others_are():
    folder = Path(library.__file__).parent
    said = [
        path
        for file in sorted(folder.rglob("*.svg"))[::9]
        for path in re.findall(r'\sd="([^"]*)"', file.read_text(encoding="utf-8"))
    ]
    said += ["M0 0 4 0 4,4Z L 1 1 2 2", "M1.5.5-2-3e1Q1,2 3,4", "M0 0L1 1ZM5 5L6 6 5 5Z"]
    said += ["m1 1l2 2", "M1 1h3", "M1 1q2 2 3 3zl1 1"]
    for path in said:
        pairs = zip(curves_of(path), curves_of(svgelements.Path(path)), strict=True)
        for (line, closed), (same, also) in pairs:
            assert closed == also and np.array_equal(line, same), path


def test_a_gradient_can_fade_and_what_fades_has_no_form():
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    fade = (
        '<linearGradient id="f" x1="0" x2="1"><stop offset="0" stop-color="#ffffff"/>'
        '<stop offset="1" stop-color="#ffffff" stop-opacity="{}"/></linearGradient>'
    )
    square = '<path fill="url(#f)" d="M0 0L100 0L100 100L0 100Z"/></svg>'
    tone = Rgb(255, 255, 255)
    light = Light(tone, 1.0, (1, 1, 1), (tone, 0), 0, (tone, 0.5), (-1, 0), tone, False, 2.0)
    for last, clear, right in (("0", (1.0, 0.0), 0.1), ("1", (), 1.0)):
        (part,) = read_svg(head + fade.format(last) + square).parts
        assert part.paint.clear == clear
        sheet = PaintedSheet(100, 100)
        sheet.paint(part, np.asarray([1.0, 1.0]), light, (0, 0))
        assert sheet.alpha[50, 5] > 0.9
        assert sheet.alpha[50, 92] == pytest.approx(right, abs=0.05)
        assert bool(sheet.solid.any()) == (last == "1")
