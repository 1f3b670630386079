"""A model's table: what fits which engine, and which queue its jobs wait in."""

import pytest
from pydantic import ValidationError

from vitascope.model import ExpandSettings, ModelSettings

UPSTREAM = {"engine": "upstream", "url": "http://gpu-box:30000/v1", "flavour": "sglang"}
DIFFUSERS = {"engine": "diffusers", "card": "ltx-2.5"}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"card": "ltx-2.5"}, "card is of no use to the engine shadowplay"),
        ({"gpus": 2}, "gpus is of no use to the engine shadowplay"),
        ({"engine": "diffusers"}, "needs a card"),
        ({**DIFFUSERS, "url": "http://gpu-box/v1"}, "url is of no use to the engine diffusers"),
        ({"engine": "upstream", "url": "http://gpu-box/v1"}, "needs a url and a flavour"),
        ({**UPSTREAM, "url": "gpu-box:30000"}, "url must begin with http"),
        ({**UPSTREAM, "url": "http://me:secret@gpu-box/v1"}, "url must hold no password"),
        ({**UPSTREAM, "quality": "high"}, "quality is of no use to the engine upstream"),
        ({**DIFFUSERS, "gpus": 2, "compile": True}, "compile is for one GPU"),
        ({**DIFFUSERS, "expand": {}}, "either command or url"),
        ({**DIFFUSERS, "expand": {"url": "http://chat/v1"}}, "url needs model"),
        ({"engine": "comfy"}, "shadowplay"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_a_reason(table, told):
    with pytest.raises(ValidationError, match=told):
        ModelSettings.model_validate(table)


@pytest.mark.parametrize(
    ("table", "queue"),
    [
        ({}, "shadowplay"),
        (DIFFUSERS, "diffusers:ltx-2.5"),
        (UPSTREAM, "upstream:gpu-box:30000"),
    ],
)
def test_jobs_wait_in_a_queue_per_capability(table, queue):
    assert ModelSettings.model_validate(table).queue == queue


@pytest.mark.parametrize("table", [{}, DIFFUSERS, UPSTREAM])
def test_a_table_passed_on_whole_is_the_same(table):
    model = ModelSettings.model_validate(table)
    assert ModelSettings.model_validate_json(model.model_dump_json()) == model
    assert ModelSettings.model_validate_json(model.model_dump_json(exclude_defaults=True)) == model


def test_models_can_be_told_apart_and_found_again():
    wan = ModelSettings(engine="diffusers", card="wan2.2-ti2v-5b")
    expand = ExpandSettings(command=("expand", "--long"))
    models = {wan: 1, ModelSettings(engine="diffusers", card="ltx-2.5", expand=expand): 2}
    assert models[ModelSettings(engine="diffusers", card="wan2.2-ti2v-5b")] == 1
