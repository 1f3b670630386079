"""LiteLLM's proxy in front of the server, used with the official SDK.

OPENAI_BASE_URL says where the server is; picture.png lies in this folder.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from litellm.types.videos.utils import extract_original_video_id
from openai import BadRequestError, OpenAI
from openai.types import Video

FOX = "A fox runs through a snowy forest at dusk"
KEY = "sk-proxy"


@contextmanager
def proxy() -> Iterator[str]:
    """The proxy, with the server as its one provider; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    upstream = {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": "any"}
    config = {
        "model_list": [
            {"model_name": "sora-2", "litellm_params": {"model": "openai/sora-2", **upstream}}
        ],
        "general_settings": {"master_key": KEY},
    }
    Path("config.json").write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML, too
    command = [str(Path(sys.executable).with_name("litellm")), "--config", "config.json"]
    # What names no model goes to OpenAI's provider, whose address these variables say.
    own = {"OPENAI_API_BASE": upstream["api_base"], "OPENAI_API_KEY": upstream["api_key"]}
    with Path("proxy.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdout=log,
            stderr=log,
            env={**os.environ, **own},
        )
        try:
            wait_until_ready(process, f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def wait_until_ready(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Wait until the proxy answers."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, Path("proxy.log").read_text("utf-8")[-2000:]
        try:
            if httpx.get(f"{url}/health/liveliness", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise AssertionError(Path("proxy.log").read_text("utf-8")[-2000:])


def finished(client: OpenAI, job: Any) -> Any:
    """Wait for a job; it must come to a good end.

    Only the id that a create answers names the model, and so the server; later ones do not.
    """
    latest = job
    while latest.status in ("queued", "in_progress"):
        time.sleep(0.2)
        latest = client.videos.retrieve(job.id)
    assert latest.status == "completed", latest
    return job if latest is job else latest.model_copy(update={"id": job.id})


def by_id(client: OpenAI, operation: str, **body: Any) -> Any:
    """What the SDK that comes with the proxy can only do with uploads."""
    return client.post(f"/videos/{operation}", cast_to=Video, body=body)


def every_operation(client: OpenAI) -> None:
    """Create, status, content, remix, edit by id and upload, extension by id, character.

    What the proxy answers to a remix, an edit or an extension names no model, so it could not find
    the server by that id: these are waited for at the server itself.
    """
    server = OpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key="any")
    video = finished(client, client.videos.create(model="sora-2", prompt=FOX, seconds="4"))
    film = client.videos.download_content(video.id).read()
    assert film[4:8] == b"ftyp"
    from_picture = client.videos.create(
        model="sora-2", prompt=FOX, input_reference=Path("picture.png")
    )
    remix = client.videos.remix(video.id, prompt="A fox runs at night")
    edit = by_id(client, "edits", prompt="It begins to rain", video={"id": video.id})
    uploaded = client.videos.edit(
        prompt="It begins to snow",
        video=("film.mp4", film, "video/mp4"),
        extra_body={"model": "sora-2"},
    )
    longer = by_id(client, "extensions", prompt="It stops", seconds="4", video={"id": video.id})
    finished(client, from_picture)
    for job in (remix, edit, uploaded, longer):
        own = extract_original_video_id(job.id)
        done = finished(server, server.videos.retrieve(own))
    assert done.seconds == "8"
    character = client.videos.create_character(
        name="Rusty",
        video=("fox.mp4", film, "video/mp4"),
        extra_body={"target_model_names": "sora-2"},
    )
    assert client.videos.get_character(character.id).name == "Rusty"
    try:
        client.videos.create(model="sora-2", prompt="A cat", seconds="5")
    except BadRequestError as error:
        assert "Supported values" in str(error)
    else:
        raise AssertionError("no BadRequestError")


with proxy() as address:
    every_operation(OpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0))
