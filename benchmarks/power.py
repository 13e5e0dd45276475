"""Power: every known error condemned and named, how soon, how small, and how slight it may be.

    nox -s bench -- power
    python -P benchmarks/power.py [--quick] [--only CONTRACT ...]

Compares the harness with the errors that people made: each contract's table of defects, each under
its declared convention.  `first` is the time from accepting the code to the first damning problem,
`shrunk` the time until the tidy-up has made a small one of it, `check` the time of a whole check
with identification and diagnosis.  The last table multiplies an honest coding by 1 + eps and finds
by bisection, with real checks, the smallest eps that is condemned: lifted to float64, and in code
that computes in float32 whatever it is given.

Exits 1 where a defect is not condemned or not named, where a formula's median counterexample has
more than 2 x 2 entries in an input or the median one is not all small integers, or where an eps of
1e-10 (lifted) or 1e-5 (float32) is missed.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

ENTRIES, SMALL = 4, 4  # of an input, and the largest integer that is called small
SLIGHTEST = {"lifted": 1e-10, "float32": 1e-5}
BISECTIONS = 8
PARTS = {  # a probability inside (0, 1) is plainest as a half, or as a quarter
    "reconstruction-loss": {"x_hat": 2},
    "sparse-penalty": {"activations": 4, "rho": 4},
    "posterior": {"priors": 4},
}


class Row(NamedTuple):
    """What became of one defect; times in milliseconds, `entries` of the largest input."""

    contract: str
    name: str
    condemned: bool
    named: bool
    problems: int
    first: float
    shrunk: float
    check: float
    entries: int
    plain: bool
    shown: str


class Slight(NamedTuple):
    """The smallest relative error that was condemned."""

    contract: str
    precision: str
    eps: float


# -- one defect -----------------------------------------------------------------------------------


def judged(contract: str, name: str) -> Row:
    from tightframe.checks.catalogue import PAIRINGS
    from tightframe.checks.judge import hold

    pairing = PAIRINGS[contract]
    defect = next(d for d in pairing.contract.defects if d.name == name)
    how = {
        "name": name, "fixed": dict(pairing.contract.hidden),
        "convention": pairing.contract.convention(defect.convention),
    }  # fmt: skip
    first, shrunk = to_evidence(pairing, defect, how)
    start = perf_counter()
    found = hold(defect.call, pairing, how, budget="quick")
    check = 1000 * (perf_counter() - start)
    names = (found.diagnosis.name, *found.diagnosis.equivalents) if found.diagnosis else ()
    shown = [v for v in found.violations if v.evidence is not None]
    if not shown:
        return Row(contract, name, False, False, 0, first, shrunk, check, 0, False, found.reason)
    evidence = shown[0].evidence
    sizes = [len(list(numbers(value))) for value in evidence.problem.values()]
    parts = PARTS.get(contract, {})
    plain = [x * parts.get(field, 1) for field in evidence.problem
             for x in numbers(evidence.problem[field])]  # fmt: skip
    return Row(
        contract, name, True, bool({name, *defect.equivalents} & set(names)),
        min(v.problems for v in shown), first, shrunk, check, max(sizes),
        all(x.is_integer() and abs(x) <= SMALL for x in plain),
        evidence.shown,
    )  # fmt: skip


def to_evidence(pairing: Any, defect: Any, how: Mapping[str, Any]) -> tuple[float, float]:
    """Milliseconds to the first damning problem of the design, and to the shrunk one; NaN for a
    defect of rounding, which only the range verdict can see."""
    from tightframe.checks.judge import SHRINKING
    from tightframe.checks.shrink import tidied
    from tightframe.checks.trial import Trial
    from tightframe.implementations.implementation import accept

    start = perf_counter()
    implementation = accept(defect.call, pairing.contract, **how)
    trial = Trial(
        pairing=pairing, implementation=implementation, convention=how["convention"],
        settled=how["fixed"],
    )  # fmt: skip
    claims = [c for c in pairing.family.claims if trial.applies(c)]
    for problem in map(trial.posed, pairing.family.design()):
        for claim in claims:
            if fails(trial, claim, problem):
                first = perf_counter()
                tidied(
                    problem, lambda p, c=claim: fails(trial, c, trial.posed(p)),
                    pairing.family.simpler, attempts=SHRINKING[pairing.kind],
                )  # fmt: skip
                return 1000 * (first - start), 1000 * (perf_counter() - start)
    return float("nan"), float("nan")


def fails(trial: Any, claim: Any, problem: Any) -> bool:
    from tightframe.checks.trial import CrashError

    try:
        if claim.of_gradient and not trial.output(problem).gradient:
            return False
        return trial.fails(claim, problem) is not None
    except (CrashError, TypeError, ArithmeticError, ValueError):
        return False


def numbers(value: Any) -> Iterator[float]:
    """All numbers of a field of a recorded problem."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, (int, float)):
        yield float(value)


# -- the slightest error --------------------------------------------------------------------------


def slightest(contract: str, precision: str) -> Slight:
    """Bisection of eps on a logarithmic scale, between a unit in the last place and one percent."""
    low, high = 1e-17, 1e-2
    if not condemned(contract, precision, high):
        return Slight(contract, precision, float("inf"))
    for _ in range(BISECTIONS):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if condemned(contract, precision, middle) else (middle, high)
    return Slight(contract, precision, high)


