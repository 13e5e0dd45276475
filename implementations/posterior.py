"""The posterior of classes given a statistic: contract, honest codings, and what is added to them.

What is known of the statistic is part of the call, so that nothing has to be trained: its means in
each class, its one covariance within the classes, and the priors.  A classifier that is built from
them takes part through a function of two lines, `lambda t, means, covariance, priors:
Classifier(means, covariance, priors).predict_proba(t)`.  The wrong ones are in
`posterior_defects`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Contract, ContractError, Input, Option, read_value
from .posterior_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["POSTERIOR", "by_densities", "by_discriminants", "discriminants", "distilled"]
__all__ += ["in_logarithms", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def by_densities(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    """Priors times densities over their sum."""
    return joint(t, means, covariance, priors).softmax(dim=1)


def joint(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    """Priors times densities, in logarithms, up to a number that all classes share; Mahalanobis
    distances by a Cholesky factor."""
    factor = torch.linalg.cholesky(covariance)
    apart = (t[:, None, :] - means).flatten(0, 1)
    white = torch.linalg.solve_triangular(factor, apart.mT, upper=False)
    return priors.log() - white.square().sum(0).view(len(t), len(means)) / 2


def by_discriminants(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    """A softmax of Fisher's linear discriminants."""
    return discriminants(t, means, covariance, priors).softmax(1)


def discriminants(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    """The logits Wt + b: they lack a number per row that is no class's own."""
    weights = torch.linalg.solve(covariance, means.mT).mT
    bias = priors.log() - (weights * means).sum(1) / 2
    return t @ weights.mT + bias


def in_logarithms(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    """Log-probabilities, without a probability on the way that could underflow."""
    return joint(t, means, covariance, priors).log_softmax(dim=1)


def distilled(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    """A linear student of the densities: least squares on the teacher's logits (Ba and Caruana
    2014) at the ends of the axes, which it has seen, to be asked at t, which it has not."""
    one = torch.eye(t.shape[1], dtype=means.dtype, device=means.device)
    seen = torch.cat([one, -one, 0 * one[:1]])
    logits = joint(seen, means, covariance, priors)
    logits = logits - logits.mean(1, keepdim=True)
    inputs = torch.cat([seen, torch.ones_like(seen[:, :1])], 1)
    student = torch.linalg.solve(inputs.mT @ inputs, inputs.mT @ logits)
    return (t @ student[:-1] + student[-1]).softmax(1)


def stabilised(
    t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor, *,
    returns: str = "probabilities", jitter: float = 0.0, prior: float = 0.0, weight: float = 0.0,
    evidence: float = 0.0, logarithm: float = 0.0,
) -> Tensor:  # fmt: skip
    """By densities with the small constants that people add, all zero by default."""
    one = torch.eye(len(covariance), dtype=covariance.dtype, device=covariance.device)
    spread, apart = covariance + jitter * one, t[:, None, :] - means
    squares = (apart @ torch.linalg.inv(spread) * apart).sum(-1)
    logs = (priors + prior).log() - squares / 2
    top = logs.detach().amax(1, keepdim=True)
    volume = (spread.logdet() + len(spread) * math.log(2 * math.pi)) / 2
    added = weight * (-top).exp() + evidence * (volume - top).exp() if weight or evidence else 0
    total = (logs - top).exp().sum(1, keepdim=True) + added
    if returns == "probabilities":
        return (logs - top).exp() / total
    logs = logs - top - total.log()
    return (logs.exp() + logarithm).log() if logarithm else logs


# -- reading --------------------------------------------------------------------------------------


def read(returned: Any, call: Call) -> Any:
    """One number per observation and class; complains by `ContractError`."""
    value = read_value(returned, call)
    shape, wanted = tuple(getattr(value, "shape", ())), (len(call.inputs[0]), len(call.inputs[1]))
    if shape == wanted:
        return value
    remedy = "return a row per observation, with a number for each class"
    if shape == wanted[:1]:
        remedy = (
            "return a number for each class: the probabilities (predict_proba) and not the "
            "likeliest class; of two classes both, torch.stack([1 - p, p], 1)"
        )
    elif shape == wanted[::-1]:
        remedy = "transpose it: " + remedy
    raise ContractError(
        f"one number per observation and class, shape {wanted}", f"shape {shape}", remedy
    )


# -- conventions ----------------------------------------------------------------------------------


def _normalised(returned: Any, call: Call) -> Any:
    if not isinstance(returned, torch.Tensor):
        returned = torch.as_tensor(returned)
    return returned.log_softmax(-1)


RETURNS = Axis(
    name="returns",
    variant=True,
    options=(
        Option(name="probabilities", words="the probabilities of the classes"),
        Option(
            name="log-probabilities", words="the logarithms of the probabilities",
            write=lambda target: in_logarithms,
        ),
        Option(
            name="logits", words="the logarithms up to a number per row, before the softmax",
            output=_normalised, write=lambda target: discriminants,
        ),
    ),
)  # fmt: skip


def _third(change: Callable[[Any], Any]) -> Callable[[Call], Call]:
    """What is known of the spread, written otherwise."""

    def changed(call: Call) -> Call:
        t, means, covariance, priors = call.inputs
        return call._replace(inputs=(t, means, change(covariance), priors))

    return changed


def _from_third(change: Callable[[Any], Any]) -> Callable[..., Any]:
    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        return lambda t, means, spread, priors: target(t, means, change(spread), priors)

    return write


def _inverse(matrix: Any) -> Any:
    return torch.linalg.inv(matrix)


SPREAD = Axis(
    name="spread",
    options=(
        Option(name="covariance", words="the spread within a class is its covariance"),
        Option(
            name="precision", words="it is the inverse of the covariance",
            call=_third(_inverse), write=_from_third(_inverse),
        ),
        Option(
            name="cholesky", words="it is the lower Cholesky factor of the covariance",
            call=_third(lambda covariance: torch.linalg.cholesky(covariance)),
            write=_from_third(lambda factor: factor @ factor.mT),
        ),
    ),
)  # fmt: skip


def _log_priors(call: Call) -> Call:
    *known, priors = call.inputs
    return call._replace(inputs=(*known, priors.log()))


PRIOR = Axis(
    name="prior",
    options=(
        Option(name="probability", words="the priors are probabilities"),
        Option(
            name="logarithm", words="the priors are given as their logarithms", call=_log_priors,
            write=lambda target: lambda *known: target(*known[:-1], known[-1].exp()),
        ),
    ),
)  # fmt: skip

POSTERIOR = Contract(
    name="posterior",
    title="the posterior of classes given a statistic, Gaussian with one covariance",
    inputs=(
        Input(name="t", shape="n,k"),
        Input(name="means", shape="C,k", differentiable=False),
        Input(name="covariance", shape="k,k", differentiable=False, symmetric=True),
        Input(name="priors", shape="C", differentiable=False, shares=True),
    ),
    returns="probabilities[n,C]",
    axes=(RETURNS, SPREAD, PRIOR),
    read=read,
    references={
        "priors times densities": by_densities,
        "linear discriminants": by_discriminants,
        "distilled into a linear student": distilled,
    },
    ordinary=("distilled into a linear student",),
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "jitter": "added to the diagonal of the covariance",
        "prior": "added to each prior, under the logarithm",
        "weight": "added to the sum of priors times exp(-d^2/2), in the denominator",
        "evidence": "added to the evidence (the mixture's density), in the denominator",
        "logarithm": "added to each probability, under the logarithm",
    },
)
