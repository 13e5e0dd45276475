"""Errors that people make in posteriors of classes, each as the code that makes it.

Every thread named was read; that on naive Bayes is about the same error with other densities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _squares(t: Tensor, means: Tensor, covariance: Tensor) -> Tensor:
    apart = t[:, None, :] - means
    return (apart @ torch.linalg.inv(covariance) * apart).sum(-1)


def prior_forgotten(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    return (-_squares(t, means, covariance) / 2).softmax(1)


def prior_not_logarithm(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    return (priors - _squares(t, means, covariance) / 2).softmax(1)


def half_missing(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    return (priors.log() - _squares(t, means, covariance)).softmax(1)


def covariance_forgotten(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    return (priors.log() - torch.cdist(t, means).square() / 2).softmax(1)


def deviations_forgotten(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    apart = t[:, None, :] - means
    return (priors.log() - (apart @ covariance * apart).sum(-1) / 2).softmax(1)


def coordinates_apart(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    squares = ((t[:, None, :] - means).square() / covariance.diagonal()).sum(-1)
    return (priors.log() - squares / 2).softmax(1)


def factor_for_covariance(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    return (priors.log() - _squares(t, means, torch.linalg.cholesky(covariance)) / 2).softmax(1)


def factor_not_transposed(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    whiten = torch.linalg.inv(torch.linalg.cholesky(covariance))
    white = (t[:, None, :] - means) @ whiten
    return (priors.log() - white.square().sum(-1) / 2).softmax(1)


def means_unweighed(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    weights = torch.linalg.solve(covariance, means.mT).mT
    return (t @ weights.mT + priors.log()).softmax(1)


def class_by_class(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    weights = torch.linalg.solve(covariance, means.mT).mT
    p = (t @ weights.mT + priors.log() - (weights * means).sum(1) / 2).sigmoid()
    return p / p.sum(1, keepdim=True)


def over_the_batch(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    return (priors.log() - _squares(t, means, covariance) / 2).softmax(0)


def evidence_forgotten(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    return (
        torch.distributions.MultivariateNormal(means, covariance).log_prob(t[:, None, :]).exp()
        * priors
    )


def of_the_mixture(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    apart = means - priors @ means
    total = covariance + apart.mT @ (priors[:, None] * apart)
    return (priors.log() - _squares(t, means, total) / 2).softmax(1)


def evidence_cut_off(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    joint = priors.log() - _squares(t, means, covariance) / 2
    return joint - joint.detach().logsumexp(1, keepdim=True)


def densities_underflow(t: Tensor, means: Tensor, covariance: Tensor, priors: Tensor) -> Tensor:
    joint = priors * (-_squares(t, means, covariance) / 2).exp()
    return joint / joint.sum(1, keepdim=True)


DEFECTS = (
    Defect(
        name="priors forgotten", call=prior_forgotten,
        why="the softmax is over densities alone: right where all classes are equally likely",
        changes=r"\pi_c\,N(t; \mu_c, \Sigma) \to N(t; \mu_c, \Sigma)",
    ),
    Defect(
        name="prior not taken in logarithm", call=prior_not_logarithm,
        why="the prior is added to a log-density as it is",
        changes=r"\log\pi_c \to \pi_c", seen_in=("dfdx/NaiveBayes.jl#5",),
    ),
    Defect(
        name="half missing in the exponent", call=half_missing,
        why="the Mahalanobis distance is taken for the log-density",
        changes=r"-\tfrac12(t - \mu_c)^\top\Sigma^{-1}(t - \mu_c) \to -(t - \mu_c)^\top"
        r"\Sigma^{-1}(t - \mu_c)",
    ),
    Defect(
        name="covariance forgotten", call=covariance_forgotten,
        why="a softmax of plain distances, as in nearest-mean and prototype classifiers",
        changes=r"\Sigma \to I",
    ),
    Defect(
        name="covariance not inverted", call=deviations_forgotten,
        why="a matrix named sigma is multiplied by; a precision was meant",
        changes=r"\Sigma^{-1} \to \Sigma",
    ),
    Defect(
        name="coordinates taken apart", call=coordinates_apart,
        why="naive Bayes: the covariance's diagonal alone",
        changes=r"\Sigma \to \operatorname{diag}\Sigma",
    ),
    Defect(
        name="factor for the covariance", call=factor_for_covariance,
        why="a Cholesky factor (in one dimension the standard deviation) is handed over as the "
        "covariance",
        changes=r"\Sigma = LL^\top \to L",
    ),
    Defect(
        name="factor not transposed", call=factor_not_transposed,
        why="rows are whitened by the factor's inverse and not by its transpose",
        changes=r"\lVert L^{-1}(t - \mu)\rVert \to \lVert L^{-\top}(t - \mu)\rVert",
    ),
    Defect(
        name="lengths of the means forgotten", call=means_unweighed,
        why="logits are inner products: right where all means are equally long, as after "
        "normalisation",
        changes=r"-\tfrac12\mu_c^\top\Sigma^{-1}\mu_c \to 0",
    ),
    Defect(
        name="each class against the rest", call=class_by_class,
        why="a sigmoid for each class, divided by their sum, in place of one softmax",
        changes=r"e^{l_c}/\textstyle\sum_j e^{l_j} \to \sigma(l_c)/\sum_j\sigma(l_j)",
        seen_in=("scikit-learn/scikit-learn#5149", "scikit-learn/scikit-learn#6848"),
    ),
    Defect(
        name="softmax over the batch", call=over_the_batch,
        why="the wrong axis: each class's shares add to one over the rows",
        changes=r"\sum_c p_{ic} = 1 \to \sum_i p_{ic} = 1",
    ),
    Defect(
        name="evidence forgotten", call=evidence_forgotten,
        why="joint densities are taken for the posterior; their largest is in the same place",
        changes=r"\pi_c\,p(t \mid c)/p(t) \to \pi_c\,p(t \mid c)",
    ),
    Defect(
        name="covariance of the mixture", call=of_the_mixture,
        why="the covariance of all data, to which the classes' means add, for that within classes",
        changes=r"\Sigma \to \Sigma + \operatorname{Cov}[\mu_c]",
    ),
    Defect(
        name="evidence cut off", call=evidence_cut_off, convention={"returns": "log-probabilities"},
        why="the normaliser is detached: the value is right, and the gradient is the joint's",
        changes=r"\nabla\log p(c \mid t) \to \nabla\log\pi_c\,p(t \mid c)",
    ),
    Defect(
        name="densities that underflow", call=densities_underflow, rounding=True,
        why="densities are multiplied and divided, and far from every class all of them are zero",
        changes=r"\operatorname{softmax}(\log\pi + l) \to \pi e^l/\textstyle\sum\pi e^l",
        seen_in=("pmelchior/pygmmis#8",),
    ),
)  # fmt: skip
