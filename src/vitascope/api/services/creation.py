"""Creates videos: from a request's body to a job in the queue, one path for all operations.

`create_job` claims the request, checks the body, and has one of `new_film`, `remix`, `edit` and
`extension` make the specification and store its files. Then it hands the job in.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import msgspec

from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.fields import unsupported_value
from vitascope.api.parsing.operations import (
    CreateParameters,
    EditParameters,
    ExtendParameters,
    Parameters,
    RemixParameters,
)
from vitascope.api.parsing.references import FileIdRef, Source, UploadRef
from vitascope.api.services import segments
from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.idempotency import first_job, new_claim
from vitascope.api.services.inputs import (
    completed_video,
    copy_film,
    copy_scene,
    find_characters,
    store_cast,
    store_first_frame,
    store_upload,
)
from vitascope.api.services.webhooks import Subscription
from vitascope.errors import InvalidRequest
from vitascope.spec import (
    DEFAULT_FPS,
    CharacterInput,
    Input,
    Lora,
    RenderSpec,
    Sampling,
    Size,
    Step,
)
from vitascope.store.characters import StoredCharacter
from vitascope.store.idempotency import AlreadyMade, Claim
from vitascope.store.keys import Access
from vitascope.video import (
    DEFAULT_MODEL,
    DEFAULT_SECONDS,
    DEFAULT_SIZE,
    Parent,
    Relation,
    Video,
    new_id,
)

_RANDOM_SEEDS = 2**31
_NO_SAMPLING = Sampling()

P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True, slots=True)
class Creation:
    """A video that is being created, and what it may use.

    Attributes:
        access: the project that will own it, and its priority.
        body: the request's; its files exist until the request ends.
        video_id: the id that it will have. Its files are stored under it.
    """

    services: Services
    access: Access
    body: Body
    video_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job that is ready to be handed in.

    Attributes:
        spec: what to render; its inputs are stored.
        parents: what the video is made from.
        remixed_from: the id of the video that it remixes or edits.
        notes: sentences for the job's log.
        webhooks: those that the request asks for.
    """

    spec: RenderSpec
    parents: tuple[Parent, ...] = ()
    remixed_from: str | None = None
    notes: tuple[str, ...] = ()
    webhooks: tuple[Subscription, ...] = ()


async def create_job(
    request: ApiRequest,
    body: Body,
    parameters: type[P],
    make: Callable[[Creation, P], Awaitable[NewJob]],
) -> JsonResponse:
    """Create a video and answer with it; a repeated request is answered with its first video.

    Args:
        request: whose body has been read.
        body: its body.
        parameters: the fields of the body.
        make: makes the job of checked parameters and stores its files.
    """
    services = request.services
    try:
        claim = await new_claim(request, body)
        if claim.shared:
            await services.idempotency.check(claim)
        checked = parameters.read(body, services.settings)
        creation = Creation(services, request.access, body, new_id("video"))
        video = await hand_in(creation, lambda: make(creation, checked), claim)
    except AlreadyMade as made:
        video = await first_job(request, made)
    return JsonResponse(video.to_wire())


async def hand_in(
    creation: Creation, make: Callable[[], Awaitable[NewJob]], claim: Claim | None = None
) -> Video:
    """Make a job and hand it in. If either fails, nothing that was stored for it stays.

    Raises:
        AlreadyMade: another request has made the job that is claimed.
        TooManyRequests: the project has as many waiting jobs as it may.
    """
    services, access = creation.services, creation.access
    try:
        job = await make()
        video = await services.queue.submit(
            job.spec,
            video_id=creation.video_id,
            project=access.project,
            priority=access.priority,
            claim=claim,
            parents=job.parents,
            remixed_from=job.remixed_from,
            deliveries=services.webhooks.of_job(access.project, creation.video_id, job.webhooks),
        )
    except BaseException:
        await services.blobs.delete_under(f"videos/{creation.video_id}")
        raise
    if job.notes:
        await services.job_log.add(video.id, job.notes)
    return video


