"""A page while its server dies in the middle of a job and comes back."""

import re

from playwright.sync_api import expect


def test_the_queue_is_right_again_after_a_restart(make_server, open_page):
    server, _keys = make_server()
    page = open_page(server)
    slow = server.create_slow()["id"]
    row = page.locator(f'.job[data-id="{slow}"]')
    expect(row.get_by_text(re.compile("Drawing"))).to_be_visible()

    port = server.port
    server.kill()
    expect(page.get_by_text("The server can’t be reached")).to_be_visible()
    server.start(port=port)
    # Meanwhile: one ends, and one is new.
    server.cancel(slow)
    quick = server.create("A whale swims under the moon")["id"]
    expect(page.get_by_text("The server can’t be reached")).to_be_hidden()
    expect(row.get_by_text("cancelled")).to_be_visible()
    expect(page.locator(f'#latest [data-id="{quick}"] img')).to_be_visible()


def test_a_page_shows_its_film_after_the_server_died_in_mid_render(make_server, open_page):
    server, _keys = make_server()
    made = server.create("A heron in the mist", size="1280x720", seconds="8")["id"]
    page = open_page(server, f"/studio/videos/{made}")
    expect(page.get_by_text(re.compile("Drawing · [0-9]+ %"))).to_be_visible()
    port = server.port
    server.kill()
    assert server.row(made)["status"] == "in_progress"
    expect(page.get_by_text("The server can’t be reached")).to_be_visible()
    server.start(port=port)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.get_by_text("The server can’t be reached")).to_be_hidden()
    assert server.retrieve(made)["status"] == "completed"
