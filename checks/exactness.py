"""The formula verdict by shadow: agreement to 1e-40, or what keeps the code from it, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ..implementations.contract import ContractError
from ..theorems.theorem import Problem
from .evidence import plain, shown, violation_id
from .lift import is_short
from .noise import PRECISIONS, UNIT_ROUNDOFF, coarser
from .shadow import Constant
from .shadowed import (
    AGREES,
    Gap,
    binds,
    dyadic,
    gap_at,
    located,
    probes,
)
from .symbolic_found import Proved
from .symbolic_point import smallest
from .symbolic_trial import prove_at
from .trial import Trial
from .turning import turning
from .twins import EXACT as mp
from .twins import Lost
from .verdict import (
    Evidence,
    Ruling,
    ShadowFound,
    ShadowOutcome,
    StabiliserFound,
    Strength,
    Verdict,
)

__all__ = ["by_shadow", "measured", "only_by_shadow"]

ROUNDED = {p: UNIT_ROUNDOFF[p] * 2**9 for p in PRECISIONS}  # of numbers rounded outside torch
DIGITS = 50
SHORT = 24  # bits: a quotient or a logarithm in float64 has more
PROVED = 2  # sizes at which a proof is tried


def by_shadow(
    trial: Trial,
    verdicts: list[Verdict],
    stabilisers: tuple[StabiliserFound, ...],
    *,
    proving: bool,
) -> tuple[list[Verdict], tuple[StabiliserFound, ...], ShadowFound]:
    """The verdicts on value and gradient, strengthened where the twin could be carried through;
    `proving`, with the sizes at which the symbolic twin is the definition for all inputs."""
    try:
        found = [gap_at(trial, problem) for problem in probes(trial)]
    except (Lost, ContractError) as lost:
        return verdicts, stabilisers, _report(ShadowOutcome.LOST, 0, str(lost))
    if not found:
        words = "no probe is small enough"
        return verdicts, stabilisers, _report(ShadowOutcome.NOT_RUN, 0, words)
    cut = any(v.claim == "gradient" and v.ruling is Ruling.REFUSED for v in verdicts)
    if cut:  # there is no gradient that could be wrong
        found = [gap._replace(apart=(gap.apart[0], mp.mpf(0))) for gap in found]
    gaps = [gap for gap in found if max(gap.apart) > AGREES]
    if not gaps:
        both = "the value is" if cut else "value and gradient are"
        agreeing = both if binds(trial, "value") else "the gradient is"
        words = f"{agreeing} the definition's to 1e-40, whatever the rounding"
        agreed = [_strengthened(v, len(found)) for v in verdicts]
        report = _report(ShadowOutcome.AGREES, len(found), words)
        proved = tuple(_proofs(trial)) if proving else ()
        return agreed, stabilisers, report.model_copy(update={"proved": proved})
    worst = max(gaps, key=lambda gap: max(gap.apart))
    if constants := located(trial, worst):
        return _exonerated(trial, verdicts, stabilisers, worst, constants, len(found))
    if any(v.ruling is Ruling.VIOLATED for v in verdicts if v.claim in CLAIMS):
        lines = turning(trial, sorted(found, key=lambda gap: gap is not worst))
        words = _off(worst)
        return verdicts, stabilisers, _report(ShadowOutcome.DIFFERS, len(found), words, lines)
    kept = coarser(trial.implementation.memory.get("held", "float64"), trial.dtype)
    if max(worst.apart) <= ROUNDED[kept] and (kept != "float64" or _python_rounded(trial, worst)):
        words = f"{_off(worst)}, by numbers that were rounded outside torch"
        return verdicts, stabilisers, _report(ShadowOutcome.LOST, len(found), words)
    words = f"{_off(worst)}, which no constant explains"
    condemned = [_condemned(trial, v, gaps) for v in verdicts]
    return condemned, stabilisers, _report(ShadowOutcome.DIFFERS, len(found), words)


CLAIMS = ("value", "gradient")


def _proofs(trial: Trial) -> Iterator[str]:
    """The sizes at which the symbolic twin is the definition, for all inputs."""
    for problem in smallest(trial)[:PROVED]:
        found = prove_at(trial, problem, explained=False)
        if isinstance(found, Proved) and not found.error:
            yield found.sentence


def _report(
    outcome: ShadowOutcome, problems: int, words: str, lines: Iterable[str] = ()
) -> ShadowFound:
    return ShadowFound(outcome=outcome, problems=problems, words=words, lines=tuple(lines))


def _strengthened(verdict: Verdict, problems: int) -> Verdict:
    if verdict.claim not in CLAIMS or verdict.ruling is not Ruling.UPHELD:
        return verdict
    shown = f"to 1e-40 on {problems} problems, by shadow; within rounding on the others"
    reason = f"{verdict.reason}, {shown}" if verdict.reason else shown
    return verdict.model_copy(
        update={"strength": Strength.SHADOW, "dtype": "exact", "reason": reason}
    )


def _exonerated(
    trial: Trial,
    verdicts: list[Verdict],
    stabilisers: tuple[StabiliserFound, ...],
    gap: Gap,
    constants: tuple[Constant, ...],
    problems: int,
) -> tuple[list[Verdict], tuple[StabiliserFound, ...], ShadowFound]:
    """Constants are all that keeps the code from the definition: each with its line."""
    lines = tuple(dict.fromkeys(f"{c.line}: {c.value:g} in {c.operation}" for c in constants))
    found = stabilisers or tuple(
        StabiliserFound(
            place=c.operation, words=f"in {c.operation} at {c.line}", size=abs(c.value),
            effect=float(max(gap.apart)), line=c.line,
        )
        for c in {c.line: c for c in constants}.values()
    )  # fmt: skip
    by_size = {abs(c.value): c.line for c in constants}
    found = tuple(
        s if s.line else s.model_copy(update={"line": by_size.get(s.size, "")}) for s in found
    )
    words = "with the small constants set aside, the twin agrees to 1e-40"
    moved = [_stabilised(v, words) for v in verdicts]
    return moved, found, _report(ShadowOutcome.AGREES, problems, words, lines)


def _stabilised(verdict: Verdict, words: str) -> Verdict:
    kept = verdict.ruling not in (Ruling.UPHELD, Ruling.STABILISED, Ruling.VIOLATED)
    if verdict.claim not in CLAIMS or kept:
        return verdict
    update = {"ruling": Ruling.STABILISED, "strength": Strength.SHADOW, "reason": words}
    return verdict.model_copy(update=update)


def _python_rounded(trial: Trial, gap: Gap) -> bool:
    """Whether a number of the run may be what Python made of others, rounded.

    A hidden parameter that lives inside the code is one of its constants; where it is no power of
    two, so may be a quotient of it.
    """
    posed = trial.pairing.pose(gap.problem, trial.convention).inputs
    tensors = [float(x) for x in posed if isinstance(x, np.ndarray) and x.ndim == 0]
    shadow = gap.found.shadow
    constants = [*(c.value for c in shadow.constants), *shadow.adopted]
    known = {*trial.pairing.contract.hidden} - {*trial.implementation.routes}
    fields = gap.problem._asdict()
    inside = {fields[name] for name in known if name in fields}
    parameters = [
        x for name, x in fields.items()
        if isinstance(x, float) and x not in tensors and name not in known
    ]  # fmt: skip
    if not all(map(dyadic, inside)) and not all(
        is_short(c, SHORT) or abs(c) in inside for c in constants
    ):
        return True
    sizes = {n - k for x in posed for n in np.shape(x) for k in (0, 1)} | {1}
    counts = {m * n for m in sizes for n in sizes} - {0}
    return not all(_is_written(c, counts) for c in constants) or not all(map(dyadic, parameters))


def _is_written(value: float, counts: set[int]) -> bool:
    """A power of two's multiple, or a decimal of few digits that is no fraction of the counts (a
    fifth is 0.2): nobody's quotient or logarithm."""
    if is_short(value, SHORT):
        return True
    digits = f"{value!r}".partition("e")[0].replace(".", "").strip("-0")
    return len(digits) <= 8 and not any((value * count).is_integer() for count in counts)


