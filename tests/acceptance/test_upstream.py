"""A model of another server: from the official SDK to a fake upstream server."""

import warnings

import film_checks
import pytest
import video_fixtures
from fake_upstream import FakeUpstream
from openai import omit
from waiting import wait_for

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API is scheduled:DeprecationWarning")


@pytest.fixture(scope="module")
def upstream():
    with FakeUpstream("vllm-omni") as fake:
        yield fake


@pytest.fixture(scope="module")
def server(make_server, upstream, tmp_path_factory):
    config = tmp_path_factory.mktemp("upstream") / "vitascope.toml"
    config.write_text(
        f'[models.wan]\nengine = "upstream"\nflavour = "vllm-omni"\nurl = "{upstream.url}"\n',
        "utf-8",
    )
    return make_server("--config", str(config))


@pytest.fixture(scope="module")
def client(server):
    with server.openai(max_retries=0) as sdk:
        yield sdk


@pytest.fixture(scope="module")
def clip(client):
    """A finished video, four seconds long."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        video = client.videos.create_and_poll(
            model="wan",
            prompt="A fox in the snow",
            seconds="4",
            extra_body={"resolution": "320x176"},
        )
    assert video.status == "completed", video.error
    return video


@pytest.fixture(scope="module")
def film(client, clip):
    return client.videos.download_content(clip.id).read()


def test_a_video_with_its_previews(client, clip, film, upstream):
    seen = film_checks.decode_film(film)

    assert (seen.size, seen.frames, seen.sound_seconds) == ((320, 176), 96, 4)
    assert (clip.model, clip.progress) == ("wan", 100)
    assert upstream.created[0].fields["num_frames"] == "97"
    for variant, kind in (("thumbnail", "WEBP"), ("spritesheet", "JPEG")):
        picture = client.videos.download_content(clip.id, variant=variant).read()
        assert film_checks.format_of(picture) == kind


def test_an_extension_is_stitched_to_what_was_there(client, clip, film, upstream):
    longer = client.videos.extend(
        video=omit, prompt="It looks up", seconds="4", extra_body={"video": {"id": clip.id}}
    )
    longer = client.videos.poll(longer.id)
    assert longer.status == "completed", longer.error

    content = client.videos.download_content(longer.id).read()

    seen = film_checks.decode_film(content)
    assert (seen.size, seen.frames, seen.sound_seconds) == ((320, 176), 192, 8)
    assert video_fixtures.packets(content)[:96] == video_fixtures.packets(film)
    last = video_fixtures.rgb(film, 95).astype(int)
    assert abs(upstream.created[-1].image[8:-8] - last).mean() < 3


def test_a_failure_of_the_upstream_server_fails_the_video(client, upstream):
    upstream.fails = "CUDA out of memory"
    try:
        video = client.videos.create_and_poll(model="wan", prompt="A fox")
    finally:
        upstream.fails = None

    assert (video.status, video.error.code) == ("failed", "upstream_failed")
    assert "CUDA out of memory" in video.error.message


def test_a_cancelled_video_is_stopped_upstream(server, client, upstream):
    upstream.looks = 10**9
    try:
        video = client.videos.create(model="wan", prompt="A fox")
        (job,) = wait_for(lambda: upstream.jobs, "the upstream job")
        wait_for(lambda: upstream.looked, "a look at it")
        server.cancel(video.id)
        wait_for(lambda: job in upstream.deleted, "the upstream job to be deleted")
    finally:
        upstream.looks = 2

    assert upstream.jobs == []
