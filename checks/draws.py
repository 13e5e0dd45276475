r"""The harness owns the random numbers: what torch would draw is prescribed, number by number.

Interception is by a dispatch mode, below autograd: what reaches the code has the gradient that the
sampling function gives it, which for `torch.normal(mu, std)` is none.  Three kinds of draws are
owned.  Standard normal ones are read off a row of numbers.  A draw with finitely many outcomes (a
Bernoulli mask, a dropout, an index, a permutation) asks a `Chooser`, entry by entry, and with it
the run's weight is known as a fraction.  A uniform number is not drawn at all until it is compared
with a bound; then that comparison is the draw.  Until then its memory is NaN, so that whoever
computes with it computes nothing.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from .chooser import Chooser, NotOwnable, another_way, computed_with
from .torch_draws import DRAWS

__all__ = ["Kept", "Owned"]


aten = torch.ops.aten
LEAVING = {torch.Tensor.numpy, torch.Tensor.__array__, torch.Tensor.tolist, torch.Tensor.__dlpack__}
LEAVING |= {torch.Tensor.data_ptr, torch.Tensor.untyped_storage}
BELOW = {aten.lt: True, aten.le: True, aten.gt: False, aten.ge: False}


class Owned(TorchDispatchMode):
    """Replaces what torch would draw: normal numbers by `numbers` (without any, by zeros), whose
    shapes it notes; finite draws by what the chooser chooses."""

    called_from_above = True  # it needs no dispatching of its own beneath another mode

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operation imports torch._dynamo, which takes seconds

    def __init__(self, numbers: np.ndarray | None, chooser: Chooser) -> None:
        super().__init__()
        self.numbers, self.used, self.chooser = numbers, 0, chooser
        self.shapes: list[tuple[int, ...]] = []
        self.uniform: dict[Any, _Uniform] = {}  # by storage

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.uniform and self.is_uniform((*args, *kwargs.values())):
            return self.compared(func, args, kwargs)
        if _draws_nothing(func):
            return func(*args, **kwargs)
        if func.overloadpacket in DRAWS:
            kwargs = {name: value for name, value in kwargs.items() if name != "generator"}
            return DRAWS[func.overloadpacket](self, *args, **kwargs)
        if _draws_otherwise(func, args, kwargs):
            raise NotOwnable(
                "draws that are normal, uniform and only compared, or of finitely many outcomes",
                f"a draw by {func}",
                "write it as a function of such draws, or switch it off (dropout: call eval())",
            )
        return func(*args, **kwargs)

    def normal(self, like: torch.Tensor) -> torch.Tensor:
        """The next numbers, in the shape, dtype and place of `like`."""
        if like.is_complex():
            raise NotOwnable("real draws", "complex ones", "draw the two parts apart")
        shape, size = tuple(like.shape), like.numel()
        self.shapes.append(shape)
        if self.numbers is None:
            return torch.zeros_like(like)
        taken = self.numbers[self.used : self.used + size]
        self.used += size
        if len(taken) < size:
            raise another_way()
        return like.new_tensor(taken.reshape(shape))

    # -- uniform numbers --------------------------------------------------------------------------

    def not_yet(self, like: torch.Tensor) -> torch.Tensor:
        """Uniform numbers in the place of `like`, of which nothing is known."""
        like.fill_(torch.nan)
        self.uniform[_storage(like)] = _Uniform(like)
        return like

    def is_uniform(self, argument: Any) -> bool:
        """Whether it is of such numbers, or a list of which some tensor is."""
        if isinstance(argument, (list, tuple)):
            return any(map(self.is_uniform, argument))
        return isinstance(argument, torch.Tensor) and _storage(argument) in self.uniform

    def compared(self, func: Any, args: Any, kwargs: Any) -> Any:
        """An operation on uniform numbers: a view, or a comparison, which decides it."""
        if func.is_view or func.overloadpacket in (aten.detach, aten.alias):
            return func(*args, **kwargs)
        below = BELOW.get(func.overloadpacket)
        if below is None or self.is_uniform(args[0]) == self.is_uniform(args[1]):
            raise computed_with(func)
        first, second = args
        shape = np.broadcast_shapes(np.shape(first), np.shape(second))
        if not self.is_uniform(first):
            first, second, below = second, first, not below
        if shape != tuple(first.shape):
            raise computed_with(func)
        bounds = second.detach().double().numpy() if isinstance(second, torch.Tensor) else second
        found = self.uniform[_storage(first)].below(first, bounds, self.chooser)
        return torch.tensor(found if below else ~found)


class Kept(TorchFunctionMode):
    """Uniform numbers, of which nothing is known yet, may not leave torch."""

    def __init__(self, owned: Owned) -> None:
        super().__init__()
        self.owned = owned

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in LEAVING and self.owned.is_uniform(args[0]):
            raise computed_with(getattr(func, "__name__", "memory"))
        return func(*args, **(kwargs or {}))


class _Uniform:
    """Uniform numbers: for every place in memory the interval in which its number must be."""

    def __init__(self, tensor: torch.Tensor) -> None:
        count = tensor.untyped_storage().nbytes() // tensor.element_size()
        self.kept = tensor  # so that its address is not used again
        self.low = [Fraction(0)] * count
        self.high = [Fraction(1)] * count

    def below(self, tensor: torch.Tensor, bounds: Any, chooser: Chooser) -> np.ndarray:
        """Whether each number is below its bound: drawn now, unless it was decided before."""
        places = torch.arange(len(self.low)).as_strided(
            tensor.shape, tensor.stride(), tensor.storage_offset()
        )
        bounds = np.broadcast_to(bounds, tuple(tensor.shape))
        pairs = zip(places.reshape(-1).tolist(), bounds.reshape(-1).tolist(), strict=True)
        found = [self._below(place, bound, chooser) for place, bound in pairs]
        return np.array(found, dtype=bool).reshape(bounds.shape)

    def _below(self, place: int, bound: float, chooser: Chooser) -> bool:
        low, high = self.low[place], self.high[place]
        cut = min(max(Fraction(min(max(bound, 0.0), 1.0)), low), high)  # it may be infinite
        share = (cut - low) / (high - low)
        if is_below := chooser.choose((share, 1 - share)) == 0:
            self.high[place] = cut
        else:
            self.low[place] = cut
        return is_below


def _storage(tensor: torch.Tensor) -> Any:
    return tensor.untyped_storage()._cdata


@cache
def _draws_nothing(func: Any) -> bool:
    """Whether an operation never uses random numbers, as most do not."""
    return func.overloadpacket not in DRAWS and torch.Tag.nondeterministic_seeded not in func.tags


def _draws_otherwise(func: Any, args: Any, kwargs: Any) -> bool:
    """Whether a random operation uses random numbers here; a dropout switched off does not."""
    name = func.overloadpacket.__name__
    if name == "native_dropout":
        return bool(args[1]) and args[2] is not False
    if "attention" in name:
        return float(kwargs.get("dropout_p", args[3] if len(args) > 3 else 0.0)) != 0.0
    return True
