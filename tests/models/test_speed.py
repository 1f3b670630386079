"""Speed: attention kernels go where they can work, and compiled blocks draw the same film."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from diffusers.models import attention_dispatch as dispatch
from model_fixtures import KNOWN_WARNINGS, film_of, settings, small_job

from vitascope.engines.diffusers import kernels
from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.errors import JobError

CARD = "wan2.2-ti2v-5b"
FLASH = "_native_flash"
"""The one kernel of a CPU that refuses masks, as FlashAttention 3 and SageAttention do on GPUs."""

pytestmark = KNOWN_WARNINGS


@pytest.mark.parametrize("card", names())
def test_a_fast_attention_is_used_where_there_is_no_mask(warm, options, card):
    task = "create" if "create" in card_named(card).operations else "image"
    job = small_job(frames=2, **options[task])

    fast = film_of(warm(card, attention=FLASH), job)

    plain = film_of(warm(card), job)
    assert np.abs(fast.frames.astype(int) - plain.frames).max() <= 1
    assert f"attention by {FLASH}" in fast.notes[0]
    assert "attention by torch" in plain.notes[0]


def test_masks_would_be_refused(tiny, monkeypatch):
    """What the cards say of masks is what keeps these kernels working."""
    card = card_named("ltx-2.5").model_copy(update={"masked_attention": frozenset()})
    monkeypatch.setattr("vitascope.engines.diffusers.loaded.card_named", lambda _name: card)
    engine = Diffusers(settings("ltx-2.5", tiny("ltx-2.5"), attention=FLASH))

    with pytest.raises(ValueError, match="attn_mask"):
        film_of(engine, small_job(frames=2))


def varlen(q, k, v, cu_seqlens_q, cu_seqlens_k, softmax_scale=None, **_rest):
    """What a kernel for sequences of several lengths computes, by torch, one after the other."""
    out = []
    for place in range(len(cu_seqlens_q) - 1):
        spans = (slice(*ends[place : place + 2]) for ends in (cu_seqlens_q, cu_seqlens_k))
        queries, keys = spans
        one, other, values = (
            given.transpose(0, 1)[None] for given in (q[queries], k[keys], v[keys])
        )
        mixed = torch.nn.functional.scaled_dot_product_attention(
            one, other, values, scale=softmax_scale
        )
        out.append(mixed[0].transpose(0, 1))
    return torch.cat(out)


@pytest.mark.parametrize("card", ["hunyuanvideo-1.5", "kandinsky-6-lite"])
def test_masks_over_padding_are_done_by_kernels_for_several_lengths(tiny, warm, monkeypatch, card):
    """The kernel is torch's own, called as the real one would be."""
    calls = []

    def counted(**given):
        calls.append(1)
        return varlen(**given)

    kernel = dispatch._HUB_KERNELS_REGISTRY[dispatch.AttentionBackendName.FLASH_VARLEN_HUB]
    for name in ("kernel_fn", "wrapped_forward_fn", "wrapped_backward_fn"):
        monkeypatch.setattr(kernel, name, counted)
    monkeypatch.setattr("vitascope.engines.diffusers.speed.chip_of", lambda _device: (8, 0))
    engine = Diffusers(settings(card, tiny(card)))

    film = film_of(engine, small_job(frames=2))

    plain = film_of(warm(card), small_job(frames=2))
    assert len(calls) > 1  # the first tries it out
    assert "attention by flash_varlen_hub" in film.notes[0]
    assert np.abs(film.frames.astype(int) - plain.frames).max() <= 3  # sums in another order


PROGRAM = f"""
import sys
from pathlib import Path
from vitascope.engines.registry import open_engine
from model_fixtures import film_of, settings, small_job
weights, out = map(Path, sys.argv[1:])
film = film_of(open_engine(settings("{CARD}", weights, compile=True)), small_job())
import numpy as np
from torch._dynamo.utils import counters
np.save(out, film.frames)
print(counters["stats"]["unique_graphs"], counters["inductor"]["fxgraph_cache_miss"])
"""


@pytest.fixture
def compiled(tiny, tmp_path):
    """Draws a film with compiled blocks in a process of its own.

    Returns its frames, how many graphs were made, how many of them were not in the cache, and what
    was logged.
    """

    def draw(**environment):
        out = tmp_path / "frames.npy"
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, tiny(CARD), out],
            env={
                # This process has imported torch, which sets this one for itself.
                **{key: os.environ[key] for key in os.environ if key != "TORCHINDUCTOR_CACHE_DIR"},
                "PYTHONPATH": os.pathsep.join(sys.path),
                "OMP_NUM_THREADS": "1",
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        graphs, missed = map(int, done.stdout.split())
        return np.load(out), graphs, missed, done.stderr

    return draw


def test_compiled_blocks_draw_the_same_film_and_are_kept(compiled, warm, tmp_path):
    frames, graphs, missed, _ = compiled()
    again, _, missed_again, _ = compiled()

    plain = film_of(warm(CARD), small_job()).frames
    assert np.abs(frames.astype(int) - plain).max() <= 3  # of 255: sums in another order
    assert np.array_equal(again, frames)
    assert graphs > 0
    assert (missed > 0, missed_again) == (True, 0)
    assert any((tmp_path / "cache/vitascope/inductor").iterdir())


def test_what_cannot_be_compiled_is_drawn_all_the_same(compiled, warm):
    frames, _, _, message = compiled(CXX="/bin/false")

    assert np.array_equal(frames, film_of(warm(CARD), small_job()).frames)
    assert "/bin/false" in message


def test_compiling_without_a_compiler_is_refused_if_it_was_asked_for(tiny, monkeypatch):
    monkeypatch.setattr(kernels, "missing_build_tool", lambda: "C compiler")

    with pytest.raises(JobError) as caught:
        Diffusers(settings(CARD, tiny(CARD), compile=True))

    assert caught.value.code == "compile_unavailable"
    assert "no C compiler" in caught.value.message
