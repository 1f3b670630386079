"""Videos with LiteLLM's Python SDK: `api_base` is all that changes.

OPENAI_BASE_URL says where the server is; `picture.png` lies in this folder.
"""

import os
import time
from pathlib import Path
from typing import Any

import litellm

FOX = "A fox runs through a snowy forest at dusk"
FOX_AT_NIGHT = "A fox runs through a snowy forest at night"
OWL = "Snow begins to fall, an owl flies past"

server: dict[str, Any] = {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": "any"}


def finished(job: Any) -> Any:
    """Wait for a job; it must come to a good end."""
    while job.status in ("queued", "in_progress"):
        time.sleep(0.2)
        job = litellm.video_status(video_id=job.id, **server)
    assert job.status == "completed" and job.progress == 100, job
    return job


# Create a video, wait for it, download it.
video = finished(
    litellm.video_generation(
        model="openai/sora-2",
        prompt=FOX,
        seconds="4",
        size="720x1280",
        **server,
    )
)
assert video.seconds == "4" and video.size == "720x1280"
film = litellm.video_content(video_id=video.id, **server)
assert film[4:8] == b"ftyp"
thumbnail = litellm.video_content(video_id=video.id, variant="thumbnail", **server)
assert thumbnail[8:12] == b"WEBP"

# Begin with a picture.
from_picture = litellm.video_generation(
    model="openai/sora-2",
    prompt=OWL,
    input_reference=Path("picture.png").read_bytes(),
    **server,
)

# Remix.
remix = litellm.video_remix(video_id=video.id, prompt=FOX_AT_NIGHT, **server)
finished(remix)
finished(from_picture)

# List them, newest first. LiteLLM gives the page as it is, with ids of its own making.
page = litellm.video_list(limit=2, **server)
assert [each["prompt"] for each in page["data"]] == [FOX_AT_NIGHT, OWL]
assert page["has_more"]

# What can't be done is said in LiteLLM's own exceptions.
try:
    litellm.video_generation(model="openai/sora-2", prompt="A cat", seconds="5", **server)
except litellm.BadRequestError as error:
    assert error.status_code == 400 and "Supported values" in error.message
else:
    raise AssertionError("no BadRequestError")
