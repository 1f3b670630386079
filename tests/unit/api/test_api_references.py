"""What a film is made from besides its prompt, on the OpenAI routes, and several films at once."""

import base64
import json
from dataclasses import replace

import pytest
from api_client import client_for, opened
from sweeps import for_all

from vitascope.api.app import build_app
from vitascope.engines.plugins import ShadowplayPlugin
from vitascope.model_settings import ModelSettings
from vitascope.spec import SCENE_ROLES
from vitascope.store.keys import Keys
from vitascope.video import MAX_SEED

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
WAV = b"RIFF\x24\0\0\0WAVEfmt " + bytes(32)
MP4 = b"\0\0\0\x18ftypisom\0\0\0\0isommp41"
IMAGE = "data:image/png;base64," + base64.b64encode(PNG).decode()
SOUND = "data:audio/wav;base64," + base64.b64encode(WAV).decode()
FILM = "data:video/mp4;base64," + base64.b64encode(MP4).decode()


MODELS = {name: {"engine": "shadowplay"} for name in ("sora-2", "plain", "frames")}


@pytest.fixture
async def services(make_settings):
    full = ShadowplayPlugin.capabilities(ModelSettings())
    plain = replace(full, references=frozenset())
    frames = replace(
        full,
        references=frozenset({"last_frame", "reference_image"}),
        reference_uses=frozenset({"subject"}),
        max_references=2,
    )
    able = {"sora-2": full, "plain": plain, "frames": frames}
    async with opened(make_settings(models=MODELS), able) as found:
        yield found


@pytest.fixture
def stored(services):
    async def inputs(answer):
        assert answer.status_code == 200, answer.text
        video = await services.videos.get(answer.json()["id"], project="default")
        keys = {blob.key async for blob in services.blobs.list("videos")}
        assert {one.asset.key for one in video.spec.inputs} <= keys
        return video.spec

    return inputs


@pytest.fixture
def kept(services):
    async def keys():
        """The stored files of videos."""
        return [blob.key async for blob in services.blobs.list("videos")]

    return keys


async def test_each_reference_gets_its_role(client, stored):
    references = [
        {"type": "image", "url": IMAGE},
        {"type": "image", "role": "figure", "url": IMAGE},
        {"type": "image", "role": "style", "url": IMAGE},
        {"type": "video", "role": "background", "url": FILM},
        {"type": "image", "role": "keyframe", "at": 1.5, "url": IMAGE},
        {"type": "image", "role": "keyframe", "at": 0, "url": IMAGE},
        {"type": "audio", "url": SOUND},
    ]
    body = {"prompt": "A fox", "last_frame": {"image_url": IMAGE}, "references": references}
    spec = await stored(await client.post("/v1/videos", json=body))
    assert [(one.role, one.use, one.at) for one in spec.inputs] == [
        ("last_frame", "subject", None),
        ("reference_image", "subject", None),
        ("reference_image", "subject", None),
        ("reference_image", "style", None),
        ("reference_video", "setting", None),
        ("keyframe", "subject", 1.5),
        ("keyframe", "subject", 0.0),
        ("audio", "subject", None),
    ]
    media = {one.role: one.asset.media_type for one in spec.inputs}
    assert (media["audio"], media["reference_video"]) == ("audio/wav", "video/mp4")
    assert len({one.asset.key for one in spec.inputs}) == 8


