"""HunyuanVideo 1.5's weights in its authors' layout, for which diffusers has no conversion.

Source: huggingface/diffusers at 58eb52c, scripts/convert_hunyuan_video1_5_to_diffusers.py.
LightX2V's distilled weights (lightx2v/Hy1.5-Distill-Models) are in that layout, too.
"""

from __future__ import annotations

import re
from typing import Any

import torch
from diffusers.loaders.single_file_model import SINGLE_FILE_LOADABLE_CLASSES

_MLP = (("fc1", "net.0.proj"), ("fc2", "net.2"))

_NAMES = [
    (r"^model\.diffusion_model\.", ""),
    (r"^time_in\.mlp\.0", "time_embed.timestep_embedder.linear_1"),
    (r"^time_in\.mlp\.2", "time_embed.timestep_embedder.linear_2"),
    (r"^time_r_in\.mlp\.0", "time_embed.timestep_embedder_r.linear_1"),
    (r"^time_r_in\.mlp\.2", "time_embed.timestep_embedder_r.linear_2"),
    (r"^txt_in\.t_embedder\.mlp\.0", "context_embedder.time_text_embed.timestep_embedder.linear_1"),
    (r"^txt_in\.t_embedder\.mlp\.2", "context_embedder.time_text_embed.timestep_embedder.linear_2"),
    (r"^txt_in\.c_embedder", "context_embedder.time_text_embed.text_embedder"),
    (r"^txt_in\.input_embedder", "context_embedder.proj_in"),
    (
        r"^txt_in\.individual_token_refiner\.blocks",
        "context_embedder.token_refiner.refiner_blocks",
    ),
    (r"\.self_attn_proj\.", ".attn.to_out.0."),
    (r"(refiner_blocks\.\d+)\.adaLN_modulation\.1", r"\1.norm_out.linear"),
    *((rf"(refiner_blocks\.\d+)\.mlp\.{theirs}", rf"\1.ff.{ours}") for theirs, ours in _MLP),
    (r"^byt5_in\.layernorm", "context_embedder_2.norm"),
    (r"^byt5_in\.fc", "context_embedder_2.linear_"),
    (r"^vision_in\.proj\.0", "image_embedder.norm_in"),
    (r"^vision_in\.proj\.1", "image_embedder.linear_1"),
    (r"^vision_in\.proj\.3", "image_embedder.linear_2"),
    (r"^vision_in\.proj\.4", "image_embedder.norm_out"),
    (r"^img_in\.", "x_embedder."),
    (r"^cond_type_embedding", "cond_type_embed"),
    (r"^double_blocks", "transformer_blocks"),
    (r"\.img_mod\.", ".norm1."),
    (r"\.txt_mod\.", ".norm1_context."),
    (r"\.img_attn_([qk])_norm\.", r".attn.norm_\1."),
    (r"\.img_attn_([qkv])\.", r".attn.to_\1."),
    (r"\.img_attn_proj\.", ".attn.to_out.0."),
    (r"\.txt_attn_([qk])_norm\.", r".attn.norm_added_\1."),
    (r"\.txt_attn_([qkv])\.", r".attn.add_\1_proj."),
    (r"\.txt_attn_proj\.", ".attn.to_add_out."),
    *((rf"\.img_mlp\.{theirs}", f".ff.{ours}") for theirs, ours in _MLP),
    *((rf"\.txt_mlp\.{theirs}", f".ff_context.{ours}") for theirs, ours in _MLP),
    (r"^final_layer\.adaLN_modulation\.1", "norm_out.linear"),
    (r"^final_layer\.linear", "proj_out"),
]

_JOINT = ".self_attn_qkv."


def converted(checkpoint: dict[str, Any], **_options: object) -> dict[str, Any]:
    """The weights by the names of diffusers.

    Args:
        checkpoint: the weights by the authors' names; it is emptied.
        _options: what diffusers passes to every conversion.
    """
    weights: dict[str, Any] = {}
    for key in list(checkpoint):
        value = checkpoint.pop(key)
        name = key
        for pattern, ours in _NAMES:
            name = re.sub(pattern, ours, name)
        if _JOINT in name:
            for part, rows in zip("qkv", value.chunk(3), strict=True):
                weights[name.replace(_JOINT, f".attn.to_{part}.")] = rows
        elif name.startswith("norm_out.linear"):
            shift, scale = value.chunk(2)
            weights[name] = torch.cat((scale, shift))
        else:
            weights[name] = value
    return weights


def register() -> None:
    """Let `from_single_file` of diffusers convert that layout."""
    entry = {"checkpoint_mapping_fn": converted, "default_subfolder": "transformer"}
    SINGLE_FILE_LOADABLE_CLASSES.setdefault("HunyuanVideo15Transformer3DModel", entry)
