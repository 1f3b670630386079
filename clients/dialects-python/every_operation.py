"""Videos by the Python packages of OpenRouter, Replicate and Google: the address is what changes.

VITASCOPE_URL says where the server is; picture.png lies in this folder.
"""

import base64
import json
import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue

import httpx
import replicate
from google import genai
from google.genai import types
from openrouter import OpenRouter, errors
from replicate.webhook import InvalidSignatureError, Webhooks

URL = os.environ["VITASCOPE_URL"]
KEY = "any"
PICTURE_BASE64 = base64.b64encode(Path("picture.png").read_bytes()).decode()


def check(film: bytes) -> None:
    """Make sure that it is a film."""
    assert film[4:8] == b"ftyp", film[:20]


def by_openrouter() -> None:
    """Begin with a picture, poll, download; a length that is refused."""
    client = OpenRouter(server_url=f"{URL}/api/v1", api_key=KEY)
    picture = f"data:image/png;base64,{PICTURE_BASE64}"
    job = client.video_generation.generate(
        model="sora-2",
        prompt="A fox runs past",
        duration=2,
        frame_images=[
            {"type": "image_url", "image_url": {"url": picture}, "frame_type": "first_frame"}
        ],
    )
    while job.status in ("pending", "in_progress"):
        time.sleep(0.2)
        job = client.video_generation.get_generation(job_id=job.id)
    assert job.status == "completed", job
    content = client.video_generation.get_video_content(job_id=job.id)
    check(content.read())
    assert any(each.id == "sora-2" for each in client.video_generation.list_videos_models().data)
    try:
        client.video_generation.generate(model="sora-2", prompt="x", duration=100)
    except errors.BadRequestResponseError as error:
        assert "duration" in str(error)
    else:
        raise AssertionError("a film of 100 seconds was taken")


def by_replicate() -> None:
    """Run with an uploaded picture, download; cancel."""
    client = replicate.Client(base_url=URL, api_token=KEY)
    with Path("picture.png").open("rb") as picture:
        inputs = {"prompt": "An owl flies past", "image": picture, "duration": 2}
        output = client.run("vitascope/sora-2", input=inputs)
    check(httpx.get(output).content)  # an http address stays text
    prediction = client.predictions.create(
        version="sora-2", input={"prompt": "A slow river", "duration": 20}
    )
    prediction.cancel()
    assert client.predictions.get(prediction.id).status == "canceled"


class Receiver(BaseHTTPRequestHandler):
    """Puts each delivery's headers and body into a queue."""

    deliveries: "Queue[tuple[dict[str, str], str]]" = Queue()

    def do_POST(self) -> None:
        """Take a delivery."""
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.send_response(204)
        self.end_headers()
        self.deliveries.put((dict(self.headers), body))


def by_replicates_webhook() -> None:
    """The package itself verifies what the server sends when the prediction ends."""
    client = replicate.Client(base_url=URL, api_token=KEY)
    secret = client.webhooks.default.secret()
    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        prediction = client.predictions.create(
            version="sora-2",
            input={"prompt": "A stork lands", "duration": 2},
            webhook=f"http://127.0.0.1:{receiver.server_port}/",
            webhook_events_filter=["completed"],
        )
        receiver.timeout = 120
        receiver.handle_request()
    headers, body = Receiver.deliveries.get(timeout=1)
    Webhooks.validate(headers=headers, body=body, secret=secret)
    try:
        Webhooks.validate(headers=headers, body=f"{body} ", secret=secret)
    except InvalidSignatureError:
        pass
    else:
        raise AssertionError("a changed body was taken")
    sent = json.loads(body)
    assert (sent["id"], sent["status"]) == (prediction.id, "succeeded"), sent


def by_google() -> None:
    """An interaction, and an operation in enterprise mode."""
    client = genai.Client(api_key=KEY, http_options={"base_url": URL})
    made = client.interactions.create(
        model="sora-2",
        input=[
            {"type": "text", "text": "A sailing ship at dawn"},
            {"type": "image", "data": PICTURE_BASE64, "mime_type": "image/png"},
        ],
        background=True,
        response_format={"type": "video", "duration": "2s"},
    )
    while made.status in ("queued", "in_progress"):
        time.sleep(0.2)
        made = client.interactions.get(made.id)
    assert made.status == "completed", made
    check(client.files.download(file=types.Video(uri=made.output_video.uri)))

    vertex = genai.Client(vertexai=True, api_key=KEY, http_options={"base_url": URL})
    operation = vertex.models.generate_videos(
        model="sora-2", prompt="A camel in the desert", config={"duration_seconds": 2}
    )
    while not operation.done:
        time.sleep(0.2)
        operation = vertex.operations.get(operation)
    check(operation.response.generated_videos[0].video.video_bytes)


by_openrouter()
by_replicate()
by_replicates_webhook()
by_google()
