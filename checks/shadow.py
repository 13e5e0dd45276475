"""Shadow execution: other people's code runs as it is, while every tensor carries an exact twin.

Below autograd, each operation is seen with its tensors.  torch does it; then the twin does it, on
60-digit numbers; and the two are held against each other (`shadow_guard`).  So a wrong twin, an
operation without one, a memory that changed unseen, a number that left torch, or a comparison that
exact arithmetic decides otherwise is noticed by name, and the shadow abandoned: once lost it stays
lost, whatever the code does with the exception.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..implementations.tensors import torch
from .shadow_arguments import Operation, both_of, operation, tensors_of, twinned
from .shadow_choices import CHOICES, DECISIONS, SHAPES, chosen, decided
from .shadow_guard import Rerun, guard, outputs
from .shadow_moves import MOVES
from .shadow_operations import DRAWS, FACTORIES, OPERATIONS, PIVOTED, SCALARS, WITH_INTEGERS
from .shadow_twin import exactly, meant, of_lists, values
from .twins import EXACT as mp
from .twins import Lost, Twins, exact, native, rounded

__all__ = ["Constant", "Shadow", "shadow_mode", "without_escapes"]

HOUSE = Path(__file__).parent.parent
OURS = tuple(str(HOUSE / room) + "/" for room in ("checks", "reports", "theorems", "tightframe"))
TORCH = str(Path(torch.__file__).parent)


class Constant(NamedTuple):
    """A number in the code, as it reached an operation: the operation's step in the run, the
    argument's place, the value, the operation, and the line of the code under audit."""

    step: int
    place: int | str
    value: float
    operation: str
    line: str


@dataclass(slots=True)
class Shadow:
    """What one run left behind: the twins (which note the numbers that came in tensors from
    outside, inputs and the code's own), the constants, and the operations by count.

    `edits` replaces constants of the run, by (step, place), for torch and for the twin: what torch
    decides on the way is then decided for the edited code.
    """

    edits: Mapping[tuple[int, int | str], float] = field(default_factory=dict)
    twins: Twins = field(default_factory=Twins)
    constants: list[Constant] = field(default_factory=list)
    operations: dict[str, int] = field(default_factory=dict)
    steps: int = 0
    lost: str = ""

    @property
    def adopted(self) -> list[float]:
        return self.twins.adopted

    def adopt(self, tensor: Any) -> None:
        """A tensor that comes from outside is the exact number that it holds."""
        if tensor.is_floating_point() and not self.twins.has(tensor):
            self.twins.adopt(tensor)

    def twin(self, tensor: Any) -> np.ndarray:
        """The tensor's exact twin.  Raises `Lost` if it was lost, now or before."""
        if self.lost:
            raise Lost(self.lost)
        self.adopt(tensor)
        return self.twins.of(tensor)


