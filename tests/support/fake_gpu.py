"""A fake GPU: the CPU computes, and tensors say that they are on `cuda:0` and refuse to be mixed.

It shows what a machine without a GPU can show of code for one: that weights are where they are
used, by every memory plan, and that what is drawn does not change. Not that kernels work, nor how
fast they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any, NamedTuple

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

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

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled here, and guarding each operation against it takes long

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


def _inner(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.inner if isinstance(tensor, Placed) else tensor


def _is_weight(tensor: torch.Tensor) -> bool:
    return isinstance(tensor, Placed) and isinstance(tensor, torch.nn.Parameter)


def _mapped(change: Callable[[torch.Tensor], torch.Tensor], value: Any) -> Any:
    """A value, or a list or tuple of values, with its tensors changed.

    It does what torch's `tree_map` does with the few kinds that operations take, in less time.
    """
    if isinstance(value, torch.Tensor):
        return change(value)
    kind = type(value)
    return kind([_mapped(change, each) for each in value]) if kind in {list, tuple} else value


def _tensors(*values: Any) -> list[torch.Tensor]:
    found: list[torch.Tensor] = []
    for value in values:
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif type(value) in {list, tuple}:
            found += _tensors(*value)
    return found


class _Arguments(NamedTuple):
    """What is known of the arguments of an operation.

    Attributes:
        names: all of them.
        device: the place of the one that names a device; None if there is none.
        written: places and names of those that are changed.
    """

    names: list[str]
    device: int | None
    written: list[tuple[int, str]]


@cache
def _arguments_of(func: Any) -> _Arguments:
    arguments = func._schema.arguments
    names = [each.name for each in arguments]
    written = [
        (place, each.name)
        for place, each in enumerate(arguments)
        if each.alias_info is not None and each.alias_info.is_write
    ]
    return _Arguments(names, names.index("device") if "device" in names else None, written)


def _computed(func: Any, args: Any, kwargs: Any) -> Any:
    """What an operation gives, and on which device; as on a real one, it takes no mixture."""
    if func in _ANSWERS:
        return _ANSWERS[func](*args)
    names, at, written = _arguments_of(func)
    if at is not None and at < len(args):
        args, kwargs = args[:at], {**dict(zip(names[at:], args[at:], strict=False)), **kwargs}
    place = _result_place(func, args, kwargs)
    if kwargs.get("device") is not None and kwargs["device"].type == "cuda":
        kwargs = {**kwargs, "device": CPU}
    if kwargs.get("pin_memory"):
        kwargs = {**kwargs, "pin_memory": False}
    options = {name: _mapped(_inner, value) for name, value in kwargs.items()}
    result = func(*(_mapped(_inner, each) for each in args), **options)
    if func in _MOVES and place == CPU and _is_weight(args[0]):
        return Placed(result, CPU)  # it may be brought back
    # What is changed in place is also what is given.
    values = (args[each] if each < len(args) else kwargs.get(name) for each, name in written)
    changed = {id(_inner(each)): each for each in _tensors(*values)}

    def placed(tensor: torch.Tensor) -> torch.Tensor:
        if id(tensor) in changed:
            return changed[id(tensor)]
        return Placed(tensor) if place == GPU else tensor

    return _mapped(placed, result)


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
    tensors = _tensors(*args, *kwargs.values())
    if func in _INDEXES:  # whose indices may be anywhere
        tensors = _tensors(args[0], *args[2:])
    places = {_place(each) for each in tensors if each.dim()}
    if len(places) > 1:
        raise RuntimeError(f"{NAME}: {func} was given tensors of the CPU and of the GPU")
    return GPU if any(_place(each) == GPU for each in tensors) else CPU


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
    places = {_place(each) for each in _tensors(*args, *kwargs.values())}
    if len(places) > 1:
        raise RuntimeError(f"{NAME}: attention was given tensors of the CPU and of the GPU")
    options = {name: _mapped(_inner, value) for name, value in kwargs.items()}
    attended = attend(*_mapped(_inner, args), **options)
    return Placed(attended) if GPU in places else attended


def _made(make: Any, args: Any, kwargs: Any) -> torch.Tensor:
    device = kwargs.pop("device", None)
    on_gpu = any(_place(each) == GPU for each in _tensors(*args))
    if device is not None:
        on_gpu = torch.device(device).type == "cuda"
        kwargs = kwargs if on_gpu else {**kwargs, "device": device}
    tensor = make(*_mapped(_inner, args), **kwargs)
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
