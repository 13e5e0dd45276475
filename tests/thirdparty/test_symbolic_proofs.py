"""What libraries return is the definition: proved at the smallest sizes, for all inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from info_nce import info_nce
from lightly.loss import DCLLoss, NTXentLoss
from pytorch_metric_learning.losses import NTXentLoss as MetricNTXentLoss
from symbolic_subjects import CLIP_NAMES, CLIP_TABLES, PAIRS, ROWS, clip_definition, trial
from thirdparty.subjects import open_clip
from torch import Tensor
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence
from torch.nn import functional as F

from tightframe.checks import gaussian_kl, gaussian_kl_pair, nt_xent
from tightframe.checks.symbolic_point import generic
from tightframe.checks.symbolic_trial import prove_at
from tightframe.checks.symbolic_twin import Proved, Refuted, Undecided, prove
from tightframe.theorems.gaussian_kl_pair import pair

pytestmark = pytest.mark.thirdparty


@pytest.mark.parametrize("size", PAIRS)
def test_lightlys_nt_xent_is_proved_where_no_norm_is_clamped(size: str) -> None:
    found = prove_at(trial(nt_xent.PAIRING, NTXentLoss), PAIRS[size])
    assert isinstance(found, Proved)
    assert found.error == 0.0
    first, *others = found.conditions
    assert found.parameters == ("temperature",)
    assert first.startswith("temperature >= 1e-08 (ntx_ent_loss.py:")
    assert all(">= 1e-12 (ntx_ent_loss.py:" in c for c in others), others
    assert len(others) == 2 * len(PAIRS[size].z1)


@pytest.mark.parametrize("size", PAIRS)
def test_lightlys_decoupled_loss_is_proved(size: str) -> None:
    subject = trial(nt_xent.PAIRING, DCLLoss, positive_in_denominator="no")
    found = prove_at(subject, PAIRS[size])
    assert isinstance(found, Proved)
    assert found.parameters == ("temperature",)


def test_pytorch_metric_learnings_nt_xent_is_proved_but_for_its_extreme_numbers() -> None:
    """-1.8e308 stands for minus infinity in a mask, and 2.2e-308 is added under the logarithm."""
    subject = trial(nt_xent.PAIRING, MetricNTXentLoss, views="labels")
    found: Any = prove_at(subject, PAIRS["N=3, d=1"])
    assert isinstance(found, Undecided)
    assert isinstance(found.without, Proved)
    limits = torch.finfo(torch.float64)
    assert sorted(c.value for c in found.stabilisers) == [limits.min, limits.tiny]
    assert all(c.line.startswith("ntxent_loss.py:") for c in found.stabilisers)


@pytest.mark.parametrize("size", ROWS)
def test_the_kl_of_torchs_distributions_is_proved_for_every_positive_deviation(size: str) -> None:
    def to_the_prior(mu: Tensor, std: Tensor) -> Tensor:
        prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
        return kl_divergence(Independent(Normal(mu, std), 1), Independent(prior, 1))

    found = prove_at(trial(gaussian_kl.PAIRING, to_the_prior, second="std"), ROWS[size])
    assert isinstance(found, Proved)
    assert found.conditions == ()


@pytest.mark.parametrize("size", ROWS)
def test_a_kl_by_one_draw_of_torchs_distributions_is_proved_in_expectation(size: str) -> None:
    def by_one_draw(mu: Tensor, std: Tensor) -> Tensor:
        q = Independent(Normal(mu, std), 1)
        z = q.rsample()
        return q.log_prob(z) - Independent(Normal(0.0 * mu, 1.0), 1).log_prob(z)

    found = prove_at(trial(gaussian_kl.PAIRING, by_one_draw, second="std"), ROWS[size])
    assert isinstance(found, Proved), found
    assert found.draws == np.size(ROWS[size].mu)


def between(mu0: Tensor, cov0: Tensor, mu1: Tensor, cov1: Tensor) -> Tensor:
    return kl_divergence(MultivariateNormal(mu0, cov0), MultivariateNormal(mu1, cov1))


@pytest.mark.parametrize("d", [1, 2])
def test_the_kl_of_two_multivariate_normals_is_proved_for_all_definite_covariances(d: int) -> None:
    problem = generic(pair(d, 3), ("cov0", "cov1"))
    found = prove_at(trial(gaussian_kl_pair.PAIRING, between), problem)
    assert isinstance(found, Proved)
    assert found.error == 0.0
    words = [condition.partition(" (")[0] for condition in found.conditions]
    definite = [f"cov{i}_11*cov{i}_22 - cov{i}_12**2 > 0" for i in (0, 1)] if d == 2 else []
    assert sorted(words) == sorted([*definite, "cov0_11 > 0", "cov1_11 > 0"])
    turned = prove_at(trial(gaussian_kl_pair.PAIRING, between, direction="reverse"), problem)
    assert isinstance(turned, Refuted)


@pytest.mark.parametrize("size", CLIP_TABLES)
def test_info_nce_in_both_directions_is_clips_loss(size: str) -> None:
    image, text, _ = CLIP_TABLES[size]

    def both_directions(tensors: tuple[Tensor, ...]) -> Tensor:
        a, b = tensors
        return (info_nce(a, b, temperature=0.5) + info_nce(b, a, temperature=0.5)) / 2

    def definition(arithmetic: Any, entries: tuple[np.ndarray, ...]) -> Any:
        return clip_definition(arithmetic, entries, arithmetic.number(2))

    found = prove(both_directions, (image, text), definition, names=CLIP_NAMES[:2])
    assert isinstance(found, Proved)
    assert found.error == 0.0


@pytest.mark.parametrize("size", CLIP_TABLES)
def test_open_clips_loss_is_proved_for_every_scale(size: str) -> None:
    """As its models call it: rows normalised, the logarithm of the scale learned."""
    loss = open_clip().ClipLoss()

    def code(tensors: tuple[Tensor, ...]) -> Tensor:
        image, text, log_scale = tensors
        return loss(F.normalize(image, dim=-1), F.normalize(text, dim=-1), log_scale.exp())

    def definition(arithmetic: Any, entries: tuple[np.ndarray, ...]) -> Any:
        return clip_definition(arithmetic, entries, arithmetic.exp(entries[2]))

    found = prove(code, CLIP_TABLES[size], definition, names=CLIP_NAMES)
    assert isinstance(found, Proved)
    assert found.error == 0.0
    assert all(">= 1e-12 (test_symbolic_proofs.py:" in c for c in found.conditions)


@pytest.mark.parametrize("size", CLIP_TABLES)
def test_open_clips_loss_with_a_doubled_scale_is_refuted(size: str) -> None:
    loss = open_clip().ClipLoss()

    def code(tensors: tuple[Tensor, ...]) -> Tensor:
        image, text, log_scale = tensors
        return loss(F.normalize(image, dim=-1), F.normalize(text, dim=-1), 2 * log_scale.exp())

    def definition(arithmetic: Any, entries: tuple[np.ndarray, ...]) -> Any:
        return clip_definition(arithmetic, entries, arithmetic.exp(entries[2]))

    assert isinstance(prove(code, CLIP_TABLES[size], definition, names=CLIP_NAMES), Refuted)
