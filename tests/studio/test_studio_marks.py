"""Stars and tags: of one video and of many, undone at once, and found again."""

import pytest
from playwright.sync_api import Page, Route, expect

from conftest import follow


@pytest.fixture(scope="module")
def shelf(make_server):
    """A server with four videos of which one is finished; none changes by itself."""
    server, _keys = make_server(bars=True)
    server.rendered("Heron", size="1280x720")
    for name in ("Owl", "Fox", "Elk"):
        server.cancel(server.create(name)["id"])
    return server


@pytest.fixture(autouse=True)
def unmarked(shelf):
    for video in shelf.http.get("/videos").json()["data"]:
        shelf.http.patch(f"/videos/{video['id']}", json={"starred": False, "tags": []})


def tile(page: Page, name: str):
    return page.locator("#wall .tile", has_text=name)


def marks(server) -> dict[str, tuple[bool, list[str]]]:
    videos = server.http.get("/videos").json()["data"]
    return {video["prompt"]: (video["starred"], video["tags"]) for video in videos}


def test_many_are_starred_and_tagged_and_that_is_undone_at_once(shelf, open_page):
    page = open_page(shelf, "/studio/library")
    shelf.http.patch(f"/videos/{tile(page, 'Fox').get_attribute('data-id')}", json={"tags": ["x"]})
    page.reload()
    for name in ("Owl", "Fox"):
        tile(page, name).hover()
        tile(page, name).get_by_role("checkbox").check()
    bar = page.get_by_role("group", name="Chosen videos")
    expect(bar.get_by_text("2 chosen")).to_be_visible()
    bar.get_by_label("Tag").fill("night")
    bar.get_by_role("button", name="Add").click()
    expect(tile(page, "Fox").locator(".tags")).to_contain_text("night")
    expect(page.get_by_text("2 videos with the tag “night”")).to_be_visible()
    assert marks(shelf)["Fox"] == (False, ["x", "night"])
    assert marks(shelf)["Owl"] == (False, ["night"])
    page.get_by_role("button", name="Undo").click()
    expect(tile(page, "Fox").get_by_role("list", name="Tags")).to_have_text("x")
    expect(tile(page, "Owl").locator(".tags")).to_be_hidden()
    assert marks(shelf)["Fox"] == (False, ["x"])

    bar.get_by_role("button", name="Star").click()
    expect(tile(page, "Owl").locator("[data-star]")).to_have_attribute("aria-pressed", "true")
    assert [name for name, (starred, _) in marks(shelf).items() if starred] == ["Fox", "Owl"]
    page.get_by_role("button", name="Undo").click()
    expect(tile(page, "Owl").locator("[data-star]")).to_have_attribute("aria-pressed", "false")
    assert not any(starred for starred, _ in marks(shelf).values())
    bar.get_by_label("Tag").fill("x")
    bar.get_by_role("button", name="Remove").click()
    expect(tile(page, "Fox").locator(".tags")).to_be_hidden()


def test_marks_are_made_and_found_by_keyboard_alone(shelf, open_page):
    page = open_page(shelf, "/studio/library")
    tile(page, "Elk").get_by_role("link").focus()
    page.keyboard.press("s")
    expect(tile(page, "Elk").locator("[data-star]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("t")
    expect(page.locator("#bar-tag-name")).to_be_focused()
    page.keyboard.type("antlers")
    page.keyboard.press("Enter")
    expect(tile(page, "Elk").locator(".tags")).to_contain_text("antlers")
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Chosen videos")).to_be_hidden()
    tile(page, "Elk").get_by_role("link").focus()
    page.keyboard.press("a")
    expect(page.get_by_text("4 chosen")).to_be_visible()

    page.reload()
    page.locator("#filters").get_by_label("Tag").select_option("antlers")
    expect(page.locator("#wall .tile")).to_have_count(1)
    expect(tile(page, "Elk")).to_be_visible()
    page.goto(f"{shelf.url}/studio/library")
    page.get_by_role("checkbox", name="Starred").check(force=True)
    expect(page).to_have_url(f"{shelf.url}/studio/library?search=&status=&model=&tag=&starred=true")
    expect(page.locator("#wall .tile")).to_have_count(1)


def test_the_page_of_a_video_has_its_marks(shelf, open_page):
    page = open_page(shelf, "/studio/library")
    follow(tile(page, "Heron").get_by_role("link"))
    star = page.get_by_role("button", name="Star")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    page.get_by_label("New tag").fill("birds")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove the tag birds")).to_be_visible()
    page.reload()
    expect(star).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Remove the tag birds").click()
    expect(page.get_by_role("button", name="Remove the tag birds")).to_have_count(0)
    assert marks(shelf)["Heron"] == (True, [])


def test_marks_made_faster_than_they_are_answered_are_all_kept(shelf, open_page):
    page = open_page(shelf, "/studio/library")
    video = tile(page, "Heron").get_attribute("data-id")
    page.goto(f"{shelf.url}/studio/videos/{video}")
    held: list[Route] = []
    answered = False
    page.route(
        "**/v1/videos/*", lambda route: route.continue_() if answered else held.append(route)
    )
    page.get_by_role("button", name="Star").click()
    for name in ("birds", "night"):
        page.get_by_label("New tag").fill(name)
        page.keyboard.press("Enter")
    answered = True
    for each in held:
        each.continue_()
    expect(page.get_by_role("button", name="Remove the tag night")).to_be_visible()
    assert marks(shelf)["Heron"] == (True, ["birds", "night"])
