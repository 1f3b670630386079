"""Other dialects and links on a running server: long requests, downloads, chains of films."""

import base64
import json

import pytest
from waiting import wait_for

GATEWAY = {"ai-model-id": "sora-2", "ai-gateway-protocol-version": "0.0.1"}


def is_film(content):
    return content[4:8] == b"ftyp"


def post(server, path, body, **headers):
    return server.http.post(f"{server.url}{path}", json=body, headers=headers)


def test_the_gateways_long_request_ends_with_one_event(bars_server):
    body = {"prompt": "A fox", "n": 2, "duration": 1}
    answer = post(bars_server, "/v4/ai/video-model", body, **GATEWAY)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [block for block in answer.text.split("\n\n") if block.startswith("data: ")]
    (event,) = (json.loads(block.removeprefix("data: ")) for block in events)
    assert event["type"] == "result"
    films = [base64.b64decode(video["data"]) for video in event["videos"]]
    assert len(films) == 2
    assert all(map(is_film, films))


def test_a_held_prediction_is_answered_with_its_film(bars_server):
    body = {"input": {"prompt": "An owl", "duration": 1}}
    path = "/v1/models/vitascope/sora-2/predictions"
    prediction = post(bars_server, path, body, prefer="wait=30").json()
    assert prediction["status"] == "succeeded"
    # A browser has no key and asks for parts.
    part = bars_server.http.get(prediction["output"], headers={"range": "bytes=0-11"})
    assert (part.status_code, len(part.content)) == (206, 12)
    assert is_film(part.content)


def test_a_film_goes_on_from_one_dialect_to_the_next(bars_server):
    job = post(
        bars_server, "/api/v1/videos", {"model": "sora-2", "prompt": "A crane", "duration": 2}
    ).json()

    def completed():
        found = bars_server.http.get(job["polling_url"]).json()
        return found if found["status"] == "completed" else None

    (url,) = wait_for(completed, "the job to be completed")["unsigned_urls"]
    body = {"prompt": "It rains", "video": {"url": url}, "duration": 2}
    extended = post(bars_server, "/v1/videos/extensions", body).json()["request_id"]

    def done():
        found = bars_server.http.get(f"{bars_server.url}/v1/videos/{extended}").json()
        return found if found["status"] == "done" else None

    assert wait_for(done, "the extension to be done")["video"]["duration"] == pytest.approx(4)
    digits = extended.removeprefix("xai-")
    film = bars_server.http.get(
        f"{bars_server.url}/v1beta/files/v{digits}:download", params={"alt": "media"}
    )
    assert is_film(film.content)
