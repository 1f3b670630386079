"""Authentication: keys and projects, and the protection of a server without keys."""

from __future__ import annotations

import hashlib
import re
from contextlib import closing

import httpx2
import openai
import pytest
from raw_requests import exchange
from server_process import Server, run_cli
from sweeps import for_all
from waiting import wait_for

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")

NOTICED = 10.0
"""Seconds within which a running server notices a key; it checks once a second."""


def client_of(server: Server, key: str | None) -> httpx2.Client:
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    return httpx2.Client(base_url=f"{server.url}/v1", headers=headers, trust_env=False)


@pytest.fixture(scope="module")
def guarded(new_data_dir):
    """A server for the whole network with a key for each of two projects, and their clients."""
    server = Server(new_data_dir(), "--host", "0.0.0.0", "--workers", "0")
    keys = [server.make_key(project) for project in ("red", "blue")]
    with closing(server):
        server.start()
        with (
            client_of(server, keys[0]) as red,
            client_of(server, keys[1]) as blue,
            client_of(server, None) as anonymous,
        ):
            yield server, red, blue, anonymous


def assert_error(response, status, *, code=None):
    assert response.status_code == status, response.text
    assert response.headers["x-request-id"].startswith("req_")
    error = response.json()["error"]
    assert (error["type"], error["code"]) == ("invalid_request_error", code)
    return error["message"]


# Keys


def test_a_key_is_shown_once_and_only_its_hash_is_kept(guarded):
    server, *_ = guarded

    made = run_cli("keys", "create", "--project", "green", "--data-dir", str(server.data_dir))

    key = made.stdout.strip()
    assert re.fullmatch(r"vs-[A-Za-z0-9_-]{43}", key)
    assert made.stdout == key + "\n"
    assert key not in made.stderr
    with server.database() as connection:
        rows = connection.execute("SELECT digest FROM api_keys WHERE project = 'green'").fetchall()
    assert [row["digest"] for row in rows] == [hashlib.sha256(key.encode()).hexdigest()]
    for path in server.data_dir.rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes(), path


def test_without_a_key_nothing_is_answered(guarded):
    server, _red, _blue, anonymous = guarded
    answers = [
        anonymous.get("/videos"),
        anonymous.post("/videos", json={"prompt": "A heron"}),
        anonymous.get("/videos/video_1"),
        anonymous.delete("/videos/video_1"),
        anonymous.get("/videos/video_1/content"),
        anonymous.get("/models"),
        anonymous.get(f"{server.url}/videos"),
        anonymous.get(f"{server.url}/models"),
    ]

    for answer in answers:
        assert "didn't provide an API key" in assert_error(answer, 401)


@pytest.mark.parametrize(
    "header",
    ["Bearer vs-wrong-key-that-nobody-made", "Bearer My API Key", "bearer  string", "Bearer \xe9"],
)
def test_a_wrong_key_is_refused_and_not_repeated(header, guarded):
    server, *_ = guarded

    answer = ask_as(server, header)

    assert answer.status == 401
    error = answer.json()["error"]
    assert error["code"] == "invalid_api_key"
    assert header.partition(" ")[2].strip() not in error["message"]


def ask_as(server, authorization: str):
    lines = ["GET /v1/videos HTTP/1.1", "Host: localhost", f"Authorization: {authorization}"]
    return exchange(server.port, "\r\n".join([*lines, "", ""]).encode("latin-1"))


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "vs-key"])
def test_a_header_without_bearer_token_has_no_key(header, guarded):
    server, *_ = guarded

    answer = ask_as(server, header)

    assert answer.status == 401
    assert "didn't provide an API key" in answer.json()["error"]["message"]


def test_the_sdk_sees_an_authentication_error(guarded):
    server, *_ = guarded
    with (
        openai.OpenAI(base_url=f"{server.url}/v1", api_key="wrong") as client,
        pytest.raises(openai.AuthenticationError) as caught,
    ):
        client.videos.list()

    assert caught.value.code == "invalid_api_key"


