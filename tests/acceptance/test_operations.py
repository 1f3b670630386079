"""Every operation through the official SDK, its results decoded and counted."""

import os
import signal
import socket
import warnings

import film_checks
import numpy as np
import pytest
import video_fixtures
from openai import BadRequestError, NotFoundError, OpenAI, omit
from openai.types import Video
from process_tree import alive, command_of, descendants, kill
from waiting import wait_for

FOX = "A fox runs through a forest at dusk"
SIZE = WIDTH, HEIGHT = 384, 216
"""Of films and uploads: as small as shows what is looked for."""
RESOLUTION = f"{WIDTH}x{HEIGHT}"

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API is scheduled:DeprecationWarning")


@pytest.fixture(scope="module")
def client(server):
    with server.openai(max_retries=0) as sdk:
        yield sdk


def finished(client: OpenAI, video: Video) -> Video:
    video = client.videos.poll(video.id)
    assert video.status == "completed", video.error
    return video


def content(client: OpenAI, video: Video, variant: str = "video") -> bytes:
    return client.videos.download_content(video.id, variant=variant).read()


@pytest.fixture(scope="module")
def fox(client):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made = client.videos.create(prompt=FOX, extra_body={"seed": 7, "resolution": RESOLUTION})
        return finished(client, made)


@pytest.fixture(scope="module")
def fox_film(client, fox):
    return content(client, fox)


@pytest.fixture(scope="module")
def upload(tmp_path_factory):
    return video_fixtures.moving_video(
        tmp_path_factory.mktemp("uploads") / "upload.mp4", size=SIZE, seconds=2.5
    )