async def new_film(creation: Creation, parameters: CreateParameters) -> NewJob:
    """A film from a prompt, a first frame and characters."""
    services, project = creation.services, creation.access.project
    prompt, model, reference = parameters.prompt, parameters.model, parameters.input_reference
    characters: list[StoredCharacter] = []
    if parameters.characters:
        characters = await find_characters(services, parameters.characters, project)
    services.require(model, "create" if reference is None else "image")
    inputs: tuple[Input, ...] = ()
    parents: tuple[Parent, ...] = ()
    if reference is not None:
        inputs = (
            await store_first_frame(services, project, creation.body, reference, creation.video_id),
        )
        if isinstance(reference, FileIdRef):
            parents = (Parent(reference.file_id, "file"),)
    cast: tuple[CharacterInput, ...] = ()
    notes: list[str] = []
    if characters:
        cast, notes = await store_cast(services.blobs, prompt, characters, creation.video_id)
    if cast:
        services.require(model, "characters")
    spec = msgspec.structs.replace(
        new_spec(services, parameters),
        loras=_loras(services, model, parameters.loras) if parameters.loras else (),
        inputs=inputs,
        characters=cast,
    )
    return NewJob(
        spec=spec,
        parents=parents + tuple(Parent(one.id, "character") for one in cast),
        notes=tuple(notes),
    )


def new_spec(services: Services, parameters: CreateParameters) -> RenderSpec:
    """The specification of a new film without its inputs."""
    model = parameters.model
    if parameters.following:
        services.require(model, "extend")
    able = services.capabilities_of(model)
    fps = DEFAULT_FPS if able is None else able.fps
    own = fps.frames_in(float(parameters.seconds))
    following: tuple[Step, ...] = ()
    frames = own
    if parameters.following:
        following, frames = segments.steps_after(own, parameters.following, fps)
        segments.check_length(fps.seconds_of(frames))
    return RenderSpec(
        prompt=parameters.prompt,
        model=model,
        size=Size.parse(parameters.size),
        frames=frames,
        fps=fps,
        seed=_seed(services, model, parameters.seed),
        sampling=_sampling(parameters, _NO_SAMPLING),
        following=following,
        extensions=len(following),
    )


async def remix(creation: Creation, parameters: RemixParameters, video_id: str) -> NewJob:
    """A completed video again, with another prompt."""
    source = await completed(creation, video_id, "remixed")
    model = source.spec.model
    creation.services.require(model, "remix")
    spec = msgspec.structs.replace(
        source.spec,
        prompt=parameters.prompt,
        task="remix",
        start=0,
        history=(),
        extensions=0,
        following=(),
    )
    able = creation.services.capabilities_of(model)
    return await job_from(
        creation, spec, source, "remix", film=able is not None and able.remixes_film
    )


async def edit(creation: Creation, parameters: EditParameters) -> NewJob:
    """A completed or uploaded video, changed as the prompt says."""
    source = await _source_of(creation, parameters.video, "edited")
    spec = _spec_from(creation.services, parameters, source, "edit")
    return await job_from(creation, spec, source, "edit")


async def extension(creation: Creation, parameters: ExtendParameters) -> NewJob:
    """A longer version of a completed or uploaded video: its own frames and new ones."""
    source = await _source_of(creation, parameters.video, "extended")
    spec = _spec_from(creation.services, parameters, source, "extend")
    kept = 0 if parameters.from_seconds is None else spec.fps.frames_in(parameters.from_seconds)
    if parameters.from_seconds is not None and not kept:
        raise segments.cannot_begin("an extension keeps a frame of its source at least")
    before = 0
    if isinstance(source, Video):
        kept = segments.kept(source, kept)
        before = source.spec.extensions - segments.extensions_from(source.spec, kept)
        spec = msgspec.structs.replace(spec, history=segments.history_until(source.spec, kept))
    elif parameters.following:
        raise InvalidRequest(
            "'following' needs a video of this server: the length of an upload is not known yet.",
            param="following",
            code="unsupported_parameter",
        )
    own = kept + spec.fps.frames_in(float(parameters.seconds))
    following, frames = segments.steps_after(own, parameters.following, spec.fps)
    extensions = before + 1 + len(following)
    if isinstance(source, Video):
        segments.check_extension(source, extensions, spec.fps.seconds_of(frames))
    spec = msgspec.structs.replace(
        spec, start=kept, frames=frames, extensions=extensions, following=following
    )
    return await job_from(creation, spec, source, "extension")


