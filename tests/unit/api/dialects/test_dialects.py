"""What holds for every dialect: one queue, one store, keys, repetitions, refusals, switches."""

import asyncio
import base64
import dataclasses
import re
import types
from pathlib import Path

import pytest
import sqlalchemy as sa
from api_client import client_for, opened
from sweeps import for_all

from vitascope import config
from vitascope.api.app import build_app
from vitascope.api.dialects import table
from vitascope.errors import ConfigError
from vitascope.store.keys import Keys
from vitascope.store.tables import idempotency

pytestmark = pytest.mark.anyio
DATABASES = ["sqlite"]
DOCS = Path(__file__).parents[4] / "docs" / "dialects"

GEMINI = "/v1beta/models/sora-2:predictLongRunning"
GATEWAY = {"ai-model-id": "sora-2", "ai-gateway-protocol-version": "0.0.1"}


async def by_openrouter(client, **more):
    answer = await client.post(
        "/api/v1/videos", json={"model": "sora-2", "prompt": "A fox", **more}
    )
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


async def by_xai(client, **more):
    answer = await client.post("/v1/videos/generations", json={"prompt": "A fox", **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["request_id"].replace("xai-", "video_")


async def by_replicate(client, **more):
    path = "/v1/models/openai/sora-2/predictions"
    answer = await client.post(path, json={"input": {"prompt": "A fox", **more}})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def by_gemini(client, **more):
    answer = await client.post(GEMINI, json={"instances": [{"prompt": "A fox", **more}]})
    assert answer.status_code == 200, answer.text
    return "video_" + answer.json()["name"].rpartition("/")[2]


async def by_interactions(client, **more):
    payload = {"model": "sora-2", "input": "A fox", "background": True, **more}
    answer = await client.post("/v1/interactions", json=payload)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


async def by_gateway(client, **more):
    payload = {"prompt": "A fox", "n": 1, **more}
    answer = await client.post("/v4/ai/video-model/start", json=payload, headers=GATEWAY)
    assert answer.status_code == 200, answer.text
    return answer.json()["operation"]["ids"][0]


MAKERS = [by_openrouter, by_xai, by_replicate, by_gemini, by_interactions, by_gateway]
EACH = pytest.mark.parametrize("make", MAKERS, ids=[make.__name__ for make in MAKERS])


def addresses(video_id):
    """Where each dialect shows a video."""
    digits = video_id.removeprefix("video_")
    return (
        f"/v1/videos/{video_id}",
        f"/openai/v1/videos/{video_id}?api-version=preview",
        f"/api/v1/videos/{video_id}",
        f"/v1/videos/xai-{digits}",
        f"/v1/predictions/{video_id}",
        f"/v1beta/models/sora-2/operations/{digits}",
        f"/v1/interactions/{video_id}",
    )


@EACH
async def test_a_job_of_one_dialect_is_visible_through_all(client, complete, make):
    video_id = await make(client)
    seen = [(await client.get(address)).status_code for address in addresses(video_id)]
    assert seen == [200, 200, 200, 202, 200, 200, 200]  # xAI answers 202 while a job goes on
    video = (await client.get(f"/v1/videos/{video_id}")).json()
    assert (video["prompt"], video["size"], video["seconds"]) == ("A fox", "1280x720", "4")
    await complete(video_id, b"a film")
    for address in addresses(video_id):
        assert (await client.get(address)).status_code == 200, address


async def test_the_films_of_all_answers_can_be_had_without_a_key(services, client, complete):
    video_id = await by_openrouter(client)
    await complete(video_id, b"a film")
    digits = video_id.removeprefix("video_")
    job = (await client.get(f"/api/v1/videos/{video_id}")).json()
    xai = (await client.get(f"/v1/videos/xai-{digits}")).json()
    prediction = (await client.get(f"/v1/predictions/{video_id}")).json()
    # The AI SDK downloads nothing from private addresses.
    forms = {}
    for agent in (
        "ai/7.0.173 ai-sdk-provider-utils/5.0.81 node.js/22",
        "ai-sdk-xai/5.0.12 node.js/22",
        "google-genai-sdk/2.32.0 gl-node/v22.23.3",
        "node",
    ):
        answer = await client.get(f"/v1/videos/xai-{digits}", headers={"user-agent": agent})
        forms[agent[:3]] = answer.json()["video"]["url"].partition(":")[0]
    assert forms == {"ai/": "data", "ai-": "data", "goo": "http", "nod": "http"}
    sdk = {"user-agent": "ai/7.0.173"}
    inline = (await client.get(f"/v1/videos/xai-{digits}", headers=sdk)).json()["video"]["url"]
    await Keys(services.database).create("other")
    services.api_keys.forget()
    urls = [job["unsigned_urls"][0], xai["video"]["url"], prediction["output"]]
    for url in urls:
        assert (await client.get(url)).content == b"a film", url
    assert base64.b64decode(inline.removeprefix("data:video/mp4;base64,")) == b"a film"


@EACH
async def test_a_repeated_create_finds_its_job(services, client, complete, make):
    first = await make(client)
    assert await make(client) == first
    await complete(first)
    # The job was made and ended in 1970: no client repeats for so long, so it wants a new film.
    async with services.database.begin() as connection:
        await connection.execute(sa.update(idempotency).values(at=1.5))
    second = await make(client)
    assert second != first
    assert await make(client) == second


async def test_equal_requests_at_once_are_several_films(client):
    # So `n: 2` arrives from the AI SDK, for services that make one film at a time.
    ids = await asyncio.gather(*(by_openrouter(client) for _ in range(3)))
    assert len(set(ids)) == 3
    assert await by_openrouter(client) in ids


async def test_an_idempotency_key_is_honoured(client):
    async def send(key, prompt="A fox"):
        headers = {"idempotency-key": key}
        payload = {"model": "sora-2", "prompt": prompt}
        return await client.post("/v1/videos/generations", json=payload, headers=headers)

    answers = [await send(key) for key in ("a", "a", "b")]
    ids = [answer.json()["request_id"] for answer in answers]
    assert ids[0] == ids[1] != ids[2]
    other = await send("a", "An owl")
    assert (other.status_code, other.json()["code"]) == (400, "idempotency_key_reused")


async def test_several_films_of_one_request(client, complete):
    payload = {"instances": [{"prompt": "A fox"}], "parameters": {"sampleCount": 2, "seed": 7}}
    name = (await client.post(GEMINI, json=payload)).json()["name"]
    ids = [f"video_{digits}" for digits in name.rpartition("/")[2].split("-")]
    assert [(await client.get(f"/v1/videos/{one}")).json()["seed"] for one in ids] == [7, 8]
    await complete(ids[0], b"a film")
    assert "done" not in (await client.get(f"/v1beta/{name}")).json()
    await client.post(f"/v1/videos/{ids[1]}/cancel")
    answered = (await client.get(f"/v1beta/{name}")).json()["response"]["generateVideoResponse"]
    assert (len(answered["generatedSamples"]), answered["raiMediaFilteredCount"]) == (1, 1)


@pytest.fixture
async def crowded(make_settings, tmp_path):
    """A client of a server that takes three waiting jobs."""
    settings = config.load(
        database=f"sqlite:///{tmp_path / 'vitascope.db'}",
        data_dir=tmp_path / "data",
        max_queued_per_project=3,
    )
    async with opened(settings) as services, client_for(build_app(services)) as client:
        yield client


async def test_too_many_films_leave_nothing_behind(services, crowded):
    for count, status in ((0, 400), (5, 400), (4, 429)):
        payload = {"instances": [{"prompt": "x"}], "parameters": {"sampleCount": count}}
        answer = await crowded.post(GEMINI, json=payload)
        assert answer.status_code == status, answer.text
    assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert (await crowded.get("/v1/videos")).json()["data"] == []


SOURCED = {
    "openrouter": lambda id: ("/api/v1/videos", {"model": "sora-2", "previous_job_id": id}),
    "gemini": lambda id: (
        GEMINI,
        {"instances": [{"video": {"uri": f"http://localhost/v1beta/files/v{id[6:]}"}}]},
    ),
    "interactions": lambda id: (
        "/v1/interactions",
        {
            "model": "sora-2",
            "input": "On",
            "background": True,
            "previous_interaction_id": id,
            "generation_config": {"video_config": {"task": "extend"}},
        },
    ),
}


@pytest.mark.parametrize("dialect", SOURCED)
async def test_a_film_is_continued_or_changed(client, complete, dialect):
    source = await by_openrouter(client)
    await complete(source, b"a film")
    path, payload = SOURCED[dialect](source)
    if "instances" in payload:
        payload["instances"][0]["prompt"] = "On"
    else:
        payload |= {"prompt": "On", "duration": 4} if dialect == "openrouter" else {}
    answer = await client.post(path, json=payload)
    assert answer.status_code in (200, 202), answer.text
    newest = (await client.get("/v1/videos")).json()["data"][0]
    assert newest["seconds"] == "8"
    edges = (await client.get(f"/v1/videos/{newest['id']}/lineage")).json()["edges"]
    assert [(edge["parent"], edge["relation"]) for edge in edges] == [(source, "extension")]


FIRST = {"type": "image_url", "image_url": {"url": "x"}, "frame_type": "first_frame"}


@pytest.mark.parametrize(
    ("path", "payload", "named"),
    [
        ("/api/v1/videos", {"frame_images": [FIRST, FIRST]}, "frame_images[1].image_url.url"),
        ("/api/v1/videos", {"previous_job_id": "x", "generate_audio": False}, "generate_audio"),
        ("replicate", {"video": "x", "mode": "edit", "duration": 4}, "input.duration"),
        ("replicate", {"guidance_scale": 101}, "guidance_scale"),
        ("replicate", {"video": "x"}, "input.mode"),
    ],
)
async def test_nothing_that_is_asked_for_is_dropped(client, path, payload, named):
    payload = {"prompt": "x", **payload}
    body = {"input": payload} if path == "replicate" else {"model": "sora-2", **payload}
    path = "/v1/models/a/sora-2/predictions" if path == "replicate" else path
    answer = await client.post(path, json=body)
    assert answer.status_code == 400
    assert f"'{named}'" in answer.text


class TestSharedPaths:
    async def test_an_edit_of_xai_names_a_film_by_its_link(self, client, complete):
        source = await by_xai(client)
        await complete(source, b"a film")
        url = (await client.get(f"/v1/videos/xai-{source[6:]}")).json()["video"]["url"]
        edited = await client.post(
            "/v1/videos/edits", json={"prompt": "Snow", "video": {"url": url}}
        )
        assert set(edited.json()) == {"request_id"}
        newest = (await client.get("/v1/videos")).json()["data"][0]
        assert newest["remixed_from_video_id"] == source
        # The same path with OpenAI's body.
        answer = await client.post(
            "/v1/videos/edits", json={"prompt": "Snow", "video": {"id": source}}
        )
        assert answer.json()["object"] == "video"

    @pytest.mark.parametrize(
        ("path", "body", "named"),
        [
            ("edits", {"video": {"url": "x", "id": "video_1"}}, "video.id"),
            ("extensions", {"video": {"url": "x"}, "seconds": "4"}, "seconds"),
        ],
    )
    async def test_a_body_of_two_dialects_is_refused(self, client, path, body, named):
        answer = await client.post(f"/v1/videos/{path}", json={"prompt": "x", **body})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "ambiguous_request")
        assert named in error["message"]

    async def test_uploads_are_distinguished_by_their_fields(self, client, png):
        file = ("a.png", png)
        openai = await client.post("/v1/files", files={"file": file}, data={"purpose": "vision"})
        xai = await client.post("/v1/files", files={"file": file})
        replicate = await client.post("/v1/files", files={"content": file})
        both = await client.post("/v1/files", files={"content": file, "file": file})
        assert openai.json()["purpose"] == "vision"
        assert xai.json()["purpose"] == ""
        assert replicate.json()["urls"]["get"].endswith(replicate.json()["id"])
        assert (both.status_code, both.json()["error"]["code"]) == (400, "ambiguous_request")
        for uploaded in (openai, replicate):
            url = f"http://localhost/v1/files/{uploaded.json()['id']}"
            made = await by_replicate(client, image=url)
            edges = (await client.get(f"/v1/videos/{made}/lineage")).json()["edges"]
            assert edges[0]["parent"].startswith("file-")
        assert (await client.delete(f"/v1/files/{replicate.json()['id']}")).status_code == 204


async def test_keys_come_in_the_headers_of_each_dialect(services, client):
    _, secret = await Keys(services.database).create("films")
    services.api_keys.forget()
    model = "/v1beta/models/sora-2/operations/x"
    for path, headers, admitted in (
        ("/openai/v1/videos?api-version=v1", {"api-key": secret}, 200),
        ("/openai/v1/videos", {"authorization": f"Bearer {secret}"}, 200),
        ("/openai/v1/videos", {"api-key": "wrong"}, 401),
        ("/v1/videos", {"api-key": secret}, 401),
        ("/api/v1/videos/models", {"authorization": f"Bearer {secret}"}, 200),
        ("/api/v1/videos/models", {}, 401),
        ("/v1/predictions", {"authorization": f"Token {secret}"}, 200),
        (model, {"x-goog-api-key": secret}, 404),
        (f"{model}?key={secret}", {}, 404),
        (model, {"x-goog-api-key": "wrong"}, 401),
        ("/v4/ai/config", {"authorization": f"Bearer {secret}"}, 200),
        ("/v4/ai/config", {}, 401),
    ):
        answer = await client.get(path, headers=headers)
        assert answer.status_code == admitted, (path, headers, answer.text)
    error = (await client.get(model)).json()["error"]
    assert (error["code"], error["status"]) == (401, "UNAUTHENTICATED")
    error = (await client.get("/v4/ai/config")).json()["error"]
    assert error["type"] == "authentication_error"


async def test_no_dialect_shows_another_projects_videos(services, client):
    video_id = await by_openrouter(client)
    _, secret = await Keys(services.database).create("other")
    services.api_keys.forget()
    headers = {"authorization": f"Bearer {secret}", "x-goog-api-key": secret}
    for address in addresses(video_id):
        assert (await client.get(address, headers=headers)).status_code == 404, address
    status = {"operation": {"ids": [video_id]}}
    answer = await client.post("/v4/ai/video-model/status", json=status, headers=headers)
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found")


async def test_no_dialect_starts_from_another_projects_video(services, client, complete):
    video_id = await by_openrouter(client)
    await complete(video_id)
    link = (await client.get(f"/v1/predictions/{video_id}")).json()["output"]
    uri = f"http://localhost/v1beta/files/v{video_id[6:]}"
    _, secret = await Keys(services.database).create("other")
    services.api_keys._read_at = float("-inf")
    headers = {"authorization": f"Bearer {secret}", "x-goog-api-key": secret}
    prompt = {"prompt": "On"}
    for path, body in (
        ("/api/v1/videos", {"model": "sora-2", **prompt, "previous_job_id": video_id}),
        ("/v1/videos/edits", {**prompt, "video": {"url": link}}),
        (
            "/v1/models/a/sora-2/predictions",
            {"input": {**prompt, "video": link, "mode": "extend"}},
        ),
        (GEMINI, {"instances": [{**prompt, "video": {"uri": uri}}]}),
        SOURCED["interactions"](video_id),
    ):
        answer = await client.post(path, json=body, headers=headers)
        assert answer.status_code == 404, (path, answer.text)
    cancelled = await client.post(f"/v1/predictions/{video_id}/cancel", headers=headers)
    assert cancelled.status_code == 404
    videos = await services.videos.page(project="other", after=None, limit=9, newest_first=True)
    assert videos == ([], False)


async def test_each_dialect_can_be_switched_off(services):
    off = services.settings.model_copy(update={"dialects": ()})
    async with client_for(build_app(dataclasses.replace(services, settings=off))) as client:
        for path in (*addresses("video_1")[1:4], *addresses("video_1")[5:], "/v1/predictions"):
            answer = await client.get(path)
            assert (answer.status_code, set(answer.json())) == (404, {"error"}), path
        answer = await client.post("/v1/videos/edits", json={"prompt": "x", "video": {"url": "x"}})
        assert answer.json()["error"]["code"] == "unknown_parameter"
    one = services.settings.model_copy(update={"dialects": ("openrouter",)})
    async with client_for(build_app(dataclasses.replace(services, settings=one))) as client:
        assert (await client.get("/api/v1/videos/models")).status_code == 200
        assert (await client.get("/v4/ai/config")).status_code == 404


@for_all(
    ("url", "why"),
    [
        ("http://192.0.2.1/a.png", "only https"),
        ("https://127.0.0.1/a.png", "no public internet address"),
        ("https://[::1]/a.png", "no public internet address"),
        ("ftp://x/a.png", "expected an https URL"),
        ("data:image/png;base64,!", "base64"),
        ("data:text/plain;base64,aGVsbG8=", "unsupported mimetype"),
        ("file-" + "0" * 48, "No such File"),
        ("https://user:pass@example.com/a.png", "user name or password"),
    ],
)
async def test_references_are_fetched_by_the_rules_of_input_reference(client, url, why):
    picture = {"type": "image_url", "image_url": {"url": url}, "frame_type": "first_frame"}
    payload = {"model": "sora-2", "prompt": "x", "frame_images": [picture]}
    answer = await client.post("/api/v1/videos", json=payload)
    assert answer.status_code in (400, 404), answer.text
    assert why in answer.json()["error"]["message"]
    assert (await client.get("/v1/videos")).json()["data"] == []


async def test_a_long_data_url_is_a_first_frame(client, png):
    padded = base64.b64encode(png + bytes(2 * 1024**2)).decode()
    await by_xai(client, image={"url": f"data:image/png;base64,{padded}"})
    await by_gemini(client, image={"bytesBase64Encoded": padded, "mimeType": "image/png"})
    video_id = await by_gateway(
        client, image={"type": "file", "mediaType": "image/png", "data": padded}
    )
    assert (await client.get(f"/v1/videos/{video_id}")).json()["status"] == "queued"


@for_all(
    ("payload", "size"),
    [
        ({}, "1280x720"),
        ({"aspect_ratio": "9:16"}, "720x1280"),
        ({"aspect_ratio": "1:1", "resolution": "480p"}, "480x480"),
        ({"resolution": "480p"}, "856x480"),
        ({"size": "1024x576"}, "1024x576"),
        ({"size": "1280x720", "aspect_ratio": "16:9", "resolution": "720p"}, "1280x720"),
        ({"aspect_ratio": "21:9", "resolution": "1080p"}, "2520x1080"),
    ],
)
async def test_sizes_are_said_in_many_ways(client, payload, size):
    video_id = await by_openrouter(client, **payload)
    assert (await client.get(f"/v1/videos/{video_id}")).json()["size"] == size


@for_all(
    ("payload", "param"),
    [
        ({"size": "854x480"}, "size"),
        ({"size": "64x64"}, "size"),
        ({"size": "3840x2160"}, "size"),
        ({"size": "wide"}, "size"),
        ({"size": "1280x720", "aspect_ratio": "9:16"}, "size"),
        ({"size": "1280x720", "resolution": "1080p"}, "size"),
        ({"aspect_ratio": "adaptive"}, "aspect_ratio"),
        ({"resolution": "4K"}, "resolution"),
        ({"duration": 0.5}, "duration"),
        ({"duration": 21}, "duration"),
        ({"seed": -1}, "seed"),
        ({"seed": "7"}, "seed"),
        ({"generate_audio": False}, "generate_audio"),
        ({"prompt": ""}, "prompt"),
        ({"frame_images": [{"frame_type": "first_frame"}]}, "frame_images[0].image_url"),
        ({"input_references": [{"type": "image_url"}]}, "input_references[0]"),
        ({"width": 5}, "width"),
        ({"creativity": 0}, "creativity"),
        ({"provider": {"options": {"x": {}}}}, "provider"),
    ],
)
async def test_what_can_not_be_honoured_is_refused_by_its_name(client, payload, param):
    sent = {"model": "sora-2", "prompt": "x", **payload}
    answer = await client.post("/api/v1/videos", json=sent)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["metadata"]["param"]) == (400, 400, param)


