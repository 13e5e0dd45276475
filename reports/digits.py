"""Long numbers one below the other, written out so that it can be seen where they part."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, Context, Decimal

from markupsafe import Markup

__all__ = ["agreeing", "agreement", "apart_from", "digits", "exactly"]

# A float64 has at most 767 digits, none of which is rounded away; what is no number stays none.
PLENTY = Context(prec=1200, rounding=ROUND_DOWN, traps=[])


def digits(number: float | str, beside: str | None = None, places: int = 50) -> Markup:
    """The number with so many significant digits of the one `beside` it (or of its own), the first
    digit that differs from that one's marked, and those after it paler.

    A float is written out as the binary number that it is.
    """
    if isinstance(number, float) and not math.isfinite(number):
        return Markup("{}").format(number)
    other = Decimal(number if beside is None else beside)
    decimals = max(0, places - 1 - other.adjusted()) if other.is_finite() else places
    mine, theirs = _written(Decimal(number), decimals), _written(other, decimals)
    pairs = enumerate(zip(mine, theirs, strict=False))
    same = next((i for i, (a, b) in pairs if a != b), len(mine))
    if same == len(mine):
        return Markup("{}").format(mine)
    mark = '{}<mark>{}</mark><span class="after">{}</span>'
    return Markup(mark).format(mine[:same], mine[same], mine[same + 1 :])


def agreeing(apart: float) -> float:
    """To how many digits two numbers agree that are apart by this much, relatively."""
    return math.inf if apart == 0 else -math.log10(apart)


def agreement(apart: float) -> str:
    """The same in words: whole digits, or all of them."""
    if not math.isfinite(apart):
        return "–"
    return "all" if apart == 0 else str(max(0, int(agreeing(apart))))


def exactly(number: float) -> str:
    """A float64 that is the exact number: every digit that it has, and none more."""
    return f"{Decimal(number):f}".replace("-", "−")


def apart_from(held: float, twin: str) -> float:
    """How far a float64 is from a number of many digits, relative to that."""
    number = Decimal(twin)
    gap = PLENTY.subtract(Decimal(held), number)
    return float(abs(PLENTY.divide(gap, number))) if gap and number else float(abs(gap))


def _written(number: Decimal, decimals: int) -> str:
    if not number.is_finite():
        return str(number)
    return f"{PLENTY.quantize(number, Decimal(1).scaleb(-decimals)):f}".replace("-", "−")
