"""Critics trained on a known table: the contract, and trained codings that meet it.

The wrong ones are in `critic_defects`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .contract import Call, Contract, ContractError, Input
from .critic_defects import DEFECTS
from .critic_training import by_classification, by_lbfgs, by_samples

__all__ = ["CRITIC"]


def read(returned: Any, call: Call) -> dict[str, Any]:
    """The scores, the loss where one is reported, and what is said of convergence."""
    found = dict(returned) if isinstance(returned, Mapping) else {"scores": returned}
    if "scores" not in found:
        raise ContractError(
            "scores [m, n], or a dict with the key scores",
            f"a dict with keys {', '.join(map(str, found))}",
            "return dict(scores=..., converged=...), and loss=... if it is the population's",
        )
    scores = found["scores"]
    scores = scores.detach() if hasattr(scores, "detach") else np.asarray(scores)
    shape, wanted = tuple(scores.shape), tuple(call.inputs[0].shape)
    if shape != wanted:
        turned = "transpose them: " if shape == wanted[::-1] else ""
        raise ContractError(
            f"scores of shape {wanted}, like the table", f"shape {shape}",
            f"{turned}return one score for each query (row) and key (column)",
        )  # fmt: skip
    loss = found.get("loss")
    if (shape := tuple(getattr(loss, "shape", ()))) != ():
        raise ContractError("one number for the loss", f"shape {shape}", "return its mean")
    return {
        "scores": scores, "loss": None if loss is None else float(loss),
        "converged": bool(found.get("converged", False)), "slope": float(found.get("slope", 0.0)),
    }  # fmt: skip


CRITIC = Contract(
    name="critic",
    title="a critic trained to tell a pair from strangers",
    inputs=(Input(name="joint", shape="m,n", differentiable=False),),
    parameters=("keys",),
    returns="scores[m,n], or dict of scores, converged, and optionally loss (the population's, "
    "with one positive and keys - 1 negatives from the keys' marginal) and slope; `converged` says "
    "that no further step lowers the loss in working precision, or by no more than the norm of the "
    "gradient in the scores, the `slope`, explains",
    read=read,
    references={
        "L-BFGS on the exact loss": by_lbfgs,
        "pairs against strangers, classified": by_classification,
        "a network, by Adam on samples": by_samples,
    },
    ordinary=("a network, by Adam on samples",),
    defects=DEFECTS,
)
