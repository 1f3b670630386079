"""What the official command and the Ruby SDK sent, byte for byte, to a server with the fixtures.

It shows them where their toolchains or packages are missing; `scripts/clients` runs what it can.
"""

from pathlib import Path

import pytest
from raw_requests import exchange

CAPTURES = Path(__file__).parents[1] / "data" / "captures"

# Recorded against another server: these name objects that don't exist here.
REFUSED = {
    "cli/004": (400, "input_reference"),  # an address inside the recording machine
    "cli/005": (404, "input_reference.file_id"),
    "cli/009": (400, "b"),  # an unknown field
    "cli/034": (404, "video"),
    "ruby/007": (404, "input_reference.file_id"),
    "ruby/008": (400, "input_reference"),
    "ruby/009": (404, "characters[0].id"),
}
RECORDED = [
    f"{client}/{path.stem}"
    for client in ("cli", "ruby")
    for path in sorted((CAPTURES / client).glob("*.bin"))
]


@pytest.mark.parametrize("name", RECORDED)
def test_the_recorded_request_is_answered(conformance_server, name):
    answer = exchange(conformance_server.port, (CAPTURES / f"{name}.bin").read_bytes())
    if name in REFUSED:
        assert (answer.status, answer.json()["error"]["param"]) == REFUSED[name]
    else:
        assert answer.status == 200, answer.json()
        assert answer.json()["id"].startswith(("video_", "char_"))
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-request-id"].startswith("req_")


def test_there_are_recordings():
    assert len(RECORDED) > 30
