"""Turns what a dialect asks for into jobs of this server, and finds them again."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from vitascope.api.dialects.requests import Media, film_of, scene_reference
from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.operations import CreateParameters, EditParameters, ExtendParameters
from vitascope.api.parsing.references import UploadRef, VideoIdRef
from vitascope.api.parsing.text import printable
from vitascope.api.services import creation
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.scene import require_scene
from vitascope.api.services.submission import (
    Creation,
    NewJob,
    first_job,
    hand_in,
    in_flight,
    looked_up,
    new_claim,
)
from vitascope.api.services.webhooks import Subscription
from vitascope.errors import InvalidRequest, NotFound
from vitascope.spec import DEFAULT_FPS, Sampling, Size
from vitascope.store.idempotency import AlreadyMade, Claim
from vitascope.video import (
    DEFAULT_MODEL,
    MAX_PROMPT_LENGTH,
    MAX_SEED,
    Parent,
    Video,
    new_id,
)

DEFAULT_SIZE = Size(1280, 720)
"""The default of the dialects' services is landscape."""
DEFAULT_SECONDS = 4.0
MAX_SECONDS = 20
"""As on the OpenAI routes."""
MAX_VIDEOS = 4
"""How many films one request may ask for."""
_WITHOUT_PROMPT = "The picture comes to life."
_RANDOM_SEEDS = 2**31
_NO_SAMPLING = Sampling()
_MAX_LABELS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class DialectParameters:
    """The request parameters of a dialect, in the terms of this server.

    Attributes:
        prompt: what to show; may be left out where there is a picture or a source.
        model: any name of a model; what comes before a slash is left out if that makes it one.
        size: of the frames; None for the default, or that of the source.
        seconds: length of the film, or of what an extension adds.
        seed: None for the model's own or a random one.
        sampling: parameters of diffusion models.
        media: pictures, films and sound.
        audio: whether the film is to have sound; None if it does not matter.
        count: how many films.
        task: `edit` and `extend` need a source.
        source: the film to start from: a video's id, or a medium.
        notes: what else the request says, for the job's log.
        webhooks: those that it asks for.
        names: what the dialect calls a field, where it is not its name here, for errors.
    """

    prompt: str | None
    model: str | None = None
    size: Size | None = None
    seconds: float | None = None
    seed: int | None = None
    sampling: Sampling = _NO_SAMPLING
    media: tuple[Media, ...] = ()
    audio: bool | None = None
    count: int = 1
    task: Literal["create", "edit", "extend"] = "create"
    source: str | Media | None = None
    notes: tuple[str, ...] = ()
    webhooks: tuple[Subscription, ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    def name(self, field: str) -> str:
        """What the dialect calls a field."""
        return dict(self.names).get(field, field)


async def submit(request: ApiRequest, body: Body, parameters: DialectParameters) -> list[Video]:
    """Make the jobs of a request, or find those that the same request made before.

    Raises:
        InvalidRequest: something can't be done as it is asked for.
        NotFound: the project has no such video or file.
        TooManyRequests: too many of the project's jobs wait.
    """
    parameters = _checked(request, parameters)
    claim = await new_claim(request, body)
    claim = msgspec.structs.replace(claim, fingerprint=f"{claim.fingerprint} {parameters.model}")
    videos: list[Video] = []
    made: list[Video] = []
    with in_flight(f"{claim.project} {claim.fingerprint}") as ordinal:
        try:
            for number in range(parameters.count):
                # An idempotency key means one request, however often it is sent at once.
                place = f"{number}" if claim.shared else f"{ordinal}.{number}"
                own = msgspec.structs.replace(claim, token=f"{claim.token} {place}")
                try:
                    video = await _submit_one(request, body, parameters, own, number)
                    made.append(video)
                except AlreadyMade as error:
                    video = await first_job(request, error)
                videos.append(video)
        except BaseException:
            await _take_back(request, made)
            raise
    return videos


async def find(request: ApiRequest, video_id: str, *, what: str = "Video") -> Video:
    """A video of the project.

    Raises:
        NotFound: the project has none of that id.
    """
    video = await request.services.videos.get(video_id, project=request.project)
    if video is None:
        raise NotFound(f"{what} '{printable(video_id)}' not found.", param="id")
    return video


async def cancel(request: ApiRequest, video: Video) -> Video:
    """End a job if it is not finished; the video as it is then."""
    return await request.services.queue.cancel(video.id) or await find(request, video.id)


def cancelled(video: Video) -> bool:
    """Whether a failed video was cancelled."""
    return video.error_code == "cancelled"


def _checked(request: ApiRequest, parameters: DialectParameters) -> DialectParameters:
    """The same request with its model and prompt, checked as far as the fields alone allow."""
    if len(parameters.prompt or "") > MAX_PROMPT_LENGTH:
        raise _invalid(parameters, "prompt", f"it is longer than {MAX_PROMPT_LENGTH} characters")
    prompt = (parameters.prompt or "").replace("\r\n", "\n")
    if not prompt:
        if not any(one.role == "first_frame" for one in parameters.media):
            name = parameters.name("prompt")
            raise InvalidRequest(
                f"Missing required parameter: '{name}'.",
                param=name,
                code="missing_required_parameter",
            )
        prompt = _WITHOUT_PROMPT
    if not 1 <= parameters.count <= MAX_VIDEOS:
        raise _invalid(parameters, "count", f"it must be 1 to {MAX_VIDEOS}")
    if parameters.seed is not None and not 0 <= parameters.seed <= MAX_SEED:
        raise _invalid(parameters, "seed", f"it must be 0 to {MAX_SEED}")
    if parameters.seconds is not None and not 1 <= parameters.seconds <= MAX_SECONDS:
        raise _invalid(parameters, "seconds", f"it must be 1 to {MAX_SECONDS}")
    _check_sampling(parameters)
    model = None if parameters.model is None else model_named(request, parameters.model, parameters)
    if parameters.source is not None:
        _check_change(parameters)
    else:
        model = model or DEFAULT_MODEL
        _require_sound(request, model, parameters)
        seconds = parameters.seconds or DEFAULT_SECONDS
        require_scene(request.services, model, parameters.media, seconds)
        if not parameters.media:
            request.services.require(model, "create")
    return replace(parameters, prompt=prompt, model=model)


def _check_sampling(parameters: DialectParameters) -> None:
    """Check the sampling parameters against the limits of the OpenAI routes."""
    sampling = parameters.sampling
    for field, value, least, most in (
        ("guidance_scale", sampling.guidance_scale, 0, 100),
        ("num_inference_steps", sampling.num_inference_steps, 1, 1000),
    ):
        if value is not None and not least <= value <= most:
            raise _invalid(parameters, field, f"it must be {least} to {most}")
    if len(sampling.negative_prompt or "") > MAX_PROMPT_LENGTH:
        raise _invalid(parameters, "negative_prompt", "it is too long")


def _check_change(parameters: DialectParameters) -> None:
    """Refuse what a film that is changed or continued can't be asked for."""
    for one in parameters.media:
        raise InvalidRequest(
            f"'{one.field}' is not supported: a film that is changed or continued keeps its "
            "pictures and sound.",
            param=one.field,
            code="unsupported_parameter",
        )
    if parameters.audio is False:
        raise _invalid(parameters, "audio", "a film that is changed or continued keeps its sound")
    if parameters.task == "edit" and parameters.seconds is not None:
        raise _invalid(parameters, "seconds", "a film that is changed keeps its length")


def model_named(request: ApiRequest, name: str, parameters: DialectParameters | None = None) -> str:
    """The model of that name, or of what follows the slash in it, as in `openai/sora-2`.

    Raises:
        InvalidRequest: this server has none.
    """
    settings = request.services.settings
    for known in (name, name.rpartition("/")[2]):
        if settings.resolve_model(known) is not None:
            return known
    field = "model" if parameters is None else parameters.name("model")
    raise NotFound(
        f"The model '{printable(name[:100])}' does not exist here. "
        f"There are: {', '.join(settings.models)}.",
        param=field,
        code="model_not_found",
    )


def _require_sound(request: ApiRequest, model: str, parameters: DialectParameters) -> None:
    own = request.services.capabilities_of(model)
    if parameters.audio is None or own is None or parameters.audio == (own.sound != "none"):
        return
    able = [
        repr(name)
        for name, each in request.services.capabilities.items()
        if (each.sound != "none") == parameters.audio
    ]
    kind = "with sound" if parameters.audio else "silent"
    advice = f"Models here that do: {', '.join(able)}." if able else "No model here does."
    field = parameters.name("audio")
    raise InvalidRequest(
        f"'{field}': the model '{model}' does not make films {kind}. {advice}",
        param=field,
        code="unsupported_operation",
    )


async def _submit_one(
    request: ApiRequest, body: Body, parameters: DialectParameters, claim: Claim, number: int
) -> Video:
    claim = await looked_up(request, claim)
    made = Creation(request.services, request.access, body, new_id("video"))
    return await hand_in(made, lambda: _job(request, made, parameters, number), claim)


async def _job(
    request: ApiRequest, made: Creation, parameters: DialectParameters, number: int
) -> NewJob:
    if parameters.source is None:
        job = await _new_film(request, made, parameters, number)
    else:
        job = await _changed_film(request, made, parameters, parameters.source, number)
    return replace(job, webhooks=parameters.webhooks, notes=job.notes + parameters.notes)


async def _new_film(
    request: ApiRequest, made: Creation, parameters: DialectParameters, number: int
) -> NewJob:
    scene = [await scene_reference(request, made.body, one) for one in parameters.media]
    first = next((one for one in scene if one.role == "first_frame"), None)
    job = await creation.new_film(
        made,
        CreateParameters(
            prompt=parameters.prompt or "",
            model=parameters.model or DEFAULT_MODEL,
            size=parameters.size or DEFAULT_SIZE,
            seconds=str(parameters.seconds or DEFAULT_SECONDS),
            seed=_seed(parameters, number),
            characters=(),
            input_reference=None if first is None else first.source,
            references=tuple(one for one in scene if one is not first),
            loras=(),
            **msgspec.structs.asdict(parameters.sampling),
        ),
    )
    if first is None or first.file_id is None:
        return job
    return _with_file(job, first.file_id)


def _with_file(job: NewJob, file_id: str) -> NewJob:
    """The job of which the first frame is a copy of an uploaded file."""
    first, *others = job.spec.inputs
    inputs = (msgspec.structs.replace(first, file_id=file_id), *others)
    parents = tuple(dict.fromkeys((*job.parents, Parent(file_id, "file"))))
    return replace(job, spec=msgspec.structs.replace(job.spec, inputs=inputs), parents=parents)


async def _changed_film(
    request: ApiRequest,
    made: Creation,
    parameters: DialectParameters,
    source: str | Media,
    number: int,
) -> NewJob:
    """What the request does not say is the source's."""
    found = await film_of(request, made.body, source) if isinstance(source, Media) else source
    video = UploadRef(found) if isinstance(found, Upload) else VideoIdRef(found)
    seed = _seed(parameters, number)
    if parameters.task == "edit":
        job = await creation.edit(
            made,
            EditParameters(
                prompt=parameters.prompt or "",
                video=video,
                model=parameters.model,
                seed=seed,
                loras=(),
                **msgspec.structs.asdict(parameters.sampling),
            ),
        )
    else:
        job = await creation.extension(
            made,
            ExtendParameters(
                prompt=parameters.prompt or "",
                seconds=str(parameters.seconds or DEFAULT_SECONDS),
                video=video,
                model=parameters.model,
                seed=seed,
                loras=(),
                **msgspec.structs.asdict(parameters.sampling),
            ),
        )
    size = parameters.size
    if size is not None and (isinstance(video, UploadRef) or size != job.spec.size):
        raise _invalid(parameters, "size", "a film that is changed or continued keeps its size")
    return job


def _seed(parameters: DialectParameters, number: int) -> int | None:
    """The seed for one of the films; those of one request differ. None for the usual one."""
    if parameters.seed is not None:
        return (parameters.seed + number) % (MAX_SEED + 1)
    return secrets.randbelow(_RANDOM_SEEDS) if number else None


def _invalid(parameters: DialectParameters, field: str, why: str) -> InvalidRequest:
    name = parameters.name(field)
    return InvalidRequest(f"Invalid '{name}': {why}.", param=name, code="invalid_value")


async def _take_back(request: ApiRequest, made: Sequence[Video]) -> None:
    """Remove the jobs of a request that could not make all of them."""
    services = request.services
    for video in made:
        await services.queue.cancel(video.id)
        await services.videos.delete(video.id, project=video.project)
        await services.blobs.delete_under(f"videos/{video.id}")


def labels(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Lines for the job's log about members that label a request and change nothing."""
    named = {name: value for name, value in given.items() if value}
    if not named:
        return ()
    text = json.dumps(named, ensure_ascii=False)
    return (f"The client labelled the request: {printable(text[:_MAX_LABELS])}",)


def require_rate(request: ApiRequest, model: str, fps: float | None, field: str) -> None:
    """Check that a frame rate is the one that a model makes.

    Raises:
        InvalidRequest: it is another.
    """
    able = request.services.capabilities_of(model)
    own = DEFAULT_FPS if able is None else able.fps
    if fps is not None and fps != float(own.fraction):
        raise InvalidRequest(
            f"'{field}': the model '{model}' makes {float(own.fraction):g} frames a second.",
            param=field,
            code="invalid_value",
        )
