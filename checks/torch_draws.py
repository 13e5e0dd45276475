"""torch's sampling functions, drawn from a harness's numbers and choices: one table."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from .chooser import Chooser, TooManyRuns, computed_with

if TYPE_CHECKING:
    from .draws import Owned

__all__ = ["DRAWS", "NORMAL"]

aten = torch.ops.aten
MOST_OUTCOMES = 1024  # of one number


def _made(kind: str, owned: Owned, size: Any, *_: Any, **named: Any) -> Any:
    """Into a fresh tensor of the size asked for."""
    named.pop("names", None)
    return getattr(owned, kind)(torch.empty(size, **named))


def _made_like(kind: str, owned: Owned, like: torch.Tensor, *_: Any, **named: Any) -> Any:
    return getattr(owned, kind)(torch.empty_like(like, **named))


def _normal_in_place(
    owned: Owned, itself: torch.Tensor, mean: float = 0.0, std: float = 1.0
) -> torch.Tensor:
    return itself.copy_(mean + std * owned.normal(itself))


def _normal(owned: Owned, mean: Any = 0.0, std: Any = 1.0, *rest: Any, **named: Any) -> Any:
    named.pop("out", None)
    if rest or named:  # normal(mean, std, size, dtype=...)
        like = torch.empty(rest[0] if rest else named.pop("size"), **named)
    else:
        tensors = [x for x in (mean, std) if isinstance(x, torch.Tensor)]
        like = torch.empty_like(sum(tensors[1:], start=tensors[0]))
    return mean + std * owned.normal(like)


def _uniform_in_place(
    owned: Owned, itself: torch.Tensor, low: float = 0.0, high: float = 1.0
) -> torch.Tensor:
    if (low, high) != (0.0, 1.0):
        raise computed_with(f"uniform_({low:g}, {high:g})")
    return owned.not_yet(itself)


def _bernoulli(owned: Owned, like: torch.Tensor, p: float | None = None) -> torch.Tensor:
    return _bernoulli_in_place(owned, torch.empty_like(like), like if p is None else p)


def _bernoulli_in_place(owned: Owned, itself: torch.Tensor, p: Any = 0.5) -> torch.Tensor:
    shares = p.detach().double().numpy() if isinstance(p, torch.Tensor) else p
    shares = np.broadcast_to(shares, tuple(itself.shape)).reshape(-1).tolist()
    if not all(0 <= share <= 1 for share in shares):
        raise RuntimeError(f"Expected p_in >= 0 && p_in <= 1, received {shares}")  # as torch does
    drawn = [1 - owned.chooser.choose((Fraction(s), 1 - Fraction(s))) for s in shares]
    return itself.copy_(torch.tensor(drawn).reshape(itself.shape))


def _integers(owned: Owned, itself: torch.Tensor, *bounds: int) -> torch.Tensor:
    """From the first bound up to the second, which is left out, or from zero.  Without bounds it
    is a seed: torch's DataLoader draws one for its workers, and has none."""
    if not bounds:
        return itself.fill_(owned.chooser.seed)
    low, high = bounds if len(bounds) == 2 else (0, bounds[0])
    if high - low > MOST_OUTCOMES:
        raise TooManyRuns(0.0)
    alike = [Fraction(1, high - low)] * (high - low)
    drawn = [low + owned.chooser.choose(alike) for _ in range(itself.numel())]
    return itself.copy_(torch.tensor(drawn, dtype=torch.long).reshape(itself.shape))


def _randint(owned: Owned, *args: Any, **named: Any) -> torch.Tensor:
    *bounds, size = args
    return _integers(owned, torch.empty(size, **({"dtype": torch.long} | named)), *bounds)


def _randint_like(owned: Owned, like: torch.Tensor, *bounds: int, **named: Any) -> torch.Tensor:
    return _integers(owned, torch.empty_like(like, **named), *bounds)


def _permutation(owned: Owned, n: int, **named: Any) -> torch.Tensor:
    left, drawn = list(range(n)), []
    while left:
        drawn.append(left.pop(owned.chooser.choose([Fraction(1, len(left))] * len(left))))
    return torch.tensor(drawn, **({"dtype": torch.long} | named))


def _multinomial(
    owned: Owned, weights: torch.Tensor, count: int, replacement: bool = False
) -> torch.Tensor:
    rows = weights.detach().double().reshape(-1, weights.shape[-1]).tolist()
    drawn = [_picked(owned.chooser, list(map(Fraction, row)), count, replacement) for row in rows]
    return torch.tensor(drawn).reshape(*weights.shape[:-1], count)


def _picked(chooser: Chooser, weights: list[Fraction], count: int, replacement: bool) -> list[int]:
    drawn = []
    for _ in range(count):
        total = sum(weights)
        drawn.append(chooser.choose([weight / total for weight in weights]))
        if not replacement:
            weights[drawn[-1]] = Fraction(0)
    return drawn


NORMAL: dict[Any, Callable[..., torch.Tensor]] = {
    aten.randn: partial(_made, "normal"),
    aten.randn_like: partial(_made_like, "normal"),
    aten.normal_: _normal_in_place,
    aten.normal: _normal,
    aten.normal_functional: lambda owned, itself, mean=0.0, std=1.0: (
        mean + std * owned.normal(itself)
    ),
}
DRAWS = NORMAL | {
    aten.rand: partial(_made, "not_yet"),
    aten.rand_like: partial(_made_like, "not_yet"),
    aten.uniform_: _uniform_in_place,
    aten.bernoulli: _bernoulli,
    aten.bernoulli_: _bernoulli_in_place,
    aten.randint: _randint,
    aten.randint_like: _randint_like,
    aten.random_: _integers,
    aten.randperm: _permutation,
    aten.multinomial: _multinomial,
}
