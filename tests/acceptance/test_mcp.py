"""Agents: the tools by MCP over stdio and over HTTP, with the official package's own client."""

import base64
import io
import json
import os
import re
import sys
import tomllib
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import process_tree
import pytest
from film_checks import picture
from PIL import Image

FLAGS = re.DOTALL | re.MULTILINE
pytestmark = pytest.mark.anyio

BOTH = {
    "cancel_video", "create_character", "create_video", "delete_video", "edit_video",
    "extend_video", "get_character", "list_characters", "list_models", "list_videos",
    "look_at_video", "remix_video", "retrieve_video", "wait_for_video",
}  # fmt: skip


@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"


@asynccontextmanager
async def over_http(server, key="any", **options):
    # Here, because it takes a second, and each process of a run imports this module.
    from mcp.client.client import Client
    from mcp.client.streamable_http import streamable_http_client

    headers = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as http:
        transport = streamable_http_client(f"{server.url}/mcp", http_client=http)
        async with Client(transport, **options) as client:
            yield client


@asynccontextmanager
async def over_stdio(*flags, **environment):
    from mcp.client.client import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "vitascope.cli.main", "mcp", *flags],
        env={**os.environ, **environment},
    )
    async with Client(stdio_client(parameters)) as client:
        yield client


async def called(client, name, /, *, progress=None, **arguments):
    """The structured answer of a tool that succeeds."""
    answer = await client.call_tool(name, arguments, progress_callback=progress)
    assert not answer.is_error, answer.content
    assert json.loads(answer.content[0].text) == answer.structured_content
    return answer.structured_content


async def refusal(client, name, /, **arguments):
    """The text of a tool's error."""
    answer = await client.call_tool(name, arguments)
    assert answer.is_error, answer.content
    return answer.content[0].text


def pictures(answer):
    assert not answer.is_error, answer.content
    return [
        Image.open(io.BytesIO(base64.b64decode(one.data)))
        for one in answer.content
        if one.type == "image"
    ]


async def film_is_made_and_judged(client):
    """Create, progress, look, extend; returns the first video."""
    seen = []

    async def progress(done, total, message):
        seen.append((done, total, message))

    made = await called(client, "create_video", prompt="A heron in the mist, slow=2", seed=7)
    assert made["status"] in ("queued", "in_progress")
    waited = await called(
        client, "wait_for_video", progress=progress, video_id=made["id"], seconds=90
    )
    while waited["status"] != "completed":
        waited = await called(client, "wait_for_video", video_id=made["id"], seconds=90)
    assert len(seen) >= 2
    assert [done for done, _total, _message in seen] == sorted({done for done, *_ in seen})
    assert seen[-1][:2] == (100, 100)
    assert (waited["seed"], waited["seconds"], waited["error"]) == (7, "4", None)

    sheet = pictures(await client.call_tool("look_at_video", {"video_id": made["id"]}))
    assert [one.format for one in sheet] == ["JPEG"]
    thumbnail = await client.call_tool(
        "look_at_video", {"video_id": made["id"], "show": "thumbnail"}
    )
    assert [one.format for one in pictures(thumbnail)] == ["WEBP"]
    asked = {"video_id": made["id"], "show": "frames", "at": [0, 2.5, 4]}
    frames = pictures(await client.call_tool("look_at_video", asked))
    assert [one.size for one in frames] == [(720, 1280)] * 3
    assert len({one.tobytes() for one in frames}) == 3

    longer = await called(
        client, "extend_video", video=made["id"], prompt="It flies away", seconds=4
    )
    longer = await called(client, "wait_for_video", video_id=longer["id"], seconds=90)
    assert (longer["status"], longer["seconds"]) == ("completed", "8")
    return waited


