"""Shadow execution by example: a library's own formula followed step by step, and three codings
that a tolerance could not judge; run afresh each time, for the book's page on the method."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..implementations import shadow_subjects as subjects
from ..implementations.implementation import accept
from ..theorems.gaussian_kl_rows import Rows
from ..theorems.nt_xent import Batch
from ..theorems.theorem import Problem
from . import gaussian_kl, nt_xent
from .exactness import DIGITS as THEOREM_DIGITS
from .pairing import Pairing
from .shadow_record import Compared, Followed, ShadowCase, ShadowExample
from .shadow_steps import SHOWN, steps_of
from .shadowed import AGREES, Gap, Shadowed, gap_at, located, set_aside, shadowed
from .symbolic_found import Proved, Refuted, Undecided
from .symbolic_point import smallest
from .symbolic_trial import prove_at
from .trial import Trial
from .twins import DIGITS as TWIN_DIGITS
from .twins import EXACT as mp
from .twins import Lost
from .verdict import ShadowOutcome

__all__ = ["shadow_example"]

# Beside the prior a divergence is the small difference of larger numbers: float64 loses digits.
NEAR_THE_PRIOR = Rows(((2.0**-9, -(2.0**-7)),), ((2.0**-9, 2.0**-8),))
TWO_PAIRS = Batch(((1.0, 0.5), (-0.25, 0.75)), ((0.5, 1.0), (-1.0, 0.25)), 0.5)
SIZES = 2  # at which a proof is tried


def shadow_example() -> ShadowExample:
    """Run it all: a fraction of a second."""
    return ShadowExample(
        twin_digits=TWIN_DIGITS, theorem_digits=THEOREM_DIGITS, shown_digits=SHOWN,
        asked=float(AGREES),
        library=_followed(),
        stabilised=_case(_trial(subjects.careful, nt_xent.PAIRING), TWO_PAIRS),
        trifle=_case(_trial(subjects.a_trifle_too_much, nt_xent.PAIRING), TWO_PAIRS),
        escaped=_case(_trial(subjects.through_numpy, nt_xent.PAIRING), TWO_PAIRS),
    )  # fmt: skip


def _trial(coding: Callable[..., Any], pairing: Pairing, **declared: str) -> Trial:
    convention = pairing.contract.convention(declared)
    name = coding.__name__
    return Trial(
        pairing=pairing, convention=convention, settled={},
        implementation=accept(coding, pairing.contract, name=name, convention=convention),
    )  # fmt: skip


def _followed() -> Followed:
    trial = _trial(subjects.kl_of_torch, gaussian_kl.PAIRING, second="std")
    steps, _ = steps_of(trial, NEAR_THE_PRIOR)
    found = [prove_at(trial, problem) for problem in smallest(trial)[:SIZES]]
    return Followed(
        case=_case(trial, NEAR_THE_PRIOR), steps=steps,
        proved=tuple(p.sentence for p in found if isinstance(p, Proved) and not p.error),
        undecided=tuple(_open(p) for p in found if not isinstance(p, Proved) or p.error),
    )  # fmt: skip


def _open(found: Proved | Undecided | Refuted) -> str:
    if isinstance(found, Refuted):
        return f"refuted at {found.sizes}: {found.where}"
    return found.sentence if isinstance(found, Proved) else f"at {found.sizes}: {found.why}"


# -- one case -------------------------------------------------------------------------------------


def _case(trial: Trial, problem: Problem) -> ShadowCase:
    source, first = inspect.getsourcelines(trial.implementation.build())
    case = ShadowCase(
        name=trial.implementation.name, file=Path(subjects.__file__).name, first_line=first,
        source="".join(source).rstrip(), contract=trial.pairing.contract.name,
        convention=_declared(trial), problem=repr(problem), outcome=ShadowOutcome.LOST, words="",
    )  # fmt: skip
    try:
        gap = gap_at(trial, problem)
    except Lost as lost:
        return case.model_copy(update={"words": str(lost)})
    return case.model_copy(update=_held_to_the_theorem(trial, gap))


def _declared(trial: Trial) -> dict[str, str]:
    """What departs from the contract's canonical convention."""
    canonical = trial.pairing.contract.convention({})
    return {axis: o for axis, o in trial.convention.items() if o != canonical[axis]}


def _held_to_the_theorem(trial: Trial, gap: Gap) -> dict[str, Any]:
    compared = _numbers(trial, gap, gap.found)
    if max(gap.apart) <= AGREES:
        return {"outcome": ShadowOutcome.AGREES, "compared": compared}
    constants = located(trial, gap)
    update = {
        "outcome": ShadowOutcome.DIFFERS, "compared": compared,
        "constants": tuple(dict.fromkeys((c.line, c.value, c.operation) for c in constants)),
    }  # fmt: skip
    if constants:
        left = shadowed(trial, gap.problem, set_aside(constants))
        update["without"] = _numbers(trial, gap, left)
    return update


def _numbers(trial: Trial, gap: Gap, found: Shadowed) -> tuple[Compared, ...]:
    """Value and gradient, entry by entry."""
    torch_s, truth = trial.output(gap.problem), gap.truth
    inputs = [spec.name for spec in trial.pairing.contract.inputs if spec.differentiable]
    rows = [("value", truth.value, found.value, torch_s.value)]
    slopes = zip(inputs, truth.gradient, found.gradient, torch_s.gradient, strict=True)
    rows += [(f"gradient by {name}", *arrays) for name, *arrays in slopes]
    return tuple(row for named in rows for row in _entries(*named))


def _entries(of: str, theorem: Any, twin: Any, held: Any) -> Iterator[Compared]:
    theorem = np.asarray(theorem, dtype=object)
    for place in np.ndindex(*theorem.shape):
        true, ours, theirs = theorem[place], np.asarray(twin)[place], float(np.asarray(held)[place])
        index = f"[{', '.join(map(str, place))}]" if theorem.size > 1 else ""
        yield Compared(
            of=of + index, theorem=mp.nstr(mp.mpf(true), THEOREM_DIGITS),
            twin=mp.nstr(ours, THEOREM_DIGITS), held=theirs,
            apart=_relative(ours, true), rounding=_relative(mp.mpf(theirs), true),
        )  # fmt: skip


def _relative(number: Any, true: Any) -> float:
    gap = abs(number - mp.mpf(true))
    return float(gap / abs(mp.mpf(true))) if gap and true else float(gap)
