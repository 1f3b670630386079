"""Limits of a connection: raw sockets against servers with short deadlines."""

import contextlib
import re
import socket
import time

import process_tree
import pytest
from raw_requests import connect, exchange, form_part, head, read_answer
from server_process import Server
from waiting import wait_for

MIB = 1024 * 1024
LIMIT = 64 * 1024
JSON = "application/json"
FORM = "multipart/form-data; boundary=xx"
LISTING = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = head("POST", "/v1/videos", kind=JSON, Transfer_Encoding="chunked")


@pytest.fixture(scope="module")
def strict(new_data_dir):
    """A server with deadlines of seconds, without workers."""
    deadlines = {
        "HEADER_TIMEOUT_SECONDS": "1",
        "IDLE_TIMEOUT_SECONDS": "1",
        "TRANSFER_TIMEOUT_SECONDS": "1.5",
        "MIN_BYTES_PER_SECOND": "2000",
        "MAX_CONNECTIONS": "40",
    }
    environment = {f"VITASCOPE_{name}": value for name, value in deadlines.items()}
    server = Server(new_data_dir(), "--workers", "0", environment=environment)
    server.start()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def unharmed(still_server, strict):
    yield
    for server in (still_server, strict):
        assert exchange(server.port, head("GET", "/v1/models"), seconds=5).status == 200
        wait_for(lambda server=server: not server.scratch(), "an empty scratch space", seconds=5)
        assert "Traceback" not in server.log


def assert_refused(answer, status, words):
    assert answer.status == status
    error = answer.json()["error"]
    assert words in error["message"]
    assert set(error) == {"message", "type", "param", "code"}
    assert re.fullmatch(r"req_[0-9a-f]{32}", answer.headers["x-request-id"])
    assert answer.headers["connection"] == "close"


def endless(start, piece, total):
    yield start
    for _ in range(total // len(piece)):
        yield piece


# Bytes before the body


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (LISTING + b"X: ", b"a" * MIB),
        (LISTING, b"X: a\r\n" * 10_000),
        (b"GET /v1/models?", b"a" * MIB),
        (LISTING + b"a", b"a" * MIB),
        (b"", b"\r\n" * 10_000),
    ],
    ids=["one header", "many headers", "the address", "a name", "empty lines"],
)
def test_a_head_without_end_is_refused(start, piece, still_server):
    before = process_tree.memory(still_server.pid)["VmRSS"]
    process_tree.reset_peak(still_server.pid)

    answer = exchange(still_server.port, endless(start, piece, 16 * MIB), seconds=10)

    assert_refused(answer, 431, "at most 65536 bytes")
    assert process_tree.memory(still_server.pid)["VmHWM"] - before < 8 * MIB


def test_the_limit_of_a_head_is_exact_for_one_that_is_whole(still_server):
    def sized(size):
        start = LISTING + b"X: "
        return start + b"a" * (size - len(start) - 4) + b"\r\n\r\n"

    assert exchange(still_server.port, sized(LIMIT)).status == 200
    assert exchange(still_server.port, sized(LIMIT + 100)).status == 431


def test_a_head_may_arrive_byte_by_byte(still_server):
    request = head("GET", "/v1/models", X_Long="a" * 500)

    answer = exchange(still_server.port, [bytes([byte]) for byte in request])

    assert answer.status == 200


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (CHUNKED + b"1;x=", b"a" * MIB),
        (CHUNKED, b"1;x=" + b"a" * 1000 + b"\r\n \r\n"),  # blanks: nothing in the body is refused
        (CHUNKED, b"0" * MIB),
        (CHUNKED + b"2\r\n{}\r\n0\r\nX: ", b"a" * MIB),
        (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: a\r\n" * 10_000),
    ],
    ids=["an extension", "many extensions", "a size", "a trailer", "many trailers"],
)
def test_chunk_extensions_and_trailers_are_limited(start, piece, still_server):
    answer = exchange(still_server.port, endless(start, piece, 4 * MIB), seconds=10)

    assert_refused(answer, 431, "trailers or the chunk extensions")


def test_small_chunks_with_extensions_and_trailers_are_taken(still_server):
    body = b'{"prompt": "A heron in the mist"}'
    chunks = b"".join(b"1;name=value\r\n%c\r\n" % byte for byte in body)

    answer = exchange(still_server.port, CHUNKED + chunks + b"0\r\nDigest: x\r\n\r\n")

    assert answer.status == 200, answer.body


def test_thousands_of_one_byte_chunks_are_taken(still_server):
    body = b'{"prompt": "' + b"a" * 20_000 + b'"}'
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)

    assert exchange(still_server.port, CHUNKED + chunks + b"0\r\n\r\n").status == 200


def test_invalid_http_is_refused_with_an_api_error(still_server):
    assert_refused(exchange(still_server.port, b"SSH-2.0-client\r\n\r\n"), 400, "not valid HTTP")


def test_the_head_and_the_body_of_an_answer_come_in_one_packet(still_server):
    with connect(still_server.port) as connection:
        for number in range(3):
            connection.sendall(head("GET", "/v1/models"))
            assert read_answer(connection).status == 200
            # Linux: `tcpi_data_segs_in`, the packets with data that have arrived.
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
            assert int.from_bytes(info[152:156], "little") == number + 1


def test_a_client_is_told_to_continue_before_it_sends_its_body(still_server):
    """As curl waits before it uploads a film; its name is refused, so that no job is made."""
    body = form_part("zork", "A heron") + b"--xx--\r\n"
    with connect(still_server.port) as connection:
        connection.sendall(head("POST", "/v1/videos", len(body), FORM, Expect="100-continue"))
        assert connection.recv(MIB) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert read_answer(connection).json()["error"]["param"] == "zork"


