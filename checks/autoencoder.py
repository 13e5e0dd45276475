"""The bottleneck inequality governs autoencoders of any architecture."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..implementations import autoencoder_networks as networks
from ..implementations.autoencoder import AUTOENCODER as CONTRACT
from ..implementations.contract import Call, Convention
from ..implementations.tensors import torch
from ..implementations.training import one_thread
from ..theorems.autoencoder import AUTOENCODER, Reconstruction
from ..theorems.bottleneck_inequality import BOTTLENECK_INEQUALITY
from ..theorems.covariance import Bottleneck, points
from .handwriting import SOURCE, scatters
from .noise import coarser
from .pairing import Pairing, Picture
from .reconstructions import look, numbers
from .symptoms import symptoms

__all__ = ["PAIRING", "picture"]


def pose(problem: Bottleneck, convention: Convention) -> Call:
    return Call((_rows(problem),), {"k": problem.units})


@lru_cache(maxsize=256)
def _rows(problem: Bottleneck) -> np.ndarray:
    """Fractions are slow; whoever is handed the rows gets a copy."""
    return points(problem)


def read(returned: dict[str, Any], problem: Bottleneck, convention: Convention) -> Reconstruction:
    """The callable is looked at; `returned` keeps the precision that it works in."""
    x, x_hat = returned["x"], numbers(returned["x_hat"])
    with one_thread():
        seen = look(returned["reconstruct"], x, x_hat)
        signs = tuple(symptoms(returned["code"], returned["reconstruct"], seen, x, problem.units))
    kind = coarser(seen.precision, str(returned["x_hat"].dtype).removeprefix("torch."))
    returned["precision"] = torch.empty(0, dtype=getattr(torch, kind))
    return Reconstruction(
        loss=float(np.mean(np.sum((x.numpy() - x_hat) ** 2, axis=1))),
        again=seen.again, company=seen.company, changed=seen.changed, bend=seen.bend,
        wobble=seen.wobble, shaking=seen.shaking, x_hat=x_hat, cloud=seen.cloud,
        gradient=() if seen.jacobians is None else (seen.jacobians,),
        symptoms=signs,
    )  # fmt: skip


# -- a picture ------------------------------------------------------------------------------------


def picture() -> Picture:
    """Where on a circle one number is not enough: a straight line misses two arcs, a trained curve
    a short one, and by more than the radius."""
    turns = (np.arange(64) + 0.5) / 64  # between the places that a line meets
    trained = networks.trained(
        networks.multilayer, circle(turns), 1, steps=200, rate=0.2, double=True
    )
    series = {"tanh network": _errors(trained, _refined(trained, turns))}
    line = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    series["the best line"] = _errors(lambda x: x @ line.T @ line, turns)
    for name, error in (("the angle, which jumps", 0.0), ("the radius", 1.0)):
        series[name] = tuple((step / 16, error) for step in range(17))
    return Picture(("place on a circle, in turns", "distance of the reconstruction"), series)


def circle(turns: np.ndarray) -> Any:
    angles = 2 * np.pi * turns
    return torch.from_numpy(np.stack([np.cos(angles), np.sin(angles)], axis=1))


def _distances(reconstruct: Callable[[Any], Any], turns: np.ndarray) -> np.ndarray:
    rows = circle(turns)
    return np.asarray(np.linalg.norm(numbers(reconstruct(rows)) - rows.numpy(), axis=1))


def _refined(reconstruct: Callable[[Any], Any], turns: np.ndarray) -> np.ndarray:
    """Finer where the error is largest, so that the curve's top is there to be seen."""
    for _ in range(3):
        worst = int(np.argmax(_distances(reconstruct, turns)))
        low, high = turns[max(worst - 1, 0)], turns[min(worst + 1, len(turns) - 1)]
        turns = np.union1d(turns, np.linspace(low, high, 9))
    return turns


def _errors(
    reconstruct: Callable[[Any], Any], turns: np.ndarray
) -> tuple[tuple[float, float], ...]:
    pairs = zip(turns, _distances(reconstruct, turns), strict=True)
    return tuple((float(turn), float(error)) for turn, error in pairs)


PAIRING = Pairing(
    theorem=BOTTLENECK_INEQUALITY,
    family=AUTOENCODER,
    contract=CONTRACT,
    pose=pose,
    kind="model",
    read=read,
    picture=picture,
    scatters=scatters,
    data=SOURCE,
    recognised="by its output",
)
