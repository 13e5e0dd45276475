"""The best denoiser under a known prior: contract, honest codings, and what is added to them.

The prior is part of the call, so that nothing has to be trained: a Gaussian mixture with isotropic
components, by weights, means and variances; with all variances zero it is a set of points.  A
denoiser that is built from a prior takes part through a function of two lines,
`lambda y, weights, means, variances, sigma: Denoiser(weights, means, variances)(y, sigma)`.
The wrong ones are in `denoiser_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Contract, Input, Option
from .denoiser_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DENOISER", "LEVEL", "SCALING", "alpha", "by_bayes", "by_the_score", "predicts"]
__all__ += ["stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def by_bayes(
    y: Tensor, weights: Tensor, means: Tensor, variances: Tensor, *, sigma: float
) -> Tensor:
    """Responsibilities, and each component's posterior mean."""
    total = variances + sigma**2
    squares = (y[:, None, :] - means).square().sum(-1)
    logits = weights.log() - 0.5 * y.shape[1] * total.log() - squares / (2 * total)
    pulled = variances[:, None] * y[:, None, :] + sigma**2 * means
    return (logits.softmax(dim=1)[:, :, None] * pulled / total[:, None]).sum(dim=1)


def by_the_score(
    y: Tensor, weights: Tensor, means: Tensor, variances: Tensor, *, sigma: float
) -> Tensor:
    """Tweedie's formula, with the mixture's score written out."""
    total = (variances + sigma * sigma).unsqueeze(-1)
    away = means - y.unsqueeze(1)
    exponents = (away * away / total + total.log()).sum(-1) / -2 + torch.log(weights)
    shares = (exponents - exponents.logsumexp(1, keepdim=True)).exp()
    return y + sigma**2 * torch.einsum("nc,ncd->nd", shares, away / total)


def stabilised(
    y: Tensor, weights: Tensor, means: Tensor, variances: Tensor, *, sigma: float,
    clip: str = "none", variance: float = 0.0, weight: float = 0.0,
) -> Tensor:  # fmt: skip
    """By Bayes' rule with the small constants that people add, all zero by default."""
    total = variances + sigma**2 + variance
    squares = (y[:, None, :] - means).square().sum(-1)
    logits = (weights + weight).log() - 0.5 * y.shape[1] * total.log() - squares / (2 * total)
    pulled = variances[:, None] * y[:, None, :] + sigma**2 * means
    mean = (logits.softmax(dim=1)[:, :, None] * pulled / total[:, None]).sum(dim=1)
    return mean.clamp(-1, 1) if clip == "unit" else mean


# -- conventions ----------------------------------------------------------------------------------

Map = Callable[[Any, Any, float], Any]  # of a prediction, the noisy y, and sigma


def predicts(name: str, words: str, ours: Map, theirs: Map) -> Option:
    """`ours` makes the estimate of x of what the code returns; `theirs` goes the other way."""

    def output(returned: Any, call: Call) -> Any:
        return ours(returned, call.inputs[0], call.parameters["sigma"])

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        return lambda y, *prior, sigma: theirs(target(y, *prior, sigma=sigma), y, sigma)

    return Option(name=name, words=words, output=output, write=write)


def alpha(sigma: float) -> float:
    """What variance-preserving noise multiplies the data by."""
    return float((1 + sigma**2) ** -0.5)


PREDICTS = Axis(
    name="predicts",
    options=(
        Option(name="x", words="the estimate of the clean data"),
        predicts(
            "noise", "the estimate of the noise, of variance one",
            lambda e, y, sigma: y - sigma * e, lambda x, y, sigma: (y - x) / sigma,
        ),
        replace(
            predicts(
                "score", "the score of the noised data as they are handed over",
                lambda s, y, sigma: y + sigma**2 * s, lambda x, y, sigma: (x - y) / sigma**2,
            ),
            instead={"scaling=VP": predicts(
                "score", "the score of the rescaled data",
                lambda s, y, sigma: y + alpha(sigma) * sigma**2 * s,
                lambda x, y, sigma: (x - y) / (alpha(sigma) * sigma**2),
            )},
        ),
        predicts(
            "velocity", "alpha e - sigma x, of variance-preserving noise",
            lambda v, y, sigma: (y - sigma / alpha(sigma) * v) / (1 + sigma**2),
            lambda x, y, sigma: alpha(sigma) * ((y - x) / sigma - sigma * x),
        ),
    ),
)  # fmt: skip


def _levels(change: Callable[[float], float]) -> Callable[[Call], Call]:
    def changed(call: Call) -> Call:
        return call._replace(parameters={"sigma": change(call.parameters["sigma"])})

    return changed


def _preserving(call: Call) -> Call:
    """y/sqrt(1 + sigma^2), of noise sigma/sqrt(1 + sigma^2)."""
    y, *prior = call.inputs
    sigma = call.parameters["sigma"]
    scale = alpha(sigma)
    return call._replace(inputs=(y * scale, *prior), parameters={"sigma": sigma * scale})


def _from_preserving(target: Callable[..., Any]) -> Callable[..., Any]:
    def call(y: Tensor, *prior: Tensor, sigma: float) -> Any:
        scale = (1 - sigma**2) ** 0.5
        return target(y / scale, *prior, sigma=sigma / scale)

    return call


SCALING = Axis(
    name="scaling",
    options=(
        Option(name="VE", words="variance exploding: y = x + sigma e"),
        Option(
            name="VP", words="variance preserving: y = sqrt(1 - sigma^2) x + sigma e",
            call=_preserving, write=_from_preserving,
        ),
    ),
)  # fmt: skip

LEVEL = Axis(
    name="level",
    options=(
        Option(name="deviation", words="the level is the standard deviation of the noise"),
        Option(
            name="variance", words="the level is the variance of the noise",
            call=_levels(lambda sigma: sigma**2),
            write=lambda target: lambda *inputs, sigma: target(*inputs, sigma=sigma**0.5),
        ),
    ),
)  # fmt: skip


def _clipped(target: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *inputs, sigma: target(*inputs, sigma=sigma).clamp(-1, 1)


CLIP = Axis(
    name="clip",
    variant=True,
    options=(
        Option(name="none", words="the estimate as it is"),
        Option(
            name="unit", words="the estimate clipped to [-1, 1]: another function, unless the "
            "data lie in there, as images are scaled",
            write=_clipped,
        ),
    ),
)  # fmt: skip

DENOISER = Contract(
    name="denoiser",
    title="the best denoiser under a known prior",
    inputs=(
        Input(name="y", shape="n,d"),
        Input(name="weights", shape="c", differentiable=False),
        Input(name="means", shape="c,d", differentiable=False),
        Input(name="variances", shape="c", differentiable=False),
    ),
    parameters=("sigma",),
    returns="x_hat[n,d]",
    axes=(PREDICTS, SCALING, LEVEL, CLIP),  # in this order: the scaling still sees a deviation
    shapes=lambda call: (tuple(call.inputs[0].shape),),
    references={"by Bayes' rule": by_bayes, "by the score": by_the_score},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "variance": "added to each component's variance",
        "weight": "added to each weight, under the logarithm",
    },
)
