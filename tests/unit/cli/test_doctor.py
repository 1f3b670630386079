"""What the doctor finds: on this machine, on machines with a fake GPU, and in the stores."""

import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import sqlalchemy as sa
from sweeps import for_all

from vitascope import config
from vitascope.cli.doctor import machine, models
from vitascope.cli.doctor.command import stores
from vitascope.cli.doctor.machine import Devices, Gpu
from vitascope.engines.diffusers.cards import card_named
from vitascope.store import schema
from vitascope.store.database import sync_url

DATABASES = ["sqlite"]
RTX_4090 = "0, NVIDIA GeForce RTX 4090, 24564, 23900, 8.9, 580.65.06"


@pytest.fixture(autouse=True)
def no_torch(monkeypatch):
    """As on a machine without the extra, which these tests may run on or not."""
    monkeypatch.setattr(machine, "find_spec", lambda _name: None)


@pytest.fixture
def fake_nvidia_smi(tmp_path, monkeypatch):
    """Puts a fake `nvidia-smi` on PATH that prints these lines and ends with this status."""

    def install(*lines, status=0):
        folder = tmp_path / "fake-bin"
        folder.mkdir()
        script = folder / "nvidia-smi"
        text = "\n".join(lines)
        script.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\nexit {status}\n", "utf-8")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return install


@pytest.fixture
def doctor_report(vitascope):
    """Runs the doctor and returns its status and its findings by section and name."""

    def run(*words, **more):
        process = vitascope("doctor", "--json", *words, **more)
        assert process.stderr == ""
        report = json.loads(process.stdout)
        assert report.pop("ok") is (process.returncode == 0)
        return process.returncode, {
            section: {each["name"]: each for each in found} for section, found in report.items()
        }

    return run


def test_open_files_are_reported_and_too_few_advised_on(doctor_report, monkeypatch):
    monkeypatch.setenv("VITASCOPE_MAX_CONNECTIONS", "10")
    _status, found = doctor_report()
    assert found["this_machine"]["open files"]["state"] == "good"
    assert "10 connections" in found["this_machine"]["open files"]["detail"]

    monkeypatch.setenv("VITASCOPE_MAX_CONNECTIONS", "1000000000")
    status, found = doctor_report()
    few = found["this_machine"]["open files"]
    assert status == 0
    assert few["state"] == "remark"
    assert "instead of 1000000000" in few["detail"]
    assert "hard limit" in few["advice"]


