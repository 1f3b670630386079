"""The client: what is tried again, after how long, and what is said when nothing helps."""

import datetime
import email.utils

import httpx2
import pytest
from sweeps import for_all
from terminal_fixture import replies, reply

from vitascope.cli.videos import client as module
from vitascope.cli.videos.client import Api, ApiError
from vitascope.cli.videos.request import Request
from vitascope.cli.videos.values import CommandError, Upload

LOOK = Request("GET", "/videos/video_1")
FINE = reply({"ok": True})


class Server:
    """Answers in turn and keeps what came and how long was slept."""

    def __init__(self, *answers, base_url="http://server/v1"):
        self.requests, self.naps = [], []
        self._answers = replies(*answers)
        self.api = Api(
            base_url,
            headers={"Authorization": "Bearer k"},
            sleep=self.naps.append,
            transport=httpx2.MockTransport(self._answer),
        )

    def _answer(self, request):
        self.requests.append((request, request.read()))
        return self._answers(request)


def broken(request):
    raise httpx2.ConnectError("refused", request=request)


@for_all("status", [408, 409, 429, 500, 502, 503, 504])
def test_passing_troubles_are_tried_again_twice(status):
    server = Server(*[reply({}, status)] * 2, FINE)
    assert server.api.send(LOOK).json() == {"ok": True}
    counts = [request.headers["x-stainless-retry-count"] for request, _body in server.requests]
    assert counts == ["0", "1", "2"]
    assert 0.375 <= server.naps[0] <= 0.5
    assert 0.75 <= server.naps[1] <= 1.0


@pytest.mark.parametrize("status", [400, 401, 404, 413, 422, 425])
def test_refusals_are_final(status):
    server = Server(reply({"error": {"message": "no"}}, status), FINE)
    with pytest.raises(ApiError) as caught:
        server.api.send(LOOK)
    assert caught.value.detail == {"message": "no"}
    assert str(caught.value).startswith(f'GET "http://server/v1/videos/video_1": {status} ')
    assert not server.naps


def test_the_third_trouble_is_reported():
    server = Server(*[reply({"error": {"code": "busy"}}, 503)] * 3)
    with pytest.raises(ApiError, match=r"503 Service Unavailable$") as caught:
        server.api.send(LOOK)
    assert caught.value.detail == {"code": "busy"}


@pytest.mark.parametrize(
    ("headers", "naps"),
    [
        ({"retry_after_ms": "250"}, [0.25]),
        ({"retry_after": "3"}, [3.0]),
        ({"retry_after": "0"}, [0.0]),
        ({"retry_after_ms": "soon", "retry_after": "2.5"}, [2.5]),
    ],
)
def test_the_servers_retry_header_is_followed(headers, naps):
    server = Server(reply({}, 429, **headers), FINE)
    server.api.send(LOOK)
    assert server.naps == naps


@pytest.mark.parametrize("value", ["3600", "-1", "Wed, 21 Oct 2015 07:28:00 GMT", "whenever"])
def test_an_unbearable_one_is_not(value):
    server = Server(reply({}, 429, retry_after=value), FINE)
    server.api.send(LOOK)
    assert 0.375 <= server.naps[0] <= 0.5


def test_a_date_to_come_back_at():
    date = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=20)
    server = Server(reply({}, 503, retry_after=email.utils.format_datetime(date, True)), FINE)
    server.api.send(LOOK)
    assert 15 < server.naps[0] <= 20


def test_the_server_may_decide_what_is_tried_again():
    final = Server(reply({}, 503, x_should_retry="false"))
    with pytest.raises(ApiError):
        final.api.send(LOOK)
    passing = Server(reply({}, 400, x_should_retry="true"), FINE)
    assert passing.api.send(LOOK).is_success


def test_a_lost_connection_is_tried_again_with_the_whole_file(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"film")
    parts = [("prompt", "x"), ("video", Upload(path, "clip.mp4", "video/mp4"))]
    server = Server(broken, reply({}, 500), FINE)
    server.api.send(Request("POST", "/videos/edits", parts=parts))
    bodies = [body for _request, body in server.requests]
    assert len(server.naps) == 2
    assert all(body.count(b"film") == 1 for body in bodies)
    assert bodies[0].index(b'name="prompt"') < bodies[0].index(b'name="video"')


@pytest.mark.parametrize(
    ("base_url", "hint"), [("http://127.0.0.1:9/v1", True), ("http://far/v1/", False)]
)
def test_no_server_at_all(base_url, hint):
    server = Server(*[broken] * 3, base_url=base_url)
    with pytest.raises(CommandError, match="refused") as caught:
        server.api.send(LOOK)
    assert str(caught.value).startswith(f"No answer from {base_url.rstrip('/')}: ")
    assert ("Is `vitascope serve` running?" in str(caught.value)) is hint


@pytest.mark.parametrize(
    ("body", "detail"), [(b"gone", "gone"), (b'{"a": 1}', {"a": 1}), (b"[1]", [1]), (b"", "")]
)
def test_errors_without_an_envelope(body, detail):
    server = Server(lambda _request: httpx2.Response(418, content=body))
    with pytest.raises(ApiError) as caught:
        server.api.send(LOOK)
    assert caught.value.detail == detail


def test_status_phrases_are_the_same_in_every_python():
    error = ApiError(httpx2.Response(413, request=httpx2.Request("GET", "http://x/")))
    assert str(error) == 'GET "http://x/": 413 Request Entity Too Large'
    error = ApiError(httpx2.Response(599, request=httpx2.Request("GET", "http://x/")))
    assert str(error) == 'GET "http://x/": 599'


def test_a_useless_certificate_is_reported(tmp_path):
    path = tmp_path / "c.pem"
    path.write_text("no certificate", encoding="utf-8")
    with pytest.raises(CommandError, match="client certificate can't be used"):
        Api("https://x/", headers={}, certificate=(str(path),) * 2, sleep=lambda _seconds: None)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://localhost/", True),
        ("http://[::1]:8000", True),
        ("http://example.com", False),
        ("http://192.168.0.1", False),
    ],
)
def test_which_servers_no_proxy_can_reach(url, local):
    assert module.is_local(url) is local
