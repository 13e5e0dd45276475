"""Errors that people make in the information bottleneck of a table, each as the code that makes it.

All are errors of a search that says that it ended at the best description.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .contract import Defect
from .information_bottleneck_search import Update, alternating, kept, rule, search, starts

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]

Kept = tuple[float, float]


def _first(p_xy: Tensor, beta: float, turn: Update = rule) -> tuple[np.ndarray, np.ndarray]:
    """The table, and where the search from the first start ends."""
    p = np.asarray(p_xy)
    return p, search(next(starts(len(p))), p, beta, turn)


def _entropy(shares: np.ndarray) -> float:
    seen = shares[shares > 0]
    return float(-(seen * np.log(seen)).sum())


def beta_divided_by(p_xy: Tensor, beta: float) -> Kept:
    p, labels = _first(p_xy, 1 / beta)
    return kept(labels, p)


def divergence_in_bits(p_xy: Tensor, beta: float) -> Kept:
    p, labels = _first(p_xy, beta / float(np.log(2)))
    return kept(labels, p)


def divergence_turned_round(p_xy: Tensor, beta: float) -> Kept:
    def turn(labels: np.ndarray, p: np.ndarray, beta: float) -> np.ndarray:
        given_x = np.maximum(p / p.sum(1, keepdims=True), 1e-12)
        of_t = np.maximum(labels.T @ p.sum(1), 1e-300)
        given_t = np.maximum((labels.T @ p) / of_t[:, None], 1e-12)
        apart = (given_t * np.log(given_t)).sum(1) - np.log(given_x) @ given_t.T
        score = np.log(of_t) - beta * apart
        share = np.exp(score - score.max(1, keepdims=True))
        return np.asarray(share / share.sum(1, keepdims=True))

    p, labels = _first(p_xy, beta, turn)
    return kept(labels, p)


def one_turn(p_xy: Tensor, beta: float) -> Kept:
    p = np.asarray(p_xy)
    return kept(rule(next(starts(len(p))), p, beta), p)


def labels_that_never_say_anything(p_xy: Tensor, beta: float) -> Kept:
    p = np.asarray(p_xy)
    return kept(search(np.full((len(p), len(p)), 1 / len(p)), p, beta), p)


def sorted_hard(p_xy: Tensor, beta: float) -> Kept:
    def turn(labels: np.ndarray, p: np.ndarray, beta: float) -> np.ndarray:
        return np.asarray(np.eye(len(p))[rule(labels, p, beta).argmax(1)])

    p, labels = _first(p_xy, beta, turn)
    return kept(labels, p)


def entropy_of_the_labels(p_xy: Tensor, beta: float) -> Kept:
    p, labels = _first(p_xy, beta)
    return _entropy(labels.T @ p.sum(1)), kept(labels, p)[1]


def what_is_left_of_x(p_xy: Tensor, beta: float) -> Kept:
    p, labels = _first(p_xy, beta)
    rate, relevance = kept(labels, p)
    return _entropy(p.sum(1)) - rate, relevance


def relevance_of_x_itself(p_xy: Tensor, beta: float) -> Kept:
    p, labels = _first(p_xy, beta)
    return kept(labels, p)[0], kept(np.eye(len(p)), p)[1]


def outcomes_weighted_alike(p_xy: Tensor, beta: float) -> Kept:
    p, labels = _first(p_xy, beta)
    alike = p / p.sum(1, keepdims=True) / len(p)
    return kept(labels, alike)


def exchanged(p_xy: Tensor, beta: float) -> Kept:
    rate, relevance = alternating(p_xy, beta)
    return relevance, rate


def y_described_in_place_of_x(p_xy: Tensor, beta: float) -> Kept:
    return alternating(p_xy.mT, beta)


ENDED = {"search": "yes"}

DEFECTS = (
    Defect(
        name="divided by beta", call=beta_divided_by, convention=ENDED,
        why="beta is taken for a temperature", changes=r"e^{-\beta\,\mathrm{KL}} \to "
        r"e^{-\mathrm{KL}/\beta}",
    ),
    Defect(
        name="divergence in bits", call=divergence_in_bits, convention=ENDED,
        why="bits are reported, and so computed in the exponent too, where e stays the base",
        changes=r"\beta \to \beta/\log 2",
    ),
    Defect(
        name="divergence turned round", call=divergence_turned_round, convention=ENDED,
        why="the two arguments of the divergence are exchanged",
        changes=r"\mathrm{KL}(p(y|x)\,\|\,p(y|t)) \to \mathrm{KL}(p(y|t)\,\|\,p(y|x))",
    ),
    Defect(
        name="one turn", call=one_turn, convention=ENDED,
        why="the loop returns from inside", changes="the labels after a single turn",
    ),
    Defect(
        name="labels that never say anything", call=labels_that_never_say_anything,
        convention=ENDED,
        why="a search that starts from uniform labels has ended before it began",
        changes=r"p(t|x) \to p(t)",
    ),
    Defect(
        name="sorted hard", call=sorted_hard, convention=ENDED,
        why="each outcome is given the label that is best for it",
        changes=r"p(t|x) \to \arg\max_t p(t|x)",
    ),
    Defect(
        name="entropy of the labels", call=entropy_of_the_labels, convention=ENDED,
        why="that of the labels given x is taken for nothing, as if they were hard",
        changes=r"I(X;T) \to H(T)",
    ),
    Defect(
        name="what is left of x", call=what_is_left_of_x, convention=ENDED,
        why="the conditional entropy is returned, and not taken from the entropy",
        changes=r"I(X;T) \to H(X|T)",
    ),
    Defect(
        name="relevance of x itself", call=relevance_of_x_itself, convention=ENDED,
        why="what x tells of y stands where what the labels tell should",
        changes=r"I(T;Y) \to I(X;Y)",
    ),
    Defect(
        name="outcomes weighted alike", call=outcomes_weighted_alike, convention=ENDED,
        why="means over the outcomes of x forget how often they come",
        changes=r"p(x) \to 1/m",
    ),
    Defect(
        name="exchanged", call=exchanged, convention=ENDED,
        why="the curve's axes are returned in the other order",
        changes=r"(I_x, I_y) \to (I_y, I_x)",
    ),
    Defect(
        name="y described in place of x", call=y_described_in_place_of_x, convention=ENDED,
        why="the table is read with y in its rows", changes=r"p(x, y) \to p(y, x)",
    ),
)  # fmt: skip
