"""The capability table of the docs: each cell is what a request of that dialect is answered."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.anyio
DATABASES = ["sqlite"]

PAGE = Path(__file__).parents[4] / "docs" / "dialects" / "README.md"
TITLES = ("OpenRouter", "xAI", "Replicate", "Gemini", "Vertex AI", "interactions", "gateway")


class Cell:
    """What a feature's request changes in a dialect's plain one; None where it has no field."""

    def __init__(self, path, body, headers=None):
        self.path, self.body, self.headers = path, body, headers or {}


def openrouter(**more):
    return Cell("/api/v1/videos", {"model": "sora-2", "prompt": "A fox", **more})


def xai(path="generations", **more):
    return Cell(f"/v1/videos/{path}", {"prompt": "A fox", **more})


def replicate(**more):
    return Cell("/v1/models/a/sora-2/predictions", {"input": {"prompt": "A fox", **more}})


def google(path, instance, parameters):
    instances = [{"prompt": "A fox", **(instance or {})}]
    return Cell(path, {"instances": instances, "parameters": parameters or {}})


def gemini(instance=None, **parameters):
    return google("/v1beta/models/sora-2:predictLongRunning", instance, parameters)


def vertex(instance=None, **parameters):
    path = "/v1beta1/publishers/google/models/sora-2:predictLongRunning"
    return google(path, instance, parameters)


def interactions(content=(), task=None, **more):
    contents = [{"type": "text", "text": "A fox"}, *content]
    body = {"model": "sora-2", "background": True, "input": contents, **more}
    if task:
        body.setdefault("generation_config", {})["video_config"] = {"task": task}
    return Cell("/v1/interactions", body)


def gateway(**more):
    headers = {"ai-model-id": "sora-2"}
    return Cell("/v4/ai/video-model/start", {"prompt": "A fox", **more}, headers)


def features(png, data_url, source, link):
    """The requests of each row, in the order of `TITLES`."""
    google_picture = {"bytesBase64Encoded": png, "mimeType": "image/png"}
    picture = {"type": "file", "mediaType": "image/png", "data": png}
    image = {"type": "image", "data": png, "mime_type": "image/png"}
    sound = "data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEAgLsAAAB3AQACABAAZGF0YQAAAAA="
    bare = "AAAAGGZ0eXBpc29tAAAAAGlzb21tcDQx"
    clip = f"data:video/mp4;base64,{bare}"
    frame = {"type": "image_url", "image_url": {"url": data_url}}
    reference = {"image": google_picture, "referenceType": "ASSET"}
    style = {"referenceImages": [{**reference, "referenceType": "STYLE"}]}
    film = f"http://localhost/v1beta/files/v{source[6:]}"
    video = {"type": "video", "uri": film, "mime_type": "video/mp4"}
    tall = {"aspect_ratio": "9:16"}
    return {
        "text": (
            openrouter(), xai(), replicate(), gemini(), vertex(), interactions(), gateway(),
        ),
        "aspect ratio": (
            openrouter(**tall), xai(**tall), replicate(**tall), gemini(aspectRatio="9:16"),
            vertex(aspectRatio="9:16"), interactions(response_format=tall),
            gateway(aspectRatio="9:16"),
        ),
        "resolution": (
            openrouter(resolution="480p"), xai(resolution="480p"), replicate(resolution="480p"),
            gemini(resolution="480p"), vertex(resolution="480p"),
            interactions(response_format={"resolution": "480p"}), gateway(resolution="480p"),
        ),
        "size in pixels": (
            openrouter(size="1024x576"), None, replicate(size="1024x576"),
            gemini(resolution="1024x576"), vertex(resolution="1024x576"), None,
            gateway(resolution="1024x576"),
        ),
        "length": (
            openrouter(duration=5), xai(duration=5), replicate(duration=5),
            gemini(durationSeconds=5), vertex(durationSeconds=5),
            interactions(response_format={"duration": "5s"}), gateway(duration=5),
        ),
        "seed": (
            openrouter(seed=7), None, replicate(seed=7), gemini(seed=7), vertex(seed=7),
            interactions(generation_config={"seed": 7}), gateway(seed=7),
        ),
        "negative prompt": (
            None, None, replicate(negative_prompt="rain"), gemini(negativePrompt="rain"),
            vertex(negativePrompt="rain"), None, None,
        ),
        "with sound": (
            openrouter(generate_audio=True), xai(generate_audio=True),
            replicate(generate_audio=True), gemini(generateAudio=True),
            vertex(generateAudio=True), None, gateway(generateAudio=True),
        ),
        "several films": (
            None, None, None, gemini(sampleCount=2), vertex(sampleCount=2), None, gateway(n=2),
        ),
        "first frame": (
            openrouter(frame_images=[{**frame, "frame_type": "first_frame"}]),
            xai(image={"url": data_url}), replicate(image=data_url),
            gemini({"image": google_picture}), vertex({"image": google_picture}),
            interactions([image]), gateway(image=picture),
        ),
        "last frame": (
            openrouter(frame_images=[{**frame, "frame_type": "last_frame"}]),
            xai(last_frame={"url": data_url}), replicate(last_frame=data_url),
            gemini({"lastFrame": google_picture}), vertex({"lastFrame": google_picture}), None,
            gateway(frameImages=[{"image": picture, "frameType": "last_frame"}]),
        ),
        "keyframes": (
            None, xai(keyframes=[{"image": {"url": data_url}, "timestamp_s": 1}]),
            None, None, None, None, None,
        ),
        "reference images": (
            openrouter(input_references=[frame]), xai(reference_images=[{"url": data_url}]),
            replicate(reference_images=[data_url]), gemini({"referenceImages": [reference]}),
            vertex({"referenceImages": [reference]}),
            interactions([image], "reference_to_video"), gateway(inputReferences=[picture]),
        ),
        "reference films": (
            openrouter(input_references=[{"type": "video_url", "video_url": {"url": clip}}]),
            None, replicate(reference_videos=[clip]), None, None, None,
            gateway(inputReferences=[{"type": "file", "mediaType": "video/mp4", "data": bare}]),
        ),
        "style image": (
            None, None, None, gemini(style), vertex(style), None, None,
        ),
        "given sound": (
            openrouter(input_references=[{"type": "audio_url", "audio_url": {"url": sound}}]),
            xai(reference_audios=[{"url": sound}]), replicate(audio=sound), None, None,
            interactions([{"type": "audio", "data": sound.partition(",")[2]}]),
            gateway(
                inputReferences=[{"type": "file", "mediaType": "audio/wav", "data": sound[22:]}]
            ),
        ),
        "edit a film": (
            openrouter(previous_job_id=source), xai("edits", video={"url": link}),
            replicate(video=link, mode="edit"), None, None, interactions([video], "edit"), None,
        ),
        "continue a film": (
            openrouter(previous_job_id=source, duration=4),
            xai("extensions", video={"url": link}, duration=4),
            replicate(video=link, mode="extend"), gemini({"video": {"uri": film}}),
            vertex({"video": {"uri": film}}),
            interactions(task="extend", previous_interaction_id=source), None,
        ),
        "webhook": (
            openrouter(callback_url="https://x.example"), None,
            Cell(
                "/v1/models/a/sora-2/predictions",
                {"input": {"prompt": "A fox"}, "webhook": "https://x.example"},
            ),
            Cell(
                "/v1beta/models/sora-2:predictLongRunning",
                {"instances": [{"prompt": "A fox"}], "webhookConfig": {"uris": ["x"]}},
            ),
            None, interactions(webhook_config={"uris": ["x"]}),
            gateway(callbackUrl="https://x.example"),
        ),
    }  # fmt: skip


async def test_the_table_says_what_each_request_is_answered(client, complete, png, data_url):
    made = await client.post("/api/v1/videos", json={"model": "sora-2", "prompt": "A film"})
    source = made.json()["id"]
    await complete(source, b"a film")
    link = (await client.get(f"/v1/videos/xai-{source[6:]}")).json()["video"]["url"]
    lines = [f"| | {' | '.join(TITLES)} |", "|---" * (len(TITLES) + 1) + "|"]
    encoded = data_url.partition(",")[2]
    for name, cells in features(encoded, data_url, source, link).items():
        words = []
        for cell in cells:
            if cell is None:
                words.append("–")
                continue
            answer = await client.post(cell.path, json=cell.body, headers=cell.headers)
            assert answer.status_code in (200, 201, 202, 400), (name, cell.path, answer.text)
            words.append("refused" if answer.status_code == 400 else "yes")
        lines.append(f"| {name} | {' | '.join(words)} |")
    table = "\n".join(lines)
    assert table in PAGE.read_text(encoding="utf-8"), f"the page should have this table:\n{table}"
