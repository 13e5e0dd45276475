"""Every contract, in one table."""

from __future__ import annotations

from collections.abc import Mapping

from .alignment import ALIGNMENT
from .autoencoder import AUTOENCODER
from .barlow_twins import BARLOW_TWINS
from .byol import BYOL
from .cka import CKA
from .clip import CLIP
from .collapse_metrics import COLLAPSE_METRICS
from .contract import Contract
from .critic import CRITIC
from .denoiser import DENOISER
from .dictionary import DICTIONARY
from .discrete_denoiser import DISCRETE_DENOISER
from .dsm_loss import DSM_LOSS
from .elbo import ELBO
from .ema_update import EMA_UPDATE
from .gaussian_ib import GAUSSIAN_IB
from .gaussian_kl import GAUSSIAN_KL
from .gaussian_kl_pair import GAUSSIAN_KL_PAIR
from .gaussian_mi import GAUSSIAN_MI
from .hsic import HSIC
from .info_nce import INFO_NCE
from .info_nce_explicit import INFO_NCE_EXPLICIT
from .information_bottleneck import INFORMATION_BOTTLENECK
from .iwae import IWAE
from .linear_autoencoder import LINEAR_AUTOENCODER
from .linear_probe import LINEAR_PROBE
from .masked_reconstruction import MASKED_RECONSTRUCTION
from .mi_bound import MI_BOUND
from .moco import MOCO
from .mutual_information import MUTUAL_INFORMATION
from .nt_xent import NT_XENT
from .pca import PCA
from .posterior import POSTERIOR
from .queue_update import QUEUE_UPDATE
from .reconstruction_loss import RECONSTRUCTION_LOSS
from .reparameterize import REPARAMETERIZE
from .score import SCORE
from .siglip import SIGLIP
from .simplex_etf import SIMPLEX_ETF
from .simsiam import SIMSIAM
from .sparse_penalty import SPARSE_PENALTY
from .spectral_contrastive import SPECTRAL_CONTRASTIVE
from .sphere_points import SPHERE_POINTS
from .statistic import STATISTIC
from .supcon import SUPCON
from .trained_denoiser import TRAINED_DENOISER
from .unconstrained_features import UNCONSTRAINED_FEATURES
from .uniformity import UNIFORMITY
from .vae import VAE
from .vib import VIB
from .vicreg import VICREG
from .vq import VQ

__all__ = ["CONTRACTS"]

CONTRACTS: Mapping[str, Contract] = {
    contract.name: contract
    for contract in (
        STATISTIC,
        POSTERIOR,
        PCA,
        LINEAR_AUTOENCODER,
        AUTOENCODER,
        RECONSTRUCTION_LOSS,
        DICTIONARY,
        SPARSE_PENALTY,
        GAUSSIAN_KL,
        GAUSSIAN_KL_PAIR,
        ELBO,
        VAE,
        REPARAMETERIZE,
        IWAE,
        DSM_LOSS,
        DENOISER,
        SCORE,
        TRAINED_DENOISER,
        DISCRETE_DENOISER,
        MUTUAL_INFORMATION,
        GAUSSIAN_MI,
        GAUSSIAN_IB,
        VIB,
        INFORMATION_BOTTLENECK,
        NT_XENT,
        INFO_NCE,
        INFO_NCE_EXPLICIT,
        MOCO,
        QUEUE_UPDATE,
        EMA_UPDATE,
        SUPCON,
        CLIP,
        SIGLIP,
        MI_BOUND,
        CRITIC,
        ALIGNMENT,
        UNIFORMITY,
        SPHERE_POINTS,
        BYOL,
        SIMSIAM,
        SPECTRAL_CONTRASTIVE,
        MASKED_RECONSTRUCTION,
        VQ,
        BARLOW_TWINS,
        VICREG,
        HSIC,
        CKA,
        UNCONSTRAINED_FEATURES,
        SIMPLEX_ETF,
        LINEAR_PROBE,
        COLLAPSE_METRICS,
    )
}
