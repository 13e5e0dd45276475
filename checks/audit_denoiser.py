r"""Black-box audit of a trained denoiser: from its values and clean rows alone, whatever the prior.

A denoiser of an unknown prior has no oracle.  What is known of the best one (Tweedie) is that its
answers lie where the data lie, that its Jacobian is a covariance, and that its errors are
orthogonal to whatever can be told from y.  These are conditions of the *optimum*, and no trained
network meets them exactly.  So a departure is measured, as the share of the loss that a correction
which we hand over avoids, and leaves the verdict open; unless it was declared that the code is
`exact`, or the departure is a mistake that has a name.

Every clean row is used once, with noise of its own.  Three eighths of the rows teach what to look
for, the others are tested by bets (`betting`): of an optimal denoiser anything is said with
probability at most 1e-9, all claims together, and only after it was confirmed on fresh rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from ..implementations.contract import ContractError
from ..implementations.implementation import label
from .denoised_rows import Rows
from .denoiser_corrections import Correction, Gain, corrections, gain
from .denoiser_jacobian import Curl, curl
from .denoiser_mistakes import Mistake, Named, mistakes, named, unlike
from .denoiser_values import Denoiser, take
from .verdict import Counts, Diagnosis, Evidence, Judgement, Ruling, Strength, Verdict

__all__ = ["CONTRACT", "FEWEST", "LEVEL", "audit"]

CONTRACT = "audit-denoiser"
LEVEL = 1e-9  # of all sampled statements together, about an optimal denoiser
STATEMENTS = 10  # five corrections: a departure, and its share of the loss
FEWEST = 64  # half of them are tested: fewer could not double the capital often enough
PROBES = 16  # noisy rows at which the Jacobian is taken
PILOT = 4096  # rows that teach fields, at most, and as many that teach their sizes
BATCH = 4096  # rows in one call

Tell = Callable[[int, int], None]


class Sample(NamedTuple):
    """The rows, shuffled and split: to learn fields, to learn their sizes, to test."""

    fit: Rows
    tune: Rows
    test: Rows


class Finding(NamedTuple):
    """A claim that was judged: whether it holds of this denoiser, or else what was found."""

    claim: str
    tex: str
    why: str
    departs: bool
    words: str
    problems: int = 0
    seconds: float = 0.0
    undecided: bool = False
    used: float | None = None
    detectable: float | None = None
    evidence: Evidence | None = None


def audit(
    target: Any,
    clean: np.ndarray,
    sigma: float,
    *,
    bounds: tuple[float, float],
    exact: bool = False,
    seed: int = 0,
    name: str | None = None,
    tell: Tell | None = None,
) -> Judgement:
    """Judge a denoiser by clean rows [n, ...] (any float array, checked by the caller).

    `tell(done, rows)` hears of progress.
    """
    subject = name or label(target)
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(clean))
    rows = np.asarray(clean, dtype=float)[order]
    noisy = rows + sigma * draw.standard_normal(rows.shape)
    given = str(clean.dtype)
    try:
        denoiser = take(target, noisy, sigma, given)
        noisy = noisy.astype(denoiser.dtype).astype(float)  # what it is shown
        raw = _answers(denoiser, noisy, tell)
    except ContractError as error:
        return _silent(subject, Ruling.REFUSED, str(error), exact)
    except Exception as error:  # noqa: BLE001 - whatever the code under audit raises
        words = f"{type(error).__name__}: {error}"
        return _silent(subject, Ruling.CRASHED, words, exact)
    n = len(rows)
    flat = Rows(rows.reshape(n, -1), noisy.reshape(n, -1), raw.reshape(n, -1), bounds)
    return _judged(subject, denoiser, flat, noisy, exact=exact, seed=seed)


def _answers(denoiser: Denoiser, noisy: np.ndarray, tell: Tell | None) -> np.ndarray:
    parts = []
    for start in range(0, len(noisy), BATCH):
        parts.append(denoiser.answer(noisy[start : start + BATCH]))
        if tell:
            tell(min(start + BATCH, len(noisy)), len(noisy))
    return np.concatenate(parts)


def _split(rows: Rows) -> Sample:
    n = len(rows.clean)
    first, second = min(n // 4, PILOT), min(n // 8, PILOT)
    cut = first + second
    return Sample(rows.take(slice(first)), rows.take(slice(first, cut)), rows.take(slice(cut, n)))


def _judged(
    subject: str, denoiser: Denoiser, rows: Rows, noisy: np.ndarray, *, exact: bool, seed: int
) -> Judgement:
    sample = _split(rows)
    if np.max(np.abs(rows.raw - rows.noisy)) <= _rounding(denoiser, rows) < denoiser.sigma / 1000:
        return _idle(subject, denoiser, rows, exact)
    found = [_range(denoiser, rows), *_jacobian(denoiser, noisy, seed)]
    gains: list[tuple[Correction, Gain]] = []
    for correction in corrections(sample.fit, sample.tune, denoiser.sigma):
        start = perf_counter()
        came = gain(correction, sample.test, LEVEL / STATEMENTS)
        gains.append((correction, came))
        found.append(_sampled(correction, came, sample.test, perf_counter() - start))
    mistake = Named({})
    if any(came.rows is not None for _, came in gains):
        best = min(came.loss for _, came in gains)
        mistake = named(sample.test, sample.fit, denoiser.sigma, best)
    return _concluded(subject, denoiser, found, gains, mistake, exact)


def _rounding(denoiser: Denoiser, rows: Rows) -> float:
    """Of a sum or a product of the size of y and the bounds."""
    size = max(np.abs(rows.noisy).max(), *map(abs, rows.bounds))
    return float(4 * np.finfo(denoiser.dtype).eps * size)


# -- the claims -----------------------------------------------------------------------------------


def _range(denoiser: Denoiser, rows: Rows) -> Finding:
    """The mean of what lies in the bounds lies there: no chance is in it."""
    low, high = rows.bounds
    beyond = np.maximum(low - rows.raw, rows.raw - high).max(1)
    row, bound = int(np.argmax(beyond)), denoiser.half * rows.width
    out = beyond > bound
    evidence = Evidence(
        problem={"y": rows.noisy[row].tolist()}, shown=f"y = {_few(rows.noisy[row])}",
        ours=f"within [{low:g}, {high:g}]", theirs=_few(rows.raw[row]),
        slack=-float(beyond[row]), noise=bound, strength=Strength.NATIVE, dtype=denoiser.dtype,
    )  # fmt: skip
    share = ((rows.raw - rows.answer) ** 2).sum() / ((rows.clean - rows.raw) ** 2).sum()
    return Finding(
        "range", r"\hat x_j(y) \in [\text{low}, \text{high}]",
        "a mean stays among what it averages", bool(out.any()),
        f"{out.mean():.2%} of the answers leave the bounds; moved into them they err less, "
        f"whatever the clean row: by {share:.2%} of the loss on these rows",
        problems=len(rows.clean),
        evidence=evidence, used=None,
    )  # fmt: skip


def _jacobian(denoiser: Denoiser, noisy: np.ndarray, seed: int) -> Iterator[Finding]:
    start = perf_counter()
    found = curl(denoiser, noisy[:PROBES], seed)
    seconds = (perf_counter() - start) / 2
    for claim, tex, why, words, slack in (
        (
            "symmetric Jacobian", r"\nabla\hat x = \nabla\hat x^\top",
            "the Jacobian is a covariance: no denoiser of any prior rotates",
            "the Jacobian is asymmetric by {0:.3g} of its largest entry", -found.asymmetry,
        ),
        (
            "positive Jacobian", r"v^\top\nabla\hat x\,v \ge 0",
            "the Jacobian is a covariance, which is nowhere negative",
            "the Jacobian has an eigenvalue of -{0:.3g} times its largest entry", found.least,
        ),
    ):  # fmt: skip
        yield _of_jacobian(denoiser, found, noisy, slack, (claim, tex, why, words), seconds)


def _of_jacobian(
    denoiser: Denoiser, found: Curl, noisy: np.ndarray, slack: np.ndarray,
    told: tuple[str, str, str, str], seconds: float,
) -> Finding:  # fmt: skip
    claim, tex, why, words = told
    if found.why:
        return Finding(claim, tex, why, False, found.why, undecided=True)
    row = int(np.argmin(slack + found.noise))
    worst, noise = float(slack[row]), float(found.noise[row])
    shown = _few(noisy[row].ravel())
    evidence = Evidence(
        problem={"y": noisy[row].ravel().tolist()}, shown=f"y = {shown}", ours="at least 0",
        theirs=f"{worst:.6g}, over the Jacobian's largest entry", slack=worst, noise=noise,
        strength=Strength.LIFTED, dtype="float64",
    )  # fmt: skip
    departs = worst < -noise
    return Finding(
        claim, tex, why, departs, f"{words.format(-worst)} at y = {shown}", problems=len(slack),
        seconds=seconds, evidence=evidence, detectable=float(found.noise.max()),
        used=None if departs else max(0.0, -worst / noise),
    )  # fmt: skip


def _sampled(correction: Correction, came: Gain, rows: Rows, seconds: float) -> Finding:
    departs = came.rows is not None
    if came.share:
        words = f"at least {came.share:.2%} of its loss is avoidable, by {correction.words}"
    elif departs:
        words = f"its loss is avoidable in part, too small to bound, by {correction.words}"
    elif came.most >= 1:
        words = f"too few rows: all of the loss might be avoidable by {correction.words}"
    else:
        words = f"at most about {came.most:.2%} of its loss is avoidable by such a correction"
    return Finding(
        correction.claim, correction.tex, correction.why, departs, words,
        problems=came.rows or len(rows.clean), seconds=seconds,
        undecided=not departs and came.most >= 1, used=None if departs else came.progress,
        detectable=None if departs else came.missed,
    )  # fmt: skip


def _few(numbers: np.ndarray) -> str:
    shown = ", ".join(f"{x:.6g}" for x in numbers[:6])
    return f"({shown}{', ...' if len(numbers) > 6 else ''})"


# -- the judgement --------------------------------------------------------------------------------


def _concluded(
    subject: str, denoiser: Denoiser, found: list[Finding],
    gains: list[tuple[Correction, Gain]], mistake: Named,
    exact: bool,
) -> Judgement:  # fmt: skip
    departing = [f for f in found if f.departs]
    shares = [(came.share or 0.0, -came.rows, c.claim) for c, came in gains if came.rows]
    worst = max(shares)[2] if shares else ""
    condemned = {f.claim for f in departing} if exact else set()
    if mistake.same:
        condemned.add("step" if any(claim == "step" for *_, claim in shares) else worst)
    verdicts = tuple(_verdict(denoiser, f, condemned) for f in found)
    diagnosis = _diagnosed(mistake.same) if mistake.same else None
    reason = _reason(subject, found, worst, mistake, denoiser.sigma)
    if condemned:
        ruling = Ruling.VIOLATED
    elif departing or any(f.undecided and f.claim in _SAMPLED for f in found):
        ruling = Ruling.INCONCLUSIVE
    else:
        ruling = Ruling.UPHELD
    return _judgement(subject, denoiser, ruling, reason, verdicts, diagnosis, exact)


_SAMPLED = ("bias", "scale", "step", "linear", "neighbours")


def _reason(subject: str, found: list[Finding], worst: str, mistake: Named, sigma: float) -> str:
    """The loss that is avoidable first; it is the headline of a verdict that is left open."""
    told = {f.claim: f.words for f in found if f.departs}
    lines = []
    if told:
        words = told.get(worst, next(iter(told.values())))
        lines.append(f"{subject} is not the best denoiser: {words}")
    elif any(f.undecided and f.claim in _SAMPLED for f in found):
        lines.append(f"too few clean rows: all of the loss of {subject} might be avoidable")
    if mistake.torn:
        names = _or(mistake.torn)
        lines.append(f"(as after one of these, which these rows do not tell apart: {names})")
    if mistake.hint:
        lines.append(f"({mistake.hint})")
    near = [m.name for m in mistakes(sigma) if not unlike(m)]
    if near:
        lines.append(
            f"(at sigma = {sigma:g} these are hardly any mistake, and were not looked for: "
            f"{_or(near)}; audit at another level too)"
        )
    return "\n".join(lines)


def _or(names: Iterable[str]) -> str:
    return "; ".join(names)


def _verdict(denoiser: Denoiser, found: Finding, condemned: set[str]) -> Verdict:
    if found.claim in condemned:
        ruling = Ruling.VIOLATED
    elif found.departs or found.undecided:
        ruling = Ruling.INCONCLUSIVE
    else:
        ruling = Ruling.UPHELD
    evidence = found.evidence
    told = found.departs or found.undecided or found.claim in _SAMPLED
    return Verdict(
        id="", theorem="tweedie", claim=found.claim, tex=found.tex, why=found.why,
        binds="at the optimum", ruling=ruling,
        reason=found.words if told else "",
        problems=found.problems, executions=found.problems, seconds=found.seconds,
        strength=evidence.strength if evidence else Strength.NATIVE,
        dtype=evidence.dtype if evidence else denoiser.dtype, used=found.used,
        detectable=found.detectable, evidence=evidence,
    )  # fmt: skip


def _idle(subject: str, denoiser: Denoiser, rows: Rows, exact: bool) -> Judgement:
    """It answers what it is shown: the best denoiser does so of no data that are bounded."""
    loss = float(((rows.clean - rows.noisy) ** 2).sum(1).mean())
    found = Finding(
        "step", r"\mathbb{E}\lVert X - \hat x(Y)\rVert^2 < d\,\sigma^2",
        "the best denoiser of bounded data takes noise away", True,
        f"every answer is y itself: the loss is that of the noise, {loss:.6g}",
        problems=len(rows.clean),
    )  # fmt: skip
    diagnosis = Diagnosis(
        name="the noisy row returned as it is", why="an untrained residual network, or a level "
        "below which nothing is denoised", changes="answers $y$", seen_in=(), equivalents=(),
        residual=0.0,
    )  # fmt: skip
    verdicts = (_verdict(denoiser, found, {"step"}),)
    return _judgement(subject, denoiser, Ruling.VIOLATED, "", verdicts, diagnosis, exact, 7)


def _diagnosed(same: dict[Mistake, float]) -> Diagnosis:
    first, *others = same
    return Diagnosis(
        name=first.name, why=first.why, changes=first.changes, seen_in=(),
        equivalents=tuple(m.name for m in others), residual=same[first],
    )  # fmt: skip


def _judgement(
    subject: str, denoiser: Denoiser, ruling: Ruling, reason: str, verdicts: tuple[Verdict, ...],
    diagnosis: Diagnosis | None, exact: bool, not_run: int = 0,
) -> Judgement:  # fmt: skip
    return Judgement(
        subject=subject, contract=CONTRACT, ruling=ruling, reason=reason,
        convention={"exactness": "yes" if exact else "no"},
        declared={"exactness": "yes"} if exact else {}, fixed={"sigma": denoiser.sigma},
        verdicts=verdicts, diagnosis=diagnosis,
        counts=Counts(ran=len(verdicts), not_applicable=0, not_run=not_run),
    )  # fmt: skip


def _silent(subject: str, ruling: Ruling, reason: str, exact: bool) -> Judgement:
    return Judgement(
        subject=subject, contract=CONTRACT, ruling=ruling, reason=reason,
        convention={"exactness": "yes" if exact else "no"}, declared={}, fixed={},
        counts=Counts(ran=0, not_applicable=0, not_run=8),
    )  # fmt: skip
