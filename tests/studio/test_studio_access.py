"""Signing in, projects, the policy of every page, and what is accessible of it."""

import json

import pytest
from playwright.sync_api import Page, expect
from server_process import run_cli

from conftest import AXE
from vitascope.api.middleware import SESSION_COOKIE as COOKIE

SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def guarded(make_server):
    """A server with a key for each of two projects, and a film and a character in the first.

    The first project's key is an administrator's.
    """
    server, keys = make_server(keys_for=("red", "blue"))
    with server.database() as connection, connection:
        connection.execute("UPDATE api_keys SET admin = 1 WHERE project = 'red'")
    server.http.headers["authorization"] = f"Bearer {keys[0]}"
    film = server.rendered("A heron in the mist", size="1280x720")
    heron = {"name": "Heron", "video": {"id": film["id"]}}
    assert server.http.post("/videos/characters", json=heron).status_code == 200
    return server, keys, film


def sign_in(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_key_is_pasted_once_and_shows_its_project_alone(guarded, open_page):
    server, (red, blue), film = guarded
    page = open_page(server, f"/studio/videos/{film['id']}")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("API key").fill("vs-wrong-key-that-is-none")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Incorrect API key")

    sign_in(page, red)
    expect(page.get_by_role("heading", name="A heron in the mist")).to_be_visible()
    cookie = next(each for each in page.context.cookies() if each["name"] == COOKIE)
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    assert red not in json.dumps(page.context.cookies())

    other = open_page(server, "/studio/library")
    sign_in(other, blue)
    expect(other.get_by_text("There is no video yet")).to_be_visible()
    for path in (f"videos/{film['id']}", f"cast?video={film['id']}"):
        other.goto(f"{server.url}/studio/{path}")
        expect(other.get_by_text("There is no such video here")).to_be_visible()
    other.goto(f"{server.url}/studio/cast")
    expect(other.get_by_text("There is no character yet")).to_be_visible()
    assert other.request.get(f"{server.url}/v1/videos/{film['id']}/content").status == 404

    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    other.goto(f"{server.url}/studio/library")
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_session_ends_with_its_key_and_while_the_page_is_open(guarded, open_page):
    server, _keys, _film = guarded
    with server.database() as connection:
        before = {row["id"] for row in connection.execute("SELECT id FROM api_keys")}
    made = run_cli("keys", "create", "--project", "red", "--data-dir", str(server.data_dir))
    page = open_page(server)
    page.wait_for_timeout(1100)  # the server looks at its keys once a second
    sign_in(page, made.stdout.strip())
    expect(page.get_by_label("Prompt")).to_be_visible()
    with server.database() as connection:
        (own,) = {row["id"] for row in connection.execute("SELECT id FROM api_keys")} - before
    run_cli("keys", "revoke", own, "--data-dir", str(server.data_dir))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_session_serves_pages_of_this_server_alone(guarded, open_page):
    server, (red, _blue), film = guarded
    page = open_page(server)
    sign_in(page, red)
    url = f"{server.url}/v1/videos/{film['id']}"
    for origin in ("http://evil.example", f"http://127.0.0.1:{server.port + 1}", None):
        headers = {"origin": origin} if origin else {}
        assert page.request.delete(url, headers=headers).status == 403
    assert page.request.get(url).status == 200
    assert server.retrieve(film["id"])["status"] == "completed"


def test_every_answer_has_a_strict_policy_and_nothing_is_loaded_from_elsewhere(guarded, open_page):
    server, (red, _blue), film = guarded
    page = open_page(server)
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    sign_in(page, red)
    for path in ("", "library", f"videos/{film['id']}", "videos/none", "sign-in"):
        answer = page.goto(f"{server.url}/studio/{path}")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
    assert hosts == {f"127.0.0.1:{server.port}"}


def test_the_root_serves_pages_to_browsers_and_json_to_programs(guarded):
    server, _keys, _film = guarded
    browser = server.http.get(server.url, headers={"accept": "text/html,*/*;q=0.8"})
    assert (browser.status_code, browser.headers["location"]) == (303, "/studio/")
    for accept in ("application/json", "*/*"):
        answer = server.http.get(server.url, headers={"accept": accept})
        assert answer.json()["name"] == "vitascope"
    away = server.http.get(f"{server.url}/studio/sign-in?next=//evil.example/")
    assert (away.status_code, away.headers["location"]) == (303, "/studio/")


def test_a_film_is_made_by_keyboard_alone_from_signing_in_on(guarded, open_page):
    server, (red, _blue), _film = guarded
    page = open_page(server)
    page.keyboard.type(red)  # the field has the focus
    page.keyboard.press("Enter")
    expect(page.get_by_label("Prompt").first).to_be_focused()
    page.keyboard.type("A whale swims under the moon")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Wide", exact=True)).to_be_checked()
    for _ in range(20):
        if page.evaluate("document.activeElement.textContent") == "Make":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tile = page.locator("#latest .tile", has_text="A whale swims").get_by_role("link")
    expect(tile).to_be_visible()
    for _ in range(30):
        if tile.evaluate("link => link === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A whale swims under the moon")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_serious_on_any_page(guarded, open_page, width):
    server, (red, _blue), film = guarded
    page = open_page(
        server,
        color_scheme="dark",
        viewport={"width": width, "height": 800},
        bypass_csp=True,  # axe is put into the page
    )
    found = {"sign-in": _problems(page)}
    sign_in(page, red)
    body = {"prompt": "Rain falls", "seconds": "4", "video": {"id": film["id"]}}
    longer = server.http.post("/videos/extensions", json=body).json()["id"]
    server.wait_until(longer, "completed")
    cancelled, waiting = server.create_slow()["id"], server.create("A lake")["id"]
    paused = server.http.post(f"/videos/{waiting}/queue", json={"paused": True})
    assert paused.status_code == 200, paused.text
    server.cancel(cancelled)
    server.http.patch(f"/videos/{film['id']}", json={"starred": True, "tags": ["birds"]})
    compared = f"compare?a={film['id']}&b={film['id']}"
    for path in (
        *("", "library", "library?search=nothing", "videos/none", "cast", "operate"),
        f"cast?video={film['id']}",
        *(f"videos/{film['id']}", f"videos/{longer}", f"videos/{cancelled}", compared),
    ):
        page.goto(f"{server.url}/studio/{path}")
        page.wait_for_load_state("load")
        # What is folded away is looked at, too.
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        for opener in ("[data-segment]", "[data-edit]", "#reference-library"):
            if page.locator(opener).count():
                page.locator(opener).first.click()
        found[path] = _problems(page)
    server.cancel(waiting)
    assert found == {path: [] for path in found}


def _problems(page: Page) -> list[str]:
    """What axe finds in the dark, and of colours, which alone differ, in the light."""
    page.add_script_tag(content=AXE.read_text("utf-8"))
    violations = page.evaluate("axe.run().then((found) => found.violations)")
    page.emulate_media(color_scheme="light")
    rules = "{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }"
    violations += page.evaluate(f"axe.run({{ runOnly: {rules} }}).then((one) => one.violations)")
    page.emulate_media(color_scheme="dark")
    return [
        f"{each['id']}: {node['html']}"
        for each in violations
        for node in each["nodes"]
        if each["impact"] in SERIOUS
    ]
