"""Requests that are held until their video is finished.

Upper limits of times are generous: the bench measures how quick the answers are.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import process_tree
import pytest
from raw_requests import connect, head, read_answer
from server_process import UNFINISHED
from waiting import wait_for

SLACK = 1.5
HELPER = {"X-Stainless-Poll-Helper": "true"}


def timed(server, video_id, **headers):
    """A retrieve with these headers (`_` for `-`) and the seconds it took."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    began = time.monotonic()
    response = server.http.get(f"/videos/{video_id}", headers=named)
    return response, time.monotonic() - began


@pytest.fixture(scope="module")
def waiting(still_server):
    """A video that stays queued."""
    return still_server.create()["id"]


@pytest.mark.parametrize("prefer", ["wait=1", "respond-async, wait=1", 'Wait = "1"'])
def test_an_unfinished_video_is_held_as_long_as_requested(prefer, still_server, waiting):
    response, seconds = timed(still_server, waiting, Prefer=prefer)

    assert 1 <= seconds < 1 + SLACK
    assert response.status_code == 200
    assert response.json()["status"] == "queued"
    assert int(response.headers["openai-poll-after-ms"]) >= 100


@pytest.mark.parametrize(
    "headers",
    [
        {"Prefer": "wait=60", "X_Stainless_Read_Timeout": "2"},
        {"Prefer": "wait=60", "X_Stainless_Timeout": "2.0"},
        {"X_Stainless_Poll_Helper": "true", "X_Stainless_Read_Timeout": "2"},
        {"X_Stainless_Poll_Helper": "true", "Prefer": "wait=0", "X_Stainless_Read_Timeout": "2"},
        {"Prefer": "wait=inf", "X_Stainless_Read_Timeout": "2"},
    ],
    ids=range(5),
)
def test_a_request_is_held_for_half_of_the_read_timeout_at_most(headers, still_server, waiting):
    response, seconds = timed(still_server, waiting, **headers)

    assert 1 <= seconds < 1 + SLACK
    assert response.json()["status"] == "queued"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Prefer": "wait=0"},
        {"Prefer": "wait=-5"},
        {"Prefer": "wait=soon"},
        {"Prefer": "wait=nan"},
        {"Prefer": "wait"},
        {"Prefer": "return=minimal"},
        {"X_Stainless_Poll_Helper": "false"},
        {"Prefer": "wait=60", "X_Stainless_Read_Timeout": "0"},
    ],
    ids=range(9),
)
def test_a_request_without_the_header_is_not_held(headers, still_server, waiting):
    response, seconds = timed(still_server, waiting, **headers)

    assert seconds < SLACK
    assert response.json()["status"] == "queued"


def test_what_is_finished_or_unknown_is_answered_at_once(still_server):
    video_id = still_server.create()["id"]
    still_server.cancel(video_id)

    finished, seconds = timed(still_server, video_id, Prefer="wait=60")
    unknown, seconds_too = timed(still_server, "video_1", Prefer="wait=60")

    assert finished.json()["status"] == "failed"
    assert unknown.status_code == 404
    assert max(seconds, seconds_too) < SLACK


@pytest.mark.parametrize("headers", [{"Prefer": "wait=55"}, HELPER], ids=["prefer", "helper"])
def test_a_held_request_is_answered_when_the_video_is_completed(headers, bars_server):
    server = bars_server
    video_id = server.create("A kite over the dunes")["id"]

    response, _seconds = timed(server, video_id, **headers)
    returned = time.time()

    assert response.json()["status"] == "completed"
    assert "openai-poll-after-ms" not in response.headers
    assert returned - server.row(video_id)["completed_at"] < SLACK


def test_a_held_request_is_answered_when_the_video_is_cancelled(still_server):
    video_id = still_server.create()["id"]
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(timed, still_server, video_id, Prefer="wait=30")
        time.sleep(0.5)
        assert not held.done()
        still_server.cancel(video_id)
        response, seconds = held.result()

    assert response.json()["error"]["code"] == "cancelled"
    assert seconds < 0.5 + SLACK


def hold(server, video_id, *, seconds=60):
    """Open a connection whose request is held."""
    connection = connect(server.port)
    connection.sendall(head("GET", f"/v1/videos/{video_id}", Prefer=f"wait={seconds}"))
    return connection


def test_many_requests_are_held_while_others_are_answered(still_server):
    server = still_server
    video_id, other = server.create()["id"], server.create()["id"]
    connections = [hold(server, video_id) for _ in range(200)]
    try:
        response, seconds = timed(server, other)
        assert response.status_code == 200
        assert seconds < SLACK
        server.cancel(video_id)
        answers = [read_answer(connection) for connection in connections]
    finally:
        for connection in connections:
            connection.close()

    assert {answer.status for answer in answers} == {200}
    assert {answer.json()["status"] for answer in answers} == {"failed"}
    assert len({answer.headers["x-request-id"] for answer in answers}) == 200


def test_held_clients_that_disconnect_free_their_connections(still_server):
    server = still_server
    video_id = server.create()["id"]
    timed(server, video_id, Prefer="wait=0.2")
    before = process_tree.open_files(server.pid)
    connections = [hold(server, video_id) for _ in range(50)]
    wait_for(lambda: process_tree.open_files(server.pid) >= before + 50, "the connections")

    for connection in connections:
        connection.close()

    # A few database files may have been opened meanwhile, and stay open.
    wait_for(lambda: process_tree.open_files(server.pid) < before + 25, "their end", seconds=10)
    response, seconds = timed(server, video_id, Prefer="wait=1")
    assert 1 <= seconds < 1 + SLACK
    assert response.json()["status"] in UNFINISHED
    assert "Traceback" not in server.log


def test_held_requests_do_not_delay_the_shutdown(make_server):
    server = make_server("--workers", "0")
    video_id = server.create()["id"]
    answers = []

    def ask():
        with hold(server, video_id) as connection:
            answers.append(read_answer(connection))

    timed(server, video_id, Prefer="wait=0.2")
    before = process_tree.open_files(server.pid)
    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    wait_for(lambda: process_tree.open_files(server.pid) >= before + 20, "the connections")
    time.sleep(0.3)

    began = time.monotonic()
    server.stop()
    seconds = time.monotonic() - began
    for thread in threads:
        thread.join()

    assert seconds < 4
    assert [answer.status for answer in answers] == [200] * 20
    assert {answer.json()["status"] for answer in answers} == {"queued"}
