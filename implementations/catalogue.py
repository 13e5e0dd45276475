"""Every contract, in one table."""

from __future__ import annotations

from collections.abc import Mapping

from .contract import Contract
from .denoiser import DENOISER
from .dsm_loss import DSM_LOSS
from .elbo import ELBO
from .gaussian_kl import GAUSSIAN_KL
from .gaussian_kl_pair import GAUSSIAN_KL_PAIR
from .iwae import IWAE
from .linear_autoencoder import LINEAR_AUTOENCODER
from .nt_xent import NT_XENT
from .pca import PCA
from .reconstruction_loss import RECONSTRUCTION_LOSS
from .reparameterize import REPARAMETERIZE
from .score import SCORE

__all__ = ["CONTRACTS"]

CONTRACTS: Mapping[str, Contract] = {
    contract.name: contract
    for contract in (
        PCA,
        LINEAR_AUTOENCODER,
        RECONSTRUCTION_LOSS,
        GAUSSIAN_KL,
        GAUSSIAN_KL_PAIR,
        ELBO,
        REPARAMETERIZE,
        IWAE,
        DSM_LOSS,
        DENOISER,
        SCORE,
        NT_XENT,
    )
}
