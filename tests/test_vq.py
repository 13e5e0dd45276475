"""Vector quantization: the loss alternated to rest is k-means, and code as people write it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from judged import condemning

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.noise import KAPPA, UNIT_ROUNDOFF
from tightframe.checks.verdict import Ruling
from tightframe.implementations.contract import Call
from tightframe.theorems.quantized_codes import Codes, nearest, oracle

NOISE = KAPPA["float64"] * UNIT_ROUNDOFF["float64"]
F = torch.nn.functional
PAIRING = PAIRINGS["vq"]
SMALL = Codes(((1.0, 0.5), (-1.0, 2.0), (1.5, 0.0)), ((2.0, 0.0), (-1.0, 1.0), (0.0, -3.0)), 0.25)


def test_a_codebook_trained_by_the_loss_rests_at_the_means_of_its_rows() -> None:
    rows = np.random.default_rng(3).normal(size=(40, 2))
    z, codebook = torch.tensor(rows), torch.tensor(rows[:4].copy(), requires_grad=True)
    for _ in range(600):
        loss = PAIRING.contract.references["products"](z, codebook, 0.25)["loss"]
        (slope,) = torch.autograd.grad(loss, codebook)
        codebook = (codebook.detach() - 4 * slope).requires_grad_()
    index = nearest(rows, codebook.detach().numpy())
    for k in range(4):
        mean = rows[index == k].mean(axis=0)
        np.testing.assert_allclose(codebook[k].detach(), mean, atol=1e-10)


def test_a_decoder_s_gradient_reaches_the_rows_as_it_is() -> None:
    z, codebook = (torch.tensor(t).double().requires_grad_() for t in SMALL[:2])
    weight = torch.arange(6.0).double().reshape(3, 2)
    found = PAIRING.contract.references["broadcasting"](z, codebook, 0.25)
    rows, codes = torch.autograd.grad(
        (found["quantized"] * weight).sum(), (z, codebook), allow_unused=True
    )
    assert torch.equal(rows, weight)
    assert codes is None


def test_beta_on_the_other_term_changes_the_gradient_and_not_the_value() -> None:
    right, other = oracle(SMALL), oracle(SMALL, "codebook")
    assert np.array_equal(right.value, other.value)
    np.testing.assert_allclose(right.gradient[0] - 1, 0.25 * (other.gradient[0] - 1))
    np.testing.assert_allclose(other.gradient[1], 0.25 * right.gradient[1])


def test_each_option_is_undone_by_its_gauge_and_so_is_each_pair() -> None:
    contract, family = PAIRING.contract, PAIRING.family
    call = Call(tuple(torch.tensor(t).double() for t in SMALL[:2]), {"beta": SMALL.beta})
    options = [(a.name, o.name) for a in contract.axes for o in a.options[1:]]
    for first, second in product(options, repeat=2):
        convention = contract.canonical | dict([first, second])
        written = contract.written(contract.references["products"], convention)
        returned = contract.bring(
            lambda c, f=written: f(*c.inputs, **c.parameters), convention, call
        )
        truth = family.oracle(SMALL, **contract.variants(convention))
        np.testing.assert_allclose(returned, truth.value, atol=NOISE * truth.unit)


# -- code as people write it ----------------------------------------------------------------------


class Quantizer(torch.nn.Module):
    """A nested tuple, an index in a column, a one-hot product for an index."""

    def forward(self, z, codebook, beta):
        d = torch.sum(z**2, dim=1, keepdim=True) + torch.sum(codebook**2, dim=1)
        d = d - 2 * torch.matmul(z, codebook.t())
        index = torch.argmin(d, dim=1).unsqueeze(1)
        chosen = torch.zeros(len(z), len(codebook), dtype=z.dtype).scatter_(1, index, 1)
        z_q = torch.matmul(chosen, codebook)
        loss = beta * torch.mean((z_q.detach() - z) ** 2) + torch.mean((z_q - z.detach()) ** 2)
        usage = chosen.mean(dim=0)
        perplexity = torch.exp(-torch.sum(usage * torch.log(usage + 1e-10)))
        return z + (z_q - z).detach(), loss, (perplexity, chosen, index)


def legacy(z, codebook, beta):
    index = torch.cdist(z, codebook).argmin(dim=1)
    z_q = codebook[index]
    loss = torch.mean((z_q.detach() - z) ** 2) + beta * torch.mean((z_q - z.detach()) ** 2)
    return z + (z_q - z).detach(), loss, index


def with_beta_inside(z, codebook):
    index = ((z[:, None] - codebook) ** 2).sum(-1).argmin(-1)
    codes = F.embedding(index, codebook)
    loss = F.mse_loss(codes, z.detach()) + 0.25 * F.mse_loss(codes.detach(), z)
    return {"quantized": z + (codes - z).detach(), "index": index, "loss": loss}


def test_a_module_that_returns_a_tuple_is_upheld() -> None:
    result = tightframe.check(Quantizer(), "vq", budget="quick")
    assert result.ok, str(result)


def with_a_loss_of_one_entry(z, codebook, weight):
    """Losses are added to a tensor of one entry, and the index comes before them."""
    index = (-torch.cdist(z, codebook)).argmax(dim=-1)
    codes = F.one_hot(index, len(codebook)).to(z.dtype) @ codebook
    loss = torch.tensor([0.0], dtype=z.dtype, requires_grad=True)
    loss = loss + weight * F.mse_loss(codes.detach(), z) + F.mse_loss(codes, z.detach())
    return z + (codes - z).detach(), index, loss


def test_a_loss_of_one_entry_in_a_tuple_is_a_loss() -> None:
    how = {"map": {"beta": "weight"}, "budget": "quick"}
    result = tightframe.check(with_a_loss_of_one_entry, "vq", **how)
    assert result.ok, str(result)


def test_two_losses_are_refused_with_a_remedy_and_not_taken_for_one() -> None:
    def apart(z, codebook, beta):
        index = torch.cdist(z, codebook).argmin(dim=1)
        codes = codebook[index]
        losses = F.mse_loss(codes, z.detach()), beta * F.mse_loss(z, codes.detach())
        return z + (codes - z).detach(), losses, index

    result = tightframe.check(apart, "vq", budget="quick")
    assert result.ruling is Ruling.REFUSED, str(result)
    assert "add them up" in result.reason


def test_beta_on_the_codebook_is_identified_undeclared_and_condemned_declared() -> None:
    result = tightframe.check(legacy, "vq", budget="quick")
    assert result.ruling is Ruling.IDENTIFIED, str(result)
    assert result.identification is not None
    assert result.identification.departures == {"beta_on": "codebook"}
    assert tightframe.check(legacy, "vq", budget="quick", convention={"beta_on": "codebook"}).ok
    assert condemning("vq", "beta on the codebook's term") == ["gradient", "balance"]


def test_cosines_of_codes_of_several_lengths_are_told_from_products() -> None:
    def by_cosines(z, codebook, beta):
        index = F.cosine_similarity(z[:, None], codebook[None], dim=2).argmax(dim=1)
        codes = codebook[index]
        loss = F.mse_loss(codes, z.detach()) + beta * F.mse_loss(codes.detach(), z)
        return {"quantized": z + (codes - z).detach(), "index": index, "loss": loss}

    result = tightframe.check(by_cosines, "vq", budget="quick")
    assert result.ruling is Ruling.VIOLATED
    assert result.diagnosis is not None
    assert (result.diagnosis.name, result.diagnosis.equivalents) == ("smallest angle", ())


def test_a_weight_that_lives_inside_is_found() -> None:
    result = tightframe.check(with_beta_inside, "vq", budget="quick")
    assert result.identification is not None
    assert abs(result.identification.parameters["beta"] - 0.25) <= 1e-12
    assert tightframe.check(with_beta_inside, "vq", budget="quick", fixed={"beta": 0.25}).ok


@pytest.mark.parametrize("returned", [0.5, {"loss": 1.0}, (1.0, 2.0)])
def test_what_lacks_a_part_is_refused_with_a_remedy(returned) -> None:
    result = tightframe.check(lambda z, codebook, beta: returned, "vq", budget="quick")
    assert result.ruling is Ruling.REFUSED
    assert "return {'quantized': ..., 'index': ..., 'loss': ...}" in result.reason
