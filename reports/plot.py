"""A line chart as inline SVG: no script, no style attribute, light and dark by the stylesheet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from .words import number, power_of_ten

__all__ = ["chart", "scatter"]

Point = tuple[float, float]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640.0, 330.0, 78.0, 14.0, 38.0, 52.0
TALL = 540.0  # of a scatter: two axes of equal rank
DASHES = ("", "7 4", "2 4", "9 3 2 3", "4 2", "12 5")
HUES = len(DASHES)
MARKS = 12  # about as many marks on a line; more would hide it
SHAPES = (
    "M{0} {1}m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",  # circle
    "M{0} {1}m-3.5 -3.5h7v7h-7z",
    "M{0} {1}m0 -4.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z",  # diamond
    "M{0} {1}m0 -4.5l4.5 8h-9z",  # triangle
)


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values between `low` and `high` to pixels between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool

    def __call__(self, value: float) -> float:
        low, high, at = (self._on_axis(v) for v in (self.low, self.high, value))
        return self.start + (at - low) / ((high - low) or 1.0) * (self.end - self.start)

    def _on_axis(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    @property
    def ticks(self) -> list[float]:
        return _decades(self.low, self.high) if self.logarithmic else _round(self.low, self.high)


def _scale(values: Sequence[float], start: float, end: float, *, may_be_log: bool) -> Scale:
    low, high = min(values), max(values)
    if may_be_log and low > 0 and high > 100 * low:
        margin = (high / low) ** 0.04
        return Scale(low / margin, high * margin, start, end, True)
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return Scale(low - margin, high + margin, start, end, False)


def _round(low: float, high: float) -> list[float]:
    """About five multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    first = math.ceil(low / step)
    return [k * step for k in range(first, math.floor(high / step) + 1)]


def _decades(low: float, high: float) -> list[float]:
    first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
    every = max(1, math.ceil((last - first) / 6))
    return [10.0**k for k in range(first, last + 1, every)]


