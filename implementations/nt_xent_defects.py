"""Errors that people make in NT-Xent, each as the code that makes it.

Where a public thread is named, CONVENTIONS in the design notes the same error there, some of them
in a sibling loss of the same shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _loss(
    scores: Tensor,
    *,
    tau_positive: float,
    tau_negative: float,
    masked: float | None = float("-inf"),
) -> Tensor:
    """The mean over all rows of a square of cosines, with the self-similarity set to `masked`."""
    rows = len(scores)
    itself = torch.eye(rows, dtype=torch.bool)
    positives = scores.diagonal(rows // 2).repeat(2) / tau_positive
    terms = scores / tau_negative
    if masked is not None:
        terms = terms.masked_fill(itself, masked)
    return (terms.logsumexp(1) - positives).mean()


def _cosines(z1: Tensor, z2: Tensor) -> Tensor:
    u = torch.nn.functional.normalize(torch.cat([z1, z2]), dim=1)
    return u @ u.T


def _right(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _loss(_cosines(z1, z2), tau_positive=temperature, tau_negative=temperature)


def _of_inner_products(z: Tensor, temperature: float) -> Tensor:
    return _loss(z @ z.T, tau_positive=temperature, tau_negative=temperature)


def self_similarity_kept(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _loss(_cosines(z1, z2), tau_positive=temperature, tau_negative=temperature, masked=None)


def self_similarity_masked_by_zero(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _loss(_cosines(z1, z2), tau_positive=temperature, tau_negative=temperature, masked=0.0)


def temperature_forgotten(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _right(z1, z2, 1.0)


def temperature_multiplied(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _right(z1, z2, 1 / temperature)


def temperature_squared(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _right(z1, z2, temperature**2)


def temperature_exponentiated(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _right(z1, z2, float(torch.tensor(temperature, dtype=torch.float64).exp()))


def temperature_on_the_positive_only(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _loss(_cosines(z1, z2), tau_positive=temperature, tau_negative=1.0)


def temperature_on_the_denominator_only(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _loss(_cosines(z1, z2), tau_positive=1.0, tau_negative=temperature)


def one_direction_only(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    scores = _cosines(z1, z2) / temperature
    n = len(z1)
    own = scores.masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
    return (own[:n].logsumexp(1) - scores.diagonal(n)).mean()


def views_never_compared(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _right(z1, z1, temperature)


def normalised_over_the_batch(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    u = torch.nn.functional.normalize(torch.cat([z1, z2]), dim=0)
    return _of_inner_products(u, temperature)


def normalised_by_the_whole_norm(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    z = torch.cat([z1, z2])
    return _of_inner_products(z / z.norm(), temperature)


def not_normalised(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _of_inner_products(torch.cat([z1, z2]), temperature)


def norm_detached(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    z = torch.cat([z1, z2])
    return _of_inner_products(z / z.norm(dim=1, keepdim=True).detach(), temperature)


def positive_counted_twice(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    scores = _cosines(z1, z2) / temperature
    positives = scores.diagonal(len(z1)).repeat(2)
    others = scores.masked_fill(torch.eye(len(scores), dtype=torch.bool), -torch.inf)
    return (torch.logaddexp(others.logsumexp(1), positives) - positives).mean()


def positive_left_out(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    scores = _cosines(z1, z2) / temperature
    pair = torch.eye(len(z1), dtype=torch.bool).repeat(2, 2)
    positives = scores.diagonal(len(z1)).repeat(2)
    return (scores.masked_fill(pair, -torch.inf).logsumexp(1) - positives).mean()


def sum_in_place_of_mean(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _right(z1, z2, temperature) * 2 * len(z1)


def divided_by_n_minus_one(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _right(z1, z2, temperature) * len(z1) / (len(z1) - 1)


def neighbours_taken_for_partners(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    z = torch.cat([z1, z2])
    return _right(z[::2], z[1::2], temperature)


def second_view_detached(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    return _right(z1, z2.detach(), temperature)


def negatives_detached(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    u = torch.nn.functional.normalize(torch.cat([z1, z2]), dim=1)
    scores, n = u @ u.detach().T / temperature, len(z1)
    positives = (u * u.roll(n, 0)).sum(1) / temperature
    others = scores.masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
    return (others.logsumexp(1) - positives).mean()


def own_view_left_out(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    a, b = (torch.nn.functional.normalize(z, dim=1) for z in (z1, z2))
    logits, labels = a @ b.T / temperature, torch.arange(len(a))
    both = [torch.nn.functional.cross_entropy(x, labels) for x in (logits, logits.T)]
    return (both[0] + both[1]) / 2


def one_direction_and_own_view_left_out(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    a, b = (torch.nn.functional.normalize(z, dim=1) for z in (z1, z2))
    return torch.nn.functional.cross_entropy(a @ b.T / temperature, torch.arange(len(a)))


def mean_inside_the_logarithm(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    scores = _cosines(z1, z2) / temperature
    others = scores.masked_fill(torch.eye(len(scores), dtype=torch.bool), -torch.inf)
    terms = scores.diagonal(len(z1)).repeat(2) - others.logsumexp(1)
    return -terms.exp().mean().log()


def exponentials_unshifted(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    weights = (_cosines(z1, z2) / temperature).exp()
    positives = weights.diagonal(len(z1)).repeat(2)
    others = weights.masked_fill(torch.eye(len(weights), dtype=torch.bool), 0.0)
    return -(positives / others.sum(1)).log().mean()


def self_similarity_subtracted(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    weights = (_cosines(z1, z2) / temperature).exp()
    positives = weights.diagonal(len(z1)).repeat(2)
    itself = torch.exp(torch.tensor(1 / temperature, dtype=weights.dtype))
    return -(positives / (weights.sum(1) - itself)).log().mean()


DEFECTS = (
    Defect(
        name="self-similarity kept in the denominator",
        call=self_similarity_kept,
        why="the mask of the diagonal is forgotten, or built for N rows instead of 2N",
        changes=r"D_i = \{1, \dots, 2N\}",
    ),
    Defect(
        name="self-similarity masked by zero",
        call=self_similarity_masked_by_zero,
        why="scores are multiplied by a 0/1 mask before the exponential, which leaves e^0 = 1",
        changes=r"e^{s_{ii}} \to e^0",
    ),
    Defect(
        name="temperature forgotten",
        call=temperature_forgotten,
        why="the parameter is accepted and stored, and never used",
        changes=r"s_{ij} = u_i \cdot u_j",
        seen_in=("huiserwang/ContrastMask#4",),
    ),
    Defect(
        name="temperature multiplied",
        call=temperature_multiplied,
        why="a logit scale (CLIP's) and a temperature (SimCLR's) are each other's inverse",
        changes=r"s_{ij} = \tau\,u_i \cdot u_j",
        seen_in=("bowang-lab/BLEEP#5",),
    ),
    Defect(
        name="temperature squared",
        call=temperature_squared,
        why="both factors are divided by the temperature before the product",
        changes=r"s_{ij} = u_i \cdot u_j/\tau^2",
    ),
    Defect(
        name="temperature exponentiated",
        call=temperature_exponentiated,
        why="a plain temperature goes where a learned logarithm was expected",
        changes=r"s_{ij} = u_i \cdot u_j/e^{\tau}",
    ),
    Defect(
        name="temperature on the positive only",
        call=temperature_on_the_positive_only,
        why="numerator and denominator are written apart, and one is forgotten",
        changes=r"s_{ip} = u_i \cdot u_p/\tau,\ s_{ij} = u_i \cdot u_j\text{ below}",
    ),
    Defect(
        name="temperature on the denominator only",
        call=temperature_on_the_denominator_only,
        why="numerator and denominator are written apart, and one is forgotten",
        changes=r"s_{ip} = u_i \cdot u_p\text{ above}",
    ),
    Defect(
        name="one direction only",
        call=one_direction_only,
        why="the second half of the rows is forgotten as anchors",
        changes=r"\tfrac{1}{2N}\sum_{i \le 2N} \to \tfrac1N\sum_{i \le N}",
        seen_in=("lucidrains/DALLE-pytorch#32",),
    ),
    Defect(
        name="views never compared",
        call=views_never_compared,
        why="one view's variable is used twice",
        changes=r"z' \to z",
        seen_in=("microsoft/A-CLIP#4",),
    ),
    Defect(
        name="normalised over the batch",
        call=normalised_over_the_batch,
        why="dim=0 in place of dim=1",
        changes=r"u_{ik} = z_{ik}/\lVert z_{\cdot k}\rVert",
    ),
    Defect(
        name="normalised by the whole norm",
        call=normalised_by_the_whole_norm,
        why="the axis is left out of the norm",
        changes=r"u_i = z_i/\lVert Z\rVert_F",
        seen_in=("tensorflow/similarity#237",),
    ),
    Defect(
        name="not normalised",
        call=not_normalised,
        why="inner products are taken for cosines",
        changes=r"s_{ij} = z_i \cdot z_j/\tau",
        seen_in=("lucidrains/CoCa-pytorch#10",),
    ),
    Defect(
        name="norm detached",
        call=norm_detached,
        why="the norm is computed under no_grad",
        changes=r"\nabla: (I - uu^\top) \to I",
    ),
    Defect(
        name="positive counted twice",
        call=positive_counted_twice,
        why="the positive is concatenated with all others, among which it already is",
        changes=r"\sum_{j \ne i} e^{s_{ij}} + e^{s_{ip}}",
    ),
    Defect(
        name="positive left out of the denominator",
        call=positive_left_out,
        why="the denominator is read as a sum over negatives",
        changes=r"D_i = \{j \ne i, p(i)\}",
    ),
    Defect(
        name="sum in place of mean",
        call=sum_in_place_of_mean,
        why="the division by the number of rows is forgotten",
        changes=r"\tfrac{1}{2N}\sum \to \sum",
    ),
    Defect(
        name="divided by N-1",
        call=divided_by_n_minus_one,
        why="the number of negatives is taken for the number of rows",
        changes=r"\tfrac{1}{2N} \to \tfrac{1}{2(N-1)}",
        seen_in=("lucidrains/contrastive-learner#2",),
    ),
    Defect(
        name="neighbours taken for partners",
        call=neighbours_taken_for_partners,
        why="a concatenated batch is read as an interleaved one",
        changes=r"p(i) = i \pm 1",
    ),
    Defect(
        name="second view detached",
        call=second_view_detached,
        why="the target network's habit (BYOL, MoCo) is carried over",
        changes=r"\nabla_{z'} L = 0",
        seen_in=("facebookresearch/vissl#123",),
    ),
    Defect(
        name="negatives detached",
        call=negatives_detached,
        why="the keys are detached, as in a memory bank",
        changes=r"\sum_j (G_{ij} + G_{ji})u_j \to \sum_j G_{ij}u_j\text{ on negatives}",
    ),
    Defect(
        name="own view left out",
        call=own_view_left_out,
        why="CLIP's loss, with N-1 negatives, is taken for SimCLR's, with 2N-2",
        changes=r"D_i = \{j\text{ of the other view}\}",
    ),
    Defect(
        name="one direction only, and own view left out",
        call=one_direction_and_own_view_left_out,
        why="InfoNCE from the first view to the second, with N-1 negatives, is taken for NT-Xent",
        changes=r"\tfrac1N\sum_{i \le N},\ D_i = \{j\text{ of the other view}\}",
    ),
    Defect(
        name="mean inside the logarithm",
        call=mean_inside_the_logarithm,
        why="probabilities are averaged before the logarithm is taken",
        changes=r"-\tfrac{1}{2N}\sum\log p_i \to -\log\tfrac{1}{2N}\sum p_i",
        seen_in=("KevinMusgrave/pytorch-metric-learning#21",),
    ),
    Defect(
        name="exponentials not shifted",
        call=exponentials_unshifted,
        why="exp and log are written out; e^(1/tau) leaves float32 below tau = 0.0113",
        changes=r"\log\sum e^{s}\text{ without its maximum}",
        seen_in=("Lightning-Universe/lightning-bolts#811",),
        rounding=True,
    ),
    Defect(
        name="self-similarity subtracted",
        call=self_similarity_subtracted,
        why="e^(1/tau) is subtracted instead of masked: it cancels, and overflows",
        changes=r"\sum_j e^{s_{ij}} - e^{1/\tau}",
        seen_in=("Lightning-Universe/lightning-bolts#695",),
        rounding=True,
    ),
)
