"""What models offer: listed on `/models`, and held against what a request asks for."""

from dataclasses import replace

import httpx2
import openai
import pytest
from api_client import client_for, opened
from sweeps import for_all

from vitascope.api.app import build_app
from vitascope.api.services import creation
from vitascope.engines.registry import capabilities_of
from vitascope.model_settings import OPERATIONS, ModelCapabilities, ModelSettings
from vitascope.spec import Lora
from vitascope.store.characters import StoredCharacter
from vitascope.video import Asset

pytestmark = pytest.mark.anyio
DATABASES = ["sqlite"]

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
    "hgGAWjR9awAAAABJRU5ErkJggg=="
)
STILLS = ModelCapabilities(
    operations=frozenset({"image"}),
    description="Brings a picture to life.",
    licence="Weights Licence 1.0",
    licence_url="https://example.org/licence",
    territory="Not for the Moon.",
    gated=True,
    source="someone/stills",
    memory_gib=(("none", 40.0), ("group", 8.5)),
    native="up to 1280x720",
)
PLAIN = replace(STILLS, operations=frozenset({"create", "remix"}))
FILMS = replace(
    STILLS,
    operations=frozenset({"create", "remix", "edit"}),
    remixes_film=True,
    loras=("ink", "watercolour"),
)
# Told apart by their seeds; who really draws is of no account here.
MODELS = {
    "stills": ModelSettings(seed=1),
    "plain": ModelSettings(seed=2),
    "films": ModelSettings(seed=3),
}
BUILT_IN = capabilities_of(ModelSettings())
BY_NAME = {"stills": STILLS, "plain": PLAIN, "films": FILMS}
BY_NAME |= {"sora-2": BUILT_IN, "sora-2-pro": BUILT_IN}


@pytest.fixture
async def services(make_settings):
    async with opened(make_settings(models=MODELS)) as ours:
        yield replace(ours, capabilities=BY_NAME)


async def refused(client, path, **asked):
    """The error of a request that is asked too much."""
    answer = await client.post(f"/v1/videos{path}", **asked)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error["param"], error["code"]) == ("model", "unsupported_operation")
    return error["message"]


async def test_a_model_tells_what_it_does(client):
    model = (await client.get("/v1/models/stills")).json()

    assert model["vitascope"] == {
        "operations": ["image"],
        "description": "Brings a picture to life.",
        "licence": "Weights Licence 1.0",
        "licence_url": "https://example.org/licence",
        "territory": "Not for the Moon.",
        "gated": True,
        "memory_gib": {"none": 40.0, "group": 8.5},
        "sound": "house",
        "native": "up to 1280x720",
        "references": [],
        "reference_uses": [],
        "max_reference_images": 0,
        "loras": [],
    }
    listed = (await client.get("/v1/models")).json()["data"]
    assert [each for each in listed if each["id"] == "stills"] == [model]


async def test_loras_of_the_model_reach_the_job(client, services):
    assert (await client.get("/v1/models/films")).json()["vitascope"]["loras"] == [
        "ink",
        "watercolour",
    ]
    loras = [{"id": "ink"}, {"id": "watercolour", "scale": 0.5}]
    form = {"prompt": "A fox", "model": "films", "loras[0][id]": "ink", "loras[0][scale]": "0.25"}
    asked = {"prompt": "A fox", "model": "films", "loras": loras}

    by_json = await client.post("/v1/videos", json=asked)
    parts = {name: (None, value) for name, value in form.items()}
    by_form = await client.post("/v1/videos", files=parts)

    stored = [await services.videos.find(each.json()["id"]) for each in (by_json, by_form)]
    assert stored[0].spec.loras == (Lora("ink"), Lora("watercolour", 0.5))
    assert stored[1].spec.loras == (Lora("ink", 0.25),)


@for_all(
    ("model", "loras", "message"),
    [
        ("films", [{"id": "oil"}], "Supported values are: 'ink' and 'watercolour'."),
        ("plain", [{"id": "ink"}], "The model 'plain' has no LoRAs."),
        ("films", "ink", "expected an array of objects"),
        ("films", [{"scale": 1}], "expected an object with an 'id'"),
        ("films", [{"id": 3}], "expected a string"),
        ("films", [{"id": "ink", "scale": 5}], "Expected a value <= 4"),
        ("films", [{"id": "ink"}] * 9, "array too long"),
    ],
)
async def test_loras_that_the_model_does_not_have_are_refused(client, model, loras, message):
    answer = await client.post(
        "/v1/videos", json={"prompt": "A fox", "model": model, "loras": loras}
    )

    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]
    assert answer.json()["error"]["param"].startswith("loras")


async def test_a_dated_snapshot_tells_what_its_family_does(client):
    for name in ("sora-2", "sora-2-2025-10-06", "sora-2-2031-01-01"):
        model = (await client.get(f"/v1/models/{name}")).json()
        assert model["vitascope"]["operations"] == list(OPERATIONS), name


async def test_a_server_that_knows_no_offers_says_so_and_takes_all(services, client):
    async with client_for(build_app(replace(services, capabilities={}))) as other:
        assert (await other.get("/v1/models/stills")).json()["vitascope"] is None
        created = await other.post("/v1/videos", json={"prompt": "A fox", "model": "stills"})
        assert created.status_code == 200


