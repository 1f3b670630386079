"""The cast: characters from an upload and from a part of a video, named, used, deleted."""

import re

import pytest
from playwright.sync_api import Page, expect

from conftest import follow


@pytest.fixture(scope="module")
def film(server):
    return server.rendered("A heron in the mist", size="1280x720")


def figure(page: Page, name: str):
    return page.locator(".figure").filter(has=page.locator(f'input[value="{name}"]'))


def test_a_character_is_cut_out_of_an_upload_renamed_and_deleted(server, film, open_page):
    page = open_page(server, "/studio/cast")
    expect(page.get_by_text("There is no character yet")).to_be_visible()
    clip = server.download(film["id"]).content
    page.set_input_files("#clip", {"name": "me.mp4", "mimeType": "video/mp4", "buffer": clip})
    expect(page.get_by_text("me.mp4")).to_be_visible()
    page.get_by_label("Name, as prompts will call it").fill("Mossy")
    page.get_by_role("button", name="Cut out").click()
    mossy = figure(page, "Mossy")
    expect(mossy).to_be_visible()
    assert mossy.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    name = mossy.get_by_label("Name")
    name.fill("Lady Moss")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Prompts call it Lady Moss now")).to_be_visible()
    page.reload()
    moss = figure(page, "Lady Moss")
    moss.get_by_role("button", name="Delete").click()
    moss.get_by_role("button").click()
    expect(page.get_by_text("There is no character yet")).to_be_visible()
    assert server.http.get("/videos/characters").json()["data"] == []


def test_a_character_is_cut_out_of_a_part_of_a_video_and_used(server, film, open_page):
    page = open_page(server, f"/studio/videos/{film['id']}")
    follow(page.get_by_role("link", name="Cut out a character"))
    start, end = page.get_by_role("slider", name="From"), page.get_by_role("slider", name="To")
    start.focus()
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-start-time]")).to_have_text("1.0 s")
    shown = "document.querySelector('.span-screen video').currentTime"
    assert 0.9 < page.evaluate(shown) < 1.1
    end.fill("3")
    page.get_by_label("Name, as prompts will call it").fill("Ada")
    pad, cross = page.get_by_role("button", name="Point at the figure"), page.locator(".cross")
    box = pad.bounding_box()
    pad.click(position={"x": box["width"] * 0.3, "y": box["height"] * 0.4})
    expect(page.get_by_text("The cross is 30 % across and 40 % down")).to_be_visible()
    page.keyboard.press("Escape")
    expect(cross).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("The cross is 52 % across and 40 % down")).to_be_visible()
    end.focus()
    page.keyboard.press("ArrowRight")
    expect(cross).to_be_hidden()  # it was on another picture
    pad.focus()
    page.keyboard.press("ArrowDown")

    # Who leaves the page finds all of it again.
    page.get_by_role("link", name="Library", exact=True).click()
    page.get_by_role("link", name="Cast", exact=True).click()
    kept = page.get_by_text("You began to cut a figure out of “A heron in the mist”")
    expect(kept).to_be_visible()
    follow(page.get_by_role("link", name="Go on with it"))
    expect(page.locator("[data-start-time]")).to_have_text("1.0 s")
    expect(page.locator("[data-end-time]")).to_have_text("3.0 s")
    expect(cross).to_be_visible()
    with page.expect_request("**/v1/videos/characters") as asked:
        page.get_by_role("button", name="Cut out").click()
    assert asked.value.post_data_json == {
        "name": "Ada",
        "video": {"id": film["id"]},
        "start": 1,
        "end": 3.04,
        "point": {"x": 0.5, "y": 0.52, "at": 3.04},
    }
    expect(figure(page, "Ada")).to_be_visible()
    page.goto(f"{server.url}/studio/cast")
    expect(page.get_by_text("You began to cut")).to_be_hidden()

    follow(figure(page, "Ada").get_by_role("link", name="Use Ada in a video"))
    prompt = page.locator("#prompt")
    expect(prompt).to_have_value("Ada ")
    prompt.press("End")
    prompt.press_sequentially(" waves  ")
    expect(prompt).to_have_value("Ada waves  ")
    expect(page.get_by_role("checkbox", name="Ada")).to_be_checked()
    page.get_by_role("checkbox", name="Ada").uncheck(force=True)
    prompt.fill("At dawn @ada dances")
    expect(prompt).to_have_value("At dawn Ada dances")
    expect(page.get_by_role("checkbox", name="Ada")).to_be_checked()
    page.get_by_role("button", name="Make").click()
    tile = page.locator("#latest .tile", has_text="At dawn Ada dances")
    tile.get_by_role("link").click()
    expect(page.get_by_role("definition").filter(has_text=re.compile("^Ada$"))).to_be_visible()
    family = page.get_by_role("region", name="Family")
    character = family.get_by_role("link", name="Ada Character")
    expect(character).to_be_visible()
    character.click()
    expect(page.get_by_label("Character")).to_have_value(re.compile("^char_"))
    expect(page.locator("#wall .tile")).to_have_count(1)
    expect(page.locator("#wall .tile")).to_contain_text("At dawn Ada dances")

    page.goto(f"{server.url}/studio/videos/{film['id']}")
    kin = page.get_by_role("region", name="Family").locator(".kin")
    expect(kin).to_contain_text(["A heron in the mist", "Ada", "At dawn Ada dances"])


def test_a_clip_that_is_none_says_why(server, open_page):
    page = open_page(server, "/studio/cast")
    page.set_input_files("#clip", {"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"no film"})
    page.get_by_label("Name, as prompts will call it").fill("Nobody")
    page.get_by_role("button", name="Cut out").click()
    expect(page.locator("#new-character").get_by_role("alert")).to_contain_text("can't be used")
