r"""The linear-Gaussian model, where evidence, posterior and ELBO are all in closed form.

$z \sim N(0, I_k)$, $x \mid z \sim N(Wz + b, \sigma^2 I_d)$.  With $P = I + W^\top W/\sigma^2$:
$p(x) = N(b, WW^\top + \sigma^2 I)$ and $p(z \mid x) = N(P^{-1}W^\top(x - b)/\sigma^2, P^{-1})$
(Tipping and Bishop 1999).  Rows are data points; everything is in nats.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .gaussian_kl_pair import kl
from .gaussian_kl_rows import kl_to_prior

__all__ = ["LinearGaussian", "best_diagonal", "diagonal_gap", "elbo", "evidence", "gap"]
__all__ += ["posterior", "precision"]


class LinearGaussian(NamedTuple):
    """A decoder: weight [d, k], bias [d], and the variance of the noise on x."""

    weight: np.ndarray
    bias: np.ndarray
    variance: float


def precision(model: LinearGaussian) -> np.ndarray:
    """Of the posterior, [k, k]: the same at every x."""
    W = model.weight
    return np.asarray(np.eye(W.shape[1]) + W.T @ W / model.variance)


def posterior(model: LinearGaussian, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means [n, k] and the covariance [k, k]."""
    P = precision(model)
    pull = (x - model.bias) @ model.weight / model.variance
    return np.linalg.solve(P, pull.T).T, np.linalg.inv(P)


def evidence(model: LinearGaussian, x: np.ndarray) -> np.ndarray:
    """log p(x) per row, from the marginal N(b, WW' + variance I)."""
    W, d = model.weight, x.shape[1]
    cov = W @ W.T + model.variance * np.eye(d)
    centred = x - model.bias
    form = (centred * np.linalg.solve(cov, centred.T).T).sum(axis=1)
    return np.asarray(-0.5 * (d * np.log(2 * np.pi) + np.linalg.slogdet(cov)[1] + form))


def elbo(model: LinearGaussian, x: np.ndarray, mu: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """Per row, for q = N(mu, diag e^logvar): expected log-likelihood minus the KL to the prior."""
    W, d, var = model.weight, x.shape[1], model.variance
    residual = x - model.bias - mu @ W.T
    expected = (residual**2).sum(axis=1) + np.exp(logvar) @ (W**2).sum(axis=0)
    likelihood = -0.5 * (d * np.log(2 * np.pi * var) + expected / var)
    return np.asarray(likelihood - kl_to_prior(mu, logvar))


def gap(model: LinearGaussian, x: np.ndarray, mu: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """KL(q || posterior) per row: what the ELBO falls short of the evidence by."""
    means, cov = posterior(model, x)
    return np.array(
        [kl(m, np.diag(np.exp(v)), p, cov) for m, v, p in zip(mu, logvar, means, strict=True)]
    )


def best_diagonal(model: LinearGaussian) -> np.ndarray:
    """The variances of the diagonal q with the largest ELBO: the posterior precision's diagonal,
    inverted; not the posterior covariance's diagonal."""
    return 1 / np.diag(precision(model))


def diagonal_gap(model: LinearGaussian) -> float:
    """What even the best diagonal q leaves: zero exactly if the columns of W are orthogonal."""
    P = precision(model)
    return float(0.5 * (np.log(np.diag(P)).sum() - np.linalg.slogdet(P)[1]))