@pytest.mark.parametrize(
    "header", ["ai-gateway-protocol-version", "ai-video-model-specification-version"]
)
async def test_unknown_versions_in_a_header_are_refused(client, header):
    headers = {**GATEWAY, header: "9.9"}
    answer = await client.post("/v4/ai/video-model", json={"prompt": "x"}, headers=headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, {"name": header})


async def test_a_model_that_does_not_exist_is_named(client):
    headers = {**GATEWAY, "ai-model-id": "google/veo-9"}
    answer = await client.post("/v4/ai/video-model", json={"prompt": "x"}, headers=headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (404, "model_not_found")
    assert error["param"] == {"modelId": "google/veo-9"}
    by_path = await client.post(GEMINI.replace("sora-2", "veo-9"), json={"instances": [{}]})
    assert by_path.json()["error"]["status"] == "NOT_FOUND"
    job = await client.post("/api/v1/videos", json={"model": "veo-9", "prompt": "x"})
    assert (job.status_code, job.json()["error"]["code"]) == (404, 404)


async def test_a_resumable_upload_of_several_parts(client, png):
    start = await client.post(
        "/upload/v1beta/files",
        json={"file": {"mimeType": "image/png", "displayName": "p"}},
        headers={"x-goog-upload-protocol": "resumable", "x-goog-upload-command": "start"},
    )
    address = start.headers["x-goog-upload-url"]
    first = {"x-goog-upload-command": "upload", "x-goog-upload-offset": "0"}
    assert (await client.post(address, content=png[:20], headers=first)).status_code == 200
    last = {"x-goog-upload-command": "upload, finalize", "x-goog-upload-offset": "20"}
    done = await client.post(address, content=png[20:], headers=last)
    assert done.headers["x-goog-upload-status"] == "final"
    file = done.json()["file"]
    assert (file["sizeBytes"], file["mimeType"], file["state"]) == (
        str(len(png)),
        "image/png",
        "ACTIVE",
    )
    got = await client.get(f"/v1beta/{file['name']}:download?alt=media")
    assert got.content == png
    wrong = await client.post(address, content=b"x", headers=first)
    assert (wrong.status_code, wrong.json()["error"]["status"]) == (404, "NOT_FOUND")


async def test_cancelled_and_failed_jobs_in_each_form(services, client):
    video_id = await by_openrouter(client)
    digits = video_id.removeprefix("video_")
    cancelled = await client.post(f"/v1/predictions/{video_id}/cancel")
    assert cancelled.json()["status"] == "canceled"

    async def answered(path):
        return (await client.get(path)).json()

    job = await answered(f"/api/v1/videos/{video_id}")
    assert job["status"] == "cancelled"
    assert job["error"].startswith("The video was cancelled")
    assert (await answered(f"/v1/videos/xai-{digits}"))["error"]["code"] == "cancelled"
    assert (await answered(f"/v1/interactions/{video_id}"))["status"] == "cancelled"
    operation = await answered(f"/v1beta/models/sora-2/operations/{digits}")
    assert (operation["done"], operation["error"]["status"]) == (True, "CANCELLED")
    name = f"projects/p/locations/l/publishers/google/models/sora-2/operations/{digits}"
    path = "/v1beta1/projects/p/locations/l/publishers/google/models/sora-2:fetchPredictOperation"
    vertex = await client.post(path, json={"operationName": name})
    assert vertex.json()["error"]["code"] == 1
    status = {"operation": {"ids": [video_id]}}
    answer = await client.post("/v4/ai/video-model/status", json=status, headers=GATEWAY)
    assert answer.json() == {"status": "cancelled"}


def test_an_unknown_dialect_is_refused_and_the_documented_ones_are_known():
    with pytest.raises(ConfigError, match=r"^dialects: there is no 'acme'\. There are: azure, "):
        table.enabled(["xai", "acme"])
    rows = re.findall(r"^\| \[.*\| `(\w+)` \|$", (DOCS / "README.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(one.name for one in table.enabled(None))


async def test_the_documented_example_is_a_dialect(services, monkeypatch):
    module, declaration = re.findall(r"```python\n(.*?)```", (DOCS / "adding.md").read_text(), re.S)
    acme = types.ModuleType("acme")
    exec(module, acme.__dict__)
    added = eval(declaration, {"Dialect": table.Dialect, "acme": acme})
    monkeypatch.setattr(table, "DIALECTS", (*table.DIALECTS, added))
    async with client_for(build_app(services)) as client:
        sent = {"model": "sora-2", "text": "A fox", "aspect": "1:1", "length": 6}
        made = (await client.post("/acme/v1/films", json=sent)).json()
        video = (await client.get(f"/v1/videos/{made['film']}")).json()
        assert [video[name] for name in ("prompt", "size", "seconds")] == ["A fox", "720x720", "6"]
        shown = (await client.get(f"/acme/v1/films/{made['film']}")).json()
        assert shown == {"film": video["id"], "state": "queued", "url": None}
        refused = await client.post("/acme/v1/films", json={**sent, "watermark": True})
        assert (refused.status_code, refused.json()["failure"]["field"]) == (400, "watermark")
