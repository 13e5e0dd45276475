"""What the shadow does not see to where its twins are formulas: choices, and numbers that escape.

The shadow's own mode carries formulas as it carries numbers.  Around it, each largest number that
is chosen becomes a letter, so that it can be seen to cancel; what its place rests on is noted when
somebody uses the place.  A number that depends on the inputs may not leave torch, however exact it
is at the point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..implementations.tensors import torch
from .formula_number import Ledger, Number
from .shadow import Shadow, where
from .shadow_choices import DECISIONS
from .shadow_operations import FACTORIES, SCALARS
from .symbolic_factors import FACTORING, SOLVING, Conditions, factored, solved
from .torch_draws import NORMAL
from .twins import Lost

__all__ = ["choices_mode", "without_symbols_escaping"]

EXTREMES = frozenset("max min amax amin".split())
PLACES = frozenset("argmax argmin argsort sort topk kthvalue median".split())
NOTED = frozenset([*DECISIONS, "linalg_cholesky_ex", "linalg_inv_ex"])  # by their comparisons

Places = dict[int, tuple[Any, Conditions]]  # by storage, kept alive: what they rest on


def choices_mode(shadow: Shadow, ledger: Ledger, drawn: Sequence[float] = ()) -> Any:
    """Entered inside the shadow's mode, so that it sees each operation first.  `drawn` are the
    standard normal numbers that the code is fed, in their order."""
    from torch.utils._python_dispatch import TorchDispatchMode

    places: Places = {}
    fed = iter(drawn)

    class Choices(TorchDispatchMode):
        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return False

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            with torch._C.DisableTorchFunction():
                if torch.Tag.nondeterministic_seeded in func.tags:
                    return _drawn(shadow, ledger, fed, func, args, kwargs or {})
                return _followed(shadow, ledger, places, func, args, kwargs or {})

    return Choices()


def _drawn(
    shadow: Shadow, ledger: Ledger, fed: Iterator[float], func: Any, args: Any, kwargs: Any
) -> Any:
    """A letter for each number; they are standard normal if they are those that were fed."""
    tensors = [t for t in _flat((args, kwargs)) if isinstance(t, torch.Tensor)]
    moved = func._schema.name == "aten::normal" and any(depends(shadow, t) for t in tensors)
    if func.overloadpacket not in NORMAL or moved:
        raise Lost(f"random numbers are drawn at {where()}")
    returned = func(*args, **kwargs)

    def letter(number: Any) -> Any:
        if number != next(fed, None):
            raise Lost(f"a normal draw is scaled or shifted inside torch at {where()}")
        return ledger.drawn(number)

    _change(shadow, returned, letter)
    return returned


def _followed(
    shadow: Shadow, ledger: Ledger, places: Places, func: Any, args: Any, kwargs: Any
) -> Any:
    from torch.utils._python_dispatch import _disable_current_modes

    name = func._schema.name.removeprefix("aten::")
    tensors = [t for t in _flat((args, kwargs)) if isinstance(t, torch.Tensor)]
    rests = [places[_key(t)][1] for t in tensors if _key(t) in places]
    if name == SOLVING and len(rests) == 2 and rests[0] is rests[1]:
        return solved(ledger, lambda: func(*args, **kwargs))
    for conditions in rests:
        ledger.conditions |= conditions
    if name == "_local_scalar_dense" and depends(shadow, args[0]):
        raise Lost(f"a number that depends on the inputs left torch at {where()}")
    if name in FACTORING:
        return _factored(shadow, ledger, places, name, args[0], lambda: func(*args, **kwargs))
    if name in EXTREMES | PLACES:
        return _choice(shadow, ledger, places, name, lambda: func(*args, **kwargs))
    returned = func(*args, **kwargs)
    unnoted = name not in NOTED and any(map(_discrete, _flat(returned)))
    if unnoted and any(depends(shadow, t) for t in tensors):
        raise Lost(f"{name} decides, by the inputs, what is not noted ({where()})")
    if name == "lift_fresh":  # torch.tensor(1e-8): a constant too
        with _disable_current_modes():  # the shadow's own looks at memory are not the code's
            shadow.adopt(returned)
    if name in FACTORIES or name in SCALARS or name == "lift_fresh":
        _change(shadow, returned, ledger.constant)
    return returned


def _factored(
    shadow: Shadow, ledger: Ledger, places: Places, name: str, matrices: Any,
    factor: Callable[[], Any],
) -> Any:  # fmt: skip
    returned, conditions = factored(shadow, ledger, name, matrices, factor)
    which = FACTORING[name]
    for tensor in returned[which : which + 2]:
        places[_key(tensor)] = (tensor, conditions)
    return returned


def _choice(
    shadow: Shadow, ledger: Ledger, places: Places, name: str, choose: Callable[[], Any]
) -> Any:
    with ledger.apart() as conditions:
        returned = choose()
    for tensor in _flat(returned):
        if not tensor.is_floating_point():
            places[_key(tensor)] = (tensor, conditions)
        elif name in EXTREMES:
            _change(shadow, tensor, partial(ledger.chosen, conditions=conditions))
        else:
            ledger.conditions |= conditions
    return returned


def without_symbols_escaping(shadow: Shadow) -> Any:
    """Numbers that depend on the inputs may not leave for NumPy or lists.  What is one formula is
    close, and is not compared."""
    from torch.overrides import TorchFunctionMode

    leaving = {torch.Tensor.numpy, torch.Tensor.__array__, torch.Tensor.tolist}
    leaving |= {torch.Tensor.__dlpack__, torch.Tensor.data_ptr, torch.Tensor.untyped_storage}

    class Escapes(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if func in leaving and depends(shadow, args[0]):
                raise Lost(f"numbers that depend on the inputs left torch at {where()}")
            if func is torch.isclose and _same_formulas(shadow, *args[:2]):
                return torch.ones(args[0].shape, dtype=torch.bool)
            return func(*args, **(kwargs or {}))

    return Escapes()


def _same_formulas(shadow: Shadow, *tensors: Any) -> bool:
    if len(tensors) < 2 or not all(depends(shadow, t) for t in tensors):
        return False
    first, second = (shadow.twins.of(t) for t in tensors)
    if first.shape != second.shape:
        return False
    pairs = zip(first.flat, second.flat, strict=True)
    zero = (a - b for a, b in pairs)
    return all(isinstance(d, Number) and not d.formula for d in zero)


def depends(shadow: Shadow, tensor: Any) -> bool:
    """Whether a tensor of floats has a twin that is no constant."""
    if not tensor.is_floating_point() or not shadow.twins.has(tensor):
        return False
    twin = shadow.twins.of(tensor)
    return any(isinstance(x, Number) and not x.is_constant for x in np.ravel(twin))


def _change(shadow: Shadow, tensor: Any, change: Callable[[Any], Any]) -> None:
    """Change each entry of the tensor's twin."""
    if tensor.is_floating_point() and shadow.twins.has(tensor):
        changed = np.frompyfunc(change, 1, 1)(shadow.twins.of(tensor))
        shadow.twins.give(tensor, np.asarray(changed, dtype=object))


def _discrete(returned: Any) -> bool:
    if isinstance(returned, torch.Tensor):
        return not returned.is_floating_point()
    return returned is not None


def _key(tensor: Any) -> int:
    return int(tensor.untyped_storage()._cdata)


def _flat(arguments: Any) -> list[Any]:
    if isinstance(arguments, dict):
        arguments = list(arguments.values())
    if isinstance(arguments, (list, tuple)):
        return [x for argument in arguments for x in _flat(argument)]
    return [arguments]
