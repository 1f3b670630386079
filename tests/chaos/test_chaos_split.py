"""A host is cut off from the database and the store, and reconnected."""

import os
import time

import pytest
from installation import LEASE, Installation, Worker, postgres_and_s3
from network_namespace import NoNamespaces, other_host
from waiting import wait_for

# Longer than TCP's slowest retransmission after such a cut.
RECONNECTED = 20.0


@pytest.fixture(scope="module")
def host():
    """The other host."""
    try:
        with other_host() as made:
            yield made
    except NoNamespaces as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(reason))


@pytest.fixture(scope="module", params=["postgresql"])
def open_backing(host):
    """Services that both hosts reach."""
    return lambda home: postgres_and_s3(home, host.home)


@pytest.fixture(scope="module")
def installation(backing, host):
    """One worker here and one on the other host."""
    opened = Installation(backing, workers=1)
    remote = Worker(backing.data_dir, 1, before=host.before)
    try:
        opened.start()
        remote.start()
        remote.wait_until_ready()
        opened.workers.append(remote)
        yield opened
    finally:
        remote.close()
        opened.close()


def test_a_host_that_is_cut_off_publishes_nothing_twice(installation, host, check_jobs):
    local, remote = installation.workers
    row = installation.row
    jobs = {installation.create(f"A ship, slow={2 * LEASE}") for _ in range(2)}
    installation.wait_until_drawing(*jobs)
    [job] = jobs & remote.jobs
    with host.cut_off():
        wait_for(lambda: row(job)["attempt"] == 2, "the local worker's attempt", seconds=60)
        time.sleep(LEASE)
    counted = check_jobs("network split between hosts", since=time.time())

    assert (counted.completed, row(job)["attempt"], row(job)["crashes"]) == (2, 2, 0)

    # The reconnected worker renders when it is the only one.
    local.kill()
    last = installation.create("A calm sea")
    wait_for(lambda: row(last)["status"] == "completed", "its next film", seconds=RECONNECTED)
    assert remote.running
