"""Sparsity penalties: the contract, and honest codings of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Contract, ContractError, Input, Option
from .sparse_penalty_defects import DEFECTS, divergence
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SPARSE_PENALTY", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def line_by_line(activations: Tensor, rho: float) -> Tensor:
    """The definition."""
    return divergence(rho, activations.mean(dim=0)).sum()


def by_cross_entropy(activations: Tensor, rho: float) -> Tensor:
    """The cross-entropy with the target, less the target's entropy."""
    mean = activations.mean(dim=0)
    target = torch.full_like(mean, rho)
    cross = torch.nn.functional.binary_cross_entropy(mean, target, reduction="none")
    return (cross + target * torch.log(target) + (1 - target) * torch.log1p(-target)).sum()


def stabilised(
    activations: Tensor, rho: float, *, division: float = 0.0, logarithm: float = 0.0
) -> Tensor:
    """The definition with the small constants that people add, all zero by default."""
    mean = activations.mean(dim=0)
    on, off = rho / (mean + division), (1 - rho) / (1 - mean + division)
    return (rho * torch.log(on + logarithm) + (1 - rho) * torch.log(off + logarithm)).sum()


# -- conventions ----------------------------------------------------------------------------------


def _units(call: Call) -> int:
    return int(call.inputs[0].shape[1])


def _single(returned: Any, call: Call) -> Any:
    if getattr(returned, "ndim", 0):
        raise ContractError(
            "one number", f"an output of shape {tuple(returned.shape)}",
            "declare units=none, or sum over units",
        )  # fmt: skip
    return returned


def _per_unit(returned: Any, call: Call) -> Any:
    if tuple(getattr(returned, "shape", ())) != (_units(call),):
        raise ContractError(
            "one number per unit, as units=none declares",
            f"an output of shape {tuple(getattr(returned, 'shape', ()))}",
            "declare units=sum or units=mean",
        )
    return returned


def _one_by_one(target: Callable[..., Any]) -> Callable[..., Any]:
    def each(activations: Tensor, rho: float) -> Tensor:
        columns = activations.split(1, dim=1)
        return torch.stack([target(column, rho) for column in columns])

    return each


def _logits(call: Call) -> Call:
    (a,) = call.inputs
    return call._replace(inputs=(torch.log(a) - torch.log1p(-a),))


UNITS = Axis(
    name="units",
    options=(
        Option(name="sum", words="summed over units", output=_single),
        Option(
            name="mean", words="averaged over units",
            output=lambda returned, call: _single(returned, call) * _units(call),
            write=lambda target: lambda a, rho: target(a, rho) / a.shape[1],
        ),
        Option(name="none", words="one number per unit", output=_per_unit, write=_one_by_one),
    ),
)  # fmt: skip

ACTIVATIONS = Axis(
    name="activations",
    options=(
        Option(name="probabilities", words="activations in (0, 1), as a sigmoid leaves them"),
        Option(
            name="logits", words="what comes before the sigmoid, which the penalty applies",
            call=_logits, write=lambda target: lambda z, rho: target(torch.sigmoid(z), rho),
        ),
    ),
)  # fmt: skip


def _shapes(call: Call) -> tuple[tuple[int, ...], ...]:
    return ((), (_units(call),))


SPARSE_PENALTY = Contract(
    name="sparse-penalty",
    title="a sparsity penalty, the divergence of mean activations from their target",
    inputs=(Input(name="activations", shape="n,k"),),
    parameters=("rho",),
    hidden={"beta": 1.0},  # a penalty in bits has 1.4427
    returns="float",
    axes=(UNITS, ACTIVATIONS),
    shapes=_shapes,
    references={
        "line by line": line_by_line,
        "by cross-entropy": by_cross_entropy,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "division": "added to the means and to their complements",
        "logarithm": "added to the quotients, under the logarithm",
    },
)
