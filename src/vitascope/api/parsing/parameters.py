"""Wishes: the fields that several kinds of request share, checked and with their defaults."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from fastapi import Request

from vitascope.api.parsing import Body, BodyLimits, read_body
from vitascope.api.parsing.fields import (
    integer,
    number,
    optional_text,
    require_text,
    unsupported_value,
)
from vitascope.api.services.container import Services, services_of
from vitascope.api.services.space import require_space
from vitascope.spec import Sampling
from vitascope.store.blobs import Blobs
from vitascope.video import DEFAULT_MODEL, MAX_PROMPT_LENGTH, MAX_SEED

SETTINGS = frozenset({"model", "seed", "negative_prompt", "guidance_scale", "num_inference_steps"})
"""Fields that any request for a film may have."""

NO_SAMPLING = Sampling()
_RANDOM_SEEDS = 2**31
_MAX_MODEL_NAME = 256


@asynccontextmanager
async def read_payload(request: Request) -> AsyncIterator[Body]:
    """The request's body, read within the server's limits; its temp files go when this ends."""
    services = services_of(request)
    settings = services.settings
    require_space(settings, services.blobs)
    limits = BodyLimits(max_body=settings.max_upload_bytes)
    async with read_body(request, limits=limits, scratch=settings.uploads_dir) as body:
        yield body


@asynccontextmanager
async def stored_for(blobs: Blobs, video_id: str) -> AsyncIterator[None]:
    """Remove what was stored for a job if it is not taken after all."""
    try:
        yield
    except BaseException:
        await blobs.delete_under(f"videos/{video_id}")
        raise


def prompt_of(body: Body) -> str:
    """The prompt, which must be there."""
    return require_text(body, "prompt", max_length=MAX_PROMPT_LENGTH)


def model_of(body: Body, services: Services, default: str = DEFAULT_MODEL) -> str:
    """The name of a model that this server has."""
    model = optional_text(body, "model", max_length=_MAX_MODEL_NAME) or default
    if services.settings.resolve_model(model) is None:
        raise unsupported_value("model", model, list(services.settings.models))
    return model


def configured_seed(services: Services, model: str) -> int | None:
    """The seed that a model's table sets for requests that give none."""
    settings = services.settings.resolve_model(model)
    return None if settings is None else settings.seed


def seed_of(body: Body, default: int | None) -> int:
    """The seed: the one given, else the default, else a new one."""
    seed = integer(body, "seed", minimum=0, maximum=MAX_SEED)
    if seed is not None:
        return seed
    return secrets.randbelow(_RANDOM_SEEDS) if default is None else default


def sampling_of(body: Body, inherited: Sampling = NO_SAMPLING) -> Sampling:
    """Sampling parameters; those that the body leaves out are the inherited ones."""
    given = {
        "negative_prompt": optional_text(body, "negative_prompt", max_length=MAX_PROMPT_LENGTH),
        "guidance_scale": number(body, "guidance_scale", minimum=0, maximum=100),
        "num_inference_steps": integer(body, "num_inference_steps", minimum=1, maximum=1000),
    }
    changes = {name: value for name, value in given.items() if value is not None}
    return msgspec.structs.replace(inherited, **changes)
