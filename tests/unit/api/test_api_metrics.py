"""The metrics that Prometheus reads."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from vitascope.api.services.monitoring import Metrics
from vitascope.store.workers import Workers

pytestmark = pytest.mark.anyio


async def samples_of(client):
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_requests_are_counted_by_route_and_not_by_path(client):
    for number in range(3):
        await client.get(f"/v1/videos/video_{number}")
    await client.get("/videos/video_9")
    await client.get("/v1/models")
    for number in range(2):
        await client.get(f"/nowhere/{number}")
    samples = await samples_of(client)
    assert samples["vitascope_requests_total", "/videos/{video_id}", "404", "GET"] == 4
    assert samples["vitascope_requests_total", "/models", "200", "GET"] == 1
    assert samples["vitascope_requests_total", "(none)", "404", "GET"] == 2
    assert samples["vitascope_request_seconds_count", "/videos/{video_id}"] == 4


async def test_jobs_and_workers_are_as_the_database_has_them(client, services, create):
    samples = await samples_of(client)
    assert samples["vitascope_unfinished_videos", "queued"] == 0
    assert samples["vitascope_workers",] == 0
    for _ in range(2):
        video = await create()
    await services.videos.begin_attempt(video["id"], now=1.0)
    await Workers(services.database).beat("box-0", ["sora-2"], version="1")
    samples = await samples_of(client)
    assert samples["vitascope_unfinished_videos", "queued"] == 1
    assert samples["vitascope_unfinished_videos", "in_progress"] == 1
    assert samples["vitascope_workers",] == 1


def test_two_servers_in_one_process_count_apart():
    first, second = Metrics(), Metrics()
    first.observe({"method": "GET"}, 200, 0.1)
    pattern = re.compile(rb"^vitascope_requests_total", re.MULTILINE)
    assert pattern.search(first.render(jobs={}, workers=0))
    assert not pattern.search(second.render(jobs={}, workers=0))
