"""Make, watch, remix, extend, compare, cancel and delete a video, by its pages alone."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from conftest import follow
from vitascope.studio.assets import assets

SLOW = "A slow river in the hills"


@pytest.fixture(scope="module")
def film(server):
    """A finished video that tests share; none of them changes it."""
    return server.rendered("A heron in the mist", size="1280x720", seed=7)


@pytest.fixture(scope="module")
def cheap(make_server):
    """A server whose films cost little."""
    return make_server(bars=True)[0]


def choose(page: Page, label: str) -> None:
    """Choose a radio button, which its label covers."""
    page.get_by_role("radio", name=label, exact=True).check(force=True)


def until(page: Page, expression: str) -> None:
    """Wait until the page's expression holds; the page's policy forbids Playwright's own way."""
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {expression}")


def test_a_video_is_made_watched_remixed_and_extended(server, open_page):
    page = open_page(server)
    page.get_by_label("Prompt").fill("A fox runs through a snowy forest at dusk")
    choose(page, "Wide")
    page.get_by_role("button", name="Make").click()
    # The box stays usable: another one is asked for while the first is made.
    page.get_by_label("Prompt").fill("A lighthouse in a storm at night")
    page.keyboard.press("Control+Enter")

    latest = page.get_by_role("region", name="Newest")
    fox = latest.get_by_role("link", name=re.compile("A fox runs"))
    expect(fox).to_be_visible()
    expect(latest.get_by_role("link", name=re.compile("A lighthouse"))).to_be_visible()
    expect(page.get_by_text("Nothing is being made")).to_be_visible()

    follow(fox)
    page.get_by_role("button", name="Play").click()
    until(page, "document.querySelector('video').currentTime > 0.3")
    page.get_by_role("button", name="Pause").click()
    assert page.evaluate(
        "document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames"
    )

    page.locator("#go-on").get_by_label("Prompt").fill("A fox runs through a snowy forest at night")
    page.get_by_role("button", name="Remix").click()
    expect(
        page.get_by_role("heading", name="A fox runs through a snowy forest at night")
    ).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible()

    choose(page, "Extend")
    page.locator("#go-on").get_by_label("Prompt").fill("Snow begins to fall")
    page.locator("#go-on .main-button").click()
    expect(page.get_by_text("Goes on: Snow begins to fall")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.get_by_role("definition").filter(has_text=re.compile("^8 s$"))).to_be_visible()

    family = page.get_by_role("region", name="Family")
    kin = family.locator(".kin")
    expect(kin).to_have_count(3)
    assert [text.split("·")[0].strip() for text in kin.locator(".facts").all_inner_texts()] == [
        "The first",
        "Remix",
        "Extension",
    ]
    expect(kin.last).to_have_attribute("aria-current", "page")
    scrub = kin.first.locator("vs-scrub")
    # What loads above the card may move it away from a pointer that rests.
    for x in range(10, 60):
        scrub.hover(position={"x": x, "y": 10})
        page.wait_for_timeout(100)
        if scrub.get_attribute("data-cell"):
            break
    expect(scrub).to_have_attribute("data-cell", re.compile("[0-9]+"))

    follow(family.get_by_role("link", name=re.compile("^Compare")).first)
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("^Length"))
    expect(row).to_contain_text("4 s")
    expect(row).to_contain_text("8 s")
    page.get_by_role("button", name="Play").click()
    until(page, "[...document.querySelectorAll('video')].every((video) => video.currentTime > 0.3)")
    wipe = page.get_by_role("slider", name="Wipe")
    assert wipe.bounding_box()["width"] <= 1  # until it has the focus
    line = page.locator(".edge")
    wide = page.locator(".wipe").bounding_box()
    page.mouse.click(wide["x"] + wide["width"] / 4, wide["y"] + wide["height"] / 2)
    expect(wipe).to_have_value("25")
    page.keyboard.press("Tab")
    wipe.focus()
    page.keyboard.press("ArrowLeft")
    expect(wipe).to_have_attribute("aria-valuetext", "A 24 %, B 76 %")
    assert wipe.bounding_box()["width"] > 100
    assert line.evaluate("line => line.style.left") == "24%"
    assert page.locator("video").last.evaluate("video => video.style.clipPath") == (
        "inset(0px 76% 0px 0px)"
    )


def test_the_player_steps_by_frames_and_repeats_a_span(server, film, open_page):
    page = open_page(server, f"/studio/videos/{film['id']}")
    until(page, "document.querySelector('video').readyState >= 2")
    # What is seen before the film plays is its first frame, not a poster of another moment.
    assert page.locator("video").get_attribute("poster") is None

    def time() -> float:
        return page.evaluate("document.querySelector('video').currentTime")

    page.locator("h1").click()
    page.keyboard.press(".")
    page.keyboard.press(".")
    until(page, "document.querySelector('video').currentTime > 2 / 24")
    assert int(time() * 24) == 2
    page.keyboard.press(",")
    until(page, "document.querySelector('video').currentTime < 2 / 24")
    assert int(time() * 24) == 1

    page.get_by_role("button", name="Loop a part").click()
    page.evaluate("document.querySelector('video').currentTime = 0.5")
    until(page, "document.querySelector('video').currentTime === 0.5")
    page.keyboard.press("b")
    page.keyboard.press("k")
    page.evaluate("window.most = 0")
    for _ in range(8):
        page.wait_for_timeout(100)
        page.evaluate("most = Math.max(most, document.querySelector('video').currentTime)")
    assert 0.06 < page.evaluate("most") < 1.0

    page.get_by_role("button", name="Loop", exact=True).click()
    assert page.evaluate("document.querySelector('video').loop") is True
    page.get_by_label("Speed").select_option("0.5")
    assert page.evaluate("document.querySelector('video').playbackRate") == 0.5


