"""Errors that people make in variational autoencoders, each as the code that makes it.

The weights come in closed form, so that each error is the only one: the maximum of the objective
that the erroneous code has, and the report that it makes.  Every thread named was read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .contract import Defect
from .singular_vectors import covariance
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS", "average_terms", "elbo", "fitted", "learnt", "spectrum"]


# -- honest pieces --------------------------------------------------------------------------------


def spectrum(moment: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, descending, and eigenvectors in rows."""
    values, columns = torch.linalg.eigh(moment)
    return values.flip(0).clamp(min=0), columns.T.flip(0)


def fitted(values: Tensor, axes: Tensor, k: int, sigma2: float, beta: float) -> dict[str, Any]:
    """The best weights at this variance; every other unit with its signs exchanged."""
    level = beta * sigma2
    signs = torch.ones(k, dtype=values.dtype)
    signs[1::2] = -1
    lengths = (values[:k] - level).clamp(min=0).sqrt() * signs
    total = lengths**2 + level
    return {
        "decoder": axes[:k].T * lengths, "encoder": (axes[:k].T * (lengths / total)).T,
        "variance": level / total, "sigma2": sigma2, "beta": beta, "converged": True,
    }  # fmt: skip


def average_terms(
    x: Tensor, fit: dict[str, Any], *, about_mean: bool = True
) -> tuple[Tensor, Tensor]:
    """Expected squared error and KL, per row, averaged over the rows, about their mean or zero."""
    rows = x - x.mean(dim=0) if about_mean else x
    mu, t, W = rows @ fit["encoder"].T, fit["variance"], fit["decoder"]
    squares = ((rows - mu @ W.T) ** 2).sum(dim=1) + (t * W**2).sum()
    kl = 0.5 * (mu**2 + t - 1 - t.log()).sum(dim=1)
    return squares.mean(), kl.mean()


def elbo(x: Tensor, fit: dict[str, Any], *, about_mean: bool = True) -> Tensor:
    squares, kl = average_terms(x, fit, about_mean=about_mean)
    constant = 0.5 * x.shape[1] * math.log(2 * math.pi * fit["sigma2"])
    return -constant - squares / (2 * fit["sigma2"]) - fit["beta"] * kl


def learnt(
    x: Tensor, k: int, *, beta: float = 1.0, sigma2: float | None = None, moment: Any = None
) -> dict[str, Any]:
    """An honest report on the best weights; the variance too is the best, unless it is given."""
    values, axes = spectrum(covariance(x) if moment is None else moment)
    d = x.shape[1]
    ways = [float(values[a:].sum()) / (d - a * beta) for a in range(k + 1) if a * beta < d]
    fits = [fitted(values, axes, k, s, beta) for s in (ways if sigma2 is None else [sigma2])]
    return max((fit | {"elbo": elbo(x, fit)} for fit in fits), key=lambda fit: float(fit["elbo"]))


# -- errors in the objective ----------------------------------------------------------------------


def divergence_averaged_over_units(x: Tensor, k: int) -> dict[str, Any]:
    return learnt(x, k, beta=1 / k) | {"beta": 1.0}


def divergence_divided_by_the_batch(x: Tensor, k: int) -> dict[str, Any]:
    return learnt(x, k, beta=1 / len(x)) | {"beta": 1.0}


def divergence_not_halved(x: Tensor, k: int) -> dict[str, Any]:
    return learnt(x, k, beta=2.0) | {"beta": 1.0}


def weight_still_warming_up(x: Tensor, k: int) -> dict[str, Any]:
    fit = learnt(x, k, beta=0.5) | {"beta": 1.0}
    return fit | {"elbo": elbo(x, fit)}


def weight_forgotten_in_the_report(x: Tensor, k: int) -> dict[str, Any]:
    fit = learnt(x, k, beta=0.5)
    return fit | {"elbo": elbo(x, fit | {"beta": 1.0})}


def mean_over_features(x: Tensor, k: int) -> dict[str, Any]:
    """Minimises mean squared error + KL, and is reported for a decoder of variance one."""
    d = x.shape[1]
    fit = learnt(x, k, sigma2=d / 2) | {"sigma2": 1.0}
    squares, kl = average_terms(x, fit)
    return fit | {"elbo": -0.5 * d * math.log(2 * math.pi) - squares / d - kl}


def half_forgotten(x: Tensor, k: int) -> dict[str, Any]:
    """Minimises the sum of squared errors + KL, and is reported for a variance of one."""
    fit = learnt(x, k, sigma2=0.5) | {"sigma2": 1.0}
    squares, kl = average_terms(x, fit)
    return fit | {"elbo": -0.5 * x.shape[1] * math.log(2 * math.pi) - squares - kl}


