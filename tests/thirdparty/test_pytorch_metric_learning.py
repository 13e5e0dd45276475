"""pytorch-metric-learning's NT-Xent is the definition, but for a constant under its logarithm.

`-log(p + tiny)`, with the precision's smallest normal number, saturates at -log(tiny): 87.3 in
float32 and bfloat16, 9.7 in float16.  Below the temperature at which a term is larger than that,
value and gradient are wrong.  In real arithmetic, and in float64, nothing is.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from pytorch_metric_learning.losses import NTXentLoss, SelfSupervisedLoss, VICRegLoss
from thirdparty.exact import info_nce, nt_xent, shown
from thirdparty.subjects import judged

pytestmark = pytest.mark.thirdparty

LABELS = {"views": "labels"}


def paired(temperature: float) -> Any:
    """The wrapper by which two views are handed over as two tensors."""
    return SelfSupervisedLoss(NTXentLoss(temperature), symmetric=True)


HANDED_OVER = {"by labels": (NTXentLoss, {"convention": LABELS}), "in pairs": (
    paired, {"map": {"temperature": "temperature"}, "convention": {"views": "pair"}}
)}  # fmt: skip


@pytest.mark.parametrize("how", HANDED_OVER)
def test_in_double_precision_the_class_is_upheld(how: str) -> None:
    target, declared = HANDED_OVER[how]
    assert judged(target, "nt-xent", dtype="float64", **declared).ruling.value == "upheld"


@pytest.mark.parametrize("how", HANDED_OVER)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_only_its_range_is_violated_where_the_logarithm_saturates(how: str, dtype: str) -> None:
    target, declared = HANDED_OVER[how]
    result = judged(target, "nt-xent", dtype=dtype, **declared)
    assert [v.claim for v in result.violations] == ["range"]
    problem, ours, theirs, noise = shown(result, "range")
    tiny = torch.finfo(getattr(torch, dtype)).tiny
    assert abs(nt_xent(**problem) - ours[0]) < 1e-13 * ours[0]
    assert abs(nt_xent(**problem, added=tiny) - theirs[0]) <= noise
    assert abs(ours[0] - theirs[0]) > noise


def test_an_object_is_identified_with_its_temperature_and_its_labels() -> None:
    result = judged(NTXentLoss(), "nt-xent")
    assert result.identification.parameters == {"temperature": 0.07}
    assert result.identification.departures.keys() == LABELS.keys()
    assert "partners share a label" in result.identification.sentence


def test_at_the_usual_temperature_the_object_is_upheld_in_single_precision() -> None:
    declared = {"convention": LABELS, "fixed": {"temperature": 0.07}}
    assert judged(NTXentLoss(0.07), "nt-xent", **declared).ruling.value == "upheld"


def test_labels_handed_over_as_pairs_are_refused_or_named() -> None:
    result = judged(NTXentLoss, "nt-xent", convention={"views": "pair"})
    assert not result.ok
    assert result.ruling.value in ("crashed", "refused")


def test_not_symmetric_it_is_info_nce_in_one_direction() -> None:
    one_way = SelfSupervisedLoss(NTXentLoss(0.5), symmetric=False)
    result = judged(one_way, "nt-xent", fixed={"temperature": 0.5})
    assert result.diagnosis.name == "one direction only, and own view left out"
    problem, ours, theirs, noise = shown(result, "value")
    assert abs(nt_xent(**problem) - ours[0]) <= noise
    assert abs(info_nce(*problem.values()) - theirs[0]) <= noise


def test_vicreg_with_a_reference_by_keyword_is_the_authors_loss() -> None:
    loss = VICRegLoss()

    def vicreg(z1: Any, z2: Any) -> Any:
        return loss(z1, ref_emb=z2)

    result = judged(vicreg, "vicreg")
    assert (result.ruling.value, result.ok) == ("upheld", True)
    assert result.shadow.outcome.value == "agrees"
