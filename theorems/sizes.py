"""What a floor may be asked for: whole numbers, scales and variants, refused where there is none.

A floor is a line in somebody's training loop, and a wrong one there is believed: a temperature of
minus one, or a batch of one, has to be told rather than computed with.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, NamedTuple

__all__ = ["one_of", "refuse"]

MOST = 1e15  # of rows: what a float still counts
LARGEST = 1e300


class Range(NamedTuple):
    """Numbers from `least` to `most`; zero is out where it is `positive`."""

    least: float
    most: float
    remedy: str
    whole: bool = False
    positive: bool = False

    def __str__(self) -> str:
        if self.positive:
            return f"a positive number, at most {self.most:g}"
        return f"a {'whole ' * self.whole}number from {self.least:g} to {self.most:g}"

    def holds(self, value: Any) -> bool:
        kind: Any = Integral if self.whole else Real
        if not isinstance(value, kind):
            return False
        return bool(self.least <= value <= self.most) and not (self.positive and value == 0)


DIVIDED = "hand over what similarities are divided by, and no inverse or logarithm"
SIZES: Mapping[str, Range] = {
    "n": Range(2, MOST, "count the pairs of a batch: of one alone nothing is compared", True),
    "d": Range(1, MOST, "count the features", True),
    "negatives": Range(1, MOST, "count the negatives of a query", True),
    "classes": Range(2, MOST, "count the classes: of one alone nothing is compared", True),
    "rows": Range(2, MOST, "count the rows of each class: one alone has no positive", True),
    "temperature": Range(0, LARGEST, DIVIDED, positive=True),
    "t": Range(0, 1e5, "hand over what squared distances are multiplied by", positive=True),
    "reach": Range(0, LARGEST, "hand over the longest norm times the longest norm", positive=True),
    "logit_scale": Range(0, LARGEST, "hand over what products are multiplied by, no logarithm"),
    "logit_bias": Range(-LARGEST, LARGEST, "hand over what is added to the scaled products"),
}
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "positive_in_denominator": ("yes", "no"),
    "pairs": ("i<j", "all"),
}


def refuse(sizes: Mapping[str, Any]) -> None:
    """Raises `ValueError` for the first size, of those with a name that is known, that is none."""
    for name, value in sizes.items():
        if name in VARIANTS:
            one_of(name, value, *VARIANTS[name])
        if name in SIZES and not SIZES[name].holds(value):
            raise ValueError(
                f"expected: {name}, {SIZES[name]}\nreceived: {value!r}\n"
                f"remedy:   {SIZES[name].remedy}"
            )


def one_of(name: str, option: str, *options: str) -> str:
    """The option.  Raises `ValueError` where it is none of them."""
    if option not in options:
        raise ValueError(
            f"expected: {name} one of {', '.join(options)}\nreceived: {option!r}\n"
            "remedy:   name the variant that the loss is"
        )
    return option
