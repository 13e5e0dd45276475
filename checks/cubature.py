r"""Expectations over what the code draws are finite sums, without noise.

With $K$ standard normal numbers and $R$ the least power of four above $K$, the
nodes $\pm\sqrt R\,e_i$, of weight $1/2R$ each, and the origin, of weight $1 - K/R$, integrate every
polynomial of degree three exactly against $N(0, I_K)$.  So do the rows $\pm h_i$ of a Hadamard
matrix of order at least $K$, alike in weight.  Nodes and weights of both are dyadic: nothing is
rounded before the code itself rounds.

How far the two rules are apart is how well an expectation is known: on $x_i^4$, where they err by
$R - 3$ and $-2$, and on $|x|^4$, where they err by $K(R - K - 2)$ and $-2K$, it bounds the error of
the first.  ($R = K$ would put all nodes of both on one sphere.)  Where they are far apart, the
output is no such polynomial; then a single number is integrated by Gauss--Legendre rules on panels
between whole numbers, twice, and code that draws more is judged on smaller problems.

Draws with finitely many outcomes (masks, dropouts, indices, permutations) are run through all of
them, whatever way the code takes after each, and weighed by their probability, a fraction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from fractions import Fraction
from math import log
from random import getstate
from typing import Any, NamedTuple

import numpy as np
import torch

from .chooser import Chooser, NotOwnable, TooManyRuns, another_way
from .draws import Kept, Owned

__all__ = ["Mean", "Node", "Record", "feed", "mean", "on_panels", "record_draws", "rows", "star"]

LARGEST = 64  # runs; code that needs more on a problem is judged on smaller ones
PANELS = ((12, 24), (14, 40))  # points, and how far out: of a rule, and what it is held against
APART = 2.0**-20  # beyond it an expectation is not known; below it is part of the noise


class Record(NamedTuple):
    """What one run draws: standard normal `numbers`, and other draws of so many `outcomes`, the
    draw of what is certain among them."""

    numbers: int
    outcomes: int
    draws: bool

    @property
    def normal_alone(self) -> bool:
        return self.numbers > 0 and self.outcomes == 1


class Node(NamedTuple):
    """The normal numbers that one run is fed, in the order of its draws, and its weight."""

    numbers: np.ndarray
    weight: Fraction


class Mean(NamedTuple):
    """The expectation of each part of an output, that of its absolute value, and how far the two
    rules are apart on it."""

    parts: tuple[np.ndarray, ...]
    sizes: tuple[np.ndarray, ...]
    gaps: tuple[np.ndarray, ...]


# -- rules ----------------------------------------------------------------------------------------


def star(count: int) -> tuple[Node, ...]:
    """One number at a time: 2 * count nodes, and the origin."""
    radius = 2
    while radius * radius <= count:
        radius *= 2
    share = Fraction(1, 2 * radius * radius)
    found = [
        Node(sign * radius * np.eye(1, count, i)[0], share)
        for i in range(count)
        for sign in (1.0, -1.0)
    ]
    left = 1 - 2 * count * share
    return (*found, Node(np.zeros(count), left)) if left else tuple(found)


def rows(count: int) -> tuple[Node, ...]:
    """All numbers at once: the rows of Sylvester's Hadamard matrix, of either sign."""
    hadamard: np.ndarray = np.ones((1, 1))
    while len(hadamard) < count:
        hadamard = np.kron(hadamard, [[1.0, 1.0], [1.0, -1.0]])
    share = Fraction(1, 2 * len(hadamard))
    return tuple(Node(sign * row[:count], share) for row in hadamard for sign in (1.0, -1.0))


def on_panels(points: int, end: int) -> tuple[Node, ...]:
    """For one number: so many Gauss--Legendre points on every panel from -end to end; panels are
    eight wide, those nearer to the origin than 8 two."""
    edges = np.array([*range(-end, -8, 8), *range(-8, 8, 2), *range(8, end + 1, 8)], float)
    places, shares = np.polynomial.legendre.leggauss(points)
    middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    numbers = (middle[:, None] + half[:, None] * places).ravel()
    density = np.exp(-(numbers**2) / 2) / np.sqrt(2 * np.pi)
    weights = (half[:, None] * shares).ravel() * density
    return tuple(
        Node(np.array([number]), Fraction(float(weight)))
        for number, weight in zip(numbers, weights, strict=True)
    )


# -- use ------------------------------------------------------------------------------------------


@contextmanager
def feed(numbers: np.ndarray, chooser: Chooser, *, normal_alone: bool = False) -> Iterator[None]:
    """Within, draws yield these numbers and what is chosen; leaving, all numbers must be used.

    Raises `NotOwnable` at any other draw, and where the run makes fewer or more draws.
    """
    owned = Owned(numbers, chooser)
    with owned, nullcontext() if normal_alone else Kept(owned):
        yield
    if normal_alone and owned.uniform:
        raise another_way()
    if owned.used < len(numbers) or len(chooser.taken) < len(chooser.prescribed):
        raise another_way()


def record_draws(call: Callable[[], Any], *, twice: bool = True) -> Record:
    """Run `call` once, with zeros and first outcomes for its draws, and say what it drew.

    With `twice`, a second run on the same draws must return the same, or something draws unseen:
    NumPy's new generators, for instance, an operating system's, or one that was given another
    seed.  Raises `NotOwnable`, and `TooManyRuns`.
    """
    record, first, _ = _recorded(call)
    if twice:
        with feed(np.zeros(record.numbers), Chooser(seed=1)):
            second = call()
        if not _same(first, second):
            raise NotOwnable(
                "the same output from the same draws", "two outputs from two equal runs",
                "draw with torch, so that the draws can be seen, and keep no state between calls",
            )  # fmt: skip
    return record


