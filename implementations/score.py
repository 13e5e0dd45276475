"""The score of noised data under a known prior: contract, honest codings, and what is added.

The prior is carried as by `denoiser`: a Gaussian mixture with isotropic components, by weights,
means and variances; with all variances zero it is a set of points.  The wrong ones are in
`score_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Axis, Contract, Option
from .denoiser import DENOISER, LEVEL, SCALING, alpha, by_bayes, predicts
from .score_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SCORE", "by_autograd", "by_responsibilities", "by_tweedie", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def by_responsibilities(
    y: Tensor, weights: Tensor, means: Tensor, variances: Tensor, *, sigma: float
) -> Tensor:
    """Each component's pull, weighed by its responsibility."""
    total = variances + sigma**2
    away = means - y[:, None, :]
    logits = weights.log() - 0.5 * y.shape[1] * total.log() - away.square().sum(-1) / (2 * total)
    return (logits.softmax(dim=1)[:, :, None] * away / total[:, None]).sum(dim=1)


def by_tweedie(
    y: Tensor, weights: Tensor, means: Tensor, variances: Tensor, *, sigma: float
) -> Tensor:
    """From the best denoiser, as a trained one gives it."""
    return (by_bayes(y, weights, means, variances, sigma=sigma) - y) / sigma**2


def by_autograd(
    y: Tensor, weights: Tensor, means: Tensor, variances: Tensor, *, sigma: float
) -> Tensor:
    """The logarithm of the density, differentiated by torch."""
    y = y if y.requires_grad else y.detach().requires_grad_()
    total = variances + sigma**2
    squares = (y.unsqueeze(1) - means).pow(2).sum(dim=-1)
    logits = torch.log(weights) - squares / (2 * total) - y.shape[1] / 2 * torch.log(total)
    density = torch.logsumexp(logits, dim=1).sum()
    (score,) = torch.autograd.grad(density, y, create_graph=True)
    return score


def stabilised(
    y: Tensor, weights: Tensor, means: Tensor, variances: Tensor, *, sigma: float,
    variance: float = 0.0, weight: float = 0.0,
) -> Tensor:  # fmt: skip
    """By responsibilities, with the small constants that people add, all zero by default."""
    total = variances + sigma**2 + variance
    return by_responsibilities(y, weights + weight, means, total, sigma=0.0)


# -- conventions ----------------------------------------------------------------------------------

PREDICTS = Axis(
    name="predicts",
    options=(
        Option(
            name="score", words="the score of the noised data as they are handed over",
            instead={"scaling=VP": predicts(
                "score", "the score of the rescaled data",
                lambda s, y, sigma: alpha(sigma) * s, lambda s, y, sigma: s / alpha(sigma),
            )},
        ),
        predicts(
            "noise", "the estimate of the noise, of variance one",
            lambda e, y, sigma: -e / sigma, lambda s, y, sigma: -sigma * s,
        ),
        predicts(
            "velocity", "alpha e - sigma x, of variance-preserving noise",
            lambda v, y, sigma: -alpha(sigma) * (v / sigma + alpha(sigma) * y),
            lambda s, y, sigma: -sigma * (s / alpha(sigma) + alpha(sigma) * y),
        ),
        predicts(
            "x", "the estimate of the clean data",
            lambda x, y, sigma: (x - y) / sigma**2, lambda s, y, sigma: y + sigma**2 * s,
        ),
    ),
)  # fmt: skip

SCORE = Contract(
    name="score",
    title="the score of noised data under a known prior",
    inputs=DENOISER.inputs,
    parameters=("sigma",),
    returns="[n,d]",
    axes=(PREDICTS, SCALING, LEVEL),
    shapes=lambda call: (tuple(call.inputs[0].shape),),
    references={
        "by responsibilities": by_responsibilities,
        "by Tweedie's formula": by_tweedie,
        "by autograd": by_autograd,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers=DENOISER.stabilisers,
)
