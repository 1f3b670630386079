"""The code that makes a video again, for each of the clients that people use."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple


class Snippet(NamedTuple):
    """One program: the client's name and its text."""

    name: str
    text: str


def snippets(request: Mapping[str, Any], base_url: str) -> list[Snippet]:
    """Programs that send a request of `GET /videos/{id}/request`.

    Args:
        request: the answer of that route.
        base_url: the API's address, with `/v1`.
    """
    makers = (_curl, _cli, _python, _node, _go, _java)
    names = ("curl", "CLI", "Python", "Node", "Go", "Java")
    return [
        Snippet(name, make(request, base_url)) for name, make in zip(names, makers, strict=True)
    ]


def _curl(request: Mapping[str, Any], base_url: str) -> str:
    return (
        f"curl {base_url}{_path(request)} \\\n"
        '  -H "Authorization: Bearer $OPENAI_API_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"  -d {shlex.quote(_json(request['body']))}\n"
    )


def _cli(request: Mapping[str, Any], base_url: str) -> str:
    body = dict(request["body"])
    source = _source(request)
    if source is not None:
        body["video_id"] = source
    return (
        f"export OPENAI_BASE_URL={base_url}\n"
        f"echo {shlex.quote(_json(body))} |\n"
        f"  vitascope videos {request['operation']} --wait -o video.mp4\n"
    )


_PYTHON = """from openai import OpenAI
{imports}
client = OpenAI(base_url={base_url}, api_key="YOUR_KEY")

{call}
video = client.videos.poll(video.id)
assert video.status == "completed", video.error
client.videos.download_content(video.id).write_to_file("video.mp4")
"""


def _python(request: Mapping[str, Any], base_url: str) -> str:
    body, source = dict(request["body"]), _source(request)
    imports = ""
    if request["operation"] == "create":
        known = [name for name in ("prompt", "model", "size", "seconds") if name in body]
        lines = [f"    {name}={_json(body.pop(name))}," for name in known]
        lines.append(f"    extra_body={_json(body)},")
        call = "video = client.videos.create(\n" + "\n".join(lines) + "\n)"
    elif source is not None:
        call = f"video = client.videos.remix({source!r}, prompt={_json(body['prompt'])})"
    else:
        imports = "from openai.types import Video\n"
        lines = [f"        {name!r}: {_json(value)}," for name, value in body.items()]
        call = (
            f"video = client.post(\n    {_path(request)!r},\n    body={{\n"
            + "\n".join(lines)
            + "\n    },\n    cast_to=Video,\n)"
        )
    return _PYTHON.format(imports=imports, base_url=_json(base_url), call=call)


_NODE = """import OpenAI from 'openai';
import {{ writeFile }} from 'node:fs/promises';
import {{ setTimeout as sleep }} from 'node:timers/promises';

const client = new OpenAI({{ baseURL: {base_url}, apiKey: 'YOUR_KEY' }});

let video = await client.post({path}, {{
  body: {body},
}});
while (video.status === 'queued' || video.status === 'in_progress') {{
  await sleep(1000);
  video = await client.videos.retrieve(video.id);
}}
if (video.status !== 'completed') throw new Error(video.error.message);
const content = await client.videos.downloadContent(video.id);
await writeFile('video.mp4', Buffer.from(await content.arrayBuffer()));
"""


def _node(request: Mapping[str, Any], base_url: str) -> str:
    body = json.dumps(request["body"], ensure_ascii=False, indent=2).replace("\n", "\n  ")
    return _NODE.format(base_url=_json(base_url), path=_json(_path(request)), body=body)


