"""Makes the jobs of new videos: each operation builds a specification and stores its files.

`submission` calls one of them and hands the job in.
"""

from __future__ import annotations

import random
from operator import attrgetter
from typing import Literal

import msgspec

from vitascope.api.parsing import Upload
from vitascope.api.parsing.fields import unsupported_value
from vitascope.api.parsing.operations import (
    CreateParameters,
    EditParameters,
    ExtendParameters,
    RemixParameters,
    SegmentParameters,
)
from vitascope.api.parsing.references import FileIdRef, Source, UploadRef
from vitascope.api.parsing.sizes import size_of
from vitascope.api.services import segments
from vitascope.api.services.container import Services
from vitascope.api.services.inputs import (
    completed_video,
    copy_film,
    copy_scene,
    find_characters,
    store_cast,
    store_first_frame,
    store_upload,
)
from vitascope.api.services.scene import require_scene, store_scene, with_pictures_until
from vitascope.api.services.submission import Creation, NewJob
from vitascope.errors import InvalidRequest, NotFound
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
from vitascope.video import DEFAULT_MODEL, DEFAULT_SECONDS, DEFAULT_SIZE, Parent, Relation, Video

_RANDOM_SEEDS = 2**31
_UPRIGHT = "9:16"


async def new_film(creation: Creation, parameters: CreateParameters) -> NewJob:
    """A film from a prompt, a first frame and characters."""
    services, project = creation.services, creation.access.project
    prompt, model, reference = parameters.prompt, parameters.model, parameters.input_reference
    characters: list[StoredCharacter] = []
    if parameters.characters:
        characters = await find_characters(services, parameters.characters, project)
    services.require(model, "create" if reference is None else "image")
    last, scene = parameters.last_frame, parameters.references
    if last is not None:
        scene = (last, *scene)
    plain = new_spec(services, parameters)
    if scene:
        require_scene(services, model, scene, plain.seconds)
    inputs: tuple[Input, ...] = ()
    parents: tuple[Parent, ...] = ()
    if reference is not None:
        inputs = (
            await store_first_frame(services, project, creation.body, reference, creation.video_id),
        )
        if isinstance(reference, FileIdRef):
            parents = (Parent(reference.file_id, "file"),)
    if scene:
        body, video_id = creation.body, creation.video_id
        more, files = await store_scene(services, project, body, scene, video_id)
        inputs, parents = inputs + more, tuple(dict.fromkeys(parents + files))
    cast: tuple[CharacterInput, ...] = ()
    notes: list[str] = []
    if characters:
        cast, notes = await store_cast(services.blobs, prompt, characters, creation.video_id)
    if cast:
        services.require(model, "characters")
    spec = msgspec.structs.replace(
        plain,
        loras=_loras(services, model, parameters.loras) if parameters.loras else (),
        inputs=inputs,
        characters=cast,
    )
    return NewJob(
        spec=spec,
        parents=parents + tuple(Parent(one.id, "character") for one in cast),
        notes=tuple(notes),
        count=parameters.n or 1,
    )


def new_spec(services: Services, parameters: CreateParameters) -> RenderSpec:
    """The specification of a new film without its inputs."""
    model = parameters.model
    if parameters.following:
        services.require(model, "extend")
    able = services.capabilities_of(model)
    fps = DEFAULT_FPS if able is None else able.fps
    own = fps.frames_in(parameters.duration or float(parameters.seconds))
    following: tuple[Step, ...] = ()
    frames = own
    if parameters.following:
        following, frames = segments.steps_after(own, parameters.following, fps)
        segments.check_length(fps.seconds_of(frames))
    size = parameters.size
    if parameters.aspect_ratio or parameters.resolution:
        size = _fitting_size(parameters.aspect_ratio, parameters.resolution) or size
    return RenderSpec(
        prompt=parameters.prompt,
        model=model,
        size=size,
        frames=frames,
        fps=fps,
        seed=_seed(services, model, parameters.seed),
        sampling=Sampling(*_sampling_values(parameters)),
        following=following,
        extensions=len(following),
    )


def _fitting_size(aspect: str | None, resolution: str | None) -> Size | None:
    """A new film's size; without an aspect ratio it stands upright, as by default."""
    if aspect is None and resolution is not None and "x" not in resolution:
        aspect = _UPRIGHT
    return size_of(aspect=aspect, resolution=resolution)


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


async def segment_again(
    creation: Creation, parameters: SegmentParameters, video_id: str, index: str
) -> NewJob:
    """A completed video whose segment, and those after it, are made again."""
    source = await completed(creation, video_id, "made again in part")
    found = segments.timeline(source.spec)
    if not index.isdecimal() or int(index) >= len(found):
        raise NotFound(f"Video '{video_id}' has the segments 0 to {len(found) - 1}.")
    if parameters.prompt is None and parameters.seed is None:
        raise InvalidRequest(
            "Give another 'prompt' or another 'seed': with neither, the same film would be made.",
            param="prompt",
            code="missing_required_parameter",
        )
    segment, after = found[int(index)], found[int(index) + 1 :]
    prompt = parameters.prompt or segment.prompt
    first = not segment.start
    if prompt is None or (first and not segments.is_whole(source.spec)):
        raise InvalidRequest(
            "The first segment was uploaded or has been edited, so no prompt describes it. Edit "
            "the video instead, or make a later segment again.",
            param="segment",
            code="unsupported_operation",
        )
    creation.services.require(source.spec.model, "create" if first else "extend")
    if after:
        creation.services.require(source.spec.model, "extend")
    spec = msgspec.structs.replace(
        source.spec,
        prompt=prompt,
        seed=source.spec.seed if parameters.seed is None else parameters.seed,
        task="create" if first else "extend",
        start=segment.start,
        history=() if first else segments.history_until(source.spec, segment.start),
        following=tuple(segments.step_of(one, source.spec.fps) for one in after),
    )
    relation: Relation = "remix" if first else "extension"
    return await job_from(creation, spec, source, relation, film=not first)


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
    scene = with_pictures_until(source, spec.start) if spec.task == "extend" else source
    inputs, characters = await copy_scene(blobs, scene, video_id)
    if film:
        inputs += await copy_film(blobs, source, video_id)
    return NewJob(
        spec=msgspec.structs.replace(spec, inputs=inputs, characters=characters),
        parents=(Parent(source.id, relation),),
        # The history is unknown if the film began with an upload.
        earlier_prompts=(
            source.prompts if spec.history is None else tuple(step.prompt for step in spec.history)
        ),
        remixed_from=None if relation == "extension" else source.id,
    )


def _seed(services: Services, model: str, sent: int | None) -> int:
    """The seed that was sent, else the one of the model's settings, else a random one."""
    if sent is not None:
        return sent
    settings = services.settings.resolve_model(model)
    configured = None if settings is None else settings.seed
    return random.randrange(_RANDOM_SEEDS) if configured is None else configured


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


_sampling_values = attrgetter(*Sampling.__struct_fields__)


def _sampling(parameters: EditParameters | ExtendParameters, inherited: Sampling) -> Sampling:
    """The sampling parameters; those that the request leaves out are the inherited ones."""
    sent = zip(Sampling.__struct_fields__, _sampling_values(parameters), strict=True)
    changes = {name: value for name, value in sent if value is not None}
    return msgspec.structs.replace(inherited, **changes) if changes else inherited
