"""Reconstruction losses: the contract, and honest codings of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .argument_order import ORDER
from .contract import Axis, Call, Contract, ContractError, Input, Option
from .reconstruction_loss_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RECONSTRUCTION_LOSS", "bernoulli", "stabilised"]


# -- honest codings -------------------------------------------------------------------------------


def by_torch(x: Tensor, x_hat: Tensor) -> Tensor:
    """Of torch's own loss, which averages over features too."""
    return torch.nn.functional.mse_loss(x_hat, x) * x.shape[1]


def by_norms(x: Tensor, x_hat: Tensor) -> Tensor:
    """The square of the distance, row by row."""
    return torch.linalg.vector_norm(x - x_hat, dim=1).square().mean()


def line_by_line(x: Tensor, x_hat: Tensor) -> Tensor:
    """The definition."""
    return ((x - x_hat) ** 2).sum(dim=1).mean()


def bernoulli(x: Tensor, x_hat: Tensor) -> Tensor:
    """The variant for data in the unit interval."""
    loss = torch.nn.functional.binary_cross_entropy(x_hat, x, reduction="none")
    return loss.sum(dim=1).mean()


def stabilised(
    x: Tensor, x_hat: Tensor, *, error: str = "squared", logarithm: float = 0.0, clamp: float = 0.0
) -> Tensor:
    """The definition with the small constants that people add, all zero by default."""
    p = x_hat.clamp(clamp, 1 - clamp) if clamp else x_hat
    if error == "squared":
        return ((x - p) ** 2).sum(dim=1).mean()
    terms = x * (p + logarithm).log() + (1 - x) * (1 - p + logarithm).log()
    return -terms.sum(dim=1).mean()


# -- conventions ----------------------------------------------------------------------------------


def _scaled(factor: Callable[[Any], float]) -> dict[str, Any]:
    """The two ways of a convention that multiplies the loss by a factor of the input's shape."""
    return {
        "output": lambda returned, call: returned / factor(call.inputs[0]),
        "write": lambda target: lambda x, x_hat: target(x, x_hat) * factor(x),
    }


def _single(returned: Any, call: Call) -> Any:
    if getattr(returned, "ndim", 0):
        raise ContractError(
            "one number", f"one loss per row, of shape {tuple(returned.shape)}",
            "declare batch=none, or average over rows",
        )  # fmt: skip
    return returned


def _total(returned: Any, call: Call) -> Any:
    return _single(returned, call) / len(call.inputs[0])


def _per_row(returned: Any, call: Call) -> Any:
    if getattr(returned, "ndim", 0) != 1:
        raise ContractError(
            "one loss per row, as batch=none declares",
            f"an output of {getattr(returned, 'ndim', 0)} dimensions",
            "declare batch=mean or batch=sum",
        )
    return returned / len(call.inputs[0])


def _by_rows(target: Callable[..., Any]) -> Callable[..., Any]:
    def rows(x: Tensor, x_hat: Tensor) -> Tensor:
        return torch.stack([target(x[i : i + 1], x_hat[i : i + 1]) for i in range(len(x))])

    return rows


FEATURES = Axis(
    name="features",
    options=(
        Option(name="sum", words="summed over features"),
        Option(name="mean", words="averaged over features", **_scaled(lambda x: 1 / x.shape[1])),
    ),
)

BATCH = Axis(
    name="batch",
    options=(
        Option(name="mean", words="averaged over rows", output=_single),
        Option(
            name="sum", words="summed over rows", output=_total,
            write=lambda target: lambda x, x_hat: target(x, x_hat) * len(x),
        ),
        Option(name="none", words="one loss per row", output=_per_row, write=_by_rows),
    ),
)  # fmt: skip

FACTOR = Axis(
    name="factor",
    options=(
        Option(name="one", words="the error itself"),
        Option(name="half", words="half the error", **_scaled(lambda x: 0.5)),
    ),
)

ERROR = Axis(
    name="error",
    variant=True,
    options=(
        Option(name="squared", words="the squared error"),
        Option(
            name="bernoulli", words="the cross-entropy of independent Bernoulli variables",
            write=lambda target: bernoulli,
        ),
    ),
)  # fmt: skip


def _shapes(call: Call) -> tuple[tuple[int, ...], ...]:
    return ((), (len(call.inputs[0]),))


RECONSTRUCTION_LOSS = Contract(
    name="reconstruction-loss",
    title="a reconstruction loss",
    inputs=(
        Input(name="x", shape="n,d", differentiable=False),
        Input(name="x_hat", shape="n,d"),
    ),
    returns="float",
    axes=(FEATURES, BATCH, FACTOR, ERROR, ORDER),  # the order last: the others know x by its place
    shapes=_shapes,
    references={"line by line": line_by_line, "by torch": by_torch, "by norms": by_norms},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "logarithm": "added to the probabilities, under the logarithm",
        "clamp": "keeps the reconstruction away from 0 and 1 by a clamp",
    },
)