def _condemned(trial: Trial, verdict: Verdict, gaps: list[Gap]) -> Verdict:
    """The lifted run upheld what the twin shows to differ, however little."""
    if verdict.claim not in CLAIMS or verdict.ruling is not Ruling.UPHELD:
        return verdict
    which = CLAIMS.index(verdict.claim)
    failing = [gap for gap in gaps if gap.apart[which] > AGREES]
    if not failing:
        return verdict
    return verdict.model_copy(
        update={
            "ruling": Ruling.VIOLATED, "strength": Strength.SHADOW, "dtype": "exact",
            "id": violation_id(trial, verdict.claim, failing[0].problem),
            "reason": "exact arithmetic tells them apart; float64 does not", "used": None,
            "detectable": None, "evidence": _evidence(failing[0], which),
        }
    )  # fmt: skip


def measured(trial: Trial, claim: str, problem: Problem) -> Evidence:
    """The claim on one problem, by shadow.  Raises `Lost`."""
    return _evidence(gap_at(trial, problem), CLAIMS.index(claim))


def _evidence(gap: Gap, which: int) -> Evidence:
    ours = (gap.truth.value, gap.truth.gradient)[which]
    theirs = (gap.found.value, gap.found.gradient)[which]
    return Evidence(
        problem=plain(gap.problem), shown=repr(gap.problem), ours=shown(ours, DIGITS),
        theirs=shown(theirs, DIGITS), slack=-float(gap.apart[which]), noise=float(AGREES),
        strength=Strength.SHADOW, dtype="exact",
    )  # fmt: skip


def _off(gap: Gap) -> str:
    pairs = zip(CLAIMS, gap.apart, strict=True)
    return " and ".join(f"the {c} is off by {mp.nstr(a, 3)}" for c, a in pairs if a > AGREES)


def only_by_shadow(verdict: Verdict, shadow: ShadowFound) -> Verdict:
    """Where the shadow alone is to decide, value and gradient are open unless it did."""
    decided = shadow.outcome in (ShadowOutcome.AGREES, ShadowOutcome.DIFFERS)
    if decided or verdict.claim not in CLAIMS:
        return verdict
    update = {"ruling": Ruling.INCONCLUSIVE, "reason": f"the shadow was {shadow.words}"}
    return verdict.model_copy(update=update)