@pytest.mark.parametrize("style", ["numbered", "brackets"])
async def test_a_form_has_files_in_every_place(client, stored, style):
    def name(number, key):
        return f"references[{number if style == 'numbered' else ''}][{key}]"

    parts = [
        ("prompt", (None, "A fox")),
        (name(0, "type"), (None, "image")),
        (name(0, "role"), (None, "style")),
        (name(0, "upload"), ("a.png", PNG, "image/png")),
        (name(1, "type"), (None, "audio")),
        (name(1, "upload"), ("a.wav", WAV, "audio/wav")),
        ("last_frame", ("b.png", PNG, "image/png")),
    ]
    spec = await stored(await client.post("/v1/videos", files=parts))
    assert [(one.role, one.use) for one in spec.inputs] == [
        ("last_frame", "subject"), ("reference_image", "style"), ("audio", "subject"),
    ]  # fmt: skip
    grouped = [
        ("prompt", "A fox"), ("references[][type]", "image"), ("references[][type]", "image"),
        ("references[][role]", "style"), ("references[][role]", "setting"),
        ("references[][url]", IMAGE), ("references[][url]", IMAGE),
    ]  # fmt: skip
    form = [(key, (None, value)) for key, value in grouped]
    spec = await stored(await client.post("/v1/videos", files=form))
    assert [one.use for one in spec.inputs] == ["style", "setting"]
    del form[4]
    unclear = await client.post("/v1/videos", files=form)
    assert (unclear.status_code, unclear.json()["error"]["param"]) == (400, "references")
    text = json.dumps([{"type": "image", "role": "style", "url": IMAGE}])
    sent = {"prompt": (None, "A fox"), "references": (None, text)}
    spec = await stored(await client.post("/v1/videos", files=sent))
    assert [one.use for one in spec.inputs] == ["style"]
    broken = await client.post("/v1/videos", files={**sent, "references": (None, "[")})
    assert (broken.status_code, broken.json()["error"]["param"]) == (400, "references")
    whole = json.dumps([{"type": "image", "url": IMAGE}])
    parts = [("prompt", (None, "A fox")), ("references", (None, whole, "application/json"))]
    assert len((await stored(await client.post("/v1/videos", files=parts))).inputs) == 1


def one(kind, **more):
    """A request with one reference."""
    return {"references": [{"type": kind, **more}]}


PLACE = "references[0]"
SETTING = {"type": "image", "role": "setting", "url": IMAGE}
REFUSED = [
    (one("image"), PLACE, "exactly one of"),
    (one("image", url=IMAGE, file_id="file-1"), PLACE, "exactly one of"),
    (one("picture", url=IMAGE), f"{PLACE}.type", "'image'"),
    (one(None, url=IMAGE), f"{PLACE}.type", "Missing"),
    (one("audio", role="style", url=SOUND), f"{PLACE}.role", "soundtrack"),
    (one("image", url=IMAGE, x=1), f"{PLACE}.x", "Unknown"),
    (one("image", url=IMAGE, at=1), f"{PLACE}.at", "keyframe"),
    (one("image", role="keyframe", url=IMAGE), f"{PLACE}.at", "keyframe"),
    (one("image", role="keyframe", at=4.5, url=IMAGE), PLACE, "4.5 seconds"),
    (one("image", upload="x"), f"{PLACE}.upload", "multipart"),
    ({"references": ["x"]}, PLACE, "an object"),
    ({"references": {"type": "image"}}, "references", "an array"),
    (one("image", url="ftp://x/y"), f"{PLACE}.url", "https"),
    (one("image", url=SOUND), PLACE, "audio/wav"),
    (one("audio", url=IMAGE), PLACE, "image/png"),
    (one("video", url=IMAGE), PLACE, "image/png"),
    (one("image", url="data:image/png;base64,%%%"), PLACE, "base64"),
    ({"last_frame": {"image_url": FILM}}, "last_frame", "video/mp4"),
    (one("image", file_id="file-1"), PLACE, "No such File"),
    (one("image", url="https://127.0.0.1/a.png"), PLACE, "public"),
    (one("audio", url="http://x.example/"), PLACE, "https"),
    ({"references": [{"type": "image", "url": IMAGE}] * 8}, "references[7]", "at most 7"),
    ({"references": [{"type": "audio", "url": SOUND}] * 2}, "references[1]", "at most 1"),
    ({"references": [SETTING] * 2}, "references[1]", "at most 1 setting"),
    ({"references": [{"type": "image", "url": IMAGE}] * 33}, "references", "maximum length 32"),
    (one("video", role="control", url=FILM), PLACE, "control"),
    ({"n": 9}, "n", "9"),
    ({"n": 0}, "n", "0"),
    ({"resolution": "720p", "size": "720x1280"}, "resolution", "'size'"),
    ({"duration": 3, "seconds": "4"}, "duration", "'seconds'"),
    ({"duration": 21}, "duration", "20"),
    ({"resolution": "8000x8000"}, "resolution", "8000x8000"),
    ({"aspect_ratio": "wide"}, "aspect_ratio", "16:9"),
    ({"seconds": "5"}, "seconds", "'4'"),
    ({"size": "640x360"}, "size", "'720x1280'"),
]


