"""Handwritten digits through two numbers: along a plane, and along a curved sheet.

The best linear autoencoder, each of its two units a principal direction, beside a tanh network that
is trained with a code of the same width.  The digits, with their source, are in `handwriting.json`:
500 of those that scikit-learn brings along.
"""

from __future__ import annotations

import base64
import json
import zlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..implementations.autoencoder_networks import trained
from ..implementations.nested_dropout import ordered
from ..implementations.tensors import torch
from .pairing import Scatter

if TYPE_CHECKING:
    from torch.nn import Module

__all__ = ["SOURCE", "Coded", "curved", "digits", "flat", "scatters", "told_apart"]

CODE, WIDE, STEPS, RATE = 2, 32, 300, 0.01
SOURCE = (
    "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning "
    "Repository, 1998 (CC BY 4.0); the first 500 of the 1,797 that scikit-learn's load_digits "
    "returns, 8 x 8 pixels of 0 to 16"
)


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """The pixels (500, 64), from 0 to 16, and which digit each row is (500)."""
    kept = json.loads(files(__package__).joinpath("handwriting.json").read_text("utf-8"))
    packed = zlib.decompress(base64.b64decode("".join(kept["pixels"])))
    names = np.array([int(name) for name in kept["digits"]])
    return np.frombuffer(packed, np.uint8).reshape(64, len(names)).T.astype(float), names


class Coded(NamedTuple):
    """A code (n, 2), and the squared error of the reconstructions, per digit."""

    code: np.ndarray
    loss: float


def flat() -> Coded:
    """By the best linear autoencoder: coordinates along the two principal directions."""
    x = torch.from_numpy(digits()[0])
    fit = ordered(x, CODE)
    code = (x - x.mean(dim=0)) @ fit["encoder"].T * fit["decoder"].norm(dim=0)
    return Coded(code.numpy(), float(fit["loss"]))


def curved() -> Coded:
    """By a network with a tanh layer of 32 on each side of the code."""
    x = torch.from_numpy(digits()[0])
    net: Any = trained(_network, x, CODE, steps=STEPS, rate=RATE)
    with torch.no_grad():
        size = float((x - net.mean).square().mean().sqrt())
        code = net.net[:3](((x - net.mean) / size).float())
        loss = ((net(x) - x) ** 2).sum(dim=1).mean()
    return Coded(code.double().numpy(), float(loss))


def _network(d: int, k: int) -> Module:
    nn = torch.nn
    return nn.Sequential(
        nn.Linear(d, WIDE), nn.Tanh(), nn.Linear(WIDE, k),
        nn.Linear(k, WIDE), nn.Tanh(), nn.Linear(WIDE, d),
    )  # fmt: skip


def told_apart(code: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Of each row, whether the nearest other code is of the same digit (n)."""
    distances = np.linalg.norm(code[:, None] - code, axis=2)
    np.fill_diagonal(distances, np.inf)
    return np.asarray(names[distances.argmin(axis=1)] == names)


def scatters() -> tuple[Scatter, ...]:
    """The two codes, what each loses beside the floor of all planes, and how well it parts
    digits."""
    x, names = digits()
    spread = np.linalg.svd(x - x.mean(axis=0), compute_uv=False) ** 2 / len(x)
    floor, total = float(spread[CODE:].sum()), float(spread.sum())
    plane, sheet = flat(), curved()
    of_plane = (
        f"The best linear autoencoder loses {plane.loss:.1f} of a variance of {total:.1f} per "
        f"digit: the floor of all planes, {floor:.1f}"
    )
    of_sheet = (
        f"After {STEPS} steps of Adam on these digits the network loses {sheet.loss:.1f} per "
        f"digit, where no plane gets below {floor:.1f}"
    )
    return (
        _scatter("Along a plane: principal component analysis", of_plane, plane, names),
        _scatter(f"Along a curved sheet: a tanh network, 64-{WIDE}-{CODE}-{WIDE}-64", of_sheet,
                 sheet, names),
    )  # fmt: skip


def _scatter(title: str, lost: str, found: Coded, names: np.ndarray) -> Scatter:
    right = told_apart(found.code, names)
    marks = {
        str(name): tuple((float(a), float(b)) for a, b in found.code[names == name])
        for name in range(10)
    }
    told = (
        f"{lost}. The nearest neighbour among the codes is the same digit for {right.mean():.0%} "
        "of them."
    )
    shares = {str(name): float(right[names == name].mean()) for name in range(10)}
    return Scatter(title, ("first number of the code", "second number"), marks, told, shares)
