"""Behind a killed engine's process, the upstream's job is stopped and no film is left."""

import subprocess
import sys
from pathlib import Path

import pytest
import vsprocesses
from vspatience import wait_for

from vitascope.engines.upstream.caretaker import Caretaker

PROGRAM = """
import sys
from vitascope.engines.upstream.engine import Upstream
from vitascope.model import ModelSettings
from job_fixtures import a_job
from vitascope.spec import Size

class Deaf:
    def phase(self, *told): pass
    def note(self, told): pass

model = ModelSettings.model_validate_json(sys.argv[1])
engine = Upstream(model)
print(engine._caretaker.folder, flush=True)
shot = a_job(prompt="A fox", size=Size(160, 96), seconds=1, seed=1, model="x")
engine.draw(shot, Deaf())
"""


@pytest.fixture
def begun(upstream):
    """A process whose upstream job is never done, and its folder."""
    upstream.looks = 10**9
    model = f'{{"engine": "upstream", "url": "{upstream.url}", "flavour": "{upstream.flavour}"}}'
    process = subprocess.Popen(
        vsprocesses.mortal([sys.executable, "-c", PROGRAM, model]), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().decode().strip())
    wait_for(lambda: upstream.looked, "a job")
    yield process, folder
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("flavour", ["vllm-omni"])
def test_a_killed_engine_s_job_is_aborted(upstream, begun):
    process, folder = begun
    (job,) = upstream.jobs
    assert folder.is_dir()

    process.kill()

    wait_for(lambda: upstream.deleted == [job], "the job to be deleted")
    wait_for(lambda: not folder.exists(), "the folder to be deleted")


@pytest.mark.parametrize("flavour", ["sglang"])
def test_where_deleting_stops_nothing_the_films_go_all_the_same(upstream, begun):
    process, folder = begun

    process.kill()

    wait_for(lambda: not folder.exists(), "the folder to be deleted")
    assert upstream.deleted == []


@pytest.mark.parametrize("flavour", ["vllm-omni"])
def test_a_job_that_is_done_is_not_minded_any_more(upstream, monkeypatch):
    monkeypatch.setenv("KEY", "sk-1")
    caretaker = Caretaker("KEY")
    caretaker.mind(f"{upstream.url}/videos/done")
    caretaker.mind(None)
    caretaker.close()
    other = Caretaker("KEY")
    other.mind(f"{upstream.url}/videos/open")
    other.close()

    assert upstream.deleted == ["open"]
    assert upstream.headers[-1]["authorization"] == "Bearer sk-1"
    assert not caretaker.folder.exists()


def test_a_dead_caretaker_does_not_stop_the_work():
    caretaker = Caretaker(None)
    caretaker._process.kill()
    caretaker._process.wait()

    caretaker.mind("http://127.0.0.1:9/v1/videos/1")

    caretaker.folder.rmdir()
    caretaker._process.stdin.close()
