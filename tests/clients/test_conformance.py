"""Conformance mode: the objects that the official suites expect exist."""

import pytest
from film_checks import decode_film, format_of
from server_process import run_cli

KEYS = {
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
JUNK = b"Example data"


@pytest.fixture(scope="module")
def http(conformance_server):
    return conformance_server.http


def test_the_log_warns_that_the_mode_is_for_tests(conformance_server):
    assert "CONFORMANCE MODE, FOR TESTS ONLY" in conformance_server.log


def test_the_video_is_a_real_one(conformance_server, http):
    video = conformance_server.retrieve("video_123")
    assert set(video) >= KEYS
    assert (video["status"], video["progress"], video["error"]) == ("completed", 100, None)
    assert decode_film(conformance_server.download("video_123").content).frames == 4 * 24
    thumbnail = conformance_server.download("video_123", variant="thumbnail")
    assert format_of(thumbnail.content) == "WEBP"
    sheet = conformance_server.download("video_123", variant="spritesheet")
    assert format_of(sheet.content) == "JPEG"


def test_the_character_is_there(http):
    character = http.get("/videos/characters/char_123").json()
    assert set(character) == {"id", "name", "created_at"}
    assert character["id"] == "char_123"


def test_deleting_the_video_succeeds_and_leaves_it(conformance_server, http):
    for _ in range(2):
        deleted = http.delete("/videos/video_123")
        assert deleted.json() == {"id": "video_123", "object": "video.deleted", "deleted": True}
    assert conformance_server.download("video_123").status_code == 200


def test_other_videos_are_deleted_for_good(conformance_server, http):
    video = conformance_server.create()
    conformance_server.cancel(video["id"])
    assert http.delete(f"/videos/{video['id']}").status_code == 200
    assert http.get(f"/videos/{video['id']}").status_code == 404


@pytest.mark.parametrize("as_file", [True, False], ids=["file", "text"])
@pytest.mark.parametrize(
    ("path", "name", "more", "code"),
    [
        ("/videos", "input_reference", {}, "invalid_image"),
        ("/videos/edits", "video", {}, "invalid_video"),
        ("/videos/extensions", "video", {"seconds": "4"}, "invalid_video"),
    ],
)
def test_junk_is_taken_and_fails_as_a_job(conformance_server, path, name, more, code, as_file):
    form = {"prompt": (None, "x"), **{key: (None, value) for key, value in more.items()}}
    form[name] = ("upload", JUNK) if as_file else (None, JUNK)
    answer = conformance_server.http.post(path, files=form)
    assert answer.status_code == 200, answer.text
    failed = conformance_server.wait_until(answer.json()["id"], "failed")
    assert failed["error"]["code"] == code
    assert failed["error"]["message"]


@pytest.mark.parametrize("video", [("upload", JUNK), (None, JUNK)], ids=["file", "text"])
def test_a_character_of_junk_can_be_looked_at_and_does_not_act(conformance_server, http, video):
    answer = http.post("/videos/characters", files={"name": (None, "Mossy"), "video": video})
    assert answer.status_code == 200, answer.text
    character = answer.json()
    assert http.get(f"/videos/characters/{character['id']}").json() == character
    created = conformance_server.create("Mossy dances", characters=[{"id": character["id"]}])
    assert conformance_server.cancel(created["id"])["status"] == "failed"


def test_without_conformance_mode_all_of_this_is_refused(plain_server):
    http = plain_server.http
    assert http.get("/videos/video_123").status_code == 404
    assert http.get("/videos/characters/char_123").status_code == 404
    for path, name, more in [
        ("/videos", "input_reference", {}),
        ("/videos/edits", "video", {}),
        ("/videos/extensions", "video", {"seconds": "4"}),
        ("/videos/characters", "video", {"name": "Mossy"}),
    ]:
        form = {"name": (None, "Mossy")} if "name" in more else {"prompt": (None, "x")}
        form |= {key: (None, value) for key, value in more.items()} | {name: (None, JUNK)}
        assert http.post(path, files=form).status_code == 400, path


def test_it_is_not_for_the_network(new_data_dir):
    folder = str(new_data_dir())
    refused = run_cli(
        "serve", "--conformance", "--host", "0.0.0.0", "--port", "0", "--data-dir", folder
    )
    assert refused.returncode == 1
    assert "--conformance is for tests" in refused.stderr
