"""The prompt box: pictures and their roles, presets, earlier prompts, and the estimate."""

import re

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture(scope="module")
def film(server):
    """A finished video that tests share; none of them changes it."""
    return server.rendered("A heron in the mist", size="1280x720", seed=7)


@pytest.fixture(scope="module")
def picture(server, film, tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "heron.webp"
    path.write_bytes(server.download(film["id"], variant="thumbnail").content)
    return path


def pictures(page: Page):
    return page.locator("#references li")


def roles(page: Page) -> list[str]:
    return [select.input_value() for select in page.get_by_label("Role of the picture").all()]


def test_pictures_are_dropped_on_the_prompt_and_each_gets_a_role(server, picture, open_page):
    page = open_page(server)
    box = page.get_by_label("Prompt").first.bounding_box()
    browser = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(picture)] * 2, "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"x": box["x"] + 40, "y": box["y"] + 20}
        browser.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})
    expect(pictures(page)).to_have_count(2)
    assert roles(page) == ["first_frame", "last_frame"]
    page.get_by_label("Role of the picture").last.select_option("Subject")
    page.get_by_label("Prompt").first.fill("Snow begins to fall on a heron")
    page.get_by_role("button", name="Make", exact=True).click()
    tile = page.locator("#latest .tile", has_text="Snow begins to fall on a heron")
    expect(tile).to_have_count(1)
    inputs = server.spec(tile.get_attribute("data-id"))["inputs"]
    assert [one["role"] for one in inputs] == ["first_frame", "reference_image"]


def test_a_picture_is_pasted_and_removed(server, film, open_page):
    page = open_page(server, permissions=["clipboard-read", "clipboard-write"])
    page.evaluate(
        """async (id) => {
          const answer = await fetch(`/v1/videos/${id}/content?variant=thumbnail`);
          const bitmap = await createImageBitmap(await answer.blob());
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
          canvas.getContext('2d').drawImage(bitmap, 0, 0);
          const png = await canvas.convertToBlob({ type: 'image/png' });
          await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
        }""",
        film["id"],
    )
    page.get_by_label("Prompt").first.focus()
    page.keyboard.press("Control+v")
    expect(pictures(page)).to_have_count(1)
    page.get_by_role("button", name="Remove").click()
    expect(pictures(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Choose, drop or paste")).to_be_focused()


def test_a_frame_of_the_library_begins_a_video(server, film, open_page):
    page = open_page(server)
    page.get_by_role("button", name="A frame of a video").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=film["prompt"], exact=True).click()
    dialog.get_by_role("slider").fill("2.5")
    expect(dialog.get_by_alt_text("The frame at 2.50 s")).to_be_visible()
    dialog.get_by_role("button", name="Use this frame").click()
    expect(dialog).to_be_hidden()
    expect(pictures(page)).to_have_count(1)
    page.goto(f"{server.url}/studio/?frame={film['id']}&at=1.5")
    expect(pictures(page)).to_have_count(1)


def test_what_is_no_picture_is_refused_in_words(server, open_page):
    page = open_page(server)
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"notes"}
    page.set_input_files("#reference", file)
    expect(page.get_by_text("A reference is a picture")).to_be_visible()
    expect(pictures(page)).to_have_count(0)


def test_the_estimate_follows_what_is_chosen(server, film, open_page):
    page = open_page(server)
    line = page.locator("#estimate")
    expect(line).to_have_text(re.compile("^Starts at once"))
    for _ in range(20):  # the server looks at recent videos every five seconds
        if "about" in line.inner_text():
            break
        page.wait_for_timeout(500)
        page.get_by_label("Takes").dispatch_event("change")
    expect(line).to_have_text(re.compile(r"^Starts at once · about \d+ s$"))

    def seconds() -> int:
        return int(re.search(r"about (\d+)", line.inner_text())[1])

    short = seconds()
    page.get_by_role("radio", name="20", exact=True).check(force=True)
    expect(line).not_to_have_text(re.compile(f"about {short} s"))
    text = line.inner_text()
    assert "min" in text or seconds() > 2 * short

    answer = {"queue_position": 1, "eta_seconds": None, "render_seconds": None, "memory_gib": {}}
    page.route("**/estimate", lambda route: route.fulfill(json=answer))
    for seen, found in (
        ("Starts at once", {}),
        ("Next in line", {"render_seconds": 3}),  # and no worker is there
        ("Next in line · about 6 s", {"eta_seconds": 6}),
        ("2 before it · about 9 s", {"queue_position": 3, "eta_seconds": 9}),
        ("2 before it · about 9 s · needs 2 GiB of GPU memory", {"memory_gib": {"a": 4, "b": 2}}),
    ):
        answer |= found
        page.get_by_label("Takes").dispatch_event("change")
        expect(line).to_have_text(seen)


def test_settings_are_kept_as_a_preset(server, open_page):
    page = open_page(server)
    page.get_by_role("radio", name="Wide", exact=True).check(force=True)
    page.get_by_role("radio", name="8", exact=True).check(force=True)
    page.get_by_label("Seed").fill("77")
    page.locator("#presets summary").click()
    page.get_by_label("Name of the preset").fill("Wide and long")
    page.keyboard.press("Enter")
    page.reload()  # which keeps the shape and the length that were chosen last
    expect(page.get_by_role("radio", name="Wide", exact=True)).to_be_checked()
    expect(page.get_by_role("radio", name="8", exact=True)).to_be_checked()
    page.get_by_role("radio", name="Tall", exact=True).check(force=True)
    page.get_by_role("radio", name="4", exact=True).check(force=True)
    page.locator("#presets summary").click()
    page.get_by_role("button", name="Wide and long", exact=True).click()
    expect(page.get_by_role("radio", name="Wide", exact=True)).to_be_checked()
    expect(page.get_by_role("radio", name="8", exact=True)).to_be_checked()
    expect(page.get_by_label("Seed")).to_have_value("77")
    page.get_by_role("button", name="Remove the preset Wide and long").click()
    expect(page.get_by_text("None yet")).to_be_visible()


def test_an_earlier_prompt_shows_its_difference_and_is_used(server, film, open_page):
    page = open_page(server)
    page.get_by_label("Prompt").first.fill("A heron in the rain")
    page.locator("#earlier summary").click()
    earlier = page.locator("#earlier li", has_text="mist")
    expect(earlier.get_by_role("button")).to_have_text("A heron in the mist")
    expect(earlier.locator("ins")).to_have_text("mist")
    expect(earlier.locator(".instead")).to_have_text("Instead of “rain”")
    page.locator("#earlier summary").click()
    page.get_by_label("Prompt").first.fill("Two trains meet in the desert")
    page.locator("#earlier summary").click()
    expect(earlier.get_by_role("button")).to_have_text("A heron in the mist")
    expect(earlier.locator("ins, .instead:visible")).to_have_count(0)  # they have little in common
    earlier.get_by_role("button").click()
    expect(page.get_by_label("Prompt").first).to_have_value(film["prompt"])
    expect(page.get_by_role("radio", name="Wide", exact=True)).to_be_checked()
