"""The page at /docs: whole, and made of nothing but itself."""

import re

import pytest

pytestmark = pytest.mark.anyio
DATABASES = ["sqlite"]


async def test_the_page_tells_every_operation_and_loads_nothing(client):
    document = (await client.get("/openapi.json")).json()

    answer = await client.get("/docs")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for path, item in document["paths"].items():
        for method in item:
            assert f"<code>{method.upper()} {path}</code>" in answer.text
    assert not re.search(r"<(script|link|img|iframe)|src=|@import|url\(", answer.text)
    links = re.findall(r'href="([^"]*)"', answer.text)
    assert set(links) > {"openapi.json"}
    for link in links:
        assert link == "openapi.json" or f'id="{link.removeprefix("#")}"' in answer.text
