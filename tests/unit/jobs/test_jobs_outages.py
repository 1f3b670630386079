"""Trouble that passes is waited out; what does not pass, and what is no trouble, is raised."""

import logging

import pytest
from sqlalchemy.exc import OperationalError

from vitascope.jobs import outages
from vitascope.jobs.outages import DATABASE_TROUBLE, STORE_TROUBLE, outlast

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    monkeypatch.setattr(outages, "_FIRST_PAUSE", 0.001)


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
        assert await outlast(works_after(gone, gone), DATABASE_TROUBLE, what="Work") == "done"
    assert len(caplog.messages) == 2
    assert "Work: OperationalError" in caplog.text
    assert "connection refused" in caplog.text
    assert "secret" not in caplog.text


async def test_any_other_error_is_raised_at_once():
    with pytest.raises(KeyError):
        await outlast(works_after(KeyError("x")), STORE_TROUBLE, what="Work")


async def test_patience_ends():
    full = OSError(28, "No space left on device")
    with pytest.raises(OSError, match="No space"):
        await outlast(works_after(*[full] * 10_000), STORE_TROUBLE, what="Work", patience=0.05)
