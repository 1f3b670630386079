"""Segments: the timeline of a video, going on from a chosen second, and one made again."""

import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def extend(client, complete):
    async def extend(video, prompt, seconds="4", **fields):
        body = {"prompt": prompt, "seconds": seconds, "video": {"id": video["id"]}, **fields}
        answer = await client.post("/v1/videos/extensions", json=body)
        assert answer.status_code == 200, answer.text
        await complete(answer.json()["id"])
        return answer.json()

    return extend


@pytest.fixture
def segments_of(client):
    async def segments_of(video):
        data = (await client.get(f"/v1/videos/{video['id']}/segments")).json()["data"]
        return [(one["prompt"], one["start_seconds"], one["seconds"]) for one in data]

    return segments_of


@pytest.fixture
async def fox(create, complete):
    video = await create(prompt="A fox", seed=3)
    await complete(video["id"])
    return video


async def test_each_request_is_a_segment(client, fox, extend, segments_of):
    assert await segments_of(fox) == [("A fox", 0, 4)]
    snow = await extend(fox, "It snows")
    night = await extend(snow, "Night falls", "8")
    expected = [("A fox", 0, 4), ("It snows", 4, 4), ("Night falls", 8, 8)]
    assert await segments_of(night) == expected
    answer = await client.get(f"/v1/videos/{night['id']}/segments")
    assert [one["index"] for one in answer.json()["data"]] == [0, 1, 2]
    assert (await client.get("/v1/videos/video_none/segments")).status_code == 404


async def test_an_extension_goes_on_from_a_chosen_second(client, fox, extend, segments_of):
    snow = await extend(fox, "It snows")
    rain = await extend(snow, "It rains", from_seconds=5.5)
    assert rain["seconds"] == "9.5"
    assert await segments_of(rain) == [("A fox", 0, 4), ("It snows", 4, 1.5), ("It rains", 5.5, 4)]
    early = await extend(snow, "It rains", from_seconds=2)
    assert (early["seconds"], await segments_of(early)) == (
        "6",
        [("A fox", 0, 2), ("It rains", 2, 4)],
    )
    for wrong in (0, 0.01, 8.1, -1, "soon"):
        body = {"prompt": "x", "seconds": "4", "video": {"id": snow["id"]}, "from_seconds": wrong}
        answer = await client.post("/v1/videos/extensions", json=body)
        assert answer.status_code == 400, wrong
        assert answer.json()["error"]["param"] == "from_seconds"


async def test_what_a_cut_removes_is_not_counted_as_an_extension(client, fox, extend, services):
    longest = fox
    for number in range(6):
        longest = await extend(longest, f"Part {number}")
    body = {"prompt": "More", "seconds": "4", "video": {"id": longest["id"]}}
    answer = await client.post("/v1/videos/extensions", json=body)
    assert answer.json()["error"]["code"] == "too_many_extensions"
    cut = await extend(longest, "More", from_seconds=20)
    stored = await services.videos.get(cut["id"], project="default")
    assert stored.spec.extensions == 5


async def test_a_video_knows_the_prompts_of_its_films_other_parts(
    client, create, complete, extend, services
):
    async def known(video):
        stored = await services.videos.get(video["id"], project="default")
        return stored.earlier_prompts, stored.prompts

    fox = await create(prompt="A fox", following=[{"prompt": "It naps", "seconds": 4}])
    await complete(fox["id"])
    assert await known(fox) == ((), ("A fox", "It naps"))
    snow = await extend(fox, "It snows")
    assert await known(snow) == (("A fox", "It naps"), ("A fox", "It naps", "It snows"))
    cut = await extend(snow, "It rains", from_seconds=6)
    assert await known(cut) == (("A fox", "It naps"), ("A fox", "It naps", "It rains"))
    head = b"\0\0\0\x18ftypisom\0\0\0\0isommp41"
    upload = {"video": ("fox.mp4", head, "video/mp4")}
    body = {"prompt": "Make it night"}
    night = (await client.post("/v1/videos/edits", data=body, files=upload)).json()
    await complete(night["id"])
    assert await known(night) == ((), ("Make it night",))
    # Nobody knows the history of an upload, but its edit has a prompt.
    storm = await extend(night, "A storm comes")
    assert await known(storm) == (("Make it night",), ("Make it night", "A storm comes"))
    again = (await client.post(f"/v1/videos/{storm['id']}/remix", json={"prompt": "Sepia"})).json()
    assert await known(again) == ((), ("Sepia",))


