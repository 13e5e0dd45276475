"""Errors that people make in the mutual information of a table, each as the code that makes it.

Every thread named was read; some are about the same quantity from samples.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .contract import Defect
from .information import entropy
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _product(p: Tensor) -> Tensor:
    """Of the marginals, cell by cell."""
    return p.sum(1, keepdim=True) * p.sum(0, keepdim=True)


def _terms(p: Tensor) -> Tensor:
    return torch.xlogy(p, p) - torch.xlogy(p, _product(p))


def _right(p: Tensor) -> Tensor:
    return _terms(p).sum()


def sign_turned(p: Tensor) -> Tensor:
    return -_right(p)


def joint_entropy_alone(p: Tensor) -> Tensor:
    return entropy(p)


def conditional_entropy(p: Tensor) -> Tensor:
    return entropy(p) - entropy(p.sum(1))


def joint_entropy_added(p: Tensor) -> Tensor:
    return entropy(p.sum(1)) + entropy(p.sum(0)) + entropy(p)


def normalised(p: Tensor) -> Tensor:
    return 2 * _right(p) / (entropy(p.sum(1)) + entropy(p.sum(0)))


def marginals_of_the_other_order(p: Tensor) -> Tensor:
    swapped = (p.sum(0)[:, None] * p.sum(1)[None, :]).flatten()
    return (torch.xlogy(p.flatten(), p.flatten()) - torch.xlogy(p.flatten(), swapped)).sum()


def uniform_marginals(p: Tensor) -> Tensor:
    return math.log(p.numel()) - entropy(p)


def one_marginal_twice(p: Tensor) -> Tensor:
    rows = p.sum(1, keepdim=True)
    return (torch.xlogy(p, p) - 2 * torch.xlogy(p, rows.expand_as(p))).sum()


def averaged_over_cells(p: Tensor) -> Tensor:
    return _terms(p).mean()


def averaged_over_rows(p: Tensor) -> Tensor:
    return torch.nn.functional.kl_div(_product(p).log(), p, reduction="batchmean")


def divergence_the_other_way(p: Tensor) -> Tensor:
    apart = _product(p)
    return (torch.xlogy(apart, apart) - torch.xlogy(apart, p)).sum()


def not_weighed(p: Tensor) -> Tensor:
    return (p.log() - _product(p).log()).sum()


def weighed_by_independence(p: Tensor) -> Tensor:
    apart = _product(p)
    return (torch.xlogy(apart, p) - torch.xlogy(apart, apart)).sum()


def positive_part(p: Tensor) -> Tensor:
    return _terms(p).clamp(min=0).sum()


def likeliest_cell(p: Tensor) -> Tensor:
    return (p / _product(p)).max().log()


def bases_mixed(p: Tensor) -> Tensor:
    return torch.xlogy(p, p).sum() / math.log(2) - torch.xlogy(p, _product(p)).sum()


def converted_the_wrong_way(p: Tensor) -> Tensor:
    return _right(p) * math.log(2)


def empty_cells_are_nan(p: Tensor) -> Tensor:
    return (p * (p / _product(p)).log()).sum()


DEFECTS = (
    Defect(
        name="sign turned", call=sign_turned,
        why="the ratio is inverted, or the entropies are subtracted the other way round",
        changes=r"H(Y) - H(Y|X) \to H(Y|X) - H(Y)", seen_in=("christiando/gaussian-toolbox#29",),
    ),
    Defect(
        name="the joint entropy alone", call=joint_entropy_alone,
        why="the last line, which subtracts it from the marginal ones, is lost",
        changes=r"I \to H(X, Y)", seen_in=("JuliaDynamics/TransferEntropy.jl#85",),
    ),
    Defect(
        name="the conditional entropy", call=conditional_entropy,
        why="the chain rule is stopped half way", changes=r"I \to H(Y|X)",
    ),
    Defect(
        name="joint entropy added", call=joint_entropy_added,
        why="the minus is lost among minus signs: entropies have one of their own",
        changes=r"-H(X, Y) \to +H(X, Y)",
    ),
    Defect(
        name="normalised", call=normalised,
        why="the normalised score is taken for the information",
        changes=r"I \to 2I/(H(X) + H(Y))",
    ),
    Defect(
        name="marginals in the other order", call=marginals_of_the_other_order,
        why="the cells are read by rows, and the products of the marginals by columns",
        changes=r"p_{i\cdot}p_{\cdot j} \to p_{\cdot i}p_{j\cdot}",
    ),
    Defect(
        name="uniform marginals", call=uniform_marginals,
        why="the marginals are averages where sums are meant, or taken for uniform",
        changes=r"p_{i\cdot}p_{\cdot j} \to \tfrac1{mn}",
    ),
    Defect(
        name="one marginal twice", call=one_marginal_twice,
        why="the axis is not changed when the line is copied",
        changes=r"p_{\cdot j} \to p_{i\cdot}",
    ),
    Defect(
        name="averaged over cells", call=averaged_over_cells,
        why="mean in place of sum, or the default reduction of kl_div",
        changes=r"\sum_{ij} \to \tfrac1{mn}\sum_{ij}",
    ),
    Defect(
        name="averaged over rows", call=averaged_over_rows,
        why="the rows of the table are taken for a batch (reduction='batchmean')",
        changes=r"\sum_{ij} \to \tfrac1m\sum_{ij}",
    ),
    Defect(
        name="the divergence the other way", call=divergence_the_other_way,
        why="the two arguments of a divergence are exchanged",
        changes=r"KL(p\,\|\,p_{i\cdot}p_{\cdot j}) \to KL(p_{i\cdot}p_{\cdot j}\,\|\,p)",
    ),
    Defect(
        name="not weighed", call=not_weighed,
        why="the weight in front of the logarithm is lost",
        changes=r"p_{ij}\log r_{ij} \to \log r_{ij}",
    ),
    Defect(
        name="weighed by the product of the marginals", call=weighed_by_independence,
        why="the mean is taken over the wrong distribution",
        changes=r"p_{ij}\log r_{ij} \to p_{i\cdot}p_{\cdot j}\log r_{ij}",
    ),
    Defect(
        name="negative terms cut off", call=positive_part,
        why="the information is not negative, so each term is thought to be",
        changes=r"p_{ij}\log r_{ij} \to \max(0, p_{ij}\log r_{ij})",
    ),
    Defect(
        name="the largest log-ratio", call=likeliest_cell,
        why="the maximum in place of the mean (the information leaked at worst)",
        changes=r"\sum_{ij}p_{ij}\log r_{ij} \to \max_{ij}\log r_{ij}",
    ),
    Defect(
        name="bases mixed", call=bases_mixed,
        why="one logarithm is to base two, the other natural",
        changes=r"\log p_{ij} \to \log_2 p_{ij}",
    ),
    Defect(
        name="converted to bits the wrong way", call=converted_the_wrong_way,
        why="multiplied by log 2 in place of divided", changes=r"/\log 2 \to \cdot\log 2",
        seen_in=("JuliaDynamics/ComplexityMeasures.jl#256",),
    ),
    Defect(
        name="empty cells are not a number", call=empty_cells_are_nan,
        why="zero times the logarithm of zero is left to the machine",
        changes=r"0\log 0 = 0 \to \mathrm{NaN}", seen_in=("bowman-lab/enspara#139",),
    ),
)  # fmt: skip
