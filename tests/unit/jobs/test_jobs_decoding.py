"""Decoding in real processes: what they make, what they may use, and when they end."""

import asyncio
import errno
import logging
import os
import resource
import signal
import subprocess
import sys
import textwrap
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import av
import pytest
from film_checks import picture
from PIL import Image
from process_tree import alive, command_of, descendants
from video_fixtures import moving_video, repeated_frame
from waiting import wait_for

from vitascope.errors import JobError
from vitascope.jobs import decoding as module
from vitascope.jobs.decode_task import Task
from vitascope.jobs.decoding import DecoderKilled, decode
from vitascope.jobs.order import (
    FILES,
    PICTURE,
    SOURCE,
    DecodedFilm,
    DecodedPicture,
    Progress,
)
from vitascope.limits import UploadSettings
from vitascope.spec import FrameRate, Size

pytestmark = pytest.mark.anyio

DATA = Path(__file__).parents[2] / "data" / "pictures"

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return moving_video(
        tmp_path_factory.mktemp("films") / "a.mkv", size=(320, 192), seconds=1.0, fps=30
    )


@pytest.fixture
def task(tmp_path):
    def make(kind, source, **changes):
        own = {name: changes.pop(name) for name in ("previews",) if name in changes}
        limits = UploadSettings().model_copy(update=changes)
        return Task(kind=kind, source=source, folder=tmp_path / "out", limits=limits, **own)

    return make


async def heard(task):
    async with aclosing(decode(task)) as events:
        return [event async for event in events]


async def refused(task):
    with pytest.raises(JobError) as error:
        await heard(task)
    return error.value.code, error.value.message


def decoders(parent=None):
    processes = descendants(os.getpid() if parent is None else parent)
    return [pid for pid in processes if "vitascope.jobs.decoder" in command_of(pid)]


@pytest.fixture
def endless(tmp_path):
    """A file that never comes to an end, nor to a beginning."""
    path = tmp_path / "endless.mp4"
    os.mkfifo(path)
    return path


class TestWhatItMakes:
    async def test_a_film_in_the_output_profile_with_its_previews(self, task, film):
        work = task("film", film, previews=True)
        *progress, done = await heard(work)
        assert done == DecodedFilm(Size(320, 192), 30, FrameRate(30))
        assert {type(event) for event in progress} == {Progress}
        with av.open(work.folder / SOURCE) as made:
            assert sum(1 for _ in made.decode(video=0)) == 30
        with Image.open(work.folder / FILES["spritesheet"]) as sheet:
            assert sheet.size == (10 * 192, 3 * 115)
        assert (work.folder / FILES["thumbnail"]).is_file()

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIC"])
    async def test_a_picture(self, task, tmp_path, kind):
        path, size = tmp_path / "a", (64, 48)
        if kind == "HEIC":
            path, size = DATA / "p3.heic", (96, 64)
        else:
            path.write_bytes(picture(size, kind))
        work = task("picture", path)
        assert await heard(work) == [DecodedPicture()]
        with Image.open(work.folder / PICTURE) as made:
            assert (made.format, made.mode, made.size) == ("PNG", "RGB", size)

    @pytest.mark.thorough
    async def test_a_figure(self, task, film):
        work = task("figure", film)
        [done] = await heard(work)
        assert done.files[0] == "subject.png"
        assert done.palette[0].startswith("#")
        assert (work.folder / "subject.png").is_file()


@pytest.mark.parametrize(
    ("kind", "code"),
    [("film", "invalid_video"), ("figure", "invalid_video"), ("picture", "invalid_image")],
)
async def test_what_is_none_is_refused(task, tmp_path, kind, code):
    (tmp_path / "junk").write_bytes(b"no film" * 99)
    assert (await refused(task(kind, tmp_path / "junk")))[0] == code


class TestWhatItMayUse:
    @pytest.mark.thorough
    @pytest.mark.parametrize("name", ["with-index.mov", "without.mkv"])
    async def test_pixels(self, task, tmp_path, name):
        small = repeated_frame(tmp_path / name, size=(320, 192), frames=300)
        code, message = await refused(task("film", small, pixels=200 * 320 * 192))
        assert code == "video_too_costly"
        assert "0.012288 billion pixels" in message and "Send a shorter" in message

    @pytest.mark.thorough
    async def test_cpu_time(self, task, tmp_path, monkeypatch):
        monkeypatch.setattr(module, "_WALL_FACTOR", 120.0)
        long = repeated_frame(tmp_path / "long.mkv", frames=1000)
        assert long.stat().st_size < 4_000_000
        code, message = await refused(task("film", long, cpu_seconds=1))
        assert code == "video_too_costly"
        assert "more than 1 seconds of CPU time" in message

    @pytest.mark.thorough
    async def test_time_on_the_clock(self, task, endless, monkeypatch):
        monkeypatch.setattr(module, "_WALL_FACTOR", 0.5)
        code, message = await refused(task("film", endless, cpu_seconds=1))
        assert code == "video_too_costly" and "more than 0.5 seconds" in message
        assert decoders() == []

    @pytest.mark.thorough
    @LINUX
    async def test_memory(self, task, tmp_path):
        large = repeated_frame(tmp_path / "large.mkv", size=(2048, 1088), frames=12)
        code, message = await refused(task("film", large, memory_bytes=700 * 1024**2))
        assert code == "video_too_costly"
        assert "more than 700 MiB of memory" in message

    @pytest.mark.thorough
    async def test_file_size(self, task, film):
        code, message = await refused(task("film", film, file_bytes=4096))
        assert code == "video_too_costly" and "becomes a file of more than" in message

    @LINUX
    async def test_it_is_confined_and_sees_no_secret(self, task, endless, monkeypatch):
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
        monkeypatch.setenv("VITASCOPE_DATABASE", "postgresql://me:hunter2@db/x")
        work = asyncio.create_task(heard(task("film", endless, cpu_seconds=33)))
        pid = await begun()
        status = read(f"/proc/{pid}/status").decode("ascii")
        assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
        limits = {
            kind: resource.prlimit(pid, kind)
            for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE)
        }
        assert limits == {
            resource.RLIMIT_CPU: (33, 34),
            resource.RLIMIT_AS: (4 * 1024**3,) * 2,
            resource.RLIMIT_FSIZE: (2 * 1024**3,) * 2,
        }
        environment = read(f"/proc/{pid}/environ")
        assert b"PATH=" in environment and b"hunter2" not in environment
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        assert not alive(pid)


