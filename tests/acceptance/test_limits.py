"""A project's limit, seen by the official SDK."""

import openai
import pytest

# The SDK marks every video call as deprecated since its vendor switched the service off.
pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")


@pytest.fixture(scope="module")
def limited(make_server, tmp_path_factory):
    """A server without workers where a project may have two videos waiting."""
    path = tmp_path_factory.mktemp("limits") / "vitascope.toml"
    path.write_text("workers = 0\n[projects.default]\nmax_queued = 2\n", "utf-8")
    return make_server("--config", str(path))


def test_one_too_many_is_a_rate_limit_error_until_there_is_room(limited):
    with limited.openai(max_retries=0) as client:
        videos = [client.videos.create(prompt=f"Fox {number}") for number in range(2)]
        with pytest.raises(openai.RateLimitError) as refusal:
            client.videos.create(prompt="Fox 3")
        assert refusal.value.code == "rate_limit_exceeded"
        assert int(refusal.value.response.headers["retry-after"]) > 0
        second = client.videos.retrieve(videos[1].id)
        assert second.status == "queued"
        assert second.model_extra["queue_position"] == 2
        limited.cancel(videos[0].id)
        assert client.videos.retrieve(videos[1].id).model_extra["queue_position"] == 1
        assert client.videos.create(prompt="Fox 3").status == "queued"
