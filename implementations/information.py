"""What contracts on information may differ in: how a table of probabilities is handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Axis, Call, Option
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TABLE", "entropy"]


def entropy(shares: Tensor) -> Tensor:
    """In nats; shares of zero add nothing."""
    return torch.special.entr(shares).sum()


def _shares(call: Call) -> Call:
    """Divided by its total: slopes are those among tables that sum to one."""
    p, *others = call.inputs
    return call._replace(inputs=(p / p.sum(), *others))


def _logarithms(call: Call) -> Call:
    p, *others = _shares(call).inputs
    return call._replace(inputs=(p.log(), *others))


TABLE = Axis(
    name="table",
    options=(
        Option(name="probabilities", words="the table is of probabilities", call=_shares),
        Option(
            name="logarithms", words="the table is of logarithms of probabilities",
            call=_logarithms,
            write=lambda target: (
                lambda logs, *rest, **named: target(logs.exp(), *rest, **named)
            ),
        ),
    ),
)  # fmt: skip
