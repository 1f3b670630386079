"""The library: pages that follow, filters, hover, deleting with undo, the keyboard, a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from conftest import follow

NUMBER = 70


@pytest.fixture(scope="module")
def filled(make_server):
    """A server with one finished film and seventy that wait, for ever: it has no worker left."""
    server = make_server(bars=True)[0]
    film = server.rendered("A heron in the mist", size="1280x720")
    with server.database() as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(videos)")]
        row = dict(connection.execute("SELECT * FROM videos").fetchone())
        for number in range(NUMBER):
            copy = {**row, "id": f"video_{number:08x}{film['id'][14:]}"}
            copy["spec"] = row["spec"].replace("A heron in the mist", f"Copy {number} of a heron")
            marks = ", ".join("?" * len(columns))
            values = [copy[name] for name in columns]
            connection.execute(f"INSERT INTO videos VALUES ({marks})", values)
    return server


def tiles(page: Page):
    return page.locator("#wall .tile:visible")


def test_the_wall_goes_on_as_it_is_scrolled(filled, open_page):
    page = open_page(filled, "/studio/library", viewport={"width": 1024, "height": 600})
    expect(tiles(page).first).to_contain_text("A heron in the mist")
    for _ in range(20):
        if tiles(page).count() > NUMBER:
            break
        page.mouse.wheel(0, 4000)
        page.wait_for_timeout(100)
    expect(tiles(page)).to_have_count(NUMBER + 1)
    texts = tiles(page).locator(".tile-prompt").all_inner_texts()
    assert texts[1:] == [f"Copy {number} of a heron" for number in reversed(range(NUMBER))]


def test_the_wall_is_filtered(filled, open_page):
    page = open_page(filled, "/studio/library")
    page.get_by_label("Words of the prompt").fill("COPY 6")
    page.keyboard.press("Enter")
    expect(tiles(page)).to_have_count(11)  # 6, and 60 to 69
    page.get_by_label("State").select_option("failed")
    expect(page.get_by_text("No video is like that")).to_be_visible()
    expect(page).to_have_url(re.compile("status=failed"))
    follow(page.get_by_role("link", name="Show all"))
    page.get_by_label("Model").select_option("sora-2-pro")
    expect(page.get_by_text("No video is like that")).to_be_visible()


def test_a_tile_is_scrubbed_from_the_spritesheet_alone(filled, open_page):
    page = open_page(filled, "/studio/library")
    page.wait_for_load_state("networkidle")  # an open event stream does not count
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    tile = tiles(page).first
    box = tile.locator("vs-scrub").bounding_box()
    scrub = tile.locator("vs-scrub")
    for share, cell in ((0.1, "5"), (0.9, "45")):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        expect(scrub).to_have_attribute("data-cell", cell)
    assert [url.partition("?")[2] for url in asked if "/content" in url] == ["variant=spritesheet"]


def test_deleting_can_be_undone_for_ten_seconds(filled, open_page):
    page = open_page(filled, "/studio/library?search=Copy+4")
    expect(tiles(page)).to_have_count(11)
    chosen = [tiles(page).nth(index) for index in (0, 1)]
    ids = [tile.get_attribute("data-id") for tile in chosen]
    for tile in chosen:
        tile.hover()
        tile.get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete").click()
    expect(tiles(page)).to_have_count(9)
    page.get_by_role("button", name="Undo").click()
    expect(tiles(page)).to_have_count(11)
    assert all(filled.retrieve(each) for each in ids)

    chosen[0].hover()
    chosen[0].get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete").click()
    expect(tiles(page)).to_have_count(10)
    assert filled.retrieve(ids[0])["id"] == ids[0]  # it is still there
    page.goto(f"{filled.url}/studio/")  # and the undo goes along to the next page
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.evaluate(
        "sessionStorage.setItem('vitascope-deleting', JSON.stringify("
        "{...JSON.parse(sessionStorage.getItem('vitascope-deleting')), until: Date.now() + 500}))"
    )
    page.reload()
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    for _ in range(100):
        if filled.http.get(f"/videos/{ids[0]}").status_code == 404:
            break
        page.wait_for_timeout(50)
    assert filled.http.get(f"/videos/{ids[0]}").status_code == 404
    assert filled.http.get(f"/videos/{ids[1]}").status_code == 200


def test_all_is_reached_by_keyboard(filled, open_page):
    page = open_page(filled, "/studio/library")
    page.keyboard.press("/")
    expect(page.get_by_label("Words of the prompt")).to_be_focused()
    page.keyboard.type("heron in")
    page.keyboard.press("Enter")
    expect(tiles(page)).to_have_count(1)
    page.goto(f"{filled.url}/studio/library")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the navigation, to the page
    assert page.evaluate("document.activeElement.id") == "main"
    tiles(page).nth(0).get_by_role("link").focus()
    page.keyboard.press("ArrowRight")
    expect(tiles(page).nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(tiles(page).nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("x")
    compare = page.get_by_role("link", name="Compare")
    expect(compare).to_be_disabled()
    expect(compare).to_have_text("Comparechoose one more")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("x")
    expect(page.get_by_text("2 chosen")).to_be_visible()
    expect(compare).to_have_text("Compare")
    compare.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()


def test_a_phone_shows_no_page_wider_than_itself(filled, open_page):
    film = filled.http.get("/videos", params={"limit": 1}).json()["data"][0]
    page = open_page(filled, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    for path in ("", "library", f"videos/{film['id']}", f"compare?a={film['id']}&b={film['id']}"):
        page.goto(f"{filled.url}/studio/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.goto(f"{filled.url}/studio/")
    button = page.get_by_role("button", name="Make").bounding_box()
    assert button["y"] + button["height"] < 844, "the button is seen without scrolling"
    page.get_by_role("navigation").get_by_role("link", name="Library").tap()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
