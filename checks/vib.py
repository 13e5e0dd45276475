"""The Gaussian bottleneck and Alemi's bounds govern variational bottlenecks, the contract `vib`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import ContractError, Convention
from ..implementations.tensors import torch
from ..implementations.vib import VIB as CONTRACT
from ..implementations.vib_training import several_by_adam, several_by_lbfgs
from ..theorems.gaussian_bottleneck import GAUSSIAN_BOTTLENECK
from ..theorems.gaussian_ib import Squeezed, frontier
from ..theorems.variational_bottleneck import VARIATIONAL_BOTTLENECK
from ..theorems.vib import VIB, Learnt, kept, oracle
from .gaussian_ib import ACROSS, pose
from .linear_autoencoder import array
from .pairing import Pairing, Picture

__all__ = ["PAIRING"]


def read(returned: dict[str, Any], problem: Squeezed, convention: Convention) -> Learnt:
    encoder, noise = (np.array(array(returned[name])) for name in ("encoder", "noise"))
    if noise.ndim < 2:
        noise = np.diag(np.broadcast_to(noise, len(encoder)))
    _refuse_asymmetry(noise)
    rate, distortion = (
        None if returned.get(name) is None else float(returned[name])
        for name in ("rate", "distortion")
    )
    return Learnt(
        encoder, noise, rate, distortion, returned["converged"],
        float(returned.get("tolerance", 0.0)),
    )  # fmt: skip


def _refuse_asymmetry(noise: np.ndarray) -> None:
    apart = float(np.max(np.abs(noise - noise.T), initial=0.0))
    if apart > 1e-3 * float(np.max(np.abs(noise), initial=0.0)):
        raise ContractError(
            "a symmetric covariance of the noise", f"entries that are {apart:.3g} apart",
            "declare noise=deviation if it is a factor of the covariance, such as a scale_tril",
        )  # fmt: skip


# -- a picture ------------------------------------------------------------------------------------


def picture() -> Picture:
    """Two directions: the curve, trained encoders along it, and what a network by samples pays and
    gains with a marginal and a decoder of its own."""
    x, y, xy = (torch.tensor(part, dtype=torch.float64) for part in ACROSS)
    betas = [1 + 2 ** (k / 2) / 4 for k in range(1, 13)]
    truth = oracle(Squeezed(*ACROSS, 2.0))
    rates = np.linspace(0, 2.5, 101)
    exact = [
        kept(Squeezed(*ACROSS, beta), read(fit, Squeezed(*ACROSS, beta), {})).point
        for beta, fit in zip(betas, several_by_lbfgs(x, y, xy, betas), strict=True)
    ]
    sampled = several_by_adam(x, y, xy, betas[3:10:2], steps=400, rows=128)
    return Picture(
        ("rate, nats", "information on y, nats"),
        {
            "the curve": tuple((float(r), frontier(truth.squares, float(r))) for r in rates),
            "L-BFGS, one encoder for each beta": tuple(p for p in exact if p.rate < 2.5),
            "Adam on samples: R and H(y) - D": tuple(
                (fit["rate"], truth.entropy - fit["distortion"]) for fit in sampled
            ),
        },
    )


PAIRING = Pairing(
    theorem=GAUSSIAN_BOTTLENECK, also=(VARIATIONAL_BOTTLENECK,), family=VIB, contract=CONTRACT,
    pose=pose, kind="model", read=read, picture=picture,
)  # fmt: skip
