"""The main job: every proof, reference, defect and erratum, and the worked example, in one run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from time import perf_counter
from typing import Any

from ..checks.catalogue import PAIRINGS
from ..checks.judge import hold
from ..checks.shadow_example import shadow_example
from ..checks.verdict import Ruling
from ..theorems.catalogue import THEOREMS
from ..theorems.errata import ERRATA
from ..theorems.memory import checked
from .errata_page import erratum_row
from .result import (
    DefectRow,
    Drawn,
    Proof,
    ProofStep,
    Reference,
    Result,
    Run,
    Scattered,
    provenance,
)
from .workers import workers

__all__ = ["broken", "make_run", "needed", "summary"]

Task = tuple[str, str]  # a contract, and the name of a reference or a defect
Job = tuple[Callable[..., Any], tuple[Any, ...]]  # what to run, and its arguments


def make_run(
    *,
    budget: str,
    seed: int,
    fresh: bool,
    processes: int = 1,
    only: Collection[str] = tuple(PAIRINGS),
) -> Run:
    """Do it all, or what concerns the contracts in `only`, with the example of shadow execution and
    the errata; a progress bar on stderr where that is a terminal.  References are judged with the
    `budget`, a quick one without ordinary networks and pictures of training; defects on the stored
    design alone."""
    start = perf_counter()
    pairings = {name: PAIRINGS[name] for name in only}
    references = [
        (c, name) for c, p in pairings.items() for name in p.contract.references
        if budget != "quick" or name not in p.contract.ordinary
    ]  # fmt: skip
    defects = [(c, d.name) for c, p in pairings.items() for d in p.contract.defects]
    families = [pairing.family for pairing in pairings.values()]
    governing = {theorem.id for p in pairings.values() for theorem in p.theorems}
    governing |= {id for id, t in THEOREMS.items() if any(f in t.families for f in families)}
    theorems = list(THEOREMS) if set(only) == set(PAIRINGS) else needed(governing)
    jobs: list[Job] = [(reference, (task, budget, seed)) for task in references]
    jobs += [(proof, (id, fresh)) for id in theorems]
    jobs += [(defect_row, (task, seed)) for task in defects]
    jobs.append((shadow_example, ()))
    jobs += [(erratum_row, (id,)) for id in ERRATA]
    with _progress(len(jobs)) as step, _workers(processes) as run_all:
        found = iter(run_all(jobs, step))
    return Run(
        provenance=provenance(seed=seed, budget=budget),
        references=tuple(islice(found, len(references))),
        proofs=tuple(islice(found, len(theorems))),
        defects=tuple(islice(found, len(defects))),
        shadow=next(found), errata=tuple(islice(found, len(ERRATA))),
        seconds=perf_counter() - start,
    )  # fmt: skip


def needed(governing: Iterable[str]) -> list[str]:
    """These theorems and those that they use, in the order of the catalogue: all are proved."""
    found, waiting = set(), list(governing)
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.add(id)
            waiting += THEOREMS[id].uses
    return [id for id in THEOREMS if id in found]


def proof(id: str, fresh: bool) -> Proof:
    """The steps of one theorem's proof, what fails without each assumption, and its picture."""
    theorem = THEOREMS[id]
    steps = tuple(
        ProofStep(
            why=step.why, kind=step.kind, tex=step.tex, scope=step.scope, slip=step.slip,
            outcome=outcome, seconds=seconds, when=when,
        )
        for step, outcome, when, seconds in checked(theorem, fresh=fresh)
    )  # fmt: skip
    assumptions = tuple(
        (a.words, a.fails or a.unknown, repr(a.without()) if a.without else "")
        for a in theorem.assumptions
    )
    picture = Drawn(**theorem.picture()._asdict()) if theorem.picture else None
    return Proof(theorem=id, steps=steps, assumptions=assumptions, picture=picture)


def reference(task: Task, budget: str, seed: int) -> Reference:
    """One honest coding of ours, judged as a stranger's would be."""
    (contract, name), start = task, perf_counter()
    pairing = PAIRINGS[contract]
    coding = pairing.contract.references[name]
    how: dict[str, Any] = {"name": name, "convention": pairing.contract.followed_by(name)}
    judgement = hold(coding, pairing, how, budget=budget, seed=seed)
    result = Result.of(
        judgement, target="", how=how, seconds=perf_counter() - start, seed=seed, budget=budget
    )
    shown = Reference(result=result)
    if name != next(iter(pairing.contract.references)) or budget == "quick":
        return shown  # pictures train more than there is to judge
    if pairing.picture:
        picture = pairing.picture()
        shown = shown.model_copy(update={"series": picture.series, "axes": picture.axes})
    if pairing.scatters:
        scatters = tuple(Scattered(**each._asdict()) for each in pairing.scatters())
        shown = shown.model_copy(update={"scatters": scatters, "data": pairing.data})
    return shown


