"""Points that spread over a sphere: the contract, and codings that meet it.

The wrong ones are in `sphere_points_defects`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .contract import Call, Contract, ContractError
from .sphere_points_defects import DEFECTS
from .sphere_training import by_lbfgs, by_network, written_down

__all__ = ["SPHERE_POINTS"]


def read(returned: Any, call: Call) -> dict[str, Any]:
    """The points, and what is said of convergence."""
    found = dict(returned) if isinstance(returned, Mapping) else {"points": returned}
    if "points" not in found:
        raise ContractError(
            "points [n, d], or a dict with the key points",
            f"a dict with keys {', '.join(map(str, found))}",
            "return dict(points=..., converged=...)",
        )
    points = found["points"]
    points = points.detach() if hasattr(points, "detach") else np.asarray(points)
    shape, wanted = tuple(points.shape), (call.parameters["n"], call.parameters["d"])
    if shape != wanted:
        raise ContractError(
            f"points of shape {wanted}, one in each row", f"shape {shape}",
            "return one row for each point",
        )  # fmt: skip
    return {"points": points, "converged": bool(found.get("converged", False))}


SPHERE_POINTS = Contract(
    name="sphere-points",
    title="points that spread over a sphere",
    inputs=(),
    parameters=("n", "d", "t"),
    returns="points[n,d] of length one, or dict of points and converged; `converged` says that no "
    "further step lowers the log of the mean over i < j of exp(-t |x_i - x_j|^2) in working "
    "precision",
    read=read,
    references={
        "L-BFGS on the sphere": by_lbfgs,
        "figures written down": written_down,
        "a network's outputs": by_network,
    },
    ordinary=("a network's outputs",),
    defects=DEFECTS,
)
