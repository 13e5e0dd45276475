"""Neural collapse governs classifiers that are trained with their features."""

from __future__ import annotations

import math
from typing import Any

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.unconstrained_features import UNCONSTRAINED_FEATURES as CONTRACT
from ..implementations.unconstrained_training import by_lbfgs
from ..theorems.neural_collapse import NEURAL_COLLAPSE
from ..theorems.unconstrained_features import Features, Learnt, fitted, oracle
from ..theorems.unconstrained_features_claims import UNCONSTRAINED_FEATURES
from .linear_autoencoder import array
from .pairing import Pairing, Picture

__all__ = ["PAIRING", "picture", "pose", "read"]


def pose(problem: Features, convention: Convention) -> Call:
    return Call((), fitted(problem, convention["loss"], convention["bias"])._asdict())


def read(returned: dict[str, Any], problem: Features, convention: Convention) -> Learnt:
    bias = returned.get("bias")
    bias = None if bias is None else array(bias).copy()
    if convention["bias"] == "none":
        if bias is not None and bias.any():
            raise ContractError(
                "no bias, or zeros, as bias=none declares", "a bias that is not zero",
                "declare bias=free",
            )  # fmt: skip
        bias = None
    return Learnt(
        weights=array(returned["weights"]).copy(), features=array(returned["features"]).copy(),
        labels=tuple(returned["labels"].tolist()), bias=bias, loss=float(returned["loss"]),
        converged=returned["converged"], tolerance=float(returned.get("tolerance", 0.0)),
    )  # fmt: skip


# -- a picture ------------------------------------------------------------------------------------

PICTURED = Features(3, 2, 2, 0.125, 0.125)


def picture() -> Picture:
    """Scores against the penalties: how far the right class is ahead, and where nothing is left."""
    steps = [0.02 + 0.02 * i for i in range(24)]
    trained = steps[1::5]
    return Picture(
        ("c K, which grows with the penalties", "by how much the right class is ahead"),
        {
            "minimum": tuple((x, _ahead(oracle(_at(x)).scores)) for x in _scale(steps)),
            "trained by L-BFGS": tuple((x, _trained(_at(x))) for x in _scale(trained)),
        },
    )


def _scale(steps: list[float]) -> list[float]:
    return [3 * step for step in steps]


def _at(threshold: float) -> Features:
    """Penalties alike, with this cK."""
    decay = threshold / (PICTURED.K * math.sqrt(PICTURED.n))
    return PICTURED._replace(weight_decay_w=decay, weight_decay_h=decay)


def _ahead(scores: Any) -> float:
    return float(scores[0, 0] - scores[0, 1])


def _trained(problem: Features) -> float:
    fit = by_lbfgs(**problem._asdict())
    return _ahead(array(fit["features"] @ fit["weights"].T))


PAIRING = Pairing(
    theorem=NEURAL_COLLAPSE,
    family=UNCONSTRAINED_FEATURES,
    contract=CONTRACT,
    pose=pose,
    kind="model",
    read=read,
    picture=picture,
)
