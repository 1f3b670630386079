"""`vitascope videos` against a real server, and beside the official CLI where there is one.

`VITASCOPE_OPENAI_CLI` names the official CLI's binary (1.8.0); else `openai` on the PATH is taken
if it is that.
"""

import http.server
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from vspatience import wait_for

OURS = [sys.executable, "-m", "vitascope.cli.main"]


def environment(url):
    return {**os.environ, "OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": "any"}


@pytest.fixture
def videos(server, tmp_path):
    """Runs `vitascope videos …` in a folder of its own."""

    def run(*words, stdin=b"", url=server.url):
        return subprocess.run(
            [*OURS, "videos", *words],
            input=stdin,
            capture_output=True,
            timeout=180,
            check=False,
            cwd=tmp_path,
            env=environment(url),
        )

    return run


@pytest.fixture(scope="module")
def video(server):
    """A finished video."""
    return server.rendered("A heron in the mist", seconds="4", size="1280x720")


def test_create_with_output_makes_a_film(videos, tmp_path):
    words = ["--prompt", "A lighthouse at night", "--size", "1280x720", "--seed", "7"]
    done = videos("create", *words, "-o", "out.mp4")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert (made["status"], made["size"], made["seed"]) == ("completed", "1280x720", 7)
    assert done.stderr == b"Wrote output to: out.mp4\n"
    film = tmp_path / "out.mp4"
    assert film.read_bytes()[4:8] == b"ftyp"
    assert stat.S_IMODE(film.stat().st_mode) == 0o600


def test_retrieve_in_every_way(videos, video):
    for words in (["retrieve", video["id"]], ["retrieve", "--video-id", video["id"]]):
        assert json.loads(videos(*words).stdout) == video
    stdin = f"video_id: {video['id']}".encode()
    assert json.loads(videos("retrieve", stdin=stdin).stdout) == video
    done = videos("retrieve", video["id"], "--transform", "{id,prompt}|@values|1", "-r")
    assert done.stdout == b"A heron in the mist\n"


def test_globals_may_come_before_videos(server, video):
    words = ["--base-url", f"{server.url}/v1", "--format=jsonl", "videos", "retrieve", video["id"]]
    done = subprocess.run([*OURS, *words], capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout) == video


def test_list_over_pages(videos, still_server):
    made = [still_server.create(f"Film {number}")["id"] for number in range(3)]
    words = ["--limit", "1", "--order", "asc", "--transform", "id", "-r"]
    done = videos("list", *words, url=still_server.url)
    assert [line for line in done.stdout.decode().split() if line in made] == made
    newest = videos("list", "--max-items", "1", *words[4:], url=still_server.url)
    assert newest.stdout.decode().split() == [made[-1]]


def test_derived_videos(videos, video, still_server):
    source = f"{{id: {video['id']}}}"
    remixed = json.loads(videos("remix", video["id"], "--prompt", "At night").stdout)
    assert remixed["remixed_from_video_id"] == video["id"]
    edited = json.loads(videos("edit", "--prompt", "In the rain", "--video", source).stdout)
    assert edited["status"] in {"queued", "in_progress"}
    words = ["--prompt", "It flies off", "--seconds", "4", "--video", video["id"]]
    assert json.loads(videos("extend", *words).stdout)["seconds"] == "8"


def test_files_and_characters(videos, video, tmp_path):
    assert videos("download-content", video["id"], "-o", "film.mp4").stdout == (
        b"Wrote output to: film.mp4\n"
    )
    done = videos("create-character", "--name", "Ada", "--video", "film.mp4")
    assert done.returncode == 0, done.stdout
    made = json.loads(done.stdout)
    assert json.loads(videos("get-character", made["id"]).stdout) == made
    Image.new("RGB", (1280, 720), "teal").save(tmp_path / "first.png")
    words = ["--prompt", "Ada flies", "--size", "1280x720", "--input-reference", "@first.png"]
    stdin = f"characters: [{{id: {made['id']}}}]".encode()
    done = videos("create", *words, "--transform", "status", "-r", stdin=stdin)
    assert done.stdout in {b"queued\n", b"in_progress\n"}, done.stderr
    thumbnail = videos("download-content", video["id"], "--variant", "thumbnail")
    assert thumbnail.stdout[8:12] == b"WEBP"


def test_errors(videos):
    done = videos("retrieve", "video_none", "--transform-error", "message", "-r")
    assert done.returncode == 1
    assert done.stdout == b"Video with id 'video_none' not found.\n"
    assert done.stderr.endswith(b'/v1/videos/video_none": 404 Not Found\n')
    assert videos("create", "--prompt", "x", "--seconds", "5").returncode == 1
    assert videos("crate").returncode == 3


def test_delete(videos, server):
    made = server.create("A short-lived film")["id"]
    server.cancel(made)
    assert json.loads(videos("delete", made).stdout)["deleted"] is True
    assert videos("delete", made).returncode == 1


