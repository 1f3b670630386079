"""Real models behind the API: the server, its worker and its child, with tiny weights."""

import io
import json
import re
import shutil
from pathlib import Path

import av
import process_tree
import pytest
from server_process import Server
from waiting import wait_for

from vitascope.engines.diffusers import cards

_TABLES = {
    "sora-2": {"card": "wan2.2-ti2v-5b", "steps": 1},
    "broken": {"card": "wan2.1-vace-1.3b"},
    "text-only": {"card": "wan2.2-t2v-a14b"},
    "small-one": {"card": "wan2.2-ti2v-5b", "steps": 1},
    "small-other": {"card": "wan2.1-vace-1.3b", "steps": 1},
}
_SHORT = {"duration": 1, "resolution": "320x192"}
_FACTS = (320, 192), 24, 1.0


def _small_card(name, folder):
    """A copy of a card whose sizes are those of tiny weights, so that two models fit."""
    text = Path(cards.__file__).with_name(f"{name}.toml").read_text("utf-8")
    head, sizes = text.split("[sizes]\n")
    small = re.sub(r"\d+\.\d+", "0.01", sizes)
    path = folder / f"small-{name}.toml"
    path.write_text(f"{head}[sizes]\n{small}", "utf-8")
    return str(path)


@pytest.fixture(scope="module")
def server(tiny, tmp_path_factory):
    """A server whose models are drawn by tiny weights on the CPU."""
    base = tmp_path_factory.mktemp("service")
    spoilt = shutil.copytree(tiny("wan2.1-vace-1.3b"), base / "spoilt")
    file = spoilt / "transformer" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    lines = []
    for name, table in _TABLES.items():
        source = spoilt if name == "broken" else tiny(table["card"])
        if name.startswith("small"):
            table = {**table, "card": _small_card(table["card"], base)}
        whole = {"engine": "diffusers", "source": str(source), "device": "cpu", **table}
        whole |= {"dtype": "float32", "render_scale": 0.05}
        lines += [f"[models.{name}]", *(f"{key} = {json.dumps(whole[key])}" for key in whole)]
    config = base / "vitascope.toml"
    config.write_text("\n".join(lines))
    environment = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    server = Server(base / "data", "--config", str(config), environment=environment)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _facts(content):
    with av.open(io.BytesIO(content)) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        size = (picture.codec_context.width, picture.codec_context.height)
        return size, picture.frames, float(sound.duration * sound.time_base)


def _child(server):
    """The process that holds a real model's weights."""

    def look():
        children = server.engine_processes()
        return [pid for pid in children if '"diffusers"' in process_tree.command_of(pid)]

    return wait_for(look, "a child with weights")[0]


@pytest.fixture(scope="module")
def film(server):
    """A film that a model drew."""
    return server.rendered(model="sora-2", seconds="4", size="720x1280")


def test_a_film_has_exactly_the_size_and_length_that_were_asked_for(server, film):
    assert _facts(server.download(film["id"]).content) == ((720, 1280), 96, 4.0)


def test_a_warm_model_extends_the_film_it_drew(server, film):
    child = _child(server)

    extension = {"prompt": "on and on", "seconds": "4", "video": {"id": film["id"]}}
    video = server.http.post("/videos/extensions", json=extension).json()
    video = server.wait_until(video["id"], "completed")

    assert _child(server) == child
    assert _facts(server.download(video["id"]).content) == ((720, 1280), 192, 8.0)


def test_what_a_model_can_not_do_is_refused_with_those_that_can(server, film):
    pixel = {"image_url": "data:image/png;base64,iVBORw0KGgo="}
    options = {"model": "text-only", "prompt": "a heron", "input_reference": pixel}

    refused = server.http.post("/videos", json=options)

    assert refused.status_code == 400
    assert "sora-2" in refused.json()["error"]["message"]


def test_a_cancelled_job_leaves_the_weights_where_they_are(server, film):
    child = _child(server)
    video = server.create(seconds="12", size="720x1280", num_inference_steps=1000)
    wait_for(lambda: server.row(video["id"])["phase"] == "denoise", "the model to begin")

    server.cancel(video["id"])
    after = server.rendered(model="sora-2", **_SHORT)

    assert _facts(server.download(after["id"]).content) == _FACTS
    assert _child(server) == child


def test_spoilt_weights_fail_but_the_worker_lives(server, film):
    worker = server.workers()

    broken = server.wait_until(server.create(model="broken")["id"], "failed")
    after = server.rendered(model="sora-2", **_SHORT)

    assert broken["error"]["code"] == "model_damaged"
    assert "cut off" in broken["error"]["message"]
    assert _facts(server.download(after["id"]).content) == _FACTS
    assert server.workers() == worker


def test_two_models_stay_loaded_in_two_processes_and_serve_jobs_in_turns(server):
    def holders():
        commands = {pid: process_tree.command_of(pid) for pid in server.engine_processes()}
        return {pid for pid, command in commands.items() if "small-wan" in command}

    for name in ("small-one", "small-other"):
        server.rendered(model=name, **_SHORT)
    first = holders()
    assert len(first) == 2

    videos = [server.create(model=name, **_SHORT) for name in ("small-one", "small-other") * 2]
    finished = [server.wait_until(video["id"], "completed") for video in videos]

    assert holders() == first
    assert [video["model"] for video in finished] == ["small-one", "small-other"] * 2
    for video in finished:
        assert _facts(server.download(video["id"]).content) == _FACTS
