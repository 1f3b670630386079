"""After an engine process is killed, its upstream job is stopped and its films are deleted."""

import os
import subprocess
import sys
from pathlib import Path

import job_fixtures
import process_tree
import pytest
from waiting import wait_for

from vitascope.engines.upstream.cleanup import Cleanup

PROGRAM = """
import sys
from vitascope.engines.upstream.engine import Upstream
from vitascope.model_settings import model_from_json
from job_fixtures import a_job
from vitascope.spec import Size

class SilentReporter:
    def phase(self, *progress): pass
    def note(self, message): pass

model = model_from_json(sys.argv[1])
engine = Upstream(model)
print(engine.cleanup.folder, flush=True)
job = a_job(prompt="A fox", size=Size(160, 96), seconds=1, seed=1, model="x")
engine.draw(job, SilentReporter())
"""


@pytest.fixture
def begun(upstream):
    """A process whose upstream job is never done, and its folder."""
    upstream.looks = 10**9
    model = f'{{"engine": "upstream", "url": "{upstream.url}", "flavour": "{upstream.flavour}"}}'
    process = subprocess.Popen(
        process_tree.ends_with_parent([sys.executable, "-c", PROGRAM, model]),
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(job_fixtures.__file__).parent)},
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().decode().strip())
    wait_for(lambda: upstream.looked, "a job")
    yield process, folder
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.thorough
@pytest.mark.parametrize("flavour", ["vllm-omni"])
def test_a_killed_engine_s_job_is_aborted(upstream, begun):
    process, folder = begun
    (job,) = upstream.jobs
    assert folder.is_dir()

    process.kill()

    wait_for(lambda: upstream.deleted == [job], "the job to be deleted")
    wait_for(lambda: not folder.exists(), "the folder to be deleted")


@pytest.mark.thorough
@pytest.mark.parametrize("flavour", ["sglang"])
def test_where_deleting_stops_nothing_the_films_go_all_the_same(upstream, begun):
    process, folder = begun

    process.kill()

    wait_for(lambda: not folder.exists(), "the folder to be deleted")
    assert upstream.deleted == []


@pytest.mark.parametrize("flavour", ["vllm-omni"])
def test_a_job_that_is_done_is_not_minded_any_more(upstream, monkeypatch):
    monkeypatch.setenv("KEY", "sk-1")
    cleanup = Cleanup("KEY")
    cleanup.watch(f"{upstream.url}/videos/done")
    cleanup.watch(None)
    cleanup.close()
    other = Cleanup("KEY")
    other.watch(f"{upstream.url}/videos/open")
    other.close()

    assert upstream.deleted == ["open"]
    assert upstream.headers[-1]["authorization"] == "Bearer sk-1"
    assert not cleanup.folder.exists()


def test_a_job_goes_on_when_the_cleanup_process_was_killed():
    cleanup = Cleanup(None)
    cleanup.process.kill()
    assert cleanup.process.wait() != 0

    cleanup.watch("http://127.0.0.1:9/v1/videos/1")

    assert list(cleanup.folder.iterdir()) == []
    cleanup.folder.rmdir()
    cleanup.close()
