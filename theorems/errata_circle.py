"""An erratum on the circle: one number does not tell all its points apart, not continuously."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .erratum import Erratum, Measured, Refutation, many_digits
from .picture import Picture

__all__ = ["CIRCLE", "largest_error", "mean_square", "meeting", "seam"]

Encoder = Callable[[Any], Any]  # from the angle of a point to its code
HALVINGS = 120  # of the interval in which a meeting is enclosed


def network(angle: Any) -> Any:
    """A network with three tanh units, on the coordinates of the point."""
    mp = many_digits()
    x, y = mp.cos(angle), mp.sin(angle)
    weights = ((3, 1, 1), (-1, 2, 0), (2, -2, -1))
    return mp.fsum(mp.tanh(a * x + b * y + c) for a, b, c in weights)


def seam(width: Any) -> Encoder:
    """The angle from 0 to 2π, but for a last stretch of this width, which runs back to 0."""
    mp = many_digits()
    whole = 2 * mp.pi

    def code(angle: Any) -> Any:
        angle = angle - whole * mp.floor(angle / whole)
        last = whole - width
        return angle if angle <= last else last * (whole - angle) / width

    return code


def meeting(encoder: Encoder) -> tuple[Any, Any]:
    """An interval of angles that contains one at which a point and its antipode have one code: the
    difference of the codes changes its sign over half a turn, hence somewhere in between."""
    mp = many_digits()

    def ahead(angle: Any) -> bool:
        return bool(encoder(angle) >= encoder(angle + mp.pi))

    low, high = mp.mpf(0), +mp.pi
    at_low = ahead(low)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if ahead(middle) == at_low else (low, middle)
    return low, high


def mean_square(width: Any) -> Any:
    """The mean squared error of the encoder with a seam, decoded by cosine and sine: the rule of
    midpoints is exact for it along the seam, and elsewhere the error is zero."""
    mp, points = many_digits(), 64
    last = 2 * mp.pi - width
    steps = [last + width * (2 * k + 1) / (2 * points) for k in range(points)]
    return mp.fsum(squared_error(width, angle) for angle in steps) / points * width / (2 * mp.pi)


def squared_error(width: Any, angle: Any) -> Any:
    """Of the point at this angle."""
    return 2 - 2 * many_digits().cos(seam(width)(angle) - angle)


def largest_error(width: Any) -> Any:
    """Of the same autoencoder: in the middle of its seam."""
    mp = many_digits()
    return mp.sqrt(squared_error(width, 2 * mp.pi - mp.convert(width) / 2))


def circle() -> Refutation:
    mp = many_digits()
    low, high = meeting(network)
    widths = [mp.convert(Fraction(1, 10**k)) for k in range(3)]
    half_distance = abs(mp.expj(low) - mp.expj(low + mp.pi)) / 2
    turn = [mp.pi * k / 48 for k in range(49)]
    return Refutation(
        claimed=Measured(
            "the error that is claimed, 0, minus half the distance of a point and its antipode "
            "with one code",
            0 - half_distance,
        ),
        corrected=Measured(
            "the largest error of an autoencoder whose mean square goes to zero, minus 1",
            min(largest_error(width) for width in widths) - 1,
        ),
        numbers=(
            Measured("angle at which point and antipode have one code, in the network", low),
            Measured("width of the interval that encloses it", high - low),
            *(
                Measured(f"mean squared error with a seam of ${width}$", mean_square(value))
                for width, value in zip(("1", "1/10", "1/100"), widths, strict=True)
            ),
        ),
        picture=Picture(
            "Codes of a point and of its antipode, by a small network",
            ("angle of the point", "code"),
            {
                "the point": tuple((float(t), float(network(t))) for t in turn),
                "its antipode": tuple((float(t), float(network(t + mp.pi))) for t in turn),
            },
        ),
    )


CIRCLE = Erratum(
    id="circle-through-one-number",
    said="A nonlinear autoencoder with one unit reconstructs a circle exactly",
    claim="Data on a circle have one intrinsic dimension, so that a nonlinear autoencoder with a "
    "bottleneck of one unit parametrises them by an angle and reaches reconstruction error zero.",
    believed="One angle describes a circle. But the angle jumps somewhere, and a network does not.",
    corrected="Every continuous encoder gives some point and its antipode the same code (the "
    "theorem of Borsuk and Ulam; here the intermediate value theorem is enough). Whatever the "
    "decoder, one of the two is off by at least the radius. Only the mean squared error has the "
    "infimum zero, and it is not reached: the encoder runs back through a seam that grows narrow.",
    instance="The unit circle. A network of three tanh units, where the meeting is enclosed by "
    "bisection; and the angle with a seam, decoded by cosine and sine.",
    counterexample=circle,
    theorems=("bottleneck-inequality", "baldi-hornik"),
    references=(
        (
            "K. Borsuk, Drei Sätze über die n-dimensionale euklidische Sphäre, Fundamenta "
            "Mathematicae 20 (1933), 177-190"
        ),
    ),
)