def defect_row(task: Task, seed: int) -> DefectRow:
    """One known defect, under its declared convention: who condemns it, and is it named?"""
    (contract, name), start = task, perf_counter()
    pairing = PAIRINGS[contract]
    defect = next(d for d in pairing.contract.defects if d.name == name)
    convention = pairing.contract.convention(defect.convention)
    how: dict[str, Any] = {
        "name": name, "convention": convention, "fixed": dict(pairing.contract.hidden),
    }  # fmt: skip
    found = hold(defect.call, pairing, how, budget="quick", seed=seed, brief=True)
    named = (found.diagnosis.name, *found.diagnosis.equivalents) if found.diagnosis else ()
    first = found.violations[0] if found.violations else None
    return DefectRow(
        contract=contract, name=name, why=defect.why, changes=defect.changes,
        seen_in=tuple(defect.seen_in), equivalents=tuple(defect.equivalents),
        convention=convention, condemned_by=tuple(v.claim for v in found.violations), named=named,
        shown=first.evidence.shown if first and first.evidence else found.reason,
        problems=first.problems if first else 0, milliseconds=1000 * (perf_counter() - start),
    )  # fmt: skip


def broken(run: Run) -> list[str]:
    """What this run should not have found: each line is a fault of ours."""
    lines = []
    for p in run.proofs:
        lines += [
            f"{p.theorem}: the step {s.why!r} is {s.outcome.lower()}"
            for s in p.steps if s.outcome not in ("CHECKED", "CITED")
        ]  # fmt: skip
        lines += [
            f"{p.theorem}: the assumption {words!r} is not shown to be needed (slack {slack})"
            for words, _, slack in p.assumptions if slack and not float(slack) < 0
        ]  # fmt: skip
    good = (Ruling.UPHELD, Ruling.STABILISED)
    lines += [
        f"{r.result.contract}: the reference {r.result.subject!r} is {r.result.ruling.value}"
        for r in run.references if r.result.ruling not in good
    ]  # fmt: skip
    for row in run.defects:
        if not row.condemned_by:
            lines.append(f"{row.contract}: the defect {row.name!r} is not condemned")
        elif not row.is_named:
            lines.append(
                f"{row.contract}: the defect {row.name!r} is named {row.named or 'nothing'}"
            )
    lines += run.shadow.unexpected if run.shadow else []
    return lines + [line for row in run.errata for line in row.unexpected]


def summary(run: Run) -> str:
    """One line: what ran, what did not apply, what was not run, and the time."""
    steps = [s for p in run.proofs for s in p.steps]
    stand = sum(s.outcome == "CHECKED" for s in steps)
    cited = sum(s.outcome == "CITED" for s in steps)
    counts = [r.result.counts for r in run.references]
    condemned = sum(bool(row.condemned_by) for row in run.defects)
    named = sum(row.is_named for row in run.defects)
    computed = [row for row in run.errata if row.claimed is not None]
    refuted = sum(not row.unexpected for row in computed)
    return (
        f"{len(run.proofs)} theorems, {stand} of {len(steps) - cited} steps checked, "
        f"{cited} cited; "
        f"{len(run.references)} references; "
        f"{condemned} of {len(run.defects)} defects condemned, {named} named; "
        f"{refuted} of {len(computed)} errata recomputed, "
        f"{len(run.errata) - len(computed)} cited; "
        f"{sum(c.ran for c in counts)} claims ran, "
        f"{sum(c.not_applicable for c in counts)} did not apply, "
        f"{sum(c.not_run for c in counts)} were not run, in {run.seconds:.1f} s"
    )


# -- running --------------------------------------------------------------------------------------


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    """A function to call with the name of each thing that is done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("verifying", total=total)
        yield lambda name: bar.update(task, advance=1, description=name)


@contextmanager
def _workers(processes: int) -> Iterator[Any]:
    """A function that runs jobs, here or in workers, and returns what they return, in order."""
    if processes <= 1:
        yield lambda jobs, step: [_done(job[0](*job[1]), job, step) for job in jobs]
        return
    with workers(processes) as pool:
        yield lambda jobs, step: [
            _done(future.result(), job, step)
            for future, job in [(pool.submit(job[0], *job[1]), job) for job in jobs]
        ]


def _done(found: Any, job: Job, step: Any) -> Any:
    work, given = job
    task = given[0] if given else work.__name__.replace("_", " ")
    step(task if isinstance(task, str) else " / ".join(task))
    return found
