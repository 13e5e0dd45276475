"""Errors that people make in the KL from the standard normal, each as the code that makes it.

Every thread named was read; some are about another library's loss of the same shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _kl(mean_squared: Tensor, variance: Tensor, log_variance: Tensor) -> Tensor:
    """The definition, its three parts handed in apart."""
    return 0.5 * (mean_squared + variance - 1 - log_variance).sum(-1)


def log_squared(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2, logvar.exp(), (logvar / 2) ** 2)


def sign_of_the_logarithm(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2, logvar.exp(), -logvar)


def half_on_the_logarithm_only(mu: Tensor, logvar: Tensor) -> Tensor:
    return (mu**2 + logvar.exp() - logvar / 2 - 0.5).sum(-1)


def half_missing_on_the_logarithm(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2, logvar.exp(), 2 * logvar)


def half_missing(mu: Tensor, logvar: Tensor) -> Tensor:
    return 2 * _kl(mu**2, logvar.exp(), logvar)


def deviation_not_squared(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2, (logvar / 2).exp(), logvar)


def log_variance_for_log_deviation(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2, (2 * logvar).exp(), 2 * logvar)


def log_variance_squared(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2, logvar**2, (1e-20 + logvar**2).log())


def log_variance_for_variance(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2, logvar, logvar.exp())


def mean_over_latents(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2, logvar.exp(), logvar) / mu.shape[1]


def sum_over_everything(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2, logvar.exp(), logvar).sum().expand(len(mu))


def arguments_exchanged(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2 * (-logvar).exp(), (-logvar).exp(), -logvar)


def mean_for_log_variance(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2, mu.exp(), mu)


def softplus_of_log_variance(mu: Tensor, logvar: Tensor) -> Tensor:
    positive = torch.nn.functional.softplus(logvar)
    return _kl(mu**2, positive.exp(), positive)


def sign_of_the_whole(mu: Tensor, logvar: Tensor) -> Tensor:
    return -_kl(mu**2, logvar.exp(), logvar)


def constant_dropped(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2 + 1, logvar.exp(), logvar)


def mean_not_squared(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu, logvar.exp(), logvar)


def variance_detached(mu: Tensor, logvar: Tensor) -> Tensor:
    return _kl(mu**2, logvar.exp().detach(), logvar)


DEFECTS = (
    Defect(
        name="logarithm squared",
        call=log_squared,
        why="log s^2 is read as (log s)^2",
        changes=r"\log\sigma^2 \to (\log\sigma)^2",
        seen_in=("FluxML/model-zoo#76",),
    ),
    Defect(
        name="sign of the logarithm",
        call=sign_of_the_logarithm,
        why="the entropy is added where it must be subtracted",
        changes=r"-v \to +v",
        seen_in=("FluxML/model-zoo#147",),
    ),
    Defect(
        name="half on the logarithm only",
        call=half_on_the_logarithm_only,
        why="log s already holds the half, and the other terms are not given theirs",
        changes=r"\tfrac12(\mu^2 + \sigma^2) \to \mu^2 + \sigma^2",
        seen_in=("SupaeroDataScience/deep-learning#6",),
    ),
    Defect(
        name="half missing on the logarithm",
        call=half_missing_on_the_logarithm,
        why="a log-variance goes where the log standard deviation stood",
        changes=r"\tfrac12 v \to v",
        seen_in=("KarenUllrich/Tutorial_BayesianCompressionForDL#8",),
    ),
    Defect(
        name="half missing",
        call=half_missing,
        why="the factor in front is forgotten",
        changes=r"\tfrac12\sum \to \sum",
    ),
    Defect(
        name="standard deviation not squared",
        call=deviation_not_squared,
        why="the exponential of a log standard deviation is taken for the variance",
        changes=r"e^{v} \to e^{v/2}",
        seen_in=("DaehanKim/vgae_pytorch#2", "chongyi-zheng/infom#2"),
    ),
    Defect(
        name="log-variance taken for log standard deviation",
        call=log_variance_for_log_deviation,
        why="the formula for one parametrisation, the tensor of the other; right under "
        "second=logstd",
        changes=r"v \to 2v",
        seen_in=(
            "KarenUllrich/Tutorial_BayesianCompressionForDL#1",
            "pyg-team/pytorch_geometric#1368",
        ),
    ),
    Defect(
        name="log-variance squared",
        call=log_variance_squared,
        why="the log-variance is taken for the standard deviation",
        changes=r"e^{v} \to v^2,\ v \to \log v^2",
        seen_in=("deepchem/deepchem#4888",),
    ),
    Defect(
        name="variance and its logarithm exchanged",
        call=log_variance_for_variance,
        why="the exponential is put on the wrong term",
        changes=r"e^v - v \to v - e^v",
    ),
    Defect(
        name="mean over latents",
        call=mean_over_latents,
        why="mean(axis=-1) in place of sum(axis=-1); right under latent=mean",
        changes=r"\sum_j \to \tfrac1k\sum_j",
        seen_in=("mkusner/grammarVAE#2", "maxhodak/keras-molecules#59", "keras-team/keras-io#270"),
    ),
    Defect(
        name="sum over the whole batch in every row",
        call=sum_over_everything,
        why="sum() without its axis, broadcast over the rows",
        changes=r"\sum_j \to \sum_i\sum_j",
        seen_in=("EDAPINENUT/GNTPP#4", "GlassyWing/nvae#3"),
    ),
    Defect(
        name="arguments exchanged",
        call=arguments_exchanged,
        why="the KL of the prior from the posterior",
        changes=r"KL(q\,\|\,p) \to KL(p\,\|\,q)",
        seen_in=("google-deepmind/rlax#14",),
    ),
    Defect(
        name="mean taken for the log-variance",
        call=mean_for_log_variance,
        why="one slice of the encoder's output is used twice",
        changes=r"v \to \mu",
        seen_in=("kaist-dmlab/TRAP#1",),
    ),
    Defect(
        name="softplus of the log-variance",
        call=softplus_of_log_variance,
        why="two ways to a positive variance, one after the other",
        changes=r"v \to \log(1 + e^v)",
        seen_in=("masato-ka/airc-rl-agent#43",),
    ),
    Defect(
        name="sign of the whole",
        call=sign_of_the_whole,
        why="the bound's term is returned as a loss",
        changes=r"KL \to -KL",
        seen_in=("AntixK/PyTorch-VAE#68",),
    ),
    Defect(
        name="constant dropped",
        call=constant_dropped,
        why="constants do not matter to an optimiser, but this is a divergence no more",
        changes=r"-1 \to 0",
    ),
    Defect(
        name="mean not squared",
        call=mean_not_squared,
        why="the square is lost on the way",
        changes=r"\mu^2 \to \mu",
    ),
    Defect(
        name="variance detached",
        call=variance_detached,
        why="the variance is computed under no_grad",
        changes=r"\partial KL/\partial v \to -\tfrac12",
    ),
)
