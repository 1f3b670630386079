"""Expanding prompts: a real command and a real chat server, and what happens without an answer."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from vitascope.engines import expand
from vitascope.engines.expand import expanded
from vitascope.model_settings import ExpandSettings

PROMPT = "A fox, $(touch pwned) at dusk — naïve"
WISH = "One paragraph of 80 words."


def command(code, **more):
    return ExpandSettings(command=(sys.executable, "-c", code), **more)


class Chat:
    """A chat server on loopback with one answer.

    Attributes:
        body: what it answers; None: it never does.
        asked: what it was asked.
    """

    def __init__(self):
        self.status, self.body, self.asked = 200, b"", []
        self.held = threading.Event()
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                chat.asked.append((self.path, self.headers.get("authorization"), body))
                if chat.body is None:
                    chat.held.wait(60)
                    return
                self.send_response(chat.status)
                self.send_header("content-length", str(len(chat.body)))
                self.end_headers()
                self.wfile.write(chat.body)

            def log_message(self, *_arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def says(self, content):
        self.body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()

    def settings(self, **more):
        return ExpandSettings(url=self.url, model="writer", **more)


@pytest.fixture
def chat():
    chat = Chat()
    thread = threading.Thread(target=chat.server.serve_forever, args=(0.01,))
    thread.start()
    yield chat
    chat.held.set()
    chat.server.shutdown()
    thread.join()
    chat.server.server_close()


def test_a_command_reads_the_prompt_and_prints_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read() + b', in fog\\n')"

    text, note = expanded(PROMPT, command(code), WISH)

    assert text == f"{PROMPT}, in fog"
    assert note == f"The prompt was expanded to: {PROMPT}, in fog"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys; sys.exit('no model\\n')", "ended with status 1 (no model)"),
        ("import sys; sys.exit(3)", "ended with status 3 (it printed nothing)"),
        ("print('  ')", "the answer is empty"),
        ("print('x' * 32_001)", "the answer has 32001 characters, the maximum is 32000"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "is not UTF-8"),
    ],
)
def test_a_command_that_fails_leaves_the_user_s_prompt(code, reason):
    text, note = expanded(PROMPT, command(code), WISH)
    assert text == PROMPT
    assert note.startswith("The prompt was not expanded and is used unchanged: ")
    assert reason in note


def test_a_command_that_is_not_there_leaves_the_user_s_prompt():
    text, note = expanded(PROMPT, ExpandSettings(command=("no-such-program",)), WISH)
    assert text == PROMPT
    assert "no-such-program can't be run (No such file or directory)" in note


def test_a_command_that_hangs_is_ended():
    hung = command("import time; time.sleep(600)", timeout_seconds=0.2)
    text, note = expanded(PROMPT, hung, WISH)
    assert text == PROMPT
    assert note.endswith("had no answer after 0.2 seconds.")


def test_a_chat_model_gets_what_the_model_wants(chat, monkeypatch):
    monkeypatch.setenv("WRITERS_KEY", "secret")
    chat.says("A red fox trots through fog.")

    text, note = expanded(PROMPT, chat.settings(api_key_env="WRITERS_KEY"), WISH)

    assert text == "A red fox trots through fog."
    assert "secret" not in note
    [(path, authorization, body)] = chat.asked
    assert (path, authorization) == ("/v1/chat/completions", "Bearer secret")
    assert body["model"] == "writer"
    system, user = body["messages"]
    assert system["role"] == "system"
    assert WISH in system["content"]
    assert user == {"role": "user", "content": PROMPT}


def test_the_operator_s_instructions_come_before_the_card_s(chat):
    chat.says("x")
    expanded(PROMPT, chat.settings(instructions="Write haiku."), WISH)
    [(_path, authorization, body)] = chat.asked
    assert body["messages"][0]["content"] == "Write haiku."
    assert authorization is None


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ('{"subjects": [{"description": "a fox"}]}', '{"subjects": [{"description": "a fox"}]}'),
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ("<think>A fox?\nYes.</think>\n\nA fox at dusk.", "A fox at dusk."),
        ("It shows ```code``` on a screen", "It shows ```code``` on a screen"),
    ],
)
def test_the_answer_is_the_prompt_alone(chat, answer, text):
    chat.says(answer)
    assert expanded(PROMPT, chat.settings(), WISH).prompt == text


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b"{}", "answered with status 500"),
        (307, b"", "answered with status 307"),
        (200, b"<html>", "is not a chat completion"),
        (200, b'{"choices": []}', "is not a chat completion"),
        (200, b'{"choices": [{"message": {"content": null}}]}', "is not a chat completion"),
        (200, b"[1]", "is not a chat completion"),
    ],
)
def test_a_chat_server_that_fails_leaves_the_user_s_prompt(chat, status, body, reason):
    chat.status, chat.body = status, body
    text, note = expanded(PROMPT, chat.settings(), WISH)
    assert text == PROMPT
    assert reason in note


def test_an_endless_answer_is_not_read_to_its_end(chat, monkeypatch):
    monkeypatch.setattr(expand, "MAX_ANSWER", 1000)
    chat.says("x" * 2000)
    assert "more than a chat completion" in expanded(PROMPT, chat.settings(), WISH).note


def test_a_chat_server_that_hangs_is_left(chat):
    chat.body = None
    text, note = expanded(PROMPT, chat.settings(timeout_seconds=0.2), WISH)
    assert text == PROMPT
    assert "had no answer after 0.2 seconds" in note


def test_a_chat_server_that_is_not_there_leaves_the_user_s_prompt(chat):
    chat.server.server_close()
    text, note = expanded(PROMPT, chat.settings(), WISH)
    assert text == PROMPT
    assert "can't be reached" in note


def test_a_key_that_is_not_set_is_reported(chat, monkeypatch):
    monkeypatch.delenv("WRITERS_KEY", raising=False)
    text, note = expanded(PROMPT, chat.settings(api_key_env="WRITERS_KEY"), WISH)
    assert text == PROMPT
    assert "the environment variable WRITERS_KEY, for the chat model's key, is unset" in note
    assert chat.asked == []
