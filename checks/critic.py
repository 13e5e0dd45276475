"""The InfoNCE bound, its optimum and its ceiling govern trained critics: the contract `critic`."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.critic import CRITIC as CONTRACT
from ..implementations.critic_training import by_lbfgs, by_samples
from ..implementations.tensors import torch
from ..theorems.critic import CRITIC, Contrast, Critic, oracle, reached
from ..theorems.infonce_bound import INFONCE_BOUND
from ..theorems.infonce_loss import information
from .pairing import Pairing, Picture

__all__ = ["PAIRING"]


def pose(problem: Contrast, convention: Convention) -> Call:
    return Call((np.array(problem.joint),), {"keys": problem.keys})


def read(returned: dict[str, Any], problem: Contrast, convention: Convention) -> Critic:
    scores = returned["scores"]
    table = scores.cpu().numpy() if hasattr(scores, "cpu") else scores
    return Critic(np.asarray(table), returned["loss"], returned["converged"], returned["slope"])


FAIR = ((0.4375, 0.0625), (0.0625, 0.4375))


def picture() -> Picture:
    """What critics of two bits say, by the number of keys: what they can, and what they know."""
    joint = torch.tensor(FAIR, dtype=torch.float64)
    found: dict[str, list[tuple[float, float]]] = {}
    for keys in range(2, 9):
        problem, most = Contrast(FAIR, keys), log(keys)
        values = {
            "information": information(np.asarray(FAIR)), "ceiling: log K": most,
            "what K keys can say": most - oracle(problem).least,
            "L-BFGS": most - by_lbfgs(joint, keys)["loss"],
            "a network, by samples": most - reached(problem, read(
                {"loss": None, "slope": 0.0, **by_samples(joint, keys)}, problem, {}
            )),
        }  # fmt: skip
        for name, value in values.items():
            found.setdefault(name, []).append((float(keys), value))
    return Picture(("keys K", "nats"), {name: tuple(line) for name, line in found.items()})


PAIRING = Pairing(
    theorem=INFONCE_BOUND, family=CRITIC, contract=CONTRACT, pose=pose, kind="model", read=read,
    picture=picture, recognised="by its output",
)  # fmt: skip