async def test_the_official_client_reads_the_models(services):
    transport = httpx2.ASGITransport(build_app(services))

    class Bridge(openai.DefaultAsyncHttpxClient):
        pass

    async with Bridge(transport=transport, base_url="http://localhost") as http:
        sdk = openai.AsyncOpenAI(base_url="http://localhost/v1", api_key="any", http_client=http)
        model = await sdk.models.retrieve("films")
        names = [each.id async for each in sdk.models.list()]

    assert (model.id, model.object) == ("films", "model")
    assert model.vitascope["operations"] == ["create", "remix", "edit"]
    assert {"films", "sora-2"} <= set(names)


async def test_text_alone_is_refused_by_a_model_that_wants_a_picture(client, create):
    message = await refused(client, "", json={"prompt": "A fox", "model": "stills"})
    assert message == (
        "The model 'stills' can't create a video from a prompt alone. Models here that can: "
        "'sora-2', 'sora-2-pro', 'plain', 'films'."
    )
    assert await create(model="stills", input_reference={"image_url": PIXEL})


async def test_a_picture_is_refused_before_it_is_fetched(client, monkeypatch):
    async def fetch(*_arguments):
        pytest.fail("the picture was fetched")

    monkeypatch.setattr(creation, "store_first_frame", fetch)
    asked = {"prompt": "A fox", "model": "plain", "input_reference": {"image_url": PIXEL}}
    assert "can't begin with an 'input_reference'" in await refused(client, "", json=asked)


async def test_characters_are_refused_only_where_the_prompt_names_them(
    services, client, create, tmp_path
):
    (tmp_path / "cutout.png").write_bytes(b"png")
    cutout = Asset("characters/char_1/0.png", 3, "ab" * 32, "image/png")
    await services.blobs.put_file(cutout.key, tmp_path / "cutout.png", "image/png")
    mossy = {"id": "char_1", "project": "default", "name": "Mossy", "created_at": 1.0}
    await services.characters.add(StoredCharacter(**mossy, cutouts=(cutout,), palette=()))
    asked = {"model": "plain", "characters": [{"id": "char_1"}]}

    message = await refused(client, "", json={"prompt": "Mossy dances", **asked})

    assert message.startswith(
        "The model 'plain' can't draw characters. Models here that can: 'sora"
    )
    assert [blob async for blob in services.blobs.list("videos")] == []
    assert await create(prompt="Nobody dances", **asked)


async def test_a_remix_is_held_to_the_model_that_drew(services, client, create, complete):
    source = await create(model="stills", input_reference={"image_url": PIXEL})
    await complete(source["id"])

    message = await refused(client, f"/{source['id']}/remix", json={"prompt": "A wolf"})

    assert message.startswith("The model 'stills' can't remix videos.")


@pytest.mark.parametrize(("model", "carried"), [("films", True), ("plain", False)])
async def test_a_remix_takes_the_film_along_where_the_model_starts_from_it(
    services, client, create, complete, model, carried
):
    source = await create(model=model)
    asset = await complete(source["id"])

    remix = (
        await client.post(f"/v1/videos/{source['id']}/remix", json={"prompt": "A wolf"})
    ).json()

    video = await services.videos.find(remix["id"])
    films = [one.asset for one in video.spec.inputs_of("source_video")]
    expected = [(asset.digest, f"videos/{video.id}/source/0-source_video")] if carried else []
    assert [(film.digest, film.key) for film in films] == expected


@pytest.mark.parametrize(
    ("path", "verb", "more"),
    [("/edits", "edit", {}), ("/extensions", "extend", {"seconds": "4"})],
)
async def test_edits_and_extensions_are_held_to_the_model(
    client, create, complete, path, verb, more
):
    source = await create(model="plain")
    await complete(source["id"])
    asked = {"prompt": "Rain", **more}

    own = await refused(client, path, json={**asked, "video": {"id": source["id"]}})
    upload = {"video": ("clip.mp4", b"\0\0\0\x18ftypmp42", "video/mp4")}
    sent = await refused(client, path, data={**asked, "model": "stills"}, files=upload)

    assert own.startswith(f"The model 'plain' can't {verb} videos. Models here that can: 'sora-2'")
    assert sent.startswith(f"The model 'stills' can't {verb} videos.")
    other = {**asked, "video": {"id": source["id"]}, "model": "sora-2"}
    assert (await client.post(f"/v1/videos{path}", json=other)).status_code == 200


async def test_where_no_model_can_the_operator_is_named(services):
    only = replace(services, capabilities={"plain": PLAIN})
    async with client_for(build_app(only)) as client:
        asked = {"prompt": "A fox", "model": "plain", "input_reference": {"image_url": PIXEL}}
        message = await refused(client, "", json=asked)
    assert message.endswith("No model on this server can; its operator may configure one.")


async def test_a_model_s_own_seed_is_the_seed_of_requests_that_give_none(create, complete, client):
    assert (await create(model="plain"))["seed"] == 2
    assert (await create(model="plain", seed=9))["seed"] == 9
    upload = {"video": ("clip.mp4", b"\0\0\0\x18ftypmp42", "video/mp4")}
    form = {"prompt": "Rain", "model": "films"}
    edited = await client.post("/v1/videos/edits", data=form, files=upload)
    assert edited.json()["seed"] == 3
    source = await create(seed=9)
    await complete(source["id"])
    asked = {"prompt": "Rain", "model": "films", "video": {"id": source["id"]}}
    assert (await client.post("/v1/videos/edits", json=asked)).json()["seed"] == 9
