"""What every request passes: an id, the origin, the key; and what never gets out."""

import logging
import re
from dataclasses import replace

import pytest
from api_client import client_for, opened
from sweeps import for_all

from vitascope.api.app import build_app
from vitascope.api.middleware import AuthenticationMiddleware
from vitascope.store.keys import Keys
from vitascope.store.videos import Videos

pytestmark = pytest.mark.anyio
DATABASES = ["sqlite"]

REQUEST_ID = re.compile(r"req_[0-9a-f]{32}")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/models", 200),
        ("GET", "/v1/videos/none", 404),
        ("GET", "/nowhere", 404),
        ("PUT", "/v1/videos", 405),
        ("POST", "/v1/videos", 400),
        ("GET", "/v1/videos?limit=many", 400),
    ],
)
async def test_every_answer_has_an_id_of_its_own(client, method, path, status):
    answers = [await client.request(method, path) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [status, status]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert all(REQUEST_ID.fullmatch(each) for each in ids)
    assert ids[0] != ids[1]
    assert int(answers[0].headers["openai-processing-ms"]) >= 0
    assert answers[0].headers["openai-version"] == "2020-10-01"


class TestFaults:
    @pytest.fixture
    def broken(self, monkeypatch):
        """Breaks the one statement behind GET /v1/videos/{id}."""

        async def get_with_position(*_args, **_options):
            raise RuntimeError("secret of the inside: postgresql://me:password@db")

        monkeypatch.setattr(Videos, "get_with_position", get_with_position)

    async def test_a_fault_tells_nothing_of_the_inside(self, client, broken, caplog):
        answer = await client.get("/v1/videos/video_1")
        assert answer.status_code == 500
        error = answer.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert (error["type"], error["param"], error["code"]) == ("server_error", None, None)
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.headers["content-type"] == "application/json"

    async def test_the_operator_finds_the_fault_by_its_id(self, client, broken, caplog):
        with caplog.at_level(logging.ERROR):
            answer = await client.get("/v1/videos/video_1")
        request_id = answer.headers["x-request-id"]
        assert REQUEST_ID.fullmatch(request_id)
        [record] = [each for each in caplog.records if request_id in each.getMessage()]
        assert "GET /v1/videos/video_1" in record.getMessage()
        assert "secret of the inside" in caplog.text

    async def test_a_fault_is_counted(self, client, services, broken):
        await client.get("/v1/videos/video_1")
        text = services.metrics.render(jobs={}, workers=0).decode()
        assert (
            'vitascope_requests_total{method="GET",route="/videos/{video_id}",status="500"} 1.0'
            in text
        )

    async def test_a_fault_is_answered_and_not_passed_on(self, services, broken):
        """The server underneath would only log it a second time."""
        async with client_for(build_app(services), raise_faults=True) as client:
            assert (await client.get("/v1/videos/video_1")).status_code == 500

    async def test_an_answer_cut_off_is_passed_on(self, services):
        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise RuntimeError("the disk is gone")

        app_under_test = AuthenticationMiddleware(
            app,
            settings=services.settings,
            api_keys=services.api_keys,
            sessions=services.sessions,
            metrics=services.metrics,
        )
        async with client_for(app_under_test, raise_faults=True) as client:
            with pytest.raises(RuntimeError, match="disk"):
                await client.get("/")


class TestWithoutKeys:
    @for_all(
        ("host", "allowed"),
        [
            ("localhost", True),
            ("localhost:8000", True),
            ("LOCALHOST:8000", True),
            ("127.0.0.1:8000", True),
            ("[::1]:8000", True),
            ("example.com", False),
            ("localhost.example.com", False),
            ("127.0.0.1.example.com:8000", False),
            ("192.168.1.5:8000", False),
            ("[::1", False),
            ("", False),
        ],
    )
    async def test_only_this_machines_names_are_answered_to(self, client, host, allowed):
        answer = await client.get("/v1/models", headers={"host": host})
        assert answer.status_code == (200 if allowed else 403)
        if not allowed:
            assert "answers only to localhost" in answer.json()["error"]["message"]

    @for_all(
        ("origin", "allowed"),
        [
            ("http://localhost:8000", True),
            ("HTTP://LOCALHOST:8000", True),
            ("http://localhost:3000", False),
            ("https://example.com", False),
            ("http://localhost:8000.example.com", False),
            ("null", False),
            ("", False),
            ("http://[", False),
        ],
    )
    async def test_pages_from_elsewhere_are_turned_away(self, client, origin, allowed):
        headers = {"host": "localhost:8000", "origin": origin}
        for path in ("/v1/models", "/videos", "/"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == (200 if allowed else 403), path
            if not allowed:
                assert "other web pages" in answer.json()["error"]["message"]

    async def test_any_token_is_taken(self, client):
        answer = await client.get("/v1/models", headers={"authorization": "Bearer any"})
        assert answer.status_code == 200

    async def test_a_server_open_on_purpose_answers_to_any_name(self, services, make_settings):
        app_under_test = app_with(services, make_open(services.settings))
        async with client_for(app_under_test) as client:
            assert (await client.get("/v1/models", headers={"host": "box"})).status_code == 200
            page = {"host": "box", "origin": "https://example.com"}
            assert (await client.get("/v1/models", headers=page)).status_code == 403

    @pytest.mark.parametrize(
        "header",
        ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP"],
    )
    async def test_a_proxy_is_refused_unless_configured(self, client, services, header):
        passed = {header: "for=192.0.2.1"}
        for path in ("/v1/models", "/videos", "/docs"):
            answer = await client.get(path, headers=passed)
            assert answer.status_code == 403, path
            assert "allow_anonymous" in answer.json()["error"]["message"]
        assert (await client.get("/readyz", headers=passed)).status_code == 200

        anonymous = services.settings.model_copy(update={"allow_anonymous": True})
        async with client_for(app_with(services, anonymous)) as behind:
            assert (await behind.get("/v1/models", headers=passed)).status_code == 200
            foreign = {**passed, "origin": "https://example.com"}
            assert (await behind.get("/v1/models", headers=foreign)).status_code == 403


def app_with(services, settings):
    return build_app(replace(services, settings=settings))


def make_open(settings):
    return settings.model_copy(update={"host": "0.0.0.0", "allow_anonymous": True})


class TestWithKeys:
    @pytest.fixture
    async def secret(self, services):
        return (await Keys(services.database).create("ours"))[1]

    @pytest.mark.parametrize(
        "path", ["/v1/models", "/models", "/v1/videos", "/videos", "/v1/files", "/v1/nowhere"]
    )
    async def test_the_api_needs_one(self, client, secret, path):
        answer = await client.get(path)
        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "invalid_request_error"
        headers = {"authorization": f"Bearer {secret}"}
        assert (await client.get(path, headers=headers)).status_code in {200, 404}

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/"])
    async def test_probes_need_none(self, client, secret, path):
        assert (await client.get(path)).status_code == 200

    @pytest.mark.parametrize(
        ("path", "setting"),
        [("/metrics", "open_metrics"), ("/docs", "open_docs"), ("/openapi.json", "open_docs")],
    )
    async def test_operators_and_readers_need_one_unless_configured(
        self, client, services, secret, path, setting
    ):
        assert (await client.get(path)).status_code == 401
        headers = {"authorization": f"Bearer {secret}"}
        assert (await client.get(path, headers=headers)).status_code == 200
        settings = services.settings.model_copy(update={setting: True})
        async with client_for(app_with(services, settings)) as opened:
            assert (await opened.get(path)).status_code == 200
            assert (await opened.get("/v1/models")).status_code == 401

    async def test_any_host_and_page_is_let_in_with_it(self, client, secret):
        headers = {
            "host": "video.example.com",
            "origin": "https://example.com",
            "authorization": f"Bearer {secret}",
        }
        assert (await client.get("/v1/models", headers=headers)).status_code == 200

    @pytest.mark.parametrize(
        "path",
        ["/%76ideos", "http://localhost//videos", "/v1%2Fvideos", "/./v1/videos", "/V1/videos"],
    )
    async def test_no_other_spelling_leads_past_it(self, client, secret, path):
        assert (await client.get(path)).status_code in {401, 404}


async def test_an_id_with_a_slash_stays_one_segment(client):
    answer = await client.get("/v1/videos/a%2Fcontent")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "Video with id 'a/content' not found."


async def test_paths_are_the_same_with_and_without_v1(client, create):
    video = await create()
    for path in (f"/v1/videos/{video['id']}", f"/videos/{video['id']}"):
        assert (await client.get(path)).json()["id"] == video["id"]


class TestOutage:
    @pytest.fixture
    async def cut_off(self, make_settings):
        """A client of a server whose database can't be reached."""
        unreachable = {"database": "postgresql://me:secret@127.0.0.1:1/v"}
        settings = make_settings().model_copy(update=unreachable)
        async with opened(settings) as services, client_for(build_app(services)) as client:
            yield client

    async def test_the_process_is_alive_but_not_ready(self, cut_off):
        alive = await cut_off.get("/healthz")
        assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
        ready = await cut_off.get("/readyz")
        assert ready.status_code == 503
        assert ready.json() == {"status": "the database can't be reached"}

    @pytest.mark.parametrize("path", ["/v1/videos", "/metrics"])
    async def test_the_rest_answers_with_a_fault_of_its_own(self, cut_off, path):
        answer = await cut_off.get(path)
        assert answer.status_code == 500
        assert answer.json()["error"]["type"] == "server_error"
        assert "secret" not in answer.text
        assert "x-request-id" in answer.headers
