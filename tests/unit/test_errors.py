"""The exception tree is what its drawing says."""

import re

from sweeps import for_all

from vitascope import errors
from vitascope.errors import JobError, RequestError, VitascopeError

DRAWN = {
    name: int(status)
    for name, status in re.findall(r"[├└]── (\w+) +(\d{3})$", errors.__doc__, re.MULTILINE)
}


def test_the_drawing_shows_every_refusal_and_its_status():
    existing = {kind.__name__: kind.status for kind in RequestError.__subclasses__()}
    assert existing == DRAWN


def test_all_are_of_one_tree():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert len(kinds) > len(DRAWN)
    assert all(issubclass(kind, VitascopeError) for kind in kinds)


@for_all("kind", RequestError.__subclasses__())
def test_a_refusal_carries_what_the_envelope_needs(kind):
    error = kind("No.", param="prompt", code="missing", headers={"retry-after": "1"})
    assert (error.message, error.param, error.code) == ("No.", "prompt", "missing")
    assert error.headers == {"retry-after": "1"}
    assert str(error) == "No."


def test_a_job_error_reads_as_its_sentence():
    error = JobError("invalid_image", "The picture can't be read.")
    assert str(error) == error.message == "The picture can't be read."
    assert error.code == "invalid_image"