_GO = """package main

import (
	"context"
	"io"
	"os"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

func must[T any](value T, err error) T {{
	if err != nil {{
		panic(err)
	}}
	return value
}}

func main() {{
	ctx := context.Background()
	client := openai.NewClient(option.WithBaseURL({base_url}), option.WithAPIKey("YOUR_KEY"))

	video := &openai.Video{{}}
	body := {body}
	if err := client.Post(ctx, {path}, body, video); err != nil {{
		panic(err)
	}}
	video = must(client.Videos.PollStatus(ctx, video.ID, 0))
	wanted := openai.VideoDownloadContentParams{{}}
	content := must(client.Videos.DownloadContent(ctx, video.ID, wanted))
	defer content.Body.Close()
	must(io.Copy(must(os.Create("video.mp4")), content.Body))
}}
"""


def _go(request: Mapping[str, Any], base_url: str) -> str:
    return _GO.format(
        base_url=_json(f"{base_url}/"),
        path=_json(_path(request).lstrip("/")),
        body=_go_value(request["body"], 1),
    )


def _go_value(value: Any, depth: int) -> str:
    tabs = "\t" * (depth + 1)
    if isinstance(value, dict):
        lines = [f"{tabs}{_json(k)}: {_go_value(each, depth + 1)}," for k, each in value.items()]
        return "map[string]any{\n" + "\n".join(lines) + "\n" + "\t" * depth + "}"
    if isinstance(value, list):
        return "[]any{" + ", ".join(_go_value(each, depth) for each in value) + "}"
    return _json(value)


_JAVA = """import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.models.videos.*;
import java.nio.file.*;
import java.util.*;

public final class MakeVideo {{
    public static void main(String[] args) throws Exception {{
        var client = OpenAIOkHttpClient.builder()
            .baseUrl({base_url}).apiKey("YOUR_KEY").build();
        Video video = {call};
        while (video.status().equals(Video.Status.QUEUED)
                || video.status().equals(Video.Status.IN_PROGRESS)) {{
            Thread.sleep(1000);
            video = client.videos().retrieve(video.id());
        }}
        var wanted = VideoDownloadContentParams.builder().videoId(video.id()).build();
        try (var content = client.videos().downloadContent(wanted)) {{
            Files.copy(content.body(), Path.of("video.mp4"), StandardCopyOption.REPLACE_EXISTING);
        }}
    }}
}}
"""


def _java(request: Mapping[str, Any], base_url: str) -> str:
    source, operation = _source(request), request["operation"]
    kind = f"Video{operation.capitalize()}Params"
    lines = [_java_property(kind, name, value) for name, value in request["body"].items()]
    first = "" if source is None else f"{_json(source)}, "
    call = f"client.videos().{operation}({first}{kind}.builder()\n            "
    call += "\n            ".join([*lines, ".build())"])
    return _JAVA.format(base_url=_json(base_url), call=call)


_JAVA_TYPES = {"model": "VideoModel", "size": "VideoSize", "seconds": "VideoSeconds"}


def _java_property(kind: str, name: str, value: Any) -> str:
    if name == "prompt":
        return f".prompt({_json(value)})"
    if name == "video":
        reference = f"{kind}.Video.VideoReferenceInputParam"
        return f".video({reference}.builder().id({_json(value['id'])}).build())"
    if name == "seconds" or (name in _JAVA_TYPES and kind == "VideoCreateParams"):
        return f".{name}({_JAVA_TYPES[name]}.of({_json(value)}))"
    return f".putAdditionalBodyProperty({_json(name)}, JsonValue.from({_java_value(value)}))"


def _java_value(value: Any) -> str:
    if isinstance(value, dict):
        entries = ", ".join(f"{_json(k)}, {_java_value(each)}" for k, each in value.items())
        return f"Map.of({entries})"
    if isinstance(value, list):
        return f"List.of({', '.join(map(_java_value, value))})"
    if isinstance(value, int) and abs(value) >= 2**31:
        return f"{value}L"
    return _json(value)


def _path(request: Mapping[str, Any]) -> str:
    return str(request["path"]).removeprefix("/v1")


def _source(request: Mapping[str, Any]) -> str | None:
    """The video in a remix's path; no other request has one there."""
    if request["operation"] != "remix":
        return None
    return _path(request).split("/")[2]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
