"""ckatorch computes CKA, and forgets `unbiased` beside `method="hsic"`; torch-cka computes CKA of
unbiased estimates, by batches.  Where either leaves the graph, slopes cannot be judged.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from ckatorch import cka_base, cka_batch
from thirdparty.exact import shown
from thirdparty.exact_information import cka, unbiased_hsic
from thirdparty.subjects import judged
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torch_cka import CKA

import tightframe as tf

pytestmark = pytest.mark.thirdparty

UNBIASED = {"estimator": "unbiased"}


def rulings(result: Any) -> dict[str, str]:
    return {verdict.claim: verdict.ruling.value for verdict in result.verdicts}


def held_but_for_slopes(result: Any) -> bool:
    """Whether all is upheld that can be said of code without a gradient."""
    slopes = {"gradient", "tangency"}
    others = {claim: ruling for claim, ruling in rulings(result).items() if claim not in slopes}
    refused = {claim for claim in slopes if rulings(result)[claim] == "refused"}
    return refused == slopes and set(others.values()) <= {"upheld", "not applicable"}


# -- ckatorch -------------------------------------------------------------------------------------


def test_ckatorch_by_hsic_is_upheld() -> None:
    result = tf.check(cka_base, "cka", extras={"method": "hsic"}, budget="quick")
    assert result.ruling.value == "upheld"


@pytest.mark.parametrize("unbiased", [False, True], ids=["biased", "unbiased"])
def test_ckatorch_s_default_route_detaches_and_is_right_in_value(unbiased: bool) -> None:
    declared = UNBIASED if unbiased else {}
    result = tf.check(cka_base, "cka", extras={"unbiased": unbiased}, convention=declared)
    assert held_but_for_slopes(result)


def one_batch(x: Tensor, y: Tensor) -> Tensor:
    return cka_batch(x[None], y[None])


def test_ckatorch_by_a_batch_is_cka_of_unbiased_estimates() -> None:
    result = tf.check(one_batch, "cka", budget="quick")
    assert result.identification.departures == UNBIASED
    assert not result.violations


def test_ckatorch_forgets_unbiased_beside_its_other_method() -> None:
    """Its documentation says that the choice of method does not influence the output."""
    options = {"unbiased": True, "method": "hsic"}
    result = judged(cka_base, "cka", extras=options, convention=UNBIASED)
    assert result.ruling.value == "violated"
    assert result.diagnosis.name == "estimator biased, where unbiased was declared"
    problem, ours, theirs, noise = shown(result, "value")
    assert abs(cka(**problem, of=unbiased_hsic) - ours[0]) <= noise
    assert abs(cka(**problem) - theirs[0]) <= noise
    x, y = (torch.tensor(problem[name], dtype=torch.float64) for name in ("x", "y"))
    by_hsic, by_norms = (
        float(cka_base(x, y, unbiased=True, method=method)) for method in ("hsic", "fro_norm")
    )
    assert abs(by_hsic - theirs[0]) <= noise
    assert abs(by_norms - ours[0]) <= noise
    assert abs(by_hsic - by_norms) > 1e6 * noise


# -- torch-cka ------------------------------------------------------------------------------------


def compared(x: Tensor, y: Tensor, batch_size: int) -> Tensor:
    """torch-cka compares the layers of two models on data: here the features are the data."""
    both = CKA(nn.Identity(), nn.Identity(), "x", "y")
    both.compare(*(DataLoader(TensorDataset(z), batch_size=batch_size) for z in (x, y)))
    return both.export()["CKA"][0, 0]


def in_one_batch(x: Tensor, y: Tensor) -> Tensor:
    return compared(x, y, len(x))


def test_torch_cka_in_one_batch_is_cka_of_unbiased_estimates() -> None:
    assert held_but_for_slopes(tf.check(in_one_batch, "cka", convention=UNBIASED, budget="quick"))


def test_torch_cka_and_ckatorch_in_two_batches_are_ratios_of_means_and_not_cka_of_all() -> None:
    draws = torch.Generator().manual_seed(0)
    x, y = (torch.randn(10, d, generator=draws, dtype=torch.float64) for d in (3, 2))
    y = y + x[:, :2]
    halves = [(x[:5].tolist(), y[:5].tolist()), (x[5:].tolist(), y[5:].tolist())]
    products = [
        sum(unbiased_hsic(pair[i], pair[j]) for pair in halves) for i, j in ((0, 1), (0, 0), (1, 1))
    ]
    ratio = float(products[0] / (products[1] * products[2]) ** 0.5)
    assert abs(float(cka_batch(x.view(2, 5, 3), y.view(2, 5, 2))) - ratio) < 1e-12
    assert abs(float(compared(x.float(), y.float(), 5)) - ratio) < 1e-5
    assert abs(ratio - float(cka(x.tolist(), y.tolist(), of=unbiased_hsic))) > 0.01
