"""The importance-weighted bound: contract, honest codings, stabilisers.

The wrong ones are in `iwae_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .added_constants import plus
from .contract import Axis, Call, Contract, ContractError, Input, Option
from .iwae_defects import DEFECTS

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["IWAE", "log_sum_exp", "shifted", "stabilised", "surrogate"]


# -- honest codings -------------------------------------------------------------------------------


def log_sum_exp(log_w: Tensor) -> Tensor:
    """The definition by torch's own logarithm of a sum."""
    samples = log_w.new_full((), log_w.shape[1])
    return (log_w.logsumexp(dim=1) - samples.log()).mean()


def shifted(log_w: Tensor) -> Tensor:
    """The largest weight of each row set apart, and the mean taken of the others over it."""
    top = log_w.max(dim=1, keepdim=True).values.detach()
    return ((log_w - top).exp().mean(dim=1).log() + top.squeeze(1)).mean()


def normalised_away(log_w: Tensor) -> Tensor:
    """Each log weight less its normalised one, which is the logarithm of the row's sum."""
    totals = log_w - log_w.log_softmax(dim=1)
    return (totals.mean(dim=1) - log_w.new_full((), log_w.shape[1]).log()).mean()


def surrogate(log_w: Tensor) -> Tensor:
    """The variant with the bound's gradient: log weights by normalised weights held constant."""
    return (log_w.detach().softmax(dim=1) * log_w).sum(dim=1).mean()


def stabilised(
    log_w: Tensor,
    *,
    quantity: str = "value",
    weight: float = 0.0,
    share: float = 0.0,
    clamp: float = 0.0,
) -> Tensor:
    """The definition with the small constants that people add, all zero by default."""
    if clamp:
        log_w = log_w.clamp(-1 / clamp, 1 / clamp)
    log_w = plus(log_w, weight)
    top = log_w.max(dim=1, keepdim=True).values.detach()
    shares = (log_w - top).exp()
    if quantity == "surrogate":
        shares = (shares / (shares.sum(dim=1, keepdim=True) + share)).detach()
        return (shares * log_w).sum(dim=1).mean()
    return ((shares.mean(dim=1) + share).log() + top.squeeze(1)).mean()


# -- conventions ----------------------------------------------------------------------------------


def _single(returned: Any, call: Call) -> Any:
    if getattr(returned, "ndim", 0):
        raise ContractError(
            "one number for the batch, as batch=mean or batch=sum declares",
            f"shape {tuple(returned.shape)}", "average over the rows",
        )  # fmt: skip
    return returned


def _negative(target: Callable[..., Any]) -> Callable[..., Any]:
    return lambda log_w: -target(log_w)


SIGN = Axis(
    name="sign",
    options=(
        Option(name="bound", words="a bound from below, to be maximised"),
        Option(
            name="loss", words="its negative, to be minimised", write=_negative,
            output=lambda returned, call: -returned,
        ),
    ),
)  # fmt: skip

BATCH = Axis(
    name="batch",
    options=(
        Option(name="mean", words="averaged over the rows", output=_single),
        Option(
            name="sum", words="summed over the rows",
            output=lambda returned, call: _single(returned, call) / len(call.inputs[0]),
            write=lambda target: lambda log_w: target(log_w) * len(log_w),
        ),
    ),
)  # fmt: skip

QUANTITY = Axis(
    name="quantity",
    variant=True,
    options=(
        Option(name="value", words="the bound itself"),
        Option(
            name="surrogate",
            words="a surrogate, which has the bound's gradient and another value",
            write=lambda target: surrogate,
        ),
    ),
)

IWAE = Contract(
    name="iwae",
    title="the importance-weighted bound",
    inputs=(Input(name="log_w", shape="n,K"),),
    returns="float",
    axes=(SIGN, BATCH, QUANTITY),
    shapes=lambda call: ((),),
    references={
        "log-sum-exp": log_sum_exp,
        "shifted by the largest": shifted,
        "normalised away": normalised_away,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "weight": "added to each weight, under the logarithm",
        "share": "added to the weights over the largest, before they are divided or logged",
        "clamp": "the reciprocal of the bound to which log weights are clamped",
    },
)