class TestRemix:
    def test_keeps_what_both_prompts_share(self, client, fox, fox_film):
        remix = finished(client, client.videos.remix(fox.id, prompt=FOX.replace("fox", "wolf")))
        assert remix.remixed_from_video_id == fox.id
        assert (remix.model, remix.size, remix.seconds) == (fox.model, fox.size, fox.seconds)
        assert remix.seed == fox.seed == 7
        before, after = (
            video_fixtures.lumas(fox_film)[0],
            video_fixtures.lumas(content(client, remix))[0],
        )
        difference = np.abs(before - after)
        # Behind the animal there is light or shade that sets it off.
        assert difference[: HEIGHT // 6, 2 * WIDTH // 3 :].mean() < 1.0, "the sky stays"
        assert difference[HEIGHT // 3 :].max() > 40, "the animal changes"

    def test_takes_multipart_as_java_and_ruby_send_it(self, server, client, fox):
        answer = server.http.post(
            f"/videos/{fox.id}/remix", files={"prompt": (None, "An owl in a forest at dusk")}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["remixed_from_video_id"] == fox.id
        server.cancel(answer.json()["id"])

    def test_needs_a_completed_source(self, server, client):
        slow = server.create_slow()
        with pytest.raises(BadRequestError, match="Only completed videos can be remixed"):
            client.videos.remix(slow["id"], prompt="x")
        server.cancel(slow["id"])
        with pytest.raises(NotFoundError, match="not found"):
            client.videos.remix("video_nowhere", prompt="x")


class TestEdit:
    def test_draws_the_scene_again_with_the_change(self, client, fox, fox_film):
        edit = client.videos.edit(
            prompt="Make it night, with falling snow",
            video=omit,
            extra_body={"video": {"id": fox.id}},
        )
        edit = finished(client, edit)
        assert edit.remixed_from_video_id == fox.id
        film = content(client, edit)
        watched = film_checks.decode_film(film)
        assert (watched.size, watched.frames, watched.sound_seconds) == (SIZE, 96, 4)
        before, after = video_fixtures.rgb(fox_film, 50), video_fixtures.rgb(film, 50)
        blue, dusky = (int(film[..., 2].mean() - film[..., 0].mean()) for film in (after, before))
        assert after.mean() < before.mean(), "night is darker"
        assert blue > dusky + 10, "and bluer"
        above = HEIGHT // 3
        assert after[:above, :, 0].mean() < before[:above, :, 0].mean() - 20, "the glow is gone"

    @pytest.mark.parametrize(
        "send",
        [
            lambda client, video: client.post(
                "/videos/edits",
                body={"prompt": "make it night", "video": {"id": video}},
                cast_to=Video,
            ),
            lambda client, video: client.videos.edit(
                prompt="make it night",
                video=omit,
                extra_headers={"Content-Type": "application/json"},
                extra_body={"video": {"id": video}},
            ),
        ],
        ids=["JSON by post", "JSON by header"],
    )
    def test_takes_the_id_in_every_wire_form(self, server, client, fox, send):
        edit = send(client, fox.id)
        assert edit.remixed_from_video_id == fox.id
        server.cancel(edit.id)

    def test_takes_the_id_as_the_cli_sends_it(self, server, fox):
        fields = {"prompt": (None, "make it night"), "video": (None, fox.id)}
        answer = server.http.post("/videos/edits", files=fields)
        assert answer.status_code == 200, answer.text
        server.cancel(answer.json()["id"])

    def test_works_on_the_frames_of_a_film_from_outside(self, client, upload):
        edit = finished(client, client.videos.edit(prompt="Make it night", video=upload))
        assert (edit.size, edit.seconds) == (RESOLUTION, "2.5")
        film, source = content(client, edit), upload.read_bytes()
        watched = film_checks.decode_film(film)
        assert (watched.size, watched.frames) == (SIZE, 60)
        assert watched.picture_seconds == watched.sound_seconds == 2.5
        before, after = video_fixtures.rgb(source, 30), video_fixtures.rgb(film, 30)
        assert after.mean() < 0.75 * before.mean()
        assert video_fixtures.sound_level(film) == pytest.approx(
            video_fixtures.sound_level(source), rel=0.1
        )

    def test_mirrors_and_mutes(self, client, upload):
        edit = client.videos.edit(prompt="Mirror it and remove the sound", video=upload)
        film = content(client, finished(client, edit))
        before, after = (
            video_fixtures.lumas(upload.read_bytes())[20],
            video_fixtures.lumas(film)[20],
        )
        mirrored, straight = np.abs(before[:, ::-1] - after), np.abs(before - after)
        # The film's matrix is BT.709, the upload's BT.601: strong colours differ in luma.
        assert 2 * mirrored.max() < straight.max(), "the disc is on the other side"
        assert video_fixtures.sound_level(film) < 0.001

    def test_names_the_possible_edits_when_it_understands_none(self, client, upload):
        edit = client.videos.edit(prompt="Translate the dialogue into Latin", video=upload)
        edit = client.videos.poll(edit.id)
        assert (edit.status, edit.error.code) == ("failed", "edit_not_understood")
        assert "night" in edit.error.message

    def test_an_upload_that_is_no_video_fails_with_a_code(self, client):
        edit = client.videos.poll(client.videos.edit(prompt="night", video=b"no film").id)
        assert (edit.status, edit.error.code) == ("failed", "invalid_video")

    def test_a_film_must_be_named(self, server):
        answer = server.http.post("/videos/edits", json={"prompt": "make it night"})
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "video"


def extend(client: OpenAI, video: str, seconds: str = "4", prompt: str = "Snow falls") -> Video:
    return client.videos.extend(
        prompt=prompt, seconds=seconds, video=omit, extra_body={"video": {"id": video}}
    )


def assert_no_seam(film: bytes, joint: int) -> None:
    """The step across the joint is about as large as the largest within 12 frames of it.

    It may be 5 % larger, because the frame after the joint is coded by itself, as a key frame.
    """
    light = video_fixtures.lumas(film)[joint - 13 : joint + 13]
    moved = video_fixtures.frame_differences(light)
    across = moved[12]
    around = np.delete(moved, 12)
    assert across <= 1.05 * around.max(), (across, around.max())


@pytest.fixture(scope="module")
def longer(client, fox):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return finished(client, extend(client, fox.id))


class TestExtension:
    def test_is_the_whole_film_without_a_seam(self, client, fox, fox_film, longer):
        assert (longer.seconds, longer.size) == ("8", fox.size)
        film = content(client, longer)
        watched = film_checks.decode_film(film)
        assert (watched.frames, watched.picture_seconds, watched.sound_seconds) == (192, 8, 8)
        assert video_fixtures.packets(film)[:96] == video_fixtures.packets(fox_film), (
            "copied bit for bit"
        )
        assert_no_seam(film, 96)

    def test_has_previews_of_the_whole(self, client, fox, longer):
        assert content(client, longer, "thumbnail") == content(client, fox, "thumbnail")
        assert film_checks.format_of(content(client, longer, "spritesheet")) == "JPEG"
        assert content(client, longer, "spritesheet") != content(client, fox, "spritesheet")

    def test_can_be_extended_again(self, client, longer):
        again = finished(client, extend(client, longer.id, prompt="Then it is night"))
        film = content(client, again)
        assert film_checks.decode_film(film).frames == 288
        assert video_fixtures.packets(film)[:192] == video_fixtures.packets(content(client, longer))
        assert_no_seam(film, 192)

    def test_goes_on_from_a_chosen_second_and_makes_a_segment_again(self, client, longer):
        """Frames are counted; what is kept looks and sounds as before, and shows no seam."""
        body = {"prompt": "Rain begins to fall", "seconds": "4", "video": {"id": longer.id}}
        made = client.post("/videos/extensions", body=body | {"from_seconds": 5.5}, cast_to=Video)
        cut = finished(client, made)
        film, before = content(client, cut), content(client, longer)
        watched = film_checks.decode_film(film)
        assert (watched.frames, watched.picture_seconds, watched.sound_seconds) == (228, 9.5, 9.5)
        assert video_fixtures.packets(film)[:96] == video_fixtures.packets(before)[:96]
        assert_no_seam(film, 132)

        path = f"/videos/{cut.id}/segments/1"
        again = finished(client, client.post(path, body={"seed": 5}, cast_to=Video))
        film = content(client, again)
        assert film_checks.decode_film(film).frames == 228
        assert video_fixtures.packets(film)[:96] == video_fixtures.packets(before)[:96]
        data = client.get(f"/videos/{again.id}/segments", cast_to=object)["data"]
        assert [(one["start_seconds"], one["seconds"]) for one in data] == [
            (0, 4),
            (4, 1.5),
            (5.5, 4),
        ]

    def test_an_upload_is_carried_on_from_its_last_frame(self, client, upload):
        made = client.videos.extend(prompt="Rain begins to fall", seconds="4", video=upload)
        made = finished(client, made)
        assert (made.seconds, made.size) == ("6.5", RESOLUTION)
        film = content(client, made)
        watched = film_checks.decode_film(film)
        assert (watched.frames, watched.sound_seconds) == (156, 6.5)
        assert_no_seam(film, 60)

    def test_an_upload_with_oblong_pixels_becomes_one_with_square_ones(self, client, tmp_path):
        path = video_fixtures.ffmpeg(
            tmp_path / "a.mp4",
            "testsrc=s=360x270:d=1:r=24,setsar=4/3",
            *("-pix_fmt", "yuv420p", "-preset", "ultrafast"),
        )
        made = client.videos.extend(prompt="Rain begins to fall", seconds="4", video=path)
        made = finished(client, made)
        assert (made.seconds, made.size) == ("5", "480x270")
        watched = film_checks.decode_film(content(client, made))
        assert (watched.size, watched.frames) == ((480, 270), 120)

    def test_ends_at_six_times_and_two_minutes(self, server, client, fox):
        server.change_spec(fox.id, extensions=6)
        with pytest.raises(BadRequestError, match="extended 6 times") as refused:
            extend(client, fox.id)
        assert refused.value.code == "too_many_extensions"
        server.change_spec(fox.id, extensions=0, frames=104 * 24)
        with pytest.raises(BadRequestError, match="124 seconds long; 120 is the most"):
            extend(client, fox.id, "20")
        server.change_spec(fox.id, frames=96)

    def test_seconds_must_be_given(self, server, fox):
        body = {"prompt": "x", "video": {"id": fox.id}}
        answer = server.http.post("/videos/extensions", json=body)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "seconds")
        answer = server.http.post("/videos/extensions", json={**body, "seconds": "5"})
        assert answer.json()["error"]["code"] == "invalid_value"


@pytest.fixture(scope="module")
def mossy(client, upload):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return client.videos.create_character(name="Mossy", video=upload)


class TestCharacters:
    def test_are_three_keys(self, server, client, mossy):
        assert client.videos.get_character(mossy.id).name == "Mossy"
        raw = server.http.get(f"/videos/characters/{mossy.id}").json()
        assert set(raw) == {"id", "name", "created_at"}
        with pytest.raises(NotFoundError):
            client.videos.get_character("char_nobody")

    def test_act_in_the_film_that_names_them_and_in_no_other(self, server, client, upload, mossy):
        rusty = client.videos.create_character(name="Rusty", video=upload)
        made = client.videos.create(
            prompt="Mossy walks along a snowy field at noon",
            extra_body={
                "characters": [{"id": mossy.id}, {"id": rusty.id}],
                "seed": 3,
                "resolution": f"{HEIGHT}x{WIDTH}",
            },
        )
        frame = video_fixtures.rgb(content(client, finished(client, made)), 48).astype(int)
        red = (frame[..., 0] > frame[..., 1] + 60) & (frame[..., 0] > frame[..., 2] + 60)
        assert red.mean() > 0.002, "the red disc of the clip is in the picture"

        with server.database() as database:
            query = "SELECT message FROM job_log WHERE video_id = ?"
            notes = [row[0] for row in database.execute(query, (made.id,))]
        assert any("Rusty" in note and "not named in the prompt" in note for note in notes), notes

    def test_are_two_at_most_and_must_exist(self, client, mossy):
        with pytest.raises(BadRequestError, match="maximum length 2"):
            three = [{"id": mossy.id}] * 3
            client.videos.create(prompt="Mossy", extra_body={"characters": three})
        with pytest.raises(NotFoundError, match="char_nobody"):
            client.videos.create(prompt="x", extra_body={"characters": [{"id": "char_nobody"}]})

    def test_a_clip_that_is_none_is_refused_at_once(self, client, server):
        with pytest.raises(BadRequestError) as refused:
            client.videos.create_character(name="Mossy", video=b"no film")
        assert refused.value.code == "invalid_video"
        assert server.scratch() == [] or all("cutouts" not in str(p) for p in server.scratch())

    def test_are_abandoned_when_the_client_disconnects(self, server, tmp_path):
        clip = video_fixtures.repeated_frame(
            tmp_path / "clip.mp4", size=(640, 352), frames=200
        ).read_bytes()
        body = b"\r\n".join(
            [
                b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nMossy',
                b'--x\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n',
                clip,
                b"--x--\r\n",
            ]
        )
        head = (
            "POST /v1/videos/characters HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
        )

        def decoders():
            return [pid for pid in descendants(server.pid) if "jobs.decoder" in command_of(pid)]

        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head.encode() + body)
            [decoder] = wait_for(decoders, "a decoder")
            os.kill(decoder, signal.SIGSTOP)  # so that it can't end by itself
        assert wait_for(lambda: not alive(decoder), "the end of the decoder", seconds=10)
        assert wait_for(
            lambda: "cutouts" not in str(server.scratch()), "the removal of its folder", seconds=10
        )


class TestFiles:
    def test_live_from_upload_to_deletion(self, client):
        file = client.files.create(file=("a b.png", film_checks.picture()), purpose="vision")
        assert (file.object, file.purpose, file.filename) == ("file", "vision", "a b.png")
        assert client.files.retrieve(file.id).bytes == file.bytes == len(film_checks.picture())
        assert client.files.content(file.id).read() == film_checks.picture()
        assert file.id in [each.id for each in client.files.list(purpose="vision")]
        assert file.id not in [each.id for each in client.files.list(purpose="batch")]
        assert client.files.delete(file.id).deleted
        with pytest.raises(NotFoundError, match="No such File object"):
            client.files.retrieve(file.id)

    def test_page(self, client):
        made = [client.files.create(file=b"x", purpose="user_data").id for _ in range(5)]
        listed = [each.id for each in client.files.list(limit=2, purpose="user_data", order="asc")]
        assert listed == made

    def test_can_be_the_first_frame(self, server, client):
        """As the first frame that a create uploads, whose film test_sdk_python.py decodes."""
        file = client.files.create(file=film_checks.picture(), purpose="vision")
        made = client.videos.create(
            prompt="Snow falls", extra_body={"input_reference": {"file_id": file.id}}
        )
        [given] = server.spec(made.id)["inputs"]
        assert given["role"] == "first_frame"
        stored = server.data_dir / "files" / given["asset"]["key"]
        assert stored.read_bytes() == film_checks.picture()
        server.cancel(made.id)
        with pytest.raises(NotFoundError, match="No such File object"):
            wrong = {"input_reference": {"file_id": "file-none"}}
            client.videos.create(prompt="x", extra_body=wrong)

    def test_purpose_is_checked(self, client):
        with pytest.raises(BadRequestError) as refused:
            client.files.create(file=b"x", purpose="fine-tune")
        assert refused.value.param == "purpose"


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("mono.mkv", {"sound": "mono", "fps": 30, "size": (322, 242)}),
        ("silent.webm", {"codec": "libvpx-vp9", "sound": None, "size": (320, 240)}),
    ],
)
def test_uploads_are_converted_to_the_output_profile(client, tmp_path, name, shape):
    source = video_fixtures.moving_video(tmp_path / name, seconds=1.0, **shape)
    edit = finished(client, client.videos.edit(prompt="Black and white", video=source))
    watched = film_checks.decode_film(content(client, edit))
    rate = shape.get("fps", 24)  # an upload keeps its own
    assert (watched.size, watched.frames, watched.sound_seconds) == (shape["size"], rate, 1)


def test_spent_inputs_are_not_kept(server, longer):
    kinds = {name.partition("/")[2] for name in server.stored(longer.id)}
    assert kinds == {"video.mp4", "thumbnail.webp", "spritesheet.jpg"}


def test_the_same_prompt_and_seed_make_the_same_bytes(server):
    job = {"prompt": "A fox in the snow", "seed": 7, "resolution": "320x192", "duration": 1}
    first = server.download(server.rendered(**job)["id"])
    kill(server.engine_process())  # so that the second film comes from a new process

    second = server.download(server.rendered(**job)["id"])

    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]
