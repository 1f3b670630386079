"""Prompts in German, French, Spanish, Italian and Portuguese are read as their English ones."""

import pytest
from staged import stage

from shadowplay.shot import Size
from shadowplay.words.lexicon import LEXICON, TRANSLATIONS, WORDS, entry, variants

SIZE = Size(320, 180)


def told(prompt):
    """What a prompt fixes, whatever the seed."""
    scene = stage(prompt, 3, SIZE)
    return (
        scene.setting,
        scene.time,
        scene.falling,
        scene.close,
        [(r.actor, r.count, r.colour, r.action, r.relation, r.to) for r in scene.cast],
        [(deed.verb, deed.who, deed.what) for deed in scene.deeds],
    )


@pytest.mark.parametrize(
    ("english", "others"),
    [
        (
            "two white horses run along the beach at sunset",
            [
                "zwei weiße Pferde galoppieren am Strand bei Sonnenuntergang",
                "deux chevaux blancs galopent sur la plage au coucher du soleil",
                "dos caballos blancos galopan por la playa al atardecer",
                "due cavalli bianchi galoppano sulla spiaggia al tramonto",
                "dois cavalos brancos galopam na praia ao pôr do sol",
            ],
        ),
        (
            "a dog chases a black cat through a garden at night",
            [
                "ein Hund jagt eine schwarze Katze durch einen Garten bei Nacht",
                "un chien poursuit un chat noir dans un jardin la nuit",
                "un perro persigue a un gato negro en un jardín por la noche",
                "un cane insegue un gatto nero in un giardino di notte",
                "um cão persegue um gato preto num jardim à noite",
            ],
        ),
        (
            "an old woman sits on a bench in a park in autumn",
            [
                "eine alte Frau sitzt auf einer Bank im Park im Herbst",
                "une vieille femme est assise sur un banc dans un parc en automne",
                "una anciana está sentada en un banco en el parque en otoño",
                "una vecchia signora è seduta su una panchina nel parco in autunno",
                "uma velhinha está sentada num banco no parque no outono",
            ],
        ),
        (
            "a wolf howls under the full moon in the snow",
            [
                "ein Wolf heult bei Vollmond im Schnee",
                "un loup hurle sous la pleine lune dans la neige",
                "un lobo aúlla bajo la luna llena en la nieve",
                "un lupo ulula sotto la luna piena nella neve",
                "um lobo uiva sob a lua cheia na neve",
            ],
        ),
        (
            "a frog jumps, then suddenly sings, close-up, no rain",
            [
                "ein Frosch springt, dann plötzlich singt er, Nahaufnahme, kein Regen",
                "une grenouille saute, puis soudain elle chante, gros plan, sans pluie",
                "una rana salta, luego de repente canta, primer plano, sin lluvia",
                "una rana salta, poi improvvisamente canta, primo piano, senza pioggia",
                "uma rã salta, depois de repente canta, em primeiro plano, sem chuva",
            ],
        ),
    ],
)
def test_a_prompt_means_the_same_in_six_languages(english, others):
    for prompt in others:
        assert told(prompt) == told(english), prompt


@pytest.mark.parametrize("language", list(TRANSLATIONS))
def test_translations_lead_to_english_words_that_are_known(language):
    known = {word for words in WORDS.values() for word in words}
    for phrase, english in TRANSLATIONS[language].items():
        found = any(entry(form) for form, _ in variants(english)) or english in LEXICON
        assert found or set(english) <= known, (phrase, english)


def test_english_without_small_words_stays_english():
    for prompt in ("red balloon at dawn", "foxes, misty forest, sunrise", "come dance"):
        assert stage(prompt, 3, SIZE).unknown == (), prompt
