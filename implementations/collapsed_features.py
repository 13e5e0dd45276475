"""What codings of unconstrained features share: objectives, simplices, and an honest report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["closed_form", "data_term", "found", "frame", "objective", "told"]


def data_term(
    weights: Tensor, features: Tensor, labels: Tensor, bias: Tensor | float, loss: str
) -> Tensor:
    """The mean cross-entropy; or half the mean squared distance to the one-hot label."""
    scores = features @ weights.T + bias
    if loss == "squared":
        wanted = torch.nn.functional.one_hot(labels, len(weights))
        return 0.5 * ((scores - wanted) ** 2).sum(dim=1).mean()
    return torch.nn.functional.cross_entropy(scores, labels)


def objective(
    weights: Tensor, features: Tensor, labels: Tensor, bias: Tensor | float, loss: str,
    weight_decay_w: float, weight_decay_h: float,
) -> Tensor:  # fmt: skip
    """The data term and both penalties."""
    data = data_term(weights, features, labels, bias, loss)
    decays = weight_decay_w * (weights**2).sum() + weight_decay_h * (features**2).sum()
    return data + decays / 2


def frame(K: int, d: int, *, centred: bool = True) -> Tensor:
    """Rows (K, d) whose Gram matrix is I - J/K, or I if they are not to be centred."""
    gram = torch.eye(K, dtype=torch.float64) - (1 / K if centred else 0.0)
    rows = torch.linalg.eigh(gram).eigenvectors[:, 1 if centred else 0 :]
    return torch.nn.functional.pad(rows, (0, d - rows.shape[1]))


def told(
    K: int, n: int, weight_decay_w: float, weight_decay_h: float, *, weights: Tensor, means: Tensor,
    bias: Tensor, loss: str = "cross-entropy", report: str = "objective", **changed: Any,
) -> dict[str, Any]:  # fmt: skip
    """An honest report on features that are their class means, but for what is `changed`."""
    features = means.repeat_interleave(n, dim=0)
    fit = {"weights": weights, "features": features, "bias": bias, "converged": True} | changed
    labels = torch.arange(K).repeat_interleave(n)
    made = (fit["weights"], fit["features"], labels, fit["bias"], loss)
    if report == "data":
        return {"loss": data_term(*made)} | fit
    return {"loss": objective(*made, weight_decay_w, weight_decay_h)} | fit


def closed_form(
    K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float, *,
    loss: str = "cross-entropy", bias: str = "free", report: str = "objective",
    size: float | None = None, centred: bool | None = None, **changed: Any,
) -> dict[str, Any]:  # fmt: skip
    """The minimiser, or one of another `size` or frame, and `changed` where it is told."""
    squared = loss == "squared"
    if centred is None:
        centred = not (squared and bias == "none")
    c = math.sqrt(n * weight_decay_w * weight_decay_h)
    if size is None:
        size = max(0.0, 1 - c * K) if squared else found(c, K)
    ratio = (n * weight_decay_h / weight_decay_w) ** 0.25
    rows = math.sqrt(size) * frame(K, d, centred=centred)
    offset = torch.full((K,), 1 / K if squared and bias == "free" else 0.0, dtype=rows.dtype)
    return told(
        K, n, weight_decay_w, weight_decay_h, weights=ratio * rows, means=rows / ratio,
        loss=loss, report=report, **({"bias": offset} | changed),
    )  # fmt: skip


def found(c: float, K: int) -> float:
    """The size of the scores under cross-entropy: none at the threshold and beyond."""
    return math.log(1 / c - (K - 1)) if c * K < 1 else 0.0
