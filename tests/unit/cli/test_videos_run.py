"""`vitascope videos` as a whole, without a network: output, waiting, files, failures."""

import io
import json
import os
import stat
from pathlib import Path

import httpx2
import pytest
from sweeps import for_all
from terminal_fixture import VIDEO, call, piped, replies, reply

from vitascope import __version__
from vitascope.cli.videos.grammar import COMMANDS, GLOBALS
from vitascope.cli.videos.run import run
from vitascope.cli.videos.terminal import Terminal

QUEUED = {**VIDEO, "status": "queued", "progress": 0}
RUNNING = {**VIDEO, "status": "in_progress", "progress": 40}
FAILED = {**VIDEO, "status": "failed", "error": {"code": "x", "message": "It broke."}}
CREATE = ["videos", "create", "--prompt", "x", "--format", "jsonl"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def film(_request):
    return httpx2.Response(200, content=b"FILM", headers={"content-type": "video/mp4"})


# Help


def test_help_lists_every_command(tmp_path):
    for words in (["videos"], ["videos", "--help"], ["videos", "help"], ["-h", "videos"]):
        finished = call(tmp_path, *words)
        assert (finished.status, finished.err, finished.requests) == (0, "", [])
        assert all(f"   {command.name} " in finished.out for command in COMMANDS)


@for_all("command", COMMANDS)
def test_help_lists_every_flag(command, tmp_path):
    finished = call(tmp_path, "videos", command.name, "--help")
    assert finished.status == 0
    for flag in (*command.flags, *GLOBALS):
        assert f"   --{flag.name}" in finished.out
        assert flag.help in finished.out


def test_the_manual_tells_every_command_flag_and_variable():
    page = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"| `{command.name}` |" in page
        for flag in (*command.flags, *GLOBALS):
            assert f"--{flag.name}" in page
            assert all(f"`{name}`" in page for name in flag.env)


def test_version(tmp_path):
    assert call(tmp_path, "videos", "-v").out == f"vitascope version {__version__}\n"


def test_unknown_command(tmp_path):
    finished = call(tmp_path, "videos", "zzz")
    assert (finished.status, finished.out) == (3, "")
    assert finished.err == "No help topic for 'zzz'\n"


def test_incorrect_usage_prints_nothing_on_stdout(tmp_path):
    finished = call(tmp_path, "videos", "list", "--limit", "x")
    assert (finished.status, finished.out) == (1, "")
    assert finished.err == (
        'Incorrect Usage: invalid value "x" for flag -limit: '
        'strconv.ParseInt: parsing "x": invalid syntax\n\n'
    )


# Where and as whom


def test_environment(tmp_path):
    environ = {
        "OPENAI_BASE_URL": "https://hosted/v9/",
        "OPENAI_API_KEY": "sk-env",
        "OPENAI_ORG_ID": "org",
        "OPENAI_PROJECT_ID": "proj",
    }
    request = call(tmp_path, "videos", "retrieve", "v", environ=environ).request
    assert str(request.url) == "https://hosted/v9/videos/v"
    assert request.headers["authorization"] == "Bearer sk-env"
    assert request.headers["openai-organization"] == "org"
    assert request.headers["openai-project"] == "proj"
    assert request.headers["user-agent"] == f"Vitascope/CLI {__version__}"
    assert request.headers["x-stainless-cli-command"] == "vitascope videos retrieve"


def test_our_own_variable_and_flags_come_first(tmp_path):
    environ = {"VITASCOPE_URL": "http://ours", "OPENAI_BASE_URL": "http://b", "OPENAI_API_KEY": "k"}
    request = call(tmp_path, "videos", "retrieve", "v", environ=environ).request
    assert request.url.host == "ours"
    words = ["videos", "retrieve", "v", "--base-url", "http://flag/", "--api-key", "mine"]
    request = call(tmp_path, *words, environ=environ).request
    assert str(request.url) == "http://flag/videos/v"
    assert request.headers["authorization"] == "Bearer mine"


def test_defaults(tmp_path):
    request = call(tmp_path, "videos", "retrieve", "v").request
    assert str(request.url) == "http://127.0.0.1:8000/v1/videos/v"
    assert "authorization" not in request.headers


def test_a_base_url_without_a_scheme(tmp_path):
    finished = call(tmp_path, "videos", "list", environ={"OPENAI_BASE_URL": "localhost:8000"})
    assert finished.status == 1
    assert finished.err == (
        'OPENAI_BASE_URL "localhost:8000" is missing a scheme (expected http:// or https://)\n'
    )


def test_half_a_certificate(tmp_path):
    finished = call(tmp_path, "videos", "list", "--mtls-client-key-file", "k.pem")
    assert finished.status == 1
    assert "must be configured together" in finished.err


def test_debug_keeps_the_key_to_itself(tmp_path):
    finished = call(tmp_path, "videos", "retrieve", "v", "--debug", "--api-key", "secret")
    assert "> GET http://127.0.0.1:8000/v1/videos/v\n" in finished.err
    assert "> authorization: ***\n" in finished.err
    assert "< 200 OK\n" in finished.err
    assert "secret" not in finished.err


# Requests


@for_all(
    ("words", "stdin", "message"),
    [
        (["extend"], "", 'Required flags "prompt, seconds, video" not set\n'),
        (["retrieve"], "", 'Required flag "video-id" not set\n'),
        (["retrieve", ""], "", "missing required video_id parameter\n"),
        (["retrieve", "a", "b", "c"], "", "Unexpected extra arguments: [b c]\n"),
        (["retrieve", "--video-id", "a", "b"], "", "Unexpected extra arguments: [b]\n"),
        (["create", "--prompt", "x"], "[1, 2]", "Cannot merge flags with a body that is not a"),
        (["create"], "[1, 2]", 'Required flag "prompt" not set\n'),
        (["create"], "{a: ", "Failed to parse piped data as YAML/JSON:\n"),
        (["list"], "limit: many", 'cannot set flag "limit" from piped data: strconv.ParseInt: '),
        (["edit", "--prompt", "x", "--video", "@no.mp4"], "", "open no.mp4: no such file or dir"),
        (["create-character", "--name", "x", "--video", "no"], "", "open no: no such file"),
        (
            ["edit", "--prompt", "@-", "--video", "@-"],
            "x",
            "cannot read from stdin: it has already been read by another parameter\n",
        ),
        (
            ["edit", "--prompt", "x"],
            'video: "@-"',
            "cannot read from stdin: stdin was already consumed by piped YAML/JSON input\n",
        ),
    ],
)
def test_what_can_not_be_sent(words, stdin, message, tmp_path):
    finished = call(tmp_path, "videos", *words, stdin=stdin.encode())
    assert (finished.status, finished.out, finished.requests) == (1, "", [])
    assert finished.err.startswith(message)


def test_path_and_query_may_come_from_stdin(tmp_path):
    finished = call(tmp_path, "videos", "retrieve", stdin=b"video_id: video_9")
    assert finished.request.url.path == "/v1/videos/video_9"
    words = ["videos", "list", "--order", "asc", "--format", "raw"]
    finished = call(tmp_path, *words, stdin=b"{limit: 2, order: desc, x: 1}")
    assert finished.request.url.query == b"limit=2&order=asc"


def test_stdin_may_be_the_file(tmp_path):
    words = ["videos", "create-character", "--name", "x", "--video", "-"]
    body = call(tmp_path, *words, stdin=b"\x00film").request.content
    assert b'name="video"; filename="anonymous_file"\r\nContent-Type: application/octet' in body
    assert b"\x00film" in body


def test_a_json_body_takes_files_as_text(tmp_path):
    Path("p.txt").write_text("A <fox> é", encoding="utf-8")
    request = call(tmp_path, "videos", "remix", "v", "--prompt", "@p.txt").request
    assert request.content == '{"prompt":"A <fox> é"}'.encode()


def test_our_own_fields(tmp_path):
    words = [*CREATE, "--seed", "7", "--guidance-scale", "2.50", "--characters", "[{id: c}]"]
    body = call(tmp_path, *words).request.content.decode()
    for name, value in (("seed", "7"), ("guidance_scale", "2.5"), ("characters[][id]", "c")):
        assert f'name="{name}"\r\n\r\n{value}\r\n' in body


# Errors of the server


def test_an_error_is_json_on_stdout(tmp_path):
    answer = reply({"error": {"message": "No such video.", "code": None}}, 404)
    finished = call(tmp_path, "videos", "retrieve", "v", answer=answer)
    assert finished.status == 1
    assert finished.err == 'GET "http://127.0.0.1:8000/v1/videos/v": 404 Not Found\n'
    assert finished.out == '{\n  "message": "No such video.",\n  "code": null\n}\n'


def test_errors_have_a_transform_and_a_format_of_their_own(tmp_path):
    answer = reply({"error": {"message": "No such video.", "code": None}}, 404)
    words = ["videos", "retrieve", "v", "--transform", "x", "--format", "yaml"]
    finished = call(tmp_path, *words, "--transform-error=message", "-r", answer=answer)
    assert finished.out == '"No such video."\n'  # --raw-output is for data
    finished = call(tmp_path, *words, "--format-error", "jsonl", answer=answer)
    assert finished.out == '{"message":"No such video.","code":null}\n'


# Showing


def test_a_screen_gets_colours_unless_turned_off(tmp_path):
    words = ["videos", "retrieve", "v"]
    assert "\x1b[32m" in call(tmp_path, *words, screen=True).out
    for environ in ({"NO_COLOR": "1"}, {"FORCE_COLOR": "0"}):
        assert "\x1b" not in call(tmp_path, *words, screen=True, environ=environ).out
    assert "\x1b" in call(tmp_path, *words, environ={"FORCE_COLOR": "1"}).out


def test_explore_is_explained_once(tmp_path):
    page = {"data": [VIDEO, VIDEO], "has_more": False, "last_id": "x"}
    words = ["videos", "list", "--format", "explore"]
    finished = call(tmp_path, *words, answer=reply(page), screen=True)
    assert (
        finished.err == "Warning: Output format 'explore' not supported; falling back to 'json'\n"
    )


def test_raw_of_a_part_and_of_what_is_no_json(tmp_path):
    words = ["videos", "retrieve", "v", "--format", "raw"]
    assert call(tmp_path, *words, "--transform", "{id}").out == '{"id":"video_123"}\n'
    answer = lambda _request: httpx2.Response(200, content=b"not json")  # noqa: E731
    assert call(tmp_path, *words, answer=answer).out == "not json\n"


def test_max_items_of_zero_prints_nothing(tmp_path):
    page = {"data": [VIDEO], "has_more": True, "last_id": "x"}
    assert call(tmp_path, "videos", "list", "--max-items", "0", answer=reply(page)).out == ""


# Waiting


def test_wait_prints_the_finished_video(tmp_path):
    answer = replies(reply(QUEUED), reply(QUEUED), reply(RUNNING), reply(VIDEO))
    finished = call(tmp_path, *CREATE, "--wait", answer=answer)
    assert (finished.status, finished.err) == (0, "")
    assert json.loads(finished.out) == VIDEO
    created, *looks = finished.requests
    assert created.method == "POST"
    assert [str(look.url) for look in looks] == ["http://127.0.0.1:8000/v1/videos/video_123"] * 3
    assert all(look.headers["prefer"].startswith("wait=") for look in looks)


def test_without_wait_it_returns_at_once(tmp_path):
    finished = call(tmp_path, *CREATE, "--wait=false", answer=reply(QUEUED))
    assert json.loads(finished.out) == QUEUED
    assert finished.request.method == "POST"


def test_retrieve_can_wait_too(tmp_path):
    words = ["videos", "retrieve", "video_123", "--wait", "--transform", "status", "-r"]
    finished = call(tmp_path, *words, answer=replies(reply(RUNNING), reply(VIDEO)))
    assert finished.out == "completed\n"


def test_a_failed_video_is_a_failure(tmp_path):
    answer = replies(reply(QUEUED), reply(FAILED))
    finished = call(tmp_path, *CREATE, "-o", "out.mp4", answer=answer)
    assert finished.status == 1
    assert json.loads(finished.out) == FAILED
    assert finished.err == "video_123 failed: It broke.\n"
    assert not Path("out.mp4").exists()


def test_a_failed_video_is_shown_even_if_stdout_was_for_the_film(tmp_path):
    finished = call(tmp_path, *CREATE, "-o", "-", answer=reply(FAILED))
    assert (finished.status, json.loads(finished.out)) == (1, FAILED)


def test_ctrl_c_leaves_the_video_alone(tmp_path):
    def interrupt(_request):
        raise KeyboardInterrupt

    finished = call(tmp_path, *CREATE, "--wait", answer=replies(reply(QUEUED), interrupt))
    assert (finished.status, finished.out) == (130, "")
    assert "video_123 is still being rendered" in finished.err
    assert "vitascope videos retrieve video_123 --wait" in finished.err


@pytest.mark.parametrize(
    ("advice", "pause"), [("2000", 2.0), ("60000", 5.0), ("soon", 1.0), (None, 1.0)]
)
def test_pauses_are_as_advised_within_reason(advice, pause, tmp_path):
    headers = {} if advice is None else {"openai_poll_after_ms": advice}
    answer = replies(reply(QUEUED), reply(QUEUED, **headers), reply(VIDEO))
    assert call(tmp_path, *CREATE, "--wait", answer=answer).naps == [pause]


# Files


def test_create_with_output_writes_the_film(tmp_path):
    answer = replies(reply(QUEUED), reply(VIDEO), film)
    finished = call(tmp_path, *CREATE, "-o", "out.mp4", answer=answer)
    assert (finished.status, finished.err) == (0, "Wrote output to: out.mp4\n")
    assert json.loads(finished.out) == VIDEO
    assert Path("out.mp4").read_bytes() == b"FILM"
    assert stat.S_IMODE(Path("out.mp4").stat().st_mode) == 0o600
    assert finished.requests[-1].url.path == "/v1/videos/video_123/content"
    assert finished.requests[-1].headers["accept"] == "application/binary"


def test_create_onto_stdout_prints_nothing_else(tmp_path):
    finished = call(tmp_path, *CREATE, "-o", "-", answer=replies(reply(VIDEO), film))
    assert (finished.out, finished.err) == ("FILM", "")


def test_nothing_is_made_that_could_not_be_written(tmp_path):
    finished = call(tmp_path, *CREATE, "-o", "nowhere/out.mp4")
    assert (finished.status, finished.requests) == (1, [])
    assert finished.err == "open nowhere/out.mp4: no such file or directory\n"


def test_open_opens_the_file(tmp_path):
    answer = replies(reply(VIDEO), film)
    finished = call(tmp_path, *CREATE, "--open", answer=answer)
    assert (finished.status, finished.opened) == (0, [Path("video_123.mp4")])
    assert Path("video_123.mp4").read_bytes() == b"FILM"


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ([], "v.mp4"),
        (["--variant", "thumbnail"], "v.webp"),
        (["--variant=spritesheet"], "v.jpg"),
        (["-o", "x"], "x"),
    ],
)
def test_downloads_can_be_opened_too(flags, name, tmp_path):
    words = ["videos", "download-content", "v", "--open", *flags]
    finished = call(tmp_path, *words, answer=film)
    assert finished.opened == [Path(name)]
    assert finished.out == f"Wrote output to: {name}\n"


