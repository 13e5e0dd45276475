"""diffusers: what its schedulers make of a network's output, and how they noise data."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler
from thirdparty.subjects import judged
from torch import Tensor

pytestmark = pytest.mark.thirdparty

VP = {"scaling": "VP"}
SCHEDULERS = (DDIMScheduler, DDPMScheduler)
PREDICTIONS = ("epsilon", "v_prediction", "sample")

each_scheduler = pytest.mark.parametrize("kind", SCHEDULERS, ids=lambda kind: kind.__name__)
each_prediction = pytest.mark.parametrize("predicts", PREDICTIONS)


def scheduler_at(sigma: float, kind: Any, like: Tensor, **settings: Any) -> Any:
    """With one timestep, at which the noise has the deviation sigma; not in single precision."""
    found = kind(num_train_timesteps=1, trained_betas=[0.5], **settings)
    found.alphas_cumprod = like.new_tensor([1 - sigma**2])
    found.set_timesteps(1)
    return found


def posterior_mean(y: Tensor, w: Tensor, means: Tensor, v: Tensor, sigma: float) -> Tensor:
    """A perfect network for y = sqrt(1 - sigma^2) x + sigma e, written for that law."""
    alpha = (1 - sigma**2) ** 0.5
    total = alpha**2 * v + sigma**2
    away = y[:, None, :] - alpha * means
    logits = w.log() - away.square().sum(-1) / (2 * total) - y.shape[1] / 2 * total.log()
    centres = means + (alpha * v / total)[:, None] * away
    return (logits.softmax(1)[:, :, None] * centres).sum(1)


def outputs(y: Tensor, *prior: Tensor, sigma: float) -> dict[str, Tensor]:
    """What the network returns, by what it was trained to predict."""
    alpha, x = (1 - sigma**2) ** 0.5, posterior_mean(y, *prior, sigma=sigma)
    noise = (y - alpha * x) / sigma
    return {"epsilon": noise, "v_prediction": alpha * noise - sigma * x, "sample": x}


def estimate(kind: Any, predicts: str, trained: str = "", **settings: Any) -> Any:
    """The scheduler's `pred_original_sample`, of a network `trained` for this or another output."""

    def denoiser(y: Tensor, *prior: Tensor, sigma: float) -> Tensor:
        scheduler = scheduler_at(sigma, kind, y, prediction_type=predicts, **settings)
        output = outputs(y, *prior, sigma=sigma)[trained or predicts]
        found: Tensor = scheduler.step(output, 0, y).pred_original_sample
        return found

    return denoiser


# -- the estimate of the clean data ---------------------------------------------------------------


@each_scheduler
@each_prediction
def test_the_estimate_is_upheld_where_nothing_is_clipped(kind: Any, predicts: str) -> None:
    found = judged(estimate(kind, predicts, clip_sample=False), "denoiser", convention=VP)
    assert (found.ruling.value, found.ok) == ("upheld", True)


@each_scheduler
@each_prediction
def test_the_clipping_that_is_the_default_is_named_and_no_error(kind: Any, predicts: str) -> None:
    found = judged(estimate(kind, predicts), "denoiser", convention=VP)
    assert found.ruling.value == "identified"
    assert found.identification.departures == {"clip": "unit"}
    assert "the estimate clipped to [-1, 1]" in found.identification.sentence


@each_scheduler
def test_the_clipping_is_upheld_where_it_is_declared(kind: Any) -> None:
    clipped = judged(estimate(kind, "epsilon"), "denoiser", convention=VP | {"clip": "unit"})
    assert clipped.ok
    assert {v.claim for v in clipped.verdicts if v.ruling.value == "not applicable"} == {
        "linear", "translation", "hull", "spread", "symmetric Jacobian",
    }  # fmt: skip


def test_the_rescaling_is_found_without_being_declared() -> None:
    found = judged(estimate(DDIMScheduler, "epsilon", clip_sample=False), "denoiser")
    assert found.identification.departures == VP


def test_a_step_of_the_default_schedule_is_upheld_to_single_precision() -> None:
    """Its table of levels is float32, and no lifting makes it more."""
    scheduler = DDIMScheduler(clip_sample=False)
    scheduler.set_timesteps(1000)
    level = float((1 - scheduler.alphas_cumprod[500].double()).sqrt())

    def denoiser(y: Tensor, *prior: Tensor) -> Tensor:
        noise = outputs(y, *prior, sigma=level)["epsilon"]
        found: Tensor = scheduler.step(noise, 500, y).pred_original_sample
        return found

    sigma = level / (1 - level**2) ** 0.5  # of y = x + sigma e, which is canonical
    assert judged(denoiser, "denoiser", convention=VP, fixed={"sigma": sigma}).ok


@each_scheduler
@pytest.mark.parametrize(
    ("predicts", "trained"), [("epsilon", "v_prediction"), ("v_prediction", "epsilon")]
)
def test_a_scheduler_set_to_another_prediction_than_the_network_is_violated(
    kind: Any, predicts: str, trained: str
) -> None:
    confused = estimate(kind, predicts, trained, clip_sample=False)
    found = judged(confused, "denoiser", convention=VP, budget="quick")
    assert found.ruling.value == "violated"
    assert {"value", "linear"} <= {v.claim for v in found.violations}


def test_the_velocity_is_what_the_contract_means_by_it() -> None:
    def velocity(y: Tensor, *prior: Tensor, sigma: float) -> Tensor:
        found = outputs(y, *prior, sigma=sigma)
        steps = torch.zeros(len(y), dtype=torch.long)
        scheduler = scheduler_at(sigma, DDPMScheduler, y)
        velocity: Tensor = scheduler.get_velocity(found["sample"], found["epsilon"], steps)
        return velocity

    assert judged(velocity, "denoiser", convention=VP | {"predicts": "velocity"}).ok
    assert judged(velocity, "score", convention=VP | {"predicts": "velocity"}).ok


# -- noised data ----------------------------------------------------------------------------------


def noise_loss(kind: Any, rescaled: bool) -> Any:
    """Mean squared error of the noise that a score predicts, from data noised by `add_noise`."""

    def loss(score: Any, x: Tensor, sigma: float) -> Tensor:
        scheduler = scheduler_at(sigma / (1 + sigma**2) ** 0.5, kind, x)
        noise = torch.randn_like(x)
        noised = scheduler.add_noise(x, noise, torch.zeros(len(x), dtype=torch.long))
        y = noised * (1 + sigma**2) ** 0.5 if rescaled else noised
        return (-sigma * score(y, sigma) - noise).square().sum(1).mean()

    return loss


WEIGHTED = {"weighting": "variance"}


@each_scheduler
def test_add_noise_adds_what_its_level_says(kind: Any) -> None:
    assert judged(noise_loss(kind, rescaled=True), "dsm-loss", convention=WEIGHTED).ok


def test_noised_data_that_are_not_rescaled_are_violated() -> None:
    loss = noise_loss(DDPMScheduler, rescaled=False)
    found = judged(loss, "dsm-loss", convention=WEIGHTED, budget="quick")
    assert found.ruling.value == "violated"
