"""The child as a real process: orders in, events out, and gone when its supervisor is."""

import io
import signal
import subprocess
import sys

import pytest
from job_fixtures import a_spec

from vitascope.jobs import processes
from vitascope.jobs.order import (
    STOP,
    Done,
    Failed,
    Note,
    Order,
    Preview,
    Progress,
    Ready,
    Stopped,
    event_from_line,
)
from vitascope.spec import FrameRate, Size

# The real child with an engine and a maker that take their cue from the prompt.
PROGRAM = """
import os, sys, time
from vitascope.errors import JobError
from vitascope.jobs import child
from vitascope.jobs.order import Done

def make(order, engine, report):
    assert engine == "an engine"
    match order.spec.prompt:
        case "draw":
            print("Loading weights: 100%")
            os.write(1, b"from a library written in C")
            report.phase("draw", 1, 2)
            report.note("No idea what a flurble is.")
            return Done({"video": "video.mp4"}, (64, 64), 96, (24, 1), True)
        case "refuse":
            raise JobError("invalid_image", "No.")
        case "fail":
            raise RuntimeError("out of memory")
        case "for ever":
            report.phase("draw", 1, 2)
            time.sleep(60)
        case "step by step":
            for _ in range(600):
                report.phase("draw", 1, 2)
                time.sleep(0.1)

def opened(model):
    if getattr(model, 'card', None) == "gated":
        raise JobError("model_gated", "Accept the licence.")
    return "an engine"

child.open_engine = opened
child.make = make
child.main()
"""


@pytest.fixture
def child(request):
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--model", getattr(request, "param", "{}")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        yield process
        process.kill()


def order(child, prompt):
    child.stdin.write(Order(a_spec(prompt=prompt), "/nowhere").to_line())
    child.stdin.flush()


def heard(child):
    return event_from_line(child.stdout.readline())


def test_it_draws_order_after_order_and_nothing_else_gets_between_the_events(child):
    assert heard(child) == Ready()
    for _ in range(2):
        order(child, "draw")
        assert heard(child) == Progress("draw", 1, 2)
        assert heard(child) == Note("No idea what a flurble is.")
        assert heard(child) == Done({"video": "video.mp4"}, Size(64, 64), 96, FrameRate(24), True)
    order(child, "refuse")
    assert heard(child) == Failed("invalid_image", "No.")
    child.stdin.close()
    assert child.wait(10) == 0
    assert child.stdout.read() == b""
    assert b"from a library written in C" in child.stderr.read()


def test_it_leaves_in_the_middle_of_a_drawing_when_its_supervisor_is_gone(child):
    assert heard(child) == Ready()
    order(child, "for ever")
    assert heard(child) == Progress("draw", 1, 2)
    child.stdin.close()
    assert child.wait(10) == 0


def test_a_stopped_order_ends_at_its_next_report_and_the_next_one_is_drawn(child):
    assert heard(child) == Ready()
    order(child, "step by step")
    assert heard(child) == Progress("draw", 1, 2)
    child.stdin.write(STOP)
    child.stdin.flush()
    while (event := heard(child)) == Progress("draw", 1, 2):
        pass
    assert event == Stopped()
    order(child, "refuse")
    assert heard(child) == Failed("invalid_image", "No.")


@pytest.mark.thorough
def test_a_stop_that_comes_too_late_does_not_stop_the_next_order(child):
    assert heard(child) == Ready()
    child.stdin.write(STOP)
    order(child, "draw")
    assert heard(child) == Progress("draw", 1, 2)


@pytest.mark.thorough
def test_an_error_that_is_no_answer_ends_it(child):
    assert heard(child) == Ready()
    order(child, "fail")
    assert child.wait(10) == 1
    assert b"out of memory" in child.stderr.read()


@pytest.mark.thorough
def test_control_c_is_left_to_the_supervisor(child):
    assert heard(child) == Ready()
    child.send_signal(signal.SIGINT)
    order(child, "refuse")
    assert heard(child) == Failed("invalid_image", "No.")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "child", ['{"engine": "diffusers", "card": "gated"}'], ids=["gated"], indirect=True
)
def test_an_engine_that_cannot_be_opened_says_why_and_the_process_ends_in_order(child):
    assert heard(child) == Failed("model_gated", "Accept the licence.")
    assert child.wait(20) == 0


def test_a_preview_is_made_every_two_seconds_at_most(monkeypatch):
    clock = iter([10.0, 11.9, 12.0, 20.0])
    monkeypatch.setattr(processes.time, "monotonic", lambda: next(clock))
    written, made = io.BytesIO(), []
    writer = processes.EventWriter(written)
    for number in range(4):

        def jpeg(number=number):
            made.append(number)
            return bytes([number])

        writer.preview(jpeg)
    assert made == [0, 2, 3]
    events = [event_from_line(line) for line in written.getvalue().splitlines()]
    assert events == [Preview(bytes([number])) for number in made]
