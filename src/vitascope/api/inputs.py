"""Input pictures: from any form of reference to a stored file of the job."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from vitascope.api.body import Body, Upload
from vitascope.api.body.data_url import decode_data_url
from vitascope.api.body.references import (
    DataUrlRef,
    FileIdRef,
    Reference,
    UploadRef,
    UrlRef,
)
from vitascope.api.body.sniff import sniff
from vitascope.api.fetch import FetchLimits, fetch_image
from vitascope.errors import InvalidRequest
from vitascope.store.blobs import Blobs
from vitascope.video import Asset

_IMAGES = ("image/jpeg", "image/png", "image/webp")


class Inputs:
    """Brings references in. Nothing is decoded here: what is inside shows in the child."""

    def __init__(self, blobs: Blobs, scratch: Path) -> None:
        self._blobs = blobs
        self._scratch = scratch

    async def store(self, body: Body, reference: Reference, video_id: str) -> Asset:
        """Store the picture of a reference under the video that will use it.

        Raises:
            InvalidRequest: it can't be had, or is no picture that can be used.
        """
        upload = await self._upload(body, reference)
        media = sniff(upload.head)
        if media is None or media.value not in _IMAGES:
            found = media.value if media else upload.content_type or "unknown"
            raise InvalidRequest(
                f"Invalid file 'input_reference': unsupported mimetype ('{found}'). Supported file "
                "formats are 'image/jpeg', 'image/png', and 'image/webp'.",
                param="input_reference",
                code="invalid_value",
            )
        asset = Asset(
            key=f"videos/{video_id}/input_reference",
            size=upload.size,
            digest=await asyncio.to_thread(_digest, upload.path),
            media_type=media.value,
        )
        await self._blobs.put_file(asset.key, upload.path, asset.media_type)
        return asset

    async def drop(self, assets: list[Asset]) -> None:
        """Remove what was stored for a job that was not taken after all."""
        await self._blobs.delete([asset.key for asset in assets])

    async def _upload(self, body: Body, reference: Reference) -> Upload:
        match reference:
            case UploadRef(upload):
                return upload
            case DataUrlRef():
                return await decode_data_url(reference, body)
            case UrlRef(url):
                return body.adopt(
                    await fetch_image(url, scratch=self._scratch, limits=FetchLimits())
                )
            case FileIdRef(file_id):
                raise InvalidRequest(
                    f"No such file: '{file_id}'. This server does not store files yet; send the "
                    "picture itself, or an image_url.",
                    param="input_reference.file_id",
                    code="invalid_value",
                )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
