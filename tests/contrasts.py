"""Contrastive losses written out, in eighty digits, for the tests of their oracles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
from quantized import QUANTIZED, quantized_by_hand, with_parts_held

from tightframe.theorems.alignment import Pairs
from tightframe.theorems.clip import Captioned
from tightframe.theorems.labelled_batch import LabelledBatch
from tightframe.theorems.masked_loss import Masked
from tightframe.theorems.nt_xent_problems import Batch
from tightframe.theorems.siamese_problems import Predicted
from tightframe.theorems.siglip import Biased
from tightframe.theorems.spectral_loss import Views
from tightframe.theorems.uniformity import Cloud

__all__ = ["CONTRASTS", "HAND", "SPHERES", "STOPPED", "SURROGATES", "TABLES", "nt_xent_by_hand"]

HAND = mpmath.MPContext()
HAND.dps = 80

Rows = list[list[Any]]


def rows(table: Sequence[Sequence[float]]) -> Rows:
    return [[HAND.mpf(x) for x in row] for row in table]


def cosine(a: Sequence[Any], b: Sequence[Any]) -> Any:
    lengths = HAND.sqrt(sum(x * x for x in a)) * HAND.sqrt(sum(x * x for x in b))
    return sum(x * y for x, y in zip(a, b, strict=True)) / lengths


def nt_xent_by_hand(problem: Batch, positive_in_denominator: str) -> list[Any]:
    z, tau = rows((*problem.z1, *problem.z2)), HAND.mpf(problem.temperature)
    n, losses = len(problem.z1), []
    for i, anchor in enumerate(z):
        partner = (i + n) % (2 * n)
        left_out = {i} if positive_in_denominator == "yes" else {i, partner}
        terms = [HAND.exp(cosine(anchor, b) / tau) for j, b in enumerate(z) if j not in left_out]
        losses.append(HAND.log(sum(terms)) - cosine(anchor, z[partner]) / tau)
    return [sum(losses) / (2 * n)]


def info_nce_by_hand(problem: Batch, direction: str) -> list[Any]:
    q, k, tau = rows(problem.z1), rows(problem.z2), HAND.mpf(problem.temperature)

    def loss(anchors: Rows, others: Rows) -> Any:
        terms = [
            HAND.log(sum(HAND.exp(cosine(a, b) / tau) for b in others)) - cosine(a, own) / tau
            for a, own in zip(anchors, others, strict=True)
        ]
        return sum(terms) / len(terms)

    both = loss(q, k) + loss(k, q)
    return [{"one": loss(q, k), "both": both / 2, "both summed": both}[direction]]


def explicit_by_hand(problem: Any, negatives: str = "shared") -> list[Any]:
    """InfoNCE with negatives of their own; MoCo's loss in other words."""
    (q, p, w), tau = (rows(table) for table in problem[:3]), HAND.mpf(problem.temperature)
    losses, each = [], len(w) // len(q)
    for i, (query, own) in enumerate(zip(q, p, strict=True)):
        others = w if negatives == "shared" else w[i * each : (i + 1) * each]
        terms = [HAND.exp(cosine(query, other) / tau) for other in (own, *others)]
        losses.append(HAND.log(sum(terms)) - cosine(query, own) / tau)
    return [sum(losses) / len(losses)]


def supcon_by_hand(
    problem: LabelledBatch, positives: str = "outside the log", without_positive: str = "skipped"
) -> list[Any]:
    kept = list(zip(rows(problem.features), problem.labels, strict=True))
    if without_positive == "left out":
        kept = [(z, y) for z, y in kept if problem.labels.count(y) > 1]
    tau, losses = HAND.mpf(problem.temperature), []
    for i, (anchor, label) in enumerate(kept):
        others = [(z, y) for j, (z, y) in enumerate(kept) if j != i]
        total = sum(HAND.exp(cosine(anchor, z) / tau) for z, _ in others)
        shares = [HAND.exp(cosine(anchor, z) / tau) / total for z, y in others if y == label]
        if shares and positives == "outside the log":
            losses.append(-sum(map(HAND.log, shares)) / len(shares))
        elif shares:
            losses.append(-HAND.log(sum(shares) / len(shares)))
    return [sum(losses) / (len(kept) if without_positive == "zero" else len(losses))]


def products(problem: Any, normalises: str) -> Rows:
    """The inner products of images and texts, or their cosines."""
    image, text = rows(problem.image), rows(problem.text)
    if normalises != "no":
        return [[cosine(a, b) for b in text] for a in image]
    return [[sum(x * y for x, y in zip(a, b, strict=True)) for b in text] for a in image]


def clip_by_hand(problem: Captioned, normalises: str) -> list[Any]:
    table, scale = products(problem, normalises), HAND.mpf(problem.logit_scale)
    terms = [
        HAND.log(sum(HAND.exp(scale * x) for x in line)) - scale * line[i]
        for way in (table, list(zip(*table, strict=True)))
        for i, line in enumerate(way)
    ]
    return [sum(terms) / len(terms)]


def siglip_by_hand(problem: Biased, normalises: str) -> list[Any]:
    table = products(problem, normalises)
    scale, bias = HAND.mpf(problem.logit_scale), HAND.mpf(problem.logit_bias)
    terms = [
        HAND.log(1 + HAND.exp((-1 if i == j else 1) * (scale * x + bias)))
        for i, line in enumerate(table) for j, x in enumerate(line)
    ]  # fmt: skip
    return [sum(terms) / len(table)]


