"""Every pairing of a theorem with a contract, in one table."""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    denoiser,
    dsm_loss,
    elbo,
    gaussian_kl,
    gaussian_kl_pair,
    iwae,
    linear_autoencoder,
    nt_xent,
    pca,
    reconstruction_loss,
    reparameterize,
    score,
)
from .pairing import Pairing

__all__ = ["PAIRINGS"]

PAIRINGS: Mapping[str, Pairing] = {
    pairing.contract.name: pairing
    for pairing in (
        pca.PAIRING,
        linear_autoencoder.PAIRING,
        reconstruction_loss.PAIRING,
        gaussian_kl.PAIRING,
        gaussian_kl_pair.PAIRING,
        elbo.PAIRING,
        reparameterize.PAIRING,
        iwae.PAIRING,
        dsm_loss.PAIRING,
        denoiser.PAIRING,
        score.PAIRING,
        nt_xent.PAIRING,
    )
}
