"""open_clip's losses are the definitions, as they are handed features: not normalised inside, the
scale a factor, the two directions' mean, the sum over pairs by the number of images."""

from __future__ import annotations

from typing import Any

import pytest
from thirdparty.exact import clip, shown
from thirdparty.subjects import judged, open_clip

pytestmark = pytest.mark.thirdparty

LOSSES = open_clip()


@pytest.mark.parametrize(
    ("loss", "contract"), [("ClipLoss", "clip"), ("SigLipLoss", "siglip")], ids=["CLIP", "SigLIP"]
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float64"])
def test_the_losses_are_upheld_undeclared(loss: str, contract: str, dtype: str) -> None:
    result = judged(getattr(LOSSES, loss)(), contract, dtype=dtype)
    assert result.ruling.value == "upheld"
    assert result.identification is None


def test_a_bias_is_cancelled_by_the_soft_max() -> None:
    result = judged(LOSSES.ClipLoss(), "clip", extras={"logit_bias": -10.0})
    assert result.ruling.value == "upheld"


def test_a_dict_is_read_by_its_key() -> None:
    how = {"extras": {"output_dict": True}, "key": "contrastive_loss"}
    assert judged(LOSSES.ClipLoss(), "clip", **how).ruling.value == "upheld"
    assert judged(LOSSES.SigLipLoss(), "siglip", **how).ruling.value == "upheld"


def test_as_a_model_calls_it_norms_and_logarithm_are_named() -> None:
    def model(image: Any, text: Any, logit_scale: Any) -> Any:
        a, b = (z / z.norm(dim=-1, keepdim=True) for z in (image, text))
        return LOSSES.ClipLoss()(a, b, logit_scale.exp())

    departures = {"scale": "log", "normalises": "yes"}
    assert judged(model, "clip").identification.departures == departures
    assert judged(model, "clip", convention=departures).ruling.value == "upheld"


def test_declared_to_normalise_it_is_told_that_it_does_not() -> None:
    result = judged(LOSSES.ClipLoss(), "clip", convention={"normalises": "yes"})
    assert result.ruling.value == "violated"
    assert result.diagnosis.name == "not normalised"
    problem, ours, theirs, noise = shown(result, "value")
    assert abs(clip(**problem, normalised=True) - ours[0]) <= noise
    assert abs(clip(**problem) - theirs[0]) <= noise


def test_clips_loss_is_named_where_siglips_is_asked_for() -> None:
    result = judged(LOSSES.ClipLoss(), "siglip")
    assert result.ruling.value == "violated"
    assert result.diagnosis.name == "soft-max in place of sigmoids"