@for_all(("more", "param", "why"), REFUSED)
async def test_what_is_wrong_is_refused_by_its_place_and_leaves_nothing(
    client, services, kept, more, param, why
):
    answer = await client.post("/v1/videos", json={"prompt": "A fox", **more})
    assert answer.status_code in (400, 404), answer.text
    error = answer.json()["error"]
    assert why in error["message"], error
    assert (error["param"] or "").startswith(param)
    assert await kept() == []
    assert list(services.uploads_dir.iterdir()) == []
    assert (await client.get("/v1/videos")).json()["data"] == []


@for_all(
    ("model", "more", "able"),
    [
        ("plain", {"last_frame": {"image_url": IMAGE}}, "'sora-2', 'frames'"),
        ("plain", {"references": [{"type": "audio", "url": SOUND}]}, "'sora-2'."),
        ("frames", {"references": [{"type": "image", "role": "style", "url": IMAGE}]}, "'sora-2'."),
        ("frames", {"references": [{"type": "image", "url": IMAGE}] * 3}, "at most 2"),
    ],
)
async def test_a_model_that_can_not_names_those_that_can(client, kept, model, more, able):
    answer = await client.post("/v1/videos", json={"prompt": "A fox", "model": model, **more})
    assert answer.status_code == 400
    assert able in answer.json()["error"]["message"]
    assert await kept() == []


async def test_models_tell_what_they_take(client):
    found = (await client.get("/v1/models/sora-2")).json()["vitascope"]
    assert set(found["references"]) == {
        "last_frame", "keyframe", "reference_image", "reference_video", "audio",
    }  # fmt: skip
    assert found["reference_uses"] == ["setting", "style", "subject"]
    assert found["max_reference_images"] == 7


async def test_any_shape_and_length(client):
    async def made(**more):
        answer = await client.post("/v1/videos", json={"prompt": "A fox", **more})
        assert answer.status_code == 200, answer.text
        return answer.json()["size"], answer.json()["seconds"]

    assert await made(resolution="640x360", duration=2.5) == ("640x360", "2.5")
    assert await made(aspect_ratio="1:1") == ("720x720", "4")
    assert await made(resolution="480p") == ("480x856", "4")
    assert await made(aspect_ratio="21:9", resolution="480p", seconds="8") == ("1120x480", "8")


async def test_an_id_of_another_project_is_not_found(client, services):
    upload = {"file": ("a.png", PNG, "image/png")}
    file = (await client.post("/v1/files", data={"purpose": "vision"}, files=upload)).json()
    _, secret = await Keys(services.database).create("other")
    services.api_keys.forget()
    theirs = {"authorization": f"Bearer {secret}"}
    body = {"prompt": "A fox", **one("image", file_id=file["id"])}
    answer = await client.post("/v1/videos", json=body, headers=theirs)
    assert (answer.status_code, answer.json()["error"]["param"]) == (404, PLACE)


async def test_the_request_of_a_film_names_its_references(client):
    upload = {"file": ("a.png", PNG, "image/png")}
    file = (await client.post("/v1/files", data={"purpose": "vision"}, files=upload)).json()["id"]
    body = {
        "prompt": "A fox",
        "resolution": "640x360",
        "duration": 2.5,
        "input_reference": {"file_id": file},
        "last_frame": {"file_id": file},
        "references": [
            {"type": "image", "role": "style", "file_id": file},
            {"type": "image", "role": "keyframe", "at": 1.0, "file_id": file},
            {"type": "image", "role": "subject", "file_id": file},
        ],
    }
    video = (await client.post("/v1/videos", json=body)).json()
    found = (await client.get(f"/v1/videos/{video['id']}/request")).json()
    assert body.items() <= found["body"].items()
    assert found["missing"] == []
    again = await client.post(found["path"], json=found["body"])
    assert (again.status_code, again.json()["seed"]) == (200, video["seed"])
    await client.delete(f"/v1/files/{file}")
    left = (await client.get(f"/v1/videos/{video['id']}/request")).json()
    assert left["missing"] == ["input_reference", "last_frame", "references"]