async def test_a_film_over_http(bars_server):
    """By the newest protocol, and in short by the one of agents in the field."""
    async with over_http(bars_server, mode="legacy") as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == BOTH
        seen = []

        async def progress(*report):
            seen.append(report)

        made = await called(client, "create_video", prompt="A heron, slow=2")
        waited = await called(
            client, "wait_for_video", progress=progress, video_id=made["id"], seconds=90
        )
        while waited["status"] != "completed":
            waited = await called(client, "wait_for_video", video_id=made["id"], seconds=90)
        assert len(seen) >= 2
        thumbnail = {"video_id": made["id"], "show": "thumbnail"}
        assert pictures(await client.call_tool("look_at_video", thumbnail))[0].format == "WEBP"
        assert "`list_videos`" in await refusal(client, "retrieve_video", video_id="video_none")
    async with over_http(bars_server) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == BOTH
        video = await film_is_made_and_judged(client)

        downloaded = httpx2.get(video["url"], trust_env=False)
        assert downloaded.content == bars_server.download(video["id"]).content
        listed = await called(client, "list_videos", search="heron in the mist", limit=100)
        assert video["id"] in [one["id"] for one in listed["data"]]
        models = await called(client, "list_models")
        assert "sora-2" in [one["id"] for one in models["data"]]
    assert not list((bars_server.data_dir / "tmp" / "uploads").iterdir())


async def test_a_film_over_stdio(bars_server, tmp_path):
    """As the page sets agents up, with files of the agent's machine.

    A first frame goes in, and references; a film comes out, and is edited.
    """
    (tmp_path / "first.png").write_bytes(picture((720, 1280)))
    async with over_stdio(**variables_of_the_page(f"{bars_server.url}/v1")) as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == BOTH | {"save_video"}
        assert all(tool.description for tool in tools)
        assert sorted(table_of_the_page()) == sorted(tool.name for tool in tools)
        video = await film_is_made_and_judged(client)

        film = tmp_path / "film.mp4"
        saved = await called(client, "save_video", video_id=video["id"], path=str(film))
        assert saved == {"path": str(film), "bytes": film.stat().st_size}
        assert film.read_bytes() == bars_server.download(video["id"]).content
        again = await refusal(client, "save_video", video_id=video["id"], path=str(film))
        assert "exists already" in again

        framed = await called(
            client, "create_video", prompt="A heron", first_frame=str(tmp_path / "first.png")
        )
        assert bars_server.spec(framed["id"])["inputs"][0]["role"] == "first_frame"
        edited = await called(client, "edit_video", video=str(film), prompt="In black and white")
        assert bars_server.spec(edited["id"])["inputs"][0]["role"] == "uploaded_video"
        missing = await refusal(client, "edit_video", video="/nowhere.mp4", prompt="Red")
        assert "/nowhere.mp4 can't be read" in missing
        remixed = await called(client, "remix_video", video_id=video["id"], prompt="A red heron")
        assert remixed["remixed_from_video_id"] == video["id"]
        with_references = await references_are_taken(client, bars_server, tmp_path)
    for one in (framed, edited, remixed, *with_references):
        bars_server.http.post(f"/videos/{one['id']}/cancel")  # may have just finished


async def references_are_taken(client, server, folder):
    """As files of the agent's machine, which go in a form, and as addresses, which go in JSON."""
    end, style = folder / "end.png", folder / "style.png"
    end.write_bytes(picture((720, 1280)))
    style.write_bytes(picture((64, 64)))
    data = "data:image/png;base64," + base64.b64encode(style.read_bytes()).decode()
    keyframe = {"source": data, "role": "keyframe", "at": 1.5}
    files = await called(
        client,
        "create_video",
        prompt="A heron",
        last_frame=str(end),
        references=[{"source": str(style), "role": "style"}, keyframe],
    )
    addresses = await called(
        client, "create_video", prompt="A heron", last_frame=data, references=[keyframe]
    )
    wrong = await refusal(
        client, "create_video", prompt="A heron", references=[{"source": data, "role": "hat"}]
    )
    assert roles(server, files) == {"last_frame", "reference_image", "keyframe"}
    assert roles(server, addresses) == {"last_frame", "keyframe"}
    assert "hat" in wrong or "role" in wrong
    return files, addresses


def roles(server, video):
    return {one["role"] for one in server.spec(video["id"])["inputs"]}


