"""Errors that people make in denoisers of known priors, each as the code that makes it.

Every thread named was read; some are about the same error where the score is learnt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _squares(y: Tensor, means: Tensor) -> Tensor:
    return (y[:, None, :] - means).square().sum(-1)


def _score(y: Tensor, w: Tensor, means: Tensor, total: Tensor) -> Tensor:
    """Of the mixture with the variances `total`."""
    logits = w.log() - y.shape[1] / 2 * total.log() - _squares(y, means) / (2 * total)
    pulls = (means - y[:, None, :]) / total[:, None]
    return (logits.softmax(1)[:, :, None] * pulls).sum(1)


def _by_bayes(logits: Tensor, y: Tensor, means: Tensor, v: Tensor, sigma: float) -> Tensor:
    """The posterior mean, its responsibilities handed in."""
    return _mixed(logits.softmax(1), y, means, v, sigma)


def _mixed(shares: Tensor, y: Tensor, means: Tensor, v: Tensor, sigma: float) -> Tensor:
    centres = (v[:, None] * y[:, None, :] + sigma**2 * means) / (v + sigma**2)[:, None]
    return (shares[:, :, None] * centres).sum(1)


def _logits(y: Tensor, w: Tensor, means: Tensor, v: Tensor, sigma: float) -> Tensor:
    total = v + sigma**2
    return w.log() - y.shape[1] / 2 * total.log() - _squares(y, means) / (2 * total)


def deviation_for_variance(
    y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float
) -> Tensor:
    return y + sigma * _score(y, w, means, v + sigma**2)


def sign_of_the_score(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    return y - sigma**2 * _score(y, w, means, v + sigma**2)


def root_missing(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    noise = -sigma * _score(y, w, means, v + sigma**2)
    return y - sigma**2 * noise


def rescaling_missing(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    alpha = (1 + sigma**2) ** -0.5
    y, level = alpha * y, alpha * sigma  # as a variance-preserving sampler has them
    return y + level**2 * _score(y, w, means, v + level**2)


def weights_forgotten(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    return _by_bayes(_logits(y, torch.ones_like(w), means, v, sigma), y, means, v, sigma)


def over_the_batch(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    return _mixed(_logits(y, w, means, v, sigma).softmax(0), y, means, v, sigma)


def half_missing(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    logits = _logits(y, w, means, v, sigma) - _squares(y, means) / (2 * (v + sigma**2))
    return _by_bayes(logits, y, means, v, sigma)


def normaliser_forgotten(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    logits = w.log() - _squares(y, means) / (2 * (v + sigma**2))
    return _by_bayes(logits, y, means, v, sigma)


def prior_not_widened(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    return _by_bayes(_logits(y, w, means, 0 * v, sigma), y, means, v, sigma)


def level_for_its_square(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    return y + sigma**2 * _score(y, w, means, v + sigma)


def mean_of_the_components(
    y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float
) -> Tensor:
    return _logits(y, w, means, v, sigma).softmax(1) @ means


def nearest_component(y: Tensor, w: Tensor, means: Tensor, v: Tensor, *, sigma: float) -> Tensor:
    best = _logits(y, w, means, v, sigma).argmax(1)
    hard = torch.nn.functional.one_hot(best, len(w)).to(y.dtype)
    return _mixed(hard, y, means, v, sigma)


DEFECTS = (
    Defect(
        name="sigma where its square belongs",
        call=deviation_for_variance,
        why="the score is multiplied by the standard deviation of the noise",
        changes=r"\hat x = y + \sigma^2 s \to y + \sigma s",
    ),
    Defect(
        name="sign of the score",
        call=sign_of_the_score,
        why="the noise is subtracted, and the score is its negative already",
        changes=r"y + \sigma^2 s \to y - \sigma^2 s",
        seen_in=("acids-ircam/diffusion_models#7",),
    ),
    Defect(
        name="square root missing",
        call=root_missing,
        why="the predicted noise is multiplied by 1/abar - 1, the variance, and not by its root",
        changes=r"y - \sigma\hat\epsilon \to y - \sigma^2\hat\epsilon",
        seen_in=("jcwang-gh/classifier-free-diffusion-guidance-Pytorch#12",),
    ),
    Defect(
        name="data not rescaled",
        call=rescaling_missing,
        why="variance-preserving data are handed to a denoiser of variance-exploding ones",
        changes=r"\hat x(y/\alpha, \sigma/\alpha) \to \hat x(y, \sigma)",
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
        name="half missing in the exponent",
        call=half_missing,
        why="the squared distance is divided by the variance once",
        changes=r"\lVert y - m\rVert^2/2C \to \lVert y - m\rVert^2/C",
    ),
    Defect(
        name="normaliser forgotten",
        call=normaliser_forgotten,
        why="right where all components are equally wide, as for a set of points",
        changes=r"C_c^{-d/2} \to 1",
    ),
    Defect(
        name="prior not widened",
        call=prior_not_widened,
        why="responsibilities by the noise alone, as for a set of points",
        changes=r"N(y; m_c, v_c + \sigma^2) \to N(y; m_c, \sigma^2)",
    ),
    Defect(
        name="sigma added to the variances",
        call=level_for_its_square,
        why="a standard deviation added to a variance",
        changes=r"v_c + \sigma^2 \to v_c + \sigma",
    ),
    Defect(
        name="means of the components",
        call=mean_of_the_components,
        why="what is right for points, where a component has no width",
        changes=r"\mu_c(y) \to m_c",
    ),
    Defect(
        name="nearest component alone",
        call=nearest_component,
        why="the likeliest component in place of the mean over all",
        changes=r"\sum_c r_c\mu_c \to \mu_{\arg\max r}",
    ),
)
