"""Webhooks: what a real receiver gets, also after refusals, redirects and the server's death."""

import hmac
import time

import bars_engine
import httpx2
import pytest
import standardwebhooks
from openai import InvalidWebhookSignatureError
from server_process import Server
from sweeps import for_all
from waiting import wait_for
from webhook_receiver import WebhookReceiver

SECRET = "whsec_" + "c2VjcmV0" * 5
MODEL = "/models/any/sora-2/predictions"
SMALL = "{}x{}".format(*bars_engine.SIZE)


@pytest.fixture(scope="module")
def receiver():
    ours = WebhookReceiver()
    yield ours
    ours.close()


@pytest.fixture(scope="module")
def server(new_data_dir, receiver):
    """It notifies the receiver of every video, and lets clients name receivers on loopback."""
    environment = {
        "VITASCOPE_WEBHOOKS__URL": f"{receiver.url}/openai",
        "VITASCOPE_WEBHOOKS__SECRET": SECRET,
        "VITASCOPE_WEBHOOKS__ALLOW_PRIVATE": "true",
    }
    ours = Server(new_data_dir(), environment=environment, bars=True)
    ours.start()
    yield ours
    ours.close()


def pending(server):
    with server.database() as connection:
        return [dict(row) for row in connection.execute("SELECT * FROM deliveries")]


def ended(server, video_id):
    """Wait until nothing is to be sent about a video."""
    wait_for(
        lambda: not [one for one in pending(server) if one["video_id"] == video_id],
        f"the webhooks about {video_id}",
        seconds=90,
    )


def notes(server, video_id):
    with server.database() as connection:
        rows = connection.execute("SELECT message FROM job_log WHERE video_id = ?", (video_id,))
        return [row["message"] for row in rows if row["message"].startswith("Webhook")]


