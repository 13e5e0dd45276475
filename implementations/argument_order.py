"""Which comes first, the data or what was made of them: torch's losses take the latter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .contract import Axis, Call, Option

__all__ = ["ORDER"]


def _exchanged(call: Call) -> Call:
    first, second, *rest = call.inputs
    return call._replace(inputs=(second, first, *rest))


def _written(target: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x_hat, x, *rest, **named: target(x, x_hat, *rest, **named)


ORDER = Axis(
    name="order",
    form=True,
    options=(
        Option(name="data first", words="the data come before their reconstruction"),
        Option(
            name="reconstruction first",
            words="the reconstruction comes before the data",
            call=_exchanged,
            write=_written,
        ),
    ),
)
