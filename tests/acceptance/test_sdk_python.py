"""The official Python SDK, unmodified: every call of its Videos API."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import time
from pathlib import Path

import openai
import pytest
from film_checks import ABOVE, BELOW, decode_film, first_colours, format_of, picture
from openai import AsyncOpenAI
from openai.types import Video

# The SDK marks every video call as deprecated since its vendor switched the service off.
pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")

PNG = picture()


@pytest.fixture(scope="module")
def still(still_server):
    """The SDK's client for a server where everything stays queued."""
    with still_server.openai() as client:
        yield client


@pytest.fixture(scope="module")
def client(bars_server):
    with bars_server.openai() as client:
        yield client


@pytest.fixture(scope="module")
def film(bars_server):
    """A completed video of 4 s and 720x1280."""
    return bars_server.rendered("A lighthouse at dusk", seed=11, size="720x1280")


def stored_reference(server, video_id):
    """Media type and bytes of a job's stored first frame; checks the digest."""
    asset = server.spec(video_id)["inputs"][0]["asset"]
    content = (server.data_dir / "files" / asset["key"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == asset["digest"]
    return asset["media_type"], content


def test_create_with_a_prompt_alone_takes_the_defaults(still):
    before = int(time.time())

    video = still.videos.create(prompt="A heron in the mist")

    assert video.id.startswith("video_")
    assert video.object == "video"
    assert video.status == "queued"
    assert video.progress == 0
    assert video.prompt == "A heron in the mist"
    assert (video.model, video.seconds, video.size) == ("sora-2", "4", "720x1280")
    assert before <= video.created_at <= time.time()
    assert video.completed_at is video.error is video.expires_at is None
    assert video.remixed_from_video_id is None
    assert video._request_id.startswith("req_")


def test_create_with_every_field(still, still_server):
    first_frame = picture((1280, 720))

    video = still.videos.create(
        prompt="A heron\nin the mist",
        input_reference=first_frame,
        model="sora-2-pro",
        seconds="8",
        size="1280x720",
    )

    assert video.prompt == "A heron\nin the mist"
    assert (video.model, video.seconds, video.size) == ("sora-2-pro", "8", "1280x720")
    assert stored_reference(still_server, video.id) == ("image/png", first_frame)
    retrieved = still.videos.retrieve(video.id).to_dict()  # also has the queue position
    assert video.to_dict().items() <= retrieved.items()


def as_path(folder: Path) -> Path:
    path = folder / "first frame.png"
    path.write_bytes(PNG)
    return path


FORMS = {
    "bytes": lambda _folder: PNG,
    "path": as_path,
    "stream": lambda _folder: io.BytesIO(PNG),
    "named bytes": lambda _folder: ("first.png", PNG),
    "typed bytes": lambda _folder: ("first", PNG, "image/png"),
    "wrongly typed bytes": lambda _folder: ("first.gif", PNG, "text/plain"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_first_frame_in_every_form_the_sdk_takes(form, still, still_server, tmp_path):
    video = still.videos.create(prompt="A heron", input_reference=FORMS[form](tmp_path))

    assert stored_reference(still_server, video.id) == ("image/png", PNG)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_first_frame_of_every_kind(kind, still, still_server):
    content = picture(kind=kind)

    video = still.videos.create(prompt="A heron", input_reference=content)

    assert stored_reference(still_server, video.id) == (f"image/{kind.lower()}", content)


EXTRA = {
    "seed": 4_294_967_311,
    "negative_prompt": "people",
    "guidance_scale": 4.5,
    "num_inference_steps": 12,
}


@pytest.mark.parametrize(
    "headers", [{}, {"Content-Type": "application/json"}], ids=["multipart", "json"]
)
def test_extra_fields_arrive(headers, still, still_server):
    video = still.videos.create(prompt="A heron", extra_body=EXTRA, extra_headers=headers)

    assert video.seed == 4_294_967_311
    spec = still_server.spec(video.id)
    assert spec["seed"] == 4_294_967_311
    assert spec["sampling"] == {
        "negative_prompt": "people",
        "guidance_scale": 4.5,
        "num_inference_steps": 12,
    }


@pytest.mark.parametrize(
    "headers", [{}, {"Content-Type": "application/json"}], ids=["multipart", "json"]
)
def test_a_first_frame_as_data_url(headers, still, still_server):
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"

    video = still.videos.create(
        prompt="A heron",
        extra_body={"input_reference": {"image_url": url}},
        extra_headers=headers,
    )

    assert stored_reference(still_server, video.id) == ("image/png", PNG)


def test_create_as_json_by_header(still):
    video = still.videos.create(
        prompt="A heron \N{BIRD}",
        seconds="12",
        size="1280x720",
        extra_headers={"Content-Type": "application/json"},
    )

    assert (video.prompt, video.seconds, video.size) == ("A heron \N{BIRD}", "12", "1280x720")


def test_create_with_the_plain_post_method(still):
    video = still.post("/videos", body={"prompt": "A heron", "seconds": "16"}, cast_to=Video)

    assert (video.prompt, video.seconds, video.status) == ("A heron", "16", "queued")


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_list_pages_through_everything_once(order, five_videos):
    server, created = five_videos
    with server.openai() as client:
        pages = list(client.videos.list(limit=2, order=order).iter_pages())
        listed = [video.id for video in client.videos.list(limit=2, order=order)]

    assert [len(page.data) for page in pages] == [2, 2, 1]
    assert [page.has_more for page in pages] == [True, True, False]
    assert listed == (created if order == "asc" else created[::-1])
    assert [page.last_id for page in pages] == [page.data[-1].id for page in pages]


def test_list_is_newest_first_by_itself(still):
    older = still.videos.create(prompt="Older")
    newer = still.videos.create(prompt="Newer")

    assert [video.id for video in still.videos.list(limit=2).data] == [newer.id, older.id]


def test_delete(still, still_server):
    video = still.videos.create(prompt="A heron", input_reference=PNG)
    assert still_server.stored(video.id) == {"scene/0-first_frame"}
    still_server.cancel(video.id)

    answer = still.videos.delete(video.id)

    assert (answer.id, answer.object, answer.deleted) == (video.id, "video.deleted", True)
    assert answer._request_id.startswith("req_")
    with pytest.raises(openai.NotFoundError):
        still.videos.retrieve(video.id)
    assert still_server.row(video.id) == {}
    assert still_server.stored(video.id) == set()


def test_create_and_poll_returns_the_video_when_it_is_completed(bars_server):
    """Within 100 ms of the completion, plus the machine's own delay.

    That delay is measured: the slowest of five plain requests right afterwards. A busy machine may
    still be late once, so the best of three videos counts.
    """
    late = []
    with bars_server.openai() as client:
        for seed in range(3):
            began = time.time()
            video = client.videos.create_and_poll(
                prompt="A lighthouse", extra_body={"seed": seed, "resolution": "128x224"}
            )
            returned = time.time()
            assert (video.status, video.progress, video.error) == ("completed", 100, None)
            assert int(began) <= video.completed_at <= returned
            assert client.videos.retrieve(video.id) == video
            allowed = 0.1 + max(plain_request(client, video.id) for _ in range(5))
            late.append((returned - bars_server.row(video.id)["completed_at"], allowed))
            if late[-1][0] <= allowed:
                return
    pytest.fail(f"seconds late and seconds allowed: {late}")


def plain_request(client, video_id):
    began = time.perf_counter()
    client.videos.retrieve(video_id)
    return time.perf_counter() - began


def test_poll_returns_a_failed_video_without_raising(still, still_server):
    video = still.videos.create(prompt="A heron")
    still_server.cancel(video.id)

    polled = still.videos.poll(video.id)

    assert polled.status == "failed"
    assert polled.error.code == "cancelled"
    assert polled.error.message.endswith(".")


def test_async_create_and_poll(server):
    async def work():
        async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any") as client:
            video = await client.videos.create_and_poll(
                prompt="A lighthouse in the fog",
                input_reference=picture((640, 480), "WEBP"),
                size="1280x720",
                extra_body={"seed": 5, "duration": 1},
            )
            content = await client.videos.download_content(video.id)
            listed = [other.id async for other in client.videos.list(limit=1)]
            return video, await content.aread(), listed

    video, content, listed = asyncio.run(work())

    assert video.status == "completed", video.error
    assert video.seed == 5
    assert video.id in listed
    # A picture of another size is cropped to fit, and is what the film begins with.
    film = decode_film(content)
    assert (film.frames, film.size) == (24, (1280, 720))
    for found, given in zip(first_colours(content), (ABOVE, BELOW), strict=True):
        assert found == pytest.approx(given, abs=12)


def test_the_film_is_exactly_as_long_and_large_as_asked(client, film):
    content = client.videos.download_content(film["id"]).content

    watched = decode_film(content)

    assert watched.size == (720, 1280)
    assert watched.frames == 96
    assert watched.picture_seconds == 4
    assert watched.sound_seconds == 4
    assert watched.decoded_samples >= 4 * 48_000
    assert client.videos.download_content(film["id"], variant="video").content == content


def test_the_film_can_be_streamed_to_a_file(client, film, tmp_path):
    with client.videos.with_streaming_response.download_content(film["id"]) as response:
        assert response.headers["content-type"] == "video/mp4"
        response.stream_to_file(tmp_path / "film.mp4")

    assert decode_film((tmp_path / "film.mp4").read_bytes()).frames == 96


def test_the_thumbnail_is_webp(client, film):
    answer = client.videos.download_content(film["id"], variant="thumbnail")

    assert answer.response.headers["content-type"] == "image/webp"
    assert format_of(answer.content) == "WEBP"


def test_the_spritesheet_is_jpeg(client, film):
    answer = client.videos.download_content(film["id"], variant="spritesheet")

    assert answer.response.headers["content-type"] == "image/jpeg"
    assert format_of(answer.content) == "JPEG"


def test_a_completed_film_can_be_deleted(bars_server):
    video_id = bars_server.rendered("A lighthouse by day")["id"]
    assert len(bars_server.stored(video_id)) == 3
    with bars_server.openai() as client:
        assert client.videos.delete(video_id).deleted

        assert bars_server.stored(video_id) == set()
        with pytest.raises(openai.NotFoundError):
            client.videos.download_content(video_id)
        with pytest.raises(openai.NotFoundError):
            client.videos.delete(video_id)


UNKNOWN = "video_" + 48 * "0"
CALLS = {
    "retrieve": lambda videos: videos.retrieve(UNKNOWN),
    "delete": lambda videos: videos.delete(UNKNOWN),
    "download_content": lambda videos: videos.download_content(UNKNOWN),
}


@pytest.mark.parametrize("call", CALLS)
def test_an_unknown_video_is_not_found(call, still):
    with pytest.raises(openai.NotFoundError) as caught:
        CALLS[call](still.videos)

    error = caught.value
    assert error.request_id.startswith("req_")
    assert error.type == "invalid_request_error"
    assert error.body["message"] == f"Video with id '{UNKNOWN}' not found."


BAD = {
    "seconds": ("invalid_value", "Invalid value: '5'. Supported values are: '4', '8',"),
    "size": ("invalid_value", "Invalid value: '1080x1080'. Supported values are: '720x1280',"),
    "model": ("invalid_value", "Invalid value: 'sora-1'. Supported values are: 'sora-2'"),
}
VALUES = {"seconds": "5", "size": "1080x1080", "model": "sora-1"}


@pytest.mark.parametrize("field", BAD)
def test_a_bad_field_is_named_by_the_error(field, still):
    code, message = BAD[field]

    with pytest.raises(openai.BadRequestError) as caught:
        still.videos.create(prompt="A heron", **{field: VALUES[field]})

    error = caught.value
    assert (error.param, error.code, error.type) == (field, code, "invalid_request_error")
    assert error.body["message"].startswith(message)
    assert error.request_id.startswith("req_")


def test_a_missing_prompt_is_named_by_the_error(still):
    with pytest.raises(openai.BadRequestError) as caught:
        still.post("/videos", body={"seconds": "4"}, cast_to=Video)

    assert (caught.value.param, caught.value.code) == ("prompt", "missing_required_parameter")
    assert caught.value.body["message"] == "Missing required parameter: 'prompt'."


def test_an_unknown_path_is_not_found(still):
    with pytest.raises(openai.NotFoundError) as caught:
        still.get("/_stainless_unknown_path", cast_to=object)

    assert caught.value.request_id.startswith("req_")
