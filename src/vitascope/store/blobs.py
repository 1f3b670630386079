"""Blobs: whole files by key, in a folder or an object store, streamed in and out."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore, from_url

from vitascope.errors import ConfigError

CHUNK = 1024 * 1024
STORE_ERRORS = (BaseError, OSError)
"""What a store raises while it is unavailable; a folder raises the system's errors."""
_STREAM_CHUNK = 64 * 1024
"""How much of a download is read ahead. It stays in memory while the client stalls."""
_PART = 5 * 1024 * 1024
# Parts uploaded at once, which bounds the memory for files of any size.
_PARTS_AT_ONCE = 2
# The names that a folder's files have until they are complete.
_FRAGMENT = re.compile(r"#\d+\Z")


class MissingBlob(Exception):
    """No blob has this key."""


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob in a listing."""

    key: str
    modified_at: float


class Blobs:
    """Files by key. A key is never written twice, so readers see complete files only.

    Attributes:
        folder: the folder with the blobs; None for a bucket.
    """

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        """Wrap a store.

        Args:
            store: the object store or folder.
            folder: the store's path, if it is a folder on this machine.
        """
        self._store = store
        self.folder = folder

    @classmethod
    def open(cls, storage: str) -> Blobs:
        """Open `file:///FOLDER`, a plain folder, `s3://…`, `gs://…` or `az://…`.

        Raises:
            ConfigError: the address is of an unknown kind or incomplete.
        """
        scheme = urlsplit(storage).scheme
        if not scheme:
            storage, scheme = Path(storage).expanduser().absolute().as_uri(), "file"
        if scheme not in {"file", "memory", "s3", "s3a", "gs", "az"}:
            raise ConfigError(
                f"storage must be a folder or begin with s3://, gs:// or az://, not {scheme}://."
            )
        try:
            if scheme == "file":
                folder = Path(url2pathname(urlsplit(storage).path))
                return cls(from_url(storage, mkdir=True, automatic_cleanup=True), folder)
            return cls(from_url(storage))
        except (BaseError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            place = urlsplit(storage)
            shown = f"{scheme}://{place.netloc.rpartition('@')[2]}{place.path}"
            raise ConfigError(f"The storage {shown} can't be used: {reason}.") from None

    async def put_file(self, key: str, path: Path, media_type: str) -> None:
        """Store a file under a key, in parts."""
        attributes = {"Content-Type": media_type} if self.folder is None else None
        await obstore.put_async(
            self._store,
            key,
            path,
            attributes=attributes,
            chunk_size=_PART,
            max_concurrency=_PARTS_AT_ONCE,
        )

    async def stream(self, key: str, *, start: int, end: int) -> AsyncIterator[memoryview]:
        """The bytes from `start` up to, not including, `end`, in chunks.

        Opens the blob before it returns the iterator, so that a missing one is an error here.

        Raises:
            MissingBlob: there is no blob of that key.
        """
        try:
            result = await obstore.get_async(self._store, key, options={"range": (start, end)})
        except (NotFoundError, FileNotFoundError):
            raise MissingBlob(key) from None
        return _chunks(result)

    async def fetch(self, key: str, path: Path) -> None:
        """Copy a blob to a local file.

        Raises:
            MissingBlob: there is no blob of that key.
        """
        try:
            result = await obstore.get_async(self._store, key)
        except (NotFoundError, FileNotFoundError):
            raise MissingBlob(key) from None
        with path.open("xb") as file:
            async for chunk in result.stream(min_chunk_size=CHUNK):
                file.write(chunk)

    async def copy(self, key: str, new_key: str) -> None:
        """Store a blob under a second key; an object store does not send the bytes again for it.

        Raises:
            MissingBlob: there is no blob of that key.
        """
        try:
            await obstore.copy_async(self._store, key, new_key)
        except (NotFoundError, FileNotFoundError):
            raise MissingBlob(key) from None

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove blobs; a missing blob is no error."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except (NotFoundError, FileNotFoundError):
                continue

    async def delete_under(self, prefix: str) -> None:
        """Remove every blob whose key starts with `prefix` and a slash."""
        await self.delete([blob.key async for blob in self.list(prefix)])
        if self.folder is not None:
            # A process that dies while it stores a file leaves an incomplete file, which listings
            # do not show.
            await asyncio.to_thread(shutil.rmtree, self.folder / prefix, ignore_errors=True)

    async def delete_fragments(self, *, before: float) -> None:
        """Remove incomplete files whose writer died from a folder; listings do not show them.

        A bucket needs a lifecycle rule that aborts incomplete uploads.

        Args:
            before: unix seconds; a younger file may still be written.
        """
        if self.folder is not None:
            await asyncio.to_thread(_delete_fragments, self.folder, before)

    async def list(self, prefix: str = "") -> AsyncIterator[StoredBlob]:
        """Every blob under a prefix; the store is read page by page."""
        async for page in obstore.list(self._store, prefix=prefix or None, chunk_size=500):
            for meta in page:
                modified: datetime = meta["last_modified"]
                yield StoredBlob(meta["path"], modified.astimezone(UTC).timestamp())


def _delete_fragments(folder: Path, before: float) -> None:
    for path in folder.rglob("*#*"):
        with contextlib.suppress(FileNotFoundError):  # completed or removed meanwhile
            if _FRAGMENT.search(path.name) and path.stat().st_mtime < before:
                path.unlink()


async def _chunks(result: obstore.GetResult) -> AsyncIterator[memoryview]:
    async for chunk in result.stream(min_chunk_size=_STREAM_CHUNK):
        yield memoryview(chunk)


async def digest_of(path: Path) -> str:
    """A file's SHA-256 in hex, read in a thread and in chunks."""
    return await asyncio.to_thread(_digest, path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
