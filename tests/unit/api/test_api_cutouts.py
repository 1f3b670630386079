"""Characters cut out of uploads and of parts of videos."""

import numpy as np
import pytest
from PIL import Image
from sweeps import for_all, sampled
from video_fixtures import ffmpeg

DATABASES = ["sqlite"]
pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Four seconds: two of a red figure before grey, then two of a blue one."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"

    def box(colour):
        return f"color=gray:s=160x96:d=2:r=24,drawbox=x=60:y=20:w=40:h=60:c={colour}:t=fill"

    ffmpeg(
        path,
        f"{box('red')}[a];{box('blue')}[b];[a][b]concat=n=2:v=1:a=0,noise=alls=6:allf=t",
        "anullsrc=r=48000:d=4",
        *("-pix_fmt", "yuv420p", "-c:v", "libx264", "-g", "20", "-shortest"),
    )
    return path.read_bytes()


@pytest.fixture
async def video(create, complete, clip):
    """A finished video whose film is the clip."""
    video_id = (await create(seconds="4"))["id"]
    await complete(video_id, content=clip)
    return video_id


def main_colour(png, folder):
    """The channel that is strongest in the middle of a picture."""
    path = folder / "seen.png"
    path.write_bytes(png)
    with Image.open(path) as picture:
        assert picture.mode == "RGBA"
        pixels = np.asarray(picture.convert("RGBA"))
    middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2, :3]
    return "RGB"[int(middle.argmax())]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("span", "colour"),
    sampled(
        [
            pytest.param({}, "R"),
            pytest.param({"start": 0.2, "end": 1.5}, "R"),
            pytest.param({"start": 2.3}, "B"),
            pytest.param({"start": 3.0, "end": 4}, "B"),
        ],
        every=3,
    ),
)
async def test_a_part_of_a_video_gives_its_own_figure(client, video, tmp_path, span, colour):
    body = {"name": "Ada", "video": {"id": video}, **span}
    made = await client.post("/v1/videos/characters", json=body)
    assert made.status_code == 200, made.text
    assert set(made.json()) == {"id", "name", "created_at"}
    picture = await client.get(f"/v1/videos/characters/{made.json()['id']}/content")
    assert picture.headers["content-type"] == "image/png"
    assert main_colour(picture.content, tmp_path) == colour
    lineage = (await client.get(f"/v1/videos/{video}/lineage")).json()
    assert lineage["edges"] == [
        {"child": made.json()["id"], "parent": video, "relation": "character"}
    ]


@for_all(
    ("parameters", "status", "param"),
    [
        ({"start": 3, "end": 2}, 400, "end"),
        ({"end": 5}, 400, "end"),
        ({"start": 4}, 400, "end"),
        ({"start": -1}, 400, "start"),
        ({"video": {"id": "video_none"}}, 404, "video"),
        ({"name": ""}, 400, "name"),
        ({"point": {"x": 0.5}}, 400, "point"),
        ({"point": {"x": 0.5, "y": 1.1}}, 400, "point.y"),
        ({"start": 1, "point": {"x": 0.5, "y": 0.5, "at": 0.5}}, 400, "point"),
    ],
)
async def test_a_wrong_part_is_refused(client, video, services, parameters, status, param):
    body = {"name": "Ada", "video": {"id": video}, **parameters}
    answer = await client.post("/v1/videos/characters", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)
    assert (await client.get("/v1/videos/characters")).json()["data"] == []


@pytest.mark.thorough
async def test_a_point_says_which_figure(client, video, clip, tmp_path):
    point = {"x": 0.5, "y": 0.5, "at": 3}
    body = {"name": "Ada", "video": {"id": video}, "point": point}
    made = [(await client.post("/v1/videos/characters", json=body)).json()["id"]]
    data = {"name": "Bob", **{f"point[{key}]": str(value) for key, value in point.items()}}
    files = {"video": ("clip.mp4", clip)}
    made.append((await client.post("/v1/videos/characters", data=data, files=files)).json()["id"])
    for each in made:  # without the point it is the red one
        picture = await client.get(f"/v1/videos/characters/{each}/content")
        assert main_colour(picture.content, tmp_path) == "B"


async def test_an_upload_has_no_part(client, clip):
    files = {"video": ("clip.mp4", clip)}
    answer = await client.post(
        "/v1/videos/characters", data={"name": "Ada", "start": "1"}, files=files
    )
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "start")