def test_nothing_to_open_and_nothing_to_open_with(tmp_path):
    words = ["videos", "download-content", "v", "--open", "-o"]
    finished = call(tmp_path, *words, "-", answer=film)
    assert (finished.status, finished.opened) == (1, [])
    finished = call(tmp_path, *words, "x", answer=film, has_viewer=False)
    assert finished.status == 1
    assert finished.err == "This system has no viewer for x.\n"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="film.mp4"', "film.mp4"),
        ("attachment; filename=../../film.mp4; size=4", "film.mp4"),
        ("attachment", None),
    ],
)
def test_a_screen_gets_a_file_instead(disposition, name, tmp_path):
    def answer(_request):
        headers = {"content-disposition": disposition, "content-type": "image/webp"}
        return httpx2.Response(200, content=b"FILM", headers=headers)

    words = ["videos", "download-content", "v"]
    before = set(tmp_path.iterdir())
    finished = call(tmp_path, *words, answer=answer, screen=True)
    (path,) = {each for each in tmp_path.iterdir() if each.name != "stdin"} - before
    assert path.read_bytes() == b"FILM"
    assert path.name == name or (path.name.startswith("file-") and path.suffix == ".webp")
    assert finished.out == f"Wrote output to: {path.name}\n"
    again = call(tmp_path, *words, answer=answer, screen=True)
    assert again.out != finished.out