@pytest.mark.parametrize("view", [(390, 844), (1280, 800)], ids=str)
def test_make_is_answered_in_sight(cheap, open_page, view):
    width, height = view
    phone = {"is_mobile": True, "has_touch": True} if width < 720 else {}
    page = open_page(cheap, viewport={"width": width, "height": height}, **phone)
    menu = page.get_by_role("navigation").bounding_box()["y"] if phone else height
    answer = page.locator("#made")

    def assert_seen(element: Locator) -> None:
        expect(element).to_be_visible()
        box = element.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= menu

    page.get_by_label("Prompt").fill(f"{SLOW}, slow=200")
    page.get_by_role("button", name="Make").click()
    row = page.locator(".job", has_text=SLOW)
    expect(row).to_have_attribute("data-status", "in_progress")  # it is not drawn anew any more
    expect(answer).to_have_text(f"Under way: {SLOW}, slow=200", use_inner_text=True)
    expect(page.locator("#jobs-said")).to_have_text(f"Under way: {SLOW}, slow=200")
    assert_seen(row)
    assert_seen(answer)
    # Under a finger, the focus would open a keyboard over it.
    assert page.evaluate("document.activeElement.id === 'prompt'") is not bool(phone)

    row.get_by_role("button", name="Cancel").click()
    expect(answer).to_be_hidden()
    fox = "A fox in the snow by a fence, and a heron that looks on from the ice"
    page.get_by_label("Prompt").fill(fox)
    page.get_by_role("button", name="Make").click()
    watch = answer.get_by_role("link", name="Watch")
    assert_seen(watch)
    expect(answer).to_contain_text(f"Ready: {fox}")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    watch.click()
    expect(page.get_by_role("heading", name=fox)).to_be_visible()


def size_of(page: Page, selector: str) -> list[float]:
    """The width and height of an element, in CSS pixels."""
    return page.locator(selector).evaluate(
        "element => [element.getBoundingClientRect()].flatMap((box) => [box.width, box.height])"
    )


@pytest.mark.parametrize("view", [(390, 844), (1280, 800)], ids=str)
def test_films_are_shown_whole_in_their_shape_and_fill_the_screen(cheap, open_page, view):
    width, height = view
    phone = {"is_mobile": True, "has_touch": True} if width < 720 else {}
    shapes = []
    for size in ("360x640", "640x360"):
        film = cheap.rendered(f"A fox, {size}", resolution=size)
        page = open_page(
            cheap,
            f"/studio/videos/{film['id']}",
            viewport={"width": width, "height": height},
            **phone,
        )
        screen = size_of(page, ".screen")
        assert size_of(page, ".screen video") == screen
        shapes.append(screen)
        page.get_by_role("button", name="Full screen").click()
        until(page, "document.fullscreenElement?.matches('vs-player')")
        page.wait_for_timeout(200)
        whole = page.evaluate("[innerWidth, innerHeight]")
        assert size_of(page, "vs-player") == whole
        left = whole[1] - size_of(page, ".controls")[1]
        assert size_of(page, ".screen video") == pytest.approx([whole[0], left])
        assert left > 0.8 * whole[1]
    tall, wide = shapes
    assert wide[1] == pytest.approx(min(wide[0] * 9 / 16, 0.7 * height), abs=0.1)
    assert tall == pytest.approx([width if phone else wide[0], 0.7 * height], abs=0.1)

    page.goto(f"{cheap.url}/studio/library")
    for size, shape in (("360x640", 9 / 16), ("640x360", 16 / 9)):
        frame = page.locator(".tile", has_text=f"A fox, {size}").first.locator(".frame")
        fit = "image => getComputedStyle(image).objectFit"
        assert frame.locator("img").evaluate(fit) == "contain"
        frame.hover()
        outer, cell = frame.bounding_box(), frame.locator(".sheet").bounding_box()
        assert cell["width"] / cell["height"] == pytest.approx(shape, rel=0.02)
        for place, length in (("x", "width"), ("y", "height")):
            assert cell[length] <= outer[length] + 0.1
            middle = outer[place] + outer[length] / 2
            assert cell[place] + cell[length] / 2 == pytest.approx(middle, abs=1)


