"""What losses of a prediction against a held target may differ in: BYOL's and SimSiam's.

The two are one function but for an offset and a factor, so that code written as the one is, under
the other's contract, the same with another convention.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .contract import Axis, Option
from .contrastive import NORMALISES, on_inputs, reduction
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["INPUT_NAMES", "STABILISERS", "axes", "stabilised"]

INPUT_NAMES = ("p1", "p2", "z1", "z2")
STABILISERS = {
    "norm": "added to each norm",
    "squared_norm": "added to each squared norm, under the root",
    "product": "added to each product of norms",
    "norm_apart": "added to each norm, of rows whose squared distance is taken",
    "squared_norm_apart": "added to each squared norm, of rows whose squared distance is taken",
}


def stabilised(
    p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor, *, similarity: str, total: float,
    norm: float = 0.0, squared_norm: float = 0.0, product: float = 0.0,
    norm_apart: float = 0.0, squared_norm_apart: float = 0.0,
) -> Tensor:  # fmt: skip
    """The definition with the small constants that people add, all zero by default; `total` is 2
    where the two directions are added, 1 where they are averaged."""

    def cosine(p: Tensor, z: Tensor) -> Tensor:
        a, b = (
            torch.sqrt((x * x).sum(1) + squared_norm + squared_norm_apart) + norm + norm_apart
            for x in (p, z)
        )
        if norm_apart or squared_norm_apart:  # rows are no longer unit ones, so it is no cosine
            return (1 - (p / a[:, None] - z / b[:, None]).square().sum(1) / 2).mean()
        return ((p * z).sum(1) / (a * b + product)).mean()

    offset, factor = OFFSETS[similarity]
    return total * (offset - factor * (cosine(p1, z2.detach()) + cosine(p2, z1.detach())) / 2)


# -- what it is of a cosine -----------------------------------------------------------------------

OFFSETS = {"2-2cos": (2.0, 2.0), "-cos": (0.0, 1.0), "1-cos": (1.0, 1.0), "-2cos": (0.0, 2.0)}
WORDS = {
    "2-2cos": "the squared distance of unit vectors, 2 - 2 cos",
    "-cos": "the negative cosine",
    "1-cos": "the cosine distance, 1 - cos",
    "-2cos": "the squared distance without its constant, -2 cos",
}


def _affine(factor: float, shift: float) -> Callable[..., Any]:
    return lambda target: lambda *inputs: factor * target(*inputs) + shift


def _similarity(canonical: str, total: float) -> Axis:
    """`total` is 2 where the two directions are added, 1 where they are averaged."""
    offset, slope = OFFSETS[canonical]

    def option(name: str) -> Option:
        b, a = OFFSETS[name]
        write = _affine(a / slope, total * (b - offset * a / slope))
        return Option(name=name, words=WORDS[name], write=write if name != canonical else None)

    names = [canonical, *(name for name in OFFSETS if name != canonical)]
    return Axis(name="similarity", variant=True, options=tuple(map(option, names)))


# -- two directions -------------------------------------------------------------------------------


def _scaled(name: str, words: str, factor: float) -> Option:
    return Option(
        name=name, words=words, output=lambda returned, call: returned / factor,
        write=_affine(factor, 0.0),
    )  # fmt: skip


def _directions(total: float) -> Axis:
    summed, averaged = "the two directions are added", "the mean of the two directions"
    canonical = Option(name="summed", words=summed), Option(name="averaged", words=averaged)
    if total == 2:
        return Axis(name="directions", options=(canonical[0], _scaled("averaged", averaged, 0.5)))
    return Axis(name="directions", options=(canonical[1], _scaled("summed", summed, 2.0)))


def _one_table(p1: Tensor, p2: Tensor, z1: Tensor, z2: Tensor) -> tuple[Tensor, Tensor]:
    return torch.cat([p1, p2]), torch.cat([z2, z1])


def _takes(total: float) -> Axis:
    """Code that takes predictions and their own targets sees both directions as one batch."""

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        def call(p: Tensor, z: Tensor) -> Any:
            n = len(p) // 2
            return target(p[:n], p[n:], z[n:], z[:n]) / total

        return call

    def of(factor: float) -> Option:
        return Option(
            name="one direction", words="a table of predictions and one of their targets: (p, z)",
            call=on_inputs(_one_table), output=lambda returned, call: returned * factor,
            write=write,
        )  # fmt: skip

    one = replace(of(total), instead={"reduction=sum": of(total / 2)})
    both = Option(name="both directions", words="both views' tables: (p1, p2, z1, z2)")
    return Axis(name="takes", form=True, options=(both, one))


def _reduction() -> Axis:
    """The terms of a direction are averaged; in one table there are twice as many."""

    def axis(times: int) -> Axis:
        return reduction(
            lambda call: times * len(call.inputs[0]), each="sample", all_of_them="the samples"
        )

    both, each = axis(1), axis(2).option("none")
    of_one = {"takes=one direction": replace(each, write=both.option("none").write)}
    none = replace(both.option("none"), instead=of_one)
    return replace(both, options=(*both.options[:2], none))


# -- gradient -------------------------------------------------------------------------------------


def _detached(*tables: Tensor) -> tuple[Tensor, ...]:
    """Predictions first, targets last, however many of each."""
    half = len(tables) // 2
    return (*tables[:half], *(z.detach() for z in tables[half:]))


DETACHES = Axis(
    name="detaches",
    by_gradient=True,
    options=(
        Option(name="yes", words="targets are detached inside"),
        Option(
            name="no", words="the caller hands over targets that carry no gradient",
            call=on_inputs(_detached),
        ),
    ),
)  # fmt: skip


def axes(canonical: str, total: float) -> tuple[Axis, ...]:
    """Of a loss whose terms are `canonical` ones of a cosine, added over both directions
    (`total` 2) or averaged (1)."""
    return (
        _takes(total),  # first: what follows sees tables of rows, two or four
        _similarity(canonical, total),
        _directions(total),
        NORMALISES,
        _reduction(),
        DETACHES,
    )
