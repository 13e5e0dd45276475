"""How the tests of contracts have code judged, and what they measure oracles by."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.judge import judge
from tightframe.checks.pairing import Pairing
from tightframe.checks.verdict import Judgement
from tightframe.implementations.implementation import accept
from tightframe.theorems.theorem import Evaluation

Variants = dict[str, str]


def judged(pairing: Pairing, target: Any, *, budget: str = "quick", **how: Any) -> Judgement:
    return judge(pairing, accept(target, pairing.contract, **how), budget=budget)


def declared(pairing: Pairing, **axes: str) -> dict[str, Any]:
    """Everything declared: the canonical convention but for `axes`, and the hidden parameters."""
    contract = pairing.contract
    return {"convention": contract.convention(axes), "fixed": dict(contract.hidden)}


@cache
def known_error(contract: str, name: str) -> Judgement:
    """The judgement of a known error, everything declared."""
    pairing = PAIRINGS[contract]
    (defect,) = (d for d in pairing.contract.defects if d.name == name)
    return judged(pairing, defect.call, **declared(pairing, **defect.convention))


def condemning(contract: str, name: str) -> list[str]:
    """The claims that condemn a known error."""
    return [v.claim for v in known_error(contract, name).violations]


def variants(contract: str) -> Iterator[Variants]:
    """Every choice of the contract's variants that has a closed form."""
    axes = [axis for axis in PAIRINGS[contract].contract.axes if axis.variant]
    for options in product(*(axis.options for axis in axes)):
        chosen = {a.name: o.name for a, o in zip(axes, options, strict=True)}
        if not {"bernoulli", "sampled"} <= set(chosen.values()):  # nobody is held to it
            yield chosen


def used(family: Any, problem: Any, variants: Variants, claim: Any) -> float:
    """The share of one rounding unit that the oracle's own answers use of a claim's slack."""
    truth = family.oracle(problem, **variants)
    others = [family.oracle(other, **variants) for other in claim.related(problem)]
    output = Evaluation(truth.value, truth.gradient)
    return -claim.slack(problem, truth, output, *others) / claim.unit(problem, truth, output)