@pytest.mark.parametrize("seed", [None, 9])
async def test_a_segment_is_made_again_with_what_follows(
    client, fox, extend, segments_of, services, seed
):
    night = await extend(await extend(fox, "It snows"), "Night falls", "8")
    body = {"prompt": "It rains"} | ({} if seed is None else {"seed": seed})
    answer = await client.post(f"/v1/videos/{night['id']}/segments/1", json=body)
    made = answer.json()
    assert (made["seconds"], made["seed"], made["id"] != night["id"]) == ("16", seed or 3, True)
    expected = [("A fox", 0, 4), ("It rains", 4, 4), ("Night falls", 8, 8)]
    assert await segments_of(made) == expected
    spec = (await services.videos.get(made["id"], project="default")).spec
    assert (spec.task, spec.start, spec.frames, spec.extensions) == ("extend", 96, 384, 2)
    assert [step.prompt for step in spec.history] == ["A fox"]
    assert spec.inputs_of("source_video")
    lineage = (await client.get(f"/v1/videos/{made['id']}/lineage")).json()
    edge = {"child": made["id"], "parent": night["id"], "relation": "extension"}
    assert edge in lineage["edges"]


async def test_the_first_segment_is_made_again_as_a_new_film(
    client, fox, extend, segments_of, services
):
    snow = await extend(fox, "It snows")
    made = (
        await client.post(f"/v1/videos/{snow['id']}/segments/0", json={"prompt": "An owl"})
    ).json()
    assert await segments_of(made) == [("An owl", 0, 4), ("It snows", 4, 4)]
    assert (made["seconds"], made["remixed_from_video_id"]) == ("8", snow["id"])
    spec = (await services.videos.get(made["id"], project="default")).spec
    assert (spec.task, spec.history, spec.inputs) == ("create", (), ())


async def test_what_can_not_be_made_again_is_refused(client, create, fox, extend):
    path = f"/v1/videos/{fox['id']}/segments"
    for index in ("1", "-1", "x", "10000"):
        assert (await client.post(f"{path}/{index}", json={"prompt": "x"})).status_code == 404
    nothing = await client.post(f"{path}/0", json={})
    assert (nothing.status_code, nothing.json()["error"]["param"]) == (400, "prompt")
    waiting = await create()
    answer = await client.post(f"/v1/videos/{waiting['id']}/segments/0", json={"prompt": "x"})
    assert answer.json()["error"]["code"] == "video_not_completed"


async def test_an_edited_film_keeps_its_first_segment(client, fox, extend, complete, segments_of):
    snow = await extend(fox, "It snows")
    body = {"prompt": "At night", "video": {"id": snow["id"]}}
    edited = (await client.post("/v1/videos/edits", json=body)).json()
    await complete(edited["id"])
    path = f"/v1/videos/{edited['id']}/segments"
    first = await client.post(f"{path}/0", json={"prompt": "An owl"})
    assert first.json()["error"]["code"] == "unsupported_operation"
    second = (await client.post(f"{path}/1", json={"prompt": "It rains"})).json()
    assert await segments_of(second) == [("A fox", 0, 4), ("It rains", 4, 4)]


async def test_segments_can_follow_in_one_request(client, create, segments_of):
    following = [{"prompt": "It snows", "seconds": 4}, {"prompt": "Night falls", "seconds": 2.5}]
    video = await create(prompt="A fox", following=following)
    assert (video["seconds"], await segments_of(video)) == (
        "10.5",
        [("A fox", 0, 4), ("It snows", 4, 4), ("Night falls", 8, 2.5)],
    )
    request = (await client.get(f"/v1/videos/{video['id']}/request")).json()
    assert (request["body"]["following"], request["missing"]) == (following, [])
    for wrong in (
        [{"prompt": "x"}],
        [{"prompt": "", "seconds": 4}],
        [{"prompt": "x", "seconds": 0}],
    ):
        answer = await client.post("/v1/videos", json={"prompt": "x", "following": wrong})
        assert answer.status_code == 400
    long = [{"prompt": "x", "seconds": 20}] * 6
    answer = await client.post("/v1/videos", json={"prompt": "x", "following": long})
    assert answer.json()["error"]["code"] == "video_too_long"


async def test_a_segment_made_again_is_made_again_by_its_request(client, fox, extend, segments_of):
    night = await extend(await extend(fox, "It snows"), "Night falls", "8")
    path = f"/v1/videos/{night['id']}/segments/1"
    made = (await client.post(path, json={"prompt": "It rains"})).json()
    found = (await client.get(f"/v1/videos/{made['id']}/request")).json()
    assert (found["path"], found["missing"]) == ("/v1/videos/extensions", [])
    again = (await client.post(found["path"], json=found["body"])).json()
    assert await segments_of(again) == await segments_of(made)
    assert again["seed"] == made["seed"]


async def test_an_estimate_stores_nothing(client, create, complete, services):
    done = await create(seconds="4")
    await complete(done["id"])
    waiting = await create()
    body = {"prompt": "A fox", "seconds": "8", "size": "1280x720"}
    answer = await client.post("/v1/videos/estimate", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "object": "video.estimate",
        "model": "sora-2",
        "queue_position": 2,
        "eta_seconds": answer.json()["eta_seconds"],
        "render_seconds": answer.json()["render_seconds"],
        "memory_gib": {},
    }
    listed = (await client.get("/v1/videos")).json()["data"]
    assert [video["id"] for video in listed] == [waiting["id"], done["id"]]
    wrong = await client.post("/v1/videos/estimate", json={"prompt": "A fox", "seconds": "5"})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "seconds")
