"""What goes wrong with an upstream: how long it is waited for, and how a job ends that can't be."""

import json
import logging
import ssl
import threading

import httpx2
import pytest
from fake_upstream import Reply, film
from waiting import wait_for

from vitascope.engines.upstream import client
from vitascope.engines.upstream.engine import Upstream
from vitascope.engines.upstream.settings import UpstreamSettings, flavour_named
from vitascope.errors import JobError

ONE = pytest.mark.parametrize("flavour", ["sglang"])
HTML = b"<html><body>It works!</body></html>"


@pytest.fixture
def error_of(engine, make_job, listener):
    """Draw a job in vain; the error."""

    def draw(job=None):
        with pytest.raises(JobError) as raised:
            engine.draw(job or make_job(), listener)
        return raised.value

    return draw


@pytest.fixture
def drawn(engine, make_job, listener):
    """Draw a job all the same."""

    def draw():
        assert len(list(engine.draw(make_job(), listener).frames)) == 24

    return draw


class TestFailedJobs:
    def test_the_server_s_reason_is_reported(self, upstream, error_of):
        upstream.fails = "CUDA out of memory. Tried to allocate 2.00 GiB"
        error = error_of()

        assert error.code == "upstream_failed"
        assert error.message.endswith("CUDA out of memory. Tried to allocate 2.00 GiB.")
        assert len(upstream.created) == 1

    @ONE
    def test_nothing_of_its_inside_is_reported(self, upstream, error_of):
        upstream.fails = (
            "Traceback (most recent call last):\n"
            '  File "/opt/venv/lib/run.py", line 3, in run\n'
            "RuntimeError: no /opt/models/wan/x.safetensors at http://10.1.2.3:30000/v1, "
            "Bearer sk-secret, tensor at 0x7f00dead at 10.9.8.7:80"
        )
        message = error_of().message

        assert "RuntimeError: no …" in message
        for inside in ("opt", "http", "10.", "sk-secret", "0x7f", "Traceback"):
            assert inside not in message

    @ONE
    def test_no_reason_is_reported_as_such(self, upstream, error_of):
        upstream.fails = ""
        assert error_of().message.endswith("it gives no reason.")

    @ONE
    @pytest.mark.parametrize("status", ["cancelled", "expired"])
    def test_a_job_that_somebody_ended_there_has_failed(self, status, upstream, error_of):
        body = json.dumps({"id": "video_1", "status": status}).encode()
        upstream.replies["look"] = [Reply(200, body)]
        assert error_of().code == "upstream_failed"


class TestRefusals:
    def test_a_wrong_key(self, upstream, error_of, caplog):
        upstream.key = "right"
        error = error_of()

        assert error.code == "upstream_refused"
        assert "api_key_env" in error.message
        assert "127.0.0.1" not in error.message
        assert upstream.created == []

    def test_the_right_key_goes_with_every_call_and_nowhere_else(
        self, upstream, make_engine, make_job, listener, monkeypatch, caplog
    ):
        caplog.set_level(logging.DEBUG)
        monkeypatch.setenv("GPU_BOX_KEY", "sk-very-secret")
        upstream.key = "sk-very-secret"
        engine = make_engine(api_key_env="GPU_BOX_KEY")
        upstream.replies["look"] = [Reply(502)]
        upstream.fails = "bad key sk-very-secret? Bearer sk-very-secret"
        with pytest.raises(JobError) as raised:
            engine.draw(make_job(), listener)

        assert all(each["authorization"] == "Bearer sk-very-secret" for each in upstream.headers)
        assert "sk-very-secret" not in caplog.text
        assert "sk-very-secret" not in raised.value.message
        assert "sk-very-secret" not in " ".join(engine.cleanup.process.args)

    @ONE
    @pytest.mark.parametrize("value", [None, " ", "clé", "a\nb"])
    def test_a_key_that_is_not_there_or_is_none(self, value, make_engine, monkeypatch):
        if value is not None:
            monkeypatch.setenv("GPU_BOX_KEY", value)
        with pytest.raises(JobError, match="api_key_env") as raised:
            make_engine(api_key_env="GPU_BOX_KEY")
        assert raised.value.code == "upstream_refused"

    def test_an_address_that_is_none(self):
        model = UpstreamSettings(url="http://gpu:x/v1", flavour="sglang")
        with pytest.raises(JobError, match="checks url"):
            Upstream(model)


