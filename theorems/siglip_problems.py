"""Images and texts, a scale and a bias: how they are posed, drawn and shrunk.

Scales lie between 1 and 100: codes clamp what they learn to these, and are right to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from . import clip_problems
from .clip_problems import Captioned
from .lattice import Matrix

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Biased", "design", "problems", "ranges", "simpler"]


class Biased(NamedTuple):
    """Features of n images and of their texts, both (n, d); what multiplies their products, and
    what is added to them."""

    image: Matrix
    text: Matrix
    logit_scale: float
    logit_bias: float


BIASES = (-1.0, -2.5, 0.5, -10.0, 0.0, -4.0)


def _biased(problem: Captioned, bias: float) -> Biased:
    return Biased(*problem, bias)


def design() -> tuple[Biased, ...]:
    """CLIP's probes, each with a bias."""
    return tuple(_biased(p, BIASES[k % 6]) for k, p in enumerate(clip_problems.design()))


def ranges() -> tuple[Biased, ...]:
    """CLIP's, with the bias that training starts from, and with none."""
    return tuple(_biased(p, (-10.0, 0.0)[k % 2]) for k, p in enumerate(clip_problems.ranges()))


def problems() -> SearchStrategy[Biased]:
    from hypothesis import strategies as st

    return st.builds(_biased, clip_problems.problems(), st.sampled_from(BIASES))


def simpler(problem: Biased) -> Iterator[Biased]:
    """No bias, or one of minus one; then what is simpler of the rest."""
    plain = (0.0, -1.0)
    if problem.logit_bias != 0.0:
        yield from (problem._replace(logit_bias=b) for b in plain if b != problem.logit_bias)
    yield from clip_problems.simpler(problem)
