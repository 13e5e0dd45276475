"""Libraries whose losses keep to the device of their inputs are said to, without a device."""

from __future__ import annotations

from typing import Any

import pytest
from lightly.loss import DCLLoss
from lightly.loss import NTXentLoss as LightlyLoss
from pytorch_metric_learning.losses import NTXentLoss, SelfSupervisedLoss

from tightframe.checks.devices import DeviceFinding, DeviceOutcome
from tightframe.devices import on_cuda

pytestmark = pytest.mark.thirdparty


def paired(temperature: float) -> Any:
    return SelfSupervisedLoss(NTXentLoss(temperature), symmetric=True)


@pytest.mark.parametrize(
    ("target", "how"),
    [
        (LightlyLoss, {}),
        (DCLLoss, {"convention": {"positive_in_denominator": "no"}}),
        (NTXentLoss, {"convention": {"views": "labels"}}),
        (paired, {"map": {"temperature": "temperature"}}),
    ],
    ids=["lightly", "lightly's decoupled", "metric learning, labels", "metric learning, pairs"],
)
def test_it_would_run_on_a_gpu(target: Any, how: dict[str, Any]) -> None:
    assert on_cuda(target, "nt-xent", how) == DeviceFinding(outcome=DeviceOutcome.OK)
