"""The OpenAPI document: every route of ours, with the errors it can answer."""

import json
import re

import pytest

from vitascope.api import schemas
from vitascope.api.app import ENDPOINTS

pytestmark = pytest.mark.anyio
DATABASES = ["sqlite"]

METHODS = {"get", "post", "delete", "put", "patch", "head"}


@pytest.fixture
async def document(client):
    answer = await client.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(document):
    return {
        (method, path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def api_operations(document):
    return {key: each for key, each in operations(document).items() if key[1].startswith("/v1/")}


async def test_every_operation_is_there(document):
    expected = {
        ("post", "/v1/videos"),
        ("get", "/v1/videos"),
        ("get", "/v1/videos/{video_id}"),
        ("delete", "/v1/videos/{video_id}"),
        ("get", "/v1/videos/{video_id}/content"),
        ("post", "/v1/videos/{video_id}/cancel"),
        ("post", "/v1/videos/{video_id}/remix"),
        ("post", "/v1/videos/edits"),
        ("post", "/v1/videos/extensions"),
        ("post", "/v1/videos/characters"),
        ("get", "/v1/videos/characters/{character_id}"),
        ("get", "/v1/models"),
        ("get", "/v1/models/{model}"),
        ("get", "/healthz"),
        ("get", "/readyz"),
        ("get", "/metrics"),
    }
    assert expected <= set(operations(document))


async def test_the_document_shows_what_is_served(client, services, document):
    services.events.close()  # of an open stream, the client would wait for the end
    paths = {one.path if not one.versioned else f"/v1{one.path}" for one in ENDPOINTS}
    shown = {path for _method, path in operations(document)}
    assert paths - shown == {"/"}
    for method, path in operations(document):
        answer = await client.request(method, re.sub(r"{\w+}", "none", path))
        if answer.is_error:
            assert answer.json()["error"]["code"] != "unknown_url"


async def test_every_operation_of_the_api_shows_the_envelope_of_its_errors(document):
    reference = {"$ref": "#/components/schemas/ErrorEnvelope"}
    for key, operation in api_operations(document).items():
        refused = {status for status in operation["responses"] if status >= "4"}
        assert "401" in refused, key
        if "{" in key[1]:
            assert "404" in refused, key
        if "requestBody" in operation:
            assert {"400", "413"} <= refused, key
        for status in refused - {"416"}:
            content = operation["responses"][status]["content"]
            assert content["application/json"]["schema"] == reference, (key, status)
        assert "422" not in refused, key


async def test_every_operation_has_a_name_of_its_own_and_a_description(document):
    every = operations(document)
    names = [operation["operationId"] for operation in every.values()]
    assert len(set(names)) == len(names)
    for key, operation in every.items():
        assert operation.get("description"), key
        assert operation["tags"], key


async def test_every_reference_leads_somewhere(document):
    text = json.dumps(document)
    for part in text.split('"$ref": "')[1:]:
        found = document
        for step in part.split('"')[0].removeprefix("#/").split("/"):
            found = found[step]
        assert found


async def test_bodies_are_documented_as_json_and_as_a_form(document):
    content = document["paths"]["/v1/videos"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data"}
    for shape in content.values():
        assert shape["schema"]["required"] == ["prompt"]
        assert {"prompt", "model", "seconds", "size", "input_reference", "seed"} <= set(
            shape["schema"]["properties"]
        )


async def test_the_video_on_the_wire_is_the_video_in_the_document(document, create, client):
    created = await create()
    shape = document["components"]["schemas"]["VideoObject"]
    assert set(created) == set(shape["properties"]) == set(shape["required"])
    assert schemas.VideoObject.model_validate(created, strict=True).model_dump() == created
    retrieved = (await client.get(f"/v1/videos/{created['id']}")).json()
    whole = set(document["components"]["schemas"]["RetrievedVideo"]["properties"])
    assert set(retrieved) == whole == {*created, "queue_position", "eta_seconds", "paused"}
    assert schemas.RetrievedVideo.model_validate(retrieved, strict=True).model_dump() == retrieved
    page = (await client.get("/v1/videos")).json()
    assert schemas.VideoList.model_validate(page, strict=True).model_dump() == page
    models = (await client.get("/v1/models")).json()
    assert schemas.ModelList.model_validate(models, strict=True).model_dump() == models
