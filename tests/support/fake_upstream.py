"""A fake upstream: stands for a GPU server, speaks the dialects that the engine upstream knows.

A real HTTP server on loopback that gives out real films, at sizes and rates of its own. Fields,
bodies and statuses are as read in SGLang Diffusion 0.5.23, vLLM-Omni 0.30.0 and FastVideo 0.2.1.
"""

from __future__ import annotations

import io
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import av
import numpy as np
from PIL import Image

Json = dict[str, Any]
MODELS = {
    "sglang": "Wan-AI/Wan2.2-TI2V-5B-Diffusers",
    "vllm-omni": "Wan-AI/Wan2.2-TI2V-5B-Diffusers",
    "fastvideo": "FastVideo/FastWan2.2-TI2V-5B-FullAttn-Diffusers",
}


@dataclass
class Form:
    """One create request: its text fields, and its files by name."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def image(self) -> np.ndarray[Any, Any] | None:
        """The picture to go on from."""
        content = self.files.get("input_reference")
        if content is None or content[4:8] == b"ftyp":
            return None
        return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))

    @property
    def video(self) -> bytes | None:
        """The film to change."""
        content = self.files.get("video_reference") or self.files.get("input_reference", b"")
        return content if content[4:8] == b"ftyp" else None


@dataclass
class Reply:
    """What is answered instead of the right thing; `pause` is between each two bytes of it."""

    status: int = 200
    body: bytes = b""
    hang_up: bool = False
    pause: float = 0.0
    length: int | None = None


class FakeUpstream:
    """One server of a flavour; start it, or enter it as a context.

    Attributes:
        model: what it says it serves.
        looks: how often a job is looked at until it is done.
        size: of its films; as asked by default, made a multiple of 16 by cutting off.
        fps: of its films; as asked by default.
        frames: of its films; as asked by default.
        sound: whether its films can be heard.
        fails: why jobs fail.
        key: the only key it accepts.
        replies: by "create", "look", "fetch", "delete" and "models": what is answered instead,
            the first of them first.
        created: every request that was taken, in order.
        deleted: ids of the jobs that were deleted.
    """

    def __init__(self, flavour: str, *, looks: int = 2, sound: bool = False) -> None:
        self.flavour = flavour
        self.model = MODELS[flavour]
        self.looks = looks
        self.size: tuple[int, int] | None = None
        self.fps: int | None = None
        self.frames: int | None = None
        self.sound = sound
        self.fails: str | None = None
        self.key: str | None = None
        self.replies: dict[str, list[Reply]] = {}
        self.created: list[Form] = []
        self.deleted: list[str] = []
        self.looked = 0
        self.headers: list[Json] = []
        self._jobs: dict[str, Json] = {}
        self._port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def start(self) -> FakeUpstream:
        """Listen; on the same port after a stop, but nothing is remembered."""
        fake = self

        class Handler(_Handler):
            upstream = fake

        self._server = _Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def stop(self) -> None:
        """Hang up and forget every job."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None
        self._jobs.clear()

    def __enter__(self) -> FakeUpstream:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def forget(self) -> None:
        """Lose every job, as a restart does."""
        self._jobs.clear()

    @property
    def jobs(self) -> list[str]:
        """Ids of the jobs that are remembered."""
        return list(self._jobs)

    def create(self, form: Form) -> tuple[int, Json]:
        """A new job, or why not."""
        model = form.fields.get("model")
        if self.flavour == "vllm-omni" and model is not None and model != self.model:
            return 400, {"detail": f"Model mismatch: request specifies '{model}'."}
        self.created.append(form)
        name = f"video_gen_{uuid.uuid4().hex}"
        self._jobs[name] = {"form": form, "looked": 0}
        return 200, self._job(name)

    def look(self, name: str) -> tuple[int, Json]:
        """A job as its flavour tells it; every look brings it on."""
        if name not in self._jobs:
            return 404, {"detail": "Video not found"}
        self.looked += 1
        self._jobs[name]["looked"] += 1
        job = self._job(name)
        bad = job["status"] == "failed" and self.flavour == "vllm-omni"
        return (500 if bad else 200), job

    def _job(self, name: str) -> Json:
        looked = self._jobs[name]["looked"]
        job: Json = {"id": name, "object": "video", "progress": 0, "error": None}
        if looked < self.looks:
            waiting = "queued" if looked == 0 or self.flavour == "fastvideo" else "in_progress"
            progress = 99 * looked // self.looks if self.flavour == "sglang" else 0
            return job | {"status": waiting, "progress": progress}
        if self.fails is not None:
            error: Json = {"message": self.fails}
            if self.flavour == "vllm-omni":
                error["code"] = 500
            return job | {"status": "failed", "error": error}
        return job | {"status": "completed", "progress": 100}

    def fetch(self, name: str) -> tuple[int, bytes]:
        """The film of a job."""
        if name not in self._jobs:
            return 404, b'{"detail": "Video not found"}'
        form: Form = self._jobs[name]["form"]
        width, height = map(int, form.fields["size"].split("x"))
        size = self.size or (width // 16 * 16, height // 16 * 16)
        return 200, film(
            size,
            self.frames or int(form.fields["num_frames"]),
            self.fps or int(form.fields["fps"]),
            start=form.image,
            source=form.video,
            sound=self.sound,
        )

    def delete(self, name: str) -> tuple[int, Json]:
        """Forget a job."""
        self.deleted.append(name)
        if self._jobs.pop(name, None) is None:
            return 404, {"detail": "Video not found"}
        return 200, {"id": name, "object": "video.deleted", "deleted": True}


def film(
    size: tuple[int, int],
    frames: int,
    fps: int,
    *,
    start: np.ndarray[Any, Any] | None = None,
    source: bytes | None = None,
    sound: bool = False,
) -> bytes:
    """A film that brightens slowly: from a picture, or a source with its colours turned round."""
    pictures = [] if source is None else _negatives(source)
    ground = np.full((size[1], size[0], 3), 60, np.uint8)
    if start is not None:
        ground = np.asarray(Image.fromarray(start).resize(size))
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as new:
        picture = new.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "crf": "12"})
        picture.width, picture.height = size
        picture.pix_fmt = "yuv420p"
        track = new.add_stream("aac", rate=44_100, layout="stereo") if sound else None
        for number in range(frames):
            image = ground + np.uint8(min(number // 2, 100)) // 2
            if pictures:
                image = np.asarray(
                    Image.fromarray(pictures[min(number, len(pictures) - 1)]).resize(size)
                )
            new.mux(picture.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        new.mux(picture.encode(None))
        if track is not None:
            for first in range(0, frames * 44_100 // fps, 1024):
                new.mux(track.encode(_tone(first)))
            new.mux(track.encode(None))
    return out.getvalue()


def _negatives(source: bytes) -> list[np.ndarray[Any, Any]]:
    with av.open(io.BytesIO(source)) as old:
        return [255 - frame.to_ndarray(format="rgb24") for frame in old.decode(video=0)]


def _tone(first: int) -> av.AudioFrame:
    wave = 0.3 * np.sin(2 * np.pi * 330 * (first + np.arange(1024)) / 44_100)
    tone = av.AudioFrame.from_ndarray(np.tile(wave.astype(np.float32), (2, 1)), "fltp", "stereo")
    tone.sample_rate, tone.pts, tone.time_base = 44_100, first, Fraction(1, 44_100)
    return tone


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are none of the test's business."""


class _Handler(BaseHTTPRequestHandler):
    upstream: FakeUpstream
    protocol_version = "HTTP/1.0"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        kind = self.headers["content-type"]
        assert kind.startswith("multipart/form-data"), kind
        self._answer("create", lambda: self.upstream.create(_form(kind, body)))

    def do_GET(self) -> None:
        parts = self.path.removeprefix("/v1/").split("/")
        if parts == ["models"]:
            card = {"id": self.upstream.model, "object": "model", "root": self.upstream.model}
            self._answer("models", lambda: (200, {"object": "list", "data": [card]}))
        elif parts[-1] == "content":
            self._answer("fetch", lambda: self.upstream.fetch(parts[1]))
        else:
            self._answer("look", lambda: self.upstream.look(parts[1]))

    def do_DELETE(self) -> None:
        self._answer("delete", lambda: self.upstream.delete(self.path.rpartition("/")[2]))

    def _answer(self, what: str, right: Any) -> None:
        fake = self.upstream
        fake.headers.append(dict(self.headers.items()))
        if fake.key is not None and self.headers.get("authorization") != f"Bearer {fake.key}":
            self._send(Reply(401, b'{"error": "Unauthorized"}'))
        elif fake.replies.get(what):
            self._send(fake.replies[what].pop(0))
        else:
            status, body = right()
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self._send(Reply(status, content))

    def _send(self, reply: Reply) -> None:
        if reply.hang_up and not reply.body:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("content-length", str(reply.length or len(reply.body)))
        self.end_headers()
        if not reply.pause:
            self.wfile.write(reply.body)
            return
        for byte in reply.body:
            self.wfile.write(bytes([byte]))
            time.sleep(reply.pause)

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""


def _form(kind: str, body: bytes) -> Form:
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    form = Form()
    for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_filename() is None:
            form.fields[name] = content.decode()
        else:
            form.files[name] = content
    return form
