r"""What Fisher and Neyman say of any statistic, and how it is measured.

A statistic T is sufficient exactly if samples that it does not tell apart say the same of theta:

$T(x) = T(x') \Rightarrow f_\theta(x) f_{\theta'}(x') = f_{\theta'}(x) f_\theta(x')$ for all
$\theta, \theta'$, and that is $S(x) = S(x')$ for the family's minimal statistic S.

So code is asked for nothing but numbers: pairs of samples are sought on which it returns the same
(`checks.fibres`), and S is compared on each.  No quotient is formed, so that supports may depend on
theta.  What a pair was found by is of no matter: it is itself the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .likelihoods import LIKELIHOODS, Likelihood, crossed, separating
from .minimality import MINIMAL, ROUNDOFF, Alike, listed
from .theorem import Claim, Family

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["STATISTIC", "Fibre", "Sample", "sample", "shared_answer"]

ASKED = "f(x; theta) f(x'; theta') = f(x; theta') f(x'; theta) wherever T(x) = T(x')"


# -- problems and outputs -------------------------------------------------------------------------


class Sample(NamedTuple):
    """n observations, two to eight, as different sixteenths in [-2, 2], which the family places in
    its sample space (of counts, n alone matters); and the seed of the search for pairs."""

    sixteenths: tuple[int, ...]
    seed: int = 0


class Fibre(NamedTuple):
    """Of all pairs that were found the worst: samples `x` and `other` on which the statistic is
    `value` and `other_value`, the same to its rounding.  `leak` says, per entry of S, how far S may
    move while the statistic moves by as much as it was rounded and the two values differ.

    `converged` is whether enough pairs were found to decide (one is, if it condemns), `undecided`
    why not.  `mark` is what statistics have in common that are functions of each other.
    """

    x: tuple[float, ...]
    other: tuple[float, ...]
    value: tuple[float, ...]
    other_value: tuple[float, ...]
    leak: tuple[float, ...]
    converged: bool
    undecided: str = ""
    mark: np.ndarray = np.zeros(0)
    alike: Alike | None = None

    def shown(self, claim: str, truth: Truth) -> tuple[str, str]:
        """What the theorem says, and the pair as people read it: who computes these numbers has the
        counterexample."""
        if claim == MINIMAL.name and self.alike is not None:
            return self.alike.shown(truth.likelihood.minimal)
        x, y = np.array(self.x), np.array(self.other)
        likelihood = truth.likelihood
        theta, other = separating(likelihood, x, y)
        one, two = crossed(likelihood, x, y, theta, other)
        S = (listed(likelihood.minimal(z)) for z in (x, y))
        return ASKED, (
            f"x = {listed(x)}, x' = {listed(y)}; T(x) = {listed(self.value)}, T(x') = "
            f"{listed(self.other_value)}; at theta = {listed(theta)}, theta' = {listed(other)} "
            f"f(x; theta) f(x'; theta') = {one!r}, f(x; theta') f(x'; theta) = {two!r}; "
            f"S(x) = {next(S)}, S(x') = {next(S)}"
        )


class Truth(NamedTuple):
    """The family's law: its minimal statistic decides every pair."""

    likelihood: Likelihood


def oracle(problem: Sample, family: str = "normal", **_: str) -> Truth:
    """The family is the whole oracle."""
    return Truth(LIKELIHOODS[family])


def sample(problem: Sample, family: str) -> np.ndarray:
    """The observations, in the family's sample space; zeros stand for a space of counts."""
    likelihood = LIKELIHOODS[family]
    if likelihood.points is not None:
        return np.zeros(len(problem.sixteenths))
    return np.asarray(likelihood.place(np.array(problem.sixteenths) / 16))


# -- claims ---------------------------------------------------------------------------------------


def gaps(truth: Truth, fibre: Fibre) -> np.ndarray:
    """How far apart S is on the pair, per entry."""
    S = truth.likelihood.minimal
    return np.asarray(np.abs(S(np.array(fibre.x)) - S(np.array(fibre.other))))


