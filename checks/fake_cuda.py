"""A pretended CUDA device: torch's FakeTensor, which has shapes and devices but no numbers.

Numbers that no input has a part in (masks, labels, counts) are kept beside, so that shapes which
depend on them are right.  Two modes watch where tensors are made, and do by hand what a build of
torch without CUDA cannot even pretend: indexing, and moving to "cuda" by name.  Forward only:
asking for a gradient of a fake CUDA tensor ends the whole process in such a build.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from ..implementations.tensors import torch
from .shadow import where

__all__ = ["DEVICE", "Mismatch", "Unpretended", "pretended"]

DEVICE = "cuda:0"
LEAVING = ("numpy", "__array__", "item", "tolist", "__float__", "__int__", "__dlpack__")


class Mismatch(Exception):
    """Tensors on two devices met: the operation, its line, the devices, and who made the other."""

    def __init__(self, operation: str, devices: tuple[str, ...], made: str) -> None:
        self.operation, self.devices, self.made, self.line = operation, devices, made, where()
        super().__init__(operation)


class Unpretended(Exception):
    """What cannot be done without numbers; the message says what, and at which line."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} at {where()}")


@dataclass(slots=True)
class Notes:
    """By id: where a CPU tensor was made, and the numbers of one that no input went into.  The
    tensors are kept, so that their ids stay their own."""

    made: dict[int, str] = field(default_factory=dict)
    numbers: dict[int, Any] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)

    def known(self, tensor: Any) -> bool:
        return id(tensor) in self.numbers or type(tensor) in (torch.Tensor, torch.nn.Parameter)

    def number(self, tensor: Any) -> Any:
        if id(tensor) not in self.numbers:  # a constant from before the call, a plain tensor
            self.numbers[id(tensor)] = tensor.detach().cpu().clone()
            self.kept.append(tensor)
        return self.numbers[id(tensor)]

    def add(self, tensors: list[Any], origin: str, numbers: Any) -> None:
        self.kept += tensors
        for tensor in tensors:
            if tensor.device.type == "cpu":
                self.made.setdefault(id(tensor), origin)
        if numbers is not None:
            pairs = zip(tensors, _tensors(numbers), strict=True)
            self.numbers |= {id(tensor): found for tensor, found in pairs}

    def forget(self, tensor: Any) -> None:
        """Something unknown was written into it: what shares its memory is unknown too."""
        if (found := self.numbers.get(id(tensor))) is not None:
            memory = found.untyped_storage().data_ptr()
            self.numbers = {
                key: n for key, n in self.numbers.items()
                if n.untyped_storage().data_ptr() != memory
            }  # fmt: skip


@contextmanager
def pretended() -> Iterator[Callable[[int], str]]:
    """All inside runs on fake tensors.  Yields a function that says, given a tensor's id, where
    that tensor was made.  Raises `Mismatch` and `Unpretended`."""
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.distributions import Distribution
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    class Fake(FakeTensorMode):
        avoid_device_init = True  # is_available is made to say yes, and there is none

    shapes = ShapeEnv(allow_scalar_outputs=False, allow_dynamic_output_shape_ops=True)
    fake = Fake(allow_non_fake_inputs=True, shape_env=shapes, static_shapes=True)
    notes = Notes()
    with ExitStack() as stack:
        stack.enter_context(patch.object(torch.cuda, "is_available", lambda: True))
        stack.enter_context(patch.object(torch.cuda, "current_device", lambda: 0))
        # Its validation asks for values; the arguments are valid, or the verdict says that.
        stack.enter_context(patch.object(Distribution, "_validate_args", False))
        for mode in (torch.no_grad(), fake, _watching(notes), _by_hand(notes, shapes)):
            stack.enter_context(mode)
        yield lambda key: notes.made.get(key, "")


def _watching(notes: Notes) -> Any:
    """The dispatch mode that notes where tensors of the CPU come from, and where they collide."""
    from torch._subclasses.fake_tensor import (
        DataDependentOutputException,
        DynamicOutputShapeException,
    )
    from torch.utils._python_dispatch import TorchDispatchMode

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            name = func._schema.name.removeprefix("aten::")
            handed = _tensors((args, kwargs))
            left = next((t for t in handed if t.device.type == "cpu"), None)
            origin = notes.made.get(id(left), "")
            numbers = _numbers(notes, func, args, kwargs or {})
            try:
                if numbers is not None and _needs_numbers(func):
                    returned = _like(numbers, handed)
                else:
                    returned = func(*args, **(kwargs or {}))
            except (DataDependentOutputException, DynamicOutputShapeException) as error:
                what = ".item() or a decision" if name == "_local_scalar_dense" else name
                raise Unpretended(f"{what} needs the numbers themselves,") from error
            except RuntimeError as error:
                if "same device" not in str(error):
                    raise
                raise Mismatch(name, _devices(handed), origin) from error
            arrived = name == "_to_copy" and left is None
            how = ".cpu()" if arrived else _PLAIN.get(name, name)
            notes.add(_tensors(returned), origin or f"{how} at {where()}", numbers)
            if numbers is None and func._schema.is_mutable:
                for tensor in handed:
                    notes.forget(tensor)
            return returned

    return Watch()


