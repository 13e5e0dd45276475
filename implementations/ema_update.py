"""The moving average of a target network: the contract and honest codings.

The wrong ones are in `ema_update_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Contract, Input, Option
from .contrastive import scale_by
from .ema_update_defects import DEFECTS
from .tensors import torch
from .updates import Updated, as_it_is, changed, invoke, left_alone, shaped

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["EMA_UPDATE", "by_lerp", "by_shares"]


# -- honest codings -------------------------------------------------------------------------------


def by_shares(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    """The definition."""
    return momentum * target + (1 - momentum) * online


def by_lerp(target: Tensor, online: Tensor, momentum: float) -> Tensor:
    """A step towards the online weights."""
    return torch.lerp(target, online, 1 - momentum)


def in_place(update: Callable[..., Tensor]) -> Callable[..., None]:
    """The update's result, written where the target was."""

    def change(target: Tensor, online: Tensor, **named: float) -> None:
        with torch.no_grad():
            target.copy_(update(target, online, **named))

    return change


def of_networks(update: Callable[..., Any]) -> Callable[..., Any]:
    """The same of networks whose parameters are the rows."""

    def change(*networks: Any, **named: float) -> Any:
        tables = [torch.stack([row.detach() for row in net.parameters()]) for net in networks]
        returned = update(*tables, **named)
        with torch.no_grad():
            for network, table in zip(networks, tables, strict=True):
                for parameter, row in zip(network.parameters(), table, strict=True):
                    parameter.copy_(row)
        return returned

    return change


# -- conventions ----------------------------------------------------------------------------------


def _of_rows(value: Any) -> Any:
    """The parameters of a network, one for each row, put together again."""
    if isinstance(value, torch.nn.Module):
        return torch.stack([row.detach() for row in value.parameters()])
    if isinstance(value, (list, tuple)) and value and hasattr(value[0], "detach"):
        return torch.stack([row.detach() for row in value])
    return value


def _taken(place: int, *, returned: bool) -> Callable[[Updated, Call], Any]:
    """The new target, which was handed over at this place; the online weights were at the other."""

    def take(updated: Updated, call: Call) -> Any:
        left_alone(_of_rows(updated.inputs[1 - place]), call.inputs[1], "the online weights")
        found = _of_rows(updated.returned if returned else updated.inputs[place])
        if not returned:
            changed(found, call.inputs[0], updated, "the target")
        return shaped(found, tuple(call.inputs[0].shape), "the new target")

    return take


def _update(place: int) -> dict[str, Option]:
    return {
        "returned": Option(
            name="returned", words="the new target is returned",
            output=_taken(place, returned=True),
        ),
        "in place": Option(
            name="in place", words="the target is changed where it is",
            output=_taken(place, returned=False), write=in_place,
        ),
    }  # fmt: skip


UPDATE = Axis(
    name="update",
    form=True,
    options=tuple(
        replace(option, instead={"order=online first": _update(1)[name]})
        for name, option in _update(0).items()
    ),
)


def _exchanged(call: Call) -> Call:
    target, online = call.inputs
    return call._replace(inputs=(online, target))


# no form: where the target is returned, it only says of the two shares which is whose
ORDER = Axis(
    name="order",
    options=(
        Option(name="target first", words="the target comes before the online weights"),
        Option(
            name="online first", words="the online weights come before the target",
            call=_exchanged,
            write=lambda target: lambda online, other, **named: target(other, online, **named),
        ),
    ),
)  # fmt: skip


def _networks(call: Call) -> Call:
    made = (torch.nn.ParameterList([torch.nn.Parameter(row.clone()) for row in z])
            for z in call.inputs)  # fmt: skip
    return call._replace(inputs=tuple(made))


HOLDS = Axis(
    name="weights",
    form=True,
    options=(
        Option(name="tensor", words="weights are tensors"),
        Option(
            name="network", words="weights are the parameters of two networks", call=_networks,
            write=of_networks,
        ),
    ),
)  # fmt: skip

SHARE = Axis(
    name="share",
    options=(
        Option(name="of the target", words="the momentum is the target's share"),
        scale_by(
            "momentum", "of the online", "the parameter is the online weights' share",
            lambda m: 1 - m, lambda m: 1 - m,
        ),
    ),
)  # fmt: skip

EMA_UPDATE = Contract(
    name="ema-update",
    title="the moving average of a target network",
    inputs=(
        Input(name="target", shape="n,d", differentiable=False),
        Input(name="online", shape="n,d", differentiable=False),
    ),
    parameters=("momentum",),
    returns="target[n,d]",
    axes=(SHARE, UPDATE, ORDER, HOLDS),
    read=as_it_is,
    invoke=invoke,
    references={"two shares": by_shares, "a step towards": by_lerp},
    defects=DEFECTS,
)