def read(path):
    return Path(path).read_bytes()


async def begun():
    """The one decoder below this process, once it reads its file."""

    def confined():
        pids = decoders()
        return pids and "Seccomp:\t2" in Path(f"/proc/{pids[0]}/status").read_text("ascii") and pids

    [pid] = await asyncio.to_thread(wait_for, confined, "a decoder")
    return pid


class TestItsEnd:
    PARENT = textwrap.dedent("""
        import asyncio, sys
        from pathlib import Path
        from vitascope.limits import UploadSettings
        from vitascope.jobs.decode_task import Task
        from vitascope.jobs.decoding import decode

        async def main():
            source, folder = map(Path, sys.argv[1:])
            limits = UploadSettings()
            task = Task(kind="film", source=source, folder=folder, limits=limits)
            async for _ in decode(task):
                print("at work", flush=True)

        asyncio.run(main())
    """)

    @LINUX
    def test_it_ends_with_its_parent_even_if_that_is_killed(self, tmp_path):
        source = repeated_frame(tmp_path / "a.mkv", frames=3000)
        command = [sys.executable, "-c", self.PARENT, str(source), str(tmp_path / "out")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
            try:
                assert parent.stdout.readline() == b"at work\n"
                [decoder] = decoders(parent.pid)
            finally:
                parent.kill()
            wait_for(lambda: not alive(decoder), "the decoder's end", seconds=5)

    @LINUX
    async def test_it_ends_when_its_result_is_not_needed_any_more(self, task, endless):
        work = asyncio.create_task(heard(task("film", endless)))
        pid = await begun()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        assert not alive(pid)

    @pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
    async def test_by_the_files_fault_it_is_the_files(self, task, film, monkeypatch, number):
        fake(monkeypatch, f"os.kill(os.getpid(), {number:d})")
        assert await refused(task("film", film)) == (
            "invalid_video",
            "The video can't be used: it could not be read to its end.",
        )

    async def test_by_a_kill_it_may_be_tried_again(self, task, film, monkeypatch):
        fake(monkeypatch, "os.kill(os.getpid(), 9)")
        with pytest.raises(DecoderKilled, match="signal 9"):
            await heard(task("film", film))

    @pytest.mark.parametrize("speech", ["chatter", "3", "x" * 3_000_000])
    async def test_nonsense_ends_it(self, task, film, monkeypatch, speech):
        fake(monkeypatch, f"print({speech[:9]!r} * {len(speech)}, flush=True); time.sleep(60)")
        assert (await refused(task("film", film)))[0] == "invalid_video"
        assert decoders() == []

    async def test_without_room_on_the_disk_it_is_nobodys_fault(self, task, film, monkeypatch):
        fake(monkeypatch, """print('{"event": "Failed", "code": "disk_full", "message": "x"}')""")
        with pytest.raises(OSError) as error:
            await heard(task("film", film))
        assert error.value.errno == errno.ENOSPC

    async def test_what_the_system_lacks_is_logged_once(self, task, film, monkeypatch, caplog):
        said = '{"event": "Ready", "missing": ["Landlock", "seccomp"]}'
        done = '{"event": "DecodedPicture"}'
        fake(monkeypatch, f"print({said!r}); print({done!r})")
        monkeypatch.setattr(module, "_reported", set())
        for number in range(2):
            work = task("film", film)
            with caplog.at_level(logging.WARNING):
                await heard(replace(work, folder=work.folder.with_name(f"out-{number}")))
        [line] = [each.message for each in caplog.records if each.name == module.log.name]
        assert line == "Uploads are decoded without Landlock, seccomp: this system has none"


def fake(monkeypatch, act):
    """Put a program in the decoder's place that reads its task and does this."""
    program = f"import os, sys, time; sys.stdin.readline(); {act}"
    monkeypatch.setattr(module, "_COMMAND", (sys.executable, "-c", program))
