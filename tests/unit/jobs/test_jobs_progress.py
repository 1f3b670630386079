"""Progress is one number that never goes back and promises nothing that is not done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.upstream.settings import UpstreamSettings
from vitascope.jobs.progress import ProgressMeter, phases_of
from vitascope.model_settings import ModelSettings

WAN = DiffusersSettings(card="wan2.2-ti2v-5b")
REMOTE = UpstreamSettings(url="http://127.0.0.1:9/v1", flavour="sglang")
PHASES = ("draw", "encode", "publish")


@pytest.fixture
def meter():
    return ProgressMeter(PHASES, started=100.0)


def test_it_begins_with_one_percent_of_its_first_phase(meter):
    assert (meter.percent, meter.phase, meter.fraction) == (1, "draw", 0)


def test_a_hundred_is_for_what_is_published(meter):
    for phase in PHASES:
        meter.update(phase, 10, 10)
    assert meter.fraction == pytest.approx(1)
    assert meter.percent == 99


def test_phases_count_by_their_weight(meter):
    meter.update("draw", 1, 2)
    meter.update("encode", 1, 2)
    assert meter.fraction == pytest.approx(22 / 45)
    assert meter.percent == 1 + int(99 * 22 / 45)


def test_a_report_that_goes_back_changes_only_the_phase(meter):
    meter.update("draw", 90, 100)
    before = meter.percent
    meter.update("encode", 0, 100)
    meter.update("draw", 10, 100)
    assert meter.percent == before
    assert meter.phase == "draw"


def test_strange_reports_are_shown_but_not_counted(meter):
    for phase, done, total in (("dream", 5, 10), ("draw", 5, 0), ("draw", -3, 10)):
        meter.update(phase, done, total)
        assert meter.phase == phase
        assert meter.percent == 1
    meter.update("draw", 30, 10)
    assert meter.fraction == pytest.approx(22 / 45)


@given(
    st.lists(st.tuples(st.sampled_from([*PHASES, "dream"]), st.floats(-1, 20), st.floats(0, 10)))
)
def test_whatever_is_reported_it_stays_between_1_and_99_and_never_falls(reports):
    meter = ProgressMeter(PHASES, started=0.0)
    seen = [meter.percent]
    for report in reports:
        meter.update(*report)
        seen.append(meter.percent)
    assert seen == sorted(seen)
    assert seen[0] >= 1
    assert seen[-1] <= 99


def test_the_eta_is_what_is_left_at_the_pace_so_far(meter):
    meter.update("draw", 1, 1)
    meter.update("encode", 1, 44)
    fraction = 22.5 / 45
    assert meter.fraction == pytest.approx(fraction)
    assert meter.eta(now=110.0) == pytest.approx(120.0)


def test_no_eta_is_given_on_too_little(meter):
    assert meter.eta(now=110.0) is None
    meter.update("draw", 5, 100)
    assert meter.eta(now=110.0) is None
    meter.update("draw", 50, 100)
    assert meter.eta(now=110.0) is not None


@pytest.mark.parametrize("model", [ModelSettings(), WAN, REMOTE])
@pytest.mark.parametrize("upload", [False, True])
def test_each_engines_phases_come_to_the_whole(model, upload):
    phases = phases_of(model, upload=upload)
    assert phases[-1] == "publish" and ("normalise" in phases) == upload
    meter = ProgressMeter(phases, started=0.0)
    for phase in phases:
        meter.update(phase, 1, 1)
    assert meter.fraction == pytest.approx(1)


def test_denoising_is_most_of_a_models_work():
    meter = ProgressMeter(phases_of(WAN, upload=False), started=0.0)
    meter.update("denoise", 1, 1)
    assert meter.percent > 70