async def _source_of(creation: Creation, source: Source, verb: str) -> Video | Upload:
    """The video that is named, or the one that came with the request."""
    if isinstance(source, UploadRef):
        return source.upload
    return await completed(creation, source.video_id, verb)


async def completed(creation: Creation, video_id: str, verb: str) -> Video:
    """The video that is named, which is finished; `verb` says for what, for errors."""
    project = creation.access.project
    return await completed_video(creation.services, video_id, project=project, verb=verb)


def _spec_from(
    services: Services,
    parameters: EditParameters | ExtendParameters,
    source: Video | Upload,
    task: Literal["edit", "extend"],
) -> RenderSpec:
    """A specification that inherits from the source what the request leaves out.

    An upload has not been decoded: its size and length are the defaults until the finished video
    states the real ones.
    """
    stored = source.spec if isinstance(source, Video) else None
    model = parameters.model or (DEFAULT_MODEL if stored is None else stored.model)
    services.require(model, task)
    inherited = stored or RenderSpec(
        prompt=parameters.prompt,
        model=model,
        size=Size.parse(DEFAULT_SIZE),
        frames=DEFAULT_FPS.frames_in(int(DEFAULT_SECONDS)),
        seed=_seed(services, model, parameters.seed),
    )
    return msgspec.structs.replace(
        inherited,
        prompt=parameters.prompt,
        model=model,
        seed=inherited.seed if parameters.seed is None else parameters.seed,
        task=task,
        start=0,
        following=(),
        history=None if stored is None else stored.steps,
        sampling=_sampling(parameters, inherited.sampling),
        loras=_loras(services, model, parameters.loras)
        or (inherited.loras if inherited.model == model else ()),
    )


async def job_from(
    creation: Creation,
    spec: RenderSpec,
    source: Video | Upload,
    relation: Relation,
    *,
    film: bool = True,
) -> NewJob:
    """A job that starts from a video.

    Args:
        creation: the video that is being created.
        spec: what to render; its inputs and characters are replaced by copies of the source's.
        source: the video.
        relation: of the new video to it.
        film: whether the job reads the source's film and not its pictures alone.
    """
    blobs, video_id = creation.services.blobs, creation.video_id
    if isinstance(source, Upload):
        upload = await store_upload(blobs, source, video_id)
        return NewJob(spec=msgspec.structs.replace(spec, inputs=(upload,), characters=()))
    inputs, characters = await copy_scene(blobs, source, video_id)
    if film:
        inputs += await copy_film(blobs, source, video_id)
    return NewJob(
        spec=msgspec.structs.replace(spec, inputs=inputs, characters=characters),
        parents=(Parent(source.id, relation),),
        remixed_from=None if relation == "extension" else source.id,
    )


def _seed(services: Services, model: str, sent: int | None) -> int:
    """The seed that was sent, else the one of the model's settings, else a random one."""
    if sent is not None:
        return sent
    settings = services.settings.resolve_model(model)
    configured = None if settings is None else settings.seed
    return secrets.randbelow(_RANDOM_SEEDS) if configured is None else configured


def _loras(services: Services, model: str, asked: tuple[Lora, ...]) -> tuple[Lora, ...]:
    """The adapters that are asked for, all of them the model's.

    Raises:
        InvalidRequest: the model has none of that id.
    """
    if not asked:
        return ()
    able = services.capabilities_of(model)
    allowed = () if able is None else able.loras
    for one in asked:
        if not allowed:
            raise InvalidRequest(
                f"The model '{model}' has no LoRAs. Its operator adds them to its configuration.",
                param="loras",
                code="unsupported_parameter",
            )
        if one.id not in allowed:
            raise unsupported_value("loras", one.id, allowed)
    return asked


def _sampling(
    parameters: CreateParameters | EditParameters | ExtendParameters, inherited: Sampling
) -> Sampling:
    """The sampling parameters; those that the request leaves out are the inherited ones."""
    sent = {
        "negative_prompt": parameters.negative_prompt,
        "guidance_scale": parameters.guidance_scale,
        "num_inference_steps": parameters.num_inference_steps,
    }
    changes = {name: value for name, value in sent.items() if value is not None}
    return msgspec.structs.replace(inherited, **changes) if changes else inherited
