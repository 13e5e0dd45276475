"""Critics trained on a known table: scores by L-BFGS on an exact loss, a network by samples.

This module knows of no density ratio: it goes through all choices of negatives, and minimises.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

from .tensors import torch
from .training import adam, flattened, layer, lbfgs, one_thread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["by_classification", "by_lbfgs", "by_samples", "exact_loss", "minimised"]

BATCHES, ROWS, HIDDEN = 30, 64, 16


def exact_loss(
    scores: Tensor, joint: Tensor, keys: int, *, law: Tensor | None = None, own: bool = True
) -> Tensor:
    """InfoNCE's loss over all multisets of negatives: from the keys' marginal, or from `law`
    [m, n], a row for each query; the positive is in the denominator, if it is its `own`."""
    n = joint.shape[1]
    marginal = joint.sum(0, keepdim=True).expand_as(joint) if law is None else law
    chosen, counts, ways = _multisets(n, keys - 1)
    chances = ways.to(joint) * (marginal[:, None, :] ** counts).prod(2)  # [m, choices]
    total = scores[:, chosen].logsumexp(2)[:, :, None]
    if own:
        total = torch.logaddexp(total, scores[:, None, :])
    return (joint[:, None, :] * chances[:, :, None] * (total - scores[:, None, :])).sum()


@lru_cache
def _multisets(n: int, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Which of n keys are chosen, how often each is, and in how many orders."""
    chosen = torch.tensor(list(combinations_with_replacement(range(n), size)))
    counts = torch.nn.functional.one_hot(chosen, n).sum(1)
    logs = torch.lgamma(torch.tensor(size + 1.0)) - torch.lgamma(counts + 1.0).sum(1)
    return chosen, counts, logs.exp().round()


def minimised(shape: tuple[int, ...], loss: Callable[[Tensor], Tensor]) -> Tensor:
    """The scores at which L-BFGS ends, from zeros."""
    scores = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    with one_thread():
        value_and_slope, flat = flattened([scores], lambda: loss(scores))
        lbfgs_at = lbfgs(value_and_slope, flat, 300, still=1e-13)
    return torch.from_numpy(lbfgs_at).view(shape)


def report(scores: Tensor, joint: Tensor, keys: int, **changed: Any) -> dict[str, Any]:
    """The scores and their loss, said to have converged, but for what is `changed`."""
    found = {"scores": scores, "loss": float(exact_loss(scores, joint, keys)), "converged": True}
    return found | changed


# -- honest ways ----------------------------------------------------------------------------------


def by_lbfgs(joint: Tensor, keys: int) -> dict[str, Any]:
    """A table of scores, by the exact loss."""
    scores = minimised(tuple(joint.shape), lambda s: exact_loss(s, joint, keys))
    return report(scores, joint, keys)


def by_classification(joint: Tensor, keys: int) -> dict[str, Any]:
    """A classifier of pairs against strangers, as many of these as of those: its logits."""
    apart = joint.sum(1, keepdim=True) * joint.sum(0)
    soft = torch.nn.functional.softplus
    scores = minimised(tuple(joint.shape), lambda s: (joint * soft(-s) + apart * soft(s)).sum())
    return report(scores, joint, keys)


def by_samples(joint: Tensor, keys: int) -> dict[str, Any]:
    """An ordinary network on one-hot pairs, by Adam on sampled keys; nothing is said of how near it
    is."""
    m, n = joint.shape
    draw = torch.Generator().manual_seed(0)
    with one_thread():
        inner, outer = (
            layer(wide, narrow, True, torch.float32, draw)
            for wide, narrow in ((m + n, HIDDEN), (HIDDEN, 1))
        )
        pairs = torch.cat([torch.eye(m).repeat_interleave(n, 0), torch.eye(n).repeat(m, 1)], 1)

        def table() -> Tensor:
            return outer(inner(pairs).tanh()).view(m, n)

        def loss(batch: tuple[Tensor, Tensor]) -> Tensor:
            drawn, strangers = batch
            found = torch.cat([drawn[:, None] % n, strangers], 1)
            return -table()[drawn[:, None] // n, found].log_softmax(1)[:, 0].mean()

        sizes = (ROWS, keys - 1)
        batches = [
            (
                torch.multinomial(joint.flatten(), ROWS, True, generator=draw),
                torch.multinomial(joint.sum(0), math.prod(sizes), True, generator=draw).view(sizes),
            )
            for _ in range(BATCHES)
        ]
        adam([*inner.parameters(), *outer.parameters()], loss, batches, rate=0.03)
        return {"scores": table().detach(), "converged": False}
