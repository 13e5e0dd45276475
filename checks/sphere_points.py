"""The least energies that are known govern points on a sphere: the contract `sphere-points`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.contract import Call, Convention
from ..implementations.sphere_points import SPHERE_POINTS as CONTRACT
from ..implementations.sphere_training import by_lbfgs
from ..theorems.sphere_configurations import SPHERE_CONFIGURATIONS
from ..theorems.sphere_energy import floor, uniform
from ..theorems.sphere_points import SPHERE_POINTS, Points, Sphere, energy
from .pairing import Pairing, Picture

__all__ = ["PAIRING"]


def pose(problem: Sphere, convention: Convention) -> Call:
    return Call((), problem._asdict())


def read(returned: dict[str, Any], problem: Sphere, convention: Convention) -> Points:
    points = returned["points"]
    table = points.cpu().numpy() if hasattr(points, "cpu") else points
    return Points(np.asarray(table, float), returned["converged"])


def picture() -> Picture:
    """Points in space, by their number: what training reaches, above what none goes below."""
    found: dict[str, list[tuple[float, float]]] = {}
    for n in range(2, 13):
        values = {
            "floor": floor(n, 3), "the uniform law": uniform(3, 2.0),
            "code: L-BFGS on the sphere": energy(by_lbfgs(n, 3, 2.0)["points"].numpy(), 2.0),
        }  # fmt: skip
        for name, value in values.items():
            found.setdefault(name, []).append((float(n), value))
    return Picture(
        ("points in space", "energy"), {name: tuple(line) for name, line in found.items()}
    )


PAIRING = Pairing(
    theorem=SPHERE_CONFIGURATIONS, family=SPHERE_POINTS, contract=CONTRACT, pose=pose,
    kind="model", read=read, picture=picture, recognised="by its output",
)  # fmt: skip
