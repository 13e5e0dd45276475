"""Errors that people make in the ELBO of an autoencoder, each as the code that makes it.

Every thread named was read; some are about the same error in a sibling loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]

SAMPLED, BERNOULLI = {"reconstruction": "sampled"}, {"likelihood": "bernoulli"}
Decoder = Callable[["Tensor"], "Tensor"]


def _kl(mu: Tensor, logvar: Tensor) -> Tensor:
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


def _half_squares(x: Tensor, x_hat: Tensor) -> Tensor:
    return 0.5 * ((x - x_hat) ** 2).sum(1)


def mean_over_features(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return _half_squares(x, x_hat).mean() / x.shape[1] + _kl(mu, logvar).mean()


def mean_squared_error(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return torch.nn.functional.mse_loss(x_hat, x) + _kl(mu, logvar).mean()


def half_missing(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return (2 * _half_squares(x, x_hat) + _kl(mu, logvar)).mean()


def divergence_subtracted(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return (_half_squares(x, x_hat) - _kl(mu, logvar)).mean()


def divergence_summed_over_the_batch(
    x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor
) -> Tensor:
    return _half_squares(x, x_hat).mean() + _kl(mu, logvar).sum()


def reconstruction_summed_over_the_batch(
    x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor
) -> Tensor:
    return _half_squares(x, x_hat).sum() + _kl(mu, logvar).mean()


def divergence_averaged_over_latents(
    x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor
) -> Tensor:
    return (_half_squares(x, x_hat) + _kl(mu, logvar) / mu.shape[1]).mean()


def divergence_divided_by_the_batch_twice(
    x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor
) -> Tensor:
    return (_half_squares(x, x_hat) + _kl(mu, logvar) / len(x)).mean()


def divergence_not_halved(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return (_half_squares(x, x_hat) + 2 * _kl(mu, logvar)).mean()


def deviation_not_squared(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    kl = 0.5 * (mu**2 + (logvar / 2).exp() - 1 - logvar).sum(1)
    return (_half_squares(x, x_hat) + kl).mean()


def divergence_forgotten(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return _half_squares(x, x_hat).mean() + 0 * (mu + logvar).sum()


def root_of_the_squares(x: Tensor, x_hat: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return ((1e-24 + 2 * _half_squares(x, x_hat)).sqrt() + _kl(mu, logvar)).mean()


def _cross_entropy(p: Tensor, x: Tensor) -> Tensor:
    return torch.nn.functional.binary_cross_entropy(p, x, reduction="none").sum(1)


def cross_entropy_arguments_exchanged(x: Tensor, p: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    log_x, log_rest = (v.log().clamp(min=-100) for v in (x, 1 - x))
    return (-(p * log_x + (1 - p) * log_rest).sum(1) + _kl(mu, logvar)).mean()


def sigmoid_twice(x: Tensor, p: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return (_cross_entropy(p.sigmoid(), x) + _kl(mu, logvar)).mean()


def cross_entropy_averaged_over_pixels(x: Tensor, p: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return (_cross_entropy(p, x) / x.shape[1] + _kl(mu, logvar)).mean()


def ones_only(x: Tensor, p: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    return (-(x * p.log()).sum(1) + _kl(mu, logvar)).mean()


def _at(x: Tensor, z: Tensor, decoder: Decoder, mu: Tensor, logvar: Tensor) -> Tensor:
    return (_half_squares(x, decoder(z)) + _kl(mu, logvar)).mean()


def variance_for_deviation(x: Tensor, decoder: Decoder, mu: Tensor, logvar: Tensor) -> Tensor:
    return _at(x, mu + logvar.exp() * torch.randn_like(mu), decoder, mu, logvar)


def decoded_at_the_mean(x: Tensor, decoder: Decoder, mu: Tensor, logvar: Tensor) -> Tensor:
    return _at(x, mu, decoder, mu, logvar)


def little_noise(x: Tensor, decoder: Decoder, mu: Tensor, logvar: Tensor) -> Tensor:
    noise = 0.01 * torch.randn_like(mu)
    return _at(x, mu + (logvar / 2).exp() * noise, decoder, mu, logvar)


def draw_detached(x: Tensor, decoder: Decoder, mu: Tensor, logvar: Tensor) -> Tensor:
    z = torch.distributions.Normal(mu, (logvar / 2).exp()).sample()
    return _at(x, z, decoder, mu, logvar)


DEFECTS = (
    Defect(
        name="reconstruction averaged over features",
        call=mean_over_features,
        why="a mean over pixels against a sum over latents weighs the KL by d; right under "
        "features=mean",
        changes=r"\tfrac12\sum_i(x_i - \hat x_i)^2 \to \tfrac1{2d}\sum_i(x_i - \hat x_i)^2",
        seen_in=("zdebruine/MMVAE#19", "orybkin/sigma-vae-pytorch#12"),
    ),
    Defect(
        name="mean squared error for the reconstruction",
        call=mean_squared_error,
        why="mse_loss averages over features and does not halve",
        changes=r"\tfrac12\sum_i \to \tfrac1d\sum_i",
        seen_in=("pytorch/examples#234", "orybkin/sigma-vae-tensorflow#2"),
    ),
    Defect(
        name="squared error not halved",
        call=half_missing,
        why="the decoder's variance is thought to be one, and is one half",
        changes=r"\tfrac12\lVert x - \hat x\rVert^2 \to \lVert x - \hat x\rVert^2",
    ),
    Defect(
        name="KL subtracted",
        call=divergence_subtracted,
        why="the bound's sign on one term, the loss's on the other",
        changes=r"+KL \to -KL",
        seen_in=("EderSantana/gumbel#3",),
    ),
    Defect(
        name="KL summed over the batch",
        call=divergence_summed_over_the_batch,
        why="a sum over everything beside a mean over rows",
        changes=r"\tfrac1n\sum KL \to \sum KL",
        seen_in=("zdebruine/MMVAE#19",),
    ),
    Defect(
        name="reconstruction summed over the batch",
        call=reconstruction_summed_over_the_batch,
        why="reduction='sum' beside a mean over rows",
        changes=r"\tfrac1n\sum R \to \sum R",
    ),
    Defect(
        name="KL averaged over latents",
        call=divergence_averaged_over_latents,
        why="mean(axis=-1) in place of sum(axis=-1)",
        changes=r"\sum_j \to \tfrac1k\sum_j",
        seen_in=("mkusner/grammarVAE#2", "keras-team/keras-io#270", "podgorskiy/VAE#1"),
    ),
    Defect(
        name="KL divided by the batch twice",
        call=divergence_divided_by_the_batch_twice,
        why="a mean over rows, divided by their number once more",
        changes=r"\tfrac1n\sum KL \to \tfrac1{n^2}\sum KL",
        seen_in=("Flawless1202/VGAE_pyG#1",),
    ),
    Defect(
        name="KL not halved",
        call=divergence_not_halved,
        why="the factor in front is forgotten",
        changes=r"KL \to 2\,KL",
        seen_in=("SupaeroDataScience/deep-learning#6",),
    ),
    Defect(
        name="standard deviation not squared in the KL",
        call=deviation_not_squared,
        why="the exponential of a log standard deviation is taken for the variance",
        changes=r"e^{v} \to e^{v/2}",
        seen_in=("DaehanKim/vgae_pytorch#2",),
    ),
    Defect(
        name="KL forgotten",
        call=divergence_forgotten,
        why="the term is computed, logged, and never added",
        changes=r"KL \to 0",
        seen_in=("rasbt/deep-learning-book#60",),
    ),
    Defect(
        name="root of the squared error",
        call=root_of_the_squares,
        why="a distance in place of a log-likelihood",
        changes=r"\tfrac12\lVert x - \hat x\rVert^2 \to \lVert x - \hat x\rVert",
    ),
    Defect(
        name="cross-entropy's arguments exchanged",
        call=cross_entropy_arguments_exchanged,
        why="input and target are handed over in the wrong order",
        changes=r"x\log\hat x \to \hat x\log x",
        seen_in=("autonomousvision/sledge#4",),
        convention=BERNOULLI,
    ),
    Defect(
        name="sigmoid applied twice",
        call=sigmoid_twice,
        why="probabilities are handed to a loss that expects logits",
        changes=r"\hat x \to \operatorname{sigmoid}\hat x",
        seen_in=("itakurah/focal-loss-pytorch#5",),
        convention=BERNOULLI,
    ),
    Defect(
        name="cross-entropy averaged over pixels",
        call=cross_entropy_averaged_over_pixels,
        why="the default reduction beside a KL summed over latents; right under features=mean",
        changes=r"\sum_i \to \tfrac1d\sum_i",
        seen_in=("pytorch/examples#817", "keras-team/keras#3383"),
        convention=BERNOULLI,
    ),
    Defect(
        name="cross-entropy of the ones only",
        call=ones_only,
        why="the categorical cross-entropy is used for independent pixels",
        changes=r"(1-x)\log(1-\hat x) \to 0",
        convention=BERNOULLI,
    ),
    Defect(
        name="variance taken for standard deviation",
        call=variance_for_deviation,
        why="exp(logvar) scales the noise, where exp(logvar/2) should",
        changes=r"z = \mu + \sigma^2\epsilon",
        seen_in=("rachtsingh/ibp_vae#3", "keras-team/keras#9972"),
        convention=SAMPLED,
    ),
    Defect(
        name="decoded at the mean",
        call=decoded_at_the_mean,
        why="the noise is switched off, or forgotten",
        changes=r"z = \mu",
        convention=SAMPLED,
    ),
    Defect(
        name="noise too small",
        call=little_noise,
        why="a smaller noise trains better, but it is another posterior's bound",
        changes=r"\epsilon \sim N(0, 10^{-4})",
        seen_in=("keras-team/keras#4211",),
        convention=SAMPLED,
    ),
    Defect(
        name="draw detached",
        call=draw_detached,
        why="sample() in place of rsample()",
        changes=r"\partial z/\partial(\mu, v) \to 0",
        convention=SAMPLED,
    ),
)