def alignment_by_hand(problem: Pairs) -> list[Any]:
    """Through the law of cosines."""
    pairs, alpha = zip(rows(problem.x), rows(problem.y), strict=True), HAND.mpf(problem.alpha)
    return [sum((2 - 2 * cosine(x, y)) ** (alpha / 2) for x, y in pairs) / len(problem.x)]


def uniformity_by_hand(problem: Cloud, pairs: str) -> list[Any]:
    x, t = rows(problem.x), HAND.mpf(problem.t)
    terms = [
        HAND.exp(t * (2 * cosine(a, b) - 2))
        for i, a in enumerate(x) for j, b in enumerate(x) if i < j or pairs == "all"
    ]  # fmt: skip
    return [HAND.log(sum(terms) / len(terms))]


def siamese_by_hand(problem: Predicted, similarity: str, weight: int) -> list[Any]:
    p1, p2, z1, z2 = map(rows, problem)
    terms = [cosine(p, z) for pair in ((p1, z2), (p2, z1)) for p, z in zip(*pair, strict=True)]
    parts = {"2-2cos": (2, 2), "-cos": (0, 1), "1-cos": (1, 1), "-2cos": (0, 2)}
    offset, factor = parts[similarity]
    return [weight * sum(offset - factor * term for term in terms) / len(terms)]


def spectral_by_hand(problem: Views, negatives: str, lengths: str) -> list[Any]:
    def entering(row: list[Any]) -> list[Any]:
        norm = HAND.sqrt(sum(x * x for x in row))
        scale = {"free": 1, "one": norm, "at most one": max(norm, HAND.mpf(1))}[lengths]
        return [x / scale for x in row]

    z1, z2 = (list(map(entering, rows(table))) for table in problem)
    n, total, squares = len(z1), HAND.mpf(0), []
    for i, a in enumerate(z1):
        for j, b in enumerate(z2):
            score = sum(x * y for x, y in zip(a, b, strict=True))
            total -= 2 * score / n if i == j else 0
            squares += [score**2] if i != j or negatives == "all pairs" else []
    return [total + sum(squares) / len(squares)]


def masked_by_hand(problem: Masked, patches: str) -> list[Any]:
    total, n, p = HAND.mpf(0), len(problem.mask), len(problem.mask[0])
    removed = sum(map(sum, problem.mask))
    for x, x_hat, mask in zip(*problem, strict=True):
        for a, b, gone in zip(x, x_hat, mask, strict=True):
            squares = [(HAND.mpf(s) - HAND.mpf(t)) ** 2 for s, t in zip(a, b, strict=True)]
            counted = {
                "all": n * p, "removed of all": n * p, "removed": removed,
                "removed by sample": n * sum(mask),
            }[patches]  # fmt: skip
            if gone or patches == "all":
                total += sum(squares) / len(squares) / HAND.mpf(counted)
    return [total]


ROWS = ((0.3, -1.1, 0.7), (1.3, 0.2, -0.6), (-0.4, 0.9, 0.1), (0.2, -1.4, 0.9))
SPHERES = {
    "alignment": Pairs(ROWS, ((1.7, -0.3, 0.6), (-0.1, 0.8, 0.35), *ROWS[:2]), 1.3),
    "uniformity": Cloud(ROWS, 1.3),
    "byol": Predicted(ROWS, ROWS[::-1], ROWS[1:] + ROWS[:1], ((1.7, -0.3, 0.6),) * 4),
    "spectral-contrastive": Views(ROWS, ((0.3, -0.1, 0.2), *ROWS[::-1][1:])),
    "vq": QUANTIZED,
    "masked-reconstruction": Masked(
        (ROWS, ROWS[::-1]),
        (ROWS[1:] + ROWS[:1], ROWS),
        ((0.0, 1.0, 1.0, 1.0), (1.0, 0.0, 0.0, 0.0)),
    ),
    "simsiam": Predicted(ROWS, ROWS[::-1], ROWS[1:] + ROWS[:1], ((1.7, -0.3, 0.6),) * 4),
}
SURROGATES = {"vq": with_parts_held}  # whose slope is the gradient, where the value's is not
STOPPED = {"moco": ("key", "queue"), "byol": ("z1", "z2"), "simsiam": ("z1", "z2")}  # no gradient
TABLES = {
    "alignment": ("x", "y"),
    "uniformity": ("x",),
    "byol": ("p1", "p2", "z1", "z2"),
    "spectral-contrastive": ("z1", "z2"),
    "vq": ("z", "codebook"),
    "masked-reconstruction": ("x_hat",),
    "simsiam": ("p1", "p2", "z1", "z2"),
    "nt-xent": ("z1", "z2"),
    "info-nce": ("z1", "z2"),
    "supcon": ("features",),
    "info-nce-explicit": ("query", "positive", "negatives"),
    "moco": ("query", "key", "queue"),
    "clip": ("image", "text"),
    "siglip": ("image", "text", "logit_scale", "logit_bias"),
}
CONTRASTS = {
    "alignment": alignment_by_hand,
    "uniformity": uniformity_by_hand,
    "byol": lambda problem, similarity: siamese_by_hand(problem, similarity, 2),
    "spectral-contrastive": spectral_by_hand,
    "vq": quantized_by_hand,
    "masked-reconstruction": masked_by_hand,
    "simsiam": lambda problem, similarity: siamese_by_hand(problem, similarity, 1),
    "nt-xent": nt_xent_by_hand,
    "info-nce": info_nce_by_hand,
    "supcon": supcon_by_hand,
    "info-nce-explicit": explicit_by_hand,
    "moco": explicit_by_hand,
    "clip": clip_by_hand,
    "siglip": siglip_by_hand,
}