# Requests that do not wait for an answer


def test_a_few_requests_at_once_are_answered_in_their_order(still_server):
    with connect(still_server.port) as connection:
        ids = [f"video_{number}" for number in range(20)]
        connection.sendall(b"".join(head("GET", f"/v1/videos/{each}") for each in ids))
        file = connection.makefile("rb")
        for each in ids:
            length = 0
            while line := file.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            assert each.encode() in file.read(length)


def test_requests_that_pile_up_behind_a_held_one_are_not_kept(still_server):
    video = still_server.create()
    held = head("GET", f"/v1/videos/{video['id']}", Prefer="wait=60")
    before = process_tree.memory(still_server.pid)["VmRSS"]
    with connect(still_server.port, seconds=1) as connection, contextlib.suppress(OSError):
        for piece in endless(held, head("GET", "/v1/models") * 1000, 64 * MIB):
            connection.sendall(piece)
    assert process_tree.memory(still_server.pid)["VmRSS"] - before < 16 * MIB
    still_server.cancel(video["id"])


# Time


def ended(connection, seconds):
    """The bytes until the server closes the connection."""
    connection.settimeout(seconds)
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            received += piece
    return received


def test_a_silent_connection_is_closed(strict):
    with connect(strict.port) as connection:
        assert ended(connection, 4) == b""


@pytest.mark.parametrize("start", [b"GET /", LISTING, LISTING + b"X: "])
def test_a_head_that_never_ends_is_cut_off(start, strict):
    with connect(strict.port, seconds=5) as connection:
        began = time.monotonic()
        connection.sendall(start)
        connection.settimeout(0.3)
        answer = b""
        while time.monotonic() - began < 5 and not answer:
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(4096)
            with contextlib.suppress(ConnectionError):
                connection.sendall(b"a")
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_an_idle_connection_is_closed_despite_empty_lines(strict):
    with connect(strict.port) as connection:
        connection.sendall(head("GET", "/v1/models"))
        assert read_answer(connection).status == 200
        with contextlib.suppress(ConnectionError):
            for _ in range(8):
                connection.sendall(b"\r\n")
                time.sleep(0.4)
        assert b"HTTP/1.1 200" not in ended(connection, 1)


def test_a_body_that_stalls_is_cut_off(strict):
    body = form_part("prompt", "A heron") + form_part("input_reference", bytes(MIB), filename="a")
    with connect(strict.port, seconds=6) as connection:
        connection.sendall(head("POST", "/v1/videos", 2 * len(body), FORM) + body)
        assert_refused(read_answer(connection), 408, "too slowly")


def test_a_body_that_trickles_is_cut_off(strict):
    def trickle():
        yield head("POST", "/v1/videos", MIB, JSON)
        for _ in range(12):
            time.sleep(0.3)
            yield b" " * 100

    assert_refused(exchange(strict.port, trickle(), seconds=5), 408, "too slowly")


def test_a_body_that_comes_slowly_but_steadily_is_taken(strict):
    body = b" " * 12_000 + b'{"prompt": "A heron"}'

    def steady():
        yield head("POST", "/v1/videos", len(body), JSON)
        for start in range(0, len(body), 2000):
            time.sleep(0.5)
            yield body[start : start + 2000]

    assert exchange(strict.port, steady(), seconds=10).status == 200


def test_a_connection_is_closed_after_an_early_answer(strict):
    with connect(strict.port, seconds=6) as connection:
        connection.sendall(head("POST", "/v1/nothing", MIB, JSON))
        assert read_answer(connection).status == 404
        ended(connection, 5)


# Downloads


@pytest.fixture(scope="module")
def large(strict):
    """The address of a file of 24 MiB."""
    part = form_part("file", bytes(24 * MIB), filename="large.bin")
    body = form_part("purpose", "vision") + part + b"--xx--\r\n"
    answer = exchange(strict.port, head("POST", "/v1/files", len(body), FORM) + body)
    assert answer.status == 200, answer.body
    return f"/v1/files/{answer.json()['id']}/content"


def start_download(port, path):
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", port))
    connection.sendall(head("GET", path))
    return connection


def test_a_stalled_download_costs_little_and_ends(large, strict):
    before = process_tree.memory(strict.pid)["VmRSS"]
    files = process_tree.open_files(strict.pid)
    with contextlib.ExitStack() as stack:
        stalled = [stack.enter_context(start_download(strict.port, large)) for _ in range(30)]
        time.sleep(0.8)
        assert process_tree.open_files(strict.pid) >= files + 30
        assert process_tree.memory(strict.pid)["VmRSS"] - before < 24 * MIB
        wait_for(lambda: process_tree.open_files(strict.pid) < files + 10, "their end", seconds=6)
        assert all(len(ended(each, 5)) < 24 * MIB for each in stalled[:3])


def test_a_download_that_is_read_slowly_but_steadily_is_whole(large, strict):
    total, began = 0, time.monotonic()
    with start_download(strict.port, large) as connection:
        while piece := connection.recv(4096):
            total += len(piece)
            if time.monotonic() - began < 4:  # 200 kB a second at first: longer than the deadline
                time.sleep(0.02)
    assert total > 24 * MIB


# Many


def test_connections_beyond_the_limit_are_refused_at_once(strict):
    wait_for(lambda: exchange(strict.port, head("GET", "/v1/models")).status == 200, "room")
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(connect(strict.port))
        with connect(strict.port, seconds=3) as one_more:
            answer = read_answer(one_more)
    assert_refused(answer, 503, "as many connections as it takes")
    assert int(answer.headers["retry-after"]) > 0
    wait_for(
        lambda: exchange(strict.port, head("GET", "/v1/models")).status == 200, "room", seconds=5
    )
