"""A model's table: what fits which engine, and which queue its jobs wait in."""

import pytest
from pydantic import ValidationError
from sweeps import for_all

from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.model_settings import ExpandSettings, model_from_json, model_settings

UPSTREAM = {"engine": "upstream", "url": "http://gpu-box:30000/v1", "flavour": "sglang"}
DIFFUSERS = {"engine": "diffusers", "card": "ltx-2.5"}


@for_all(
    ("table", "reason"),
    [
        ({"card": "ltx-2.5"}, r"card\n +the engine shadowplay has no such setting"),
        ({"gpus": 2}, "the engine shadowplay has no such setting"),
        ({"engine": "diffusers"}, "needs a card"),
        ({**DIFFUSERS, "url": "http://gpu-box/v1"}, "the engine diffusers has no such setting"),
        ({"engine": "upstream", "url": "http://gpu-box/v1"}, "needs a url and a flavour"),
        ({**UPSTREAM, "url": "gpu-box:30000"}, "url must begin with http"),
        ({**UPSTREAM, "url": "http://me:secret@gpu-box/v1"}, "url must hold no password"),
        ({**UPSTREAM, "quality": "high"}, "the engine upstream has no such setting"),
        ({**DIFFUSERS, "gpus": 2, "compile": True}, "compile is for one GPU"),
        ({**DIFFUSERS, "expand": {}}, "either command or url"),
        ({**DIFFUSERS, "expand": {"url": "http://chat/v1"}}, "url needs model"),
        ({"engine": "comfy"}, "no engine 'comfy'. Installed are: diffusers, shadowplay, upstream"),
        ({**DIFFUSERS, "sound": "jazz"}, "no soundtrack 'jazz'; there are: none, ambience"),
        ({"sound": "none"}, "the engine shadowplay has no such setting"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_a_reason(table, reason):
    with pytest.raises(ValidationError, match=reason):
        model_settings(table)


@pytest.mark.parametrize(
    ("table", "queue"),
    [
        ({}, "shadowplay"),
        (DIFFUSERS, "diffusers:ltx-2.5"),
        (UPSTREAM, "upstream:gpu-box:30000"),
    ],
)
def test_jobs_wait_in_a_queue_per_capability(table, queue):
    assert model_settings(table).queue == queue


@pytest.mark.parametrize("table", [{}, DIFFUSERS, UPSTREAM])
def test_a_table_passed_on_whole_is_the_same(table):
    model = model_settings(table)
    again = model_from_json(model.to_json())
    assert again == model
    assert type(again) is type(model)
    assert again == model_settings(model.model_dump())


def test_models_can_be_distinguished_and_found_again():
    wan = DiffusersSettings(card="wan2.2-ti2v-5b")
    expand = ExpandSettings(command=("expand", "--long"))
    models = {wan: 1, DiffusersSettings(card="ltx-2.5", expand=expand): 2}
    assert models[DiffusersSettings(card="wan2.2-ti2v-5b")] == 1
