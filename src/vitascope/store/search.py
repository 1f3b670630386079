"""Queries for pages that show videos: by state, model, words and marks, and what has changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
import sqlalchemy as sa

from vitascope.store.database import Database, in_batches
from vitascope.store.statements import (
    EMPTY_PAGE,
    ListedPage,
    listed_page,
    listed_page_of,
    listed_page_of_rows,
)
from vitascope.store.tables import STARRED, TAGGED, UNFINISHED, videos
from vitascope.store.videos import Videos, video_of_row
from vitascope.video import Status, Video, first_id_of, is_own_id

Condition: TypeAlias = sa.ColumnElement[bool] | sa.TextClause
MAX_WATCHED = 100
"""How many waiting videos of a project are watched; later ones follow as the queue moves."""

# As literals, so that SQLite sees that an index with this condition applies.
_RUNNING = videos.c.status == sa.literal_column("'in_progress'")
_QUEUED = videos.c.status == sa.literal_column("'queued'")
_MODEL = videos.c.spec["model"].as_string()
_PROMPT = videos.c.spec["prompt"].as_string()
_CHARACTERS = videos.c.spec["characters"].as_string()
_IN_ORDER = videos.c.queue, videos.c.priority, videos.c.id


_INDEXES: Mapping[Status | None, str] = {
    "in_progress": "ix_videos_unfinished",
    "queued": "ix_videos_queued",
    "failed": "ix_videos_failed",
}
"""By the states that few videos are in: the index of those."""


@dataclass(frozen=True, slots=True)
class VideoFilter:
    """Which videos a list shows; None: all.

    Attributes:
        status: those in this state.
        model: those of this model, by the name in their requests.
        text: those of whose prompts, their film's earlier ones included, one contains this text,
            in any case.
        character: those made with the character of this id.
        tag: those with this tag.
        starred: those that are marked, or those that are not.
    """

    status: Status | None = None
    model: str | None = None
    text: str | None = None
    character: str | None = None
    tag: str | None = None
    starred: bool | None = None

    @property
    def index(self) -> str | None:
        """The index that has few rows beside those that are shown; None without such an index."""
        if self.status in _INDEXES:
            return _INDEXES[self.status]
        if self.tag is not None:
            return "ix_videos_tagged"
        return "ix_videos_starred" if self.starred else None

    def conditions(self, dialect: str) -> list[Condition]:
        """The conditions of a row; none if all are shown."""
        found: list[Condition] = []
        if self.status is not None:
            found.append(videos.c.status == sa.literal_column(f"'{self.status}'"))
        if self.status == "in_progress":
            found.append(UNFINISHED)
        if self.model is not None:
            found.append(self.model == _MODEL)
        if self.text is not None:
            other = msgspec.json.encode(self.text).decode()[1:-1]  # as the column has it
            found.append(
                _PROMPT.icontains(self.text, autoescape=True)
                | sa.cast(videos.c.other_prompts, sa.Text).icontains(other, autoescape=True)
            )
        if self.character is not None:
            found.append(_CHARACTERS.contains(f'"{self.character}"', autoescape=True))
        if self.tag is not None:
            tag = _each_tag(dialect)
            some = sa.select(sa.literal(1)).select_from(tag).where(tag.c.value == self.tag)
            found += [TAGGED, sa.exists(some)]
        if self.starred is not None:
            found.append(STARRED if self.starred else ~videos.c.starred)
        return found


def _each_tag(dialect: str) -> sa.TableValuedAlias:
    """The tags of a row of the enclosing query, as rows with a `value`."""
    if dialect == "sqlite":
        each: sa.Function[Any] = sa.func.json_each(videos.c.tags)
    else:
        each = sa.func.json_array_elements_text(sa.cast(videos.c.tags, sa.JSON))
    return each.table_valued("value", name="tag")


def _indexed(query: sa.Select[Any], index: str | None) -> sa.Select[Any]:
    """The query with its index named for SQLite.

    SQLite counts no rows, and so it may prefer an index that leads through the whole project.
    """
    return query if index is None else query.with_hint(videos, f"INDEXED BY {index}", "sqlite")


_ALL = VideoFilter()


class VideoSearch:
    """Finds videos of a project."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dialect = database.dialect.name
        self._videos = Videos(database)

    async def page(
        self,
        filters: VideoFilter,
        *,
        project: str,
        limit: int,
        after: str | None = None,
        newest_first: bool = True,
    ) -> tuple[list[Video], bool]:
        """As `Videos.page`, but of the videos that the filter shows."""
        conditions = filters.conditions(self._dialect)
        if not conditions:
            return await self._videos.page(
                project=project, after=after, limit=limit, newest_first=newest_first
            )
        query = sa.select(videos).where(videos.c.project == project, *conditions)
        query = _indexed(query, filters.index)
        if after is not None:
            if not await self._knows(after, project):
                return [], False
            query = query.where(videos.c.id < after if newest_first else videos.c.id > after)
        order = videos.c.id.desc() if newest_first else videos.c.id.asc()
        found = await self._all(query.order_by(order).limit(limit + 1))
        return found[:limit], len(found) > limit

    async def listed_page(
        self,
        filters: VideoFilter,
        *,
        project: str,
        limit: int,
        after: str | None,
        newest_first: bool,
    ) -> ListedPage:
        """The same as the API's objects. Without a filter, only what they show is read."""
        if filters != _ALL:
            found, more = await self.page(
                filters, project=project, limit=limit, after=after, newest_first=newest_first
            )
            return listed_page(found, has_more=more)
        parameters: dict[str, Any] = {"project": project, "limit": limit + 1}
        if after is not None:
            if not await self._knows(after, project):
                return EMPTY_PAGE
            parameters["after"] = after
        statement = listed_page_of(after=after is not None, newest_first=newest_first)
        rows = await self._database.fetch(statement, parameters)
        return listed_page_of_rows(rows[:limit], has_more=len(rows) > limit)

    async def _knows(self, after: str, project: str) -> bool:
        """Whether a cursor is an id of this server's; its video may have been deleted."""
        if is_own_id(after, "video"):
            return True
        return await self._videos.get(after, project=project) is not None

    async def waiting(self, project: str) -> list[Video]:
        """The first of the project's waiting videos, in the order in which they start."""
        query = sa.select(videos).where(videos.c.project == project, _QUEUED)
        return await self._all(query.order_by(*_IN_ORDER).limit(MAX_WATCHED))

    async def tags(self, project: str) -> list[tuple[str, int]]:
        """The project's tags, each with the number of videos that have it."""
        tag = _each_tag(self._dialect)
        query = (
            sa.select(tag.c.value, sa.func.count())
            .select_from(videos.join(tag, sa.true()))
            .where(videos.c.project == project, TAGGED)
            .group_by(tag.c.value)
            .order_by(tag.c.value)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(_indexed(query, "ix_videos_tagged"))).all()
        return [(row[0], row[1]) for row in rows]

    async def moving(self, project: str, *, created_since: float) -> list[Video]:
        """The project's running videos, its first waiting ones, and those created lately."""
        mine = sa.select(videos).where(videos.c.project == project)
        new = videos.c.id >= first_id_of("video", created_since)
        found: dict[str, Video] = {}
        for query in (
            _indexed(mine.where(_RUNNING, UNFINISHED), "ix_videos_unfinished"),
            mine.where(_QUEUED).order_by(*_IN_ORDER).limit(MAX_WATCHED),
            mine.where(new).order_by(videos.c.id.desc()).limit(MAX_WATCHED),
        ):
            found |= {video.id: video for video in await self._all(query)}
        return list(found.values())

    async def among(self, ids: Collection[str]) -> dict[str, Video]:
        """Those of these videos that still exist."""
        found: dict[str, Video] = {}
        for batch in in_batches(list(ids)):
            query = sa.select(videos).where(videos.c.id.in_(batch))
            found |= {video.id: video for video in await self._all(query)}
        return found

    async def finished_since(self, project: str, moment: float) -> list[Video]:
        """The project's videos that were finished last, since then at most; oldest first."""
        query = (
            sa.select(videos)
            .where(videos.c.project == project, videos.c.completed_at >= moment)
            .order_by(videos.c.completed_at.desc())
            .limit(MAX_WATCHED)
        )
        return (await self._all(query))[::-1]

    async def _all(self, query: sa.Select[Any]) -> list[Video]:
        async with self._database.reading() as connection:
            return [video_of_row(row._mapping) for row in (await connection.execute(query)).all()]
