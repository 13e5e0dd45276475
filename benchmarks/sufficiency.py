"""Decisions of sufficiency against a table made by hand: families x statistics x seeds.

    nox -s bench -- sufficiency        python -P benchmarks/sufficiency.py [--quick]

Every pair of a statistic in `TABLE` and a family for which it is defined has one right answer.
Prints, for each statistic, how often it was upheld, condemned and left open; exits 1 at a wrong
decision, where fewer than 500 were made, or where more than one in twenty was left open (--quick:
one seed).
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
SIGNED = ALL - {"bernoulli", "poisson"}  # where no two observations are equal
ONES = frozenset({"bernoulli"})  # x^2 = x there, so that every sum of powers is the sum


class Row(NamedTuple):
    """A statistic, the families for which it is sufficient, those for which it is defined, and
    those for which it may stay open, because its numbers are rounded or constant in pieces."""

    statistic: Callable[[Any], Any]
    sufficient: frozenset[str]
    defined: frozenset[str] = ALL
    open: frozenset[str] = frozenset()


def packed(x: Any) -> Any:
    """The sum, in single precision."""
    return x.float().sum()


TABLE: dict[str, Row] = {
    "sum": Row(lambda x: x.sum(), SUM),
    "mean": Row(lambda x: x.mean(), SUM),
    "sum, float32": Row(packed, SUM),
    "sinh of a third of the sum": Row(lambda x: torch.sinh(x.sum() / 3), SUM),
    "cube of the sum": Row(lambda x: x.sum() ** 3, SUM),
    "sum to six digits": Row(lambda x: round(float(x.sum()), 6), SUM),
    "sum, and the first": Row(lambda x: (x.sum(), x[0]), SUM),
    "sum and mean": Row(lambda x: (x.sum(), x.mean()), SUM),
    "a thousandth of the first too": Row(
        lambda x: x.mean() + 1e-3 * x[0], frozenset({"bernoulli", "poisson"})
    ),
    "absolute sum": Row(
        lambda x: x.sum().abs(), frozenset({"bernoulli", "poisson", "exponential"})
    ),
    "two moments": Row(lambda x: torch.stack([x.sum(), (x**2).sum()]), MOMENTS),
    "mean and variance": Row(lambda x: (np.mean(x.numpy()), np.var(x.numpy())), MOMENTS),
    "variance": Row(lambda x: x.var(), frozenset()),
    "sum of squares": Row(lambda x: (x**2).sum(), ONES),
    "sum of absolute values": Row(lambda x: x.abs().sum(), SUM - {"normal-mean"}),
    "median": Row(lambda x: np.median(x.numpy()), frozenset()),
    "first": Row(lambda x: x[0], frozenset()),
    "all but one": Row(lambda x: x[1:], frozenset()),
    "range": Row(lambda x: x.max() - x.min(), frozenset()),
    "largest": Row(lambda x: x.max(), frozenset({"uniform"})),
    "smallest": Row(lambda x: x.min(), frozenset()),
    "both ends": Row(lambda x: (x.min(), x.max()), frozenset({"uniform", "uniform-shift"})),
    "middle and range": Row(
        lambda x: ((x.min() + x.max()) / 2, x.max() - x.min()),
        frozenset({"uniform", "uniform-shift"}),
    ),
    "in order": Row(lambda x: torch.sort(x).values, ALL),
    "the data": Row(lambda x: x, ALL),
    "the data, NumPy, float32": Row(lambda x: x.numpy().astype(np.float32), ALL),
    "sum of logarithms": Row(lambda x: x.log().sum(), frozenset(), LOGS),
    "logarithms and sum": Row(
        lambda x: (x.log().sum(), x.sum()), frozenset({"exponential", "gamma"}), LOGS
    ),
    "geometric and arithmetic mean": Row(
        lambda x: (np.exp(np.mean(np.log(x.numpy()))), x.mean()),
        frozenset({"exponential", "gamma"}), LOGS,
    ),
    "scale-free": Row(lambda x: x / x.sum(), frozenset(), frozenset({"exponential", "gamma"})),
    "a constant": Row(lambda x: 1.0, frozenset()),
    "how many are above one half": Row(
        lambda x: int((x > 0.5).sum()), ONES, ALL, SIGNED | {"poisson"}
    ),
    "where the largest is": Row(lambda x: int(x.argmax()), frozenset(), ALL, SIGNED),
}  # fmt: skip


def decisions(seed: int) -> Iterator[tuple[str, str, bool | None]]:
    """Statistic, family, and whether it was found sufficient; None where it was left open."""
    draw = np.random.default_rng(seed)
    for name, row in TABLE.items():
        for family in FAMILIES:
            if family in row.defined:
                n = int(draw.integers(3, 9))
                numbers = tuple(int(k) for k in draw.permutation(np.arange(-32, 33))[:n])
                yield name, family, decided(row.statistic, family, Sample(numbers, seed))


def decided(statistic: Callable[[Any], Any], family: str, problem: Sample) -> bool | None:
    """The decision from one sample's pairs alone."""
    implementation = accept(statistic, PAIRING.contract, convention={"family": family})
    trial = Trial(
        pairing=PAIRING, implementation=implementation, convention={"family": family}, settled={}
    )
    (claim,) = filter(trial.applies, PAIRING.family.claims)
    found = trial.measured(claim, problem)
    return None if found is None else not found.damning


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed")
    seeds = 1 if parser.parse_args().quick else 4
    start, counts, faults = perf_counter(), Counter[Any](), []
    tally: dict[str, Counter[Any]] = {name: Counter() for name in TABLE}
    for seed in range(seeds):
        for name, family, found in decisions(seed):
            row = TABLE[name]
            tally[name][found] += 1
            counts["decided" if found is not None else "open"] += 1
            if found is None and family not in row.open:
                counts["unexpectedly open"] += 1
                print(f"open: {name} for {family}, seed {seed}")
            if found is not None and found != (family in row.sufficient):
                faults.append(f"{name} for {family}, seed {seed}: {found}")
    for name, tallied in tally.items():
        print(f"{name:32} upheld {tallied[True]:3}  condemned {tallied[False]:3}  "
              f"open {tallied[None]:3}")  # fmt: skip
    total = counts["decided"] + counts["open"]
    print(f"{counts['decided']} decisions, {len(faults)} wrong, {counts['open']} open, "
          f"in {perf_counter() - start:.1f} s")  # fmt: skip
    if seeds > 1 and counts["decided"] < 500:
        faults.append(f"{counts['decided']} decisions, where 500 are asked for")
    if counts["unexpectedly open"] > total / 20:
        faults.append(f"{counts['unexpectedly open']} of {total} were left open")
    for fault in faults:
        print(f"NOT MET: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
