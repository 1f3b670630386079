"""The hot statements: those of every retrieve, list and create.

The driver runs them without SQLAlchemy, which costs more for each statement than SQLite needs to
answer it. Their text is compiled once. JSON columns are read and written as text, so that msgspec
converts between the text and the typed value in one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from vitascope.spec import Asset, RenderSpec
from vitascope.store.tables import Typed, videos
from vitascope.video import Variant, Video

MAX_POSITION = 1000
"""The highest queue position that is counted."""
_DIALECTS: dict[str, sa.Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "postgresql": sa.make_url("postgresql+psycopg://").get_dialect()(),
}
_COLUMNS = tuple(Video.__struct_fields__)
_QUEUED = videos.c.status == sa.literal_column("'queued'")
_NONE: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer)  # or SQLite's is a parameter
_spec = msgspec.json.Decoder(RenderSpec)
_assets = msgspec.json.Decoder(dict[Variant, Asset])
_tags = msgspec.json.Decoder(tuple[str, ...])
_json = msgspec.json.Encoder()


class Statement:
    """A statement as text for a database's driver. All its parameters are named."""

    def __init__(self, clause: sa.ClauseElement) -> None:
        self._clause = clause
        self._texts: dict[str, str] = {}

    def text(self, dialect: str) -> str:
        """The text for a dialect, compiled when first used."""
        text = self._texts.get(dialect)
        if text is None:
            text = self._texts[dialect] = str(self._clause.compile(dialect=_DIALECTS[dialect]))
        return text


def video_of(row: Sequence[Any]) -> Video:
    """The video of a row that starts with the columns that these statements select."""
    return Video(
        id=row[0],
        project=row[1],
        spec=_spec.decode(row[2]),
        created_at=row[3],
        status=row[4],
        queue=row[5],
        priority=row[6],
        started_at=row[7],
        completed_at=row[8],
        expires_at=row[9],
        progress=row[10],
        phase=row[11],
        eta=row[12],
        error_code=row[13],
        error_message=row[14],
        remixed_from_video_id=row[15],
        attempt=row[16],
        crashes=row[17],
        assets=_assets.decode(row[18]),
        starred=bool(row[19]),
        tags=_tags.decode(row[20]),
    )


def row_of(video: Video) -> dict[str, Any]:
    """The parameters of `INSERT_VIDEO`."""
    row = {name: getattr(video, name) for name in _COLUMNS}
    row["spec"] = _json.encode(video.spec).decode()
    row["assets"] = _json.encode(video.assets).decode()
    row["tags"] = _json.encode(video.tags).decode()
    row["stored_bytes"] = video.stored_bytes
    return row


def page_of(*, after: bool, newest_first: bool) -> Statement:
    """The statement for a page of a project's videos.

    Args:
        after: whether the page starts after a cursor.
        newest_first: the order.
    """
    return _PAGES[after, newest_first]


def _selected() -> sa.Select[Any]:
    columns = [videos.c[name] for name in _COLUMNS]
    return sa.select(
        *(sa.cast(one, sa.Text) if isinstance(one.type, Typed) else one for one in columns)
    )


def _with_position(query: sa.Select[Any]) -> sa.Select[Any]:
    """Add how many wait before the video while it waits, counted in the index only.

    They are two ranges of the index, because SQLite uses one inequality for a search in it.
    """
    other = videos.alias("other")
    own_queue = (
        (other.c.status == sa.literal_column("'queued'"))
        & (other.c.project == videos.c.project)
        & (other.c.queue == videos.c.queue)
    )

    def counted(*condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
        limit: sa.ColumnElement[int] = sa.literal_column(str(MAX_POSITION))
        some = sa.select(other.c.status).where(own_queue, *condition).limit(limit).offset(_NONE)
        entries = some.correlate(videos).subquery()
        return sa.select(sa.func.count()).select_from(entries).correlate(videos).scalar_subquery()

    before = counted(other.c.priority < videos.c.priority) + counted(
        other.c.priority == videos.c.priority, other.c.id < videos.c.id
    )
    return query.add_columns(sa.case((_QUEUED, before), else_=sa.literal_column("0")))


def _page(*, after: bool, newest_first: bool) -> Statement:
    query = _selected().where(videos.c.project == sa.bindparam("project"))
    if after:
        cursor: sa.ColumnElement[str] = sa.bindparam("after")
        query = query.where(videos.c.id < cursor if newest_first else videos.c.id > cursor)
    order = videos.c.id.desc() if newest_first else videos.c.id.asc()
    limit = sa.bindparam("limit", type_=sa.Integer)
    return Statement(query.order_by(order).limit(limit).offset(_NONE))


_ONE = _selected().where(
    videos.c.id == sa.bindparam("id"), videos.c.project == sa.bindparam("project")
)
GET_VIDEO = Statement(_ONE)
GET_VIDEO_WITH_POSITION = Statement(_with_position(_ONE))
"""The last column is the number of the project's videos that wait before it."""
INSERT_VIDEO = Statement(sa.insert(videos))
_PAGES = {
    (after, newest_first): _page(after=after, newest_first=newest_first)
    for after in (False, True)
    for newest_first in (False, True)
}
