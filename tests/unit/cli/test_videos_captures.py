"""The official CLI 1.8.0 as oracle: its recorded requests, byte by byte, and what it printed."""

from pathlib import Path

import pytest
from sweeps import for_all
from terminal_fixture import VIDEO, call, replies, reply

CAPTURES = Path(__file__).parents[2] / "data" / "captures" / "cli"
ALL = ["--model", "sora-2", "--seconds", "4", "--size", "720x1280"]

SENT = {
    "001": ["create", "--prompt", "x"],
    "002": ["create", "--prompt", "x", "--input-reference", "Example data", *ALL],
    "003": ["create", "--prompt", "x", "--input-reference", "@ref.png"],
    "004": ["create", "--prompt=x", "--input-reference={image_url: https://example.com/a.png}"],
    "005": ["create", "--prompt", "x", "--input-reference", '{"file_id": "file-123"}'],
    "006": ["create", "--prompt", "x", "--input-reference", '{image_url: "@ref.png"}'],
    "007": ["create", "--prompt", "x", "--seconds", "16"],
    "012": ["edit", "--prompt", "x", "--video", "@clip.mp4"],
    "013": ["edit", "--prompt", "x", "--video", "{id: video_123}"],
    "014": ["edit", "--prompt", "x", "--video", "video_123"],
    "015": ["extend", "--prompt", "x", "--seconds", "20", "--video", "{id: video_123}"],
    "016": ["extend", "--prompt", "x", "--seconds", "4", "--video", "Example data"],
    "017": ["create-character", "--name", "x", "--video", "clip.mp4"],
    "032": ["remix", "video_123", "--prompt", "x"],
    "038": ["edit", "--prompt", "x", "--video", "12345"],
    "039": ["edit", "--prompt", "x", "--video", "\\@foo"],
    "040": ["edit", "--prompt", "x", "--video", "@nosuchname"],
    "041": ["create", "--prompt", "@sb"],
    "042": ["create", "--prompt", 'multi\nline: "q"'],
}

YAML_ALL = """\
prompt: x
input_reference: Example data
model: sora-2
seconds: '4'
size: 720x1280
"""
SENT_PIPED = {
    "008": (["create"], YAML_ALL),
    "009": (
        ["create"],
        '{"prompt": "x", "seconds": 8, "b": true, "n": null,'
        ' "characters": [{"id": "char_123"}, {"id": "c2"}]}',
    ),
    "010": (["create", "--prompt", "y"], '{"prompt": "x", "seconds": "8"}'),
    "011": (["create"], 'prompt: x\ninput_reference: "@ref.png"\n'),
    "033": (["remix", "--video-id", "video_123"], "prompt: x"),
    "034": (["remix"], "video_id: video_9\nprompt: x\n"),
}


@pytest.fixture(autouse=True)
def recorded_files(tmp_path, monkeypatch):
    """The files that were there at the recording."""
    monkeypatch.chdir(tmp_path)
    Path("ref.png").write_bytes(b"\x89PNGDATA")
    Path("clip.mp4").write_bytes(b"MP4DATA")
    Path("sb").write_bytes(b"STDINBYTES")


def recorded(number):
    """A capture's method, target, media type and body, the boundary masked."""
    head, _, body = (CAPTURES / f"{number}.bin").read_bytes().partition(b"\r\n\r\n")
    method, target, _ = head.decode().split("\r\n")[0].split(" ")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return method, target, *masked(headers.get("Content-Type", ""), body), headers["Accept"]


def masked(media_type, body):
    kind, _, boundary = media_type.partition("; boundary=")
    return kind, body.replace(boundary.encode(), b"BOUNDARY") if boundary else body


def sent(finished):
    request = finished.request
    body = masked(request.headers.get("content-type", ""), request.content)
    return request.method, request.url.raw_path.decode(), *body, request.headers["accept"]


@for_all("number", SENT)
def test_flags_become_the_recorded_request(number, tmp_path):
    finished = call(tmp_path, "videos", *SENT[number])
    assert finished.status == 0, finished.err
    assert sent(finished) == recorded(number)


@pytest.mark.parametrize("number", SENT_PIPED)
def test_stdin_becomes_the_recorded_request(number, tmp_path):
    words, stdin = SENT_PIPED[number]
    finished = call(tmp_path, "videos", *words, stdin=stdin.encode())
    assert finished.status == 0, finished.err
    assert sent(finished) == recorded(number)


LOOKS = {
    "GET /videos/characters/char_123": [
        ["get-character", "--character-id", "char_123"],
        ["get-character", "char_123"],
    ],
    "GET /videos/video_123": [["retrieve", "--video-id", "video_123"], ["retrieve", "video_123"]],
    "GET /videos?after=after&limit=0&order=asc": [
        ["list", "--order", "asc", "--limit", "0", "--after", "after", "--format", "raw"],
        ["list", "--order=asc", "-limit=0x0", "--after=after", "--format=RAW"],
    ],
    "DELETE /videos/video_123": [["delete", "video_123"]],
    "GET /videos/video_123/content?variant=thumbnail": [
        ["download-content", "video_123", "--variant", "thumbnail"],
    ],
    "GET /videos/video_123/content": [["download-content", "--video-id", "video_123", "-o", "-"]],
    "GET /videos/a%2Fb%20c": [["retrieve", "a/b c"]],
}


@for_all(("line", "words"), [(line, words) for line, many in LOOKS.items() for words in many])
def test_looks_have_the_recorded_request_line(line, words, tmp_path):
    finished = call(tmp_path, "videos", *words)
    method, target, kind, body, accept = sent(finished)
    assert f"{method} {target.removeprefix('/v1')}" == line
    assert (kind, body) == ("", b"")
    assert accept == f"application/{'binary' if 'content' in words[0] else 'json'}"


