"""Decisions of sufficiency against a table made by hand: families x statistics x seeds.

    nox -s bench -- sufficiency        python -P benchmarks/sufficiency.py [--quick]

Every pair of a family and a statistic in `TABLE` has one right answer, and every sufficient one
has a second: whether it is minimal, of three observations and more.  Prints, for each statistic,
how often it was upheld, condemned and left open, in either respect; exits 1 at a wrong decision,
where fewer than 500 were made, or where more than one in twenty was left open (--quick: one seed).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch

from tightframe.checks.statistic import PAIRING
from tightframe.checks.trial import Trial
from tightframe.implementations.implementation import accept
from tightframe.theorems.sufficiency import Sample

FAMILIES = (
    "normal", "normal-mean", "curved-normal", "bernoulli", "poisson", "exponential", "gamma",
    "uniform", "uniform-shift",
)  # fmt: skip
ALL = frozenset(FAMILIES)
SUM = frozenset({"normal-mean", "bernoulli", "poisson", "exponential"})
MOMENTS = SUM | {"normal", "curved-normal"}
LOGS = frozenset({"exponential", "gamma", "uniform"})  # where logarithms are finite
BOTH = frozenset({"normal", "curved-normal", "bernoulli"})  # where both moments are needed
SIGNED = ALL - {"bernoulli", "poisson"}  # where no two observations are equal
GAMMA, SHIFT = frozenset({"gamma"}), frozenset({"uniform-shift"})
ONES = frozenset({"bernoulli"})  # x^2 = x there, so that every sum of powers is the sum


class Row(NamedTuple):
    """A statistic, the families for which it is sufficient, and minimal, those for which it is
    defined, and those for which it may stay open, because its numbers are rounded or constant in
    pieces."""

    statistic: Callable[[Any], Any]
    sufficient: frozenset[str]
    minimal: frozenset[str] = frozenset()
    defined: frozenset[str] = ALL
    open: frozenset[str] = frozenset()


def packed(x: Any) -> Any:
    """The sum, in single precision."""
    return x.float().sum()


TABLE: dict[str, Row] = {
    "sum": Row(lambda x: x.sum(), SUM, SUM),
    "mean": Row(lambda x: x.mean(), SUM, SUM),
    "sum, float32": Row(packed, SUM, SUM),
    "sinh of a third of the sum": Row(lambda x: torch.sinh(x.sum() / 3), SUM, SUM),
    "cube of the sum": Row(lambda x: x.sum() ** 3, SUM, SUM),
    "sum to six digits": Row(lambda x: round(float(x.sum()), 6), SUM, SUM),
    "sum, and the first": Row(lambda x: (x.sum(), x[0]), SUM),
    "sum and mean": Row(lambda x: (x.sum(), x.mean()), SUM, SUM),
    "a thousandth of the first too": Row(
        lambda x: x.mean() + 1e-3 * x[0], frozenset({"bernoulli", "poisson"}),
        open=frozenset({"bernoulli", "poisson"}),
    ),
    "absolute sum": Row(
        lambda x: x.sum().abs(), *2 * (SUM - {"normal-mean"},)
    ),
    "two moments": Row(lambda x: torch.stack([x.sum(), (x**2).sum()]), MOMENTS, BOTH),
    "mean and variance": Row(lambda x: (np.mean(x.numpy()), np.var(x.numpy())), MOMENTS, BOTH),
    "variance": Row(lambda x: x.var(), frozenset()),
    "sum of squares": Row(lambda x: (x**2).sum(), ONES, ONES),
    "sum of absolute values": Row(lambda x: x.abs().sum(), *2 * (SUM - {"normal-mean"},)),
    "median": Row(lambda x: np.median(x.numpy()), frozenset()),
    "first": Row(lambda x: x[0], frozenset()),
    "all but one": Row(lambda x: x[1:], frozenset()),
    "range": Row(lambda x: x.max() - x.min(), frozenset()),
    "largest": Row(lambda x: x.max(), *2 * (frozenset({"uniform"}),)),
    "smallest": Row(lambda x: x.min(), frozenset()),
    "both ends": Row(
        lambda x: (x.min(), x.max()), frozenset({"uniform", "uniform-shift"}), SHIFT
    ),
    "middle and range": Row(
        lambda x: ((x.min() + x.max()) / 2, x.max() - x.min()),
        frozenset({"uniform", "uniform-shift"}), SHIFT,
    ),
    "in order": Row(lambda x: torch.sort(x).values, ALL, ONES),
    "the data": Row(lambda x: x, ALL),
    "the data, NumPy, float32": Row(lambda x: x.numpy().astype(np.float32), ALL),
    "sum of logarithms": Row(lambda x: x.log().sum(), frozenset(), defined=LOGS),
    "logarithms and sum": Row(
        lambda x: (x.log().sum(), x.sum()), frozenset({"exponential", "gamma"}), GAMMA, LOGS
    ),
    "geometric and arithmetic mean": Row(
        lambda x: (np.exp(np.mean(np.log(x.numpy()))), x.mean()),
        frozenset({"exponential", "gamma"}), GAMMA, LOGS,
    ),
    "scale-free": Row(
        lambda x: x / x.sum(), frozenset(), defined=frozenset({"exponential", "gamma"})
    ),
    "a constant": Row(lambda x: 1.0, frozenset()),
    "how many are above one half": Row(
        lambda x: int((x > 0.5).sum()), ONES, ONES, ALL, SIGNED | {"poisson"}
    ),
    "where the largest is": Row(lambda x: int(x.argmax()), frozenset(), open=SIGNED),
}  # fmt: skip


Decision = tuple[str, str, bool | None]


def decisions(seed: int) -> Iterator[Decision]:
    """Statistic, family, and whether it was found sufficient; None where it was left open."""
    for name, family, problem in questions(seed):
        yield name, family, decided(TABLE[name].statistic, family, problem, "sufficient")


def minimality(seed: int) -> Iterator[Decision]:
    """Of each sufficient one: whether it was found minimal."""
    for name, family, problem in questions(seed):
        if family in TABLE[name].sufficient:
            yield name, family, decided(TABLE[name].statistic, family, problem, "minimal")


def questions(seed: int) -> Iterator[tuple[str, str, Sample]]:
    draw = np.random.default_rng(seed)
    for name, row in TABLE.items():
        for family in FAMILIES:
            if family in row.defined:
                n = int(draw.integers(3, 9))
                numbers = tuple(int(k) for k in draw.permutation(np.arange(-32, 33))[:n])
                yield name, family, Sample(numbers, seed)


def decided(
    statistic: Callable[[Any], Any], family: str, problem: Sample, asked: str
) -> bool | None:
    """The decision from one sample's pairs alone."""
    convention = {"family": family, "minimal": "yes" if asked == "minimal" else "no"}
    trial = Trial(
        pairing=PAIRING, convention=convention, settled={},
        implementation=accept(statistic, PAIRING.contract, convention=convention),
    )  # fmt: skip
    claims = filter(trial.applies, PAIRING.family.claims)
    (claim,) = (c for c in claims if (c.name == "minimal") == (asked == "minimal"))
    found = trial.measured(claim, problem)
    return None if found is None else not found.damning


