"""False alarms: correct code of many hands, held to every claim; none may be condemned.

    nox -s bench -- false_alarms
    python -P benchmarks/false_alarms.py [--quick] [--only CONTRACT ...]

Compares the harness with the truth: every subject below is right, so every violation is ours.
Subjects are the honest codings of each contract (and scikit-learn's estimators where they are
installed), rewritten to every convention, declared and undeclared; cast to another precision
inside; and with stabilisers.  Each check has a seed, and so problems, of its own.  A violation of
the range that is not ours (the code returns inf, or the stabiliser outweighs what it stabilises in
real arithmetic too) is counted apart, and only for stabilised codings.

Exits 1 at a false alarm, at fewer than 10,000 probes or 300 checks, or where correct code uses a
quarter of the noise bound.  Without --quick it takes many minutes: progress is shown on a terminal,
and --only takes some contracts, with the seeds that they have in the whole.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache, partial
from itertools import product
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np

LEAST_PROBES, LEAST_CHECKS, SHARE = 10_000, 300, 0.25
SIZES = (1e-12, 1e-8, 1e-6)
PRECISIONS = ("float32", "bfloat16", "float64")
WEIGHTS = ("times one and a normal number", "times zero or two")  # whose means are one
NO_KERNEL = ("BFloat16", "bfloat16")  # in what torch says where it has no factorisations in it


class Subject(NamedTuple):
    """A correct coding and how it is handed over; `convention` None where it is undeclared."""

    contract: str
    kind: str
    words: str
    target: Any
    convention: Mapping[str, str] | None
    dtype: str
    budget: str = "quick"


class Outcome(NamedTuple):
    """What one check said: claims judged with their probes and the share of the noise they used."""

    contract: str
    kind: str
    words: str
    ruling: str
    probes: int
    used: tuple[tuple[str, str, float], ...]
    amplified: int
    false: tuple[str, ...]
    true: int


# -- subjects -------------------------------------------------------------------------------------


@cache
def listed(quick: bool) -> list[Subject]:
    from tightframe.checks.catalogue import PAIRINGS

    found = []
    for pairing in PAIRINGS.values():
        makers = (declared, undeclared, casting, stabilised, estimators, drawn)
        found += [s for make in makers for s in make(pairing)]
    return [s for i, s in enumerate(found) if not quick or i % 6 == 0 or s.kind == "canonical"]


def points(contract: Any) -> Iterator[dict[str, str]]:
    """Every convention, the canonical one first."""
    for options in product(*(axis.options for axis in contract.axes)):
        yield {a.name: o.name for a, o in zip(contract.axes, options, strict=True)}


def departures(contract: Any, point: Mapping[str, str]) -> list[str]:
    return [name for name, option in point.items() if option != contract.canonical[name]]


def sensible(contract: Any, point: Mapping[str, str]) -> bool:
    """Logits, sampled decoders and unreduced outputs only where the contract takes them; no root is
    taken of features that come standardised."""
    if contract.name == "elbo":
        if point["likelihood"] != "bernoulli":
            return point["answer"] == "mean"
        return point["reconstruction"] != "sampled" and point["constant"] != "kept"
    if contract.name == "barlow-twins":
        return point["standardises"] == "yes" or point["root"] == "variance"
    if contract.name == "gaussian-kl":  # one number per coordinate is not reduced over rows
        return point["latent"] != "none" or point["batch"] == "none"
    return True


def declared(pairing: Any) -> Iterator[Subject]:
    """Every coding, in every convention, by declaration; precisions take turns."""
    contract = pairing.contract
    for turn, point in enumerate(points(contract)):
        if not sensible(contract, point):
            continue
        away = departures(contract, point)
        if len(contract.axes) > 4 and len(away) > 2 and turn % 3:
            continue  # every third of the farther corners of the two widest contracts
        for nth, (name, coding) in enumerate(contract.references.items()):
            if nth and any(contract.axis(a).variant for a in away) and pairing.kind == "model":
                continue  # the variant replaces the coding: once is enough
            yield Subject(
                contract.name, "declared" if away else "canonical",
                f"{name} [{_words(away, point)}]",
                speaking(contract, contract.written(coding, point)), point,
                PRECISIONS[(turn + nth) % 3], "normal" if len(away) < 2 else "quick",
            )  # fmt: skip


def undeclared(pairing: Any) -> Iterator[Subject]:
    """One or two gauges away from the canonical call, and nothing said of it."""
    contract = pairing.contract
    for turn, point in enumerate(points(contract)):
        away = departures(contract, point)
        if not 1 <= len(away) <= 2 or not sensible(contract, point) or turn % 2:
            continue
        promised = any(contract.axis(name).promise for name in away)
        if promised or {"scale", "exactness", "penalty"} & set(away):
            continue  # a parameter named temperature declares its scale; the others are promises
        coding = next(iter(contract.references.values()))
        yield Subject(
            contract.name, "undeclared", f"undeclared [{_words(away, point)}]",
            speaking(contract, contract.written(coding, point)), None, PRECISIONS[turn % 3],
        )  # fmt: skip


def casting(pairing: Any) -> Iterator[Subject]:
    """Codings that change the precision inside, as people do under mixed precision."""
    contract = pairing.contract
    if pairing.kind == "model":
        return
    for inner in ("float64", "float32"):
        for dtype in ("float32", "bfloat16"):
            if dtype == "bfloat16" and contract.name == "elbo":
                continue  # the sampled decoder is in the caller's precision
            for name, coding in contract.references.items():
                yield Subject(
                    contract.name, "casting", f"{name}, {inner} inside",
                    speaking(contract, cast(coding, inner)), contract.canonical, dtype, "normal",
                )  # fmt: skip


def stabilised(pairing: Any) -> Iterator[Subject]:
    """The contract's stabilised coding, a place and a size at a time, canonical and in each variant
    by itself."""
    contract = pairing.contract
    near = [
        point for point in points(contract)
        if len(departures(contract, point)) <= 1
        and departures(contract, point) == departures(contract, contract.variants(point))
    ]  # fmt: skip
    for point, place, size in product(near, contract.stabilisers, SIZES):
        if place == "clamp" and contract.name != "reconstruction-loss" and size < 1e-6:
            continue  # a bound of 1e8 on a log-variance is no bound
        if place == "clamp" and point.get("error") == "squared":
            continue  # a clamp to [0, 1] is harmless to probabilities only
        if not sensible(contract, point):
            continue
        coding = partial(contract.stabilised, **contract.variants(point), **{place: size})
        words = f"{place} {size:g} [{_words(departures(contract, point), point)}]"
        yield Subject(
            contract.name, "stabilised", words, speaking(contract, coding), point, "float32"
        )


def estimators(pairing: Any) -> Iterator[Subject]:
    """scikit-learn's, where it is installed."""
    if pairing.contract.name != "pca":
        return
    try:
        from sklearn.decomposition import PCA, TruncatedSVD
    except ImportError:
        return
    exact = pairing.contract.canonical | {"exactness": "yes"}
    for solver in ("full", "covariance_eigh"):
        yield Subject("pca", "estimator", f"PCA {solver}", PCA(svd_solver=solver), exact, "float64")
    zero = TruncatedSVD(algorithm="arpack")
    point = pairing.contract.canonical | {"centring": "no"}
    yield Subject("pca", "estimator", "TruncatedSVD", zero, point, "float64")


