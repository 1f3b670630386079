"""Going on from a video: from a chosen second, a part made again, links, and the family tree."""

import re

import film_checks
import httpx2
import pytest
from playwright.sync_api import Page, expect


@pytest.fixture(scope="module")
def longer(server):
    """A video of two parts: a heron for two and a half seconds, then snow for four."""
    film = server.rendered("A heron in the mist", size="1280x720", seed=7)
    body = {"prompt": "Snow begins to fall", "seconds": "4", "video": {"id": film["id"]}}
    made = server.http.post("/videos/extensions", json={**body, "from_seconds": 2.5}).json()
    return server.wait_until(made["id"], "completed")


def finished_here(server, page: Page, before: str) -> str:
    """The id of the video whose page is shown next, once it is finished."""
    expect(page).not_to_have_url(re.compile(before))
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    return page.url.rpartition("/")[2]


def test_a_video_goes_on_from_where_the_player_is(server, longer, open_page):
    page = open_page(server, f"/studio/videos/{longer['id']}")
    page.get_by_role("radio", name="Extend", exact=True).check(force=True)
    place = page.get_by_label("Go on from second")
    expect(place).to_have_value("6.5")
    left_out = page.get_by_text("What comes after it is left out")
    expect(left_out).to_have_count(0)
    page.locator("vs-player video").evaluate("video => { video.currentTime = 1.5 }")
    page.get_by_role("button", name="Where the player is").click()
    expect(place).to_have_value("1.50")
    expect(left_out).to_be_visible()
    page.locator("#go-on").get_by_label("Prompt", exact=True).fill("The heron flies away")
    page.locator("#go-on .main-button").click()
    made = finished_here(server, page, longer["id"])
    watched = film_checks.decode_film(server.download(made).content)
    assert (watched.frames, watched.sound_seconds) == (36 + 96, 5.5)
    parts = page.get_by_role("region", name="Parts").get_by_role("button")
    assert [text.split("\n")[0] for text in parts.all_inner_texts()] == ["0–1.5 s", "1.5–5.5 s"]
    expect(page.get_by_role("heading", level=1)).to_have_text("A heron in the mist")
    expect(page.locator(".title .change")).to_have_text("Goes on: The heron flies away")
    page.goto(f"{server.url}/studio/library?search=in+the+MIST")
    tile = page.locator(f'#wall [data-id="{made}"]')  # found by the words of its first part
    expect(tile).to_contain_text("A heron in the mist Goes on: The heron flies away")


def test_a_part_is_made_again_with_what_follows(server, longer, open_page):
    page = open_page(server, f"/studio/videos/{longer['id']}")
    parts = page.get_by_role("region", name="Parts")
    parts.get_by_role("button", name="Snow begins to fall").click()
    assert page.locator("vs-player video").evaluate("video => video.currentTime") == 2.5
    expect(parts.get_by_role("heading", name="Make part 2 again")).to_be_visible()
    parts.get_by_role("button", name="A heron in the mist").click()
    expect(parts.get_by_text("The part after it is made again, too.")).to_be_visible()
    parts.get_by_label("Prompt of this part").fill("A heron in the rain")
    parts.get_by_role("button", name="Make again").click()
    made = finished_here(server, page, longer["id"])
    spec = server.spec(made)
    assert (spec["task"], spec["frames"], len(spec["following"])) == ("create", 156, 1)
    texts = page.get_by_role("region", name="Parts").locator(".kin-prompt").all_inner_texts()
    assert texts == ["A heron in the rain", "Snow begins to fall"]


@pytest.mark.parametrize("view", [(390, 844), (1280, 800)], ids=str)
def test_a_link_is_shared_that_needs_no_key_and_expires(server, longer, open_page, view):
    width, height = view
    page = open_page(
        server,
        f"/studio/videos/{longer['id']}",
        viewport={"width": width, "height": height},
        is_mobile=width < 720,
        has_touch=width < 720,
    )
    share, panel = page.locator("#share summary"), page.locator("#share .pop")

    def assert_whole() -> None:
        """The panel and all in it can be seen, and it covers neither menu nor button."""
        assert page.evaluate("[innerWidth, innerHeight]") == [width, height]
        for part in (panel, *panel.locator("button:visible").all()):
            box = part.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
            assert box["y"] >= 0 and box["y"] + box["height"] <= height
        menu = page.get_by_role("link", name="Library", exact=True)
        for covered in (menu, share) if width > 720 else (menu,):
            covered.click(trial=True)

    share.evaluate("button => button.scrollIntoView({ block: 'end' })")
    bottom = "button.nextElementSibling.getBoundingClientRect().bottom"
    assert share.evaluate(f"button => {{ button.click(); return {bottom} }}") <= height
    expect(panel).to_be_visible()
    assert_whole()
    page.get_by_label("For how long").select_option("For an hour")
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_text("Anyone with this link can watch the film until")).to_be_visible()
    assert_whole()
    link = page.get_by_label("Link", exact=True).input_value()
    answer = httpx2.get(link, trust_env=False)
    assert answer.content == server.download(longer["id"]).content
    friend = open_page(server, link.removeprefix(server.url))
    friend.wait_for_function("document.querySelector('video')?.currentTime > 0.3")
    assert friend.evaluate("document.querySelector('video').videoWidth") == 1280
    assert httpx2.get(re.sub(r"expires=\d", "expires=9", link), trust_env=False).status_code == 403
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    share.click()
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    expect(share).to_be_focused()
    share.click()
    page.get_by_role("banner").click(position={"x": width - 10, "y": 10})
    expect(panel).to_be_hidden()


def test_the_films_of_a_family_play_unless_motion_is_reduced(server, longer, open_page):
    path = f"/studio/videos/{longer['id']}"
    moving = open_page(
        server, path, reduced_motion="no-preference", viewport={"width": 1280, "height": 1600}
    )
    first = moving.locator("vs-scrub").first
    expect(first).to_have_attribute("data-cell", re.compile("[1-9]"))
    moving.get_by_role("button", name="Stop the previews").click()
    expect(first).not_to_have_attribute("data-cell", re.compile("."))

    still = open_page(server, path, viewport={"width": 1280, "height": 1600})
    stop = still.get_by_role("button", name="Stop the previews")
    expect(stop).to_have_attribute("aria-pressed", "true")
    still.wait_for_timeout(400)
    assert still.locator("vs-scrub").first.get_attribute("data-cell") is None
    assert still.evaluate("getComputedStyle(document.body).getPropertyValue('--calm')") == "0ms"
