"""The OpenAPI document, operation by operation, held to the API that it stands in for.

The tables say what the hosted service's reference says, and in `WIDER` what this server takes or
answers beyond it. Every other difference is a fault.
"""

from dataclasses import dataclass, field

import pytest
from sweeps import for_all

pytestmark = pytest.mark.anyio
DATABASES = ["sqlite"]

JSON, FORM = "application/json", "multipart/form-data"
SECONDS = ["4", "8", "12"]
SIZES = ["720x1280", "1280x720", "1024x1792", "1792x1024"]
WIDER = {
    "seconds": ["16", "20"],
    "size": ["1080x1920", "1920x1080"],
    "settings": {
        *{"model", "seed", "negative_prompt", "guidance_scale", "num_inference_steps"},
        "loras",
    },
    "create": {"last_frame", "references", "aspect_ratio", "resolution", "duration", "n"},
    "video": {"seed", "starred", "tags"},
    "segments": {"following"},
    "cut": {"from_seconds"},
}
PROMPT = {"type": "string", "minLength": 1, "maxLength": 32000}
FILE = {"type": "string", "format": "binary"}


@dataclass
class Operation:
    """What the reference says of one operation."""

    answer: str
    bodies: tuple[str, ...] = ()
    required: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    path: set[str] = field(default_factory=set)
    query: set[str] = field(default_factory=set)


OPERATIONS = {
    ("post", "/v1/videos"): Operation(
        "CreatedVideo",
        (JSON, FORM),
        {"prompt"},
        {"prompt", "input_reference", "model", "seconds", "size", "characters"}
        | WIDER["settings"]
        | WIDER["create"]
        | WIDER["segments"],
    ),
    ("post", "/v1/videos/edits"): Operation(
        "VideoObject", (JSON, FORM), {"prompt", "video"}, {"prompt", "video"} | WIDER["settings"]
    ),
    ("post", "/v1/videos/extensions"): Operation(
        "VideoObject",
        (JSON, FORM),
        {"prompt", "seconds", "video"},
        {"prompt", "seconds", "video"} | WIDER["settings"] | WIDER["segments"] | WIDER["cut"],
    ),
    ("post", "/v1/videos/characters"): Operation(
        "CharacterObject",
        (JSON, FORM),
        {"name", "video"},
        {"name", "video", "start", "end", "point"},
    ),
    ("get", "/v1/videos/characters/{character_id}"): Operation(
        "CharacterObject", path={"character_id"}
    ),
    ("get", "/v1/videos"): Operation("VideoList", query={"after", "limit", "order"}),
    ("get", "/v1/videos/{video_id}"): Operation("RetrievedVideo", path={"video_id"}),
    ("delete", "/v1/videos/{video_id}"): Operation("VideoDeleted", path={"video_id"}),
    ("post", "/v1/videos/{video_id}/remix"): Operation(
        "VideoObject", (JSON, FORM), {"prompt"}, {"prompt"}, path={"video_id"}
    ),
    ("get", "/v1/videos/{video_id}/content"): Operation("", path={"video_id"}, query={"variant"}),
}
EACH = pytest.mark.parametrize(
    ("key", "expected"), OPERATIONS.items(), ids=[" ".join(key) for key in OPERATIONS]
)

OBJECTS = {
    "VideoObject": {
        "id",
        "object",
        "created_at",
        "status",
        "completed_at",
        "error",
        "expires_at",
        "model",
        "progress",
        "prompt",
        "remixed_from_video_id",
        "seconds",
        "size",
    }
    | WIDER["video"],
    "VideoError": {"code", "message"},
    "VideoList": {"object", "data", "first_id", "last_id", "has_more"},
    "VideoDeleted": {"id", "object", "deleted"},
    "CharacterObject": {"id", "name", "created_at"},
    "ErrorEnvelope": {"error"},
    "ErrorBody": {"message", "type", "param", "code"},
}
NULLABLE = {
    "VideoObject": {"completed_at", "error", "expires_at", "prompt", "remixed_from_video_id"},
    "VideoList": {"first_id", "last_id"},
    "CharacterObject": {"id", "name"},
    "ErrorBody": {"param", "code"},
}


@pytest.fixture
async def document(client):
    return (await client.get("/openapi.json")).json()


FILTERS = {("get", "/v1/videos"): {"status", "model", "search", "character", "tag", "starred"}}
"""Query parameters of this server alone."""


@pytest.fixture
def shape(document):
    """The fields of an operation's body, in one of its forms."""

    def find(key, form=FORM):
        return document["paths"][key[1]][key[0]]["requestBody"]["content"][form]["schema"]

    return find


def parameters(document, key, place):
    every = document["paths"][key[1]][key[0]].get("parameters", [])
    return {each["name"]: each for each in every if each["in"] == place}


@EACH
async def test_bodies_are_as_in_the_reference(document, shape, key, expected):
    operation = document["paths"][key[1]][key[0]]
    bodies = operation.get("requestBody", {"content": {}})["content"]
    assert tuple(bodies) == expected.bodies
    for form in expected.bodies:
        assert operation["requestBody"]["required"] is True
        assert set(shape(key, form)["required"]) == expected.required
        assert set(shape(key, form)["properties"]) == expected.fields
        assert shape(key, form)["additionalProperties"] is False


