"""What losses of images and texts may differ in: a scale or its logarithm, and whose the norms are.

A logarithm is handed over as a tensor, because code that expects one exponentiates it as such.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .contract import Axis, Option
from .contrastive import on_inputs
from .tensors import torch

__all__ = ["exponential", "logarithm", "normalises"]


def _tensor(x: Any) -> Any:
    return x if isinstance(x, torch.Tensor) else torch.tensor(x, dtype=torch.float64)


def logarithm(x: Any) -> Any:
    return _tensor(x).log()


def exponential(x: Any) -> Any:
    return _tensor(x).exp()


def unit_rows(z: Any) -> Any:
    return z / z.norm(dim=1, keepdim=True)


def _over_two(change: Callable[[Any], Any]) -> Callable[..., tuple[Any, ...]]:
    return lambda image, text, *rest: (change(image), change(text), *rest)


def _normalising(target: Callable[..., Any]) -> Callable[..., Any]:
    def call(image: Any, text: Any, *rest: Any, **named: Any) -> Any:
        return target(unit_rows(image), unit_rows(text), *rest, **named)

    return call


def normalises() -> Axis:
    """No gauge: what divides by norms cannot be told of features that are handed over longer."""
    return Axis(
        name="normalises",
        variant=True,
        options=(
            Option(name="no", words="features enter as they are handed over"),
            Option(
                name="yes", words="features are divided by their norms inside", write=_normalising
            ),
            Option(
                name="expected", words="the caller hands over unit vectors, and no others",
                call=on_inputs(_over_two(unit_rows)),
            ),
        ),
    )  # fmt: skip
