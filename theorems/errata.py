"""Claims that are commonly made and false, in one table, by chapter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .errata_autoencoders import AUTOENCODERS
from .errata_bottleneck import BOTTLENECK
from .errata_circle import CIRCLE
from .errata_collapse import COLLAPSE
from .errata_compression import COMPRESSION
from .errata_contrastive import CONTRASTIVE
from .errata_denoising import ALAIN_BENGIO, DENOISING, VINCENT
from .errata_directions import DIRECTIONS, WANG_ISOLA
from .errata_identifiability import HYVARINEN, IDENTIFIABILITY
from .errata_information import INFORMATION
from .errata_latent import LATENT
from .errata_mixtures import MIXTURES
from .errata_rate import RATE
from .errata_similarity import ARORA, SIMILARITY
from .errata_sufficiency import LEHMANN_SCHEFFE, SUFFICIENCY
from .erratum import Erratum

__all__ = ["CHAPTERS", "ERRATA", "NOTES", "Note"]

CHAPTERS: Mapping[str, tuple[Erratum, ...]] = {
    "Sufficiency": (*SUFFICIENCY, *INFORMATION),
    "Mixtures of Gaussians": MIXTURES,
    "Autoencoders": (*AUTOENCODERS[:2], CIRCLE, *AUTOENCODERS[2:]),
    "Denoising": DENOISING,
    "Latent variables": (*LATENT, *RATE),
    "What contrastive losses certify": CONTRASTIVE,
    "Directions": DIRECTIONS,
    "The information bottleneck": (*BOTTLENECK, COMPRESSION),
    "Comparing representations": SIMILARITY,
    "Identifiability": IDENTIFIABILITY,
    "Neural collapse": COLLAPSE,
}

ERRATA: Mapping[str, Erratum] = {
    erratum.id: erratum for chapter in CHAPTERS.values() for erratum in chapter
}


class Note(NamedTuple):
    """A name or a credit that is often given wrongly: nothing that could be computed."""

    words: str
    references: tuple[str, ...] = ()


NOTES = (
    Note(
        "That denoising recovers a score is often credited to the paper of 2008, which introduced "
        "denoising autoencoders. The identity for the trained criterion is of 2011, and the "
        "statement on the reconstruction function of 2014.",
        (
            (
                "P. Vincent, H. Larochelle, Y. Bengio and P.-A. Manzagol, Extracting and composing "
                "robust features with denoising autoencoders, ICML 2008"
            ),
            VINCENT,
            ALAIN_BENGIO,
        ),
    ),
    Note(
        "An encoder that returns the prior for every input has suffered posterior collapse. Mode "
        "collapse is what adversarial generators suffer: they leave out parts of the data.",
    ),
    Note("Scheffé is spelt so, with two f.", (LEHMANN_SCHEFFE,)),
    Note(
        "SimSiam's paper is called Exploring simple Siamese representation learning.",
        ("X. Chen and K. He, Exploring simple Siamese representation learning, CVPR 2021",),
    ),
    Note(
        "The guarantee for mean classifiers that is often credited to Saunshi et al. is of Arora, "
        "Khandeparkar, Khodak, Plevrakis and Saunshi.",
        (ARORA,),
    ),
    Note(
        "The paper of 2019 on auxiliary variables is no impossibility result: it proves that "
        "nonlinear factors can be identified with them.",
        (HYVARINEN,),
    ),
    Note(
        "Alignment and uniformity were published on 20 May 2020, and BYOL on 13 June: look there "
        "before crediting a comparison on BYOL to the earlier paper.",
        (
            WANG_ISOLA,
            (
                "J.-B. Grill et al., Bootstrap your own latent: a new approach to self-supervised "
                "learning, arXiv:2006.07733, 2020"
            ),
        ),
    ),
)