def _needs_numbers(func: Any) -> bool:
    needing = {torch.Tag.dynamic_output_shape, torch.Tag.data_dependent_output}
    return bool(needing & set(func.tags))


def _numbers(notes: Notes, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """What the operation really gives, on the CPU; None where an input or chance has a part."""
    from torch.utils._python_dispatch import _disable_current_modes

    drawn = torch.Tag.nondeterministic_seeded in func.tags
    if drawn or "empty" in func._schema.name or not all(map(notes.known, _tensors((args, kwargs)))):
        return None

    def real(argument: Any) -> Any:
        if isinstance(argument, torch.Tensor):
            return notes.number(argument)
        if isinstance(argument, torch.device):
            return torch.device("cpu")
        if isinstance(argument, (list, tuple)):
            return type(argument)(map(real, argument))
        return argument

    with _disable_current_modes():
        return func(*map(real, args), **{k: real(v) for k, v in kwargs.items()})


def _like(numbers: Any, handed: list[Any]) -> Any:
    """A pretended tensor for each real one, where the inputs are."""
    if isinstance(numbers, torch.Tensor):
        return torch.empty(numbers.shape, dtype=numbers.dtype, device=handed[0].device)
    if isinstance(numbers, (list, tuple)):
        return type(numbers)(_like(n, handed) for n in numbers)
    return numbers


_PLAIN = {"lift_fresh": "tensor", "_to_copy": "to"}


def _by_hand(notes: Notes, shapes: Any) -> Any:
    """The function mode that indexes and moves without a device guard, and names what leaves."""
    from torch.overrides import TorchFunctionMode

    t = torch.Tensor
    ours: dict[Any, Callable[..., Any]] = {
        t.__getitem__: lambda tensor, index: _indexed(tensor, index, notes, shapes),
        t.masked_select: lambda tensor, mask: _indexed(tensor, mask, notes, shapes),
        torch.masked_select: lambda tensor, mask: _indexed(tensor, mask, notes, shapes),
        t.__setitem__: lambda tensor, index, value: _assigned(tensor, index, value, notes),
        t.__invert__: torch.bitwise_not,
        t.nonzero: _nonzero,
        torch.nonzero: _nonzero,
        t.cuda: lambda tensor, *_, **__: _moved(tensor, None),
        t.to: _to,
        t.copy_: _copied,
        t.requires_grad_: _refuse_gradient,
    }
    ours |= {getattr(t, name): _leaving(name) for name in LEAVING}

    class ByHand(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            try:
                return ours.get(func, func)(*args, **(kwargs or {}))
            except RuntimeError as error:
                if "not linked with support" not in str(error):
                    raise
                name = getattr(func, "__name__", str(func))
                raise Unpretended(f"without CUDA, torch cannot pretend {name}") from error

    return ByHand()


AS: dict[str, Callable[[Any], Any]] = {"item": lambda x: x, "__float__": float, "__int__": int}


def _leaving(name: str) -> Callable[..., Any]:
    """A method by which numbers leave torch: those of the code's own constants may."""

    def leave(tensor: Any, *args: Any, **kwargs: Any) -> Any:
        if tensor.device.type == "cpu" or name in AS:
            try:
                if name in AS:
                    return AS[name](torch.ops.aten._local_scalar_dense(tensor))
                return getattr(torch.Tensor, name)(tensor, *args, **kwargs)
            except (RuntimeError, TypeError, Unpretended):
                pass  # it came from the device, or was computed with
        raise Unpretended(f"numbers leave torch by .{name}()")

    return leave


def _nonzero(tensor: Any, *, as_tuple: bool = False) -> Any:
    places = torch.ops.aten.nonzero(tensor)
    return places.unbind(1) if as_tuple else places


def _refuse_gradient(tensor: Any, requires: bool = True) -> Any:
    if requires:  # it would end this process: see above
        raise Unpretended("gradients are recorded by .requires_grad_()")
    return tensor


def _to(tensor: Any, *args: Any, **kwargs: Any) -> Any:
    named = {k: v for k, v in kwargs.items() if k not in ("copy", "other")}
    parsed = torch._C._nn._parse_to(*args, **named) if args or named else (None, None)
    if parsed[0] is not None and parsed[0].type == "cuda":
        return _moved(tensor, parsed[1])
    return tensor.to(*args, **kwargs)


def _moved(tensor: Any, dtype: Any) -> Any:
    return torch.ops.aten._to_copy(tensor, device=torch.device(DEVICE), dtype=dtype)


def _basic(tensor: Any, index: Any) -> tuple[Any, list[Any]]:
    """The tensor after integers, slices and new axes; and per axis a tensor of places, or None."""
    items = list(index) if isinstance(index, tuple) else [index]
    items = [torch.tensor(i) if isinstance(i, (list, range)) else i for i in items]
    taken = sum(_axes(item) for item in items)
    if not any(item is Ellipsis for item in items):
        items.append(Ellipsis)
    picks: list[Any] = []
    for item in items:
        axis = len(picks)
        if item is Ellipsis:
            picks += [None] * (tensor.ndim - axis - max(0, _left(items, item)))
        elif item is None:
            tensor = tensor.unsqueeze(axis)
            picks.append(None)
        elif isinstance(item, slice):
            start, stop, step = item.indices(tensor.shape[axis])
            tensor = torch.ops.aten.slice(tensor, axis, start, max(start, stop), step)
            picks.append(None)
        elif isinstance(item, torch.Tensor) and item.ndim:
            picks += [item] + [()] * (_axes(item) - 1)
        else:
            tensor = tensor.select(axis, int(item))
    assert taken <= tensor.ndim + len(items)
    return tensor, [pick for pick in picks if not isinstance(pick, tuple)]


def _axes(item: Any) -> int:
    """How many axes of the tensor an item uses up."""
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if isinstance(item, torch.Tensor) and item.dtype is torch.bool else 1


def _left(items: list[Any], ellipsis: Any) -> int:
    """The axes that the items after the ellipsis use up."""
    place = next(i for i, item in enumerate(items) if item is ellipsis)
    return sum(_axes(item) for item in items[place + 1 :])


def _indexed(tensor: Any, index: Any, notes: Notes, shapes: Any) -> Any:
    tensor, picks = _basic(tensor, index)
    picks = _placed(picks, notes)
    chosen = [pick for pick in picks if pick is not None]
    if not chosen:
        return tensor
    _refuse_strangers(tensor, chosen)
    masks = [pick for pick in chosen if pick.dtype is torch.bool]
    if not masks:
        return torch.ops.aten.index.Tensor(tensor, picks)
    if len(chosen) > 1 or picks[0] is None:
        raise Unpretended("a mask beside other indices")
    count = shapes.create_unbacked_symint()  # how many are True is a matter of numbers
    torch._check(count >= 0)
    rest = tensor.shape[masks[0].ndim :]
    return torch.empty((count, *rest), dtype=tensor.dtype, device=tensor.device)


def _placed(picks: list[Any], notes: Notes) -> list[Any]:
    """The picks with each mask whose numbers are known replaced by its places."""
    placed: list[Any] = []
    for pick in picks:
        mask = pick is not None and pick.dtype is torch.bool
        placed += torch.ops.aten.nonzero(pick).unbind(1) if mask and notes.known(pick) else [pick]
    return placed


def _assigned(tensor: Any, index: Any, value: Any, notes: Notes) -> None:
    part, picks = _basic(tensor, index)
    chosen = [pick for pick in picks if pick is not None]
    if not isinstance(value, torch.Tensor):
        value = torch.full((), float(value), dtype=part.dtype, device=part.device)
    if not chosen:
        _copied(part, value)
        return
    _refuse_strangers(part, chosen)
    if value.ndim and value.device != part.device:  # a single number may come from the CPU
        raise Mismatch("index_put_", _devices([part, value]), "")
    picks = _placed(picks, notes)
    if any(pick is not None and pick.dtype is torch.bool for pick in picks):
        notes.forget(part)  # what was written, and where, is not known
    else:
        torch.ops.aten.index_put_(part, picks, value)


def _copied(tensor: Any, value: Any, *_: Any) -> Any:
    """Copying crosses devices, as it may."""
    crosses = value.device != tensor.device and tensor.device.type == "cuda"
    there = _moved(value, tensor.dtype) if crosses else value.to(tensor)
    return tensor.zero_().add_(there)


def _refuse_strangers(tensor: Any, chosen: list[Any]) -> None:
    """Places may lie on the CPU, or where the tensor is."""
    if any(pick.device.type != "cpu" and pick.device != tensor.device for pick in chosen):
        raise Mismatch("index", _devices([tensor, *chosen]), "")


def _devices(tensors: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(tensor.device) for tensor in tensors))


def _tensors(arguments: Any) -> list[Any]:
    if isinstance(arguments, torch.Tensor):
        return [arguments]
    if isinstance(arguments, dict):
        arguments = list(arguments.values())
    if isinstance(arguments, (list, tuple)):
        return [tensor for argument in arguments for tensor in _tensors(argument)]
    return []
