"""The links of a built site: each leads to a file and an anchor, and none loads another host's."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
_NOT_LOADED = {"canonical", "next", "prev", "alternate"}
_CSS_URL = re.compile(r"""(?:url\(|@import\s+)["']?((?:https?:)?//[^"')\s]+)""")


class _Page(HTMLParser):
    """The links, anchors and loaded addresses of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = {"", "__top"}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.anchors |= {attributes[name] for name in ("id", "name") if name in attributes}
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        if (
            tag in _LOADED
            and attributes.get("rel") not in _NOT_LOADED
            and attributes.get(_LOADED[tag])
        ):
            self.loaded.append(attributes[_LOADED[tag]])


def problems(site: Path) -> list[str]:
    """What is wrong with the links of a site, one line each."""
    read = {path.resolve(): _Page(path.read_text("utf-8")) for path in site.rglob("*.html")}
    found = []
    for path, page in read.items():
        if path.name == "404.html":  # served for any address, so its links are from the root
            continue
        name = path.relative_to(site.resolve())
        for address in (*page.links, *page.loaded):
            found += [f"{name}: {address}: {problem}" for problem in _check(address, path, read)]
        found += [f"{name} loads {each}" for each in page.loaded if urlsplit(each).netloc]
    for sheet in site.rglob("*.css"):
        loaded = _CSS_URL.findall(sheet.read_text("utf-8"))
        found += [f"{sheet.relative_to(site)} loads {each}" for each in loaded]
    return found


def _check(address: str, path: Path, read: dict[Path, _Page]) -> list[str]:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return []  # another host's: not asked
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.exists():
        return ["leads nowhere"]
    if target in read and unquote(parts.fragment) not in read[target].anchors:
        return ["has no such anchor"]
    return []
