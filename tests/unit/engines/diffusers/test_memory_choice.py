"""Which memory plan is chosen for so much free memory."""

from sweeps import for_all

from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.memory import choose, next_tighter, out_of_memory

PLANS = card_named("wan2.2-ti2v-5b").plans


@for_all(
    ("free", "plan", "tiling"),
    [
        (80.0, "none", False),
        (40.0, "none", True),
        (23.5, "text", True),
        (15.0, "model", True),
        (12.3, "8bit-model", True),
        (11.7, "group", True),
        (4.0, "group", True),
    ],
)
def test_the_fastest_plan_that_fits_is_chosen(free, plan, tiling):
    chosen = choose(PLANS, "auto", free)
    assert (chosen.plan, chosen.tiling) == (plan, tiling)


def test_where_there_is_no_gpu_weights_stay_where_they_are():
    assert choose(PLANS, "auto", None).plan == "none"


def test_a_plan_that_is_configured_is_taken():
    assert choose(PLANS, "group", 80.0).plan == "group"
    assert choose(PLANS[:1], "8bit", 80.0).plan == "8bit"


def test_plans_get_tighter_one_by_one_until_there_is_none():
    plan, passed = PLANS[0], []
    while plan is not None:
        passed.append(plan.plan)
        plan = next_tighter(PLANS, plan)

    assert passed == ["none", "text", "model", "8bit", "8bit-model", "group"]


def test_a_tier_of_fewer_pixels_needs_less():
    card = card_named("wan2.2-t2v-a14b")

    def chosen(tier):
        return choose(card.plans_for(card.quality[tier]), "auto", 20.0).plan

    assert chosen("standard") == "group"
    assert chosen("draft") == "8bit-model"  # 480p: one expert in 8 bits, and what a step takes
    assert choose(card.plans, "auto", 23.5).plan == "8bit-model"
    assert choose(card.plans, "auto", 47.0).plan == "model"


def test_a_model_whose_transformer_reads_the_prompt_has_no_plan_for_a_text_encoder():
    assert "text" not in {plan.plan for plan in card_named("cosmos3-nano").plans}


def test_a_failure_says_what_can_be_done():
    error = out_of_memory(PLANS[-1], "a GPU")

    assert error.code == "out_of_memory"
    assert "render_scale" in error.message