def test_every_variant_is_offered(server, film, open_page):
    page = open_page(server, f"/studio/videos/{film['id']}")
    for variant in ("Film (MP4)", "Thumbnail (WebP)", "Spritesheet (JPEG)"):
        with page.expect_download() as download:
            page.get_by_role("link", name=variant).click()
        assert download.value.suggested_filename.startswith(film["id"])
        assert download.value.path().stat().st_size > 1000


def test_the_code_on_the_page_makes_the_same_film(server, film, open_page, tmp_path):
    page = open_page(server, f"/studio/videos/{film['id']}")
    client = page.get_by_label("Client")
    assert client.locator("option").all_inner_texts() == (
        ["curl", "CLI", "Python", "Node", "Go", "Java"]
    )

    def program(name: str) -> str:
        client.select_option(label=name)
        return page.locator("pre:visible").inner_text()

    original = server.download(film["id"]).content
    script = tmp_path / "make.py"
    script.write_text(program("Python"), "utf-8")
    subprocess.run([sys.executable, script], cwd=tmp_path, check=True, timeout=120)
    assert (tmp_path / "video.mp4").read_bytes() == original

    done = subprocess.run(
        ["bash", "-c", program("CLI")],
        cwd=tmp_path,
        check=True,
        timeout=120,
        capture_output=True,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert (tmp_path / "video.mp4").read_bytes() == original
    done = subprocess.run(
        ["bash", "-c", program("curl")], capture_output=True, check=True, timeout=60, text=True
    )
    again = server.http.get("/videos", params={"limit": 1}).json()["data"][0]
    assert again["id"] in done.stdout
    server.wait_until(again["id"], "completed")
    assert server.download(again["id"]).content == original
    for name in ("Node", "Go", "Java"):
        text = program(name)
        assert film["prompt"] in text and "seed" in text and server.url in text


def test_a_running_video_is_cancelled_and_tried_again(server, open_page):
    page = open_page(server)
    page.get_by_label("Prompt").fill(SLOW)
    choose(page, "Wide, full HD")
    choose(page, "20")
    page.get_by_role("button", name="Make").click()
    row = page.locator(".job", has_text=SLOW)
    expect(row.get_by_text(re.compile("Drawing · [0-9]+ %"))).to_be_visible()
    row.get_by_role("button", name="Cancel").click()
    expect(row.get_by_text("cancelled")).to_be_visible()
    first = row.get_attribute("data-id")

    row.get_by_role("button", name="Try again").click()
    expect(page.locator(f'.job:not([data-id="{first}"])', has_text=SLOW)).to_be_visible()
    row = page.locator(".job", has_text=SLOW)
    expect(row).to_have_count(1)
    made = server.retrieve(row.get_attribute("data-id"))
    assert (made["size"], made["seconds"]) == ("1920x1080", "20")
    row.get_by_role("button", name="Cancel").click()
    expect(row.get_by_text("cancelled")).to_be_visible()


def test_takes_are_one_request_with_the_seeds_that_follow(server, open_page):
    page = open_page(server)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.method == "POST" else None)
    page.get_by_label("Prompt").fill("A whale swims under the moon")
    page.get_by_label("Seed").fill("41")
    page.get_by_label("Takes").fill("2")
    page.get_by_role("button", name="Make").click()
    tiles = page.locator("#latest .tile", has_text="A whale swims")
    expect(tiles).to_have_count(2)
    seeds = {server.retrieve(tile.get_attribute("data-id"))["seed"] for tile in tiles.all()}
    assert seeds == {41, 42}
    expect(page.get_by_label("Seed")).to_have_value("41")
    assert asked.count(f"{server.url}/v1/videos") == 1

    page.get_by_label("Takes").fill("1")
    page.get_by_label("Seed").fill("")
    page.get_by_label("Keep").check()
    page.get_by_role("button", name="Make").click()
    expect(page.get_by_label("Seed")).to_have_value(re.compile("^[0-9]+$"))

    tiles.first.get_by_role("link").click()
    family = page.get_by_role("region", name="Family")
    expect(family.get_by_role("link", name=re.compile("Another take"))).to_have_count(1)


def test_refused_requests_say_why(server, open_page):
    page = open_page(server)
    page.get_by_label("Prompt").fill("A fox")
    page.get_by_label("Seed").fill("9999999999999999")
    page.get_by_role("button", name="Make").click()
    expect(page.locator("#composer").get_by_role("alert")).to_contain_text("seed")
    page.goto(f"{server.url}/studio/videos/video_none")
    expect(page.get_by_text("There is no such video here")).to_be_visible()


def test_scripts_and_styles_are_small_and_cached_for_ever(server):
    files = assets()
    whole = sum(len(body) for name, body in files.compressed.items() if not name.endswith("svg"))
    assert whole < 80 * 1024
    answer = server.http.get(f"{server.url}/studio/static/{files.version}/studio.css")
    assert "immutable" in answer.headers["cache-control"]
    assert "--lamp" in answer.text
    old = server.http.get(f"{server.url}/studio/static/0000/studio.css")
    assert old.headers["cache-control"] == "no-cache"
    assert server.http.get(f"{server.url}/studio/static/0000/none.css").status_code == 404
