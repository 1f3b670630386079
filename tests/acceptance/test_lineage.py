"""Films that come from films, by the official SDK: what they know of each other, and edits of them.

Their films are cheap ones; test_operations.py looks at those of the default engine.
"""

import film_checks
import pytest
from openai import NotFoundError, omit
from openai.types import Video

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API is scheduled:DeprecationWarning")


@pytest.fixture(scope="module")
def client(bars_server):
    with bars_server.openai(max_retries=0) as sdk:
        yield sdk


def finished(client, video):
    video = client.videos.poll(video.id)
    assert video.status == "completed", video.error
    return video


def extended(client, video_id):
    made = client.videos.extend(
        prompt="Snow falls", seconds="4", video=omit, extra_body={"video": {"id": video_id}}
    )
    return finished(client, made)


def test_lineage_shows_sources_and_results_and_survives_their_deletion(bars_server, client):
    source = bars_server.rendered("A heron", seconds="4")["id"]
    remix = finished(client, client.videos.remix(source, prompt="A crane")).id
    tail = extended(client, remix).id
    family = client.get(f"/videos/{remix}/lineage", cast_to=object)
    assert family["object"] == "video.lineage"
    assert family["edges"] == [
        {"child": remix, "parent": source, "relation": "remix"},
        {"child": tail, "parent": remix, "relation": "extension"},
    ]
    before = client.videos.download_content(tail).read()
    client.videos.delete(source)
    client.videos.delete(remix)
    assert client.videos.download_content(tail).read() == before, "children stay whole"
    family = client.get(f"/videos/{tail}/lineage", cast_to=object)
    deleted = {node["id"]: node["deleted"] for node in family["nodes"]}
    assert deleted == {tail: False, remix: True, source: True}


def test_lineage_is_unknown_elsewhere(client):
    with pytest.raises(NotFoundError):
        client.get("/videos/video_nowhere/lineage", cast_to=object)


@pytest.mark.parametrize("bars", [True, pytest.param(False, marks=pytest.mark.nightly)])
def test_an_extended_film_can_be_edited(shared_servers, bars):
    server = shared_servers(bars=bars)
    first = server.rendered("A fox runs through a forest at dusk")
    with server.openai(max_retries=0) as client:
        longer = extended(client, first["id"])
        body = {"prompt": "Change the fox to a horse", "video": {"id": longer.id}}
        edit = finished(client, client.post("/videos/edits", body=body, cast_to=Video))
    assert film_checks.decode_film(server.download(edit.id).content).frames == 192
