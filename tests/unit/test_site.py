"""The documentation site: its links are checked, and its pages are those of the repository."""

import pytest
from scripts.lib.site import links, pages, reference
from sweeps import for_all


@pytest.fixture
def site(tmp_path):
    def make(body, css=""):
        (tmp_path / "index.html").write_text(f"<html>{body}</html>", "utf-8")
        (tmp_path / "other.html").write_text('<h2 id="there">x</h2>', "utf-8")
        (tmp_path / "style.css").write_text(css, "utf-8")
        return links.problems(tmp_path)

    return make


@for_all(
    ("body", "css", "problem"),
    [
        ('<a href="other.html#there">x</a><a href="#__top">x</a>', "", None),
        ('<a href="https://example.org/x">x</a>', "", None),
        ('<a href="none.html">x</a>', "", "index.html: none.html: leads nowhere"),
        ('<a href="other.html#no">x</a>', "", "index.html: other.html#no: has no such anchor"),
        ('<img src="none.png">', "", "index.html: none.png: leads nowhere"),
        ('<script src="https://cdn.test/a.js"></script>', "", "index.html loads https://cdn.test"),
        ("", "@import url(https://fonts.test/a)", "style.css loads https://fonts.test/a"),
    ],
)
def test_links_are_checked(site, body, css, problem):
    found = site(body, css)
    if problem is None:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0].startswith(problem)


def test_pages_keep_their_places_and_bring_what_they_link_to(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("docs/images", "docs/decisions", "deploy"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY", "CODE_OF_CONDUCT"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n", "utf-8")
    home = "[g](docs/guide.md#a) [d](docs/decisions) [w](https://example.org) [f](deploy/run.sh)"
    (tmp_path / "README.md").write_text(home, "utf-8")
    (tmp_path / "docs/guide.md").write_text("# Guide\n", "utf-8")
    (tmp_path / "docs/decisions/0001.md").write_text("# One\n", "utf-8")
    (tmp_path / "deploy/run.sh").write_text("true\n", "utf-8")
    made = tmp_path / "made"
    pages.gather(made)
    assert (made / "README.md").read_text("utf-8") == home.replace(
        "(docs/decisions)", "(docs/decisions/index.md)"
    )
    assert "[0001.md](0001.md)" in (made / "docs/decisions/index.md").read_text("utf-8")
    assert (made / "deploy/run.sh").read_text("utf-8") == "true\n"
    sections = {title: found for each in pages.navigation(made) for title, found in each.items()}
    assert sections["Guide"] == ["docs/guide.md"]
    assert sections["Decisions"] == ["docs/decisions/index.md", "docs/decisions/0001.md"]


def test_an_operation_is_documented_with_its_fields_and_answers():
    operation = {
        "description": "Make it.",
        "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
        "requestBody": {
            "content": {"application/json": {"schema": {"properties": {"size": {"enum": ["a"]}}}}}
        },
        "responses": {"200": {"description": "Fine"}},
    }
    page = reference.http_page({"paths": {"/v1/x": {"post": operation}}})
    for line in (
        "## `POST /v1/x`",
        "Make it.",
        "| `limit` | query | integer |",
        "| `size` | application/json | `a` |",
        "| 200 | Fine |",
    ):
        assert line in page.splitlines()
