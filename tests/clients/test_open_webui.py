"""Open WebUI's video connection of the kind "OpenAI compatible".

Its documentation tells of a connection to a server of this API, of prompts and of pictures to start
from. It shows no requests, so both forms that the API has are tried, with the seconds as the whole
number that such settings are.
"""

import base64

import pytest
from film_checks import decode_film, picture

KEY = {"Authorization": "Bearer sk-open-webui"}
FIELDS = {"model": "sora-2", "prompt": "A heron in the mist", "size": "1280x720"}


@pytest.fixture(scope="module")
def http(plain_server):
    return plain_server.http


def test_the_models_are_listed(http):
    models = http.get("/models", headers=KEY).json()
    assert models["object"] == "list"
    assert {"sora-2", "sora-2-pro"} <= {each["id"] for each in models["data"]}


def test_a_video_comes_from_a_prompt(plain_server, http):
    created = http.post("/videos", headers=KEY, json={**FIELDS, "seconds": 4})
    assert created.status_code == 200, created.text
    job = created.json()
    assert (job["status"], job["seconds"]) == ("queued", "4")
    plain_server.wait_until(job["id"], "completed")
    content = http.get(f"/videos/{job['id']}/content", headers=KEY)
    assert content.headers["content-type"] == "video/mp4"
    film = decode_film(content.content)
    assert (film.size, film.frames) == ((1280, 720), 4 * 24)


def test_a_picture_is_sent_inside_the_json(http):
    url = "data:image/png;base64," + base64.b64encode(picture((1280, 720))).decode()
    body = {**FIELDS, "seconds": 8, "input_reference": {"image_url": url}}
    created = http.post("/videos", headers=KEY, json=body)
    assert created.status_code == 200, created.text
    assert created.json()["seconds"] == "8"


def test_a_picture_is_sent_as_a_file(http):
    picture_file = {"input_reference": ("image.png", picture((1280, 720)), "image/png")}
    created = http.post("/videos", headers=KEY, data={**FIELDS, "seconds": "4"}, files=picture_file)
    assert created.status_code == 200, created.text


def test_an_unsupported_length_is_refused_with_a_message(http):
    refused = http.post("/videos", headers=KEY, json={**FIELDS, "seconds": 5})
    assert refused.status_code == 400
    assert refused.json()["error"]["message"] == (
        "Invalid value: '5'. Supported values are: '4', '8', '12', '16', and '20'."
    )


@pytest.mark.parametrize("seconds", [4.5, True, [4]])
def test_only_whole_numbers_are_lengths(http, seconds):
    refused = http.post("/videos", headers=KEY, json={**FIELDS, "seconds": seconds})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_type")
