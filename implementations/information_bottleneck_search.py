"""Searches for the best labels of a table: alternating, and by gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from .tensors import torch
from .training import flattened, lbfgs

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Update", "alternating", "by_gradients", "kept", "rule", "search", "starts"]

Update = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
TURNS, STILL = 4000, 1e-9
STEPS = 60


def kept(labels: np.ndarray, p: np.ndarray) -> tuple[float, float]:
    """I(X;T) and I(T;Y) in nats of labels p(t|x) [m, t]."""
    with_x = p.sum(1)[:, None] * labels
    return _told(with_x), _told(labels.T @ p)


def _told(joint: np.ndarray) -> float:
    apart = np.outer(joint.sum(1), joint.sum(0))
    seen = joint > 0
    return float((joint[seen] * np.log(joint[seen] / apart[seen])).sum())


def rule(labels: np.ndarray, p: np.ndarray, beta: float) -> np.ndarray:
    """p(t|x) proportional to p(t) exp(-beta KL): one turn of Tishby, Pereira and Bialek's."""
    with np.errstate(divide="ignore", invalid="ignore"):
        given_x = p / p.sum(1, keepdims=True)
        of_t = labels.T @ p.sum(1)
        given_t = (labels.T @ p) / of_t[:, None]
        says = given_x @ np.maximum(np.log(given_t), -1e4).T  # up to what is the same for all t
        score = np.where(of_t > 0, np.log(of_t) + beta * says, -np.inf)
    score -= score.max(1, keepdims=True)
    share = np.exp(score)
    return np.asarray(share / share.sum(1, keepdims=True))


def starts(m: int) -> Iterator[np.ndarray]:
    """A label for each outcome, nearly; and two that were drawn."""
    yield 0.9 * np.eye(m) + 0.1 / m
    draw = np.random.default_rng(0)
    for _ in range(2):
        yield draw.dirichlet(np.ones(m), m)


def search(labels: np.ndarray, p: np.ndarray, beta: float, turn: Update = rule) -> np.ndarray:
    """Turns until nothing changes."""
    for _ in range(TURNS):
        before, labels = labels, turn(labels, p, beta)
        if np.abs(labels - before).max() < STILL:
            break
    return labels


def alternating(p_xy: Tensor, beta: float) -> tuple[float, float]:
    """The best of three searches by turns, in NumPy."""
    p = np.asarray(p_xy)
    found = [kept(search(labels, p, beta), p) for labels in starts(len(p))]
    return min(found, key=lambda pair: pair[0] - beta * pair[1])


def by_gradients(p_xy: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    """A softmax for each outcome of x, and the Lagrangian handed to L-BFGS."""
    m = len(p_xy)
    logits = (2.0 * torch.eye(m, dtype=p_xy.dtype)).requires_grad_()

    def both() -> tuple[Tensor, Tensor]:
        labels = logits.softmax(1)
        return _information(p_xy.sum(1)[:, None] * labels), _information(labels.mT @ p_xy)

    def loss() -> Tensor:
        rate, relevance = both()
        return rate - beta * relevance

    with torch.enable_grad():
        descend, start = flattened([logits], loss)
        descend(lbfgs(descend, start, STEPS, still=1e-10))  # and leaves the logits there
    rate, relevance = both()
    return rate.detach(), relevance.detach()


def _information(joint: Tensor) -> Tensor:
    return _entropy(joint.sum(0)) + _entropy(joint.sum(1)) - _entropy(joint)


def _entropy(shares: Tensor) -> Tensor:
    """Its slope at a share of nothing is a number, as is that of a label nobody is given."""
    return -(shares * shares.clamp(min=1e-300).log()).sum()
