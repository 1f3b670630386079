"""The supervisor against a real process that crashes, hangs, babbles and leaves helpers behind."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest
from job_fixtures import a_spec
from process_tree import alive, command_of, descendants
from waiting import wait_for

from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.upstream.settings import UpstreamSettings
from vitascope.errors import JobError
from vitascope.jobs.order import Done, Failed, Note, Order, Progress
from vitascope.jobs.supervisor import EngineChild, EngineCrashed
from vitascope.model_settings import ModelSettings
from vitascope.spec import FrameRate, Size

pytestmark = pytest.mark.anyio

UNRULY = Path(__file__).with_name("unruly_child.py")
STALL_TIMEOUT = 0.4


@pytest.fixture
async def engine_child():
    children = []

    def make(start="well", *, stall_timeout=30.0):
        command = (sys.executable, str(UNRULY), start)
        children.append(EngineChild(ModelSettings(), stall_timeout=stall_timeout, command=command))
        return children[-1]

    yield make
    for child in children:
        await child.kill()


@pytest.fixture
def order(tmp_path):
    def make(prompt):
        return Order(a_spec(prompt=prompt), str(tmp_path))

    return make


async def perform(child, order):
    return [event async for event in child.perform(order)]


async def is_gone(pid):
    await asyncio.to_thread(wait_for, lambda: not alive(pid), f"the end of {pid}", seconds=5)
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
async def test_the_child_sees_no_secret_that_is_not_its_own(monkeypatch):
    for name in ("AWS_SECRET_ACCESS_KEY", "VITASCOPE_DATABASE", "GPU_BOX_KEY", "MY_WRITER_KEY"):
        monkeypatch.setenv(name, f"secret of {name}")
    model = UpstreamSettings(
        engine="upstream", url="http://127.0.0.1:9/v1", flavour="sglang", api_key_env="GPU_BOX_KEY"
    )
    child = EngineChild(
        model,
        stall_timeout=30.0,
        environment=("MY_WRITER_*",),
        command=(sys.executable, str(UNRULY), "well"),
    )
    await child.warm_up()
    try:
        environment = await asyncio.to_thread(Path(f"/proc/{child.pid}/environ").read_bytes)
    finally:
        await child.kill()
    assert b"PATH=" in environment and b"secret of GPU_BOX_KEY" in environment
    assert b"secret of MY_WRITER_KEY" in environment
    assert environment.count(b"secret of") == 2
    assert b"MALLOC_ARENA_MAX=1" in environment


async def test_an_order_is_followed_by_events_up_to_its_end(engine_child, order):
    assert await perform(engine_child(), order("finish")) == [
        Progress("draw", 1, 2),
        Note("Half way."),
        Done({"video": "video.mp4"}, Size(64, 64), 96, FrameRate(24), scripted=True),
    ]


async def test_the_child_stays_warm_between_orders(engine_child, order):
    child = engine_child()
    await child.warm_up()
    pid = child.pid
    await child.warm_up()
    assert await perform(child, order("refuse")) == [Failed("invalid_image", "No.")]
    assert isinstance((await perform(child, order("finish")))[-1], Done)
    assert child.pid == pid


async def test_an_order_ends_when_it_is_cancelled_although_events_arrive(engine_child, order):
    child = engine_child()
    for _ in range(10):
        performing = asyncio.create_task(perform(child, order("report without pause")))
        await asyncio.to_thread(wait_for, lambda: child.busy, "the order")
        await asyncio.sleep(0.02)
        performing.cancel()
        await asyncio.wait([performing], timeout=1)
        assert performing.cancelled()
        await child.kill()


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("exit", r"^The engine's process ended with exit status 3\.$"),
        ("abort", r"^The engine's process ended with signal SIGSEGV\.$"),
        ("chatter", r"^The engine's process sent an invalid message: "),
        ("no object", r"^The engine's process sent an invalid message: not an event: b'3\\n'"),
        ("half a line", r"^The engine's process sent an invalid message: "),
        ("endless line", r"^The engine's process sent an invalid message: "),
    ],
)
async def test_a_crash_says_what_happened_and_the_next_order_finds_a_new_child(
    engine_child, order, prompt, message
):
    child = engine_child()
    await child.warm_up()
    pid = child.pid
    with pytest.raises(EngineCrashed, match=message):
        await perform(child, order(prompt))
    assert await is_gone(pid)
    assert child.pid is None
    assert isinstance((await perform(child, order("finish")))[-1], Done)
    assert child.pid != pid


async def test_silence_is_a_hang(engine_child, order):
    child = engine_child(stall_timeout=STALL_TIMEOUT)
    await child.warm_up()
    pid, began = child.pid, time.monotonic()
    with pytest.raises(EngineCrashed, match=r"showed no progress for 0\.4 seconds"):
        await perform(child, order("hang"))
    assert STALL_TIMEOUT <= time.monotonic() - began < 10
    assert await is_gone(pid)


@pytest.mark.parametrize(
    ("prompt", "advice"),
    [
        ("exit", "tell the server's operator"),
        ("abort", "tell the server's operator"),
        ("chatter", "tell the server's operator"),
        ("be killed", "may lack memory for it: try a shorter or smaller video"),
        ("hang", "raise stall_timeout_seconds"),
    ],
)
async def test_the_advice_fits_the_crash(engine_child, order, prompt, advice):
    with pytest.raises(EngineCrashed) as caught:
        await perform(engine_child(stall_timeout=STALL_TIMEOUT), order(prompt))

    assert advice in caught.value.advice
    assert ("smaller" in caught.value.advice) == (prompt in ("be killed", "hang"))


async def test_slow_progress_is_no_hang(engine_child, order):
    child = engine_child(stall_timeout=STALL_TIMEOUT)
    events = await perform(child, order("slow but alive"))
    assert isinstance(events[-1], Done)


@pytest.mark.parametrize("prompt", ["hang with a helper", "die with a helper"])
async def test_what_the_child_started_goes_with_it(engine_child, order, tmp_path, prompt):
    child = engine_child(stall_timeout=STALL_TIMEOUT)
    with pytest.raises(EngineCrashed):
        await perform(child, order(prompt))
    helper = int((tmp_path / "helper.pid").read_text(encoding="utf-8"))
    assert await is_gone(helper)


@pytest.mark.parametrize(
    ("start", "message"),
    [("exits", "exit status 5"), ("chats", "invalid message"), ("skips", "began with Done")],
)
async def test_a_child_that_does_not_get_ready_is_a_crash(engine_child, start, message):
    child = engine_child(start)
    with pytest.raises(EngineCrashed, match=message):
        await child.warm_up()
    assert child.pid is None


async def test_a_child_may_tell_how_it_loads(engine_child, order):
    child = engine_child("loads")
    assert isinstance((await perform(child, order("finish")))[-1], Done)


async def test_a_child_that_cannot_draw_says_why_to_the_job(engine_child):
    child = engine_child("can't")
    with pytest.raises(JobError, match="Accept the licence") as message:
        await child.warm_up()
    assert message.value.code == "model_gated"
    assert child.pid is None


async def test_a_child_killed_while_idle_is_replaced(engine_child, order):
    child = engine_child()
    await child.warm_up()
    pid = child.pid
    os.kill(pid, 9)
    assert await is_gone(pid)
    try:
        events = await perform(child, order("finish"))
    except EngineCrashed:  # its end was not known yet
        events = await perform(child, order("finish"))
    assert isinstance(events[-1], Done)


async def test_killing_ends_the_child_and_killing_nothing_is_nothing(engine_child):
    child = engine_child()
    assert await child.kill() == 0
    await child.warm_up()
    pid = child.pid
    assert await child.kill() == -9
    assert await is_gone(pid)
    assert await child.kill() == 0


async def begun(child, order):
    """Perform an order up to its first event."""
    events = child.perform(order)
    await anext(events)
    await events.aclose()
    assert child.busy


async def test_a_stopped_child_is_ready_for_the_next_order(engine_child, order):
    child = engine_child()
    await begun(child, order("stop when asked"))
    pid = child.pid
    await child.stop()
    assert not child.busy
    assert isinstance((await perform(child, order("finish")))[-1], Done)
    assert child.pid == pid


async def test_an_end_that_crosses_the_stop_is_an_end(engine_child, order):
    child = engine_child()
    await begun(child, order("finish"))
    await child.stop()
    assert not child.busy and child.pid is not None


@pytest.mark.parametrize("prompt", ["hang", "hang with a helper"])
async def test_a_child_that_does_not_stop_in_time_is_killed(engine_child, order, prompt):
    child = engine_child()
    await begun(child, order(prompt))
    pid = child.pid
    await child.stop(STALL_TIMEOUT)
    assert await is_gone(pid)
    assert child.pid is None and not child.busy


async def test_what_can_not_be_interrupted_is_killed_at_once(order):
    model = DiffusersSettings(card="ltx-2.5", gpus=2)
    child = EngineChild(model, stall_timeout=30.0, command=(sys.executable, str(UNRULY), "well"))
    await begun(child, order("stop when asked"))
    await child.stop()
    assert child.pid is None


async def test_a_child_goes_on_loading_when_its_job_is_cancelled(engine_child, order):
    child = engine_child("loads")
    waiting = asyncio.create_task(perform(child, order("finish")))
    await asyncio.to_thread(wait_for, lambda: child.pid is not None, "the child")
    pid = child.pid
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not child.busy
    assert isinstance((await perform(child, order("finish")))[-1], Done)
    assert child.pid == pid


async def test_one_warm_up_at_a_time_starts_one_child(engine_child):
    child = engine_child()
    await asyncio.gather(*(child.warm_up() for _ in range(4)))
    mine = [pid for pid in descendants(os.getpid()) if str(UNRULY) in command_of(pid)]
    assert mine == [child.pid]
