"""The page of administrators: what the server does, and keys; nobody else sees it."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect
from server_process import Server, run_cli
from test_studio_access import sign_in
from waiting import wait_for


@pytest.fixture(scope="module")
def guarded(make_server):
    """A server with an ordinary key and an administrator's."""
    server, [ordinary] = make_server(keys_for=("red",))
    folder = str(server.data_dir)
    made = run_cli("keys", "create", "--admin", "--project", "crew", "--data-dir", folder)
    server.http.headers["authorization"] = f"Bearer {ordinary}"
    return server, ordinary, made.stdout.strip()


def test_an_ordinary_key_is_refused(guarded, open_page):
    server, ordinary, _admin = guarded
    page = open_page(server)
    sign_in(page, ordinary)
    navigation = page.get_by_role("navigation", name="Studio")
    expect(navigation.get_by_role("link", name="Library")).to_be_visible()
    expect(navigation.get_by_role("link", name="Operate")).to_have_count(0)
    answer = page.goto(f"{server.url}/studio/operate")
    assert answer.status == 403
    expect(page.get_by_text("This is for administrators")).to_be_visible()
    assert page.request.get(f"{server.url}/v1/admin/keys").status == 403
    assert page.request.get(f"{server.url}/studio/parts/key/key_1").status == 403


@contextmanager
def stopped_while_drawing(server: Server, video_id: str) -> Iterator[None]:
    """Stop the engine in that phase, which alternates with `encode` faster than a page looks."""
    engine = server.engine_process()

    def stopped() -> bool:
        os.kill(engine, signal.SIGSTOP)
        time.sleep(0.5)  # what it has reported already is stored
        drawing = server.row(video_id)["phase"] == "draw"
        if not drawing:
            os.kill(engine, signal.SIGCONT)
        return drawing

    wait_for(stopped, "the engine to draw", every=0.1)
    try:
        yield
    finally:
        os.kill(engine, signal.SIGCONT)


def test_an_administrator_sees_what_the_server_does(guarded, open_page):
    server, _ordinary, admin = guarded
    page = open_page(server)
    page.wait_for_timeout(1100)  # the server looks at its keys once a second
    sign_in(page, admin)
    page.get_by_role("link", name="Operate").click()
    workers = page.get_by_role("region", name="Workers", exact=True)
    expect(workers.get_by_text("Idle")).to_be_visible()
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    models = page.get_by_role("table").filter(has_text="Licence")
    expect(models.get_by_role("row", name=re.compile("^sora-2 "))).to_contain_text("create")

    slow = server.create_slow()["id"]
    waiting = server.create("A boat")["id"]
    server.http.post(f"/videos/{waiting}/queue", json={"paused": True})
    made = re.compile(r"sora-2.* for red · draw · [0-9]+ %")
    with stopped_while_drawing(server, slow):
        # The page follows by itself.
        expect(workers.get_by_text(made)).to_be_visible()
        row = page.get_by_role("table").filter(has_text="Paused").get_by_role("row", name="red")
        expect(row.get_by_role("cell")).to_have_text(["shadowplay", "1", "0", "1"])
        expect(page.get_by_text("A boat")).to_have_count(0)
    for each in (slow, waiting):
        server.cancel(each)
    expect(workers.get_by_text("Idle")).to_be_visible()


def test_keys_are_created_shown_once_and_revoked(guarded, open_page):
    server, _ordinary, admin = guarded
    page = open_page(server, "/studio/operate")
    sign_in(page, admin)
    form = page.locator("#new-key")
    form.get_by_label("Project").fill("green")
    form.get_by_role("button", name="Create a key").click()
    secret = page.locator("[data-secret]")
    expect(secret).to_have_text(re.compile("^vs-"))
    key = secret.inner_text()
    row = page.locator("#keys tr", has_text="green")
    expect(row).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(secret).to_be_hidden()
    page.reload()
    assert key not in page.content()

    page.wait_for_timeout(1100)
    headers = {"authorization": f"Bearer {key}"}
    assert server.http.get("/session", headers=headers).json()["project"] == "green"
    row.get_by_role("button").click()
    row.get_by_role("button", name=re.compile("Revoke")).click()
    expect(row).to_contain_text("Revoked")
    page.wait_for_timeout(1100)
    assert server.http.get("/session", headers=headers).status_code == 401


def test_the_first_key_signs_its_maker_in(make_server, open_page):
    server, _keys = make_server()
    page: Page = open_page(server, "/studio/operate")
    expect(page.get_by_text("There is no key yet")).to_be_visible()
    page.locator("#new-key").get_by_label("Project").fill("crew")
    create = page.get_by_role("button", name="Create a key")
    create.click()
    asked = page.get_by_role("dialog", name="The first key locks this server")
    asked.get_by_role("button", name="Leave the server open").click()
    expect(asked).to_be_hidden()
    assert server.http.get("/videos").status_code == 200
    create.click()
    asked.get_by_role("button", name="Create the key and sign in").click()
    expect(page.get_by_text("You are signed in with the new key")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^crew administrator"))).to_be_visible()
    expect(page.locator("[data-secret]")).to_have_text(re.compile("^vs-"))
    assert server.http.get("/videos").status_code == 401
