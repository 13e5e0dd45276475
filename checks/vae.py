"""Probabilistic PCA and the rate--distortion frontier govern linear variational autoencoders."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.tensors import torch
from ..implementations.vae import VAE as CONTRACT
from ..implementations.vae_training import by_lbfgs
from ..theorems.covariance import Bottleneck
from ..theorems.linear_vae import Learnt, averages, oracle, point
from ..theorems.linear_vae_claims import VAE
from ..theorems.linear_vae_problems import rows_of
from ..theorems.probabilistic_pca import PROBABILISTIC_PCA
from ..theorems.rate_distortion import RATE_DISTORTION
from .linear_autoencoder import array
from .pairing import Pairing, Picture

__all__ = ["PAIRING", "picture", "pose", "read"]


def pose(problem: Bottleneck, convention: Convention) -> Call:
    return Call((rows_of(problem),), {"k": problem.units})


def read(returned: dict[str, Any], problem: Bottleneck, convention: Convention) -> Learnt:
    optional = {
        name: _copied(returned[name]) if returned.get(name) is not None else None
        for name in ("variance", "decoder_bias", "encoder_bias")
    }
    elbo = returned.get("elbo")
    return Learnt(
        decoder=_copied(returned["decoder"]), encoder=_copied(returned["encoder"]), **optional,
        sigma2=float(returned["sigma2"]), beta=float(returned.get("beta", 1.0)),
        elbo=None if elbo is None else float(elbo), converged=returned["converged"],
        tolerance=float(returned.get("tolerance", 0.0)),
    )  # fmt: skip


def _copied(value: Any) -> np.ndarray:
    """An array of its own: code may return the weights of a model that it trains again."""
    return np.array(array(value))


# -- a picture ------------------------------------------------------------------------------------

PICTURED = Bottleneck((48, 32, 16, 8), (1, -1, 2), (8, 0, 0, -8), 3)
NOISE = 0.25


def picture() -> Picture:
    """Rate against distortion as the weight on the KL grows, at a fixed decoder variance: trained
    runs, by the number of units that are left."""
    source = oracle(PICTURED)
    top = float(source.moments.values[0])
    levels = [top * 0.9**i for i in range(40)]
    curve = [point(source, level) for level in levels if level > NOISE]
    series = {"frontier of three units": tuple((p.distortion, p.rate) for p in curve)}
    x = torch.from_numpy(rows_of(PICTURED))
    for beta in (2.0, 6.0, 12.0, 24.0, 40.0):
        fit = read(by_lbfgs(x, 3, beta=beta, sigma2=NOISE, steps=120), PICTURED, {})
        active = point(source, fit.level).active
        label = f"trained: {active} unit{'s' if active != 1 else ''} in use"
        series[label] = (*series.get(label, ()), averages(source, fit))
    return Picture(("distortion, in squared units of the data", "rate, in nats"), series)


PAIRING = Pairing(
    theorem=PROBABILISTIC_PCA,
    also=(RATE_DISTORTION,),
    family=VAE,
    contract=CONTRACT,
    pose=pose,
    kind="model",
    read=read,
    picture=picture,
)
