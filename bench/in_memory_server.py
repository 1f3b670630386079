"""The in-memory alternative: a short FastAPI server with the same answers, which keeps nothing.

Run as `python -m bench.in_memory_server`. It checks no key and no field, and forgets all videos
when it stops, so it shows what the web framework alone costs.
"""

from __future__ import annotations

import secrets
import time
from typing import Annotated, Any

from fastapi import FastAPI, Form, HTTPException

from bench.bare import serve


def build_app() -> FastAPI:
    """The routes of the comparison: create, retrieve and list."""
    app = FastAPI()
    videos: dict[str, dict[str, Any]] = {}

    @app.post("/v1/videos")
    async def create(
        prompt: Annotated[str, Form()],
        model: Annotated[str, Form()] = "sora-2",
        size: Annotated[str, Form()] = "720x1280",
        seconds: Annotated[str, Form()] = "4",
    ) -> dict[str, Any]:
        video_id = f"video_{secrets.token_hex(16)}"
        videos[video_id] = {
            "id": video_id,
            "object": "video",
            "model": model,
            "status": "queued",
            "progress": 0,
            "created_at": int(time.time()),
            "completed_at": None,
            "expires_at": None,
            "prompt": prompt,
            "size": size,
            "seconds": seconds,
            "remixed_from_video_id": None,
            "error": None,
        }
        return videos[video_id]

    @app.get("/v1/videos/{video_id}")
    async def retrieve(video_id: str) -> dict[str, Any]:
        if video_id not in videos:
            raise HTTPException(404)
        return videos[video_id]

    @app.get("/v1/videos")
    async def page(limit: int = 20) -> dict[str, Any]:
        data = list(videos.values())[-limit:][::-1]
        ends = (data[0]["id"], data[-1]["id"]) if data else (None, None)
        more = len(videos) > len(data)
        return {"object": "list", "data": data, "first_id": ends[0], "last_id": ends[1],
                "has_more": more}  # fmt: skip

    return app


if __name__ == "__main__":
    serve(build_app(), "in-memory server")
