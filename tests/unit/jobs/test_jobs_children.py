"""Which models stay loaded, and which are stopped to make room; with fake children."""

import pytest

from vitascope import config
from vitascope.clip import HeldMemory
from vitascope.jobs import children as module
from vitascope.jobs.children import EngineChildren, fits, main_memory_free
from vitascope.model_settings import ModelSettings, NeededMemory

pytestmark = pytest.mark.anyio

DEVICE_GIB = 80.0


class Weights(ModelSettings):
    """A model of a fake engine; a `gib` of 0 is one whose size is not known."""

    engine: str = "weights"
    name: str
    gib: float
    device: str | None = None
    main: float = 0.0

    holds_weights = True

    @property
    def label(self):
        return self.name

    @property
    def needs_memory(self):
        return NeededMemory(self.device, (self.gib, self.gib / 2), self.main) if self.gib else None


class FakeChild:
    """Stands for the engine's process, and counts how often a model is loaded."""

    loads: list  # set anew for every test

    def __init__(self, model, *, stall_timeout, environment):
        self.model = model
        self.pid = self.memory = None

    async def draw(self):
        if self.pid is None:
            self.pid = 1
            FakeChild.loads.append(self.model.label)
            needed = self.model.needs_memory
            if needed is not None:
                device = needed.device or "cuda:0"
                self.memory = HeldMemory(device, needed.plans[0], DEVICE_GIB)

    warm_up = draw

    async def kill(self):
        self.pid = self.memory = None
        return 0


@pytest.fixture
def loads_of(monkeypatch, tmp_path):
    """Draws with these models one after the other; the names of those that were loaded."""
    monkeypatch.setattr(module, "EngineChild", FakeChild)
    monkeypatch.setattr(FakeChild, "loads", [], raising=False)
    monkeypatch.setattr(module, "main_memory_free", lambda: 100.0)

    async def draw(*models, **settings):
        monkeypatch.setattr(FakeChild, "loads", [])
        children = EngineChildren(config.load(data_dir=tmp_path, **settings))
        for model in models:
            await (await children.get(model)).draw()
        return "".join(FakeChild.loads)

    return draw


def sized(gib, **more):
    """Three models of this size."""
    return [Weights(name=name, gib=gib, **more) for name in "ABC"]


async def test_a_model_stays_loaded_while_another_fits_beside_it(loads_of):
    a, b, c = sized(36)
    assert await loads_of(a, b, a, b) == "AB"
    # A third needs the memory of the one that was used longest ago.
    assert await loads_of(a, b, a, c, a, b) == "ABCB"


async def test_a_model_that_does_not_fit_beside_another_stops_it(loads_of):
    a, b, _ = sized(40)  # 80 of 80 GiB leave nothing to spare
    assert await loads_of(a, b, a) == "ABA"


async def test_the_configuration_bounds_number_and_memory(loads_of):
    a, b, c = sized(10)
    assert await loads_of(a, b, c, a, b) == "ABC"
    assert await loads_of(a, b, a, max_loaded_models=1) == "ABA"
    assert await loads_of(a, b, c, b, a, max_loaded_models=2) == "ABCA"
    assert await loads_of(a, b, a, model_memory_gib=19.0) == "ABA"
    assert await loads_of(a, b, a, model_memory_gib=20.0) == "AB"


async def test_a_model_of_unknown_size_has_the_device_to_itself(loads_of):
    a, b, _ = sized(0)
    assert await loads_of(a, b, a) == "ABA"
    assert await loads_of(a, b, a, max_loaded_models=2) == "AB"


async def test_main_memory_must_hold_the_weights_as_well(loads_of):
    a, b, _ = sized(10, main=96)
    assert await loads_of(a, b, a) == "ABA"
    a, b, _ = sized(10, main=94)
    assert await loads_of(a, b, a) == "AB"


async def test_models_on_different_devices_need_no_room_of_each_other(loads_of):
    a = Weights(name="A", gib=70, device="cuda:0")
    b = Weights(name="B", gib=70, device="cuda:1")
    assert await loads_of(a, b, a) == "AB"


async def test_engines_without_weights_stop_no_model(loads_of):
    a, *_ = sized(70)
    assert await loads_of(a, ModelSettings(), a) == "Ashadowplay"


async def test_a_model_may_get_all_memory(loads_of, monkeypatch, tmp_path):
    children = EngineChildren(config.load(data_dir=tmp_path))
    a, b, _ = sized(10)
    for model in (a, b):
        await (await children.get(model)).draw()
    first, second = await children.get(a), await children.get(b)
    assert await children.stop_others(second)
    assert (first.pid, second.pid) == (None, 1)
    assert not await children.stop_others(second)


def test_the_plan_that_counts_is_the_fastest_that_fits_alone():
    needed = NeededMemory(None, (82.0, 30.0, 10.0), 1.0)
    held = [HeldMemory("cuda:0", 40.0, 80.0)]
    assert fits(needed, held, limit=None, main_free=None)
    # 30 GiB would have been used alone, so a slower plan is no reason to stay.
    assert not fits(needed, [HeldMemory("cuda:0", 60.0, 80.0)], limit=None, main_free=None)


def test_the_free_main_memory_is_read_from_the_system():
    free = main_memory_free()
    assert free is not None
    assert 0 < free < 100_000
