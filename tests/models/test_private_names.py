"""Private names of diffusers that the engine uses: each is there and is what we take it for."""

import ast
import importlib.metadata
from pathlib import Path

import accelerate.hooks
import pytest
import tiny_models
import torch
from diffusers import (
    DiffusionPipeline,
    LTX2ConditionPipeline,
    LTX2InContextPipeline,
    LTX2Pipeline,
    MMAudioVAE,
    WanTransformer3DModel,
)
from diffusers.loaders.lora_pipeline import MiniMaxH3LoraLoaderMixin
from diffusers.models import attention_dispatch as dispatch
from diffusers.models._modeling_parallel import ContextParallelInput, ContextParallelOutput
from diffusers.models.transformers.transformer_ltx2 import LTX2AudioVideoAttnProcessor
from diffusers.models.transformers.transformer_wan import WanAttnProcessor

from vitascope.engines import diffusers as engine
from vitascope.engines.diffusers.device import attention_backends, varlen_backends


def test_diffusers_is_the_version_whose_private_names_are_known():
    assert importlib.metadata.version("diffusers") == "0.42.1"


NAMES = [
    (DiffusionPipeline, "_execution_device"),
    (LTX2Pipeline, "_pack_audio_latents"),
    (LTX2Pipeline, "_normalize_audio_latents"),
    (LTX2ConditionPipeline, "_callback_tensor_inputs"),
    (LTX2InContextPipeline, "_callback_tensor_inputs"),
    (MMAudioVAE, "_supports_group_offloading"),
    (MiniMaxH3LoraLoaderMixin, "_lora_loadable_modules"),
    (WanTransformer3DModel, "_repeated_blocks"),
    (torch.nn.Module, "_compiled_call_impl"),
    (WanAttnProcessor, "_attention_backend"),
    (WanAttnProcessor, "_parallel_config"),
    (LTX2AudioVideoAttnProcessor, "_parallel_config"),
]
BY_EXAMPLE = {"_conv_idx", "_feat_map", "_hf_hook", "_old_forward"}
"""Names of objects, which other tests look at."""


@pytest.mark.parametrize(("owner", "name"), NAMES)
def test_a_private_name_is_there(owner, name):
    assert hasattr(owner, name)


def test_every_private_name_that_is_used_is_here():
    used = set()
    for file in Path(engine.__file__).parent.rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
        used |= {
            node.attr
            for node in attributes
            if node.attr.startswith("_")
            and not node.attr.startswith("__")
            and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
        }
    used -= {"_replace", "_dynamo"}  # of named tuples; the module that torch's users import

    assert used <= {name for _, name in NAMES} | BY_EXAMPLE


def test_accelerates_hooks_keep_the_forward_that_they_replace():
    part = torch.nn.Linear(1, 1)
    own = part.forward

    accelerate.hooks.add_hook_to_module(part, accelerate.hooks.ModelHook())

    assert part._old_forward == own
    assert isinstance(part._hf_hook, accelerate.hooks.ModelHook)


def test_backends_of_the_hub_have_kernels_to_be_fetched():
    """Every backend that is tried for some GPU, by the name that diffusers has for it."""
    chips = [(8, 0), (8, 6), (8, 9), (9, 0), (10, 0), (12, 0)]
    tried = {each for chip in chips for each in (*attention_backends(chip), *varlen_backends(chip))}
    names = {each: dispatch.AttentionBackendName(each) for each in tried}

    fetched = {each for each, name in names.items() if name in dispatch._HUB_KERNELS_REGISTRY}
    assert fetched == {each for each in tried if each.endswith("_hub")}
    assert set(names.values()) <= set(dispatch._AttentionBackendRegistry._backends)
    assert callable(dispatch._maybe_download_kernel_for_backend)


def test_wans_decoder_keeps_what_it_needs_of_earlier_frames_where_we_look():
    vae = tiny_models.ti2v_5b().vae

    vae.clear_cache()

    assert vae._conv_idx == [0]
    assert vae._feat_map
    assert all(each is None for each in vae._feat_map)


def test_splits_have_dimensions():
    split = ContextParallelInput(split_dim=1, expected_dims=3, split_output=True)
    gather = ContextParallelOutput(gather_dim=1, expected_dims=3)

    assert (split.split_dim, split.expected_dims, split.split_output) == (1, 3, True)
    assert (gather.gather_dim, gather.expected_dims) == (1, 3)
