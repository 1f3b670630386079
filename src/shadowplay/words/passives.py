"""Passives: what is said in the passive, turned round: "a ball kicked by a boy"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shadowplay.art import library
from shadowplay.art.cast import lives
from shadowplay.deeds import VERBS
from shadowplay.names import Word
from shadowplay.words.doers import VERBAL
from shadowplay.words.lexicon import LEXICON, PARTICIPLES, WORDS, Entry, entry, variants
from shadowplay.words.phrases import BEFORE_NOUN, SUBJECTS, Match, verb_of

_AROUND = frozenset({"filler", "mood", "style", "close", "wide", "angle", "move"})
"""Kinds of words that may stand before a verb that nobody is named for."""

_REACH = 9  # how many words behind a participle its "by" is looked for


def regular(words: Sequence[Word]) -> list[Word]:
    """A prompt in which participles in the passive end as regular ones do: "drived by"."""
    done = list(words)
    for k, word in enumerate(words):
        stem = PARTICIPLES.get(word, "")
        known = any(entry(tuple(words[k : k + length])) for length in (2, 3, 4))
        alone = stem != word and words[k - 1] != "the"  # "to the left by day"
        told = _is_done(words[:k]) or (alone and _has_doer(words[k + 1 :]))
        if stem and told and not known:
            done[k] = Word(f"{stem.removesuffix('e')}ed", first=word.first)
    return done


def _is_done(before: Sequence[str]) -> bool:
    """Whether an auxiliary stands before a participle, perhaps with an adverb between."""
    words = [word for word in before[-2:] if not word.endswith("ly")]
    return bool(words) and words[-1] in WORDS["passives"]


def _has_doer(behind: Sequence[Word]) -> bool:
    """Whether "by" follows a participle in its clause, and no other verb stands between."""
    ends = (*WORDS["auxiliaries"], *WORDS["joints"], "by")
    end = next((word for word in behind[:_REACH] if word.first or word in ends), Word(""))
    return end == "by" and not end.first


def _acts(match: Match) -> bool:
    """Whether a phrase is a verb that is known: "surrounded by" is one, too."""
    return match.kind in VERBAL or match.entry == ("relation", "around")


def active(found: Sequence[Match]) -> list[Match]:
    """Phrases of which each verb is in the active: "a boy kicked a ball".

    What stands between the verb and its doer comes behind: "is chased down a path by a dog" is "a
    dog chased … down a path". A verb without a doer is marked as one that is suffered.
    """
    read = list(found)
    for k, verb in enumerate(read):
        done = any(word.endswith("ed") for word in (verb.word, verb.last))
        helped = _is_done([word for one in read[max(0, k - 3) : k] for word in one.words])
        told = helped or any(one.words == ("by",) for one in read[k + 1 : k + 2])
        known = _acts(verb) or (verb.kind in ("gap", "filler") and told)
        if not (done and known):
            continue
        by = next((n for n in range(k + 1, len(read)) if read[n].words == ("by",)), len(read))
        last = next((n for n in range(by + 1, len(read)) if not _tells(read, n)), -1)
        inside = all(not one.first and one.kind not in VERBAL for one in read[k + 1 : by])
        doer = {word for one in read[by + 1 : max(last, by)] for word in one.words}
        who = read[last].entry  # which does it, and is not where it is done: right behind "by"
        does = last > 0 and doer.isdisjoint(WORDS["joints"]) and who.kind in SUBJECTS
        does = does and (by == k + 1 or not library.has(who.value))
        if inside and does:
            start, thing = _sufferer(read, k, helped=helped)
            last += _clad(read[last + 1 : last + 6])
            if thing >= 0 or helped:
                return active(_turned(read, (start, thing, k, by, last), helped=helped))
        natural = inside and by < len(read)  # "is swept away by a flood"
        natural = natural and not any(one.words == ("hand",) for one in read[by + 1 : by + 2])
        verb.suffered = ("others" if natural else "somebody") if helped else ""
    return read


def by_somebody(found: Sequence[Match]) -> list[Match]:
    """Phrases with a person for work that nobody is named for: "washing a carrot in a bowl"."""
    at = next((k for k, one in enumerate(found) if one.kind not in _AROUND), -1)
    if at < 0 or found[at].kind != "deed":
        return list(found)
    does, verb = found[at], VERBS[found[at].value]
    works = (verb.uses or verb.at or verb.touch) and not verb.changes
    told = does.word.endswith("ing") or (at == 0 and does.word[-1] not in "ds")
    told &= at == 0 or not found[at - 1].ends("determiners")
    named = {one.value for one in found if one.kind in SUBJECTS}
    if not (works and told) or any(map(lives, named)):
        return list(found)
    somebody = replace(does, entry=Entry("subject", "person"), words=("person",), first=True)
    return [*found[:at], somebody, replace(does, first=False), *found[at + 1 :]]


def _clad(behind: Sequence[Match]) -> int:
    """How many phrases behind a doer say what that one wears: "by a girl in a white dress"."""
    for n, one in enumerate(behind if behind and behind[0].entry == ("relation", "in") else ()):
        if one.kind == "cloth" or library.facts(one.value).worn:
            return n + 1
        if n and one.kind not in BEFORE_NOUN:
            break
    return 0


def _tells(read: Sequence[Match], n: int) -> bool:
    """Whether a word stands before the noun of a doer: "two giggling boys"."""
    attribute = read[n].kind in VERBAL and read[n].last.endswith("ing")
    return read[n].kind in BEFORE_NOUN or attribute


def _sufferer(read: Sequence[Match], k: int, *, helped: bool) -> tuple[int, int]:
    """Where the clause of a verb in the passive begins, and the noun that it is said of, or -1."""
    near = next((n for n in range(k - 1, -1, -1) if read[n].kind != "filler"), -1)
    start = next((n for n in range(k, 0, -1) if read[n].first), 0)
    if helped:
        nouns = [n for n in range(start, k) if read[n].kind in SUBJECTS]
        near = next((n for n in nouns if read[n].turned), nouns[0] if nouns else -1)
    return start, near if near >= 0 and read[near].kind in SUBJECTS else -1


def _turned(read: list[Match], at: tuple[int, int, int, int, int], *, helped: bool) -> list[Match]:
    """Phrases in which the one behind "by" does a verb to a thing."""
    clause, thing, k, by, last = at
    start, verb, agent = thing if thing >= 0 else clause, read[k], read[by + 1]
    while start > clause and read[start - 1].kind in BEFORE_NOUN:
        start -= 1
        if read[start].ends("determiners"):
            break
    said = read[start : thing + 1]
    done_to = [n for n, one in enumerate(read[:k]) if one.kind in ("deed", "action")]
    if done_to and thing >= 0:  # "catches a ball kicked by a boy" is said twice of it
        start, said = (k if helped else thing + 1), [replace(read[thing])]
    else:
        agent.first, read[start].first = read[start].first, False
    between = read[max(start, thing + 1) : k]
    for one in said[-1:]:
        one.turned = True
    kind = verb.entry if _acts(verb) else verb_of(verb.words)
    forms = [form for form, _ in variants(verb.words)]
    stems = [form for form in forms if LEXICON.get(form) == kind]
    does = replace(verb, entry=kind, words=(stems or [verb.words])[-1])
    turned = [*read[by + 1 : last + 1], does, *said, *between, *read[k + 1 : by]]
    turned = [one for one in turned if not one.ends("passives")]
    place = read[last].end - sum(len(one.words) for one in turned)
    for one in turned:
        one.at, place = place, place + len(one.words)
    return [*read[:start], *turned, *read[last + 1 :]]
