"""Which memory plan is chosen for so much free memory."""

import pytest

from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.memory import choose, next_tighter, out_of_memory

PLANS = card_named("wan2.2-ti2v-5b").memory


@pytest.mark.parametrize(
    ("free", "plan"),
    [(80.0, "none"), (32.0, "fp8"), (23.5, "model"), (12.0, "group"), (4.0, "group")],
)
def test_the_roomiest_plan_that_fits_is_chosen(free, plan):
    assert choose(PLANS, "auto", free).plan == plan


def test_where_there_is_no_gpu_weights_stay_where_they_are():
    assert choose(PLANS, "auto", None).plan == "none"


def test_a_plan_that_is_wished_is_taken():
    assert choose(PLANS, "group", 80.0).plan == "group"
    assert choose(PLANS[:1], "fp8", 80.0).plan == "fp8"


def test_plans_get_tighter_one_by_one_until_there_is_none():
    plan, passed = PLANS[0], []
    while plan is not None:
        passed.append(plan.plan)
        plan = next_tighter(PLANS, plan)

    assert passed == ["none", "fp8", "model", "group"]


def test_a_failure_says_what_can_be_done():
    error = out_of_memory(PLANS[-1], "a GPU")

    assert error.code == "out_of_memory"
    assert "render_scale" in error.message
