"""`vitascope videos` does what the official command was recorded to do.

The commands run in this process; test_cli_videos.py runs them as users do.

`tests/data/cli-1.8.0/outcomes.jsonl` holds 52 command lines of the official `openai` 1.8.0: exit
status, output, requests and files. It was recorded on 2026-11-27 against Vitascope, in a folder
with `first.png` and `film.mp4`. What differs from job to job is replaced: ids, seeds, times,
progress, unfinished statuses and the server's address. Bodies with a file in them are given by
their length.
"""

import http.server
import io
import json
import re
import threading
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from terminal_fixture import piped

from vitascope.cli.videos.grammar import COMMANDS
from vitascope.cli.videos.run import run
from vitascope.cli.videos.terminal import Terminal

OUTCOMES = Path(__file__).parents[1] / "data" / "cli-1.8.0" / "outcomes.jsonl"
RECORDED = [json.loads(line) for line in OUTCOMES.read_text("utf-8").splitlines()]
DATA_URL = "data:image/png;base64,iVBORw0KGgo="
# The files in the folder of the recording.
PICTURE_BYTES = 5527
FILM_BYTES = next(each["out"]["bytes"] for each in RECORDED if each["name"] == "download")


class Recorder(http.server.ThreadingHTTPServer):
    """Passes requests on to a server and keeps them."""

    daemon_threads = True

    def __init__(self, url):
        super().__init__(("127.0.0.1", 0), _Passing)
        self.upstream = httpx2.Client(base_url=url, trust_env=False, timeout=60)
        self.seen = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Passing(http.server.BaseHTTPRequestHandler):
    def _pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.headers.get("Content-Type", "")
        self.server.seen.append((self.command, self.path, kind, body, dict(self.headers)))
        answer = self.server.upstream.request(
            self.command, self.path, content=body, headers={"Content-Type": kind} if kind else {}
        )
        content = as_recorded(answer)
        self.send_response(answer.status_code)
        for name in ("Content-Type", "Content-Disposition"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _pass_on

    def log_message(self, *_arguments):
        pass


def as_recorded(answer):
    """The answer's body without the fields that videos have got since the recording."""
    if answer.headers.get("Content-Type") != "application/json":
        return answer.content

    def without(fields):
        return {name: value for name, value in fields.items() if name not in ("starred", "tags")}

    body = json.loads(answer.content, object_hook=without)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.fixture(scope="module")
def server(make_server):
    """The module's server, because the recording lists all videos."""
    return make_server(bars=True)


@pytest.fixture(scope="module")
def recorder(server):
    proxy = Recorder(server.url)
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    yield proxy
    proxy.shutdown()
    thread.join()
    proxy.server_close()
    proxy.upstream.close()


@pytest.fixture(scope="module")
def video(server):
    """A finished video, as in the recording."""
    return server.rendered("A heron in the mist", seconds="4", size="1280x720")


@pytest.fixture(scope="module")
def film(server, video):
    return server.download(video["id"]).content


@pytest.fixture
def folder(tmp_path, film, monkeypatch):
    """The current folder, with a picture and a film."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (720, 1280), "teal").save(tmp_path / "first.png")
    (tmp_path / "film.mp4").write_bytes(film)
    return tmp_path


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda each: each["name"])
def test_the_outcome_is_that_of_the_official_command(recorded, recorder, server, video, folder):
    deleted = server.create("A short-lived film")["id"] if "DOOMED" in recorded["words"] else ""
    if deleted:
        server.cancel(deleted)
    named = {"VIDEO": video["id"], "DATA": DATA_URL, "DOOMED": deleted}
    words = [filled_in(word, named) for word in recorded["words"]]
    stdin = filled_in(recorded["stdin"], named).encode()
    sizes = {
        "first.png": (folder / "first.png").stat().st_size - PICTURE_BYTES,
        "film.mp4": (folder / "film.mp4").stat().st_size - FILM_BYTES,
    }
    ours = played(words, stdin, recorder, server, folder)
    assert ours == expected(recorded, sizes)


def test_every_command_is_recorded():
    assert {each["words"][0] for each in RECORDED} >= {command.name for command in COMMANDS}


def filled_in(text, named):
    return re.sub("|".join(named), lambda found: named[found[0]], text)


def expected(recorded, longer):
    """A recorded outcome, with the lengths of this test's files.

    Args:
        recorded: a line of the recording.
        longer: by file name, how many bytes longer the file is than it was.
    """
    words = " ".join([*recorded["words"], recorded["stdin"]])
    more = sum(length for name, length in longer.items() if name in words)
    requests = [
        [*request[:3], body if isinstance(body, str) else {"bytes": body["bytes"] + more}, headers]
        for request in recorded["requests"]
        for body, headers in [request[3:]]
    ]
    out = recorded["out"]
    if isinstance(out, dict):
        out = {"bytes": out["bytes"] + longer["film.mp4"]}
    return {
        "status": recorded["status"],
        "out": without_times(out),
        "err": recorded["err"],
        "requests": requests,
        "files": recorded["files"],
    }


def played(words, stdin, recorder, server, folder):
    """Run a command line in the current folder; its outcome in the form of the recording."""
    recorder.seen.clear()
    environment = {"OPENAI_BASE_URL": f"{recorder.url}/v1", "OPENAI_API_KEY": "any"}
    out, err = io.BytesIO(), io.StringIO()
    with piped(folder, stdin) as source:
        before = {path.name for path in folder.iterdir()}
        status = run(["videos", *words], Terminal(source, out, err, environment))
    for each in server.http.get("/videos", params={"limit": 100}).json()["data"]:
        if each["status"] in {"queued", "in_progress"}:
            server.cancel(each["id"])
            server.http.delete(f"/videos/{each['id']}")
    new = sorted(path for path in folder.iterdir() if path.name not in before)
    return {
        "status": status,
        "out": comparable(out.getvalue(), recorder.url),
        "err": comparable(err.getvalue().encode(), recorder.url),
        "requests": [request(*each) for each in recorder.seen],
        "files": [[path.name, f"0o{path.stat().st_mode & 0o777:o}"] for path in new],
    }


def comparable(output, url):
    """Output without values that differ between jobs."""
    if b"ftyp" in output[:16]:
        return {"bytes": len(output)}
    text = output.decode().replace("vitascope videos", "openai videos").replace(url, "BASE")
    text = re.sub(r"(video|char)_[0-9a-f]{20,}", r"\1_ID", text)
    text = re.sub(r'("?(?:seed|created_at|progress)"?: ?)\d+', r"\1N", text)
    text = re.sub(r"\b(in_progress|queued)\b", "WAITING", text)
    text = re.sub(r"(as YAML/JSON:\n|that is not a map: ).*", r"\1…", text, flags=re.DOTALL)
    return without_times(re.sub(r" +│|─+", "", text))


def without_times(output):
    """The moment of completion, which the recording kept."""
    if isinstance(output, dict):
        return output
    return re.sub(r'("?completed_at"?: ?)\d+', r"\1N", output)


def request(method, target, kind, body, headers):
    media_type, _, boundary = kind.partition("; boundary=")
    if boundary:
        body = body.replace(boundary.encode(), b"BOUNDARY")
    body = re.sub(rb"(video|char)_[0-9a-f]{20,}", rb"\1_ID", body)
    try:
        shown = body.decode()
    except UnicodeDecodeError:
        shown = {"bytes": len(body)}
    kept = {name: headers.get(name) for name in ("Accept", "Authorization")}
    target = re.sub(r"video_[0-9a-f]{20,}", "video_ID", target)
    return [method, target, media_type, shown, kept]
