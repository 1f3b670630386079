"""The hot statements: those of every retrieve, list and create.

The driver runs them without SQLAlchemy, which costs more for each statement than SQLite needs to
answer it. Their text is compiled once. JSON columns are read and written as text, so that msgspec
converts between the text and the typed value in one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from vitascope.spec import Asset, RenderSpec
from vitascope.store.tables import Typed, videos
from vitascope.video import ShownSpec, ShownVideo, Variant, Video

MAX_POSITION = 1000
"""The highest queue position that is counted."""
_COLUMNS = tuple(Video.__struct_fields__)
_SHOWN = tuple(ShownVideo.__struct_fields__)
"""The columns that the API's object of a video is made of."""
_QUEUED = videos.c.status == sa.literal_column("'queued'")
_NONE: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer)  # or SQLite's is a parameter
_spec = msgspec.json.Decoder(RenderSpec)
_REMEMBERED_TEXT = 4096
"""Characters of a page's longest specification up to which its rows are remembered."""
_shown_spec = msgspec.json.Decoder(ShownSpec)
_assets = msgspec.json.Decoder(dict[Variant, Asset])
_tags = msgspec.json.Decoder(tuple[str, ...])
_json = msgspec.json.Encoder()


class ListedPage(NamedTuple):
    """A page of videos: their ids, and one JSON array with the API's objects of them.

    Attributes:
        has_more: whether more follow.
    """

    ids: Sequence[str]
    json: msgspec.Raw
    has_more: bool


EMPTY_PAGE = ListedPage((), msgspec.Raw(b"[]"), False)


@cache
def _dialect(name: str) -> sa.Dialect:
    if name == "sqlite":
        return sqlite.dialect(paramstyle="named")
    return sa.make_url("postgresql+psycopg://").get_dialect()()


class Statement(dict[str, str]):
    """A statement's text for the database's driver, by dialect, compiled when first used.

    All its parameters are named.
    """

    def __init__(self, clause: sa.ClauseElement) -> None:
        super().__init__()
        self._clause = clause

    def __missing__(self, dialect: str) -> str:
        text = self[dialect] = str(self._clause.compile(dialect=_dialect(dialect)))
        return text


def video_of(row: Sequence[Any]) -> Video:
    """The video of a row that starts with the columns that these statements select."""
    return Video(
        id=row[0],
        created_at=row[1],
        status=row[2],
        completed_at=row[3],
        expires_at=row[4],
        progress=row[5],
        error_code=row[6],
        error_message=row[7],
        remixed_from_video_id=row[8],
        starred=bool(row[9]),
        tags=_tags.decode(row[10]),
        spec=_spec.decode(row[11]),
        project=row[12],
        queue=row[13],
        priority=row[14],
        started_at=row[15],
        phase=row[16],
        eta=row[17],
        attempt=row[18],
        crashes=row[19],
        assets=_assets.decode(row[20]),
        other_prompts=_tags.decode(row[21]),
    )


def listed_page(videos: Sequence[Video], *, has_more: bool) -> ListedPage:
    """The page of videos that were read whole."""
    objects = _json.encode([video.to_wire() for video in videos])
    return ListedPage([video.id for video in videos], msgspec.Raw(objects), has_more)


def listed_page_of_rows(rows: Sequence[tuple[Any, ...]], *, has_more: bool) -> ListedPage:
    """The page of rows of `listed_page_of`.

    `map` calls a function for each row without Python code in between.
    """
    longest = max(map(len, map(_SPEC_OF, rows)), default=0)
    objects = map(_remembered if longest < _REMEMBERED_TEXT else _listed, rows)
    return ListedPage(
        list(map(_ID_OF, rows)), msgspec.Raw(b"[" + b",".join(objects) + b"]"), has_more
    )


_ID_OF, _SPEC_OF = itemgetter(0), itemgetter(1)


def _listed(row: tuple[Any, ...]) -> bytes:
    """The API's object of a row, as JSON."""
    video_id, spec, *others, tags = row
    shown = video_id, _shown_spec.decode(spec), *others, _tags.decode(tags)
    return _json.encode(ShownVideo(*shown).to_wire())


_remembered = lru_cache(maxsize=2048)(_listed)
"""The same, remembered by the whole content of the row: clients list the same rows repeatedly."""


def row_of(video: Video) -> dict[str, Any]:
    """The parameters of `INSERT_VIDEO`."""
    row = {name: getattr(video, name) for name in _COLUMNS}
    row["spec"] = _json.encode(video.spec).decode()
    row["assets"] = _json.encode(video.assets).decode()
    row["tags"] = _json.encode(video.tags).decode()
    row["other_prompts"] = _json.encode(video.other_prompts).decode()
    row["stored_bytes"] = video.stored_bytes
    return row


def page_of(*, after: bool, newest_first: bool) -> Statement:
    """The statement for a page of a project's videos.

    Args:
        after: whether the page starts after a cursor.
        newest_first: the order.
    """
    return _PAGES[after, newest_first]


def listed_page_of(*, after: bool, newest_first: bool) -> Statement:
    """The same with only the columns of which `listed_page_of_rows` makes the API's objects."""
    return _LISTED_PAGES[after, newest_first]


def _selected(names: Sequence[str] = _COLUMNS) -> sa.Select[Any]:
    columns = [videos.c[name] for name in names]
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


def _page(names: Sequence[str], *, after: bool, newest_first: bool) -> Statement:
    query = _selected(names).where(videos.c.project == sa.bindparam("project"))
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
_KINDS_OF_PAGE = [(after, newest) for after in (False, True) for newest in (False, True)]
_PAGES, _LISTED_PAGES = (
    {kind: _page(names, after=kind[0], newest_first=kind[1]) for kind in _KINDS_OF_PAGE}
    for names in (_COLUMNS, _SHOWN)
)
