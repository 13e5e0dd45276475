"""Errors that people make in the KL between two Gaussians, each as the code that makes it.

Every thread named was read; some are about the same term in a sibling formula.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _parts(
    mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor
) -> tuple[Tensor, Tensor, Tensor, int]:
    """The trace, the mean's term, the log-ratio of volumes, the dimension."""
    shift = mu1 - mu0
    trace = torch.linalg.solve(cov1, cov0).trace()
    form = shift @ torch.linalg.solve(cov1, shift)
    return trace, form, torch.logdet(cov1) - torch.logdet(cov0), len(mu0)


def arguments_exchanged(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, form, volumes, d = _parts(mu1, cov1, mu0, cov0)
    return 0.5 * (trace + form - d + volumes)


def sign_of_the_volumes(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, form, volumes, d = _parts(mu0, cov0, mu1, cov1)
    return 0.5 * (trace + form - d - volumes)


def volumes_dropped(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, form, _, d = _parts(mu0, cov0, mu1, cov1)
    return 0.5 * (trace + form - d)


def volumes_not_halved(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, form, volumes, d = _parts(mu0, cov0, mu1, cov1)
    return 0.5 * (trace + form - d) + volumes


def factor_of_the_cholesky_lost(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, form, volumes, d = _parts(mu0, cov0, mu1, cov1)
    return 0.5 * (trace + form - d + volumes / 2)


def dimension_dropped(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, form, volumes, _ = _parts(mu0, cov0, mu1, cov1)
    return 0.5 * (trace + form + volumes)


def one_in_place_of_the_dimension(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, form, volumes, _ = _parts(mu0, cov0, mu1, cov1)
    return 0.5 * (trace + form - 1 + volumes)


def mean_not_halved(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, form, volumes, d = _parts(mu0, cov0, mu1, cov1)
    return 0.5 * (trace - d + volumes) + form


def logarithm_of_everything(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, form, volumes, d = _parts(mu0, cov0, mu1, cov1)
    return 0.5 * (volumes.exp() - d + trace + form).log()


def mean_weighed_by_the_first(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, _, volumes, d = _parts(mu0, cov0, mu1, cov1)
    shift = mu1 - mu0
    return 0.5 * (trace + shift @ torch.linalg.solve(cov0, shift) - d + volumes)


def mean_not_weighed(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, _, volumes, d = _parts(mu0, cov0, mu1, cov1)
    shift = mu1 - mu0
    return 0.5 * (trace + shift @ shift - d + volumes)


def trace_upside_down(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    _, form, volumes, d = _parts(mu0, cov0, mu1, cov1)
    return 0.5 * (torch.linalg.solve(cov0, cov1).trace() + form - d + volumes)


def spread_not_squared(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    _, form, volumes, d = _parts(mu0, cov0, mu1, cov1)
    L0, L1 = torch.linalg.cholesky(cov0), torch.linalg.cholesky(cov1)
    spread = torch.linalg.solve_triangular(L1, L0, upper=False)
    return 0.5 * (spread.trace() + form - d + volumes)


def correlations_ignored(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    trace, form, volumes, d = _parts(mu0, cov0.diag().diag(), mu1, cov1.diag().diag())
    return 0.5 * (trace + form - d + volumes)


DEFECTS = (
    Defect(
        name="arguments exchanged",
        call=arguments_exchanged,
        why="the two conventions for kl(p, q) are mixed; right under direction=reverse",
        changes=r"KL(0\,\|\,1) \to KL(1\,\|\,0)",
        seen_in=("google-deepmind/rlax#14",),
    ),
    Defect(
        name="sign of the volumes",
        call=sign_of_the_volumes,
        why="the ratio of determinants is turned over",
        changes=r"\log\tfrac{\det S_1}{\det S_0} \to \log\tfrac{\det S_0}{\det S_1}",
        seen_in=("FluxML/model-zoo#147",),
    ),
    Defect(
        name="volumes dropped",
        call=volumes_dropped,
        why="the normalisers are taken for constants",
        changes=r"\log\tfrac{\det S_1}{\det S_0} \to 0",
        seen_in=("xuwd11/cs294-112_hws#1",),
    ),
    Defect(
        name="volumes not halved",
        call=volumes_not_halved,
        why="log-variances stand where log standard deviations stood",
        changes=r"\tfrac12\log\det \to \log\det",
        seen_in=("KarenUllrich/Tutorial_BayesianCompressionForDL#8",),
    ),
    Defect(
        name="the Cholesky factor's determinant for the covariance's",
        call=factor_of_the_cholesky_lost,
        why="the factor two of 2 log det L is lost",
        changes=r"\log\det S \to \log\det L",
    ),
    Defect(
        name="dimension dropped",
        call=dimension_dropped,
        why="constants do not matter to an optimiser, but this is a divergence no more",
        changes=r"-d \to 0",
    ),
    Defect(
        name="one in place of the dimension",
        call=one_in_place_of_the_dimension,
        why="the formula of one dimension is used in several",
        changes=r"-d \to -1",
    ),
    Defect(
        name="mean not halved",
        call=mean_not_halved,
        why="one of the terms is not divided by two",
        changes=r"\tfrac12\delta^\top S_1^{-1}\delta \to \delta^\top S_1^{-1}\delta",
        seen_in=("google-deepmind/torch-distributions#34",),
    ),
    Defect(
        name="logarithm of everything",
        call=logarithm_of_everything,
        why="a bracket too wide, in print",
        changes=r"\log\tfrac{\det S_1}{\det S_0} - d + \dots \to "
        r"\log\bigl[\tfrac{\det S_1}{\det S_0} - d + \dots\bigr]",
        seen_in=("udlbook/udlbook#184",),
    ),
    Defect(
        name="mean weighed by the first covariance",
        call=mean_weighed_by_the_first,
        why="the precision of the wrong Gaussian",
        changes=r"\delta^\top S_1^{-1}\delta \to \delta^\top S_0^{-1}\delta",
    ),
    Defect(
        name="mean not weighed",
        call=mean_not_weighed,
        why="the formula for a standard normal is used for another",
        changes=r"\delta^\top S_1^{-1}\delta \to \delta^\top\delta",
    ),
    Defect(
        name="trace upside down",
        call=trace_upside_down,
        why="the precision of the wrong Gaussian",
        changes=r"\operatorname{tr}S_1^{-1}S_0 \to \operatorname{tr}S_0^{-1}S_1",
    ),
    Defect(
        name="spread not squared",
        call=spread_not_squared,
        why="standard deviations are taken for variances",
        changes=r"\operatorname{tr}S_1^{-1}S_0 \to \operatorname{tr}L_1^{-1}L_0",
        seen_in=("chongyi-zheng/infom#2",),
    ),
    Defect(
        name="correlations ignored",
        call=correlations_ignored,
        why="only the diagonals are read; right under covariance=diagonal",
        changes=r"S \to \operatorname{diag}S",
    ),
)
