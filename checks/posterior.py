"""Bayes risk, and what a statistic keeps of the posterior, govern the contract `posterior`."""

from __future__ import annotations

import math

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.posterior import POSTERIOR as CONTRACT
from ..implementations.posterior_training import Student, softmax_regression
from ..implementations.tensors import torch
from ..theorems.bayes_risk import BAYES_RISK, most_lost
from ..theorems.epsilon_sufficiency import (
    EPSILON_SUFFICIENCY,
    PLANE,
    mixture_loss,
    quadrature,
)
from ..theorems.posterior import POSTERIOR, Observed, oracle
from ..theorems.posterior_problems import mapped
from .pairing import Pairing, Picture

__all__ = ["PAIRING", "distilled_from", "pose"]


def pose(problem: Observed, convention: Convention) -> Call:
    _require_a_prior(problem.priors)
    return Call(tuple(map(np.array, problem)))


def _require_a_prior(priors: tuple[float, ...]) -> None:
    """Positive, and adding to one as nearly as shares that were rounded to float32 do.  Raises
    `ContractError`."""
    total = math.fsum(priors)
    if not all(share > 0 for share in priors):
        raise ContractError("positive priors", f"{priors}", "leave out the classes that have none")
    if not abs(total - 1) <= len(priors) * 2.0**-24:
        raise ContractError(
            "priors that add to one", f"{priors}, which add to {total:g}",
            "divide each by their sum: priors / priors.sum()",
        )  # fmt: skip


# -- a picture ------------------------------------------------------------------------------------

NODES = 24  # of a quadrature, per axis


def picture() -> Picture:
    """Two classes in the plane, and one direction kept of it: what is lost, by its angle."""
    lost, gaps, bounds, trained = [], [], [], []
    best = _error(np.eye(2))
    for angle in range(0, 181, 5):
        turn = math.radians(angle)
        row = np.array([[math.cos(turn), math.sin(turn)]])
        nats = mixture_loss(PLANE, row)
        lost.append((float(angle), nats))
        gaps.append((float(angle), _error(row) - best))
        bounds.append((float(angle), most_lost(nats)))
        if angle % 45 == 0:
            trained.append((float(angle), distilled_from(PLANE, row).excess))
    series = {
        "nats lost, in closed form": tuple(lost), "decisions lost": tuple(gaps),
        "their bound": tuple(bounds), "nats lost: softmax regression, trained": tuple(trained),
    }  # fmt: skip
    return Picture(("angle of the direction that is kept, degrees", "nats, and errors"), series)


def _error(statistic: np.ndarray) -> float:
    """The least chance of error of two equally likely classes, by a linear statistic."""
    seen = mapped(PLANE, statistic, 0.0)
    apart = np.subtract(*np.asarray(seen.means))
    distance = float(apart @ np.linalg.solve(np.asarray(seen.covariance), apart)) ** 0.5
    return math.erfc(distance / 8**0.5) / 2


def distilled_from(mixture: Observed, statistic: np.ndarray) -> Student:
    """Softmax regression that sees the statistic alone, taught the posterior given everything: at
    best it misses what the statistic loses."""
    points, weights = quadrature(mixture, NODES)
    taught = oracle(mixture._replace(t=tuple(map(tuple, points.tolist())))).value
    seen = points @ statistic.T
    return softmax_regression(*map(torch.from_numpy, (seen, taught, weights)))


PAIRING = Pairing(
    theorem=BAYES_RISK,
    also=(EPSILON_SUFFICIENCY,),
    family=POSTERIOR,
    contract=CONTRACT,
    pose=pose,
    picture=picture,
)
