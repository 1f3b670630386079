"""Work is retried on the named errors, for a limited time, with growing delays."""

import itertools
import logging

import pytest
from sqlalchemy.exc import OperationalError

from vitascope import retry
from vitascope.retry import delays, retried
from vitascope.store.blobs import STORE_ERRORS
from vitascope.store.database import DATABASE_ERRORS

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    monkeypatch.setattr(retry, "_FIRST_DELAY", 0.001)


def works_after(*errors):
    left = list(errors)

    async def work():
        if left:
            raise left.pop(0)
        return "done"

    return work


async def test_it_goes_on_until_it_works_and_tells_the_log_why_it_waits(caplog):
    gone = OperationalError("SELECT secret", {}, Exception("connection refused"))
    with caplog.at_level(logging.WARNING):
        assert await retried(works_after(gone, gone), DATABASE_ERRORS, what="Work") == "done"
    assert len(caplog.messages) == 2
    assert "Work: OperationalError" in caplog.text
    assert "connection refused" in caplog.text
    assert "secret" not in caplog.text


async def test_any_other_error_is_raised_at_once():
    with pytest.raises(KeyError):
        await retried(works_after(KeyError("x")), STORE_ERRORS, what="Work")


async def test_it_ends_at_its_timeout():
    full = OSError(28, "No space left on device")
    with pytest.raises(OSError, match="No space"):
        await retried(works_after(*[full] * 10_000), STORE_ERRORS, what="Work", give_up_after=0.05)


def test_delays_double_up_to_a_maximum_and_jitter_only_shortens_them():
    assert list(itertools.islice(delays(0.5, 3.0), 5)) == [0.5, 1.0, 2.0, 3.0, 3.0]
    shortened = list(itertools.islice(delays(8.0, 8.0, jitter=0.25), 50))
    assert all(6.0 <= delay <= 8.0 for delay in shortened)
    assert len(set(shortened)) > 1
