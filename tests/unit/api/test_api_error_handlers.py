"""Every refusal in OpenAI's envelope, with the status and headers of its kind."""

import json

import pytest
from sweeps import for_all

from vitascope.api.error_handlers import error_response, internal_error
from vitascope.errors import RequestError, TooManyRequests

pytestmark = pytest.mark.anyio
DATABASES = ["sqlite"]


@for_all("kind", RequestError.__subclasses__())
def test_every_kind_of_refusal_keeps_its_status_and_words(kind):
    response = error_response(kind("No.", param="prompt", code="why", headers={"retry-after": "7"}))
    assert response.status_code == kind.status
    assert json.loads(response.body) == {
        "error": {"message": "No.", "type": kind.type, "param": "prompt", "code": "why"}
    }
    assert response.headers["retry-after"] == "7"


def test_what_is_not_known_is_null():
    assert json.loads(error_response(TooManyRequests("Slow down.")).body) == {
        "error": {"message": "Slow down.", "type": "rate_limit_error", "param": None, "code": None}
    }


def test_a_fault_sends_the_reader_to_the_operator():
    response = internal_error()
    assert response.status_code == 500
    assert "x-request-id" in json.loads(response.body)["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "expected"),
    [
        (
            "GET",
            "/v1/nowhere",
            404,
            {"message": "Invalid URL (GET /v1/nowhere)", "param": None, "code": "unknown_url"},
        ),
        ("PUT", "/v1/videos", 405, {"message": "Not allowed: PUT /v1/videos"}),
        ("DELETE", "/v1/models", 405, {"message": "Not allowed: DELETE /v1/models"}),
        (
            "GET",
            "/v1/videos?limit=101",
            400,
            {
                "message": "Invalid value for 'limit': Input should be less than or equal to 100.",
                "param": "limit",
                "code": "invalid_value",
            },
        ),
        ("GET", "/v1/videos?order=up", 400, {"param": "order", "code": "invalid_value"}),
        ("GET", "/v1/models/gpt-9", 404, {"param": "model", "code": "model_not_found"}),
    ],
)
async def test_the_frameworks_own_refusals_look_the_same(client, method, path, status, expected):
    answer = await client.request(method, path)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert error["type"] == "invalid_request_error"
    assert error | expected == error


async def test_a_wrong_method_is_answered_with_the_right_ones(client):
    assert "GET" in (await client.put("/v1/models")).headers["allow"]


async def test_a_trailing_slash_is_no_redirect(client):
    answer = await client.post("/v1/videos/", json={"prompt": "A fox"})
    assert answer.status_code in {404, 405}
