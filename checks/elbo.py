"""The ELBO identity and decomposition govern the contract `elbo`.

Under reconstruction=sampled the code is handed a linear decoder in place of a reconstruction, and
its draws are replaced by cubature nodes, on which the expectation of a quadratic is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.elbo import ELBO as CONTRACT
from ..implementations.tensors import torch
from ..theorems.elbo import ELBO, ELBO_FAMILY
from ..theorems.elbo_family import Autoencoder, Truth, decoded, observed
from .pairing import Pairing, Picture
from .picture import along

__all__ = ["PAIRING", "LinearDecoder"]


class LinearDecoder:
    """z [..., n, k] -> z W' + b [..., n, d], in z's precision; `numbers` tell it from others."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray) -> None:
        self.weight, self.bias = weight, bias
        self.numbers = (weight.shape, weight.tobytes(), bias.tobytes())
        self._tensors: dict[Any, tuple[Any, Any]] = {}

    def __call__(self, z: Any) -> Any:
        kind = (z.dtype, z.device)
        if kind not in self._tensors:
            self._tensors[kind] = tuple(
                torch.tensor(a, dtype=z.dtype, device=z.device) for a in (self.weight.T, self.bias)
            )
        weight, bias = self._tensors[kind]
        return z @ weight + bias


def pose(problem: Autoencoder, convention: Convention) -> Call:
    likelihood = convention["likelihood"]
    codes = np.array(problem.mu), np.array(problem.logvar)
    weights = {"beta": problem.beta, "decoder_variance": problem.decoder_variance}
    x = observed(problem, likelihood)
    if convention["answer"] == "logits" and likelihood != "bernoulli":
        raise ContractError(
            "a Bernoulli likelihood, where answer=logits", f"likelihood={likelihood}",
            "declare likelihood=bernoulli, or answer=mean",
        )  # fmt: skip
    if convention["reconstruction"] == "given":
        return Call((x, decoded(problem, likelihood), *codes), weights)
    if likelihood == "bernoulli":
        raise ContractError(
            "a Gaussian likelihood for a sampled reconstruction: its expectation is exact",
            "likelihood=bernoulli",
            "declare reconstruction=given, and hand over the reconstruction",
        )  # fmt: skip
    decoder = LinearDecoder(np.array(problem.weight), np.array(problem.bias))
    return Call((x, decoder, *codes), weights)


def picture() -> Picture:
    """The decomposition: a code pulled between what reconstructs and what the prior expects."""
    path = [
        (m / 4, Autoencoder(((1.5,),), ((m / 4,),), ((-1.0,),), ((1.0,),), (0.0,)))
        for m in range(-8, 13)
    ]
    lines = {"reconstruction": _reconstruction, "KL to the prior": lambda problem, truth: truth.kl}
    return along(PAIRING, path, ("mean of the code", "negative ELBO of x = 1.5, nats"), lines)


def _reconstruction(problem: Autoencoder, truth: Truth) -> float:
    return float(np.sum(truth.value)) - truth.kl


PAIRING = Pairing(
    theorem=ELBO,
    family=ELBO_FAMILY,
    contract=CONTRACT,
    pose=pose,
    fits={"beta": (1e-4, 1e4), "decoder_variance": (1e-4, 1e4)},
    picture=picture,
)
