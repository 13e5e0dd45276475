"""The loss of masked reconstruction: what training on it finds, and code as people write it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.noise import KAPPA, UNIT_ROUNDOFF
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Call
from tightframe.theorems.masked_loss import Masked, oracle

NOISE = KAPPA["float64"] * UNIT_ROUNDOFF["float64"]
PAIRING = PAIRINGS["masked-reconstruction"]
SMALL = Masked(
    (((1.0, 2.0), (0.5, -1.0), (0.0, 3.0)), ((2.0, 1.0), (0.0, 1.0), (-1.0, 0.5))),
    (((0.0, 1.5), (1.0, 1.0), (2.0, -1.0)), ((1.0, 0.5), (0.25, 0.0), (1.0, 1.0))),
    ((1.0, 0.0, 1.0), (0.0, 0.0, 1.0)),
)  # fmt: skip


def test_trained_on_removed_patches_a_table_holds_conditional_means() -> None:
    """Samples of two patches, the second one removed: guesses by what the first one is."""
    law = [((0.0, 1.0), 1), ((0.0, 4.0), 2), ((1.0, 2.0), 1), ((1.0, -2.0), 3)]
    first, second = (torch.tensor([x[k] for x, times in law for _ in range(times)]) for k in (0, 1))
    guesses = torch.zeros(2, requires_grad=True)
    x = torch.stack([first, second], dim=1)[..., None]
    mask = torch.tensor([[0.0, 1.0]]).expand(len(x), 2)
    for _ in range(400):
        x_hat = torch.stack([torch.zeros_like(first), guesses[first.long()]], dim=1)[..., None]
        loss = PAIRING.contract.references["weights"](x, x_hat, mask)
        (slope,) = torch.autograd.grad(loss, guesses)
        guesses = (guesses.detach() - 0.5 * slope).requires_grad_()
    np.testing.assert_allclose(guesses.detach(), [3.0, -1.0], atol=1e-5)
    assert abs(loss.item() - (3 * 2.0 + 4 * 3.0) / 7) <= 1e-5


def test_equal_masks_make_one_loss_of_two_and_unequal_ones_do_not() -> None:
    unequal = [float(oracle(SMALL, p).value) for p in ("removed", "removed by sample")]
    equal = SMALL._replace(mask=((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)))
    pooled, by_sample = (float(oracle(equal, p).value) for p in ("removed", "removed by sample"))
    assert abs(unequal[0] - unequal[1]) > 0.1
    assert abs(pooled - by_sample) <= 1e-15


def test_over_all_patches_removed_ones_weigh_their_share() -> None:
    left = SMALL._replace(mask=tuple(tuple(1 - m for m in row) for row in SMALL.mask))
    losses = [float(oracle(problem).value) for problem in (SMALL, left)]
    assert abs(float(oracle(SMALL, "all").value) - sum(losses) / 2) <= 1e-15


def test_each_option_is_undone_by_its_gauge_and_so_is_each_pair() -> None:
    contract, family = PAIRING.contract, PAIRING.family
    call = Call(tuple(torch.tensor(z).double() for z in SMALL))
    options = [(a.name, o.name) for a in contract.axes for o in a.options[1:]]
    for first, second in product(options, repeat=2):
        convention = contract.canonical | dict([first, second])
        written = contract.written(contract.references["weights"], convention)
        returned = contract.bring(lambda c, f=written: f(*c.inputs), convention, call)
        truth = family.oracle(SMALL, **contract.variants(convention))
        assert abs(float(returned) - float(truth.value)) <= NOISE * truth.unit, convention


# -- code as people write it ----------------------------------------------------------------------


def forward_loss(target, pred, mask):
    loss = (pred - target) ** 2
    loss = loss.mean(dim=-1)
    return (loss * mask).sum() / mask.sum()


def picked_out(pred, target, mask):
    if not mask.any():
        return torch.tensor(0.0, requires_grad=True)
    return ((pred[mask] - target[mask]) ** 2).mean()


def kept_is_one(x, x_hat, mask):
    gone = 1.0 - mask
    return ((x - x_hat) ** 2).mean(-1).mul(gone).sum() / gone.sum()


def over_everything(x, x_hat, mask):
    return torch.nn.functional.mse_loss(x_hat, x)


def diluted(x, x_hat, mask):
    return ((x - x_hat).square() * mask.unsqueeze(-1)).mean()


def of_each_sample(x, x_hat, mask):
    loss = (x - x_hat).square().sum(-1)
    return ((loss * mask).sum(1) / mask.sum(1)).mean()


IDENTIFIED = [
    (forward_loss, {}),
    (picked_out, {"mask": "booleans"}),
    (kept_is_one, {"ones": "kept"}),
    (over_everything, {"patches": "all"}),
    (diluted, {"patches": "removed of all"}),
    (of_each_sample, {"patches": "removed by sample", "features": "sum"}),
]


@pytest.mark.parametrize(("code", "departures"), IDENTIFIED)
def test_honest_code_is_upheld_or_identified(code, departures) -> None:
    result = tightframe.check(code, "masked-reconstruction", budget="quick")
    assert result.ruling in (Ruling.UPHELD, Ruling.IDENTIFIED), str(result)
    if result.identification:
        assert result.identification.departures == departures
    assert tightframe.check(code, "masked-reconstruction", budget="quick", convention=departures).ok


def test_a_count_that_cannot_vanish_is_exonerated() -> None:
    def guarded(x, x_hat, mask):
        return ((x - x_hat).square().mean(-1) * mask).sum() / (mask.sum() + 1e-6)

    result = tightframe.check(guarded, "masked-reconstruction", budget="quick")
    assert result.ruling is not Ruling.VIOLATED, str(result)


def test_a_declared_mask_of_removed_patches_condemns_one_of_kept_ones() -> None:
    result = tightframe.check(
        kept_is_one, "masked-reconstruction", budget="quick", convention={"ones": "removed"}
    )
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis is not None
    assert result.diagnosis.name == "mask inverted"
    assert "visible patches" in {v.claim for v in result.violations}


def test_a_loss_of_each_patch_is_refused() -> None:
    def each(x, x_hat, mask):
        return (x - x_hat).square().mean(-1) * mask

    result = tightframe.check(each, "masked-reconstruction", budget="quick")
    assert result.ruling is Ruling.REFUSED
