"""The official SDK gets its job although answers are lost."""

import httpx2
import pytest

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")


class Lossy(httpx2.HTTPTransport):
    """Delivers every request; loses the first answers."""

    def __init__(self, lost):
        super().__init__()
        self.lost = lost
        self.retry_counts = []

    def handle_request(self, request):
        response = super().handle_request(request)
        self.retry_counts.append(request.headers.get("x-stainless-retry-count"))
        if len(self.retry_counts) > self.lost:
            return response
        response.read()
        response.close()
        raise httpx2.ReadTimeout("the answer was lost", request=request)


@pytest.fixture
def lossy(plain_server):
    transport = Lossy(lost=2)
    with plain_server.openai(http_client=httpx2.Client(transport=transport)) as client:
        yield client, transport


def test_a_create_whose_answer_was_lost_twice_makes_one_job(plain_server, lossy):
    client, transport = lossy
    video = client.videos.create(prompt="A heron that is asked for three times")
    assert transport.retry_counts == ["0", "1", "2"]
    listed = plain_server.http.get("/videos", params={"limit": 100}).json()["data"]
    assert [each["id"] for each in listed if "three times" in each["prompt"]] == [video.id]


def test_the_same_request_again_creates_another_job(plain_server):
    with plain_server.openai() as client:
        ids = {client.videos.create(prompt="A heron, and another").id for _ in range(2)}
    assert len(ids) == 2


def test_a_key_is_honoured(plain_server):
    with plain_server.openai() as client:
        ids = {
            client.videos.create(
                prompt="A heron with a key", extra_headers={"Idempotency-Key": "heron"}
            ).id
            for _ in range(2)
        }
    assert len(ids) == 1