def units(truth: Truth, fibre: Fibre) -> np.ndarray:
    """One rounding error of S itself; and what the statistic's own would explain, in those."""
    S = truth.likelihood.minimal
    sizes = [np.sum(np.abs(truth.likelihood.slopes(np.array(x)) * x), axis=1)
             + np.abs(S(np.array(x))) for x in (fibre.x, fibre.other)]  # fmt: skip
    return np.asarray(np.maximum(*sizes) + 1 + np.array(fibre.leak) / ROUNDOFF)


def worst(truth: Truth, fibre: Fibre) -> int:
    return int(np.argmax(gaps(truth, fibre) / units(truth, fibre)))


def slack(problem: Sample, truth: Truth, fibre: Fibre) -> float:
    return -float(gaps(truth, fibre)[worst(truth, fibre)])


def unit(problem: Sample, truth: Truth, fibre: Fibre) -> float:
    return float(units(truth, fibre)[worst(truth, fibre)])


MOVING = tuple(name for name, likelihood in LIKELIHOODS.items() if likelihood.apart is not None)
COMMON = tuple(name for name in LIKELIHOODS if name not in MOVING)

CLAIMS = (
    Claim(
        name="likelihood ratios",
        tex=r"T(x) = T(x') \Rightarrow f_\theta(x) f_{\theta'}(x') = f_{\theta'}(x) f_\theta(x')",
        why="samples that the statistic does not tell apart say the same of the parameter",
        slack=slack,
        unit=unit,
        binds="where decided",
        only={"family": COMMON},
    ),
    Claim(
        name="supports",
        tex=r"T(x) = T(x') \Rightarrow \{\theta: f_\theta(x) > 0\} = \{\theta: f_\theta(x') > 0\}",
        why="samples that the statistic does not tell apart are possible under the same parameters",
        slack=slack,
        unit=unit,
        binds="where decided",
        only={"family": MOVING},
    ),
    MINIMAL,
)


# -- the design -----------------------------------------------------------------------------------

DESIGNED = (
    (16, -16), (-8, 24), (16, -8, 5), (-32, 16, 9), (3, 17, -12, 30), (-20, 8, 25, -3),
    (16, -8, 4, -27, 13), (31, 2, -15, 22, -6), (-1, 12, -24, 7, 29, -18),
    (10, -30, 19, 5, -13, 26, -4), (-7, 21, 14, -29, 3, 32, -16, 9),
    (28, -11, 6, -22, 17, -2, 12, -31),
)  # fmt: skip
PLAIN = (16, -16, 32, -32, 8, -8, 24, -24)  # plainest first


def design() -> tuple[Sample, ...]:
    """Two to eight observations, of both signs, no two alike."""
    return tuple(Sample(numbers, seed) for seed, numbers in enumerate(DESIGNED))


def problems() -> SearchStrategy[Sample]:
    from hypothesis import strategies as st

    number = st.integers(-32, 32)
    numbers = st.lists(number, min_size=2, max_size=8, unique=True)
    return st.builds(Sample, numbers.map(tuple), st.integers(0, 99))


def simpler(problem: Sample) -> Iterator[Sample]:
    """Fewer observations; then plainer ones."""
    numbers = problem.sixteenths
    if len(numbers) > 2:
        for i in range(len(numbers)):
            yield problem._replace(sixteenths=numbers[:i] + numbers[i + 1 :])
    for i, number in enumerate(numbers):
        rank = PLAIN.index(number) if number in PLAIN else len(PLAIN)
        for plain in PLAIN[:rank]:
            if plain not in numbers:
                yield problem._replace(sixteenths=(*numbers[:i], plain, *numbers[i + 1 :]))


def shared_answer(family: str, x: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The slack of a statistic that is exactly the same on the two samples."""
    problem = Sample((16, -16))
    truth = oracle(problem, family)
    no_leak = (0.0,) * len(truth.likelihood.minimal(np.array(x)))
    return slack(problem, truth, Fibre(x, other, (0.0,), (0.0,), no_leak, converged=True))


STATISTIC = Family(
    name="statistic",
    problem=Sample,
    design=design,
    problems=problems,
    simpler=simpler,
    oracle=oracle,
    claims=CLAIMS,
)
