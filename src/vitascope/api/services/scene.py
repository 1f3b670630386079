"""What a new film is made from besides its prompt: pictures, films and sound, by their roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.body import FILMS, SOUNDS, described, sniff
from vitascope.api.parsing.references import FileIdRef, Reference, SceneReference
from vitascope.api.services.container import Services
from vitascope.api.services.fetch import FetchLimits
from vitascope.api.services.inputs import put_upload, upload_of
from vitascope.errors import InvalidRequest
from vitascope.model_settings import MAX_REFERENCES, ModelCapabilities
from vitascope.spec import Input, InputRole, ReferenceUse
from vitascope.video import Parent, Video, input_key

_NEEDS: dict[InputRole, str] = {
    "last_frame": "end with a given picture",
    "keyframe": "show given pictures at given times",
    "reference_image": "use reference images",
    "reference_video": "use reference videos",
    "control_video": "follow a control video",
    "audio": "use given sound",
}
_USES: dict[ReferenceUse, str] = {
    "subject": "for who or what is to be seen",
    "style": "for its colours",
    "setting": "for the place",
}
_MOST: dict[InputRole, tuple[int, str]] = {
    "first_frame": (1, "first frame"),
    "last_frame": (1, "last frame"),
    "keyframe": (16, "keyframes"),
    "reference_image": (MAX_REFERENCES, "reference images"),
    "reference_video": (3, "reference videos"),
    "control_video": (1, "control video"),
    "audio": (1, "soundtrack"),
}
"""How many inputs of each role a film can have."""

_PICTURE_LIMITS = FetchLimits()
_FILM_LIMITS = FetchLimits(max_bytes=256 * 1024**2, timeout=60.0, accept=FILMS, kind="a video")
_SOUND_LIMITS = FetchLimits(max_bytes=64 * 1024**2, timeout=60.0, accept=SOUNDS, kind="a sound")
_LIMITS: dict[InputRole, FetchLimits] = {
    "reference_video": _FILM_LIMITS,
    "control_video": _FILM_LIMITS,
    "uploaded_video": _FILM_LIMITS,
    "audio": _SOUND_LIMITS,
}


class Named(Protocol):
    """A reference of any form: what it is for, and its place in the request, for errors."""

    @property
    def role(self) -> InputRole:
        """How an engine is to use it."""

    @property
    def use(self) -> ReferenceUse:
        """What a reference image or video shows."""

    @property
    def field(self) -> str:
        """Its place in the request."""

    @property
    def at(self) -> float | None:
        """A keyframe's time in seconds."""


def require_scene(
    services: Services, model: str, scene: Sequence[Named], seconds: float | None = None
) -> None:
    """Check that a model can use all references, and that there are not too many.

    Args:
        services: know the capabilities.
        model: its name.
        scene: the references.
        seconds: the length of the film, if it is known.

    Raises:
        InvalidRequest: it can't; the message names the models of this server that can.
    """
    for one in scene:
        if one.role == "first_frame":
            services.require(model, "image")
        else:
            _require(services, model, one)
        if seconds is not None and one.at is not None and not 0 <= one.at <= seconds:
            raise InvalidRequest(
                f"'{one.field}' is at {one.at:g} seconds, and the film has {seconds:g}.",
                param=one.field,
                code="invalid_value",
            )
    own = services.capabilities_of(model)
    for role, (most, what) in _MOST.items():
        if role == "reference_image" and own is not None:
            most = min(most, own.max_references)
        _require_few([one for one in scene if one.role == role], most, what)
    references = [one for one in scene if one.role in ("reference_image", "reference_video")]
    for use in ("style", "setting"):
        _require_few([one for one in references if one.use == use], 1, use)


def _require(services: Services, model: str, one: Named) -> None:
    def can(able: ModelCapabilities) -> bool:
        if one.role in ("reference_image", "reference_video"):
            return one.role in able.references and one.use in able.reference_uses
        return one.role in able.references

    own = services.capabilities_of(model)
    if own is None or can(own):
        return
    able = [repr(name) for name, each in services.capabilities.items() if can(each)]
    advice = (
        f"Models here that can: {', '.join(able)}."
        if able
        else "No model on this server can; its operator may configure one."
    )
    need = _NEEDS[one.role]
    if one.use != "subject":
        need += f" {_USES[one.use]}"
    raise InvalidRequest(
        f"The model '{model}' can't {need} ('{one.field}'). {advice}",
        param=one.field,
        code="unsupported_operation",
    )


def _require_few(found: Sequence[Named], most: int, what: str) -> None:
    if len(found) > most:
        raise InvalidRequest(
            f"A film has at most {most} {what}, and '{found[most].field}' is one more.",
            param=found[most].field,
            code="array_above_max_length",
        )


async def upload_as(
    services: Services,
    project: str,
    body: Body,
    reference: Reference | Upload,
    *,
    role: InputRole,
    field: str,
) -> Upload:
    """Bring in what a reference stands for, and check that it is of the kind that the role needs.

    Raises:
        InvalidRequest: it can't be fetched, or is of the wrong kind.
        NotFound: the project has no such file.
    """
    limits = _LIMITS.get(role, _PICTURE_LIMITS)
    upload = (
        reference
        if isinstance(reference, Upload)
        else await upload_of(services, project, body, reference, name=field, limits=limits)
    )
    if sniff(upload.head) not in limits.accept:
        raise InvalidRequest(
            f"Invalid file '{field}': unsupported mimetype ('{described(upload.head)}'). "
            f"Supported file formats are {', '.join(limits.accept)}.",
            param=field,
            code="invalid_value",
        )
    return upload


async def store_scene(
    services: Services, project: str, body: Body, scene: Sequence[SceneReference], video_id: str
) -> tuple[tuple[Input, ...], tuple[Parent, ...]]:
    """Store the references under the id of a new video.

    Returns:
        The stored inputs, and the uploaded files that they are copies of.

    Raises:
        InvalidRequest: one can't be fetched, or is of the wrong kind.
        NotFound: the project has no such file.
    """
    inputs: list[Input] = []
    # All are brought in before the first one is stored: most faults are found in this part.
    uploads = [
        await upload_as(services, project, body, one.source, role=one.role, field=one.field)
        for one in scene
    ]
    for index, (one, upload) in enumerate(zip(scene, uploads, strict=True), 1):
        asset = await put_upload(services.blobs, input_key(video_id, one.role, index), upload)
        source = one.source
        file_id = source.file_id if isinstance(source, FileIdRef) else one.file_id
        inputs.append(Input(one.role, asset, one.at, one.use, file_id))
    files = dict.fromkeys(one.file_id for one in inputs if one.file_id)
    return tuple(inputs), tuple(Parent(file_id, "file") for file_id in files)


def with_pictures_until(source: Video, frames: int) -> Video:
    """The video with the pictures of its first frames only; its last frame becomes a keyframe."""
    spec = source.spec
    end, inputs = spec.fps.seconds_of(spec.frames - 1), []
    for one in spec.inputs:
        timed = one
        if one.role == "last_frame":
            timed = msgspec.structs.replace(one, role="keyframe", at=end)
        if timed.at is None or timed.at < spec.fps.seconds_of(frames):
            inputs.append(timed)
    return msgspec.structs.replace(source, spec=msgspec.structs.replace(spec, inputs=tuple(inputs)))