async def test_what_is_made_from_a_film_keeps_its_references(client, services, complete, kept):
    body = {
        "prompt": "A fox",
        "last_frame": {"image_url": IMAGE},
        "references": [{"type": "audio", "url": SOUND}],
    }
    source = (await client.post("/v1/videos", json=body)).json()["id"]
    await complete(source)
    more = {"prompt": "It snows", "seconds": "4", "video": {"id": source}}
    longer = (await client.post("/v1/videos/extensions", json=more)).json()["id"]
    remix = (await client.post(f"/v1/videos/{source}/remix", json={"prompt": "An owl"})).json()[
        "id"
    ]
    found = {}
    for each in (longer, remix):
        spec = (await services.videos.get(each, project="default")).spec
        found[each] = [(one.role, one.at) for one in spec.inputs_of(*SCENE_ROLES)]
    assert found[longer] == [("keyframe", 95 / 24), ("audio", None)]
    assert found[remix] == [("last_frame", None), ("audio", None)]
    usage = await services.videos.get(remix, project="default")
    assert usage.stored_bytes >= len(PNG) + len(WAV)
    for each in (source, longer, remix):
        await client.post(f"/v1/videos/{each}/cancel")
        assert (await client.delete(f"/v1/videos/{each}")).status_code == 200
    assert await kept() == []


async def test_several_films_have_consecutive_seeds_and_files_of_their_own(client, services):
    body = {"prompt": "A fox", "n": 3, "seed": 7, "last_frame": {"image_url": IMAGE}}
    made = (await client.post("/v1/videos", json=body)).json()
    assert made["variants"][0] == made["id"]
    videos = [await services.videos.get(each, project="default") for each in made["variants"]]
    assert [one.spec.seed for one in videos] == [7, 8, 9]
    assert len({one.spec.inputs[0].asset.key for one in videos}) == 3
    listed = (await client.get("/v1/videos")).json()["data"]
    assert {one["id"] for one in listed} == set(made["variants"])
    edges = (await client.get(f"/v1/videos/{made['id']}/lineage")).json()["edges"]
    assert {edge["relation"] for edge in edges} == {"variant"}
    assert "variants" not in (await client.get(f"/v1/videos/{made['id']}")).json()
    alone = (await client.post("/v1/videos", json={"prompt": "A fox", "n": 1})).json()
    assert "variants" not in alone
    last = (await client.post("/v1/videos", json={**body, "n": 2, "seed": MAX_SEED})).json()
    wrapped = await services.videos.get(last["variants"][1], project="default")
    assert wrapped.spec.seed == 0


async def test_a_repeated_request_for_several_finds_all_of_them(client):
    body, headers = {"prompt": "A fox", "n": 4}, {"idempotency-key": "k"}
    first = (await client.post("/v1/videos", json=body, headers=headers)).json()
    again = (await client.post("/v1/videos", json=body, headers=headers)).json()
    assert again["variants"] == first["variants"]
    assert len((await client.get("/v1/videos")).json()["data"]) == 4


async def test_several_films_need_room_for_all(make_settings):
    ours = opened(make_settings(max_queued_per_project=5))
    async with ours as services, client_for(build_app(services)) as client:
        body = {"prompt": "A fox", "n": 3, "last_frame": {"image_url": IMAGE}}
        assert (await client.post("/v1/videos", json=body)).status_code == 200
        refused = await client.post("/v1/videos", json=body)
        assert refused.status_code == 429
        assert "3 more" in refused.json()["error"]["message"]
        assert len([blob async for blob in services.blobs.list("videos")]) == 3
        assert (await client.post("/v1/videos", json={**body, "n": 2})).status_code == 200
        assert (await client.post("/v1/videos", json={**body, "n": 1})).status_code == 429