@EACH
async def test_parameters_are_as_in_the_reference(document, key, expected):
    assert set(parameters(document, key, "path")) == expected.path
    assert set(parameters(document, key, "query")) == expected.query | FILTERS.get(key, set())
    assert all(each["required"] for each in parameters(document, key, "path").values())
    assert not any(each["required"] for each in parameters(document, key, "query").values())
    keyed = (
        {"Idempotency-Key"}
        if expected.answer in ("VideoObject", "CreatedVideo") and expected.bodies
        else set()
    )
    assert set(parameters(document, key, "header")) == keyed


@EACH
async def test_answers_are_as_in_the_reference(document, key, expected):
    responses = document["paths"][key[1]][key[0]]["responses"]
    assert next(status for status in responses if status.startswith("20")) == "200"
    content = responses["200"]["content"]
    if expected.answer:
        assert content == {JSON: {"schema": {"$ref": f"#/components/schemas/{expected.answer}"}}}
    else:
        assert set(content) == {"video/mp4", "image/webp", "image/jpeg"}
    refusal = {JSON: {"schema": {"$ref": "#/components/schemas/ErrorEnvelope"}}}
    assert responses["default"]["content"] == refusal


@EACH
async def test_a_key_is_asked_for(document, key, expected):
    assert document["paths"][key[1]][key[0]]["security"] == [{"key": []}]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


@for_all("name", OBJECTS)
async def test_objects_are_whole(document, name):
    found = document["components"]["schemas"][name]
    assert set(found["properties"]) == OBJECTS[name]
    assert set(found["required"]) == OBJECTS[name], "nulls are listed, not left out"
    nullable = {
        member
        for member, each in found["properties"].items()
        if {"type": "null"} in each.get("anyOf", [])
    }
    assert nullable == NULLABLE.get(name, set())


async def test_types_of_a_video_are_those_that_strict_clients_decode(document):
    video = document["components"]["schemas"]["VideoObject"]["properties"]
    assert video["object"]["const"] == "video"
    assert video["status"]["enum"] == ["queued", "in_progress", "completed", "failed"]
    assert (video["progress"]["minimum"], video["progress"]["maximum"]) == (0, 100)
    whole = {name for name, each in video.items() if "integer" in str(each.get("type"))}
    assert whole == {"created_at", "progress", "seed"}
    for name in ("completed_at", "expires_at"):
        assert {"type": "integer"} in video[name]["anyOf"]
    for name in ("id", "model", "seconds", "size"):
        assert video[name]["type"] == "string"
    assert document["components"]["schemas"]["VideoDeleted"]["properties"]["object"]["const"] == (
        "video.deleted"
    )
    assert document["components"]["schemas"]["VideoList"]["properties"]["object"]["const"] == "list"


@pytest.mark.parametrize("form", [JSON, FORM])
async def test_limits_and_enums_of_create(shape, form):
    fields = shape(("post", "/v1/videos"), form)["properties"]
    assert fields["prompt"] == PROMPT
    assert fields["seconds"]["enum"] == SECONDS + WIDER["seconds"]
    assert fields["seconds"]["default"] == "4"
    assert fields["size"]["enum"] == SIZES + WIDER["size"]
    assert fields["size"]["default"] == "720x1280"
    assert fields["model"] == {"type": "string", "default": "sora-2"}
    assert fields["characters"]["maxItems"] == 2
    assert fields["characters"]["items"]["required"] == ["id"]


async def test_a_first_frame_is_a_file_or_a_reference(shape):
    reference = shape(("post", "/v1/videos"), JSON)["properties"]["input_reference"]
    members = [set(option["properties"]) for option in reference["oneOf"]]
    assert members == [{"file_id"}, {"image_url"}]
    assert reference["oneOf"][1]["properties"]["image_url"]["maxLength"] == 20_971_520
    form = shape(("post", "/v1/videos"), FORM)["properties"]["input_reference"]
    assert form["oneOf"] == [FILE, reference]


@pytest.mark.parametrize("operation", ["edits", "extensions"])
async def test_a_source_is_a_file_or_an_id(shape, operation):
    key = ("post", f"/v1/videos/{operation}")
    by_id = shape(key, JSON)["properties"]["video"]
    assert (by_id["required"], set(by_id["properties"])) == (["id"], {"id"})
    assert shape(key, FORM)["properties"]["video"]["oneOf"] == [FILE, by_id]
    assert shape(key, JSON)["properties"]["prompt"] == PROMPT


async def test_limits_and_enums_of_the_others(document, shape):
    added = shape(("post", "/v1/videos/extensions"))["properties"]["seconds"]
    assert added["enum"] == SECONDS + WIDER["seconds"]
    assert "default" not in added
    assert shape(("post", "/v1/videos/{video_id}/remix"))["properties"]["prompt"] == PROMPT
    character = shape(("post", "/v1/videos/characters"))["properties"]
    assert character["name"] == {"type": "string", "minLength": 1, "maxLength": 80}
    assert character["video"]["oneOf"][0] == FILE
    page = parameters(document, ("get", "/v1/videos"), "query")
    assert (page["limit"]["schema"]["minimum"], page["limit"]["schema"]["maximum"]) == (0, 100)
    assert page["order"]["schema"]["enum"] == ["asc", "desc"]
    content = parameters(document, ("get", "/v1/videos/{video_id}/content"), "query")
    assert content["variant"]["schema"]["enum"] == ["video", "thumbnail", "spritesheet"]
    assert content["variant"]["schema"]["default"] == "video"
