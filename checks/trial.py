"""One implementation under one convention in one precision: what it returned, measured.

Outputs and truths are remembered per problem, so that claims do not rerun the code.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..implementations.contract import ContractError, Convention
from ..implementations.implementation import Implementation
from ..theorems.theorem import Claim, Evaluation, Output, Problem, Truth
from .execution import Averaged, Ran, TooManyOutcomes, formula, model
from .noise import KAPPA, UNIT_ROUNDOFF, coarser
from .pairing import Pairing
from .verdict import Strength

__all__ = ["CrashError", "Measured", "Trial", "measure"]

NUDGES = 6
GAPS = 2  # a mean is as well known as two rules agree on it (`checks.cubature`), and a margin
FAR = 2.0**20  # a spread that some nudges fall short of by so much, no nudges reach
AMPLIFIED = 2.0**40  # noise bounds; an error amplified by more leaves float64 no digits at all


class CrashError(Exception):
    """The code under audit raised, on `problem`; the cause is chained."""

    def __init__(self, cause: BaseException, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{type(cause).__name__}: {cause}")


class Measured(NamedTuple):
    """A claim's slack on a problem, and the rounding error allowed for."""

    slack: float
    noise: float

    @property
    def damning(self) -> bool:
        return not self.slack >= -self.noise  # so that NaN is damning

    @property
    def used(self) -> float:
        """The share of the noise bound that was used; above 1 is damning."""
        return -self.slack / self.noise if self.noise else np.inf * (self.slack < 0)


def measure(
    claim: Claim,
    problem: Problem,
    truth: Truth,
    outputs: tuple[Output, ...],
    dtype: str,
    averaged: tuple[Averaged, ...] = (),
) -> Measured:
    with np.errstate(all="ignore"):  # a NaN is a finding here, not a mishap
        slack = float(claim.slack(problem, truth, *outputs))
        unit = float(claim.unit(problem, truth, outputs[0]))
        rounding = KAPPA[dtype] * UNIT_ROUNDOFF[dtype]
        noise = rounding * unit
        for place, of_one in enumerate(averaged):
            if of_one is not None:
                moved = _moved(outputs[place], of_one, rounding)
                pairs = ((*outputs[:place], m, *outputs[place + 1 :]) for m in moved)
                noise += max(abs(float(claim.slack(problem, truth, *p)) - slack) for p in pairs)
    return Measured(slack, noise)


def _moved(
    output: Evaluation, averaged: tuple[Evaluation, Evaluation], rounding: float
) -> Iterator[Evaluation]:
    """Every entry moved, up and down, by as much as its mean may be wrong: by the rounding of runs
    that cancel, and by what the rules leave open."""
    sizes, gaps = ((part.value, *part.gradient) for part in averaged)
    for sign in (1, -1):
        parts = zip((output.value, *output.gradient), sizes, gaps, strict=False)
        value, *gradient = (p + sign * (rounding * size + GAPS * gap) for p, size, gap in parts)
        yield Evaluation(value, tuple(gradient))


@lru_cache(maxsize=4096)  # many pieces of code are asked the same
def _truth(
    oracle: Callable[..., Truth], variants: tuple[tuple[str, str], ...], problem: Problem
) -> Truth:
    with np.errstate(all="ignore"):
        return oracle(problem, **dict(variants))


