"""Errors that people make in scores of known priors, each as the code that makes it.

The thread named was read; it is about the same error in the target of a learnt score.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _logits(y: Tensor, w: Tensor, means: Tensor, total: Tensor) -> Tensor:
    squares = (y[:, None, :] - means).square().sum(-1)
    return w.log() - y.shape[1] / 2 * total.log() - squares / (2 * total)


def _pulled(shares: Tensor, y: Tensor, means: Tensor, total: Tensor) -> Tensor:
    return (shares[:, :, None] * (means - y[:, None, :]) / total[:, None]).sum(1)


def _score(y: Tensor, w: Tensor, means: Tensor, total: Tensor) -> Tensor:
    return _pulled(_logits(y, w, means, total).softmax(1), y, means, total)


def deviation_for_variance(
    y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float
) -> Tensor:
    return sigma * _score(y, w, means, v + sigma**2)


def sign_lost(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    return -_score(y, w, means, v + sigma**2)


def half_missing(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    total = v + sigma**2
    squares = (y[:, None, :] - means).square().sum(-1)
    logits = w.log() - y.shape[1] / 2 * total.log() - squares / total
    return 2 * _pulled(logits.softmax(1), y, means, total)


def of_the_clean_data(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    return _score(y, w, means, torch.where(v > 0, v, sigma**2))


def rescaling_missing(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    return (1 + sigma**2) ** 0.5 * _score(y, w, means, v + sigma**2)


def input_not_rescaled(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    alpha = (1 + sigma**2) ** -0.5
    y, level = alpha * y, alpha * sigma  # as a variance-preserving sampler has them
    return _score(y, w, means, v + level**2)


def weights_forgotten(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    return _score(y, torch.ones_like(w), means, v + sigma**2)


def over_the_batch(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    total = v + sigma**2
    return _pulled(_logits(y, w, means, total).softmax(0), y, means, total)


def normaliser_forgotten(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    total = v + sigma**2
    logits = _logits(y, w, means, total) + y.shape[1] / 2 * total.log()
    return _pulled(logits.softmax(1), y, means, total)


def level_for_its_square(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    return _score(y, w, means, v + sigma)


def widths_forgotten(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    return _score(y, w, means, torch.full_like(v, sigma**2))


def nearest_component(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    total = v + sigma**2
    best = _logits(y, w, means, total).argmax(1)
    hard = torch.nn.functional.one_hot(best, len(w)).to(y.dtype)
    return _pulled(hard, y, means, total)


def of_the_density(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    total = v + sigma**2
    logits = _logits(y, w, means, total)
    density = logits.logsumexp(1, keepdim=True) - y.shape[1] / 2 * math.log(2 * math.pi)
    return density.exp() * _pulled(logits.softmax(1), y, means, total)


def prior_not_widened(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    noise = torch.full_like(v, sigma**2)
    return _pulled(_logits(y, w, means, noise).softmax(1), y, means, v + sigma**2)


def without_the_maximum(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    total = v + sigma**2
    kernels = _logits(y, w, means, total).exp()
    return _pulled(kernels / kernels.sum(1, keepdim=True), y, means, total)


DEFECTS = (
    Defect(
        name="sigma times the score",
        call=deviation_for_variance,
        why="minus the predicted noise is returned, and not divided by sigma",
        changes=r"s = -\hat\epsilon/\sigma \to -\hat\epsilon",
    ),
    Defect(
        name="sign of the score",
        call=sign_lost,
        why="the gradient of the energy, which is minus the logarithm of the density",
        changes=r"s \to -s",
        seen_in=("acids-ircam/diffusion_models#7",),
    ),
    Defect(
        name="half missing in the exponent",
        call=half_missing,
        why="the squared distance is divided by the variance once, and then differentiated",
        changes=r"\lVert y - m\rVert^2/2C \to \lVert y - m\rVert^2/C",
    ),
    Defect(
        name="score of the clean data",
        call=of_the_clean_data,
        why="the noise is not added to the components' variances; points alone get it",
        changes=r"v_c + \sigma^2 \to v_c",
    ),
    Defect(
        name="score not rescaled",
        call=rescaling_missing,
        why="the score of variance-preserving data is returned for variance-exploding ones",
        changes=r"s(y) = \alpha\,s_{\alpha Y}(\alpha y) \to s_{\alpha Y}(\alpha y)",
    ),
    Defect(
        name="data not rescaled",
        call=input_not_rescaled,
        why="variance-preserving data are handed to the score of variance-exploding ones",
        changes=r"s(y, \sigma) \to s(\alpha y, \alpha\sigma)",
    ),
    Defect(
        name="weights of the prior forgotten",
        call=weights_forgotten,
        why="the softmax is over distances alone",
        changes=r"w_c\,N(y; m_c, C_c) \to N(y; m_c, C_c)",
    ),
    Defect(
        name="softmax over the batch",
        call=over_the_batch,
        why="the wrong axis: each component's shares add to one over the rows",
        changes=r"\sum_c r_{ic} = 1 \to \sum_i r_{ic} = 1",
    ),
    Defect(
        name="normaliser forgotten",
        call=normaliser_forgotten,
        why="right where all components are equally wide, as for a set of points",
        changes=r"C_c^{-d/2} \to 1",
    ),
    Defect(
        name="sigma added to the variances",
        call=level_for_its_square,
        why="a standard deviation added to a variance",
        changes=r"v_c + \sigma^2 \to v_c + \sigma",
    ),
    Defect(
        name="widths of the components forgotten",
        call=widths_forgotten,
        why="the formula for a set of points, by the noise alone",
        changes=r"v_c + \sigma^2 \to \sigma^2",
    ),
    Defect(
        name="nearest component alone",
        call=nearest_component,
        why="the likeliest component in place of the mean over all",
        changes=r"\sum_c r_c a_c \to a_{\arg\max r}",
    ),
    Defect(
        name="gradient of the density",
        call=of_the_density,
        why="the logarithm is not taken before differentiating",
        changes=r"\nabla\log p_\sigma \to \nabla p_\sigma",
    ),
    Defect(
        name="prior not widened",
        call=prior_not_widened,
        why="responsibilities by the noise alone, as for a set of points",
        changes=r"N(y; m_c, v_c + \sigma^2) \to N(y; m_c, \sigma^2)",
    ),
    Defect(
        name="exponentials without their maximum",
        call=without_the_maximum,
        why="right in real arithmetic; far from all components the densities are zero, and 0/0",
        changes=r"\operatorname{softmax}(\ell) \to e^\ell/\sum e^\ell",
        rounding=True,
    ),
)
