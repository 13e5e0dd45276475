"""Errors that people make in denoisers of masked, and of salted and peppered data, each as the code
that makes it.

Every thread named was read: those on the noise itself are about the law that a denoiser of it would
be built on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]

SALT = {"corruption": "salt-and-pepper"}


def _mean(logits: Tensor, points: Tensor) -> Tensor:
    return logits.softmax(1) @ points


def _masked(y: Tensor, points: Tensor, keep: float, true_zero: float, mask: float) -> Tensor:
    """Log-likelihoods [n, c]: what a coordinate adds that is seen, that is a zero of the point's
    own, and that is masked."""
    seen, x = y[:, None, :], points[None]
    zero, own = (x == 0).to(x.dtype), (seen == x).to(x.dtype)
    chance = true_zero * zero + mask * (1 - zero)
    return torch.where(seen == 0, chance, keep * own).log().sum(2)


def _salted(
    y: Tensor, points: Tensor, keep: float, agreeing: tuple[float, float],
    replaced: tuple[float, float],
) -> Tensor:  # fmt: skip
    """The same: of other values, of pepper and salt that the point has itself, and that it has
    not."""
    seen, x = y[:, None, :], points[None]
    same = (seen == x).to(x.dtype)
    chance = keep * same
    for value, own, other in zip((0.0, 1.0), agreeing, replaced, strict=True):
        chance = torch.where(seen == value, own * same + other * (1 - same), chance)
    return chance.log().sum(2)


# -- masking --------------------------------------------------------------------------------------


def zeros_as_data(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    squares = (y[:, None, :] - points).square().sum(2)
    return _mean(w.log() - squares / (2 * rate), points)


def kept_ignored(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    return torch.where(y == 0, w @ points / w.sum(), y)


def rate_reversed(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    return _mean(w.log() + _masked(y, points, rate, 1.0, 1 - rate), points)


def zeros_as_masks(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    return _mean(w.log() + _masked(y, points, 1 - rate, rate, rate), points)


def zeros_as_kept(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    return _mean(w.log() + _masked(y, points, 1 - rate, 1 - rate, rate), points)


def prior_forgotten(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    return _mean(0 * w + _masked(y, points, 1 - rate, 1.0, rate), points)


def plain_mean(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    return _mean(0 * w + _masked(y, points, 1.0, 1.0, 1.0), points)


def likeliest(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    best = (w.log() + _masked(y, points, 1 - rate, 1.0, rate)).argmax(1)
    return points[best] + 0 * w.sum()


def over_the_batch(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    joint = (w.log() + _masked(y, points, 1 - rate, 1.0, rate)).exp()
    return joint / joint.sum(0).clamp(min=1e-30) @ points


def not_divided(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    return (w.log() + _masked(y, points, 1 - rate, 1.0, rate)).exp() @ points


def divided_by_the_kept(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    return _mean(w.log() + _masked(y, points, 1 - rate, 1.0, rate), points) / (1 - rate)


def masks_alone(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    """E[X_j | y, j masked], coordinate by coordinate: what is learnt of a loss on these alone."""
    columns = []
    for j in range(y.shape[1]):
        others = torch.cat([y[:, :j], y[:, j + 1 :]], 1)
        rest = torch.cat([points[:, :j], points[:, j + 1 :]], 1)
        logits = w.log() + _masked(others, rest, 1 - rate, 1.0, rate)
        agreeing = (y[:, j, None] == 0) | (y[:, j, None] == points[:, j])
        logits = logits.masked_fill(~agreeing, -torch.inf)
        columns.append(logits.softmax(1) @ points[:, j])
    return torch.stack(columns, 1)


def multiplied(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    """Right, and out of range for images."""
    joint = w * _masked(y, points, 1 - rate, 1.0, rate).exp()
    return joint @ points / joint.sum(1, keepdim=True)


# -- salt and pepper ------------------------------------------------------------------------------


def not_halved(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    logits = _salted(y, points, 1 - rate, (1.0, 1.0), (rate, rate))
    return _mean(w.log() + logits, points)


def agreement_forgotten(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    logits = _salted(y, points, 1 - rate, (1 - rate, 1 - rate), (rate / 2, rate / 2))
    return _mean(w.log() + logits, points)


def salt_believed(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    logits = _salted(y, points, 1 - rate, (1 - rate / 2, 1.0), (rate / 2, 0.0))
    return _mean(w.log() + logits, points)


def extremes_left_out(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    logits = _salted(y, points, 1 - rate, (1.0, 1.0), (1.0, 1.0))
    return _mean(w.log() + logits, points)


def one_after_the_other(y: Tensor, w: Tensor, points: Tensor, *, rate: float) -> Tensor:
    half = rate / 2
    kept, salted = (1 - half) ** 2, half * (1 - half)
    logits = _salted(y, points, kept, (half + kept, salted + kept), (half, salted))
    return _mean(w.log() + logits, points)


DEFECTS = (
    Defect(
        name="masked zeros taken as data",
        call=zeros_as_data,
        why="points are weighed by their distance to y, in which a mask counts as a zero",
        changes=r"r^{m_c} \to e^{-\lVert y - x_c\rVert^2/2r}",
    ),
    Defect(
        name="kept coordinates ignored",
        call=kept_ignored,
        why="masks are filled with the mean, whatever is seen beside them",
        changes=r"\mathbb{E}[X_j \mid y] \to \mathbb{E}[X_j]",
    ),
    Defect(
        name="rate of keeping",
        call=rate_reversed,
        why="the probability of being kept is taken for that of being masked",
        changes=r"r \to 1 - r",
    ),
    Defect(
        name="every zero taken for a mask",
        call=zeros_as_masks,
        why="a zero of the data's own cannot be told from a mask, and is as likely a mask as "
        "another value is",
        changes=r"\rho = r \to 1",
        seen_in=("TencentAILabHealthcare/scBERT#25",),
    ),
    Defect(
        name="true zeros never masked",
        call=zeros_as_kept,
        why="a point that is zero there explains a zero by being kept alone, though a mask would "
        "have shown the same",
        changes=r"\rho = r \to r/(1 - r)",
    ),
    Defect(
        name="weights of the prior forgotten",
        call=prior_forgotten,
        why="points are weighed by their likelihoods alone",
        changes=r"w_c\,r^{m_c} \to r^{m_c}",
    ),
    Defect(
        name="plain mean of the matching points",
        call=plain_mean,
        why="the points that agree with what is seen are averaged, all alike",
        changes=r"w_c\,r^{m_c} \to 1",
    ),
    Defect(
        name="likeliest point",
        call=likeliest,
        why="the mode of the posterior in place of its mean",
        changes=r"\sum_c p(c \mid y)\,x_c \to x_{\arg\max p(c \mid y)}",
    ),
    Defect(
        name="softmax over the batch",
        call=over_the_batch,
        why="the wrong axis: each point's shares add to one over the observations",
        changes=r"\sum_c p(c \mid y_i) = 1 \to \sum_i p(c \mid y_i) = 1",
    ),
    Defect(
        name="not divided by the evidence",
        call=not_divided,
        why="likelihoods times weights do not add to one over the points",
        changes=r"p(c \mid y) \to p(c, y)",
    ),
    Defect(
        name="divided by the share that is kept",
        call=divided_by_the_kept,
        why="the estimate is rescaled as dropout rescales its input; denoising autoencoders do "
        "not, and a mean needs none",
        changes=r"\hat x \to \hat x/(1 - r)",
        seen_in=("Lasagne/Lasagne#10",),
    ),
    Defect(
        name="trained on the masks alone",
        call=masks_alone,
        why="the loss is on the masked coordinates: what is learnt takes every zero for a mask, "
        "of the coordinate that it estimates",
        changes=r"\mathbb{E}[X_j \mid y] \to \mathbb{E}[X_j \mid y, j \text{ masked}]",
    ),
    Defect(
        name="probabilities multiplied",
        call=multiplied,
        why="right in real arithmetic; of an image the product underflows",
        changes=r"\operatorname{softmax}(\log w_c + \textstyle\sum_j\log p_{cj}) \to "
        r"w_c\prod_j p_{cj}/\sum",
        rounding=True,
    ),
    Defect(
        name="rate of salt not halved",
        call=not_halved,
        why="salt and pepper are each put with the whole of the rate",
        changes=r"r/(2 - r) \to r",
        convention=SALT,
    ),
    Defect(
        name="accidental agreement forgotten",
        call=agreement_forgotten,
        why="what is salted may have been white before: an extreme value of the point's own is "
        "taken to have been kept",
        changes=r"1 - r/2 \to 1 - r",
        convention=SALT,
    ),
    Defect(
        name="salt believed",
        call=salt_believed,
        why="ones are taken as they are: what is right for masks, which are zeros",
        changes=r"V = \{0, 1\} \to \{0\}",
        convention=SALT,
    ),
    Defect(
        name="extreme values left out",
        call=extremes_left_out,
        why="whatever may be noise is given up, and tells nothing",
        changes=r"r/(2 - r) \to 1",
        convention=SALT,
    ),
    Defect(
        name="salt, and then pepper on top",
        call=one_after_the_other,
        why="two passes of half the rate, the second over the salt of the first: fewer are "
        "replaced than the rate says, and more of them are black",
        changes=r"\tfrac r2, \tfrac r2 \to \tfrac r2(1 - \tfrac r2), \tfrac r2",
        convention=SALT,
        seen_in=("scikit-image/scikit-image#2223",),
    ),
)