def test_no_server(videos):
    done = videos("list", url="http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"No answer from http://127.0.0.1:9/v1: ")
    assert done.stderr.endswith(b"Is `vitascope serve` running?\n")


def test_ctrl_c_while_waiting(still_server):
    before = {each["id"] for each in still_server.http.get("/videos").json()["data"]}
    process = subprocess.Popen(
        [*OURS, "videos", "create", "--prompt", "x", "--wait"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(still_server.url),
        # As at a terminal; where the tests run in the background, the signal is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )

    def made():
        return [
            each["id"]
            for each in still_server.http.get("/videos").json()["data"]
            if each["id"] not in before
        ]

    (video_id,) = wait_for(made, "the video to be created")
    time.sleep(1.0)  # the row is there before its answer has come, and nothing tells of that
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert f"{video_id} goes on without you" in err.decode()


def test_a_reader_that_leaves(server, video):
    with subprocess.Popen(
        [*OURS, "videos", "download-content", video["id"]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(server.url),
    ) as process:
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_the_documented_lines_run(server, tmp_path):
    page = Path(__file__).parents[2] / "docs" / "cli.md"
    blocks = re.findall(r"^```bash\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 4
    program = tmp_path / "bin" / "vitascope"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {" ".join(OURS)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    variables = environment(server.url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        env={**variables, "PATH": f"{program.parent}:{variables['PATH']}"},
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert (tmp_path / "fox.mp4").stat().st_size > 10_000
    assert (tmp_path / "fox.webp").read_bytes()[8:12] == b"WEBP"


# Beside the official CLI


def official_cli():
    """The official CLI's binary; a reason instead if there is none."""
    path = os.environ.get("VITASCOPE_OPENAI_CLI") or shutil.which("openai") or ""
    if not path:
        return "", "neither VITASCOPE_OPENAI_CLI nor an `openai` on the PATH"
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    if "1.8.0" not in done.stdout:
        return "", f"{path} is not the official CLI 1.8.0"
    return path, ""


# Read while tests are collected: later the tests see no settings of the machine.
OFFICIAL, WHY_NOT = official_cli()

FILM = "{id: VIDEO}"
SAME = {
    "create": ["create", "--prompt", "x"],
    "create all": ["create", "--prompt=x", "--model", "sora-2", "--seconds=8", "-size=1280x720"],
    "create picture": ["create", "--prompt", "x", "--input-reference", "@first.png"],
    "create data url": ["create", "--prompt", "x", "--input-reference", "{image_url: DATA}"],
    "create without a prompt": ["create"],
    "create extra argument": ["create", "--prompt", "x", "foo", "bar"],
    "create bad seconds": ["create", "--prompt", "x", "--seconds", "5"],
    "create missing file": ["create", "--prompt", "x", "--input-reference", "@no.png"],
    "edit": ["edit", "--prompt", "x", "--video", FILM],
    "edit file": ["edit", "--prompt", "x", "--video", "@film.mp4"],
    "edit number": ["edit", "--prompt", "x", "--video", "12345"],
    "edit escaped": ["edit", "--prompt", "x", "--video", "\\@foo"],
    "edit bare word": ["edit", "--prompt", "x", "--video", "@nosuchname"],
    "edit without anything": ["edit"],
    "extend": ["extend", "--prompt", "x", "--seconds", "4", "--video", "VIDEO"],
    "create-character": ["create-character", "--name", "x", "--video", "film.mp4"],
    "get-character unknown": ["get-character", "char_none"],
    "list": ["list", "--limit", "2", "--order", "asc"],
    "list lines": ["list", "--limit", "2", "--max-items", "3", "--format", "jsonl"],
    "list none": ["list", "--max-items", "0"],
    "list raw": ["list", "--format", "raw", "--limit", "0", "--after", "after"],
    "list bad limit": ["list", "--limit", "ten"],
    "retrieve": ["retrieve", "VIDEO"],
    "retrieve flag": ["retrieve", "--video-id", "VIDEO", "--format", "jsonl"],
    "retrieve yaml": ["retrieve", "VIDEO", "--format", "yaml"],
    "retrieve pretty": ["retrieve", "VIDEO", "--format", "pretty"],
    "retrieve raw": ["retrieve", "VIDEO", "--format", "raw"],
    "retrieve explore": ["retrieve", "VIDEO", "--format", "explore"],
    "retrieve transform": ["retrieve", "VIDEO", "--transform", "{id,status,nope}"],
    "retrieve transform raw": ["retrieve", "VIDEO", "--transform", "status", "-r"],
    "retrieve nowhere": ["retrieve", "VIDEO", "--transform", "nope.nope"],
    "retrieve unknown": ["retrieve", "a/b c"],
    "retrieve unknown yaml": ["retrieve", "video_none", "--format-error", "yaml"],
    "retrieve unknown word": ["retrieve", "video_none", "--transform-error", "message", "-r"],
    "retrieve bad format": ["retrieve", "VIDEO", "--format", "nope"],
    "retrieve without an id": ["retrieve"],
    "remix": ["remix", "VIDEO", "--prompt", "x"],
    "remix unknown": ["remix", "video_none", "--prompt", "x"],
    "download": ["download-content", "VIDEO"],
    "download thumbnail": ["download-content", "VIDEO", "--variant", "thumbnail", "-o", "t.webp"],
    "download unknown": ["download-content", "video_none"],
    "delete": ["delete", "DOOMED"],
    "delete unknown": ["delete", "video_none"],
    "unknown command": ["crate"],
    "unknown flag": ["create", "--nope"],
}
SAME_PIPED = {
    "create yaml": (["create"], "prompt: x\nseconds: 8\nsize: 1280x720\n"),
    "create json and flag": (["create", "--prompt", "y"], '{"prompt": "x", "model": "sora-2"}'),
    "create yaml file": (["create"], 'prompt: x\ninput_reference: "@first.png"\n'),
    "create no map": (["create", "--prompt", "x"], "[1, 2]"),
    "create no yaml": (["create"], "{prompt: "),
    "remix yaml": (["remix"], "video_id: VIDEO\nprompt: x\n"),
    "list yaml": (["list"], "limit: 1\norder: asc\nmax_items: 1\n"),
}


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
        self.send_response(answer.status_code)
        for name in ("Content-Type", "Content-Disposition"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_DELETE = _pass_on

    def log_message(self, *_arguments):
        pass


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


@pytest.fixture
def folder(tmp_path, server, video):
    """Where the commands run: a picture and a film."""
    Image.new("RGB", (720, 1280), "teal").save(tmp_path / "first.png")
    (tmp_path / "film.mp4").write_bytes(server.download(video["id"]).content)
    return tmp_path


def played(program, words, stdin, recorder, server, folder):
    """Run a command line: its status, its output and the requests it made, made comparable."""
    recorder.seen.clear()
    before = {path.name for path in folder.iterdir()}
    done = subprocess.run(
        [*program, "videos", *words],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
        cwd=folder,
        env=environment(recorder.url),
    )
    for each in server.http.get("/videos", params={"limit": 100}).json()["data"]:
        if each["status"] in {"queued", "in_progress"}:
            server.cancel(each["id"])
            server.http.delete(f"/videos/{each['id']}")
    new = sorted(path for path in folder.iterdir() if path.name not in before)
    files = [(path.name, path.stat().st_mode, path.read_bytes()) for path in new]
    for path in new:
        path.unlink()
    return {
        "status": done.returncode,
        "out": comparable(done.stdout),
        "err": comparable(done.stderr),
        "requests": [request(*each) for each in recorder.seen],
        "files": files,
    }


def comparable(output):
    """Output without what differs from job to job."""
    if b"ftyp" in output[:16]:
        return output
    text = output.decode().replace("vitascope videos", "openai videos")
    text = re.sub(r"(video|char)_[0-9a-f]{20,}", r"\1_ID", text)
    text = re.sub(r'("?(?:seed|created_at|progress)"?: ?)\d+', r"\1N", text)
    text = re.sub(r"\b(in_progress|queued)\b", "WAITING", text)
    text = re.sub(r"(as YAML/JSON:\n|that is not a map: ).*", r"\1…", text, flags=re.DOTALL)
    return re.sub(r" +│|─+", "", text)


def request(method, target, kind, body, headers):
    media_type, _, boundary = kind.partition("; boundary=")
    if boundary:
        body = body.replace(boundary.encode(), b"BOUNDARY")
    kept = {name: headers.get(name) for name in ("Accept", "Authorization")}
    target = re.sub(r"video_[0-9a-f]{20,}", "video_ID", target)
    return method, target, media_type, body, kept


def only_the_beginning(outcome):
    """Of usage errors only that there is one: the list of flags is our own."""
    if outcome["err"].startswith("Incorrect Usage: "):
        return {**outcome, "out": outcome["out"][:5], "err": "Incorrect Usage: "}
    return outcome


@pytest.mark.skipif(not OFFICIAL, reason=f"the official CLI is not here: {WHY_NOT}")
@pytest.mark.parametrize("name", [*SAME, *SAME_PIPED])
def test_does_as_the_official_cli_does(name, recorder, server, video, folder):
    words, stdin = SAME_PIPED.get(name) or (SAME[name], "")
    data = "data:image/png;base64,iVBORw0KGgo="
    words = [word.replace("VIDEO", video["id"]).replace("DATA", data) for word in words]
    piped = stdin.replace("VIDEO", video["id"]).encode()
    outcomes = []
    for program in ([OFFICIAL], OURS):
        doomed = server.create("A short-lived film")["id"] if "DOOMED" in words else ""
        if doomed:
            server.cancel(doomed)
        line = [word.replace("DOOMED", doomed) for word in words]
        outcomes.append(played(program, line, piped, recorder, server, folder))
    theirs, ours = map(only_the_beginning, outcomes)
    assert ours == theirs


def test_every_command_is_compared():
    from vitascope.cli.videos.grammar import COMMANDS

    assert {words[0] for words in SAME.values()} >= {command.name for command in COMMANDS}