def test_probes_need_no_key_and_pages_need_one(guarded):
    server, red, _blue, anonymous = guarded
    names = ("healthz", "readyz", "metrics", "docs", "openapi.json")

    without = [anonymous.get(f"{server.url}/{name}").status_code for name in names]
    with_one = [red.get(f"{server.url}/{name}").status_code for name in names]

    assert without == [200, 200, 401, 401, 401]
    assert with_one == [200] * 5


# Projects


def test_projects_do_not_see_each_other(guarded):
    _server, red, blue, _nobody = guarded
    video = red.post("/videos", json={"prompt": "A red heron"}).json()
    path = f"/videos/{video['id']}"

    refusals = [
        blue.get(path),
        blue.get(path, headers={"prefer": "wait=5"}),
        blue.delete(path),
        blue.get(f"{path}/content"),
        blue.head(f"{path}/content"),
        blue.get(f"{path}/preview"),
        blue.post(f"{path}/cancel"),
    ]

    assert [answer.status_code for answer in refusals] == [404] * 7
    never = blue.get("/videos/video_" + 48 * "0").json()["error"]["message"]
    for answer in (refusals[0], refusals[1], refusals[2], refusals[3], refusals[5]):
        message = assert_error(answer, 404)
        # The same message as for a video that never existed.
        assert message.replace(video["id"], "video_" + 48 * "0") == never
    assert video.items() <= red.get(path).json().items()


def test_lists_hold_the_projects_own_videos_only(guarded):
    _server, red, blue, _nobody = guarded
    ids = []
    for number, owner in enumerate([red, blue, red, blue]):
        ids.append(owner.post("/videos", json={"prompt": f"Heron {number}"}).json()["id"])

    def listed(owner, **query):
        return [video["id"] for video in owner.get("/videos", params=query).json()["data"]]

    assert listed(red, limit=2) == [ids[2], ids[0]]
    assert listed(blue, limit=2) == [ids[3], ids[1]]
    assert set(listed(red, limit=100)).isdisjoint(listed(blue, limit=100))
    # Another project's id as a cursor shows nothing of it.
    assert set(listed(blue, after=ids[2], limit=100)).isdisjoint(listed(red, limit=100))


def test_a_key_works_with_both_prefixes(guarded):
    server, red, _blue, _nobody = guarded

    assert red.get(f"{server.url}/videos").json() == red.get("/videos").json()


# Revoking


def test_a_revoked_key_stops_working_and_the_last_one_opens_nothing(make_server):
    server = make_server("--workers", "0")
    with client_of(server, None) as anonymous:
        assert anonymous.get("/videos").status_code == 200
        key = server.make_key("red")
        assert anonymous.get("/videos").status_code == 401
    with server.database() as connection:
        key_id = connection.execute("SELECT id FROM api_keys").fetchone()["id"]

    with client_of(server, key) as red, client_of(server, None) as anonymous:
        assert red.get("/videos").status_code == 200
        revoked = run_cli("keys", "revoke", key_id, "--data-dir", str(server.data_dir))
        assert revoked.returncode == 0, revoked.stderr
        wait_for(lambda: red.get("/videos").status_code == 401, "the end", seconds=NOTICED)
        assert_error(red.get("/videos"), 401, code="invalid_api_key")
        assert_error(anonymous.get("/videos"), 401)

    server.stop()
    server.start()
    with client_of(server, None) as anonymous:
        assert_error(anonymous.get("/videos"), 401)


# Without keys


def test_without_keys_any_token_is_taken_on_this_machine(still_server):
    with (
        client_of(still_server, None) as anonymous,
        client_of(still_server, "My API Key") as somebody,
    ):
        video = anonymous.post("/videos", json={"prompt": "A heron"}).json()
        assert video.items() <= somebody.get(f"/videos/{video['id']}").json().items()
    assert "any bearer token is accepted" in still_server.log


