"""Videos by google-genai before 3.0, which speaks the Gemini API's long-running operations.

VITASCOPE_URL says where the server is; picture.png lies in this folder.
"""

import os
import time

from google import genai
from google.genai import types

client = genai.Client(api_key="any", http_options={"base_url": os.environ["VITASCOPE_URL"]})


def finished(operation: types.GenerateVideosOperation) -> types.GeneratedVideo:
    """Poll an operation to its end; its film."""
    while not operation.done:
        time.sleep(0.2)
        operation = client.operations.get(operation)
    assert operation.error is None, operation.error
    return operation.response.generated_videos[0]


made = finished(
    client.models.generate_videos(
        model="sora-2",
        source=types.GenerateVideosSource(
            prompt="A fox runs past", image=types.Image.from_file(location="picture.png")
        ),
        config={"duration_seconds": 2, "aspect_ratio": "16:9", "number_of_videos": 1},
    )
)
film = client.files.download(file=made)
assert film[4:8] == b"ftyp", film[:20]

# The film goes on: by its address, and as an upload.
source = types.GenerateVideosSource(prompt="It begins to snow", video=made.video)
finished(
    client.models.generate_videos(model="sora-2", source=source, config={"duration_seconds": 2})
)
file = client.files.upload(file="picture.png", config={"mime_type": "image/png"})
assert client.files.get(name=file.name).state == "ACTIVE"
client.files.delete(name=file.name)
