"""n8n's OpenAI node, "Generate a Video": a form, a look every few seconds, a streamed download.

The form is built by the npm package `form-data`: parts without a type, the seconds as digits, and
the picture under the name and type that the workflow's binary field has.
"""

import pytest
from film_checks import decode_film, picture

BOUNDARY = "--------------------------515890814546601021194782"
FORM = {
    "Accept": "application/json,text/html,application/xhtml+xml,text/*;q=0.9, */*;q=0.1",
    "Authorization": "Bearer sk-n8n",
    "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    "User-Agent": "n8n",
}


def part(name, content, *, filename=None, kind=None):
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if filename:
        disposition += f'; filename="{filename}"'
    head = [f"--{BOUNDARY}", disposition, *([f"Content-Type: {kind}"] if kind else [])]
    return "\r\n".join([*head, "", ""]).encode() + content + b"\r\n"


def form(*more, seconds="4"):
    fields = {
        "model": "sora-2",
        "prompt": "A video of a cat playing with a ball",
        "seconds": seconds,
        "size": "1280x720",
    }
    parts = [part(name, text.encode()) for name, text in fields.items()]
    return b"".join([*parts, *more]) + f"--{BOUNDARY}--\r\n".encode()


@pytest.fixture(scope="module")
def http(plain_server):
    return plain_server.http


def test_a_video_is_generated(plain_server, http):
    created = http.post("/videos", headers=FORM, content=form())
    assert created.status_code == 200, created.text
    # The node takes any `error` that is not null for the end.
    assert created.json()["error"] is None
    job = plain_server.wait_until(created.json()["id"], "completed")
    with http.stream("GET", f"/videos/{job['id']}/content") as content:
        assert content.headers["content-type"] == "video/mp4"
        assert decode_film(content.read()).size == (1280, 720)


def test_a_reference_comes_as_a_file(http):
    image = part("input_reference", picture((1280, 720)), filename="image.png", kind="image/png")
    created = http.post("/videos", headers=FORM, content=form(image))
    assert created.status_code == 200, created.text


def test_an_unsupported_length_is_refused_with_a_message(http):
    refused = http.post("/videos", headers=FORM, content=form(seconds="5"))
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "seconds"