# -- errors in the report -------------------------------------------------------------------------


def constant_dropped(x: Tensor, k: int) -> dict[str, Any]:
    fit = learnt(x, k)
    return fit | {"elbo": fit["elbo"] + 0.5 * x.shape[1] * math.log(2 * math.pi)}


def reconstruction_at_the_mean(x: Tensor, k: int) -> dict[str, Any]:
    fit = learnt(x, k)
    spread = (fit["variance"] * fit["decoder"] ** 2).sum()
    return fit | {"elbo": fit["elbo"] + spread / (2 * fit["sigma2"])}


def logvar_taken_for_the_log_deviation(x: Tensor, k: int) -> dict[str, Any]:
    """The codes are drawn with exp(logvar) as the deviation, the KL has it as the variance."""
    fit = learnt(x, k)
    t = fit["variance"]
    spread = ((t**2 - t) * fit["decoder"] ** 2).sum()
    return fit | {"elbo": fit["elbo"] - spread / (2 * fit["sigma2"])}


def deviation_for_the_variance(x: Tensor, k: int) -> dict[str, Any]:
    fit = learnt(x, k)
    return fit | {"sigma2": math.sqrt(fit["sigma2"])}


# -- errors in what is learnt ---------------------------------------------------------------------


def covariance_over_n_minus_one(x: Tensor, k: int) -> dict[str, Any]:
    return learnt(x, k, moment=covariance(x) * len(x) / (len(x) - 1))


def not_centred(x: Tensor, k: int) -> dict[str, Any]:
    """Neither map has a bias, and nothing is subtracted."""
    fit = learnt(x, k, moment=covariance(x, about_mean=False))
    biases = {"encoder_bias": x.new_zeros(k), "decoder_bias": x.new_zeros(x.shape[1])}
    return fit | biases | {"elbo": elbo(x, fit, about_mean=False)}


def encoder_variance_not_learnt(x: Tensor, k: int) -> dict[str, Any]:
    fit = learnt(x, k)
    fit["variance"] = torch.ones_like(fit["variance"])
    return fit | {"elbo": elbo(x, fit)}


def noise_of_all_eigenvalues(x: Tensor, k: int) -> dict[str, Any]:
    return learnt(x, k, sigma2=float(covariance(x).diagonal().mean()))


def noise_not_taken_off(x: Tensor, k: int) -> dict[str, Any]:
    """The columns are principal axes times standard deviations; the rest is best for them."""
    fit = learnt(x, k)
    values, axes = spectrum(covariance(x))
    lengths = values[:k].sqrt()
    total = values[:k] + fit["sigma2"]
    fit["decoder"], fit["variance"] = axes[:k].T * lengths, fit["sigma2"] / total
    fit["encoder"] = (axes[:k].T * (lengths / total)).T
    return fit | {"elbo": elbo(x, fit)}


def scores_for_posterior_means(x: Tensor, k: int) -> dict[str, Any]:
    """The encoder is the decoder's pseudo-inverse, by which nothing is shrunk."""
    fit = learnt(x, k)
    fit["encoder"] = torch.linalg.pinv(fit["decoder"])
    return fit | {"elbo": elbo(x, fit)}


def rotated_components(x: Tensor, k: int) -> dict[str, Any]:
    """Any rotation has the same likelihood, which is reported for the ELBO."""
    fit = learnt(x, k)
    R = torch.linalg.qr(torch.eye(k, dtype=x.dtype) + torch.full((k, k), 0.5, dtype=x.dtype)).Q
    spread = (R.T * fit["variance"]) @ R
    return fit | {
        "decoder": fit["decoder"] @ R, "encoder": R.T @ fit["encoder"],
        "variance": spread.diagonal(),
    }  # fmt: skip


def one_unit_collapsed(x: Tensor, k: int) -> dict[str, Any]:
    """The last unit stays at the prior, where its gradient vanishes; the others are at their best
    without it."""
    fit, d = learnt(x, k - 1), x.shape[1]
    padded = {
        "decoder": torch.cat([fit["decoder"], x.new_zeros(d, 1)], dim=1),
        "encoder": torch.cat([fit["encoder"], x.new_zeros(1, d)]),
        "variance": torch.cat([fit["variance"], x.new_ones(1)]),
    }
    return fit | padded


FIXED, WHOLE = {"noise": "fixed"}, {"report": "elbo"}

