"""Tweedie's formulas govern denoisers that somebody trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import Call, Convention, plain
from ..implementations.tensors import torch
from ..implementations.trained_denoiser import TRAINED_DENOISER as CONTRACT
from ..implementations.trained_denoiser import attention, tanh_by_adam, tanh_by_lbfgs
from ..implementations.training import one_thread
from ..theorems.mistaken_denoisers import near, told
from ..theorems.trained_denoiser import TRAINED_DENOISER, Denoised, best, denoised, unsettled
from ..theorems.trained_denoiser_problems import Cloud
from ..theorems.tweedie import TWEEDIE
from .noise import KAPPA, UNIT_ROUNDOFF
from .pairing import Pairing, Picture
from .reconstructions import Seen, largest, look, numbers
from .symptoms import symptoms

__all__ = ["PAIRING", "picture"]

OFFSETS = (-1.0, 0.5)  # of the rows that are looked at, from clean points, in deviations


def pose(problem: Cloud, convention: Convention) -> Call:
    return Call((np.array(problem.points),), {"sigma": problem.sigma})


def read(returned: dict[str, Any], problem: Cloud, convention: Convention) -> Denoised:
    """A few rows are looked at in company; the grid shows how far it is from the best denoiser."""
    x, denoise, truth = returned["x"], returned["denoise"], best(problem)
    rows = torch.cat([x + offset * problem.sigma for offset in OFFSETS])

    def without_graph(y: Any) -> Any:  # as no Jacobians are needed
        return plain(denoise(y))

    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)  # code that draws, and should not, can be named
        seen = look(without_graph, rows, numbers(denoise(rows.clone())))
        signs = tuple(symptoms(returned["code"], without_graph, seen, rows, x.shape[1]))
        with torch.no_grad():
            x_hat = numbers(denoise(torch.from_numpy(truth.y.copy())))
    names = near(problem, x_hat)
    kind, shaken = rounding(seen)
    returned["precision"] = torch.empty(0, dtype=getattr(torch, kind))
    return Denoised(
        again=seen.again, company=seen.company, changed=seen.changed, wobble=seen.wobble,
        cloud=seen.cloud, x_hat=x_hat, loss=returned.get("loss"),
        loss_error=returned.get("loss_error", 0.0), converged=returned["converged"],
        tolerance=returned.get("tolerance", 0.0),
        uncertain=unsettled(truth, x_hat) + x.shape[1] * shaken**2,
        undecided="" if returned["converged"] else told(problem, x_hat, names),
        symptoms=signs or names,
    )  # fmt: skip


def rounding(seen: Seen) -> tuple[str, float]:
    """The precision of what is returned, and how far its rounding reaches.  Of what no nudge moves
    (a constant, in either precision) it is as of constants kept in float32."""
    single = KAPPA["float32"] * UNIT_ROUNDOFF["float32"]
    if not seen.wobble:
        return "float64", single * largest(seen.cloud)
    precision = seen.precision
    return precision, KAPPA[precision] * UNIT_ROUNDOFF[precision] * seen.wobble


# -- a picture ------------------------------------------------------------------------------------


def picture() -> Picture:
    """Two points at -1 and 1: the best denoiser, what training makes of it, and the best line."""
    pair = Cloud(((-1.0,), (1.0,)), 0.5)
    y = np.arange(-16, 17) / 8
    x = torch.tensor(pair.points, dtype=torch.float64)
    rows = torch.from_numpy(y[:, None])
    networks = {
        "attention, L-BFGS": attention(x, pair.sigma)["denoiser"],
        "tanh network, L-BFGS": tanh_by_lbfgs(x, pair.sigma),
        "tanh network, Adam": tanh_by_adam(x, pair.sigma),
    }
    curves = {"best denoiser": denoised(pair, y[:, None])[:, 0], "best line": y / 1.25}
    curves |= {name: numbers(net(rows))[:, 0] for name, net in networks.items()}
    series = {
        name: tuple(zip(y.tolist(), curve.tolist(), strict=True)) for name, curve in curves.items()
    }
    return Picture(("noisy y, sigma = 1/2", "estimate of x, which is -1 or 1"), series)


PAIRING = Pairing(
    theorem=TWEEDIE,
    family=TRAINED_DENOISER,
    contract=CONTRACT,
    pose=pose,
    kind="model",
    read=read,
    picture=picture,
    recognised="by its output",
)