def _recorded(call: Callable[[], Any]) -> tuple[Record, Any, Chooser]:
    """What a run on zeros and first outcomes drew and returned, and what was chosen in it."""
    owned = Owned(None, Chooser())
    with _unseen_generators_at_rest(), owned, Kept(owned):
        first = call()
    numbers = sum(int(np.prod(shape, dtype=int)) for shape in owned.shapes)
    outcomes = int(np.prod([1, *owned.chooser.options], dtype=object))
    draws = bool(numbers or owned.chooser.options)
    return Record(numbers, outcomes, draws), first, owned.chooser


def mean(
    call: Callable[[], tuple[np.ndarray, ...]],
    *,
    number: Callable[[Fraction], Any] = float,
    apart: Any = APART,
    panels: bool = True,
) -> Mean:
    """The expectation of the arrays that `call` returns, over its draws, by weights that `number`
    makes of fractions; exact for polynomials of degree three in the normal numbers drawn.

    Raises `NotOwnable` where two rules (those on `panels` too, unless without) are further apart
    than `apart`, relative to what they average or to one; and `TooManyRuns`.
    """
    record, *recorded = _recorded(call)
    count, rule = record.numbers, star(record.numbers)
    runs = record.outcomes * len(rule)
    if record.outcomes > 1 and runs > LARGEST:
        raise TooManyRuns(log(LARGEST) / log(runs))

    def weighed(nodes: tuple[Node, ...]) -> Sums:
        return _weighed(_runs(call, nodes, record, recorded), number)

    first = weighed(rule)
    found, known = _compared(first, weighed(rows(count)) if count else first, apart)
    if known:
        return found
    if panels and count > 1:
        raise TooManyRuns(1 / count)
    if panels:
        fine, finer = (weighed(on_panels(*how)) for how in PANELS)
        found, known = _compared(fine, finer, apart)
        # Overflow far out, where nobody draws, says nothing of the code.
        known = known and all(np.all(np.isfinite(part)) for part in found.parts)
    if known:
        return found
    raise NotOwnable(
        "an output whose expectation over its normal draws is known, as of a polynomial of degree "
        "three at most",
        f"another: two rules for it are {max(float(np.max(g)) for g in found.gaps):.3g} apart",
        "have what is drawn linearly or squared judged by itself",
    )


Sums = tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]
Run = tuple[Fraction, tuple[np.ndarray, ...]]


def _compared(first: Sums, second: Sums, apart: Any) -> tuple[Mean, bool]:
    """The first, how far the second is apart from it, and whether that is near enough."""
    (parts, sizes), (others, largest) = first, second
    gaps = tuple(map(_gap, parts, others))
    known = all(
        np.all(gap <= apart * (1 + _finite(size) + _finite(other)))
        for gap, size, other in zip(gaps, sizes, largest, strict=True)
    )
    return Mean(parts, sizes, gaps), known


def _gap(a: Any, b: Any) -> Any:
    return np.where((a == b) | ((a != a) & (b != b)), 0, abs(a - b))


def _finite(sizes: Any) -> Any:
    """The largest of those that are finite."""
    return np.max(np.where(sizes - sizes == 0, sizes, 0), initial=0)


def _weighed(runs: Iterator[Run], number: Callable[[Fraction], Any]) -> Sums:
    """The weighted sums of all runs' parts, and of their absolute values."""
    parts: list[np.ndarray] = []
    sizes: list[np.ndarray] = []
    for weight, output in runs:
        share = number(weight)
        with np.errstate(all="ignore"):  # where the code overflows, so does its mean
            new, large = [share * part for part in output], [share * abs(part) for part in output]
        parts = [a + b for a, b in zip(parts, new, strict=True)] if parts else new
        sizes = [a + b for a, b in zip(sizes, large, strict=True)] if sizes else large
    return tuple(parts), tuple(sizes)


def _runs(
    call: Callable[[], tuple[np.ndarray, ...]],
    rule: tuple[Node, ...],
    record: Record,
    recorded: list[Any],
) -> Iterator[Run]:
    """Every outcome at every node, with its weight; what was recorded at the origin of several
    nodes is not run again."""
    for node in rule:
        outcomes: tuple[int, ...] | None = ()
        ran, total = 0, Fraction(0)
        while outcomes is not None:
            if ran and ran * len(rule) >= LARGEST:
                raise TooManyRuns(0.5)
            if not outcomes and len(rule) > 1 and not node.numbers.any():
                output, chooser = recorded
            else:
                chooser = Chooser(outcomes)
                with feed(node.numbers, chooser, normal_alone=record.normal_alone):
                    output = call()
            yield node.weight * chooser.weight, output
            outcomes, ran, total = chooser.following(), ran + 1, total + chooser.weight
        if total != 1:
            raise another_way()


def _same(first: Any, second: Any) -> bool:
    pairs = zip(_arrays(first), _arrays(second), strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def _arrays(output: Any) -> tuple[np.ndarray, ...]:
    if isinstance(output, (tuple, list)):
        return tuple(array for part in output for array in _arrays(part))
    if isinstance(output, torch.Tensor):
        output = output.detach().double().cpu().numpy()
    return (np.asarray(output, dtype=float),)


@contextmanager
def _unseen_generators_at_rest() -> Iterator[None]:
    """NumPy's and Python's global generators must not move: their draws cannot be replaced."""
    before = _states()
    yield
    for name, state in _states().items():
        if state != before[name]:
            raise NotOwnable(
                "draws by torch",
                f"a draw by {name}, or a seed",
                "draw with torch.randn or an rsample",
            )


def _states() -> dict[str, Any]:
    theirs: Any = np.random.get_state()  # noqa: NPY002 - the generator that others use
    return {"numpy.random": (theirs[1].tobytes(), theirs[2:]), "random": getstate()}