DEFECTS = (
    Defect(
        name="KL averaged over the units", call=divergence_averaged_over_units,
        why="`torch.mean` over the whole table of codes, in place of a sum over its units",
        changes=r"$\beta = 1/k$: fewer units collapse, and what is reported is no bound",
        seen_in=("podgorskiy/VAE#1", "orybkin/sigma-vae-tensorflow#2"),
    ),
    Defect(
        name="KL divided by the batch twice", call=divergence_divided_by_the_batch,
        why="the reconstruction is summed over the batch, the KL averaged, and the whole divided",
        changes=r"$\beta = 1/n$",
    ),
    Defect(
        name="KL not halved", call=divergence_not_halved,
        why="the half in front of the sum is lost",
        changes=r"$\beta = 2$: units collapse that should be in use",
        seen_in=("SupaeroDataScience/deep-learning#6",),
    ),
    Defect(
        name="weight still warming up", call=weight_still_warming_up,
        why="the weight on the KL is raised slowly, and training ends before it has reached one",
        changes=r"the maximum for $\beta = 1/2$ in place of that of the ELBO",
    ),
    Defect(
        name="weight forgotten in the report", call=weight_forgotten_in_the_report,
        why="the loss has the weight, the number that is logged has not",
        changes=r"the ELBO is reported for the objective at $\beta = 1/2$",
    ),
    Defect(
        name="squared error averaged over features", call=mean_over_features, convention=FIXED,
        why="`mse_loss` averages, the KL is a sum",
        changes=r"the level is $d/2$: of 784 standardised pixels, 392, every unit collapses",
        seen_in=("zdebruine/MMVAE#19", "AppliedDataSciencePartners/WorldModels#12"),
    ),
    Defect(
        name="half of the Gaussian forgotten", call=half_forgotten, convention=FIXED,
        why="the loss is the sum of squared errors plus the KL, and is said to have variance one",
        changes="the decoder's variance is one half",
    ),
    Defect(
        name="constant dropped", call=constant_dropped, convention=WHOLE,
        why="it has no gradient; and the rest is reported as a log-likelihood",
        changes=r"$\tfrac d2\log2\pi$ nats too many",
    ),
    Defect(
        name="reconstruction at the mean", call=reconstruction_at_the_mean,
        why="the ELBO is evaluated with the mean of the code in place of draws from it",
        changes="the spread of the codes is left out, so that the report is above any bound",
    ),
    Defect(
        name="logvar taken for the log deviation", call=logvar_taken_for_the_log_deviation,
        why="`mu + eps * logvar.exp()`",
        changes="codes are drawn with the variance as their deviation",
        seen_in=("rachtsingh/ibp_vae#3", "keras-team/keras#9972"),
    ),
    Defect(
        name="deviation for the variance", call=deviation_for_the_variance,
        why="the decoder's scale is a standard deviation, and is returned as it is",
        changes=r"$\sigma$ in place of $\sigma^2$",
    ),
    Defect(
        name="covariance over n - 1", call=covariance_over_n_minus_one,
        why="`torch.cov`, and scikit-learn, divide by n - 1",
        changes="all variances are n/(n - 1) times too large",
    ),
    Defect(
        name="not centred", call=not_centred,
        why="both layers are made with bias=False, and nothing is subtracted",
        changes="the first unit points at the mean",
        seen_in=("hail-is/hail#2734", "scverse/scanpy#393"),
    ),
    Defect(
        name="encoder variance not learnt", call=encoder_variance_not_learnt,
        why="its layer is not handed to the optimiser",
        changes="every variance stays at one, the prior's",
    ),
    Defect(
        name="noise of all eigenvalues", call=noise_of_all_eigenvalues,
        why="the mean is taken over all eigenvalues, in place of the discarded ones",
        changes="the decoder's variance is too large, and units collapse",
    ),
    Defect(
        name="noise not taken off", call=noise_not_taken_off,
        why="loadings are axes times standard deviations, which is right without noise",
        changes=r"lengths $\lambda^{1/2}$ in place of $(\lambda-\sigma^2)^{1/2}$",
    ),
    Defect(
        name="scores for posterior means", call=scores_for_posterior_means,
        why="the encoder is taken for the decoder's inverse",
        changes="posterior means are not shrunk",
    ),
    Defect(
        name="rotated components", call=rotated_components,
        why="the likelihood leaves a rotation free, so any is returned, with the likelihood for "
        "the ELBO",
        changes="columns that are not at right angles: a diagonal encoder loses by them",
    ),
    Defect(
        name="one unit collapsed", call=one_unit_collapsed,
        why="it started at zero, where the gradient vanishes, and a small gradient is taken for "
        "a maximum",
        changes="one axis fewer than there are units",
    ),
)  # fmt: skip
