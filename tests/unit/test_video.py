"""What clients see of a video, and ids that sort by creation."""

import itertools
import json

import pytest
from job_fixtures import a_spec
from msgspec.structs import replace

from vitascope import video as module
from vitascope.video import Video, is_own_id, new_id

KEYS = [
    "id",
    "object",
    "created_at",
    "status",
    "completed_at",
    "error",
    "expires_at",
    "model",
    "progress",
    "prompt",
    "remixed_from_video_id",
    "seconds",
    "size",
    "seed",
    "starred",
    "tags",
]

QUEUED = Video(id="video_1", project="default", spec=a_spec(), created_at=1000.9)


def test_the_wire_has_every_key_in_order_and_explicit_nulls():
    assert list(QUEUED.to_wire().items()) == [
        ("id", "video_1"),
        ("object", "video"),
        ("created_at", 1000),
        ("status", "queued"),
        ("completed_at", None),
        ("error", None),
        ("expires_at", None),
        ("model", "sora-2"),
        ("progress", 0),
        ("prompt", "A fox"),
        ("remixed_from_video_id", None),
        ("seconds", "4"),
        ("size", "720x1280"),
        ("seed", 7),
        ("starred", False),
        ("tags", []),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "in_progress", "progress": 40, "started_at": 1001.5, "eta": 1100.2},
        {"status": "completed", "progress": 100, "completed_at": 1234.9, "expires_at": 2000.1},
        {"status": "failed", "error_code": "cancelled", "error_message": "It was cancelled."},
    ],
)
def test_the_keys_and_their_types_are_the_same_in_every_state(changes):
    wire = replace(QUEUED, **changes).to_wire()
    assert list(wire) == KEYS
    for key in ("created_at", "completed_at", "expires_at", "progress", "seed"):
        assert wire[key] is None or type(wire[key]) is int, key
    assert type(wire["seconds"]) is str
    assert json.loads(json.dumps(wire)) == wire


def test_only_a_failed_video_tells_an_error():
    leftovers = {"error_code": "engine_crashed", "error_message": "It crashed."}
    assert replace(QUEUED, **leftovers).to_wire()["error"] is None
    failed = replace(QUEUED, status="failed", **leftovers).to_wire()
    assert failed["error"] == {"code": "engine_crashed", "message": "It crashed."}


@pytest.mark.parametrize(
    ("status", "finished"),
    [("queued", False), ("in_progress", False), ("completed", True), ("failed", True)],
)
def test_finished(status, finished):
    assert replace(QUEUED, status=status).finished is finished


def test_files_expire_at_their_moment_and_never_without_one():
    assert not QUEUED.expired(10**12)
    kept = replace(QUEUED, expires_at=50.0)
    assert not kept.expired(49.9)
    assert kept.expired(50.0)


def test_ids_sort_by_creation(monkeypatch):
    # Seconds that gain a digit, nanoseconds that lose digits: text order must stay time order.
    moments = [0, 1, 999_999_999, 10**9, 15 * 10**9 + 5, 16 * 10**9, 1_790_000_000 * 10**9 + 3]
    ids = []
    for moment in moments:
        monkeypatch.setattr(module.time, "time_ns", lambda moment=moment: moment)
        ids.append(new_id("video"))
    assert ids == sorted(ids)


def test_an_id_begins_with_its_second_in_hex(monkeypatch):
    monkeypatch.setattr(module.time, "time_ns", lambda: 0x68E6_CB33 * 10**9)
    assert new_id("video").startswith("video_68e6cb33")


def test_ids_of_one_moment_differ(monkeypatch):
    monkeypatch.setattr(module.time, "time_ns", lambda: 1)
    assert new_id("video") != new_id("video")


def test_own_ids_are_known_by_their_form():
    own = new_id("video")
    assert is_own_id(own, "video")
    strangers = [
        "",
        "video",
        own.upper(),
        own + "0",
        own[:-1],
        own.replace("video", "key"),
        own[:-1] + "g",
        own[:-1] + "٣",  # a digit, but not one of ours
    ]
    assert [text for text in strangers if is_own_id(text, "video")] == []


def test_sizes_are_the_apis_in_both_orientations():
    flipped = {"x".join(reversed(size.split("x"))) for size in module.SIZES}
    assert flipped == set(module.SIZES)
    assert module.DEFAULT_SIZE in module.SIZES
    assert module.DEFAULT_SECONDS in module.SECONDS
    assert all(int(a) < int(b) for a, b in itertools.pairwise(module.SECONDS))