class TestRejections:
    @pytest.mark.parametrize(
        ("status", "body", "sentence"),
        [
            (400, {"detail": "video_path is not supported for task T2V"}, "for task T2V."),
            (422, {"detail": [{"loc": ["body", "fps"], "msg": "too fast"}]}, "fps: too fast."),
            (400, {"error": {"message": "Size?", "type": "x"}}, "request: Size?."),
            (413, {}, "it answered with status 413."),
        ],
        ids=["detail", "validation", "envelope", "nothing"],
    )
    @ONE
    def test_what_is_not_taken_is_reported_and_not_tried_again(
        self, status, body, sentence, upstream, error_of
    ):
        upstream.replies["create"] = [Reply(status, json.dumps(body).encode())]
        error = error_of()

        assert error.code == "upstream_rejected"
        assert error.message.endswith(sentence)
        assert upstream.created == []

    @pytest.mark.parametrize("flavour", ["vllm-omni"])
    def test_another_model_than_is_served(self, make_engine, make_job, listener):
        with pytest.raises(JobError, match="Model mismatch") as raised:
            make_engine(upstream_model="other").draw(make_job(), listener)
        assert raised.value.code == "upstream_rejected"

    @ONE
    def test_an_error_of_the_server_is_no_rejection(self, upstream, error_of):
        body = b'{"detail": "Video generation setup failed"}'
        upstream.replies["create"] = [Reply(500, body)]
        error = error_of()
        assert (error.code, "setup failed" in error.message) == ("upstream_failed", True)

    @ONE
    @pytest.mark.parametrize(
        "reply",
        [Reply(404, b'{"detail": "Not Found"}'), Reply(200, HTML), Reply(307), Reply(200, b"[1]")],
        ids=["missing", "page", "elsewhere", "list"],
    )
    def test_what_is_no_videos_api_is_reported_at_once(self, reply, upstream, error_of):
        upstream.replies["create"] = [reply]
        error = error_of()
        assert error.code == "upstream_unavailable"
        assert "url and flavour" in error.message


class TestGoneForAWhile:
    @pytest.mark.parametrize("call", ["models", "create", "look", "fetch"])
    @ONE
    def test_every_call_is_tried_again(self, call, upstream, drawn):
        upstream.replies[call] = [
            Reply(hang_up=True),
            Reply(502, HTML),
            Reply(503, b'{"detail": "not initialised"}'),
            Reply(429),
            Reply(200, b'{"half": ', length=500),
        ]
        drawn()
        assert len(upstream.created) == 1

    @ONE
    def test_garbage_in_mid_job_is_not_believed(self, upstream, drawn):
        upstream.replies["look"] = [
            Reply(200, HTML),
            Reply(200, b"[" * 100_000),
            Reply(200, b'{"id": "../../etc", "status": "completed"}'),
            Reply(500, b"Internal Server Error"),
            Reply(200, b'{"id": 7, "status": "completed"}'),
        ]
        drawn()
        assert len(upstream.created) == 1

    @ONE
    def test_a_slow_answer_is_given_up(self, upstream, make_engine, make_job, listener):
        upstream.replies["look"] = [
            Reply(200, b'{"id": "video_1", "status": "failed"}', pause=0.01)
        ]
        clip = make_engine(answer=0.05).draw(make_job(), listener)
        assert len(list(clip.frames)) == 24
        assert upstream.replies["look"] == []
        assert len(upstream.created) == 1

    def test_a_restart_in_mid_job_is_survived(self, upstream, engine, make_job, listener):
        upstream.looks = 10_000
        clips = []
        drawing = threading.Thread(target=lambda: clips.append(engine.draw(make_job(), listener)))
        drawing.start()
        wait_for(lambda: upstream.looked > 2, "the job to be looked at")
        upstream.stop()
        upstream.looks = 2
        upstream.start()
        drawing.join(30)

        assert len(list(clips[0].frames)) == 24
        assert len(upstream.created) == 2
        assert "forgot the job" in listener.notes[0]

    @ONE
    def test_a_job_that_gets_lost_every_time_fails(self, upstream, error_of):
        upstream.replies["look"] = [Reply(404, b'{"detail": "Video not found"}')] * 9
        error = error_of()
        assert (error.code, len(upstream.created)) == ("upstream_failed", 3)

    @ONE
    def test_a_film_that_got_lost_is_drawn_again(self, upstream, drawn):
        upstream.replies["fetch"] = [Reply(404, b'{"detail": "Video not found"}')]
        drawn()
        assert len(upstream.created) == 2

    def test_a_server_that_never_comes_back(self, upstream, make_engine, make_job, listener):
        engine = make_engine(unavailable=0.3)
        upstream.stop()
        with pytest.raises(JobError) as raised:
            engine.draw(make_job(), listener)

        assert raised.value.code == "upstream_unavailable"
        assert "127.0.0.1" not in raised.value.message
        assert len(listener.shares) > 3  # signs of life, for the watchdog

    @ONE
    def test_a_server_that_dies_in_mid_job(self, upstream, make_engine, make_job, listener):
        engine = make_engine(unavailable=0.3)
        upstream.replies["look"] = [Reply(hang_up=True)] * 1000
        with pytest.raises(JobError) as raised:
            engine.draw(make_job(), listener)
        assert raised.value.code == "upstream_unavailable"
        assert upstream.jobs == []