async def test_errors_say_what_to_do(still_server, bars_server):
    async with over_http(still_server) as client:
        video = (await called(client, "create_video", prompt="A heron"))["id"]
        waiting = await called(client, "wait_for_video", video_id=video, seconds=1)
        assert "Call `wait_for_video` again" in waiting["next"]
        assert "`wait_for_video` first" in await refusal(client, "look_at_video", video_id=video)
        extending = await refusal(client, "extend_video", video=video, prompt="On")
        assert "`wait_for_video` first" in extending
        assert "`cancel_video`" in await refusal(client, "delete_video", video_id=video)
        assert "`list_videos`" in await refusal(client, "retrieve_video", video_id="video_none")
        assert "is not an id" in await refusal(client, "retrieve_video", video_id="../files")
        wrong = await refusal(client, "create_video", prompt="A heron", size="1x1")
        assert "size" in wrong
        private = await refusal(
            client, "create_video", prompt="A heron", first_frame="https://127.0.0.1/a.png"
        )
        assert "first_frame" in private
        local = await refusal(client, "create_video", prompt="A", first_frame="/etc/hostname")
        assert "can't read your files" in local
        unknown = await refusal(client, "create_video", prompt="A heron", model="veo")
        assert "`list_models`" in unknown
        cancelled = await called(client, "cancel_video", video_id=video)
        assert cancelled["error"]["code"] == "cancelled"
        assert (await called(client, "delete_video", video_id=video))["deleted"] is True
    async with over_http(bars_server) as client:
        video = bars_server.rendered("A barn owl")["id"]
        late = await refusal(client, "look_at_video", video_id=video, show="frames", at=[99])
        assert "4 seconds long" in late
        assert "in `at`" in await refusal(client, "look_at_video", video_id=video, show="frames")


@pytest.fixture
def keyed(make_server):
    """A server, and the keys of two projects."""
    server = make_server("--workers", "0")
    return server, {project: server.make_key(project) for project in ("red", "blue")}


async def test_a_key_gives_one_project(keyed):
    server, keys = keyed
    async with over_http(server, keys["red"]) as red, over_http(server, keys["blue"]) as blue:
        video = (await called(red, "create_video", prompt="A heron"))["id"]
        assert server.row(video)["project"] == "red"
        assert "not found" in await refusal(blue, "retrieve_video", video_id=video)
        assert "not found" in await refusal(blue, "cancel_video", video_id=video)
        assert (await called(blue, "list_videos"))["data"] == []
    refused = httpx2.post(f"{server.url}/mcp", json={}, trust_env=False)
    assert (refused.status_code, refused.json()["error"]["type"]) == (
        401,
        "invalid_request_error",
    )
    async with over_stdio("--base-url", server.url, "--api-key", "wrong") as wrong:
        assert "has to change its key" in await refusal(wrong, "list_videos")


async def test_stdio_brings_its_own_server(tmp_path):
    """Without an address; the server and its worker end with the agent."""
    before = set(process_tree.descendants(os.getpid()))
    async with over_stdio("--data-dir", str(tmp_path / "data")) as client:
        video = await called(client, "create_video", prompt="A heron")
        assert (await called(client, "list_videos"))["data"][0]["id"] == video["id"]
        started = set(process_tree.descendants(os.getpid())) - before
        assert any("vitascope.jobs" in process_tree.command_of(pid) for pid in started)
        await called(client, "cancel_video", video_id=video["id"])
    assert not [pid for pid in started if process_tree.alive(pid)]


async def test_stdio_says_that_no_server_answers():
    async with over_stdio("--base-url", "http://127.0.0.1:9") as client:
        assert "vitascope serve" in await refusal(client, "list_videos")


PAGE = Path(__file__).parents[2] / "docs" / "mcp.md"


def set_ups():
    """Each server that the page's files for agents describe."""
    text = PAGE.read_text("utf-8")
    files = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", text, FLAGS)]
    files += [tomllib.loads(block) for block in re.findall(r"^```toml\n(.*?)^```$", text, FLAGS)]
    return [one for file in files for servers in file.values() for one in servers.values()]


def variables_of_the_page(url):
    """The environment in which the page has agents start the command for a server elsewhere."""
    (variables,) = [one["env"] for one in set_ups() if "env" in one]
    assert set(variables) == {"VITASCOPE_URL", "OPENAI_API_KEY"}
    return variables | {"VITASCOPE_URL": url}


def table_of_the_page():
    return re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)


def test_the_page_names_the_command_and_the_address():
    started = [one for one in set_ups() if "command" in one]
    assert len(started) == 4
    assert {(one["command"], *one["args"]) for one in started} == {("vitascope", "mcp")}
    assert {one["url"] for one in set_ups() if "url" in one} == {"https://video.example.com/mcp"}
