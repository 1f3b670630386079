"""What the clients of other dialects were recorded to send, byte for byte, to this server.

Their requests name jobs and files of the machine they were recorded on; those are replaced by this
server's own.
"""

from pathlib import Path

import pytest

pytestmark = pytest.mark.anyio
DATABASES = ["sqlite"]
RECORDINGS = Path(__file__).parents[3] / "data" / "dialects"

# Names that a recording says, and what stands for them here.
NAMED = {
    "openrouter": {b"gen-vid-1": "{done}", b"gen-vid-0": "{done}"},
    "replicate": {b"predictions/p1": "predictions/{done}", b"files/file-1": "files/{r8}"},
    "xai": {b"req-1": "xai-{digits}"},
    "gemini": {
        b"abc123": "v{digits}",
        b"abc124": "v{digits}",
        b"operations/op1": "operations/{digits}",
        b"projects/p1/locations/us-central1": "projects/vitascope/locations/local",
        b"int-1": "{done}",
        b"int-0": "{done}",
        b"files/up1": "files/{g}",
        b"https://h.example/v1beta/files/": "http://localhost/v1beta/files/",
    },
    "gateway": {b'{"id":"vop_1","provider":"vertex"}': '{{"ids":["{done}"]}}'},
}

# What a recorded client asked for and does not get: the field that the answer names. Addresses of
# the recording machine are private ones, and the others do not exist.
REFUSED = {
    "openrouter_ai-sdk-provider/006": "provider_extra",
    "openrouter_ai-sdk-provider/029": "frame_images[0].image_url.url",
    "openrouter_ai-sdk-provider/044": "frame_images",
    "openrouter_ai-sdk-provider/081": "index",
    "openrouter_sdk/002": "provider",
    "openrouter_sdk/003": "resolution",
    "openrouter_sdk/013": "a/b c",
    "openrouter_sdk/015": "index",
    "python-openrouter/002": "provider",
    "python-openrouter/015": "index",
    "ai-sdk_replicate/005": "input.prompt_optimizer",
    "ai-sdk_replicate/017": "input.image",
    "python-replicate/005": "input.image",
    "python-replicate/010": "input.prompt",
    "python-replicate/016": "input.prompt",
    "replicate-js/006": "input.image",
    "replicate-js/007": "input.auth",
    "replicate-js/021": "input.prompt",
    "replicate-js/024": "input.prompt",
    "ai-sdk_xai/006": "some_new_field",
    "ai-sdk_xai/011": "storage_options",
    "ai-sdk_xai/036": "image.url",
    "ai-sdk_xai/051": "keyframes[0].image.url",
    "ai-sdk_xai/056": "reference_images[1].url",
    "ai-sdk_xai/061": "reference_audios[1].voice_id",
    "ai-sdk_xai/066": "reference_images[0].url",
    "ai-sdk_xai/071": "video.url",
    "ai-sdk_xai/081": "video.url",
    "ai-sdk_xai/086": "image",
    "ai-sdk_google/006": "enhancePrompt",
    "ai-sdk_google/018": "resolution",
    "ai-sdk_google/053": "referenceImages[1].image.gcsUri",
    "ai-sdk_google/084": "/v1beta/operations/op2",
    "google_genai-2.32.0/002": "webhookConfig",
    "google_genai-2.32.0/006": "resolution",
    "google_genai-2.32.0/023": "video_ideo",
    "google_genai-3.3.0/002": "storageUri",
    "google_genai-3.3.0/004": "image.gcsUri",
    "google_genai-3.3.0/006": "mask",
    "google_genai-3.3.0/007": "video.gcsUri",
    "google_genai-3.3.0/013": "webhook_config",
    "google_genai-3.3.0/027": "video_ideo",
    "python-google-genai-3.6.1/002": "storageUri",
    "python-google-genai-3.6.1/005": "mask",
    "python-google-genai-3.6.1/006": "video.gcsUri",
    "python-google-genai-3.6.1/012": "webhook_config",
    "python-google-genai-3.6.1/014": "input[0].content[1].uri",
    "python-google-genai-3.6.1/025": "video_ideo",
    "ai-sdk_gateway/002": "providerOptions.vertex",
    "ai-sdk_gateway/006": "image",
    "ai-sdk_gateway/007": "frameImages[1].image",
    "ai-sdk_gateway/008": "inputReferences[1]",
    "ai-sdk_gateway/052": "callbackUrl",
}
# Paths of the recording machine that are none of the dialects'.
FOREIGN = (b"/f.mp4", b"/file.mp4", b"/redir", b"/files/", b"/upload-session", b"/gemini/")
FOREIGN_FILE = b"/v1/files/f1"  # neither Replicate's nor Google's form of an id


