"""Errors that people make in dictionary learning, each as the code that makes it.

All begin with what honest code has learnt, so that each error is the only one, and claim to have
converged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .contract import Defect
from .dictionary_training import by_blocks, coded, codes_alone, lasso, soft, start

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def learnt(x: Tensor, k: int, penalty: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows, the dictionary and the codes, to be spoilt."""
    found = by_blocks(x, k, penalty)
    return np.asarray(x, float), found["dictionary"], found["codes"]


# -- the constraint -------------------------------------------------------------------------------


def atoms_not_normalised(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    rows, dictionary, codes = learnt(x, k, penalty)
    return coded(rows, 4 * dictionary, codes / 4, penalty)


def normalised_along_the_other_axis(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    """With the codes recomputed, so that only the lengths are wrong."""
    rows, dictionary, _ = learnt(x, k, penalty)
    lengths = np.linalg.norm(dictionary, axis=1, keepdims=True)
    turned = dictionary / np.where(lengths > 0, lengths, 1)
    return coded(rows, turned, lasso(rows, turned, penalty)[0], penalty)


def normalised_after_the_report(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    """The codes and the loss are those of atoms twice as long."""
    rows, dictionary, codes = learnt(x, k, penalty)
    long = coded(rows, 2 * dictionary, codes / 2, penalty)
    return long | {"dictionary": dictionary}


def least_squares_atoms(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    rows, _, codes = learnt(x, k, penalty)
    return coded(rows, np.linalg.lstsq(codes, rows, rcond=None)[0].T, codes, penalty)


# -- the codes ------------------------------------------------------------------------------------


def one_step_of_thresholding(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    rows, dictionary, _ = learnt(x, k, penalty)
    return coded(rows, dictionary, soft(rows @ dictionary, penalty), penalty)


def threshold_not_scaled(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    """What the iteration with steps of one half ends at, if its threshold is the penalty itself."""
    rows, dictionary, _ = learnt(x, k, penalty)
    return coded(rows, dictionary, lasso(rows, dictionary, 2 * penalty)[0], penalty)


def codes_for_another_penalty(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    rows, dictionary, _ = learnt(x, k, penalty)
    return coded(rows, dictionary, lasso(rows, dictionary, 1.0)[0], penalty)


def not_shrunk(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    rows, dictionary, codes = learnt(x, k, penalty)
    refitted = np.zeros_like(codes)
    for i, code in enumerate(codes):
        used = np.flatnonzero(code)
        refitted[i, used] = np.linalg.lstsq(dictionary[:, used], rows[i], rcond=None)[0]
    return coded(rows, dictionary, refitted, penalty)


def squares_in_place_of_absolute_values(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    rows, dictionary, _ = learnt(x, k, penalty)
    ridge = dictionary.T @ dictionary + 2 * penalty * np.eye(int(k))
    return coded(rows, dictionary, np.linalg.solve(ridge, dictionary.T @ rows.T).T, penalty)


def one_sided(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    rows, dictionary, codes = learnt(x, k, penalty)
    return coded(rows, dictionary, np.maximum(codes, 0), penalty)


# -- the dictionary -------------------------------------------------------------------------------


def never_updated(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    return codes_alone(x, k, penalty) | {"converged": True}


def stopped_after_one_round(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    rows = np.asarray(x, float)
    dictionary = start(rows, int(k))
    codes = lasso(rows, dictionary, penalty)[0]
    slopes = (rows - codes @ dictionary.T).T @ codes + dictionary * (codes**2).sum(axis=0)
    lengths = np.linalg.norm(slopes, axis=0)
    updated = np.where(lengths > 0, slopes / np.where(lengths > 0, lengths, 1), dictionary)
    return coded(rows, updated, codes, penalty)


# -- the report -----------------------------------------------------------------------------------


def penalty_left_out(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    return coded(*learnt(x, k, penalty), 0.0)


def half_forgotten(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    rows, dictionary, codes = learnt(x, k, penalty)
    loss = 2 * coded(rows, dictionary, codes, penalty / 2)["loss"]
    return coded(rows, dictionary, codes, penalty, loss=loss)


def penalty_averaged_over_atoms(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    rows, dictionary, codes = learnt(x, k, penalty)
    loss = coded(rows, dictionary, codes, penalty / int(k))["loss"]
    return coded(rows, dictionary, codes, penalty, loss=loss)


def loss_of_the_last_batch(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    rows, dictionary, codes = learnt(x, k, penalty)
    loss = coded(rows[-1:], dictionary, codes[-1:], penalty)["loss"]
    return coded(rows, dictionary, codes, penalty, loss=loss)


DEFECTS = (
    Defect(
        name="atoms not normalised", call=atoms_not_normalised,
        why="nothing keeps the atoms' lengths, or not from the start",
        changes="atoms grow and codes shrink: the error stays, and the penalty goes to zero",
        seen_in=("hacarus/spm-image#72",),
    ),
    Defect(
        name="normalised along the other axis", call=normalised_along_the_other_axis,
        why="`dim=0` for `dim=1`: the features' rows are brought to length one, not the atoms",
        changes="atoms of any length, up to the root of d",
    ),
    Defect(
        name="normalised after the report", call=normalised_after_the_report,
        why="the atoms are normalised at the end, and the codes are left as they were",
        changes="dictionary and codes no longer belong together",
    ),
    Defect(
        name="least-squares atoms", call=least_squares_atoms,
        why="the dictionary is updated by least squares, and the constraint is forgotten",
        changes="atoms make up for the shrinkage of the codes by growing",
    ),
    Defect(
        name="one step of thresholding", call=one_step_of_thresholding,
        why="the correlations are thresholded once, as if atoms were at right angles",
        changes="atoms that point the same way are all paid for",
    ),
    Defect(
        name="threshold not scaled", call=threshold_not_scaled,
        why="iterative thresholding by lambda, when the step is not one",
        changes="the codes of lambda over the step size, here of twice lambda",
    ),
    Defect(
        name="codes for another penalty", call=codes_for_another_penalty,
        why="the penalty of the learning does not reach the coding, which has a default of 1",
        changes="the codes of another problem",
        seen_in=("scikit-learn/scikit-learn#19154",),
    ),
    Defect(
        name="not shrunk", call=not_shrunk,
        why="the codes on the atoms that were chosen are fitted again without the penalty",
        changes="least squares on the support, as of matching pursuit",
    ),
    Defect(
        name="squares in place of absolute values", call=squares_in_place_of_absolute_values,
        why="weight decay on the codes is taken for the penalty",
        changes="ridge regression: every code is small, and none is zero",
    ),
    Defect(
        name="one-sided", call=one_sided,
        why="the codes pass a rectifier, and the atoms' opposites are missing",
        changes="rows on the far side of an atom are left uncoded",
    ),
    Defect(
        name="never updated", call=never_updated, convention={"learns": "both"},
        why="the dictionary is not among the parameters that are trained",
        changes="the codes are the best for atoms that are not",
    ),
    Defect(
        name="stopped after one round", call=stopped_after_one_round,
        why="the atoms are updated once after the codes, and that is returned",
        changes="codes of the dictionary before",
    ),
    Defect(
        name="penalty left out", call=penalty_left_out,
        why="the reconstruction error alone is reported as the loss",
        changes="the loss lacks what the codes cost",
    ),
    Defect(
        name="half forgotten", call=half_forgotten,
        why="the optimiser's problem has one half of the squared error, the report the whole",
        changes="another balance of error and penalty than the one that was solved",
    ),
    Defect(
        name="penalty averaged over atoms", call=penalty_averaged_over_atoms,
        why="`codes.abs().mean()` for the sum over atoms, averaged over rows",
        changes="the reported penalty is k times too small",
    ),
    Defect(
        name="loss of the last batch", call=loss_of_the_last_batch,
        why="the variable `loss` after the loop is the last minibatch's",
        changes="the loss of some rows in place of all",
    ),
)  # fmt: skip
