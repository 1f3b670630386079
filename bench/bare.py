"""The bare alternative to `GET /v1/videos/{id}`: one route, one SELECT by primary key, a dict.

Run as `python -m bench.bare DATABASE_FILE`.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import msgspec
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI, HTTPException

from vitascope.store.database import open_database
from vitascope.store.tables import videos

_ONE = sa.select(videos).where(videos.c.id == sa.bindparam("id"))


def build_app(database: str) -> FastAPI:
    """What one would write in five minutes, with the same engine options as Vitascope's."""
    engine = open_database(database)
    app = FastAPI()

    @app.get("/v1/videos/{video_id}")
    async def retrieve(video_id: str) -> Any:
        async with engine.connect() as connection:
            row = (await connection.execute(_ONE, {"id": video_id})).first()
        if row is None:
            raise HTTPException(404)
        return msgspec.to_builtins(dict(row._mapping))

    return app


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, name: str) -> None:
        super().__init__(config)
        self._name = name

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"The {self._name} is ready on http://127.0.0.1:{port}", flush=True)


def serve(app: FastAPI, name: str) -> None:
    """Serve until the process is stopped, under the server settings of `vitascope serve`."""
    config = uvicorn.Config(
        app,
        port=0,
        log_config=None,
        access_log=False,
        server_header=False,
        http="httptools",
        loop="uvloop",
    )
    _Server(config, name).run()


if __name__ == "__main__":
    serve(build_app(f"sqlite:///{sys.argv[1]}"), "bare route")
