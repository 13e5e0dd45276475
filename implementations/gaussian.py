"""How encoders write down a diagonal Gaussian: the axis that all variational contracts share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, ContractError, Option

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["require_number", "require_rows", "require_table", "second_argument"]


def second_argument(position: int) -> Axis:
    """What stands for the variance at `position`: its logarithm, itself, or the deviation."""

    def option(
        name: str, words: str, theirs: Callable[[Tensor], Tensor], ours: Callable[[Tensor], Tensor]
    ) -> Option:
        def call(call: Call) -> Call:
            return call._replace(inputs=_at(position, theirs, call.inputs))

        def write(target: Callable[..., Any]) -> Callable[..., Any]:
            return lambda *inputs, **named: target(*_at(position, ours, inputs), **named)

        return Option(name=name, words=words, call=call, write=write)

    return Axis(
        name="second",
        options=(
            Option(name="logvar", words="the second argument is the logarithm of the variance"),
            option("variance", "the second argument is the variance",
                   lambda v: v.exp(), lambda variance: variance.log()),
            option("std", "the second argument is the standard deviation",
                   lambda v: (v / 2).exp(), lambda std: 2 * std.log()),
            option("logstd", "the second argument is the logarithm of the standard deviation",
                   lambda v: v / 2, lambda logstd: 2 * logstd),
        ),
    )  # fmt: skip


def _at(
    position: int, change: Callable[[Tensor], Tensor], inputs: tuple[Any, ...]
) -> tuple[Any, ...]:
    return (*inputs[:position], change(inputs[position]), *inputs[position + 1 :])


def require_rows(returned: Any, call: Call) -> Any:
    """One number per row; complains by `ContractError`."""
    if tuple(getattr(returned, "shape", ())) != (len(call.inputs[0]),):
        raise ContractError(
            f"one number per row, shape ({len(call.inputs[0])},), as batch=none declares",
            f"shape {tuple(getattr(returned, 'shape', ()))}",
            "declare batch=mean or batch=sum; or latent=none, if it is one number per coordinate",
        )  # fmt: skip
    return returned


def require_table(returned: Any, call: Call) -> Any:
    """One number per row and latent coordinate; complains by `ContractError`."""
    if getattr(returned, "shape", ()) != call.inputs[0].shape:
        raise ContractError(
            f"one number per coordinate, shape {tuple(call.inputs[0].shape)}, as latent=none "
            "declares",
            f"shape {tuple(getattr(returned, 'shape', ()))}", "declare latent=sum or latent=mean",
        )  # fmt: skip
    return returned


def require_number(returned: Any, call: Call) -> Any:
    """One number for the batch; complains by `ContractError`."""
    if getattr(returned, "ndim", 0) != 0:
        raise ContractError(
            "one number for the batch, as batch=mean or batch=sum declares",
            f"shape {tuple(returned.shape)}", "declare batch=none, if it is one number per row",
        )  # fmt: skip
    return returned