def shadow_mode(shadow: Shadow) -> Any:
    """The dispatch mode under which the code runs; the outcome is in `shadow`.  Raises `Lost`."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Mode(TorchDispatchMode):
        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return False  # else the first operation imports torch._dynamo, which takes seconds

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            with torch._C.DisableTorchFunction(), np.errstate(all="ignore"):
                return _dispatched(shadow, self, func, args, kwargs or {})

    return Mode()


def without_escapes(shadow: Shadow) -> Any:
    """The function mode beside it: numbers that leave for NumPy or lists are noticed, unless they
    are exact."""
    from torch.overrides import TorchFunctionMode

    leaving = {
        torch.Tensor.numpy: "numpy()",
        torch.Tensor.__array__: "numpy",
        torch.Tensor.tolist: "tolist()",
        torch.Tensor.__dlpack__: "dlpack",
        torch.Tensor.data_ptr: "data_ptr()",
        torch.Tensor.untyped_storage: "its storage",
    }

    class Escapes(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if func in leaving and args[0].is_floating_point() and shadow.twins.has(args[0]):
                with torch._C.DisableTorchFunction():
                    if not _is_exact(shadow.twin(args[0]), native(args[0])):
                        way = leaving[func]
                        shadow.lost = f"numbers left torch by {way} at {where()}, rounded"
                        raise Lost(shadow.lost)
            return func(*args, **(kwargs or {}))

    return Escapes()


def _is_exact(twin: np.ndarray, numbers: np.ndarray) -> bool:
    return all(
        bool(t == n) or (n != n and bool(mp.isnan(t)))
        for t, n in zip(twin.reshape(-1), numbers.reshape(-1).tolist(), strict=True)
    )


def _dispatched(
    shadow: Shadow, mode: Any, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    asked = operation(func)
    shadow.steps += 1
    shadow.operations[asked.name] = shadow.operations.get(asked.name, 0) + 1
    try:
        args, kwargs = _edited(shadow, asked, args, kwargs)
        return _followed(shadow, mode, asked, args, kwargs)
    except Lost as lost:
        shadow.lost = shadow.lost or f"{lost} ({asked.name} at {where()})"
        raise Lost(shadow.lost) from lost


def _followed(
    shadow: Shadow, mode: Any, asked: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """The operation done by torch and by the twin, in the way that its kind asks for."""
    if shadow.lost:
        raise Lost(shadow.lost)
    tensors = tensors_of((args, kwargs))
    floats = any(t.is_floating_point() for t in tensors)
    if asked.view or asked.shape_only:
        return _viewed(shadow, asked, args, kwargs)
    if asked.name in SCALARS:
        return _made(shadow, asked, args, kwargs)
    if asked.name in DRAWS:
        return _drawn(shadow, asked, args, kwargs)
    if not tensors or asked.name in FACTORIES or asked.name in SHAPES:
        return _founded(shadow, asked, args, kwargs)
    if asked.name == "_local_scalar_dense":
        return _left_torch(shadow, asked, args)
    if not floats and not _makes_floats(asked, kwargs):
        returned = asked.func(*args, **kwargs)
        if not any(t.is_floating_point() for t in tensors_of(returned)):
            return returned
        return _twinned(shadow, mode, asked, args, kwargs)
    return _twinned(shadow, mode, asked, args, kwargs)


def _makes_floats(asked: Operation, kwargs: dict[str, Any]) -> bool:
    dtype = kwargs.get("dtype")
    return asked.name == "_to_copy" and dtype is not None and bool(dtype.is_floating_point)


def _edited(
    shadow: Shadow, asked: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Note the code's constants with their lines; and replace those that are edited."""

    kinds = (float, int) if asked.name in WITH_INTEGERS else (float,)
    if asked.name in DRAWS or not any(type(a) in kinds for a in (*args, *kwargs.values())):
        return args, kwargs
    line = where()

    def value(place: int | str, argument: Any) -> Any:
        if type(argument) not in kinds:
            return argument
        shadow.constants.append(Constant(shadow.steps, place, float(argument), asked.name, line))
        edited = shadow.edits.get((shadow.steps, place), argument)
        if line != "backward":
            return edited
        forward = [c for c in shadow.constants if c.line != "backward"]
        known = any(c.value == argument for c in forward)  # the code's own: what it holds in binary
        powers = [c.value for c in forward if c.operation == "pow"]
        return edited if known else meant(edited, powers)

    return (
        tuple(value(i, a) for i, a in enumerate(args)),
        {k: value(k, v) for k, v in kwargs.items()},
    )


# -- operations that compute nothing --------------------------------------------------------------


