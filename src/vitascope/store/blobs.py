"""Blobs: whole files by key, on disk or in any object store, streamed in and out."""

from __future__ import annotations

import asyncio
import contextlib
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
_STREAM_CHUNK = 64 * 1024
"""How much of a download is read ahead of a client: it stays in memory while the client stalls."""
_PART = 5 * 1024 * 1024
# Parts in flight at once: memory stays at a few parts, whatever the size of the file.
_PARTS_AT_ONCE = 2
# How a folder's files are called until they are whole.
_FRAGMENT = re.compile(r"#\d+\Z")


class MissingBlob(Exception):
    """There is no blob of that key."""


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob that a listing found."""

    key: str
    modified_at: float


class Blobs:
    """A flat space of keys. Keys are never written twice, so readers see whole files only."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        """Wrap a store.

        Args:
            store: where the blobs are.
            folder: the same place on this machine's disk, if it is there.
        """
        self._store = store
        self._folder = folder

    @property
    def folder(self) -> Path | None:
        """Where the blobs are on this machine's disk; None for a bucket."""
        return self._folder

    @classmethod
    def open(cls, storage: str) -> Blobs:
        """Open `file:///FOLDER`, a plain folder, `s3://…`, `gs://…` or `az://…`.

        Raises:
            ConfigError: the address is of no kind that is known, or misses a part.
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
        attributes = {"Content-Type": media_type} if self._folder is None else None
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

        Opens the blob before it returns the iterator, so that a missing one is known in time.

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
        """Store a blob under a second key; object stores do it without moving the bytes.

        Raises:
            MissingBlob: there is no blob of that key.
        """
        try:
            await obstore.copy_async(self._store, key, new_key)
        except (NotFoundError, FileNotFoundError):
            raise MissingBlob(key) from None

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove blobs; those that are not there are no error."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except (NotFoundError, FileNotFoundError):
                continue

    async def delete_under(self, prefix: str) -> None:
        """Remove every blob whose key begins with `prefix` and a slash."""
        await self.delete([blob.key async for blob in self.list(prefix)])
        if self._folder is not None:
            # A process that dies while it stores a file leaves a part of it under a name that no
            # listing shows.
            await asyncio.to_thread(shutil.rmtree, self._folder / prefix, ignore_errors=True)

    async def delete_fragments(self, *, before: float) -> None:
        """Remove what is left of files whose writer died, in a folder; no listing shows it.

        Object stores have a rule of the bucket for that: to abort unfinished uploads.

        Args:
            before: unix seconds; younger ones may still be written.
        """
        if self._folder is not None:
            await asyncio.to_thread(_delete_fragments, self._folder, before)

    async def list(self, prefix: str = "") -> AsyncIterator[StoredBlob]:
        """Every blob under a prefix, in pages."""
        async for page in obstore.list(self._store, prefix=prefix or None, chunk_size=500):
            for meta in page:
                modified: datetime = meta["last_modified"]
                yield StoredBlob(meta["path"], modified.astimezone(UTC).timestamp())


def _delete_fragments(folder: Path, before: float) -> None:
    for path in folder.rglob("*#*"):
        with contextlib.suppress(FileNotFoundError):  # finished or removed meanwhile
            if _FRAGMENT.search(path.name) and path.stat().st_mtime < before:
                path.unlink()


async def _chunks(result: obstore.GetResult) -> AsyncIterator[memoryview]:
    async for chunk in result.stream(min_chunk_size=_STREAM_CHUNK):
        yield memoryview(chunk)