class TestMachines:
    """Cards on machines of any kind."""

    def test_a_gpu_with_24_gib(self, doctor_report, fake_nvidia_smi, monkeypatch):
        monkeypatch.setattr(machine, "memory_gib", lambda: 64.0)
        fake_nvidia_smi(RTX_4090)

        status, found = doctor_report()

        assert status == 0
        gpu = found["this_machine"]["GPU 0"]
        assert gpu["detail"] == "NVIDIA GeForce RTX 4090, 23.3 of 24.0 GiB free, driver 580.65.06"
        card = found["cards"]["wan2.2-ti2v-5b"]
        assert card["state"] == "good"
        assert re.match(
            r"GPU 0, plan text \(all but the text encoder on the GPU, decoding in tiles\): "
            r"[\d.]+ GiB at most; attention by sage_hub or sage or _native_cudnn or torch\n",
            card["detail"],
        )
        assert "Apache-2.0" in card["detail"]
        assert "plan none" in found["cards"]["wan2.1-vace-1.3b"]["detail"]

    def test_little_main_memory_is_reported(self, doctor_report, fake_nvidia_smi, monkeypatch):
        monkeypatch.setattr(machine, "memory_gib", lambda: 8.0)
        fake_nvidia_smi(RTX_4090)
        card = doctor_report()[1]["cards"]["wan2.2-ti2v-5b"]
        assert card["state"] == "remark"
        assert "main memory (8 GiB) may not hold its weights" in card["detail"]

    @pytest.mark.parametrize(
        ("lines", "status"),
        [
            (["NVIDIA-SMI has failed because it couldn't communicate with the driver."], 9),
            (["No devices were found"], 0),
            (["0, NVIDIA GB10, [N/A], [N/A], 12.1, 580.65.06"], 0),
        ],
    )
    def test_no_gpu(self, doctor_report, fake_nvidia_smi, lines, status):
        fake_nvidia_smi(*lines, status=status)

        status, found = doctor_report()

        assert status == 0
        assert found["this_machine"]["GPU"]["detail"].startswith("none found")
        card = found["cards"]["wan2.2-ti2v-5b"]
        assert (card["state"], card["detail"].startswith("needs a GPU with ")) == ("remark", True)

    def test_this_machine_draws_with_what_is_installed(self, doctor_report):
        status, found = doctor_report()
        assert status == 0
        assert found["this_machine"]["H.264"]["state"] == "good"
        assert "GiB free at " in found["this_machine"]["data folder"]["detail"]
        assert found["this_machine"]["real models"]["advice"] == (
            "pip install 'vitascope[diffusers]'"
        )
        assert found["configured_models"]["sora-2"]["detail"] == "shadowplay, on the CPU"

    @pytest.mark.parametrize(("lack", "state"), [(None, "good"), ("C compiler", "remark")])
    def test_what_compiling_takes(self, doctor_report, fake_nvidia_smi, monkeypatch, lack, state):
        monkeypatch.setattr(machine, "has_extra", lambda: True)
        monkeypatch.setattr(machine.kernels, "missing_build_tool", lambda: lack)
        fake_nvidia_smi(RTX_4090)

        compiling = doctor_report()[1]["this_machine"]["compiling"]

        assert compiling["state"] == state
        assert (compiling["advice"] or "").startswith("On Debian") is (lack is not None)

    def test_a_full_disk(self, doctor_report, monkeypatch):
        monkeypatch.setattr(machine, "free_gib", lambda _folder: 0.5)
        status, found = doctor_report()
        assert status == 1
        assert found["this_machine"]["data folder"]["state"] == "bad"

    def test_the_report_for_people_has_a_line_for_each_finding(self, vitascope, fake_nvidia_smi):
        fake_nvidia_smi(RTX_4090)
        process = vitascope("doctor")
        lines = [line.strip() for line in process.stdout.splitlines()]
        assert process.returncode == 0
        for title in ("This machine", "Stores", "Configured models", "Cards"):
            assert title in lines
        assert any(re.match(r"✓ +GPU 0 +NVIDIA GeForce RTX 4090", line) for line in lines)
        assert any(re.match(r"· +real models +the extra is not", line) for line in lines)
        assert "→ pip install 'vitascope[diffusers]'" in lines
        assert lines[-1] == "✓ Everything that is configured can run here."


def gpu(index=0, free=23.0):
    return Gpu(index, "Fake GPU", 24.0, free)


def devices(*found, mps=False):
    return Devices(tuple(found), mps=mps, findings=())


