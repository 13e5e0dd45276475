"""What a theorem is, to this library.

A `Theorem` is a statement that a person can read, assumptions each shown to be needed, and a proof
that a computer re-checks.  A `Family` is what code can be held to: problems small enough to solve
exactly, the oracle that solves them, and the claims that follow.  Nothing here knows about torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from .picture import Picture
from .symbolic import Decision, decide_zero, sp

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "Assumption",
    "Checked",
    "Claim",
    "Evaluation",
    "Family",
    "Outcome",
    "Step",
    "Theorem",
    "Told",
    "certificate",
    "cited",
    "enumeration",
    "gradient_claim",
    "identity",
    "inequality",
    "value_claim",
]

Binds = Literal["always", "at the optimum", "where decided"]
Kind = Literal["identity", "inequality", "exhaustive enumeration", "numerical certificate", "cited"]
Problem = Any  # a named tuple of numbers and nested tuples, one type per family
Truth = Any  # what a family's oracle returns, one type per family
Output = Any  # what the code returned, as the family reads it
EMPTY: Mapping[str, tuple[str, ...]] = MappingProxyType({})


# -- proofs ---------------------------------------------------------------------------------------


class Outcome(Enum):
    """What came of checking a step; the value says what to do about it."""

    CHECKED = "checked: the line holds, and its slip does not"
    CITED = "cited: nothing was checked here"
    REFUTED = "refuted: the line is false at a rational point; mend the line"
    UNDECIDED = "undecided: sympy could not decide; give the step an easier form"
    EMPTY = "empty: the slip verifies as well, so nothing was verified; find a slip that fails"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a proof, and the tempting wrong line (`slip`) that must fail where it holds.

    `holds` and `slips` decide the line and its slip; `tex` and `slip_tex` show them.  `scope` says
    for which sizes the check is valid.  Make steps with `identity`, `inequality`, `enumeration`,
    `certificate` and `cited`.
    """

    why: str
    kind: Kind
    tex: str
    scope: str
    slip: str = ""
    holds: Callable[[], Decision] | None = None
    slips: Callable[[], Decision] | None = None

    def check(self) -> Outcome:
        if self.holds is None or self.slips is None:
            return Outcome.CITED
        line = self.holds()
        if line is not Decision.ZERO:
            return Outcome.REFUTED if line is Decision.NONZERO else Outcome.UNDECIDED
        return Outcome.CHECKED if self.slips() is Decision.NONZERO else Outcome.EMPTY


def identity(
    why: str, left: Any, right: Any, *, slip: Any, slip_words: str, tex: str, scope: str
) -> Step:
    """`left` equals `right` identically, and `left` differs from the tempting `slip`."""
    return Step(
        why=why, kind="identity", tex=tex, scope=scope, slip=slip_words,
        holds=lambda: decide_zero(left - right), slips=lambda: decide_zero(left - slip),
    )  # fmt: skip


def inequality(
    why: str,
    smaller: Any,
    larger: Any,
    *,
    because: Iterable[Any],
    slip: Any,
    slip_words: str,
    tex: str,
    scope: str,
) -> Step:
    """`smaller <= larger`, because their difference is the sum of the nonnegative `because`.

    `slip` stands in place of `larger`, tempting and wrong: the certificate must not fit it.
    """
    terms = list(because)

    def holds() -> Decision:
        if not all(sp.sympify(term).is_nonnegative for term in terms):
            return Decision.UNDECIDED
        return decide_zero(larger - smaller - sum(terms))

    return Step(
        why=why, kind="inequality", tex=tex, scope=scope, slip=slip_words, holds=holds,
        slips=lambda: decide_zero(slip - smaller - sum(terms)),
    )  # fmt: skip


def enumeration(
    why: str,
    cases: Callable[[], Iterable[Any]],
    *,
    holds: Callable[[Any], bool],
    slip: Callable[[Any], bool],
    slip_words: str,
    tex: str,
    scope: str,
) -> Step:
    """Every one of finitely many cases holds, exactly; the slip fails in at least one."""
    return Step(
        why=why, kind="exhaustive enumeration", tex=tex, scope=scope, slip=slip_words,
        holds=lambda: _all(holds, cases()), slips=lambda: _all(slip, cases()),
    )  # fmt: skip


def certificate(
    why: str,
    holds: Callable[[], bool],
    *,
    slip: Callable[[], bool],
    slip_words: str,
    tex: str,
    scope: str,
) -> Step:
    """An enclosure by interval arithmetic (`mpmath.iv`) that decides; the slip's excludes it."""
    return Step(
        why=why, kind="numerical certificate", tex=tex, scope=scope, slip=slip_words,
        holds=lambda: _decision(holds()), slips=lambda: _decision(slip()),
    )  # fmt: skip


def cited(why: str, *, tex: str, source: str) -> Step:
    """A line taken from the literature; it earns no badge."""
    return Step(why=why, kind="cited", tex=tex, scope=source)


def _decision(true: bool) -> Decision:
    return Decision.ZERO if true else Decision.NONZERO


def _all(predicate: Callable[[Any], bool], cases: Iterable[Any]) -> Decision:
    seen = [bool(predicate(case)) for case in cases]
    return _decision(all(seen)) if seen else Decision.UNDECIDED


@dataclass(frozen=True, slots=True)
class Checked:
    """A step, what came of it, and how long that took, in seconds."""

    step: Step
    outcome: Outcome
    seconds: float


