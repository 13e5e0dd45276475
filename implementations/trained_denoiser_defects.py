"""Errors that people make when they train a denoiser, each as what it learns.

Most are exact minimisers of the wrong loss, in closed form, so that each error is the only one; a
network that is roughly trained the same way comes near them.  Those that say that they converged
are condemned by how far they are from the best denoiser; the others are declared to be trained,
which a line is too little for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS", "attending", "in_closed_form"]

Denoiser = Callable[["Tensor"], "Tensor"]
Made = Callable[["Tensor", Denoiser, "Tensor", float], "Tensor"]
TRAINED = {"trained": "yes"}


def attending(x: Tensor, sigma: float) -> Denoiser:
    """The best denoiser of noise of this deviation: attention over the points."""

    def denoise(y: Tensor) -> Tensor:
        shares = (-((y[:, None, :] - x) ** 2).sum(dim=2) / (2 * sigma**2)).softmax(dim=1)
        return shares @ x

    return denoise


def in_closed_form(x: Tensor, sigma: float) -> dict[str, Any]:
    return {"denoiser": attending(x, sigma), "converged": True}


def learnt(make: Made, *, says: bool = True) -> Callable[..., Any]:
    """A training that ends with `make(y, D, x, sigma)`, D the best denoiser; it says that it
    converged, or leaves that open."""

    def train(x: Tensor, sigma: float) -> Any:
        best = attending(x, sigma)

        def denoise(y: Tensor) -> Tensor:
            return make(y, best, x, sigma)

        return {"denoiser": denoise, "converged": True} if says else denoise

    return train


def median(y: Tensor, D: Denoiser, x: Tensor, sigma: float) -> Tensor:
    """Coordinate by coordinate, the first point past half of the weight."""
    shares = (-((y[:, None, :] - x) ** 2).sum(dim=2) / (2 * sigma**2)).softmax(dim=1)
    columns = []
    for column in x.T:
        values, order = column.sort()
        passed = (shares[:, order].cumsum(dim=1) < 0.5).sum(dim=1)
        columns.append(values[passed.clamp(max=len(values) - 1)])
    return torch.stack(columns, dim=1)


def standardised(y: Tensor, D: Denoiser, x: Tensor, sigma: float) -> Tensor:
    spread = x.std(dim=0, unbiased=False)
    return (D(y) - x.mean(dim=0)) / torch.where(spread > 0, spread, torch.ones_like(spread))


def wiener(x: Tensor, sigma: float) -> dict[str, Any]:
    mean = x.mean(dim=0)
    covariance = (x - mean).T @ (x - mean) / len(x)
    gain = torch.linalg.solve(covariance + sigma**2 * torch.eye(x.shape[1]).to(x), covariance)
    return {"denoiser": lambda y: mean + (y - mean) @ gain, "converged": True}


def noise_drawn_once(x: Tensor, sigma: float) -> dict[str, Any]:
    """Eight noisy copies of each point are all that is ever seen; the nearest is remembered."""
    draw = torch.Generator().manual_seed(0)
    rows = x.repeat(8, 1)
    seen = rows + sigma * torch.randn(rows.shape, generator=draw, dtype=rows.dtype)
    return {"denoiser": lambda y: rows[torch.cdist(y, seen).argmin(dim=1)], "converged": True}


# -- in use as in training ------------------------------------------------------------------------


def noise_left_on(x: Tensor, sigma: float) -> Any:
    best = attending(x, sigma)
    return lambda y: best(y + sigma * torch.randn_like(y))


def dropout_left_on(x: Tensor, sigma: float) -> Any:
    best = attending(x, sigma)
    return lambda y: torch.nn.functional.dropout(best(y), 0.5)


def batch_statistics_left_on(x: Tensor, sigma: float) -> Any:
    """Centred by the rows at hand, which are not those of the training."""
    best = attending(x, sigma)
    return lambda y: best(y - y.mean(dim=0) + x.mean(dim=0))


# -- the report -----------------------------------------------------------------------------------


def loss_on_clean_inputs(x: Tensor, sigma: float) -> dict[str, Any]:
    found = in_closed_form(x, sigma)
    loss = ((found["denoiser"](x) - x) ** 2).sum(dim=1).mean()
    return found | {"loss": float(loss), "loss_error": 0.0}


DEFECTS = (
    Defect(
        name="noise returned", call=learnt(lambda y, D, x, s: (y - D(y)) / s),
        why="the network predicts the noise, and its output is taken for the data",
        changes=r"\hat x \to (y - \hat x)/\sigma",
    ),
    Defect(
        name="noise added back", call=learnt(lambda y, D, x, s: 2 * y - D(y), says=False),
        why="the predicted noise is added where it should be subtracted", convention=TRAINED,
        changes=r"\hat x \to 2y - \hat x",
    ),
    Defect(
        name="noise not scaled", call=learnt(lambda y, D, x, s: y - (y - D(y)) / s),
        why="the network predicts noise of deviation one, which is subtracted as it is",
        changes=r"y - \sigma\hat\epsilon \to y - \hat\epsilon",
    ),
    Defect(
        name="noisy target", convention=TRAINED,
        call=learnt(lambda y, D, x, s: y.clone(), says=False),
        why="`x = x + noise` overwrites the clean data, so that the target carries the same noise",
        changes=r"\hat x \to y",
    ),
    Defect(
        name="targets of all rows",
        call=learnt(lambda y, D, x, s: x.mean(dim=0).expand_as(y), says=False),
        why="an output of shape (n,) and a target of shape (n, 1) are broadcast to all pairs, or "
        "inputs and targets are shuffled apart", convention=TRAINED,
        changes=r"\mathbb{E}[X \mid y] \to \mathbb{E}[X]",
    ),
    Defect(
        name="variance for deviation",
        call=learnt(lambda y, D, x, s: attending(x, s**2)(y)),
        why="the variance is handed over as `std`",
        changes=r"\hat x(y; \sigma) \to \hat x(y; \sigma^2)",
    ),
    Defect(
        name="deviation for variance",
        call=learnt(lambda y, D, x, s: attending(x, math.sqrt(s))(y)),
        why="the root is taken of what is a deviation already",
        changes=r"\hat x(y; \sigma) \to \hat x(y; \sqrt\sigma)",
    ),
    Defect(
        name="noise added twice",
        call=learnt(lambda y, D, x, s: attending(x, math.sqrt(2) * s)(y)),
        why="the data set adds noise, and the training loop adds it again",
        changes=r"\hat x(y; \sigma) \to \hat x(y; \sqrt2\,\sigma)",
    ),
    Defect(
        name="input scaled in training only",
        call=learnt(lambda y, D, x, s: D(y * math.sqrt(1 + s**2))),
        why="the input is divided by its size in the training loop, and not in use",
        changes=r"\hat x(y) \to \hat x(\sqrt{1 + \sigma^2}\,y)",
    ),
    Defect(
        name="left standardised", call=learnt(standardised, says=False), convention=TRAINED,
        why="the data are standardised for training, and the output is not scaled back",
        changes="estimates of mean zero in other units than the data",
    ),
    Defect(
        name="rectified output", call=learnt(lambda y, D, x, s: D(y).clamp(min=0)),
        why="the last layer keeps its activation, and half of the data is below zero",
        changes=r"\hat x \to \max(\hat x, 0)",
    ),
    Defect(
        name="absolute error minimised", call=learnt(median),
        why="`l1_loss` is called a robust reconstruction error",
        changes="the median of the points that may have been there in place of their mean",
    ),
    Defect(
        name="a line for the best", call=wiener,
        why="a linear network has converged, to the best of all linear ones",
        changes=r"\hat x \to \mu + \Sigma(\Sigma + \sigma^2I)^{-1}(y - \mu)",
    ),
    Defect(
        name="noise drawn once", call=noise_drawn_once,
        why="the noisy copies are made before the loop over epochs, and learnt by heart",
        changes="the point whose noisy copy is nearest in place of the average",
    ),
    Defect(
        name="noise left on", call=noise_left_on,
        why="`forward` corrupts its input in use as in training",
        changes="another estimate in every call, of data with twice the variance of the noise",
    ),
    Defect(
        name="dropout left on", call=dropout_left_on,
        why="`eval()` is not called, so that units are dropped at random",
        changes="another estimate in every call",
    ),
    Defect(
        name="batch statistics left on", call=batch_statistics_left_on,
        why="`eval()` is not called, so that batch normalisation uses the batch at hand",
        changes="each estimate depends on the other rows",
    ),
    Defect(
        name="loss on clean inputs", call=loss_on_clean_inputs,
        why="the test loop reconstructs clean data, which an autoencoder without noise would do",
        changes=r"\mathbb{E}\lVert X - D(Y)\rVert^2 \to \mathbb{E}\lVert X - D(X)\rVert^2",
    ),
)  # fmt: skip
