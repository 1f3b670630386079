"""`serve --processes 2`: both answer, limits hold across them, and the supervisor replaces them."""

import http.client
import os
import signal
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import process_tree
import pytest
from server_process import Server, run_cli
from waiting import wait_for

API_PROCESS = "vitascope.cli.processes"
LIMITS = "workers = 1\n[projects.full]\nmax_queued = 3\n"


class Connection:
    """A keep-alive connection to one of the processes.

    Attributes:
        pid: of the process.
    """

    def __init__(self, server, secret="any"):
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.get("/healthz")
        client_port = self._connection.sock.getsockname()[1]
        self.pid = owner_of(client_port, server.port, api_processes(server))

    def get(self, path):
        self._connection.request("GET", path, headers=self._headers)
        response = self._connection.getresponse()
        return response.status, response.read()

    def close(self):
        self._connection.close()


def api_processes(server):
    return [pid for pid in server.descendants() if API_PROCESS in process_tree.command_of(pid)]


def owner_of(client_port, server_port, pids):
    """Which of the processes has the connection between two ports of this machine."""
    local, remote = f":{server_port:04X}", f":{client_port:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    [inode] = [row[9] for row in rows if row[1].endswith(local) and row[2].endswith(remote)]
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            if descriptor.is_symlink() and os.readlink(descriptor) == f"socket:[{inode}]":
                return pid
    raise AssertionError("no process has the connection")


@contextmanager
def connections_to_both(server, secret="any"):
    """A connection to each process. The kernel chooses, so it takes some attempts."""
    opened = []

    def look():
        opened.append(Connection(server, secret))
        found = {connection.pid: connection for connection in opened}
        return list(found.values()) if len(found) == 2 else None

    try:
        yield wait_for(look, "connections to both processes")
    finally:
        for connection in opened:
            connection.close()


@pytest.fixture(scope="module")
def server(new_data_dir, tmp_path_factory):
    config = tmp_path_factory.mktemp("processes") / "vitascope.toml"
    config.write_text(LIMITS, "utf-8")
    flags = ("--processes", "2", "--config", str(config))
    with closing(Server(new_data_dir(), *flags, bars=True)) as one:
        one.start()
        yield one


def shows(connection, lines):
    metrics = connection.get("/metrics")[1]
    return all(line in metrics for line in lines)


def test_both_processes_answer_and_metrics_count_them_together(server):
    counted = (
        b'vitascope_requests_total{method="GET",route="/models",status="200"} 6.0',
        b"vitascope_workers 1.0",
    )
    with connections_to_both(server) as both:
        assert {connection.pid for connection in both} == set(api_processes(server))
        for connection in both * 3:
            assert connection.get("/v1/models")[0] == 200
        for connection in both:
            # A request is counted once its answer is sent, and the worker starts beside the API.
            wait_for(lambda one=connection: shows(one, counted), "six requests and one worker")


def test_a_video_is_rendered_and_a_held_request_sees_its_end(server):
    video = server.create("A heron in the mist", seconds="4")
    held = server.http.get(f"/videos/{video['id']}", headers={"Prefer": "wait=60"}).json()
    assert held["status"] == "completed"
    assert server.download(video["id"]).status_code == 200


def test_keys_limits_and_repetitions_hold_across_processes(server):
    made = run_cli("keys", "create", "--project", "full", "--data-dir", str(server.data_dir))
    assert made.returncode == 0, made.stderr
    secret = next(word for word in made.stdout.split() if word.startswith("vs-"))

    with connections_to_both(server) as both:
        for connection in both:
            wait_for(lambda one=connection: one.get("/v1/videos")[0] == 401, "a refusal", seconds=5)
    key = {"Authorization": f"Bearer {secret}"}
    # Each request on a connection of its own, so that both processes get some.
    answers = []
    for number in range(24):
        with httpx2.Client(base_url=server.url, headers=key, trust_env=False) as client:
            answers.append(
                client.post(
                    "/v1/videos",
                    json={"prompt": "A slow river, slow=60", "resolution": "224x128"},
                    headers={"Idempotency-Key": f"k{number // 4}"},
                )
            )
    taken = {answer.json()["id"] for answer in answers if answer.status_code == 200}
    refused = {answer.status_code for answer in answers} - {200}
    # Three wait; a worker may have taken one before the fourth came.
    assert 3 <= len(taken) <= 4
    assert refused == {429}
    with connections_to_both(server, secret) as both:
        for connection in both:
            assert connection.get(f"/v1/videos/{taken.pop()}")[0] == 200


def test_a_killed_process_is_replaced_and_the_service_goes_on(server):
    before = set(api_processes(server))
    victim = before.pop()
    [survivor] = before
    process_tree.kill(victim)
    for _ in range(20):  # those for the dead process wait until it is replaced
        with httpx2.Client(base_url=server.url, trust_env=False, timeout=30) as client:
            assert client.get("/healthz").status_code == 200
    with connections_to_both(server) as both:
        pids = {connection.pid for connection in both}
    assert victim not in pids
    assert survivor in pids


def test_a_port_in_use_is_refused_with_its_number(server, new_data_dir):
    outcome = run_cli(
        *("serve", "--processes", "2", "--workers", "0", "--port", str(server.port)),
        *("--data-dir", str(new_data_dir())),
    )
    assert outcome.returncode == 1
    assert f"port {server.port}: Address already in use" in outcome.stderr


def assert_ends_with_its_supervisor(server, signum):
    wait_for(lambda: len(server.workers()) == 1, "the worker")
    family = server.descendants()
    assert len(api_processes(server)) == 2
    assert server.stop(signum) == (0 if signum == signal.SIGTERM else -signal.SIGKILL)
    wait_for(lambda: not any(process_tree.alive(pid) for pid in family), "all processes to end")


# Last, because no server is left.
def test_the_end_of_the_supervisor_is_the_end_of_all(server):
    assert_ends_with_its_supervisor(server, signal.SIGTERM)
    server.start()
    assert_ends_with_its_supervisor(server, signal.SIGKILL)