def ask(server, host: str | None, origin: str | None = None):
    lines = ["GET /v1/models HTTP/1.1"]
    lines += [] if host is None else [f"Host: {host.format(port=server.port)}"]
    lines += [] if origin is None else [f"Origin: {origin.format(port=server.port)}"]
    return exchange(server.port, "\r\n".join([*lines, "", ""]).encode())


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:{port}", "127.0.0.1", "127.0.0.1:{port}", "[::1]:{port}"]
)
def test_this_machine_goes_by_several_names(host, still_server):
    assert ask(still_server, host).status == 200


@for_all(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil.example#localhost",
        "169.254.169.254",
        "0.0.0.0",
        "[::1",
        "",
    ],
)
def test_another_host_name_is_refused(host, still_server):
    """Protects from DNS rebinding by other web pages."""
    answer = ask(still_server, host)

    assert answer.status == 403
    assert "no API keys" in answer.json()["error"]["message"]


@for_all(
    "origin",
    [
        "https://evil.example",
        "http://localhost:1",
        "http://127.0.0.1",
        "null",
        "file://",
        "http://localhost:{port}.evil.example",
        "",
    ],
)
def test_another_origin_is_refused(origin, still_server):
    answer = ask(still_server, "localhost:{port}", origin)

    assert answer.status == 403
    assert "other web pages" in answer.json()["error"]["message"]


def test_the_servers_own_page_is_let_in(still_server):
    assert ask(still_server, "localhost:{port}", "http://localhost:{port}").status == 200


def test_another_origin_creates_no_video(still_server):
    before = still_server.http.get("/videos").json()

    refused = still_server.http.post(
        "/videos",
        content=b'{"prompt": "A heron"}',
        headers={"origin": "https://evil.example", "content-type": "text/plain"},
    )

    assert refused.status_code == 403
    assert still_server.http.get("/videos").json() == before


def test_with_keys_any_host_and_origin_may_ask(guarded):
    _server, red, _blue, anonymous = guarded
    foreign = {"host": "video.example", "origin": "https://studio.example"}

    assert red.get("/models", headers=foreign).status_code == 200
    assert anonymous.get("/models", headers=foreign).status_code == 401


# Beyond this machine


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    """A server for the whole network without a key, in a data folder with an odd name."""
    folder = tmp_path_factory.mktemp("open") / "ä&+a?b#c=d e%20f%3Fg" / "data"
    folder.parent.mkdir()
    flags = ("--host", "0.0.0.0", "--workers", "0", "--allow-anonymous")
    with closing(Server(folder, *flags)) as server:
        server.start()
        yield server


def test_the_network_is_not_served_without_a_key(new_data_dir):
    folder = new_data_dir()

    refused = run_cli("serve", "--host", "0.0.0.0", "--port", "0", "--data-dir", str(folder))

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "Traceback" not in refused.stderr
    last = refused.stderr.strip().splitlines()[-1]
    assert last.startswith("vitascope: Serving on 0.0.0.0 would let in everyone")
    assert "vitascope keys create" in last
    assert "--allow-anonymous" in last


def test_the_network_is_served_without_a_key_if_configured(open_server):
    assert ask(open_server, "video.example").status == 200
    assert "Anyone who reaches 0.0.0.0" in open_server.log


def test_a_data_folder_of_any_name_is_that_folder(open_server):
    open_server.create()
    files = {"file": ("a.png", b"abc"), "purpose": (None, "vision")}
    assert open_server.http.post("/files", files=files).status_code == 200

    folder = open_server.data_dir
    assert [path.name for path in folder.parents[1].iterdir()] == ["ä&+a?b#c=d e%20f%3Fg"]
    assert (folder / "vitascope.db").is_file()
    assert len(list((folder / "files" / "files").iterdir())) == 1


def test_the_network_is_served_with_a_key(guarded):
    _server, red, _blue, anonymous = guarded

    assert red.get("/videos").status_code == 200
    assert anonymous.get("/videos").status_code == 401