# -- what code is held to -------------------------------------------------------------------------


class Evaluation(NamedTuple):
    """What a formula evaluates to: its value, and its gradient in each differentiable input.

    `value` is a 0-d array, or one entry per row; `gradient` has one array per input, of its shape,
    and is empty where the code's output carries no gradient.
    """

    value: np.ndarray
    gradient: tuple[np.ndarray, ...] = ()


class Told(NamedTuple):
    """Whether the code returned what a claim is about, and what to say if it did not."""

    converged: bool
    undecided: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One measurable consequence.

    `slack(problem, truth, output, *others)` is nonnegative exactly when the claim holds; `truth`
    is the oracle's answer under the variants in force, and `others` are the code's outputs on the
    `related` problems.  `unit(problem, truth, output)` is the size, in the slack's own unit, of one
    rounding error of relative size one: the slack of correct code is at least -kappa*u*unit for the
    working precision's unit roundoff u.

    A claim that binds "always" holds for every admissible output, trained or not.  One that binds
    "at the optimum", or "where decided", is judged only where the output says that it converged.
    `decided(output)` is the part of the output that says so, and why not.
    `only` names, per variant axis, the options under which the claim is a theorem; elsewhere it is
    not applicable.  A claim `of_gradient` needs the output's gradient.
    """

    name: str
    tex: str
    why: str
    slack: Callable[..., float]
    unit: Callable[..., float]
    binds: Binds = "always"
    decided: Callable[[Output], Any] = lambda output: output
    only: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)
    of_gradient: bool = False
    related: Callable[[Problem], tuple[Problem, ...]] = lambda problem: ()

    def binds_under(self, variants: Mapping[str, str]) -> bool:
        """Whether it is a theorem under these options (of more axes than its own, perhaps)."""
        return all(variants[axis] in options for axis, options in self.only.items())


def value_claim(
    tex: str, unit: Callable[[Problem, Truth], float], *, why: str = "equal to the definition"
) -> Claim:
    """The value is the definition's.  Where the code reduces over rows, their total is compared."""

    def slack(problem: Problem, truth: Truth, output: Evaluation) -> float:
        expected, received = np.asarray(truth.value), np.asarray(output.value)
        if received.ndim == 0:
            expected = expected.sum()
        return -float(np.max(np.abs(received - expected), initial=0.0))

    return Claim(
        name="value", tex=tex, why=why, slack=slack, unit=lambda p, truth, out: unit(p, truth)
    )


def gradient_claim(
    tex: str,
    unit: Callable[[Problem, Truth], tuple[Any, ...]],
    *,
    why: str = "the gradient is the definition's, in every input",
) -> Claim:
    """The gradient is the definition's.  `unit` gives, per input, the size of one rounding error,
    an array that broadcasts to the gradient's shape; the slack is in those units."""

    def slack(problem: Problem, truth: Truth, output: Evaluation) -> float:
        sizes = unit(problem, truth)
        errors = [
            np.max(np.abs(ours - theirs) / size, initial=0.0)
            for ours, theirs, size in zip(truth.gradient, output.gradient, sizes, strict=True)
        ]
        return -float(np.max(errors))

    return Claim(
        name="gradient", tex=tex, why=why, slack=slack, unit=lambda p, truth, out: 1.0,
        of_gradient=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Problems, how they are drawn and how they shrink, the oracle, and the claims.

    `problem` is the named tuple's type.  `design()` is the stored list of probes, chosen to cover
    sizes and regimes; `problems()` is the Hypothesis strategy; `simpler(problem)` proposes problems
    that a person would rather read, simplest first.  `oracle(problem, **variants)` is the closed
    form; a formula's takes an `arithmetic` too (`FIFTY_DIGITS`, for a value and gradient of mpf).
    `ranges()` are the harder probes of the range verdict, empty for models.
    """

    name: str
    problem: type
    design: Callable[[], tuple[Problem, ...]]
    problems: Callable[[], SearchStrategy[Problem]]
    simpler: Callable[[Problem], Iterator[Problem]]
    oracle: Callable[..., Truth]
    claims: tuple[Claim, ...]
    ranges: Callable[[], tuple[Problem, ...]] = tuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A hypothesis of a theorem, and what shows that it is needed.

    `without()` poses a problem that breaks the hypothesis and returns the slack of the claim that
    `fails` there, computed on a right answer: it is negative, which is why the hypothesis is there.
    Where no such problem is known, `without` is None and `unknown` says why.
    """

    words: str
    fails: str = ""
    without: Callable[[], float] | None = None
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theorem:
    """A statement, the assumptions that it needs, and a proof whose steps are re-checked.

    `statement`, `intuition` and `proof_words` are prose with TeX between dollar signs.  `families`
    are empty where no code is held to the theorem itself; `picture()` computes what it draws.
    """

    id: str
    title: str
    intuition: str
    statement: str
    proof_words: str
    assumptions: tuple[Assumption, ...]
    references: tuple[str, ...]
    proof: Callable[[], Iterator[Step]]
    families: tuple[Family, ...] = ()
    picture: Callable[[], Picture] | None = None
    uses: tuple[str, ...] = ()
    errata: tuple[str, ...] = field(default=())

    def check_proof(self) -> Iterator[Checked]:
        """Re-check the steps one by one; a step's time includes building its expressions."""
        start = perf_counter()
        for step in self.proof():
            outcome = step.check()
            now = perf_counter()
            yield Checked(step, outcome, now - start)
            start = now
