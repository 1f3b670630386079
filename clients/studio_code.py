"""The code that the studio shows for a video, run as it stands there."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any

import httpx2

from clients.machine import Broken, run
from clients.server import SCENES

# Characters that one of the languages escapes, and a seed of more than 32 bits.
_PROMPT = 'Ein "Fuchs" läuft \\u0041 für $5 (100 %)\nim {Schnee}, it’s dusk <b> 🦊'
_SEED = 3_000_000_000
_WAIT_SECONDS = 120


ALL = ("create", "remix", "edit", "extend")


def check_code(
    url: str,
    client: str,
    folder: Path,
    file: str,
    command: Sequence[str],
    operations: Collection[str] = ALL,
) -> None:
    """Make a video by each operation, and again by the studio's code: the files must be equal.

    Args:
        url: the server's address.
        client: the client's name on the studio's page.
        folder: where its packages are.
        file: the name of the code's file, which gets a folder of its own in `folder`.
        command: runs it there.
        operations: which of `ALL`.

    Raises:
        Broken: the code did not run, or made no video or another one.
    """
    with httpx2.Client(base_url=url, trust_env=False, timeout=60) as server:
        originals = _originals(server, operations)

        def check(video: Mapping[str, Any]) -> None:
            place = folder / f"again-{video['operation']}"
            place.mkdir(exist_ok=True)
            page = server.get(f"/studio/videos/{video['id']}").raise_for_status().text
            (place / file).write_text(_code(page, client), encoding="utf-8")
            made = place / "video.mp4"
            made.unlink(missing_ok=True)
            done = run(command, cwd=place)
            if done.returncode or not made.exists():
                raise Broken(f"{client} code of {video['operation']}:\n{done.stdout}")
            if made.read_bytes() != _content(server, video["id"]):
                raise Broken(f"{client} code of {video['operation']} made another video")

        before = _ids(server)
        with ThreadPoolExecutor(len(originals)) as pool:
            list(pool.map(check, originals))
        if len(_ids(server) - before) != len(originals):
            raise Broken(f"{client} code downloaded a video without making it again")


def _originals(server: httpx2.Client, operations: Collection[str]) -> list[dict[str, Any]]:
    """Small finished videos, one by each of the operations."""
    first = {
        "model": SCENES,
        "prompt": _PROMPT,
        "seed": _SEED,
        "duration": 1,
        "resolution": "320x192",
    }
    created = _finished(server, "create", "", first)
    video = {"id": created["id"]}
    later = {
        "remix": (f"/{created['id']}/remix", {"prompt": f"{_PROMPT} at night"}),
        "edit": ("/edits", {"prompt": "Make it snow at night", "video": video}),
        "extend": (
            "/extensions",
            {
                "prompt": _PROMPT,
                "video": video,
                "seconds": "4",
                "from_seconds": 0.5,
                "following": [{"prompt": "It stops", "seconds": 1}],
            },
        ),
    }
    made = [_finished(server, name, *sent) for name, sent in later.items() if name in operations]
    return [created, *made] if "create" in operations else made


def _finished(
    server: httpx2.Client, operation: str, path: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    video = server.post(f"/v1/videos{path}", json=body).raise_for_status().json()
    end = time.monotonic() + _WAIT_SECONDS
    while video["status"] in {"queued", "in_progress"} and time.monotonic() < end:
        time.sleep(0.1)
        video = server.get(f"/v1/videos/{video['id']}").raise_for_status().json()
    if video["status"] != "completed":
        raise Broken(f"The {operation} is {video['status']}: {video['error']}")
    return {**video, "operation": operation}


def _code(page: str, client: str) -> str:
    """A client's code on the page of a video."""
    found = re.search(rf'<pre [^>]*aria-label="{client}"[^>]*><code>(.*?)</code>', page, re.DOTALL)
    if found is None:
        raise Broken(f"The studio's page has no code for {client}")
    return unescape(found[1])


def _content(server: httpx2.Client, video_id: str) -> bytes:
    return server.get(f"/v1/videos/{video_id}/content").raise_for_status().content


def _ids(server: httpx2.Client) -> set[str]:
    listed = server.get("/v1/videos", params={"limit": 100}).raise_for_status().json()
    return {video["id"] for video in listed["data"]}
