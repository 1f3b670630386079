"""The benchmark for a GPU: its parts can be run, here as far as a CPU goes."""

from bench.trace_models import SIZES

from bench import gpu_suite, report
from vitascope.engines.diffusers.cards import card_named


def test_a_part_gives_rows_on_a_cpu(tmp_path):
    attention, *rest = gpu_suite.suite(small=True)

    rows = list(attention.run(tmp_path))

    assert [part.name for part in rest] == ["plans", "path"]
    assert rows
    assert all(isinstance(row, report.Row) for row in rows)


def test_all_parts_fit_its_twelve_minutes():
    assert sum(part.seconds for part in gpu_suite.suite(small=True)) <= 720


def test_the_window_that_it_decodes_is_the_traced_one():
    window = SIZES["hunyuanvideo-1.5"].window(card_named("hunyuanvideo-1.5"))

    assert tuple(window.shape) == (1, 32, 31, 30, 53)
