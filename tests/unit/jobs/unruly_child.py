"""A child process that misbehaves, by its argument at the start, by the prompt later."""

import json
import os
import signal
import subprocess
import sys
import time


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def finish(_folder):
    say("Progress", phase="draw", done=1, total=2)
    say("Note", text="Half way.")
    say("Done", files={"video": "video.mp4"}, size=[64, 64], frames=96, fps=[24, 1], scripted=True)


def refuse(_folder):
    say("Failed", code="invalid_image", message="No.")


def leave(_folder):
    sys.exit(3)


def abort(_folder):
    os.kill(os.getpid(), signal.SIGSEGV)


def be_killed(_folder):
    os.kill(os.getpid(), signal.SIGKILL)


def hang(_folder):
    say("Progress", phase="draw", done=1, total=2)
    time.sleep(60)


def stop_when_asked(_folder):
    say("Progress", phase="draw", done=1, total=2)
    assert sys.stdin.readline() == "stop\n"
    say("Progress", phase="draw", done=1, total=2)
    say("Stopped")


def take_its_time(folder):
    for done in range(6):
        say("Progress", phase="draw", done=done, total=6)
        time.sleep(0.15)
    finish(folder)


def report_without_pause(_folder):
    while True:
        say("Progress", phase="draw", done=1, total=2)


def chatter(_folder):
    print("Loading weights: 100%", flush=True)
    time.sleep(60)


def say_a_number(_folder):
    print("3", flush=True)
    time.sleep(60)


def break_off(_folder):
    sys.stdout.write('{"event": "Note", "text"')
    sys.stdout.flush()
    sys.exit(0)


def never_end_the_line(_folder):
    while True:
        sys.stdout.write("x" * 65536)


def hang_with_a_helper(folder):
    spawn_a_helper(folder)
    say("Progress", phase="draw", done=1, total=2)
    time.sleep(60)


def die_with_a_helper(folder):
    spawn_a_helper(folder)
    os.kill(os.getpid(), signal.SIGKILL)


def spawn_a_helper(folder):
    """Start a process that outlives this one, in the same group, and holds the output open."""
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with open(f"{folder}/helper.pid", "w", encoding="utf-8") as file:
        file.write(str(helper.pid))


ACTS = {
    "finish": finish,
    "refuse": refuse,
    "exit": leave,
    "abort": abort,
    "be killed": be_killed,
    "hang": hang,
    "slow but alive": take_its_time,
    "report without pause": report_without_pause,
    "stop when asked": stop_when_asked,
    "chatter": chatter,
    "no object": say_a_number,
    "half a line": break_off,
    "endless line": never_end_the_line,
    "hang with a helper": hang_with_a_helper,
    "die with a helper": die_with_a_helper,
}


def main():
    start = sys.argv[1]
    if start == "exits":
        sys.exit(5)
    if start == "chats":
        chatter(None)
    if start == "skips":
        say("Done", files={}, size=[64, 64], frames=96, fps=[24, 1], scripted=True)
        time.sleep(60)
    if start == "loads":
        say("Note", text="The plan is group offload.")
        say("Progress", phase="load", done=1, total=2)
        time.sleep(0.3)
    if start == "can't":
        say("Failed", code="model_gated", message="Accept the licence.")
        sys.exit(0)
    say("Ready")
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        ACTS[order["spec"]["prompt"]](order["folder"])


main()
