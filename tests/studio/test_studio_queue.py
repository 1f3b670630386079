"""The waiting videos of the Make page: moved, paused, changed, cancelled, tried again."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

NAMES = ("First boat", "Second boat", "Third boat")


@pytest.fixture(scope="module")
def server(make_server):
    return make_server(bars=True)[0]


def create_slow(server) -> str:
    """A video whose engine sleeps for longer than any test takes, two seconds for each frame."""
    slow = server.create("A slow river in the hills, slow=200")["id"]
    server.wait_until(slow, "in_progress")
    return slow


@pytest.fixture
def line(server):
    """Three videos that wait behind a slow one, which a worker has."""
    slow = create_slow(server)
    ids = [server.create(name, size="1280x720")["id"] for name in NAMES]
    yield ids
    for each in (*ids, slow):
        server.http.post(f"/videos/{each}/cancel")


def rows(page: Page) -> list[str]:
    waiting = page.locator(".job[data-status=queued] .job-prompt")
    return [text.split()[0] for text in waiting.all_inner_texts()]


def expect_order(page: Page, *names: str) -> None:
    waiting = page.locator(".job[data-status=queued] .job-prompt")
    expect(waiting).to_have_text([re.compile(f"^{name}") for name in names])


def press(page: Page, what: str, name: str) -> None:
    page.get_by_role("button", name=f"{what}: {name} boat").click()


def test_waiting_videos_are_moved_by_keyboard_and_start_in_that_order(server, line, open_page):
    page = open_page(server)
    other = open_page(server)
    expect_order(page, "First", "Second", "Third")
    sooner = page.get_by_role("button", name="Sooner: Third boat")
    sooner.focus()
    page.keyboard.press("Enter")
    expect_order(page, "First", "Third", "Second")
    expect(page.locator("#jobs-said")).to_have_text("Now at place 2 of 3.")
    expect(sooner).to_be_focused()
    page.keyboard.press("Enter")
    expect_order(page, "Third", "First", "Second")
    # The row is put in its place once more when the answer comes, which can take a click away.
    expect(page.locator("#jobs-said")).to_have_text("Now at place 1 of 3.")
    press(page, "Later", "First")
    expect_order(page, "Third", "Second", "First")
    expect_order(other, "Third", "Second", "First")  # without reloading
    assert [server.retrieve(each)["queue_position"] for each in line] == [3, 2, 1]
    page.reload()
    expect_order(page, "Third", "Second", "First")


RESTS = """() => document.getElementById("jobs").getAnimations({ subtree: true })
  .every((one) => one.playState !== "running" || one.effect.getTiming().iterations === Infinity)"""
"""Whether no row is on its way to its place."""


def grip(page: Page, name: str) -> dict[str, float]:
    """The middle of what a row is held by, once all rows are in their places."""
    page.wait_for_function(RESTS)
    box = page.locator(".job", has_text=f"{name} boat").locator("[data-grip]").bounding_box()
    return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}


def test_waiting_videos_are_dragged_with_a_mouse(server, line, open_page):
    view = {"width": 1280, "height": 1200}
    page = open_page(server, viewport=view, reduced_motion="no-preference")
    other = open_page(server)
    expect_order(page, "First", "Second", "Third")
    first, third = grip(page, "First"), grip(page, "Third")
    page.mouse.move(**third)
    page.mouse.down()
    page.mouse.move(first["x"], first["y"] - 10, steps=8)
    assert rows(page) == ["Third", "First", "Second"]
    assert server.retrieve(line[2])["queue_position"] == 3  # it is still held
    page.mouse.up()
    expect(page.locator("#jobs-said")).to_have_text("Now at place 1 of 3.")
    expect_order(other, "Third", "First", "Second")
    assert [server.retrieve(each)["queue_position"] for each in line] == [2, 3, 1]

    # Escape lets it go without a change; past the end is the last place.
    page.mouse.move(**grip(page, "Third"))
    page.mouse.down()
    page.mouse.move(third["x"], third["y"] + 10)  # past both at once
    assert rows(page) == ["First", "Second", "Third"]
    page.keyboard.press("Escape")
    assert rows(page) == ["Third", "First", "Second"]
    page.mouse.up()
    page.mouse.move(**grip(page, "First"))
    page.mouse.down()
    page.mouse.move(third["x"], third["y"] + 200, steps=8)
    page.mouse.up()
    expect_order(other, "Third", "Second", "First")
    assert rows(page) == ["Third", "Second", "First"]


def test_a_waiting_video_is_dragged_with_a_finger(server, line, open_page):
    page = open_page(server, viewport={"width": 390, "height": 844}, has_touch=True)
    expect_order(page, "First", "Second", "Third")
    page.locator(".job").last.scroll_into_view_if_needed()
    browser = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    begin, end = grip(page, "First"), grip(page, "Second")
    touch("touchStart", begin)
    for share in (0.2, 0.5, 0.8, 1.1):
        touch("touchMove", {**begin, "y": begin["y"] + share * (end["y"] - begin["y"])})
    touch("touchEnd")
    expect(page.locator("#jobs-said")).to_have_text("Now at place 2 of 3.")
    assert [server.retrieve(each)["queue_position"] for each in line] == [2, 1, 3]


def test_a_paused_video_waits_over_a_restart_and_others_pass_it(make_server, open_page):
    server, _keys = make_server(bars=True)
    slow = create_slow(server)
    paused, next_one = [server.create(name, size="1280x720")["id"] for name in NAMES[:2]]
    page = open_page(server)
    press(page, "Pause", "First")
    row = page.locator(f'.job[data-id="{paused}"]')
    expect(row.get_by_text("Paused")).to_be_visible()
    expect_order(page, "Second", "First")

    port = server.port
    server.kill()
    server.start(port=port)
    server.cancel(slow)
    server.wait_until(next_one, "completed")
    expect(page.locator(f'#latest [data-id="{next_one}"]')).to_be_visible()
    assert server.retrieve(paused)["paused"] is True
    press(page, "Resume", "First")
    server.wait_until(paused, "completed")
    expect(page.locator(f'#latest [data-id="{paused}"]')).to_be_visible()


def test_a_waiting_video_is_changed(server, line, open_page):
    page = open_page(server)
    press(page, "Change", "Second")
    form = page.get_by_role("form", name="Change: Second boat")
    expect(form.get_by_label("Prompt")).to_be_focused()
    form.get_by_label("Seed").fill("9999999999999999")
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("seed")
    form.get_by_label("Seed").fill("42")
    form.get_by_label("Prompt").fill("Second boat in a storm")
    form.get_by_label("Shape").select_option(label="Tall")
    form.get_by_label("Seconds").select_option("12")
    page.keyboard.press("Control+Enter")
    row = page.locator(f'.job[data-id="{line[1]}"]')
    expect(row.get_by_role("link")).to_have_text("Second boat in a storm")
    expect(row).to_contain_text("720 × 1280 · 12 s")
    expect(form).to_have_count(0)
    now = server.retrieve(line[1])
    assert (now["prompt"], now["size"], now["seconds"], now["seed"]) == (
        *("Second boat in a storm", "720x1280", "12"),
        42,
    )
    press(page, "Change", "Third")
    form = page.get_by_role("form", name="Change: Third boat")
    expect(form.get_by_label("Prompt")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".job-edit")).to_have_count(0)


def test_waiting_videos_are_cancelled_and_a_failure_is_tried_again(server, line, open_page):
    page = open_page(server)
    press(page, "Pause", "First")
    press(page, "Cancel", "First")
    row = page.locator(f'.job[data-id="{line[0]}"]')
    expect(row.get_by_text("cancelled before it was finished")).to_be_visible()
    row.get_by_role("button", name="Try again").click()
    expect_order(page, "Second", "Third", "First")
    again = page.locator(".job", has_text="First boat")
    expect(again).to_have_count(1)
    new = again.get_attribute("data-id")
    assert new != line[0]
    server.cancel(new)


def test_what_a_worker_has_taken_meanwhile_is_told(server, line, open_page):
    page = open_page(server)
    expect_order(page, "First", "Second", "Third")
    page.route("**/v1/events*", lambda route: route.abort())  # the page knows nothing of it
    page.reload()
    server.cancel(line[1])
    press(page, "Pause", "Second")
    expect(page.get_by_text("its place in the queue can't be changed")).to_be_visible()


def test_a_film_is_seen_while_it_is_rendered(server, open_page):
    slow = create_slow(server)
    waiting = server.create("A heron in the mist", size="1280x720")["id"]
    for path, place in (
        ("", f'.job[data-id="{slow}"]'),
        ("library", f'.tile[data-id="{slow}"]'),
        (f"videos/{slow}", ".screen"),
    ):
        page = open_page(server, "/studio/cast")
        answers: list[tuple[int, str]] = []
        page.on("response", lambda one, to=answers: to.append((one.status, one.url)))
        page.goto(f"{server.url}/studio/{path}")
        picture = page.locator(f"{place} [data-preview] img")
        expect(picture).to_be_visible()
        if not path:
            expect(picture).not_to_have_attribute("src", picture.get_attribute("src"))
        assert picture.evaluate("image => image.naturalWidth") > 100
        seen = [each for each in answers if "/preview?" in each[1]]
        assert {(status, waiting in url) for status, url in seen} == {(200, False)}
        moments = [int(url.rpartition("=")[2]) for _, url in seen]
        assert all(later - earlier >= 2500 for earlier, later in pairwise(moments))
    server.cancel(waiting)  # or it would be taken next
    server.cancel(slow)
    expect(page.locator(".screen").get_by_text("cancelled")).to_be_visible()
    assert [one for one in answers if "/preview?" in one[1] and one[0] != 200] == []
