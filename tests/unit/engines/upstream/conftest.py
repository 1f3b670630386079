"""A fake upstream server of each flavour, and an engine with short intervals."""

import pytest
from fake_upstream import FakeUpstream
from job_fixtures import a_job

from vitascope.engines.upstream.engine import Upstream
from vitascope.engines.upstream.job_runner import Timing
from vitascope.engines.upstream.settings import FLAVOURS, UpstreamSettings
from vitascope.media.encode import encode
from vitascope.spec import Size

SIZE = Size(160, 96)


class Listener:
    """A reporter that keeps what it is message."""

    def __init__(self):
        self.shares = []
        self.notes = []

    def phase(self, name, done, total):
        assert name == "denoise"
        self.shares.append(done / total)

    def note(self, message):
        self.notes.append(message)

    def preview(self, jpeg):
        pass


@pytest.fixture(params=sorted(FLAVOURS))
def flavour(request):
    return request.param


@pytest.fixture
def upstream(flavour):
    with FakeUpstream(flavour) as fake:
        yield fake


@pytest.fixture
def make_engine(upstream):
    """Make engines for the fake: `make_engine(steps=4)`."""
    engines = []

    def make(*, unavailable=10.0, answer=10.0, **parameters):
        model = UpstreamSettings(url=upstream.url, flavour=upstream.flavour, **parameters)
        timing = Timing(
            poll=0.02,
            delay=0.01,
            longest_delay=0.05,
            unavailable=unavailable,
            answer=answer,
        )
        engines.append(Upstream(model, timing))
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


@pytest.fixture
def engine(make_engine):
    return make_engine()


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def make_job():
    def make(frames=24, size=SIZE, **parameters):
        settings = {"prompt": "A fox in the snow", "seed": 7, "model": "wan", **parameters}
        return a_job(size=size, seconds=-(-frames // 24), frames=frames, **settings)

    return make


@pytest.fixture
def filmed(engine, listener, tmp_path):
    """Draw a job and encode it, which checks every promise of a clip; the film's path."""

    def film(job):
        path = tmp_path / "film.mp4"
        clip = engine.draw(job, listener)
        assert not clip.scripted
        encode(clip, job, path)
        return path

    return film
