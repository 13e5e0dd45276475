"""Every theorem, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .baldi_hornik import BALDI_HORNIK
from .barlow_twins import BARLOW_TWINS
from .bayes_risk import BAYES_RISK
from .bottleneck_inequality import BOTTLENECK_INEQUALITY
from .cka import CKA
from .clip import floor as clip_floor
from .compression_phase import COMPRESSION_PHASE
from .contrastive_identifiability import CONTRASTIVE_IDENTIFIABILITY
from .denoising_autoencoder import DENOISING_LINEAR_AUTOENCODER
from .density_ratio import DENSITY_RATIO
from .dictionary_learning import DICTIONARY_LEARNING
from .discrete_bottleneck import DISCRETE_BOTTLENECK
from .discrete_denoising import DISCRETE_DENOISING
from .eckart_young import ECKART_YOUNG
from .elbo import ELBO
from .epsilon_sufficiency import EPSILON_SUFFICIENCY
from .explicit_negatives import floor as explicit_floor
from .fisher_discriminant import FISHER_DISCRIMINANT
from .fisher_neyman import FISHER_NEYMAN
from .gaussian_bottleneck import GAUSSIAN_BOTTLENECK
from .gaussian_kl import GAUSSIAN_KL
from .gibbs import GIBBS
from .hsic import HSIC
from .hubness import HUBNESS
from .importance_weighting import IMPORTANCE_WEIGHTING
from .info_nce import floor as info_nce_floor
from .infonce_bound import INFONCE_BOUND
from .lehmann_scheffe import LEHMANN_SCHEFFE
from .locatello import LOCATELLO
from .masked_reconstruction import MASKED_RECONSTRUCTION
from .minority_collapse import MINORITY_COLLAPSE
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
from .saunshi import SAUNSHI
from .score_matching import SCORE_MATCHING
from .siamese_dynamics import SIAMESE_DYNAMICS
from .siglip import floor as siglip_floor
from .spectral_contrastive import SPECTRAL_CONTRASTIVE
from .sphere_configurations import SPHERE_CONFIGURATIONS
from .sphere_energy import floor as uniformity_floor
from .supcon import floor as supcon_floor
from .supervised_contrastive import SUPERVISED_CONTRASTIVE
from .temperature import TEMPERATURE
from .theorem import Theorem
from .three_way_convergence import THREE_WAY_CONVERGENCE
from .tweedie import TWEEDIE
from .variance_invariance_covariance import VARIANCE_INVARIANCE_COVARIANCE
from .variational_bottleneck import VARIATIONAL_BOTTLENECK
from .vector_quantization import VECTOR_QUANTIZATION
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
        TEMPERATURE,
        NT_XENT,
        INFONCE_BOUND,
        MOMENTUM_CONTRAST,
        SUPERVISED_CONTRASTIVE,
        DENSITY_RATIO,
        WANG_ISOLA,
        SPHERE_CONFIGURATIONS,
        SIAMESE_DYNAMICS,
        SPECTRAL_CONTRASTIVE,
        MASKED_RECONSTRUCTION,
        VECTOR_QUANTIZATION,
        HSIC,
        CKA,
        BARLOW_TWINS,
        VARIANCE_INVARIANCE_COVARIANCE,
        NEURAL_COLLAPSE,
        MINORITY_COLLAPSE,
        THREE_WAY_CONVERGENCE,
        FISHER_DISCRIMINANT,
        SAUNSHI,
        CONTRASTIVE_IDENTIFIABILITY,
        LOCATELLO,
        HUBNESS,
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
