"""Neural collapse governs how it is measured."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..implementations.collapse_metrics import COLLAPSE_METRICS as CONTRACT
from ..implementations.collapsing_classifier import on_the_way
from ..implementations.contract import Call, ContractError, Convention
from ..implementations.tensors import torch
from ..theorems.collapse_metrics import COLLAPSE_METRICS, NAMES, Metrics, metrics
from ..theorems.collapse_metrics_problems import Classified
from ..theorems.neural_collapse import NEURAL_COLLAPSE
from .pairing import Pairing, Picture

__all__ = ["PAIRING", "picture", "pose", "read"]


def refuse_classes(problem: Classified) -> None:
    """Complains by `ContractError` of classes and a classifier that do not go together."""
    K, labels = len(problem.weights), problem.labels
    counts = [labels.count(k) for k in range(K)]
    received = f"{K} rows of weights, samples of each class: {counts}"
    if K < 2:
        raise ContractError(
            "two classes or more", received, "one class has nothing to be told from"
        )
    if sum(counts) != len(problem.features) or len(labels) != len(problem.features):
        raise ContractError(
            f"a label from 0 to {K - 1} for each of {len(problem.features)} features",
            f"labels {list(labels)}",
            "number classes from 0, and give weights a row for each",
        )
    if min(counts) < 2:
        raise ContractError(
            "two samples or more of each class", received,
            "leave out a class that has none, with its row of weights; one sample alone has no "
            "spread, and is its own mean",
        )  # fmt: skip


def pose(problem: Classified, convention: Convention) -> Call:
    refuse_classes(problem)
    features, weights = np.array(problem.features), np.array(problem.weights)
    bias = None if problem.bias is None else np.array(problem.bias)
    return Call((features, torch.tensor(problem.labels), weights, bias))


def read(returned: dict[str, Any], problem: Classified, convention: Convention) -> Metrics:
    """What the code does not return is taken for right: no claim is judged by it alone."""
    variants = CONTRACT.variants(convention)
    value = metrics(problem, **variants).value.copy()
    for name, number in returned.items():
        value[NAMES.index(name)] = float(number)
    return Metrics(value, tuple(name for name in NAMES if name in returned))


def picture() -> Picture:
    """A network trained with weight decay on all layers: a trend, and no size of the theorem's."""
    seen = on_the_way()
    told = {
        "NC3: weights against class means": "nc3", "NC2: class means against a simplex": "nc2",
        "NC1: spread within classes": "nc1",
    }  # fmt: skip
    return Picture(
        ("steps of an ordinary network's training", "measures of its collapse"),
        {
            label: tuple((float(look.step), float(getattr(look, name))) for look in seen)
            for label, name in told.items()
        },
    )


PAIRING = Pairing(
    theorem=NEURAL_COLLAPSE,
    family=COLLAPSE_METRICS,
    contract=CONTRACT,
    pose=pose,
    kind="model",
    read=read,
    recognised="by its output",
    picture=picture,
)