def chart(
    series: Mapping[str, Iterable[Point]], axes: tuple[str, str], *, title: str, name: str
) -> Markup:
    """The series over common axes, with a legend below; `name` is unique on its page.

    The first series is a line.  The others have marks as well, or marks alone where they have fewer
    points: a line between far points would say what was not measured.

    Points that are not finite are left out of the picture; the page's table has them.  An axis is
    logarithmic where its values are positive and span more than two decades.  Returns nothing where
    nothing can be drawn.
    """
    drawn = {
        label: [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
        for label, points in series.items()
    }
    everything = [point for points in drawn.values() for point in points]
    if not everything:
        return Markup("")
    across = _scale([x for x, _ in everything], LEFT, WIDTH - RIGHT, may_be_log=True)
    up = _scale([y for _, y in everything], HEIGHT - BOTTOM, TOP, may_be_log=True)
    body = Markup("").join(
        [*_frame(across, up, axes)]
        + [
            _line(i, points, across, up)
            for i, points in enumerate(drawn.values())
            if _lined(i, drawn)
        ]
        + [
            _marks(i, points, across, up, thinned=_lined(i, drawn))
            for i, points in enumerate(drawn.values())
            if i
        ]
    )
    picture = Markup(
        '<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-labelledby="{}">'
        '<title id="{}">{}</title>{}</svg>'
    ).format(WIDTH, HEIGHT, name, name, title, body)
    return picture + _legend(drawn)


def scatter(
    marks: Mapping[str, Iterable[Point]], axes: tuple[str, str], *, title: str, name: str
) -> Markup:
    """Each point as its own name; colour and weight only repeat it.  `name` is unique on its page.

    Returns nothing where no point is finite.
    """
    drawn = [
        (i, label, x, y)
        for i, (label, points) in enumerate(marks.items())
        for x, y in points
        if math.isfinite(x) and math.isfinite(y)
    ]
    if not drawn:
        return Markup("")
    across = _scale([x for _, _, x, _ in drawn], LEFT, WIDTH - RIGHT, may_be_log=False)
    up = _scale([y for _, _, _, y in drawn], TALL - BOTTOM, TOP, may_be_log=False)
    glyph = '<text class="glyph hue-{}{}" x="{:.1f}" y="{:.1f}">{}</text>'
    body = Markup("").join(
        [*_frame(across, up, axes, TALL)]
        + [
            Markup(glyph).format(
                i % HUES, " strong" if i // HUES % 2 else "", across(x), up(y) + 4, label
            )
            for i, label, x, y in drawn
        ]
    )
    return Markup(
        '<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-labelledby="{}">'
        '<title id="{}">{}</title>{}</svg>'
    ).format(WIDTH, TALL, name, name, title, body)


def _frame(
    across: Scale, up: Scale, axes: tuple[str, str], height: float = HEIGHT
) -> Iterable[Markup]:
    text = '<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>'
    foot = height - BOTTOM
    for value in up.ticks:
        y = up(value)
        line = '<path class="grid" d="M{:.1f} {:.1f}H{:.1f}"/>'
        yield Markup(line).format(LEFT, y, WIDTH - RIGHT)
        yield Markup(text).format(LEFT - 7, y + 4.5, "end", _label(value, up))
    for value in across.ticks:
        x = across(value)
        yield Markup('<path class="axis" d="M{:.1f} {:.1f}v5"/>').format(x, foot)
        yield Markup(text).format(x, foot + 20, "middle", _label(value, across))
    yield Markup('<path class="axis" d="M{0} {1}V{2}H{3}"/>').format(LEFT, TOP, foot, WIDTH - RIGHT)
    yield Markup(text).format((LEFT + WIDTH - RIGHT) / 2, height - 8, "middle", axes[0])
    yield Markup(text).format(4, 20, "start", axes[1])


def _label(value: float, scale: Scale) -> str:
    """A tick's number; along a logarithmic axis all far powers of ten are written as powers."""
    if scale.logarithmic and not 0.005 < value < 500:
        return power_of_ten(round(math.log10(value)))
    return number(value)


def _lined(index: int, drawn: Mapping[str, Sequence[Point]]) -> bool:
    """Whether a series is drawn as a line: the first one, and those with as many points as any."""
    lengths = [len(points) for points in drawn.values()]
    return index == 0 or lengths[index] == max(lengths)


def _line(index: int, points: Sequence[Point], across: Scale, up: Scale) -> Markup:
    path = "L".join(f"{across(x):.1f} {up(y):.1f}" for x, y in points)
    shape = '<path class="series hue-{}"{} d="M{}"/>'
    return Markup(shape).format(index % HUES, _dash(index), path or "0 0")


def _marks(
    index: int, points: Sequence[Point], across: Scale, up: Scale, *, thinned: bool
) -> Markup:
    """A line goes on without its marks; points that no line joins are all drawn."""
    every = math.ceil(len(points) / MARKS) if thinned else 1
    # Series that coincide take turns, so that each can be seen.
    chosen = points[index % every :: every] if points else ()
    return Markup("").join(_mark(index, across(x), up(y)) for x, y in chosen)


def _mark(index: int, x: float, y: float) -> Markup:
    shape = SHAPES[(index - 1) % len(SHAPES)].format(f"{x:.1f}", f"{y:.1f}")
    return Markup('<path class="point hue-{}" d="{}"/>').format(index % HUES, shape)


def _dash(index: int) -> Markup:
    dash = DASHES[index % HUES]
    return Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup("")


def _legend(drawn: Mapping[str, Sequence[Point]]) -> Markup:
    key = '<li><svg viewBox="0 0 36 12" aria-hidden="true">{}{}</svg>{}</li>'
    line = '<path class="series hue-{}"{} d="M0 6H36"/>'
    lines = [
        Markup(key).format(
            Markup(line).format(i % HUES, _dash(i)) if _lined(i, drawn) else "",
            _mark(i, 18, 6) if i else "",
            label,
        )
        for i, label in enumerate(drawn)
    ]
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(lines))
