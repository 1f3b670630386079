"""A fake GPU: the CPU computes, and tensors say that they are on `cuda:0` and refuse to be mixed.

It shows what a machine without a GPU can show of code for one: that weights are where they are
used, by every memory plan, and that what is drawn does not change. Not that kernels work, nor how
fast they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

CPU, GPU = torch.device("cpu"), torch.device("cuda:0")
NAME = "Fake GPU"

aten = torch.ops.aten
_MOVES = {
    *(aten._to_copy.default, aten.copy_.default, aten.to.device, aten.to.dtype),
    *(aten.to.dtype_layout, aten.to.other),
}
_INDEXES = {
    *(aten.index.Tensor, aten._unsafe_index.Tensor),
    *(aten.index_put.default, aten.index_put_.default, aten._index_put_impl_.default),
}


class Placed(torch.Tensor):
    """A tensor of the CPU that says it is elsewhere.

    Attributes:
        inner: the tensor that is computed with.
        place: where it says it is; weights of modules are moved about.
    """

    inner: torch.Tensor
    place: torch.device

    @staticmethod
    def __new__(cls, inner: torch.Tensor, _place: torch.device = GPU) -> Placed:
        return torch.Tensor._make_wrapper_subclass(
            cls,
            inner.size(),
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=GPU,
            dispatch_device=True,
        )

    def __init__(self, inner: torch.Tensor, place: torch.device = GPU) -> None:
        self.inner, self.place = inner, place

    @property
    def device(self) -> torch.device:
        return self.place

    @property
    def is_cuda(self) -> bool:
        return self.place == GPU

    @property
    def data(self) -> torch.Tensor:
        return self.detach()

    @data.setter
    def data(self, value: torch.Tensor) -> None:
        self.inner, self.place = _inner(value), _place(value)

    def __repr__(self, **_unused: Any) -> str:
        return f"{self.inner!r} on {self.place}"

    def __format__(self, form: str) -> str:
        return format(self.inner, form)

    def tolist(self) -> Any:
        return self.inner.tolist()

    def record_stream(self, _stream: object) -> None:
        """Nothing is computed later than it is asked for."""

    @classmethod
    def __torch_dispatch__(cls, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _computed(func, args, kwargs or {})


class _Everywhere(TorchDispatchMode):
    """Looks at what is asked of any tensor, as when one is made."""

    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _computed(func, args, kwargs or {})


class _Stream:
    """All is done by the time that it is asked for."""

    def __init__(self, *_arguments: object, **_options: object) -> None:
        pass

    def synchronize(self) -> None:
        """It is done."""

    wait_stream = record_event = wait_event = synchronize


def _place(tensor: torch.Tensor) -> torch.device:
    return tensor.place if isinstance(tensor, Placed) else CPU


def _inner(value: Any) -> Any:
    return value.inner if isinstance(value, Placed) else value


def _is_weight(tensor: torch.Tensor) -> bool:
    return isinstance(tensor, Placed) and isinstance(tensor, torch.nn.Parameter)


def _tensors(*values: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, torch.Tensor)]


def _computed(func: Any, args: Any, kwargs: Any) -> Any:
    """What an operation gives, and on which device; as on a real one, it takes no mixture."""
    if func in _ANSWERS:
        return _ANSWERS[func](*args)
    names = [argument.name for argument in func._schema.arguments]
    if "device" in names[: len(args)]:
        at = names.index("device")
        args, kwargs = args[:at], {**dict(zip(names[at:], args[at:], strict=False)), **kwargs}
    place = _result_place(func, args, kwargs)
    if kwargs.get("device") is not None and kwargs["device"].type == "cuda":
        kwargs = {**kwargs, "device": CPU}
    if kwargs.get("pin_memory"):
        kwargs = {**kwargs, "pin_memory": False}
    given, options = tree_map(_inner, (args, kwargs))
    result = func(*given, **options)
    if func in _MOVES and place == CPU and _is_weight(args[0]):
        return Placed(result, CPU)  # it may be brought back
    changed = {id(_inner(each)): each for each in _changed(func, args, kwargs)}

    def placed(value: Any) -> Any:
        if id(value) in changed:
            return changed[id(value)]
        on_gpu = isinstance(value, torch.Tensor) and place == GPU
        return Placed(value) if on_gpu else value

    return tree_map(placed, result)


def _detached(tensor: torch.Tensor) -> torch.Tensor:
    detached = aten.detach.default(_inner(tensor))
    return Placed(detached, tensor.place) if isinstance(tensor, Placed) else detached


_ANSWERS = {
    aten._has_compatible_shallow_copy_type.default: lambda *_: False,
    aten._local_scalar_dense.default: lambda tensor: aten._local_scalar_dense(_inner(tensor)),
    aten.detach.default: _detached,
    torch.ops.prim.device.default: _place,
}
"""Operations that ask of a tensor, or for it as it is, and compute nothing."""


def _result_place(func: Any, args: Any, kwargs: Any) -> torch.device:
    if kwargs.get("device") is not None:
        return GPU if kwargs["device"].type == "cuda" else CPU
    if func in _MOVES:
        return _place(args[1] if func is aten.to.other else args[0])
    tensors = _tensors(args, kwargs)
    if func in _INDEXES:  # whose indices may be anywhere
        tensors = _tensors(args[0], args[2:])
    places = {_place(each) for each in tensors if each.dim()}
    if len(places) > 1:
        raise RuntimeError(f"{NAME}: {func} was given tensors of the CPU and of the GPU")
    return GPU if any(_place(each) == GPU for each in tensors) else CPU


def _changed(func: Any, args: Any, kwargs: Any) -> Iterator[torch.Tensor]:
    """Those that an operation changes in place, which are also what it gives."""
    for number, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            value = args[number] if number < len(args) else kwargs.get(argument.name)
            yield from _tensors(value)


class _Calls(TorchFunctionMode):
    """Looks at functions that do not ask for operations, or choose by the device beforehand."""

    def __torch_function__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is torch.nn.functional.scaled_dot_product_attention:
            return _attended(func, args, kwargs)
        if func in {torch.tensor, torch.as_tensor, torch.asarray}:
            return _made(func, args, kwargs)
        return func(*args, **kwargs)


def _attended(attend: Any, args: Any, kwargs: Any) -> torch.Tensor:
    places = {_place(each) for each in _tensors(args, kwargs)}
    if len(places) > 1:
        raise RuntimeError(f"{NAME}: attention was given tensors of the CPU and of the GPU")
    given, options = tree_map(_inner, (args, kwargs))
    attended = attend(*given, **options)
    return Placed(attended) if GPU in places else attended


def _made(make: Any, args: Any, kwargs: Any) -> torch.Tensor:
    device = kwargs.pop("device", None)
    on_gpu = any(_place(each) == GPU for each in _tensors(args))
    if device is not None:
        on_gpu = torch.device(device).type == "cuda"
        kwargs = kwargs if on_gpu else {**kwargs, "device": device}
    tensor = make(*tree_map(_inner, args), **kwargs)
    return Placed(tensor) if on_gpu else tensor


def at_home(module: torch.nn.Module) -> None:
    """Have a module's weights be in main memory, and able to be moved by a change of `data`.

    Their type can't be changed so; for that they are to be as they come.
    """
    for part in module.modules():
        for name, weight in part._parameters.items():
            if weight is not None:
                placed = Placed(weight.detach(), CPU)
                part._parameters[name] = torch.nn.Parameter(placed, requires_grad=False)
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = Placed(buffer, CPU)


@contextmanager
def fake_gpu(monkeypatch: pytest.MonkeyPatch, free_gib: float = 80.0) -> Iterator[None]:
    """A machine with one GPU, for as long as the context lasts and in its thread alone."""
    free = int(free_gib * 2**30)
    for name, value in {
        "_lazy_init": lambda: None,
        "is_available": lambda: True,
        "is_initialized": lambda: True,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "empty_cache": lambda: None,
        "ipc_collect": lambda: None,
        "synchronize": lambda *_: None,
        "get_device_capability": lambda *_: (8, 6),
        "get_device_name": lambda *_: NAME,
        "mem_get_info": lambda *_: (free, free),
        "Stream": _Stream,
        "stream": lambda _stream: nullcontext(),
        "current_stream": lambda *_: _Stream(),
    }.items():
        monkeypatch.setattr(torch.cuda, name, value)
    for name, value in {
        "current_accelerator": lambda **_: torch.device("cuda"),
        "is_available": lambda: True,
        "device_count": lambda: 1,
    }.items():
        monkeypatch.setattr(torch.accelerator, name, value)
    monkeypatch.setattr(torch, "inference_mode", torch.no_grad)  # wants counters of its tensors
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor, *_: tensor)
    monkeypatch.setattr(torch.Tensor, "is_pinned", lambda *_: True)
    torch._C._ensureCUDADeviceGuardSet()  # one that does nothing, where there is no driver
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        with torch.no_grad(), _Calls(), _Everywhere():
            yield
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(False)