def _viewed(shadow: Shadow, asked: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A view shares its storage's twin, if it reads the numbers as numbers."""
    if asked.name in ("resize", "resize_as", "set"):
        raise Lost("memory was exchanged or resized")
    returned = asked.func(*args, **kwargs)
    for tensor in tensors_of(returned):
        if tensor.dtype != args[0].dtype:
            raise Lost("memory is read as another type than it was written as")
    if asked.name == "lift_fresh" and args[0].numel() == 1 and args[0].is_floating_point():
        number = float(args[0])  # torch.tensor(1e-8): a constant too
        shadow.constants.append(Constant(shadow.steps, 0, number, asked.name, where()))
        if (shadow.steps, 0) in shadow.edits:
            returned.fill_(shadow.edits[(shadow.steps, 0)])
    return returned


def _founded(
    shadow: Shadow, asked: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Tensors of zeros, ones, a range: exactly the numbers that they hold."""
    returned = asked.func(*args, **kwargs)
    for tensor in tensors_of(returned):
        if tensor.is_floating_point() and not shadow.twins.has(tensor):
            shadow.twins.adopt(tensor, noted=False)
    return returned


def _made(shadow: Shadow, asked: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A tensor full of one number, which the tensor's precision does not round for the twin."""
    returned = asked.func(*args, **kwargs)
    if returned.is_floating_point():
        place = SCALARS[asked.name]
        number = args[place] if len(args) > place else kwargs[asked.arguments[place]]
        shadow.twins.give(returned, exact(number))
    return returned


def _drawn(shadow: Shadow, asked: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if asked.written:
        twinned(shadow.twins, True, (args, kwargs))  # no other part of the memory has changed
    if asked.name == "normal":
        _require_standard(args[len(asked.written) :], kwargs)
    if asked.name in ("bernoulli", "multinomial"):
        _require_exact(shadow, args[len(asked.written) :], "a probability")
    returned = asked.func(*args, **kwargs)
    for tensor in tensors_of(returned):
        if tensor.is_floating_point():
            shadow.twins.give(tensor, exact(native(tensor)))
    return returned


def _require_standard(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """torch.normal(mean, std) is scaled and shifted by torch, rounded: a twin of it is none."""
    for argument in (*args[:2], kwargs.get("mean", 0), kwargs.get("std", 1)):
        numbers = native(argument) if isinstance(argument, torch.Tensor) else argument
        if isinstance(numbers, (int, float, np.ndarray)) and not np.all(np.isin(numbers, (0, 1))):
            raise Lost("a normal draw is scaled or shifted inside torch")


def _require_exact(shadow: Shadow, args: tuple[Any, ...], what: str) -> None:
    for tensor in tensors_of(args):
        if tensor.is_floating_point() and not _is_exact(shadow.twin(tensor), native(tensor)):
            raise Lost(f"{what} was rounded")


def _left_torch(shadow: Shadow, asked: Operation, args: tuple[Any, ...]) -> Any:
    """A number leaves for Python: it may, if it is exact."""
    value = asked.func(*args)
    if args[0].is_floating_point() and not _is_exact(shadow.twin(args[0]), np.array(value)):
        raise Lost("a number left torch, rounded")
    return value


# -- operations that compute ----------------------------------------------------------------------


def _twinned(
    shadow: Shadow, mode: Any, asked: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    before = twinned(shadow.twins, bool(asked.written), (args, kwargs))
    plain = asked.name == "copy" or any(asked.name in kind for kind in (MOVES, CHOICES, DECISIONS))
    known = plain or asked.name in OPERATIONS or asked.name in PIVOTED or of_lists(asked)
    if not known and _decomposed(asked) is not None:
        return _in_parts(shadow, mode, asked, before, args, kwargs)
    rerun = None if plain or not known else Rerun(asked, before)
    returned = asked.func(*args, **kwargs)
    left = outputs(asked, returned, args, kwargs)
    if not any(t.is_floating_point() for t in left):
        if asked.name.startswith("arg"):
            chosen(asked.name, before, left)
        else:
            decided(asked.name, *values(asked, before), returned)
            if any(np.isnan(both.rounded).any() for both in both_of(before) if both.is_float):
                _require_exact(shadow, args, "the bound of a uniform draw")
        return returned
    found = exactly(asked, before, left)
    _give(shadow, asked, left, found, rerun)
    return returned


def _give(
    shadow: Shadow, asked: Operation, left: list[Any], found: list[Any], rerun: Rerun | None
) -> None:
    for place, (tensor, twin) in enumerate(zip(left, found, strict=True)):
        if not tensor.is_floating_point():
            continue
        if twin is None:
            raise Lost(f"an output of {asked.name} has no twin")
        twin = np.broadcast_to(np.asarray(twin, dtype=object), tuple(tensor.shape))
        floats = rounded(twin)
        if rerun is not None:
            guard(rerun, place, floats)
        shadow.twins.give(tensor, twin, floats)


# -- operations that torch can take apart ---------------------------------------------------------


def _decomposed(asked: Operation) -> Any:
    from torch._decomp import decomposition_table

    func = _functional(asked.func) if asked.written else asked.func
    composed = func is not None and torch._C._dispatch_has_kernel_for_dispatch_key(
        func.name(), "CompositeImplicitAutograd"
    )
    return func.decompose if composed else decomposition_table.get(func)


def _functional(func: Any) -> Any:
    """The overload that returns what this one writes."""
    packet = getattr(torch.ops.aten, func._schema.name.split("::")[1].rstrip("_"), None)
    name = func._overloadname if func._schema.name.endswith("_") else "default"
    return getattr(packet, name, None)


def _in_parts(
    shadow: Shadow,
    mode: Any,
    asked: Operation,
    before: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Run torch's decomposition under the mode, in the operation's place; the whole is guarded."""
    if len(asked.written) > 1 or (asked.written and asked.written[0] != 0):
        raise Lost(f"the operation {asked.name} has no twin")
    rerun = Rerun(asked, before)
    with mode:
        returned = _decomposed(asked)(*args, **kwargs)
        if asked.written:
            returned = args[0].copy_(returned)
    left = [returned] if isinstance(returned, torch.Tensor) else list(returned)
    left = [t for t in left if isinstance(t, torch.Tensor)]
    for place, tensor in enumerate(left[: len(rerun.plain)]):
        if tensor.is_floating_point():
            guard(rerun, place, rounded(shadow.twin(tensor)))
    return returned


def where() -> str:
    """The line of the code under audit that is running: the innermost that is neither ours nor
    torch's; "backward" where autograd runs on its own."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith((*OURS, TORCH, "<")) and Path(name).parent != HOUSE:
            return f"{Path(name).name}:{frame.f_lineno}"
        if frame.f_code.co_name == "_engine_run_backward" or name.endswith("shadowed.py"):
            return "backward"  # further out are those who asked for it
        frame = frame.f_back
    return "backward"