def right(name: str, family: str, asked: str) -> bool:
    return family in (TABLE[name].minimal if asked == "minimal" else TABLE[name].sufficient)


def counted(asked: str, decided: list[Decision], counts: Counter[Any]) -> list[str]:
    """Print the tally, add it to the counts; the wrong decisions."""
    tally: dict[str, Counter[Any]] = {name: Counter() for name, _, _ in decided}
    faults = []
    for name, family, found in decided:
        tally[name][found] += 1
        counts["decided" if found is not None else "open"] += 1
        if found is None and family not in TABLE[name].open:
            counts["unexpectedly open"] += 1
            print(f"open: {asked}, {name} for {family}")
        if found is not None and found != right(name, family, asked):
            faults.append(f"{asked}: {name} for {family}: {found}")
    for name, tallied in tally.items():
        print(f"{asked:10} {name:30} upheld {tallied[True]:3}  condemned {tallied[False]:3}  "
              f"open {tallied[None]:3}")  # fmt: skip
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed")
    seeds = range(1 if parser.parse_args().quick else 4)
    start, counts, faults = perf_counter(), Counter[Any](), []
    for asked, answers in (("sufficient", decisions), ("minimal", minimality)):
        faults += counted(asked, [d for seed in seeds for d in answers(seed)], counts)
    total = counts["decided"] + counts["open"]
    print(f"{counts['decided']} decisions, {len(faults)} wrong, {counts['open']} open, "
          f"in {perf_counter() - start:.1f} s")  # fmt: skip
    if len(seeds) > 1 and counts["decided"] < 500:
        faults.append(f"{counts['decided']} decisions, where 500 are asked for")
    if counts["unexpectedly open"] > total / 20:
        faults.append(f"{counts['unexpectedly open']} of {total} were left open")
    for fault in faults:
        print(f"NOT MET: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
