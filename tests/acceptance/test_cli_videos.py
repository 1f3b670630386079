"""`vitascope videos` against a real server."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import bars_engine
import httpx2
import pytest
from PIL import Image
from waiting import wait_for

OURS = [sys.executable, "-m", "vitascope.cli.main"]


def environment(url):
    return {**os.environ, "OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": "any"}


@pytest.fixture(scope="module")
def server(bars_server):
    return bars_server


@pytest.fixture
def videos(server, tmp_path):
    """Runs `vitascope videos …` in an empty folder."""

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
    return server.rendered("A heron in the mist", seconds="4")


def test_create_with_output_makes_a_film(videos, tmp_path):
    words = ["--prompt", "A lighthouse at night", "--resolution", "320x192", "--seed", "7"]
    done = videos("create", *words, "-o", "out.mp4")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert (made["status"], made["size"], made["seed"]) == ("completed", "320x192", 7)
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
    words = ["--limit", "1", "--max-items", "3", "--transform", "id", "-r"]
    done = videos("list", *words, url=still_server.url)
    assert done.stdout.decode().split() == made[::-1]
    everything = still_server.http.get("/videos", params={"order": "asc", "limit": 3}).json()
    done = videos("list", "--order", "asc", *words, url=still_server.url)
    assert done.stdout.decode().split() == [each["id"] for each in everything["data"]]


def test_derived_videos(videos, video):
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
    Image.new("RGB", (320, 192), "teal").save(tmp_path / "first.png")
    words = ["--prompt", "Ada flies", "--resolution", "320x192", "--input-reference", "@first.png"]
    stdin = f"characters: [{{id: {made['id']}}}]".encode()
    done = videos("create", *words, "--transform", "status", "-r", stdin=stdin)
    assert done.stdout in {b"queued\n", b"in_progress\n"}, done.stderr
    thumbnail = videos("download-content", video["id"], "--variant", "thumbnail")
    assert thumbnail.stdout[8:12] == b"WEBP"


def test_errors(videos):
    done = videos("retrieve", "video_none", "--transform-error", "message", "-r")
    assert done.returncode == 1
    assert done.stdout == b"\"Video with id 'video_none' not found.\"\n"
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


def retrieves(server):
    """How many requests for a video the server has answered."""
    shown = httpx2.get(f"{server.url}/metrics", trust_env=False).text
    counts = re.findall(r"^vitascope_requests_total\{(.*)\} (\S+)$", shown, re.MULTILINE)
    return sum(float(n) for labels, n in counts if "{video_id}" in labels and '"GET"' in labels)


def test_ctrl_c_while_waiting(still_server):
    before = {each["id"] for each in still_server.http.get("/videos").json()["data"]}
    asked = retrieves(still_server)
    process = subprocess.Popen(
        [*OURS, "videos", "create", "--prompt", "x", "--wait"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(still_server.url),
        # As at a terminal; a test run in the background ignores the signal.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )

    def made():
        return [
            each["id"]
            for each in still_server.http.get("/videos").json()["data"]
            if each["id"] not in before
        ]

    (video_id,) = wait_for(made, "the video to be created")
    # The row is there before its answer has come; the command then asks for the video.
    wait_for(lambda: retrieves(still_server) > asked, "the command to wait")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert f"{video_id} is still being rendered" in err.decode()


def test_stdout_closed_by_its_reader(server):
    video = server.rendered("A heron in the mist", seconds="16")
    assert len(server.download(video["id"]).content) > 2**16, "more than fits a pipe"
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
    # The first film is small, and so are those that are made of it.
    small = '[ "$2 $3" != "create --prompt" ] || set -- "$@" --resolution {}x{}'
    lines = ["#!/bin/sh", small.format(*bars_engine.SIZE), f'exec {" ".join(OURS)} "$@"', ""]
    program.write_text("\n".join(lines), encoding="utf-8")
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