PRETTY_JSON = """\
{
  "id": "video_123",
  "object": "video",
  "model": "sora-2",
  "status": "completed",
  "progress": 100,
  "created_at": 1712697600,
  "completed_at": 1712697700,
  "expires_at": 1712701300,
  "prompt": "x",
  "size": "720x1280",
  "seconds": "4",
  "remixed_from_video_id": null,
  "error": null
}
"""
ONE_LINE = (
    '{"id":"video_123","object":"video","model":"sora-2","status":"completed","progress":100,'
    '"created_at":1712697600,"completed_at":1712697700,"expires_at":1712701300,"prompt":"x",'
    '"size":"720x1280","seconds":"4","remixed_from_video_id":null,"error":null}\n'
)
YAML = """\
id: video_123
object: video
model: sora-2
status: completed
progress: 100
created_at: 1712697600
completed_at: 1712697700
expires_at: 1712701300
prompt: x
size: 720x1280
seconds: "4"
remixed_from_video_id: null
error: null
"""
BOX = """\
  videos retrieve
╭─────────────────────────────╮
│ id: video_123               │
│ object: video               │
│ model: sora-2               │
│ status: completed           │
│ progress: 100               │
│ created_at: 1712697600      │
│ completed_at: 1712697700    │
│ expires_at: 1712701300      │
│ prompt: x                   │
│ size: 720x1280              │
│ seconds: 4                  │
│ remixed_from_video_id: null │
│ error: null                 │
╰─────────────────────────────╯
"""
PRINTED = {
    "default": ([], PRETTY_JSON),
    "024 yaml": (["--format", "yaml"], YAML),
    "025 transform raw": (["--transform", "id", "--raw-output"], "video_123\n"),
    "026 transform": (
        ["--transform", "{id,status}"],
        '{\n  "id": "video_123",\n  "status": "completed"\n}\n',
    ),
    "027 pretty": (["--format", "pretty"], BOX),
    "028 jsonl": (["--format", "jsonl"], ONE_LINE),
    "029 explore": (["--format", "explore"], PRETTY_JSON),
    "transform that leads nowhere": (["--transform", "nope.x"], PRETTY_JSON),
}


@for_all("name", PRINTED)
def test_prints_as_recorded(name, tmp_path):
    flags, expected = PRINTED[name]
    finished = call(tmp_path, "videos", "retrieve", "video_123", *flags)
    assert (finished.status, finished.out) == (0, expected)
    warning = (
        "Warning: Output format 'explore' not supported for non-terminal output; "
        "falling back to 'json'\n"
    )
    assert finished.err == (warning if "explore" in flags else "")


def test_030_global_flags_may_come_first(tmp_path):
    finished = call(tmp_path, "--format", "jsonl", "videos", "retrieve", "video_123")
    assert finished.out == ONE_LINE


def page(*ids, more):
    data = [{**VIDEO, "id": each} for each in ids]
    first, last = (ids[0], ids[-1]) if ids else (None, None)
    return {"object": "list", "data": data, "first_id": first, "last_id": last, "has_more": more}


def test_020_list_goes_on_to_the_last_page(tmp_path):
    pages = replies(reply(page("video_123", more=True)), reply(page("video_456", more=False)))
    finished = call(tmp_path, "videos", "list", answer=pages)
    assert finished.out == PRETTY_JSON + PRETTY_JSON.replace("video_123", "video_456")
    targets = [request.url.raw_path.decode() for request in finished.requests]
    assert targets == ["/v1/videos", "/v1/videos?after=video_123"]


def test_022_raw_list_is_the_untouched_page(tmp_path):
    finished = call(tmp_path, "videos", "list", "--format", "raw", answer=reply(page(more=False)))
    assert finished.out == (
        '{"object": "list", "data": [], "first_id": null, "last_id": null, "has_more": false}\n'
    )


def test_023_max_items_ends_the_list(tmp_path):
    words = ["videos", "list", "--max-items", "1", "--limit", "1", "--format", "jsonl"]
    finished = call(tmp_path, *words, answer=reply(page("video_123", more=True)))
    assert finished.out == ONE_LINE
    assert finished.request.url.raw_path == b"/v1/videos?limit=1"


def test_035_download_says_where_it_went(tmp_path):
    finished = call(tmp_path, "videos", "download-content", "video_123", "--output", "dl.bin")
    assert finished.out == "Wrote output to: dl.bin\n"
    assert Path("dl.bin").stat().st_mode & 0o777 == 0o600


def test_006_missing_flag(tmp_path):
    finished = call(tmp_path, "videos", "create")
    assert (finished.status, finished.out, finished.requests) == (1, "", [])
    assert finished.err == (
        'Required flag "prompt" not set\n'
        "Run 'vitascope videos create --help' for usage information\n"
    )


def test_006_extra_argument(tmp_path):
    finished = call(tmp_path, "videos", "create", "--prompt", "x", "foo")
    assert (finished.status, finished.err) == (1, "Unexpected extra arguments: [foo]\n")


def test_029_bad_format(tmp_path):
    finished = call(tmp_path, "videos", "retrieve", "video_123", "--format", "nope")
    assert (finished.status, finished.out) == (1, "")
    assert finished.err.startswith('Incorrect Usage: invalid value "nope" for flag -format: ')


def test_036_stdout_is_the_content(tmp_path):
    finished = call(tmp_path, "videos", "download-content", "video_123", answer=reply("ftypisom"))
    assert finished.out == '"ftypisom"'
