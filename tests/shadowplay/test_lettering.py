"""Words that a prompt quotes are written on what it names, and unknown nouns on paper."""

import numpy as np
from staged import stage
from sweeps import for_all

from shadowplay.art import library
from shadowplay.art.cast import CAST
from shadowplay.art.letters import drawable, lettering
from shadowplay.art.prop import prop
from shadowplay.performance import Performance
from shadowplay.picture.layers import Picture
from shadowplay.shot import Size

SIZE = Size(426, 240)


def words_of(prompt):
    return [(role.actor, role.text) for role in stage(prompt, 1, SIZE).cast]


@for_all(
    ("prompt", "cast"),
    [
        ('a sign that says "OPEN" beside a road', [("sign", "OPEN")]),
        ('a "HOTEL  Roma" neon sign at night', [("neon_sign", "HOTEL Roma")]),
        ("a dog under a banner with “Happy Birthday”", [("dog", ""), ("banner", "Happy Birthday")]),
        ('a castle and the words "The End"', [("castle", ""), ("sign", "The End")]),
        ("ein Schild mit „Eis“", [("signpost", ""), ("sign", "Eis")]),
        ('"a fox in the snow"', [("fox", "")]),
        ("'a fox in the snow'", [("fox", "")]),
        ("a mug with the words 'Good luck'", [("cup", "Good luck"), ("tabletop", "")]),
        ("a wall reading 'It's noon', telling guests to come", [("wall", "It's noon")]),
        ('a wall with "Hello" painted on it', [("wall", "Hello")]),
        ('a door with a "Closed" sign', [("door", ""), ("sign", "Closed")]),
        ("a zorblax stands in a garden", [("cutout", "zorblax")]),
        ("a horse and a quixotic flibbertigibbet", [("horse", ""), ("cutout", "flibbertigibbet")]),
        ("three gizmos on a beach", [("cutout", "gizmos")]),
        ("a zorblax and dogs", [("dog", ""), ("cutout", "zorblax")]),
        ("a fluffy old dog", [("dog", "")]),
        ("a fox in a quixotic modern design", [("fox", "")]),
        ("a sense of longing in a conversation", []),
        ("a grumbling, gnarly horse", [("horse", "")]),
    ],
)
def test_what_is_written_where(prompt, cast):
    assert words_of(prompt) == cast


def test_words_fit_their_board_and_two_lines_are_taken_where_they_are_larger():
    for name in (card.name for card in library.cards().values() if card.facts.lettering):
        board = prop(name).board
        for text in ("A", "Stop", "A very long sentence that nobody reads"):
            letters = prop(name).lettered(text).parts
            points = np.concatenate(
                [line for part in letters if part.name == "letter" for line in part.outlines]
            )
            assert board.start[0] - 0.01 <= points[:, 0].min(), (name, text)
            assert points[:, 0].max() <= board.end[0] + 0.01, (name, text)
            assert np.ptp(points[:, 1]) <= board.high, (name, text)
    points = np.concatenate([line for letter in lettering("Oh Oh", 0, 1, 0, 1) for line in letter])
    assert np.ptp(points[:, 1]) > 0.6


def test_letters_lose_what_the_font_lacks():
    assert drawable("Straße  CAFÉ 開店 Łódź") == "Strasse CAFE odz"


def test_other_words_are_other_pictures():
    def drawn(text):
        scene = stage(f'a sign that says "{text}"', 1, SIZE)
        picture = Picture.blank(*SIZE)
        Performance(scene, CAST).draw(picture, 0.0)
        return picture.y.astype(int)

    open_, stop = drawn("OPEN"), drawn("STOP")
    changed = np.argwhere(np.abs(open_ - stop) > 20)
    assert 40 < len(changed) < 6000
    assert np.array_equal(open_, drawn("OPEN"))
