"""Input pictures: from any form of reference to a stored file of the job."""

from __future__ import annotations

import secrets
from pathlib import Path

from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.body import HEAD_BYTES
from vitascope.api.parsing.references import (
    DataUrlRef,
    FileIdRef,
    Reference,
    UploadRef,
    UrlRef,
    decode_data_url,
)
from vitascope.api.parsing.sniff import PICTURES, described, sniff
from vitascope.api.services.container import Services
from vitascope.api.services.fetch import FetchLimits, fetch_image
from vitascope.errors import InvalidRequest, NotFound
from vitascope.spec import Asset, Input
from vitascope.store.blobs import digest_of
from vitascope.video import input_key

_TAKEN = ", ".join(f"'{kind}'" for kind in PICTURES[:-1]) + f", and '{PICTURES[-1]}'"


class Inputs:
    """Brings references in. Nothing is decoded here: what is inside shows in the child."""

    def __init__(self, services: Services, project: str) -> None:
        self._blobs = services.blobs
        self._files = services.files
        self._scratch = services.settings.uploads_dir
        self._take_anything = services.settings.conformance
        self._project = project
        self._fetching = services.fetching
        self._fetches = services.settings.limits_of(project).max_fetches or 1

    async def store(self, body: Body, reference: Reference, video_id: str) -> Input:
        """Store the picture of a reference as the first frame of the video that will use it.

        Raises:
            InvalidRequest: it can't be had, or is no picture that can be used.
        """
        upload = await self._upload(body, reference)
        media = sniff(upload.head)
        if media not in PICTURES and not self._take_anything:
            raise InvalidRequest(
                "Invalid file 'input_reference': unsupported mimetype "
                f"('{described(upload.head)}'). Supported file formats are {_TAKEN}.",
                param="input_reference",
                code="invalid_value",
            )
        asset = Asset(
            key=input_key(video_id, "first_frame"),
            size=upload.size,
            digest=await digest_of(upload.path),
            media_type=media.value if media else "application/octet-stream",
        )
        await self._blobs.put_file(asset.key, upload.path, asset.media_type)
        return Input("first_frame", asset)

    async def _upload(self, body: Body, reference: Reference) -> Upload:
        match reference:
            case UploadRef(upload):
                return upload
            case DataUrlRef():
                return await decode_data_url(reference, body)
            case UrlRef(url):
                async with self._fetching.turn(self._project, at_once=self._fetches) as network:
                    return body.adopt(
                        await fetch_image(
                            url, scratch=self._scratch, limits=FetchLimits(), network=network
                        )
                    )
            case FileIdRef(file_id):
                return await self._stored(body, file_id)

    async def _stored(self, body: Body, file_id: str) -> Upload:
        """A file that was uploaded before, fetched from the store."""
        file = await self._files.get(file_id, project=self._project)
        if file is None:
            raise NotFound(f"No such File object: {file_id}", param="input_reference.file_id")
        path = self._scratch / f"stored-{secrets.token_hex(16)}"
        body.files.adopt(path)
        await self._blobs.fetch(file.content.key, path)
        return Upload(path, file.filename, None, file.content.size, head_of(path))


def head_of(path: Path) -> bytes:
    """A file's first bytes, enough to tell what it is."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