def test_downloads_that_fail_leave_no_file(tmp_path):
    answer = reply({"error": {"message": "not ready"}}, 404)
    finished = call(tmp_path, "videos", "download-content", "v", "-o", "x", answer=answer)
    assert finished.status == 1
    assert not Path("x").exists()
    finished = call(tmp_path, "videos", "download-content", "v", "-o", "no/x", answer=film)
    assert (finished.status, finished.err) == (1, "open no/x: no such file or directory\n")


def test_a_reader_of_stdout_may_leave(tmp_path, capfd):
    class Closed:
        def write(self, _data):
            raise BrokenPipeError

        def isatty(self):
            return False

    with piped(tmp_path, b"") as stdin:
        terminal = Terminal(stdin=stdin, stdout=Closed(), environ={})
        transport = httpx2.MockTransport(reply(VIDEO))
        assert run(["videos", "retrieve", "v"], terminal, transport) == 0


def test_a_real_pipe_is_read_and_a_silent_one_is_not(tmp_path):
    for data, status in ((b"video_id: video_9", 0), (None, 1)):
        reader, writer = os.pipe()
        with os.fdopen(reader, "rb") as stdin, os.fdopen(writer, "wb", 0) as pipe:
            if data is not None:
                pipe.write(data)
                pipe.close()
            terminal = Terminal(stdin, io.BytesIO(), io.StringIO(), {})
            transport = httpx2.MockTransport(reply(VIDEO))
            assert run(["videos", "retrieve"], terminal, transport) == status


def test_references_and_a_soundtrack_are_numbered_parts(tmp_path):
    (tmp_path / "a.png").write_bytes(b"PNG")
    (tmp_path / "song.wav").write_bytes(b"WAV")
    style = "[{type: image, upload: '@a.png'}, {type: image, role: style, file_id: file-1}]"
    words = ["--references", style, "--audio", "@song.wav", "--last-frame", "@a.png", "--n", "2"]
    finished = call(tmp_path, *CREATE, *words, answer=reply(VIDEO))
    assert finished.status == 0, finished.err
    (request,) = finished.requests
    body = request.content
    names = [
        "last_frame", "n",
        "references[0][type]", "references[0][upload]",
        "references[1][file_id]", "references[1][role]", "references[1][type]",
        "references[2][type]", "references[2][upload]",
    ]  # fmt: skip
    assert all(f'name="{name}"'.encode() in body for name in names)
    assert b'name="audio"' not in body
    assert body.index(b"audio\r\n") < body.index(b"WAV")


def test_a_soundtrack_may_be_a_url(tmp_path):
    words = ["--audio", "https://a.example/song.mp3"]
    finished = call(tmp_path, *CREATE, *words, answer=reply(VIDEO))
    assert b'name="references[0][url]"' in finished.requests[0].content
