"""One call of the code done otherwise: what a person would try, at the line where it stands.

A function mode sees the torch functions that the code itself calls.  For each it knows the slips
that are made there (a graph cut, a diagonal kept in a sum or in a mask, another axis, a mean for a
sum, a mask filled with a number), and, where told to, does the call without the slip: torch, its
gradient and the twin all follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from torch.overrides import TorchFunctionMode

from ..implementations.tensors import torch
from .shadow import where

__all__ = ["Rewrite", "Rewriting"]

Change = Callable[[], Any]


class Rewrite(NamedTuple):
    """A slip that may have been made at a line, in the words of what is done in its place."""

    line: str
    words: str


class Rewriting(TorchFunctionMode):
    """Notes every slip that may have been made, in `found`; does without those in `applied`."""

    def __init__(self, applied: frozenset[Rewrite] = frozenset()) -> None:
        super().__init__()
        self.applied = applied
        self.found: dict[Rewrite, None] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        for words, change in _slips(func, args, kwargs):
            rewrite = Rewrite(where(), words)
            if rewrite in self.applied:
                return change()
            self.found[rewrite] = None
        return func(*args, **kwargs)


def _slips(func: Any, args: Any, kwargs: Any) -> Iterator[tuple[str, Change]]:
    name = _name(func)
    if name == "_set_grad_enabled":
        if not args[0]:
            yield "the gradient kept, where it is switched off", lambda: None
    elif args and isinstance(args[0], torch.Tensor):
        yield from _cuts(name, args)
        yield from _masks(name, func, args, kwargs)
        yield from _diagonals(name, func, args, kwargs)
        yield from _axes(name, func, args, kwargs)


def _name(func: Any) -> str:
    """Of a function, and of its form in place."""
    if func == torch.Tensor.data.__get__:
        return "data"
    name = str(getattr(func, "__name__", ""))
    return name if name.endswith("__") else name.removesuffix("_")


# -- the graph ------------------------------------------------------------------------------------


def _cuts(name: str, args: Any) -> Iterator[tuple[str, Change]]:
    if name in ("detach", "data") and args[0].requires_grad:
        yield f"the graph kept, where {name} cuts it", lambda: args[0]


# -- masks and diagonals --------------------------------------------------------------------------

LEFT_OUT = {  # of what is summed: the number that leaves an entry out
    "sum": 0.0, "logsumexp": -torch.inf, "softmax": -torch.inf, "log_softmax": -torch.inf,
    "cross_entropy": -torch.inf,
}  # fmt: skip
MASKED = {"masked_fill": 1, "where": 0, "mul": 1, "__getitem__": 1}  # which argument is the mask


def _masks(name: str, func: Any, args: Any, kwargs: Any) -> Iterator[tuple[str, Change]]:
    place = MASKED.get(name, len(args))
    if place >= len(args) or not _is_mask(args[place]):
        return
    mask = args[place]
    turned = (*args[:place], _turned(mask), *args[place + 1 :])
    yield f"the mask's diagonal turned over in {_said(name)}", lambda: func(*turned, **kwargs)
    if name == "masked_fill" and isinstance(args[2], (int, float)) and args[2] > -torch.inf:
        filled = (*args[:2], -torch.inf)
        yield f"-inf filled in place of {args[2]:g}", lambda: func(*filled, **kwargs)


def _diagonals(name: str, func: Any, args: Any, kwargs: Any) -> Iterator[tuple[str, Change]]:
    x = args[0]
    if name in LEFT_OUT and _is_square(x) and x.is_floating_point():
        without = x.masked_fill(_diagonal(x), LEFT_OUT[name])
        yield f"the diagonal left out of {name}", lambda: func(without, *args[1:], **kwargs)


def _is_square(x: Any) -> bool:
    return isinstance(x, torch.Tensor) and x.ndim == 2 and x.shape[0] == x.shape[1] > 1


def _is_mask(x: Any) -> bool:
    """A square table of zeros and ones, or of truth values, that does not depend on the inputs."""
    if not _is_square(x) or x.requires_grad:
        return False
    return x.dtype is torch.bool or bool(((x == 0) | (x == 1)).all())


def _diagonal(x: Any) -> Any:
    return torch.eye(len(x), dtype=torch.bool, device=x.device)


def _turned(mask: Any) -> Any:
    diagonal = _diagonal(mask)
    return mask ^ diagonal if mask.dtype is torch.bool else torch.where(diagonal, 1 - mask, mask)


def _said(name: str) -> str:
    return {"__getitem__": "an index", "mul": "a product"}.get(name, name)


# -- axes and sizes -------------------------------------------------------------------------------

ALONG = frozenset("sum mean logsumexp softmax log_softmax normalize var std norm".split())
INSTEAD = {"sum": "mean", "mean": "sum"}


def _axes(name: str, func: Any, args: Any, kwargs: Any) -> Iterator[tuple[str, Change]]:
    x = args[0]
    if name in INSTEAD and x.is_floating_point():
        other = getattr(torch.Tensor, INSTEAD[name])
        yield f"{INSTEAD[name]} in place of {name}", lambda: other(*args, **kwargs)
    if name not in ALONG or x.ndim != 2:
        return
    place = 2 if name in ("normalize", "norm") else 1  # before it comes the order of the norm
    if type(kwargs.get("dim")) is int:
        across = kwargs | {"dim": 1 - kwargs["dim"] % 2}
        yield f"{name} along the other axis", lambda: func(*args, **across)
    elif len(args) > place and type(args[place]) is int:
        along = (*args[:place], 1 - args[place] % 2, *args[place + 1 :])
        yield f"{name} along the other axis", lambda: func(*along, **kwargs)
