"""Takes the pictures of the studio in docs/studio: one server, a few films, one browser."""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from server_process import Server  # noqa: E402

FILMS = (
    ("A lighthouse in a storm at night", "1280x720"),
    ("A red train crosses a bridge in the mountains at sunset", "1280x720"),
    ("A whale swims under the moon", "720x1280"),
    ("A girl walks along a beach at sunset", "1280x720"),
    ("A sailing boat on a calm sea at dawn", "1280x720"),
    ("A heron stands in a misty lake", "720x1280"),
    ("A hot-air balloon over fields at dawn", "1280x720"),
    ("Two children dance in the rain", "1280x720"),
    ("A fox runs through a snowy forest at dusk", "1280x720"),
)
HEIGHTS = {390: 844, 1024: 768, 1920: 1080}
MAX_BYTES = 150_000
_QUALITY = 82


class Studio:
    """A server with films, and a browser that looks at it."""

    def __init__(self, server: Server, browser: Browser, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self._browser = browser

    @contextmanager
    def page(self, path: str, width: int, theme: str) -> Iterator[Page]:
        """A page that has been loaded, with all its pictures."""
        context = self._browser.new_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            color_scheme="light" if theme == "light" else "dark",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(f"{self.server.url}/studio/{path}")
        page.wait_for_timeout(1200)  # an open event stream never lets the network be idle
        yield page
        context.close()

    def take(self, page: Page, name: str) -> None:
        """Write what is seen of a page."""
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        file = self.folder / f"{name}.webp"
        picture.save(file, quality=_QUALITY, method=6)
        if file.stat().st_size > MAX_BYTES:
            raise SystemExit(f"{file} has {file.stat().st_size} bytes; {MAX_BYTES} is the most.")

    def pictures(self, name: str, path: str, *looks: str) -> None:
        """Pictures of one page, each look a width and a theme such as `390-dark`."""
        for look in looks:
            width, theme = look.split("-")
            with self.page(path, int(width), theme) as page:
                self.take(page, f"{name}-{look}")

    def make_films(self) -> dict[str, str]:
        """Make the films; returns ids by the word that each is called by below."""
        server = self.server
        made = [server.create(prompt, size=size, seed=7)["id"] for prompt, size in FILMS]
        for each in made:
            server.wait_until(each, "completed", seconds=600)
        lighthouse, train, *_, fox = made
        found = {"lighthouse": lighthouse, "fox": fox}
        for name, body in (
            ("Mia", {"video": {"id": made[3]}}),
            ("Rusty", {"video": {"id": fox}}),
            ("Hector", {"video": {"id": made[5]}}),
        ):
            response = server.http.post("/videos/characters", json={"name": name, **body})
            response.raise_for_status()
            found[name] = response.json()["id"]
        body = {"prompt": "Mia dances on a hill under the moon", "size": "1280x720"}
        walk = server.http.post("/videos", json={**body, "characters": [{"id": found["Mia"]}]})
        edit = {"prompt": "Make it night", "video": {"id": fox}}
        found["night"] = server.http.post("/videos/edits", json=edit).json()["id"]
        more = {"prompt": "Snow begins to fall", "seconds": "4", "video": {"id": fox}}
        found["longer"] = server.http.post("/videos/extensions", json=more).json()["id"]
        for each in (walk.json()["id"], found["night"], found["longer"]):
            server.wait_until(each, "completed", seconds=600)
        for each, tags in ((fox, ["animals", "winter"]), (train, ["travel"]), (lighthouse, [])):
            server.http.patch(f"/videos/{each}", json={"starred": True, "tags": tags})
        return found

    def take_all(self) -> None:
        """All pictures of the documentation."""
        server, films = self.server, self.make_films()
        longer = films["longer"]
        server.create("A river in the hills at noon", seconds="20", size="1920x1080")
        waiting = [
            server.create(prompt, size="1280x720")["id"]
            for prompt in ("A cat sleeps on a windowsill", "An owl flies over a castle at night")
        ]
        server.http.post(f"/videos/{waiting[1]}/queue", json={"paused": True})
        self.pictures("make", "", "1024-dark", "1024-light", "1920-dark", "390-dark")
        with self.page("", 1024, "dark") as page:
            page.get_by_text("Under way").scroll_into_view_if_needed()
            box = page.locator(".make section").first.bounding_box()
            assert box is not None
            page.mouse.wheel(0, box["y"] - 80)
            page.wait_for_timeout(600)
            self.take(page, "queue-1024-dark")
        running = server.http.get("/videos", params={"status": "in_progress"}).json()["data"]
        for each in running:
            self.pictures("rendering", f"videos/{each['id']}", "1024-dark")
        self.pictures("operate", "operate", "1024-dark", "1920-dark", "390-dark")
        for each in server.http.get("/videos", params={"limit": 100}).json()["data"]:
            if each["status"] in ("queued", "in_progress"):
                server.cancel(each["id"])
                server.http.delete(f"/videos/{each['id']}")
        self.pictures("library", "library", "1024-dark", "1024-light", "1920-dark", "390-dark")
        looks = "1024-dark", "1024-light", "1920-dark", "390-dark"
        self.pictures("video", f"videos/{longer}", *looks)
        both = f"compare?a={films['fox']}&b={films['night']}"
        self.pictures("compare", both, "1024-dark", "1920-dark", "390-dark")
        self.pictures("cast", "cast", "1024-dark", "1920-dark", "390-dark")
        with self.page(f"cast?video={films['fox']}", 1024, "light") as page:
            page.locator("[name=start]").fill("1")
            page.wait_for_timeout(400)
            box = page.locator(".aim").bounding_box()
            assert box is not None
            page.mouse.click(box["x"] + box["width"] * 0.42, box["y"] + box["height"] * 0.62)
            self.take(page, "span-1024-light")

    def take_states(self, folder: Path) -> None:
        """The states that the documentation does not show."""
        self.folder = folder
        looks = "390-dark", "1024-dark", "1920-dark", "1024-light", "390-light"
        for name in ("make", "library", "cast", "operate", "video"):
            video = self.server.http.get("/videos", params={"limit": 1}).json()["data"][0]["id"]
            path = {"make": "", "video": f"videos/{video}"}.get(name, name)
            self.pictures(f"all-{name}", path, *looks)
        failed = self.server.create("A boat that nobody waits for")["id"]
        self.server.cancel(failed)
        self.pictures("failed", f"videos/{failed}", "390-dark", "1024-light")
        self.pictures("missing", "videos/none", "390-dark", "1024-light")
        self.take_offline()

    def take_offline(self) -> None:
        """The page of a server that has stopped."""
        with self.page("library", 390, "dark") as phone, self.page("", 1024, "light") as desk:
            self.server.stop()
            for page, look in ((phone, "390-dark"), (desk, "1024-light")):
                page.get_by_text("The server can’t be reached").wait_for()
                self.take(page, f"offline-{look}")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=Path, help="a folder for the other states")
    options = parser.parse_args()
    chromium = os.environ.get("VITASCOPE_CHROMIUM", "/usr/bin/chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        # Chromium's sandbox needs more rights than a container's root has.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        server = Server(Path(folder) / "data")
        server.start()
        studio = Studio(server, browser, ROOT / "docs" / "studio")
        try:
            if options.states:
                options.states.mkdir(parents=True, exist_ok=True)
                studio.folder = options.states
                for name in ("make", "library", "cast", "operate"):
                    path = "" if name == "make" else name
                    studio.pictures(f"empty-{name}", path, "390-dark", "1024-light", "1920-dark")
                studio.folder = ROOT / "docs" / "studio"
            studio.take_all()
            if options.states:
                studio.take_states(options.states)
        finally:
            server.close()
            browser.close()


if __name__ == "__main__":
    main()