def drawn(pairing: Any) -> Iterator[Subject]:
    """Codings whose output is multiplied by a number drawn with mean one: right in expectation."""
    from tightframe.implementations.contract import read_value

    contract = pairing.contract
    if pairing.kind == "model" or contract.read is not read_value:
        return  # of a draw that is read as its moments, another law is another code
    name, coding = next(iter(contract.references.items()))
    for words in WEIGHTS:
        target = speaking(contract, weighed(coding, words))
        point = contract.canonical
        yield Subject(contract.name, "drawn", f"{name}, {words}", target, point, "float64")


def weighed(coding: Callable[..., Any], words: str) -> Callable[..., Any]:
    def call(*inputs: Any, **named: Any) -> Any:
        import torch

        weight = 1 + torch.randn(()) if words == WEIGHTS[0] else 2.0 * (torch.rand(()) < 0.5)
        return coding(*inputs, **named) * weight

    return call


def speaking(contract: Any, target: Callable[..., Any]) -> Callable[..., Any]:
    """The callable, with the contract's parameters in its signature."""

    def call(*inputs: Any, **named: Any) -> Any:
        return target(*inputs, **named)

    kinds = inspect.Parameter
    parameters = [kinds("inputs", kinds.VAR_POSITIONAL)]
    parameters += [kinds(name, kinds.KEYWORD_ONLY) for name in contract.parameters]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return call


