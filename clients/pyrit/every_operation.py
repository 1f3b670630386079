"""PyRIT's video target: from text, from a picture, and a remix of the result.

OPENAI_BASE_URL says where the server is; picture.png lies in this folder.
"""

import asyncio
import os
from pathlib import Path

from pyrit.models import Message, MessagePiece
from pyrit.prompt_target import OpenAIVideoTarget
from pyrit.setup import IN_MEMORY, initialize_pyrit_async

PICTURE = Path("picture.png").absolute()
FOX = "A fox runs through a snowy forest at dusk"


def check(film: Path) -> None:
    """Make sure that it is a film."""
    assert film.read_bytes()[4:8] == b"ftyp"


async def film_of(target: OpenAIVideoTarget, *pieces: MessagePiece) -> str:
    """Send a message and check the film that comes back; its id."""
    (answer,) = await target.send_prompt_async(message=Message(message_pieces=list(pieces)))
    (piece,) = answer.message_pieces
    assert piece.converted_value_data_type == "video_path", piece
    check(Path(piece.converted_value))
    return str(piece.prompt_metadata["video_id"])


def text(prompt: str, conversation: str, **metadata: str) -> MessagePiece:
    """A prompt."""
    return MessagePiece(
        role="user",
        original_value=prompt,
        conversation_id=conversation,
        prompt_metadata=metadata,
    )


async def main() -> None:
    """Use each of the target's modes."""
    await initialize_pyrit_async(memory_db_type=IN_MEMORY, load_defaults=False, silent=True)
    target = OpenAIVideoTarget(
        endpoint=os.environ["OPENAI_BASE_URL"],
        api_key="any",
        model_name="sora-2",
        resolution_dimensions="720x1280",
        n_seconds=4,
    )
    video = await film_of(target, text(FOX, "one"))
    remix = await film_of(target, text("A fox runs at night", "two", video_id=video))
    assert remix != video
    picture = MessagePiece(
        role="user",
        original_value=str(PICTURE),
        original_value_data_type="image_path",
        conversation_id="three",
    )
    assert await film_of(target, text("An owl flies past", "three"), picture) != video


asyncio.run(main())
