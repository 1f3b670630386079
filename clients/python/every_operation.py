"""Every operation of the Videos API with the official Python SDK.

OPENAI_BASE_URL and OPENAI_API_KEY say where the server is; `picture.png` lies in this folder.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
from openai import OpenAI
from openai.types import Video

client = OpenAI()


def finished(job: Video) -> Video:
    """Wait for a job; it must come to a good end."""
    video = client.videos.poll(job.id)
    assert video.status == "completed" and video.progress == 100, video
    return video


def refused(kind: type[openai.APIStatusError], call: Callable[[], Any]) -> openai.APIStatusError:
    """Make a call that the server must refuse; the SDK's exception."""
    try:
        call()
    except kind as error:
        assert error.request_id is not None
        return error
    raise AssertionError(f"no {kind.__name__}")


# Create a video, wait for it, look at it.
video = client.videos.create_and_poll(
    prompt="A fox runs through a snowy forest at dusk", model="sora-2", seconds="4", size="720x1280"
)
assert video.status == "completed", video.error
assert client.videos.retrieve(video.id) == video

# Download it: the film, a picture of it, a sheet of pictures.
client.videos.download_content(video.id).write_to_file("fox.mp4")
client.videos.download_content(video.id, variant="thumbnail").write_to_file("fox.webp")
client.videos.download_content(video.id, variant="spritesheet").write_to_file("fox.jpg")
assert Path("fox.mp4").read_bytes()[4:8] == b"ftyp"
assert Path("fox.webp").read_bytes()[8:12] == b"WEBP"
assert Path("fox.jpg").read_bytes()[:3] == b"\xff\xd8\xff"

# Begin with a picture.
from_picture = client.videos.create(
    prompt="Snow begins to fall, an owl flies past", input_reference=Path("picture.png")
)

# Make a character out of a film, and let it act.
character = client.videos.create_character(name="Mossy", video=Path("fox.mp4"))
assert character.id is not None and character.name == "Mossy"
assert client.videos.get_character(character.id).name == "Mossy"
scene = client.videos.create(
    prompt="Mossy walks along a beach at dawn", extra_body={"characters": [{"id": character.id}]}
)

# Go on from a film. The SDK can't send an id as `video` by itself, so `post` does.
remix = client.videos.remix(video.id, prompt="A fox runs through a snowy forest at night")
edit = client.post(
    "/videos/edits",
    body={"prompt": "Make it night", "video": {"id": video.id}},
    cast_to=Video,
)
longer = client.post(
    "/videos/extensions",
    body={"prompt": "Snow begins to fall", "seconds": "4", "video": {"id": video.id}},
    cast_to=Video,
)

# Go on from a film of one's own.
own_edit = client.videos.edit(prompt="Make it look like an old film", video=Path("fox.mp4"))
own_longer = client.videos.extend(prompt="Snow begins to fall", seconds="4", video=Path("fox.mp4"))

# Wait for them all.
assert finished(remix).remixed_from_video_id == video.id
assert finished(longer).seconds == finished(own_longer).seconds == "8"
assert finished(edit).seconds == finished(own_edit).seconds == "4"
finished(from_picture)
finished(scene)

# List them, newest first, in pages of three.
jobs = [video, from_picture, scene, remix, edit, longer, own_edit, own_longer]
page = client.videos.list(limit=3)
assert len(page.data) == 3 and page.has_more
listed = [each.id for each in client.videos.list(limit=3)]
assert [each for each in listed if each in {job.id for job in jobs}] == sorted(
    (job.id for job in jobs), reverse=True
)

# Delete one; it is gone.
deleted = client.videos.delete(own_edit.id)
assert deleted.deleted and deleted.id == own_edit.id
refused(openai.NotFoundError, lambda: client.videos.retrieve(own_edit.id))

# What can't be done is said in the SDK's own exceptions.
error = refused(
    openai.BadRequestError,
    lambda: client.videos.create(prompt="A cat", seconds="5"),  # type: ignore[arg-type]
)
assert error.param == "seconds" and error.code == "invalid_value"
error = refused(openai.BadRequestError, lambda: client.videos.create(prompt=""))
assert error.param == "prompt"