@dataclass(slots=True, kw_only=True)
class Trial:
    """`native` is None for the lifted run of a formula, else the dtype of its inputs.  `dtype` is
    the coarsest precision in which anything was computed so far, and decides the noise.
    `settled` are parameter values that the problems are restricted to.  Without `with_gradient` a
    formula is evaluated, and not differentiated: enough to identify it."""

    pairing: Pairing
    implementation: Implementation
    convention: Convention
    settled: Mapping[str, float]
    native: str | None = None
    with_gradient: bool = True
    executions: int = 0
    _outputs: dict[Problem, Ran] = field(init=False)
    _values: dict[Problem, Ran] = field(init=False)

    def __post_init__(self) -> None:
        """What the code returned is remembered with the code, for the next trial of its kind."""
        kind = (self.native, tuple(sorted(self.convention.items())))
        self._outputs = self.implementation.memory.setdefault(("outputs", *kind), {})
        self._values = self.implementation.memory.setdefault(("values", *kind), {})
        if self.pairing.kind == "model":  # which has no gradient to leave out
            self._values = self._outputs

    @property
    def strength(self) -> Strength:
        coarse = any(ran.dtype != "float64" for ran in self._outputs.values())
        lifted = self.native is None and self.pairing.kind == "formula" and not coarse
        return Strength.LIFTED if lifted else Strength.NATIVE

    @property
    def dtype(self) -> str:
        found = "float64"
        for ran in self._outputs.values():
            found = coarser(found, ran.dtype)
        return found

    def posed(self, problem: Problem) -> Problem:
        """The problem with the settled parameters in their places."""
        return problem._replace(**self.settled) if self.settled else problem

    def truth(self, problem: Problem) -> Truth:
        variants = self.pairing.contract.variants(self.convention)
        return _truth(self.pairing.family.oracle, tuple(variants.items()), problem)

    def output(self, problem: Problem) -> Output:
        return self._ran(problem).output

    def precision(self, problem: Problem) -> str:
        return self._ran(problem).dtype

    def value(self, problem: Problem) -> Output:
        """The output, its gradient left out unless it is there already."""
        return self._by_value(problem).output

    def total(self, problem: Problem) -> float:
        """The output's value, added up: one number, by which another is fitted."""
        return float(np.sum(self.output(problem).value))

    def _by_value(self, problem: Problem) -> Ran:
        if problem in self._outputs:
            return self._outputs[problem]
        return self._run(problem, self._values, False)

    def _ran(self, problem: Problem) -> Ran:
        if self.with_gradient or problem in self._outputs:
            return self._run(problem, self._outputs, True)
        return self._run(problem, self._values, False)

    def applies(self, claim: Claim) -> bool:
        return claim.binds_under(self.convention)

    def measured(self, claim: Claim, problem: Problem) -> Measured | None:
        """None where the claim binds at the optimum only, and the output is not there; or where
        too little was found to decide."""
        if claim.binds != "always" and not claim.decided(self.output(problem)).converged:
            return None
        found = self.weighed(claim, problem, self.outputs(claim, problem))
        if found.damning and self._watched(claim, problem):
            found = self.weighed(claim, problem, self.outputs(claim, problem))
        return found

    def _watched(self, claim: Claim, problem: Problem) -> bool:
        """Whether any of the runs that the claim is about was made alone: it is made again."""
        again = False
        for asked in (problem, *claim.related(problem)):
            for cache, with_gradient in ((self._outputs, True), (self._values, False)):
                if asked in cache and cache[asked].alone:
                    self._run(asked, cache, with_gradient, watched=True)
                    again = True
        return again

    def outputs(self, claim: Claim, problem: Problem) -> tuple[Output, ...]:
        """What the claim is about: the output on the problem, and on those it is compared with."""
        compared = self.output if claim.of_gradient else self.value
        return (self.output(problem), *map(compared, claim.related(problem)))

    def lacks_gradient(self, claim: Claim, problem: Problem) -> bool:
        """Whether the claim is of a gradient, and the output carries none."""
        return claim.of_gradient and not self.output(problem).gradient

    def weighed(self, claim: Claim, problem: Problem, outputs: tuple[Output, ...]) -> Measured:
        """The claim on these outputs, the noise being that of the runs."""
        own, compared = self._ran(problem), self._ran if claim.of_gradient else self._by_value
        averaged = (own.averaged, *(compared(other).averaged for other in claim.related(problem)))
        return measure(claim, problem, self.truth(problem), outputs, own.dtype, averaged)

    def fails(self, claim: Claim, problem: Problem) -> Measured | None:
        """The measurement, if it is damning and no rounding of the code's own explains it."""
        found = self.measured(claim, problem)
        if found is None or not found.damning or self.amplifies(claim, problem, found):
            return None
        return found

    def amplifies(self, claim: Claim, problem: Problem, found: Measured) -> bool:
        """Whether a small deviation is a rounding error that the code amplifies (a cancellation):
        a matter for the range verdict, and not another formula."""
        if self.native or self.pairing.kind == "model":
            return False
        dtype, output = self.precision(problem), self.output(problem)
        with np.errstate(all="ignore"):
            unit = float(claim.unit(problem, self.truth(problem), output))
        # the noise of one run: what many runs cancel of each other is in `found` already
        if -found.slack > AMPLIFIED * KAPPA[dtype] * UNIT_ROUNDOFF[dtype] * unit:
            return False
        return self._rounds_by(-found.slack / KAPPA["float64"], claim, problem)

    def _rounds_by(self, needed: float, claim: Claim, problem: Problem) -> bool:
        """Whether the code's own rounding moves the slack by as much: its spread in Monte Carlo
        arithmetic.  A wrong formula moves no more than a right one; a cancellation does."""
        _, *others = self.outputs(claim, problem)
        slacks = []
        for nudge in range(1, 1 + NUDGES):
            try:
                ran = formula(self, problem, claim.of_gradient, nudge)
            except Exception:  # noqa: BLE001  a nudged probability may leave [0, 1] and be refused
                continue
            found = measure(claim, problem, self.truth(problem), (ran.output, *others), ran.dtype)
            slacks.append(found.slack)
            if 0 < FAR * _spread(slacks) < needed:
                return False
        return bool(slacks) and _spread(slacks) >= needed

    def _run(
        self,
        problem: Problem,
        cache: dict[Problem, Ran],
        with_gradient: bool,
        *,
        watched: bool = False,
    ) -> Ran:
        wanted = watched or problem not in cache
        same = self._handed(problem, with_gradient) if wanted else None
        if same is not None and same in self.implementation.memory and not watched:
            cache[problem] = self.implementation.memory[same]
            wanted = False
        if wanted:
            self.executions += 1
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    if self.pairing.kind == "model":
                        cache[problem] = model(self, problem)
                    else:
                        cache[problem] = formula(self, problem, with_gradient, watched=watched)
                except (ContractError, TooManyOutcomes):
                    raise
                except (Exception, SystemExit) as error:
                    raise CrashError(error, problem) from error
        if same is not None:
            self.implementation.memory[same] = cache[problem]
        return cache[problem]

    def _handed(self, problem: Problem, with_gradient: bool) -> Hashable | None:
        """All that a formula is handed, as problems that differ elsewhere hand it too (in what
        lives inside the code, while it is sought); None where that cannot be told."""
        contract, routes = self.pairing.contract, self.implementation.routes
        if self.pairing.kind == "model" or not contract.hidden:
            return None
        posed = self.pairing.pose(problem, self.convention)
        inputs = tuple(
            (x.shape, x.dtype.str, x.tobytes()) if isinstance(x, np.ndarray)
            else getattr(x, "numbers", None)
            for x in posed.inputs
        )  # fmt: skip
        given = posed.parameters.items()
        reaching = tuple((k, v) for k, v in given if k not in contract.hidden or k in routes)
        kind = (self.native, with_gradient, tuple(sorted(self.convention.items())))
        return None if None in inputs else ("handed", kind, inputs, reaching)


def _spread(slacks: list[float]) -> float:
    """Of runs none of which returns a number there is none: it compares as false."""
    with np.errstate(invalid="ignore"):
        return float(np.ptp(slacks))