def check_openrouter(status, error_body):
    assert set(error_body) == {"error"}
    assert error_body["error"]["code"] == status
    assert isinstance(error_body["error"]["message"], str)


def check_replicate(status, error_body):
    assert set(error_body) == {"title", "detail", "status"}
    assert error_body["status"] == status


def check_xai(_status, error_body):
    assert set(error_body) == {"code", "error"}
    assert all(isinstance(value, str) for value in error_body.values())


def check_gemini(status, error_body):
    assert set(error_body["error"]) == {"code", "message", "status", "details"}
    assert error_body["error"]["code"] == status
    assert error_body["error"]["status"] in ("INVALID_ARGUMENT", "NOT_FOUND")


def check_gateway(_status, error_body):
    assert set(error_body["error"]) == {"message", "type", "param", "code"}
    assert error_body["error"]["type"] in ("invalid_request_error", "model_not_found")


FORMS = {
    "openrouter": check_openrouter,
    "replicate": check_replicate,
    "xai": check_xai,
    "gemini": check_gemini,
    "gateway": check_gateway,
}
CLIENTS = [(folder.parent.name, folder.name) for folder in sorted(RECORDINGS.glob("*/*"))]


def read(path):
    """A recorded request: method, target, headers and body."""
    head, _, body = path.read_bytes().partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    method, target, _ = first.split(b" ", 2)
    headers = [tuple(part.strip() for part in line.split(b":", 1)) for line in lines]
    kept = [pair for pair in headers if pair[0].lower() not in (b"host", b"content-length")]
    return method.decode(), target, kept, body


@pytest.fixture
async def names(client, create, complete, png):
    """A finished video and a file of this server, in the forms in which the dialects name them."""
    done = (await create())["id"]
    await complete(done, b"a film")
    file_id = (await client.post("/v1/files", files={"content": ("a.png", png)})).json()["id"]
    return {"done": done, "digits": done[6:], "r8": file_id, "g": "g" + file_id[3:]}


@pytest.fixture
def send(client, names):
    """Sends a recorded request with this server's names in it."""

    async def send_one(dialect, path):
        method, target, headers, body = read(path)
        for said, ours in NAMED[dialect].items():
            replacement = ours.format(**names).encode()
            target, body = target.replace(said, replacement), body.replace(said, replacement)
        request = client.build_request(method, "http://localhost/", headers=headers, content=body)
        request.url = request.url.copy_with(raw_path=target)
        return await client.send(request)

    return send_one


@pytest.mark.parametrize(("dialect", "name"), CLIENTS, ids=[name for _, name in CLIENTS])
async def test_every_recorded_request_is_answered(services, send, dialect, name):
    services.waiting.close()  # nobody works here, so there is nothing to wait for
    paths = sorted((RECORDINGS / dialect / name).glob("*.bin"))
    assert paths
    paths.sort(key=lambda path: read(path)[0] == "DELETE")  # what they delete, others ask for
    for path in paths:
        _, target, _, _ = read(path)
        if target.startswith(FOREIGN) or target == FOREIGN_FILE:
            continue
        answer = await send(dialect, path)
        refused = REFUSED.get(f"{name}/{path.stem}")
        where = f"{path.stem}: {answer.status_code} {answer.text[:300]}"
        if refused is None:
            assert answer.status_code in (200, 201, 202, 204), where
        else:
            assert answer.status_code in (400, 404), where
            assert refused in answer.text, where
            FORMS[dialect](answer.status_code, answer.json())
