"""A child process that misbehaves as it is told: by its command line at the start, by the prompt later."""

import json
import os
import signal
import subprocess
import sys
import time


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def spawn_a_helper(folder):
    """Start a process that outlives this one, in the same group, and holds the output open."""
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with open(f"{folder}/helper.pid", "w", encoding="utf-8") as file:
        file.write(str(helper.pid))


def act(prompt, folder):
    match prompt:
        case "finish":
            say("Progress", phase="draw", done=1, total=2)
            say("Note", text="Half way.")
            say("Done", files={"video": "video.mp4"})
        case "refuse":
            say("Failed", code="invalid_image", message="No.")
        case "exit":
            sys.exit(3)
        case "abort":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hang":
            say("Progress", phase="draw", done=1, total=2)
            time.sleep(60)
        case "slow but alive":
            for done in range(6):
                say("Progress", phase="draw", done=done, total=6)
                time.sleep(0.15)
            say("Done", files={})
        case "chatter":
            print("Loading weights: 100%", flush=True)
            time.sleep(60)
        case "no object":
            print("3", flush=True)
            time.sleep(60)
        case "half a line":
            sys.stdout.write('{"event": "Note", "text"')
            sys.stdout.flush()
            sys.exit(0)
        case "endless line":
            while True:
                sys.stdout.write("x" * 65536)
        case "hang with a helper":
            spawn_a_helper(folder)
            time.sleep(60)
        case "die with a helper":
            spawn_a_helper(folder)
            os.kill(os.getpid(), signal.SIGKILL)


def main():
    start = sys.argv[1]
    if start == "exits":
        sys.exit(5)
    if start == "chats":
        print("hello", flush=True)
        time.sleep(60)
    if start == "skips":
        say("Note", text="I draw already.")
        time.sleep(60)
    say("Ready")
    for line in sys.stdin:
        order = json.loads(line)
        act(order["shot"]["prompt"], order["folder"])


main()
