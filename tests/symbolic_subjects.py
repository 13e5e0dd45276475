"""Sizes, points and definitions that the tests of the symbolic twin share."""

from __future__ import annotations

from typing import Any

import numpy as np

from tightframe.checks.pairing import Pairing
from tightframe.checks.trial import Trial
from tightframe.implementations.implementation import accept
from tightframe.theorems.gaussian_kl_rows import Rows
from tightframe.theorems.nt_xent import Batch

__all__ = ["CLIP_NAMES", "CLIP_TABLES", "PAIRS", "ROWS", "clip_definition", "trial"]

PAIRS = {
    "N=2, d=2": Batch(((0.5, -1.25), (0.75, 1.5)), ((1.0, -0.25), (-0.625, 2.0)), 0.5),
    "N=3, d=1": Batch(((0.5,), (0.75,), (-1.25,)), ((1.0,), (-0.625,), (2.0,)), 0.5),
}
ROWS = {
    "n=1, k=1": Rows(((0.5,),), ((-0.75,),)),
    "n=1, k=2": Rows(((0.5, 1.25),), ((-0.75, 0.25),)),
}
CLIP_NAMES = ("image", "text", "log_scale")
CLIP_TABLES = {
    size: (np.array(batch.z1), np.array(batch.z2), np.array(0.375))
    for size, batch in PAIRS.items()
}  # fmt: skip


def trial(pairing: Pairing, target: Any, **convention: str) -> Trial:
    contract = pairing.contract
    implementation = accept(target, contract, convention=convention)
    return Trial(
        pairing=pairing, implementation=implementation,
        convention=contract.convention(convention), settled={},
    )  # fmt: skip


def clip_definition(arithmetic: Any, entries: tuple[np.ndarray, ...], scale: Any) -> Any:
    """Each image among all texts and each text among all images, averaged; its gradient is taken
    from the formula."""
    image, text = (z / arithmetic.sqrt((z * z).sum(1, keepdims=True)) for z in entries[:2])
    scores = scale * np.dot(image, text.T)
    weights = arithmetic.exp(scores)
    logs = arithmetic.log(weights.sum(1)).sum() + arithmetic.log(weights.sum(0)).sum()
    return (logs / 2 - np.trace(scores)) / len(scores), None