def cast(coding: Callable[..., Any], inner: str) -> Callable[..., Any]:
    def call(*inputs: Any, **named: Any) -> Any:
        import torch

        moved = [x.to(getattr(torch, inner)) if hasattr(x, "to") else x for x in inputs]
        theirs = next(x.dtype for x in inputs if hasattr(x, "dtype"))  # a score has none
        returned = coding(*moved, **named)
        if isinstance(returned, dict):
            return {k: x.to(theirs) if x.is_floating_point() else x for k, x in returned.items()}
        return returned.to(theirs)

    return call


def _words(away: list[str], point: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={point[name]}" for name in away) or "canonical"


# -- one check ------------------------------------------------------------------------------------


def check(index: int, quick: bool) -> Outcome:
    from tightframe.checks.catalogue import PAIRINGS
    from tightframe.checks.judge import hold

    subject = listed(quick)[index]
    how: dict[str, Any] = {"name": subject.words}
    if subject.convention is not None:
        how["convention"] = dict(subject.convention)
    ask = partial(
        hold, subject.target, PAIRINGS[subject.contract], how, budget=subject.budget, seed=index
    )
    judgement, half = ask(dtype=subject.dtype), subject.dtype == "bfloat16"
    if half and any(words in judgement.reason for words in NO_KERNEL):
        judgement = ask(dtype="float32")
    bad, true = [], 0
    for verdict in judgement.verdicts:
        if verdict.ruling.value == "violated":
            of_range = verdict.claim == "range" and subject.kind == "stabilised"
            if of_range and broken(subject, verdict):
                true += 1
            else:
                shown = verdict.evidence.shown if verdict.evidence else ""
                bad.append(f"{verdict.claim} ({verdict.dtype}, used {verdict.used:.3g}): {shown}")
    if judgement.ruling.value in ("refused", "crashed"):
        bad.append(f"{judgement.ruling.value}: {judgement.reason}")
    verdicts = judgement.verdicts
    bad += [f"{v.claim}: crashed: {v.reason}" for v in verdicts if v.ruling.value == "crashed"]
    return Outcome(
        subject.contract, subject.kind, subject.words, judgement.ruling.value,
        sum(v.problems for v in judgement.verdicts),
        tuple((v.claim, v.dtype, v.used) for v in judgement.verdicts
              if v.used is not None and v.ruling.value != "violated"),
        sum("amplifies" in v.reason for v in judgement.verdicts), tuple(bad), true,
    )  # fmt: skip


def broken(subject: Subject, verdict: Any) -> bool:
    """Whether the native result is not finite, or the stabiliser misses the definition by more
    than the bound in float64 too: then the range is broken, by the code and not by our noise."""
    from tightframe.checks.catalogue import PAIRINGS
    from tightframe.checks.evidence import rebuilt
    from tightframe.checks.trial import Trial
    from tightframe.implementations.implementation import accept

    pairing, evidence = PAIRINGS[subject.contract], verdict.evidence
    problem = rebuilt(pairing.family.problem, evidence.problem)
    made = partial(
        Trial, pairing=pairing, implementation=accept(subject.target, pairing.contract),
        convention=subject.convention, settled={},
    )  # fmt: skip
    trial, native = made(), made(native=subject.dtype)
    output = native.output(problem)
    if not all(np.all(np.isfinite(a)) for a in (output.value, *output.gradient)):
        return True
    told = (c for c in pairing.family.claims if c.name in ("value", "gradient"))
    found = [trial.measured(claim, problem) for claim in told]
    return any(m is not None and -m.slack > evidence.noise for m in found)


# -- the table ------------------------------------------------------------------------------------


def run_all(quick: bool, only: Collection[str], processes: int) -> list[Outcome]:
    from rich.console import Console
    from rich.progress import Progress

    numbers = [i for i, s in enumerate(listed(quick)) if not only or s.contract in only]
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("checks", total=len(numbers))
        outcomes = []
        with ProcessPoolExecutor(processes, mp_context=get_context("forkserver")) as pool:
            for future in as_completed([pool.submit(check, i, quick) for i in numbers]):
                outcomes.append(future.result())
                bar.advance(task)
    return outcomes


def report(outcomes: list[Outcome]) -> list[str]:
    """Print the tables; what is returned are the requirements not met."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=110)
    kinds = tuple(dict.fromkeys(o.kind for o in outcomes))
    table = Table("contract", *kinds, "probes", "false alarms", title="checks of correct code")
    for contract in dict.fromkeys(o.contract for o in outcomes):
        mine = [o for o in outcomes if o.contract == contract]
        count = Counter(o.kind for o in mine)
        table.add_row(
            contract, *(str(count[k]) for k in kinds), str(sum(o.probes for o in mine)),
            str(sum(bool(o.false) for o in mine)),
        )  # fmt: skip
    console.print(table)
    used: dict[tuple[str, str, str], tuple[float, str]] = defaultdict(lambda: (0.0, ""))
    for o in outcomes:  # a stabiliser's effect is no rounding, and may be just below the bound
        for claim, dtype, share in o.used if o.kind != "stabilised" else ():
            used[o.contract, claim, dtype] = max(used[o.contract, claim, dtype], (share, o.words))
    shares = Table(
        "contract", "claim", "precision", "largest share", "by",
        title="noise bound used (the 40 largest; stabilised codings left out)",
    )  # fmt: skip
    for key, (share, words) in sorted(used.items(), key=lambda kv: -kv[1][0])[:40]:
        shares.add_row(*key, f"{share:.3f}", words)
    console.print(shares)
    return _summed_up(outcomes, max(used.values(), default=(0.0, "")))


def _summed_up(outcomes: list[Outcome], largest: tuple[float, str]) -> list[str]:
    checks, probes = len(outcomes), sum(o.probes for o in outcomes)
    alarms = [o for o in outcomes if o.false]
    rulings = Counter((o.kind, o.ruling) for o in outcomes)
    print("rulings: " + "; ".join(f"{k} {r}: {n}" for (k, r), n in sorted(rulings.items())))
    print(f"{checks} checks, {probes} probes, {len(alarms)} false alarms")
    if not alarms:
        print(f"so at 95 %: at most {3 / probes:.2g} per probe, {3 / checks:.2g} per check")
    true = sorted(f"{o.contract} {o.words}" for o in outcomes if o.true)
    print(f"true range findings, of stabilised codings only: {len(true)}: {'; '.join(true)}")
    amplified = sum(o.amplified for o in outcomes)
    print(f"claims upheld to rounding that the code itself amplifies: {amplified}")
    print(f"largest share of the noise bound: {largest[0]:.3f} ({largest[1]}); at most {SHARE}")
    faults = [f"{o.contract} / {o.kind} / {o.words}: {text}" for o in alarms for text in o.false]
    if probes < LEAST_PROBES or checks < LEAST_CHECKS:
        faults.append(f"fewer than {LEAST_PROBES} probes or {LEAST_CHECKS} checks")
    if largest[0] >= SHARE:
        faults.append("correct code uses a quarter of the noise bound")
    return faults


def main() -> int:
    from tightframe.checks.catalogue import PAIRINGS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every sixth subject, none required")
    parser.add_argument("--only", nargs="+", default=(), choices=list(PAIRINGS))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    faults = report(run_all(**vars(options)))
    if options.quick or options.only:
        faults = [f for f in faults if not f.startswith("fewer than")]
    sys.stdout.writelines(f"NOT MET: {fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