class TestModels:
    """Configured models, as they stand."""

    @pytest.fixture
    def has_extra(self, monkeypatch):
        monkeypatch.setattr(machine, "find_spec", lambda name: name)
        monkeypatch.setattr(machine, "memory_gib", lambda: 256.0)

    @pytest.fixture
    def judge(self, has_extra, tmp_path, monkeypatch):
        """The finding for one model of this table; its weights are here unless `pulled=False`."""
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))

        def one(found, *, pulled=True, **table):
            if pulled:
                repository = tmp_path / "hub" / "models--Wan-AI--Wan2.2-TI2V-5B-Diffusers"
                snapshot = repository / "snapshots" / "abc"
                snapshot.mkdir(parents=True, exist_ok=True)
                (snapshot / "model_index.json").touch()
                distillation = card_named("wan2.2-ti2v-5b").distillation
                adapter = distillation.local_file(snapshot, "transformer")
                adapter.parent.mkdir(exist_ok=True)
                adapter.touch()
            table = {"engine": "diffusers", "card": "wan2.2-ti2v-5b", **table}
            settings = config.load(data_dir=tmp_path, models={"mine": table})
            return {each.name: each for each in models.configured(settings, found)}["mine"]

        return one

    def test_one_that_can_run(self, judge):
        finding = judge(devices(gpu()))
        assert finding.state == "good"
        assert finding.detail.startswith("wan2.2-ti2v-5b: GPU 0, plan text ")

    def test_one_whose_weights_are_to_be_pulled(self, judge):
        finding = judge(devices(gpu()), pulled=False)
        assert finding.state == "bad"
        assert finding.detail.endswith("; the weights are not on this machine yet")
        assert finding.advice == "vitascope models pull mine"

    def test_one_whose_weights_are_there_in_part(self, judge, tmp_path):
        assert judge(devices(gpu())).state == "good"
        [repository] = (tmp_path / "hub").iterdir()
        (repository / "blobs").mkdir()
        (repository / "blobs" / "abc.incomplete").touch()
        assert judge(devices(gpu())).advice == "vitascope models pull mine"

    def test_one_whose_weights_would_not_fit_the_disk(self, judge, monkeypatch):
        monkeypatch.setattr(machine, "free_gib", lambda _folder: 10.0)
        finding = judge(devices(gpu()), pulled=False)
        assert finding.advice.startswith("Make room: the weights take ")
        assert "10 are free" in finding.advice

    def test_a_local_folder_is_enough(self, judge, tmp_path):
        (tmp_path / "weights" / "distilled").mkdir(parents=True)
        (tmp_path / "weights" / "distilled" / "transformer.safetensors").touch()
        finding = judge(devices(gpu()), pulled=False, source=str(tmp_path / "weights"))
        assert finding.state == "good"

    def test_one_that_lacks_its_adapters(self, judge, tmp_path):
        (tmp_path / "weights").mkdir()

        def doctor_report(**table):
            source = str(tmp_path / "weights")
            return judge(devices(gpu()), pulled=False, source=source, **table)

        found = doctor_report()
        assert found.state == "remark"
        assert found.detail.endswith("are missing: without them it needs 50 steps")
        assert found.advice == (
            "vitascope models pull mine, or put them there as "
            f"{tmp_path}/weights/distilled/transformer.safetensors"
        )
        assert doctor_report(quality="high").state == doctor_report(distilled=True).state == "good"
        worn = card_named("wan2.2-ti2v-5b").distillation
        cached = tmp_path / "hub" / f"models--{worn.source.replace('/', '--')}" / "snapshots" / "a"
        for name in worn.files.values():
            (cached / name).parent.mkdir(parents=True)
            (cached / name).touch()
        assert doctor_report().state == "good"

    @for_all(
        ("table", "detail", "advice", "state"),
        [
            (
                {"loras": [{"source": "/srv/no-such.safetensors"}]},
                "the LoRA /srv/no-such.safetensors is not on this machine",
                "Correct `source` and `file` of the model's `loras`.",
                "bad",
            ),
            (
                {"loras": [{"id": "ink", "source": "some/loras", "file": "ink.safetensors"}]},
                "the LoRA ink (some/loras/ink.safetensors) is not on this machine",
                "vitascope models pull mine",
                "bad",
            ),
            (
                {"loras": [{"source": "some/loras"}]},
                "the LoRA some/loras is not on this machine",
                "Add `file` to the model's `loras`: which file of some/loras it is.",
                "bad",
            ),
            (
                {"interpolator": {"source": "some/rife", "file": "rife.onnx"}},
                "the interpolator some/rife/rife.onnx is not on this machine: frames are blended",
                "vitascope models pull mine",
                "remark",
            ),
            (
                {"upscaler": {"source": "/srv/no-such.onnx"}},
                "the upscaler /srv/no-such.onnx is not on this machine: larger films are scaled up",
                "Correct `source` and `file` of the model's `upscaler`.",
                "remark",
            ),
            (
                {"transformer_file": "/srv/no-such.gguf"},
                "the file /srv/no-such.gguf does not exist",
                "Correct the model's `transformer_file` or `transformer_2_file`.",
                "bad",
            ),
        ],
    )
    def test_one_that_lacks_a_file_of_its_table(self, judge, table, detail, advice, state):
        finding = judge(devices(gpu()), **table)
        assert finding.detail.endswith(f"; {detail}")
        assert (finding.advice, finding.state) == (advice, state)

    def test_files_of_its_table_that_are_there(self, judge, tmp_path, monkeypatch):
        cached = tmp_path / "hub" / "models--some--rife" / "snapshots" / "a"
        cached.mkdir(parents=True)
        for name in ("rife.onnx", "ink.safetensors"):
            (cached / name).touch()
        table = {
            "interpolator": {"source": "some/rife", "file": "rife.onnx"},
            "loras": [{"source": str(cached), "file": "ink.safetensors"}],
        }
        monkeypatch.setattr(models.picture_models, "is_installed", lambda: True)
        assert judge(devices(gpu()), **table).state == "good"

        monkeypatch.setattr(models.picture_models, "is_installed", lambda: False)
        finding = judge(devices(gpu()), **table)
        assert finding.state == "remark"
        assert finding.detail.endswith("; onnxruntime is not installed: frames are blended")

    def test_every_lack_is_named_with_what_to_do(self, judge, tmp_path):
        (tmp_path / "weights").mkdir()
        finding = judge(
            devices(gpu()),
            pulled=False,
            source=str(tmp_path / "weights"),
            loras=[{"source": "/srv/no-such.safetensors"}],
            upscaler={"source": "some/upscalers", "file": "large.onnx"},
        )
        assert finding.state == "bad"
        lacks = finding.detail.split("; ")[-3:]
        assert [lack.split(" ")[1] for lack in lacks] == ["adapters", "LoRA", "upscaler"]
        assert len(finding.advice.splitlines()) == 3

    @for_all(
        ("found", "table", "detail", "advice"),
        [
            (devices(gpu(free=3.0)), {}, "GPU 0 has 3.0 free", "Free the GPU of other work"),
            (devices(gpu()), {"memory": "none"}, "by plan none", "Leave the model's `memory` out"),
            (devices(gpu()), {"gpus": 2}, "for 2 GPUs; there are 1", "`device` or `gpus`"),
            (devices(gpu()), {"device": "cuda:1"}, "configured for cuda:1", "`device` or `gpus`"),
            (devices(gpu(), gpu(1, 3.0)), {"gpus": 2}, "GPU 1 has 3.0 free", "Free the GPU"),
            (devices(), {}, "needs a GPU with ", "device = 'cpu'"),
            (devices(gpu()), {"card": "no-such"}, "There is no card 'no-such'", "Correct"),
        ],
    )
    def test_one_that_can_not_run(self, judge, found, table, detail, advice):
        finding = judge(found, **table)
        assert finding.state == "bad"
        assert detail in finding.detail
        assert advice in finding.advice

    @pytest.mark.parametrize(
        ("found", "table", "detail"),
        [
            (devices(gpu(free=1.0), gpu(1)), {"device": "cuda:1"}, "GPU 1, plan text"),
            (devices(), {"device": "cpu"}, "on cpu, as configured: slow"),
            (devices(mps=True), {}, "on Apple's GPU"),
        ],
    )
    def test_the_device_that_is_configured_counts(self, judge, found, table, detail):
        finding = judge(found, **table)
        assert (finding.state, detail in finding.detail) == ("good", True)

    def test_without_the_extra_nothing_is_drawn_by_a_card(
        self, doctor_report, tmp_path, fake_nvidia_smi
    ):
        fake_nvidia_smi(RTX_4090)
        path = tmp_path / "vitascope.toml"
        path.write_text("[models.sora-2]\nengine = 'diffusers'\ncard = 'wan2.2-ti2v-5b'\n", "utf-8")
        status, found = doctor_report("--config", str(path))
        assert status == 1
        finding = found["configured_models"]["sora-2"]
        assert finding["detail"] == "wan2.2-ti2v-5b: the extra is not installed"
        assert finding["advice"] == "pip install 'vitascope[diffusers]'"

    def upstream(self, tmp_path, url, **more):
        table = {"engine": "upstream", "flavour": "sglang", "url": url, **more}
        settings = config.load(data_dir=tmp_path, models={"farm": table})
        return {each.name: each for each in models.configured(settings, devices())}["farm"]

    def test_an_upstream_that_answers(self, tmp_path):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_error(404)

            def log_message(self, *_arguments):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        finding = self.upstream(tmp_path, f"http://127.0.0.1:{server.server_port}/v1")
        thread.join()
        server.server_close()
        assert (finding.state, finding.detail.endswith("answers (status 404)")) == ("good", True)

    def test_an_upstream_that_is_not_there(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        finding = self.upstream(tmp_path, url)
        assert (finding.state, "can't be reached" in finding.detail) == ("bad", True)

    def test_an_upstream_whose_key_is_not_set(self, tmp_path, monkeypatch):
        monkeypatch.delenv("FARM_KEY", raising=False)
        finding = self.upstream(tmp_path, "http://127.0.0.1:9/v1", api_key_env="FARM_KEY")
        assert finding.advice == "Set the environment variable FARM_KEY."


class TestStores:
    """Database and storage, which are looked at and left as they are."""

    def examined(self, tmp_path, **options):
        settings = config.load(data_dir=tmp_path / "data", **options)
        return {each.name: each for each in stores(settings)}

    def test_what_is_not_there_yet_is_not_made(self, tmp_path):
        found = self.examined(tmp_path)
        assert {each.state for each in found.values()} == {"good"}
        assert found["database"].detail.endswith(", created at the first start")
        assert found["storage"].detail == f"{tmp_path}/data/files, created at the first start"
        assert list(tmp_path.iterdir()) == []

    def test_a_database_of_this_program(self, tmp_path, database_url):
        (tmp_path / "data" / "files").mkdir(parents=True)
        found = self.examined(tmp_path, database=database_url)
        assert found["database"].detail.endswith(f", schema {schema.HEAD}")
        assert found["storage"].detail == f"{tmp_path}/data/files"

    @pytest.mark.parametrize(
        ("version", "state", "doctor_report"),
        [("0001", "remark", "`vitascope serve` upgrades it"), ("9999", "bad", "is at schema 9999")],
    )
    def test_a_file_of_another_schema(self, tmp_path, database_url, version, state, doctor_report):
        engine = sa.create_engine(sync_url(database_url), poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE schema_version SET version_num = '{version}'"))
        finding = self.examined(tmp_path, database=database_url)["database"]
        assert finding.state == state
        assert doctor_report in finding.detail

    def test_a_shared_database_that_is_not_upgraded(self, tmp_path, postgres_url):
        finding = self.examined(tmp_path, database=postgres_url)["database"]
        assert finding.state == "bad"
        assert finding.advice.startswith("Run `vitascope db upgrade`")

    def test_a_database_that_can_not_be_reached(self, tmp_path):
        finding = self.examined(tmp_path, database="postgresql://me:secret@127.0.0.1:1/v")[
            "database"
        ]
        assert finding.state == "bad"
        assert "The database can't be used: " in finding.detail
        assert "secret" not in finding.detail

    def test_a_place_where_nothing_can_be_made(self, tmp_path):
        (tmp_path / "file").touch()
        finding = self.examined(tmp_path, storage=str(tmp_path / "file" / "below"))["storage"]
        assert finding.state == "bad"
        assert "can't be created in" in finding.detail

    def test_an_object_store(self, tmp_path, s3_storage):
        finding = self.examined(tmp_path, storage=s3_storage)["storage"]
        assert (finding.state, finding.detail) == ("good", s3_storage)

    def test_a_bucket_that_is_not_there(self, tmp_path, s3_storage):
        finding = self.examined(tmp_path, storage="s3://no-such-bucket")["storage"]
        assert finding.state == "bad"
        assert finding.detail.startswith("s3://no-such-bucket: ")
