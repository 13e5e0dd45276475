"""Every theorem, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .baldi_hornik import BALDI_HORNIK
from .eckart_young import ECKART_YOUNG
from .elbo import ELBO
from .fisher_neyman import FISHER_NEYMAN
from .gaussian_kl import GAUSSIAN_KL
from .importance_weighting import IMPORTANCE_WEIGHTING
from .nt_xent import NT_XENT
from .nt_xent import floor as nt_xent_floor
from .reparameterization import REPARAMETERIZATION
from .score_matching import SCORE_MATCHING
from .theorem import Theorem
from .tweedie import TWEEDIE

__all__ = ["FLOORS", "THEOREMS"]

THEOREMS: Mapping[str, Theorem] = {
    theorem.id: theorem
    for theorem in (
        FISHER_NEYMAN,
        ECKART_YOUNG,
        BALDI_HORNIK,
        GAUSSIAN_KL,
        ELBO,
        IMPORTANCE_WEIGHTING,
        REPARAMETERIZATION,
        SCORE_MATCHING,
        TWEEDIE,
        NT_XENT,
    )
}

FLOORS: Mapping[str, Callable[..., float]] = {"nt-xent": nt_xent_floor}
