"""The environment of child processes: lists of what they may see; all else stays here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from vitascope.model_settings import ModelSettings

_PYTHON = ("PATH", "LANG", "LC_*", "TZ", "LD_LIBRARY_PATH", "DYLD_*", "PYTHON*")
"""What an interpreter and its libraries need to start."""

_ENGINE = (
    *_PYTHON,
    *("HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TEMP", "TMP", "XDG_*"),
    # compilers, drivers and libraries of devices
    *("CC", "CXX", "CUDA*", "NVIDIA*", "NV_*", "NCCL_*", "CUDNN_*", "CUBLAS_*", "HIP_*", "ROC*"),
    *("HSA_*", "AMD_*", "GPU_*", "ZE_*", "SYCL_*", "ONEAPI_*", "MASTER_*", "GLOO_*"),
    *("TORCH*", "PYTORCH*", "TRITON*", "OMP_*", "MKL_*", "OPENBLAS_*", "KMP_*", "MALLOC_*"),
    # the hub
    *("HF_*", "HUGGINGFACE_*", "TRANSFORMERS_*", "DIFFUSERS_*", "TOKENIZERS_*"),
    # the way out
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("SSL_CERT_*", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
"""Libraries that would reserve memory for each core."""


def decoder_environment(folder: Path) -> dict[str, str]:
    """What a process may see that reads what strangers sent.

    Args:
        folder: the only one it can write in.
    """
    return {**_kept(_PYTHON), **_ONE_THREAD, "TMPDIR": str(folder)}


def engine_environment(model: ModelSettings, more: Iterable[str] = ()) -> dict[str, str]:
    """What an engine's process may see: its devices, the hub's login, and the keys it is given.

    Args:
        model: the variables that it names are kept.
        more: names that the operator adds; `*` stands for any letters.
    """
    return _kept((*_ENGINE, *_named(model.model_dump()), *more))


def _named(table: dict[str, Any]) -> Iterator[str]:
    """The variables that a table names, as `api_key_env` does."""
    for setting, value in table.items():
        if isinstance(value, dict):
            yield from _named(value)
        elif setting.endswith("_env") and isinstance(value, str):
            yield value


def _kept(patterns: Iterable[str]) -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    }