def predict(server, webhook, events=None, prompt="A heron"):
    body = {"input": {"prompt": prompt, "size": SMALL}, "webhook": webhook}
    body |= {} if events is None else {"webhook_events_filter": events}
    answer = server.http.post(MODEL, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def verified(one, secret):
    """The body, if its signature is right."""
    return standardwebhooks.Webhook(secret).verify(one.body, one.headers)


def test_events_as_the_official_sdk_reads_them(server, receiver):
    client = server.openai(webhook_secret=SECRET)
    done = server.rendered("A heron")["id"]
    slow = server.create_slow()["id"]
    server.cancel(slow)
    ended(server, done)
    ended(server, slow)

    events = {}
    for one in receiver.at("/openai"):
        event = client.webhooks.unwrap(one.body, one.headers)
        assert event.id == one.id
        events[event.data.id] = event.type
        with pytest.raises(InvalidWebhookSignatureError):
            client.webhooks.unwrap(one.body + b" ", one.headers)
    assert events == {done: "video.completed", slow: "video.failed"}
    assert notes(server, done) == [
        f"Webhook {receiver.at('/openai')[0].id} to {receiver.url}, attempt 1: answered 200."
    ]


def test_replicate_by_its_filter(server, receiver):
    secret = server.http.get("/webhooks/default/secret").json()["key"]
    kinds = {
        "/default": None,
        "/all": ["start", "output", "logs", "completed"],
        "/output": ["output"],
        "/logs": ["logs"],
    }
    videos = {
        path: predict(server, f"{receiver.url}{path}", events, f"A heron, slow=1{path}")
        for path, events in kinds.items()
    }
    failing = predict(server, f"{receiver.url}/cancelled", ["output"], "Slow, slow=20")
    for video in videos.values():
        ended(server, video)
    server.http.post(f"/predictions/{failing}/cancel")
    ended(server, failing)

    bodies = {path: [verified(one, secret) for one in receiver.at(path)] for path in kinds}
    assert [one["status"] for one in bodies["/default"]] == ["succeeded"]
    assert [one["status"] for one in bodies["/all"]] == ["processing", "succeeded"]
    assert [one["status"] for one in bodies["/output"]] == ["succeeded"]
    assert bodies["/logs"] == []
    assert receiver.at("/cancelled") == []  # it has no output
    assert {path: one[-1]["id"] for path, one in bodies.items() if one} == {
        path: video for path, video in videos.items() if path != "/logs"
    }
    assert len({one.id for one in receiver.received}) == len(receiver.received)
    prediction = bodies["/default"][0]
    film = httpx2.get(prediction["output"], trust_env=False)
    assert film.content == server.download(prediction["id"]).content
    assert prediction["urls"]["get"] == f"{server.url}/v1/predictions/{prediction['id']}"


def test_openrouter_and_the_gateway(server, receiver):
    job = server.http.post(
        f"{server.url}/api/v1/videos",
        json={
            "model": "sora-2",
            "prompt": "A heron at noon",
            "size": SMALL,
            "callback_url": f"{receiver.url}/openrouter",
        },
    ).json()["id"]
    started = server.http.post(
        f"{server.url}/v4/ai/video-model/start",
        json={
            "prompt": "A heron at night",
            "resolution": SMALL,
            "callbackUrl": f"{receiver.url}/gateway",
        },
        headers={"ai-model-id": "sora-2"},
    ).json()["operation"]
    ended(server, job)
    ended(server, started["ids"][0])
    secret = server.http.get("/webhooks/default/secret").json()["key"]

    (one,) = receiver.at("/openrouter")
    event = verified(one, secret)
    assert (event["type"], event["data"]["id"]) == ("video.generation.completed", job)
    film = httpx2.get(event["data"]["unsigned_urls"][0], trust_env=False)
    assert film.content == server.download(job).content
    moment, digest = (part[part.index("=") + 1 :] for part in signature_of(one).split(","))
    own = hmac.new(secret.encode(), f"{moment},".encode() + one.body, "sha256").hexdigest()
    assert digest == own
    (one,) = receiver.at("/gateway")
    assert verified(one, secret) == {
        "type": "video.generation.completed",
        "data": {"operation": started, "status": "completed"},
    }


def signature_of(one):
    return one.headers["x-openrouter-signature"]


def test_what_fails_is_sent_again_with_the_same_id(server, receiver):
    receiver.answers[:] = [200]  # OpenAI's event about the same video
    with server.database() as connection:
        connection.execute("DELETE FROM deliveries")
    video = server.create("A slow heron, slow=2")["id"]
    with server.database() as connection:
        connection.execute(
            "UPDATE deliveries SET url = ? WHERE video_id = ?", (f"{receiver.url}/again", video)
        )
    receiver.answers[:] = [500, 302]
    ended(server, video)

    tries = receiver.at("/again")
    assert len(tries) == 3
    assert len({one.id for one in tries}) == 1
    assert len({one.body for one in tries}) == 1
    assert receiver.at("/redirected") == []
    for one in tries:
        verified(one, SECRET)
    assert [note.partition(": ")[2] for note in notes(server, video)] == [
        "answered 500. It is sent again in 1 s.",
        "answered 302. It is sent again in 5 s.",
        "answered 200.",
    ]


@pytest.mark.parametrize(
    ("attempts", "status", "outcome"),
    [(10, 500, "answered 500. It is given up."), (0, 410, "answered 410.")],
)
def test_attempts_have_an_end(server, receiver, attempts, status, outcome):
    video = server.create(f"A slow heron, slow=2, {attempts}")["id"]
    with server.database() as connection:
        connection.execute(
            "UPDATE deliveries SET attempts = ? WHERE video_id = ?", (attempts, video)
        )
    receiver.answers[:] = [status]
    ended(server, video)

    assert [note.partition(": ")[2] for note in notes(server, video)] == [outcome]
    assert receiver.answers == []


def test_the_servers_death_loses_nothing(new_data_dir):
    """Killed before the video ends and before the receiver answers: sent after the restart."""
    gone = WebhookReceiver()
    port = gone.port
    gone.close()  # nothing listens there for now
    environment = {"VITASCOPE_WEBHOOKS__ALLOW_PRIVATE": "true"}
    server = Server(new_data_dir(), environment=environment, bars=True)
    try:
        server.start()
        video = predict(server, f"http://127.0.0.1:{port}/late", prompt="A heron, slow=2")
        server.kill()
        server.start(port=server.port)
        server.wait_until(video, "completed")
        wait_for(lambda: pending(server)[0]["attempts"] > 0, "a first attempt")
        server.kill()
        (row,) = pending(server)
        with server.database() as connection:  # as if the lease of that attempt were over
            connection.execute("UPDATE deliveries SET due_at = due_at - 60")
        receiver = WebhookReceiver(port)
        try:
            server.start(port=server.port)
            ended(server, video)
            assert {one.id for one in receiver.received} == {row["id"]}
            assert receiver.received[-1].json["status"] == "succeeded"
            assert abs(int(receiver.received[-1].headers["webhook-timestamp"]) - time.time()) < 60
        finally:
            receiver.close()
    finally:
        server.close()


@for_all(
    "url",
    [
        "http://127.0.0.1:9/", "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/",
        "https://[::ffff:10.0.0.1]/", "https://localhost/", "https://db.internal/",
        "http://example.com/", "ftp://example.com/", "https://user:word@example.com/", "nowhere",
        "https://example.com:99999/", "https://example.com/" + "a" * 2000, "https://a b.com/", 7,
    ],
)  # fmt: skip
def test_receivers_of_clients_are_public(still_server, url):
    """By the rules of `input_reference`, in each dialect's form; nothing is left behind."""
    before = still_server.http.get("/videos", params={"limit": 100}).json()["data"]
    http, base = still_server.http, still_server.url
    replicate = http.post(MODEL, json={"input": {"prompt": "A fox"}, "webhook": url})
    job = {"model": "sora-2", "prompt": "A fox", "callback_url": url}
    openrouter = http.post(f"{base}/api/v1/videos", json=job)
    gateway = http.post(
        f"{base}/v4/ai/video-model/start",
        json={"prompt": "A fox", "callbackUrl": url},
        headers={"ai-model-id": "sora-2"},
    )

    assert (replicate.status_code, replicate.json()["status"]) == (400, 400)
    assert "'webhook'" in replicate.json()["detail"]
    assert (openrouter.status_code, openrouter.json()["error"]["code"]) == (400, 400)
    assert openrouter.json()["error"]["metadata"]["param"] == "callback_url"
    assert (gateway.status_code, gateway.json()["error"]["param"]) == (
        400,
        {"name": "callbackUrl"},
    )
    assert still_server.http.get("/videos", params={"limit": 100}).json()["data"] == before
    assert pending(still_server) == []
