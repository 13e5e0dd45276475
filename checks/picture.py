"""What people look at: the theorem as lines, and our own code as points on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..implementations.implementation import accept
from ..theorems.theorem import Problem, Truth
from .pairing import Pairing, Picture
from .trial import Trial

__all__ = ["along"]

Line = Callable[[Problem, Truth], float]


def along(
    pairing: Pairing,
    path: Sequence[tuple[float, Problem]],
    axes: tuple[str, str],
    lines: Mapping[str, Line],
) -> Picture:
    """The value along a path of problems, by definition and by the first reference, with further
    `lines` (a floor, a bound) computed from each problem and its truth."""
    contract = pairing.contract
    name, coding = next(iter(contract.references.items()))
    convention = contract.convention(contract.followed_by(name))
    trial = Trial(
        pairing=pairing, implementation=accept(coding, contract, name=name, convention=convention),
        convention=convention, settled={}, with_gradient=False,
    )  # fmt: skip
    truths = [(x, problem, trial.truth(problem)) for x, problem in path]
    series = {"definition": tuple((x, _total(truth.value)) for x, _, truth in truths)}
    for label, line in lines.items():
        series[label] = tuple((x, line(problem, truth)) for x, problem, truth in truths)
    series[f"code: {name}"] = tuple((x, _total(trial.output(p).value)) for x, p, _ in truths)
    return Picture(axes, series)


def _total(value: np.ndarray) -> float:
    return float(np.sum(value))