def condemned(contract: str, precision: str, eps: float) -> bool:
    from tightframe.checks.catalogue import PAIRINGS
    from tightframe.checks.judge import hold

    pairing = PAIRINGS[contract]
    coding = next(iter(pairing.contract.references.values()))
    how = {
        "name": f"times 1 + {eps:.3g}", "fixed": dict(pairing.contract.hidden),
        "convention": pairing.contract.canonical,
    }  # fmt: skip
    found = hold(slightly(coding, precision, eps), pairing, how, budget="quick")
    return any(v.claim == "value" and v.ruling.value == "violated" for v in found.verdicts)


def slightly(coding: Callable[..., Any], precision: str, eps: float) -> Callable[..., Any]:
    """The coding, its output multiplied by 1 + eps; for float32, of NumPy copies in float32, which
    no lifting reaches."""

    def call(*inputs: Any, **named: Any) -> Any:
        import numpy as np
        import torch

        if precision == "float32":
            arrays = [x.detach().numpy().astype(np.float32) for x in inputs]
            inputs = tuple(map(torch.from_numpy, arrays))
        returned = coding(*inputs, **named)
        return returned * (1 + eps) if eps else returned

    call.__signature__ = inspect.signature(coding)  # type: ignore[attr-defined]
    return call


def warmed() -> None:
    """Import, and run everything once, before anything is timed."""
    for contract in ("nt-xent", "pca"):
        condemned(contract, "warm", 0.0)


# -- tables ---------------------------------------------------------------------------------------


def run_all(quick: bool, only: Collection[str], processes: int) -> tuple[list[Row], list[Slight]]:
    from rich.console import Console
    from rich.progress import Progress

    from tightframe.checks.catalogue import PAIRINGS

    pairings = {c: p for c, p in PAIRINGS.items() if not only or c in only}
    tasks: list[tuple[Any, str, str]] = [
        (judged, c, d.name) for c, p in pairings.items()
        for i, d in enumerate(p.contract.defects) if not quick or i % 4 == 0
    ]  # fmt: skip
    formulas = [c for c, p in pairings.items() if p.kind == "formula"]
    tasks += [(slightest, c, precision) for c in formulas for precision in SLIGHTEST]
    show = sys.stderr.isatty()
    with Progress(console=Console(stderr=True), transient=True, disable=not show) as bar:
        task = bar.add_task("defects", total=len(tasks))
        context = get_context("forkserver")
        with ProcessPoolExecutor(processes, mp_context=context, initializer=warmed) as pool:
            futures = [pool.submit(work, *a) for work, *a in tasks]
            for _ in as_completed(futures):
                bar.advance(task)
    found = [f.result() for f in futures]
    return [r for r in found if isinstance(r, Row)], [s for s in found if isinstance(s, Slight)]


def report(rows: list[Row], slight: list[Slight]) -> list[str]:
    """Print the tables; what is returned are the requirements not met."""
    from rich.console import Console
    from rich.table import Table

    from tightframe.checks.catalogue import PAIRINGS

    console = Console(width=110)
    table = Table(
        "contract", "condemned", "named", "of", "problems", "first ms", "shrunk ms", "check ms",
        "entries", "small integers", title="known errors (medians)",
    )  # fmt: skip
    faults = []
    for contract in dict.fromkeys(r.contract for r in rows):
        mine = [r for r in rows if r.contract == contract]
        times = [
            [t for t in column if t == t] for column in zip(*(r[5:8] for r in mine), strict=True)
        ]
        size, plain = median(r.entries for r in mine), sum(r.plain for r in mine)
        table.add_row(
            contract, str(sum(r.condemned for r in mine)), str(sum(r.named for r in mine)),
            str(len(mine)), f"{median(r.problems for r in mine):g}",
            *(f"{median(column):.1f}" for column in times), f"{size:g}", f"{plain} of {len(mine)}",
        )  # fmt: skip
        if PAIRINGS[contract].kind == "formula" and (size > ENTRIES or 2 * plain < len(mine)):
            faults.append(f"{contract}: the median counterexample is not small")
    console.print(table)
    faults += [
        f"{r.contract}: {r.name!r} is not condemned: {r.shown}" for r in rows if not r.condemned
    ]
    faults += [
        f"{r.contract}: {r.name!r} is not named" for r in rows if r.condemned and not r.named
    ]
    return faults + _slight(console, slight)


def _slight(console: Any, slight: list[Slight]) -> list[str]:
    from rich.table import Table

    table = Table("contract", *(f"{p} (below {s:g})" for p, s in SLIGHTEST.items()),
                  title="the smallest eps condemned, of an output times 1 + eps")  # fmt: skip
    for contract in dict.fromkeys(s.contract for s in slight):
        mine = {s.precision: s.eps for s in slight if s.contract == contract}
        table.add_row(contract, *(f"{mine[p]:.1e}" for p in SLIGHTEST))
    console.print(table)
    return [
        f"{s.contract}, {s.precision}: an error of {s.eps:.1e} is the smallest condemned"
        for s in slight if not s.eps < SLIGHTEST[s.precision]
    ]  # fmt: skip


def main() -> int:
    from tightframe.checks.catalogue import PAIRINGS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every fourth defect")
    parser.add_argument("--only", nargs="+", default=(), choices=list(PAIRINGS))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    faults = report(*run_all(options.quick, options.only, options.processes))
    for fault in faults:
        print(f"NOT MET: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
