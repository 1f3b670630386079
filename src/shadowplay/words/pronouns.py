"""Pronouns and kin: whom they mean, who is another figure of the same name, who carries others."""

from __future__ import annotations

from collections.abc import Sequence

from shadowplay.art import library
from shadowplay.art.cast import CAST, lives
from shadowplay.names import is_puppet
from shadowplay.words.lexicon import OTHER, SIBLINGS, WORDS, variants
from shadowplay.words.named import Named
from shadowplay.words.phrases import Match

_BEARS = 0.9  # how many metres high an animal is that others ride on


def meant(word: str, roles: Sequence[Named], doers: Sequence[Named], *, again: bool) -> list[Named]:
    """Whom of some a pronoun means: a thing, several, or one of its sex.

    Of two whom "she" may mean it is the other one than she of the last verb's `doers`, unless that
    one does something more, `again`.
    """
    living = [one for one in roles if one.lives]
    people = [x for x in living if x.is_person or x.actor.endswith("rider")]
    woman, beasts = word in ("she", "her"), [one for one in living if one not in people]
    if word in ("it", "its"):
        fit = [one for one in roles if one not in people and one.count == 1] or list(roles)
    elif word in ("they", "them", "their"):
        return [one for one in living if one.count != 1] or living[:2]
    else:
        fit = [one for one in people if _is_woman(one.actor) == woman] or beasts or people or living
    others = [one for one in fit if (one in doers) == again]
    return list(others[-1:] or fit[:1] if again else (others or fit)[-1:])


def kin(match: Match, name: str, roles: Sequence[Named], whose: str) -> tuple[str, str]:
    """The figure that a noun means, and its parent if it is the young of an animal named before.

    `whose` is the word before the noun ("her", "the"). Without one that says whose it is, no parent
    is given: "a bear and a cub".
    """
    beasts = [one.actor for one in roles if one.lives]
    people = [one for one in beasts if library.facts(one).person and whose in ("her", "his")]
    if beasts and whose in WORDS["whose"] and match.ends("peers"):
        return (people or beasts)[-1], ""
    if beasts and beasts[-1] in SIBLINGS.values() and whose in WORDS["whose"]:
        name = SIBLINGS.get(name, name)  # a girl's brother is a boy
        return SIBLINGS.get(name, name) if name == beasts[-1] else name, ""
    if not beasts or library.facts(beasts[-1]).person or is_puppet(beasts[-1]):
        return name, ""
    beast, last = beasts[-1], match.last.removesuffix("'s")
    if whose == "the" and last in WORDS["beasts"]:
        return beast, ""  # "as the animal plods"
    if last in WORDS["parents"] and not people:
        return next(iter(library.facts(beast).parents), beast), ""
    own = not {whose, match.word}.isdisjoint(WORDS["whose"])
    if own and match.words == ("herd",):
        return beast, ""  # "joins its herd"
    called = {form for (form,), _ in variants((last,))}
    for parent in reversed(beasts):  # of a fish that a bear caught it is no cub
        young = library.young().get(parent, "")
        if called & {*WORDS["young"]} & _names_of(young):
            return young, parent if own else ""
    if own and called & {*WORDS["young"], *WORDS["own_young"]}:
        return library.young().get(beast, library.SECOND + beast), beast
    return name, beast if own and name == library.young().get(beast, beast) else ""


def _names_of(young: str) -> set[str]:
    """The words for a figure of its own, or none."""
    card = library.figure(young)
    return {word for phrase in card.names["en"] for word in phrase.split()} if card else set()


def other(
    match: Match, name: str, told: str, called: dict[str, tuple[str, ...]], *, does: bool
) -> str:
    """Another figure than one before who is `called` the same, if a noun means somebody else.

    Another one of whom it is told what it `does` is a figure of its own.
    """
    seen = called.setdefault(name, ())
    if seen and told == "another" and does and library.figure(name):
        return library.SECOND + name
    if not seen or not library.facts(name).person:
        called[name] = match.words
        return name
    same = seen == match.words and (match.turned or told not in ("a", "an", "another"))
    same |= {seen[-1], match.last} <= {*WORDS["family"]}  # a grandfather, and "grandpa"
    if same:
        return name
    return library.SECOND + name if seen == match.words else OTHER.get(name, name)


def with_look(name: str, colour: str, size: float, told: str, roles: Sequence[Named]) -> str:
    """The one of a name that has a look; another one if those before look otherwise.

    A `size` of 0 is not said.
    """
    as_before = {colour} if told in ("a", "an", "another") else {"", colour}
    others = {one.actor for one in roles if colour and one.colour not in as_before}
    others |= {
        one.actor for one in roles if (size > 1) != (one.size > 1) and size and one.size != 1
    }
    while name in others:
        name = library.SECOND + name
    return name


def _is_woman(name: str) -> bool:
    """Whether a figure is drawn as a woman or a girl, so that "she" may mean it."""
    drawn = library.figure(name)
    return drawn is not None and drawn.said.get("art", [name])[0] in WORDS["women"]


def bears(one: Named, young: str) -> bool:
    """Whether others, but not its `young`, sit on one who carries them: a horse or a vehicle."""
    beast = one.lives and CAST[one.actor].height > _BEARS
    beast &= library.young().get(one.actor) != young and lives(young)
    crewed = one.facts.crewed and lives(young)
    return not one.is_person and (beast or crewed)


def preys(one: str, other: str) -> bool:
    """Whether an animal has another in its mouth that it drags."""
    beast = lives(one) and lives(other) and not library.facts(one).person
    return beast and CAST[other].height < CAST[one].height / 2
