"""Every pairing of a theorem with a contract, in one table."""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    autoencoder,
    clip,
    critic,
    denoiser,
    dictionary,
    discrete_denoiser,
    dsm_loss,
    elbo,
    ema_update,
    gaussian_kl,
    gaussian_kl_pair,
    gaussian_mi,
    info_nce,
    info_nce_explicit,
    iwae,
    linear_autoencoder,
    mi_bound,
    moco,
    mutual_information,
    nt_xent,
    pca,
    posterior,
    queue_update,
    reconstruction_loss,
    reparameterize,
    score,
    siglip,
    simplex_etf,
    sparse_penalty,
    statistic,
    supcon,
    trained_denoiser,
    unconstrained_features,
    vae,
)
from .pairing import Pairing

__all__ = ["PAIRINGS"]

PAIRINGS: Mapping[str, Pairing] = {
    pairing.contract.name: pairing
    for pairing in (
        statistic.PAIRING,
        posterior.PAIRING,
        pca.PAIRING,
        linear_autoencoder.PAIRING,
        autoencoder.PAIRING,
        reconstruction_loss.PAIRING,
        dictionary.PAIRING,
        sparse_penalty.PAIRING,
        gaussian_kl.PAIRING,
        gaussian_kl_pair.PAIRING,
        elbo.PAIRING,
        vae.PAIRING,
        reparameterize.PAIRING,
        iwae.PAIRING,
        dsm_loss.PAIRING,
        denoiser.PAIRING,
        score.PAIRING,
        trained_denoiser.PAIRING,
        discrete_denoiser.PAIRING,
        mutual_information.PAIRING,
        gaussian_mi.PAIRING,
        nt_xent.PAIRING,
        info_nce.PAIRING,
        info_nce_explicit.PAIRING,
        moco.PAIRING,
        queue_update.PAIRING,
        ema_update.PAIRING,
        supcon.PAIRING,
        clip.PAIRING,
        siglip.PAIRING,
        mi_bound.PAIRING,
        critic.PAIRING,
        unconstrained_features.PAIRING,
        simplex_etf.PAIRING,
    )
}