class TestFilmsOfNoUse:
    @ONE
    @pytest.mark.parametrize("content", [b"", HTML, b"\0" * 4096], ids=["empty", "page", "zeros"])
    def test_no_film(self, content, upstream, error_of):
        upstream.replies["fetch"] = [Reply(200, content)]
        error = error_of()
        assert error.code == "upstream_failed"
        assert "its film can't be used" in error.message

    @ONE
    def test_a_film_that_breaks_off(self, upstream, error_of):
        content = film((160, 96), 25, 24)
        upstream.replies["fetch"] = [Reply(200, content[: len(content) // 2])]
        assert error_of().code == "upstream_failed"

    @ONE
    def test_a_film_far_too_short(self, upstream, error_of):
        upstream.frames = 3
        error = error_of()
        assert (error.code, "much shorter" in error.message) == ("upstream_failed", True)

    @ONE
    def test_a_huge_film_is_not_taken(self, upstream, error_of, monkeypatch):
        monkeypatch.setattr(client, "MAX_FILM", 1000)
        error = error_of()
        assert (error.code, "larger than" in error.message) == ("upstream_failed", True)

    @ONE
    def test_a_huge_answer_is_cut_off(self, upstream, drawn):
        huge = b'{"id": "video_1", "status": "completed", "x": "' + b"x" * 3_000_000 + b'"}'
        upstream.replies["look"] = [Reply(200, huge)]
        drawn()
        assert upstream.looked >= 2  # it was asked again

    def test_an_endless_answer_is_read_no_further(self):
        def endless():
            for _ in range(2 * client.MAX_ANSWER // 65_536):
                yield b" " * 65_536
            pytest.fail("it was read on")

        asked = client.Client(
            "http://gpu/v1",
            flavour_named("sglang"),
            model=None,
            key=None,
            answer_seconds=10,
            transport=httpx2.MockTransport(
                lambda _request: httpx2.Response(200, content=endless())
            ),
        )
        with pytest.raises(client.Unreachable):
            asked.retrieve("video_1")
        asked.close()

    @ONE
    def test_films_that_went_to_a_cloud_are_reported(self, upstream, error_of):
        body = b'{"detail": "Video has been uploaded to cloud storage: https://x.test/1"}'
        upstream.replies["fetch"] = [Reply(400, body)]
        error = error_of()
        assert error.code == "upstream_failed"
        assert "uploaded to cloud storage" in error.message
        assert "x.test" not in error.message


def test_authorities_are_asked_for_by_https_alone(monkeypatch):
    """Their certificates take longer to read than a server without TLS to answer."""
    read = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    monkeypatch.setattr(ssl, "create_default_context", lambda **_: read.append(1) or context)
    flavour, options = flavour_named("sglang"), {"model": None, "key": None, "answer_seconds": 1}
    client.Client("http://gpu/v1", flavour, **options).close()
    assert read == []
    client.Client("https://gpu/v1", flavour, **options).close()
    assert read == [1]
