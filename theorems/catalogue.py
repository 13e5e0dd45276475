"""Every theorem, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .baldi_hornik import BALDI_HORNIK
from .bayes_risk import BAYES_RISK
from .bottleneck_inequality import BOTTLENECK_INEQUALITY
from .cka import CKA
from .clip import floor as clip_floor
from .compression_phase import COMPRESSION_PHASE
from .denoising_autoencoder import DENOISING_LINEAR_AUTOENCODER
from .density_ratio import DENSITY_RATIO
from .dictionary_learning import DICTIONARY_LEARNING
from .discrete_bottleneck import DISCRETE_BOTTLENECK
from .discrete_denoising import DISCRETE_DENOISING
from .eckart_young import ECKART_YOUNG
from .elbo import ELBO
from .epsilon_sufficiency import EPSILON_SUFFICIENCY
from .explicit_negatives import floor as explicit_floor
from .fisher_neyman import FISHER_NEYMAN
from .gaussian_bottleneck import GAUSSIAN_BOTTLENECK
from .gaussian_kl import GAUSSIAN_KL
from .gibbs import GIBBS
from .hsic import HSIC
from .importance_weighting import IMPORTANCE_WEIGHTING
from .info_nce import floor as info_nce_floor
from .infonce_bound import INFONCE_BOUND
from .lehmann_scheffe import LEHMANN_SCHEFFE
from .momentum_contrast import MOMENTUM_CONTRAST
from .mutual_information import MUTUAL_INFORMATION
from .nested_dropout import NESTED_DROPOUT
from .neural_collapse import NEURAL_COLLAPSE
from .nt_xent import NT_XENT
from .nt_xent import floor as nt_xent_floor
from .probabilistic_pca import PROBABILISTIC_PCA
from .rate_distortion import RATE_DISTORTION
from .regularized_autoencoder import REGULARIZED_LINEAR_AUTOENCODER
from .reparameterization import REPARAMETERIZATION
from .score_matching import SCORE_MATCHING
from .siglip import floor as siglip_floor
from .sphere_configurations import SPHERE_CONFIGURATIONS
from .sphere_energy import floor as uniformity_floor
from .supcon import floor as supcon_floor
from .supervised_contrastive import SUPERVISED_CONTRASTIVE
from .theorem import Theorem
from .tweedie import TWEEDIE
from .variational_bottleneck import VARIATIONAL_BOTTLENECK
from .wang_isola import WANG_ISOLA

__all__ = ["FLOORS", "THEOREMS"]

THEOREMS: Mapping[str, Theorem] = {
    theorem.id: theorem
    for theorem in (
        FISHER_NEYMAN,
        LEHMANN_SCHEFFE,
        EPSILON_SUFFICIENCY,
        BAYES_RISK,
        ECKART_YOUNG,
        BALDI_HORNIK,
        REGULARIZED_LINEAR_AUTOENCODER,
        DENOISING_LINEAR_AUTOENCODER,
        NESTED_DROPOUT,
        BOTTLENECK_INEQUALITY,
        DICTIONARY_LEARNING,
        GIBBS,
        GAUSSIAN_KL,
        ELBO,
        PROBABILISTIC_PCA,
        RATE_DISTORTION,
        IMPORTANCE_WEIGHTING,
        REPARAMETERIZATION,
        SCORE_MATCHING,
        TWEEDIE,
        MUTUAL_INFORMATION,
        GAUSSIAN_BOTTLENECK,
        VARIATIONAL_BOTTLENECK,
        DISCRETE_BOTTLENECK,
        COMPRESSION_PHASE,
        DISCRETE_DENOISING,
        NT_XENT,
        INFONCE_BOUND,
        MOMENTUM_CONTRAST,
        SUPERVISED_CONTRASTIVE,
        DENSITY_RATIO,
        WANG_ISOLA,
        SPHERE_CONFIGURATIONS,
        HSIC,
        CKA,
        NEURAL_COLLAPSE,
    )
}

FLOORS: Mapping[str, Callable[..., float]] = {
    "nt-xent": nt_xent_floor,
    "info-nce": info_nce_floor,
    "info-nce-explicit": explicit_floor,
    "moco": explicit_floor,
    "supcon": supcon_floor,
    "clip": clip_floor,
    "siglip": siglip_floor,
    "uniformity": uniformity_floor,
}
