"""Cut-outs: real decoding processes, one of each project, and none longer than it is needed."""

import asyncio
import os

import pytest
from process_tree import command_of, descendants
from video_fixtures import moving_video
from waiting import wait_for

from vitascope import config
from vitascope.errors import TooManyRequests
from vitascope.jobs.cutouts import CutoutMaker

pytestmark = pytest.mark.anyio


def decoders():
    return [pid for pid in descendants(os.getpid()) if "vitascope.jobs.decoder" in command_of(pid)]


@pytest.mark.thorough
async def test_a_project_whose_clips_never_end_holds_nobody_up(tmp_path):
    settings = config.load(data_dir=tmp_path / "data", uploads={"characters_waiting": 1})
    settings.uploads_dir.mkdir(parents=True)
    maker = CutoutMaker(settings)
    endless, film = tmp_path / "endless.mp4", moving_video(tmp_path / "a.mp4", size=(320, 192))
    os.mkfifo(endless)

    async def cut_out(path, project):
        async with maker.cut_out(path, project=project) as cutouts:
            return [picture.name for picture in cutouts.pictures if picture.is_file()]

    stuck = [asyncio.create_task(cut_out(endless, "theirs")) for _ in range(2)]
    await asyncio.to_thread(wait_for, decoders, "a decoder")
    with pytest.raises(TooManyRequests):
        await cut_out(endless, "theirs")
    assert "subject.png" in await cut_out(film, "ours")
    assert len(decoders()) == 1
    for task in reversed(stuck):
        task.cancel()
    await asyncio.gather(*stuck, return_exceptions=True)
    assert decoders() == [] and list(settings.uploads_dir.iterdir()) == []
