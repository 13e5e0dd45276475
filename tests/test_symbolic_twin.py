"""At the smallest sizes, for all inputs: what is proved, what is refuted, and what neither."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
import torch
from symbolic_subjects import CLIP_NAMES, CLIP_TABLES, PAIRS, ROWS, clip_definition, trial
from torch import Tensor

from tightframe.checks import elbo, gaussian_kl, nt_xent, reconstruction_loss, symbolic_twin
from tightframe.checks.formula import Alphabet
from tightframe.checks.symbolic_point import generic, smallest
from tightframe.checks.symbolic_trial import prove_at
from tightframe.checks.symbolic_twin import Proved, Refuted, Undecided, prove
from tightframe.implementations.nt_xent import decoupled, stabilised
from tightframe.implementations.reconstruction_loss import bernoulli
from tightframe.theorems.elbo_family import Autoencoder
from tightframe.theorems.reconstruction_loss import Reconstruction

SMALLEST = PAIRS["N=2, d=2"]
RECONSTRUCTIONS = {
    "1x1": Reconstruction(((0.25,),), ((0.625,),)),
    "2x1": Reconstruction(((0.25,), (0.5,)), ((0.625,), (0.125,))),
}
NT_XENT, KL = nt_xent.PAIRING.contract, gaussian_kl.PAIRING.contract


def proved(found: Any) -> Proved:
    assert isinstance(found, Proved), found
    assert found.error == 0.0
    return found


# -- proved ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", PAIRS)
@pytest.mark.parametrize("name", NT_XENT.references)
def test_honest_nt_xent_is_the_definition_for_all_inputs_of_the_size(name: str, size: str) -> None:
    found = proved(prove_at(trial(nt_xent.PAIRING, NT_XENT.references[name]), PAIRS[size]))
    assert found.sentence.startswith("proved at z1 ")
    assert "temperature" not in found.sizes  # for every one
    assert found.entries == 1 + 2 * np.size(PAIRS[size].z1)


def test_a_clamp_of_the_norm_is_a_condition_and_no_norm_may_be_zero() -> None:
    references = NT_XENT.references
    clamped = proved(prove_at(trial(nt_xent.PAIRING, references["masked log-sum-exp"]), SMALLEST))
    assert clamped.conditions[0].startswith("sqrt(z1_11**2 + z1_12**2) >= 1e-12 (nt_xent.py:")
    plain = references["cross-entropy in four blocks"]
    divided = proved(prove_at(trial(nt_xent.PAIRING, plain), SMALLEST))
    assert divided.conditions[0] == "z1_11**2 + z1_12**2 != 0 (by definition)"
    assert len(clamped.conditions) == len(divided.conditions) == 4


@pytest.mark.parametrize("size", PAIRS)
def test_the_decoupled_variant_is_proved(size: str) -> None:
    subject = trial(nt_xent.PAIRING, decoupled, positive_in_denominator="no")
    proved(prove_at(subject, PAIRS[size]))


@pytest.mark.parametrize("size", ROWS)
@pytest.mark.parametrize("name", KL.references)
def test_the_kl_is_proved_without_conditions(name: str, size: str) -> None:
    found = proved(prove_at(trial(gaussian_kl.PAIRING, KL.references[name]), ROWS[size]))
    assert found.conditions == ()


@pytest.mark.parametrize("size", RECONSTRUCTIONS)
def test_reconstruction_losses_are_proved(size: str) -> None:
    pairing = reconstruction_loss.PAIRING
    for coding in pairing.contract.references.values():
        proved(prove_at(trial(pairing, coding), RECONSTRUCTIONS[size]))
    found = proved(prove_at(trial(pairing, bernoulli, error="bernoulli"), RECONSTRUCTIONS[size]))
    words = " ".join(found.conditions)
    assert "x_hat_11 > 0" in words
    assert "log(x_hat_11) >= -100" in words  # where torch clamps the logarithm


def test_the_elbo_is_proved_at_the_smallest_size() -> None:
    problem = Autoencoder(((1.5,),), ((0.5,),), ((-1.0,),), ((1.25,),), (0.25,))
    for coding in elbo.PAIRING.contract.references.values():
        assert proved(prove_at(trial(elbo.PAIRING, coding), problem)).conditions == ()


# -- a loss of two directions, its scale an input too ---------------------------------------------


def scores(image: Tensor, text: Tensor, log_scale: Tensor) -> Tensor:
    u, v = (torch.nn.functional.normalize(z, dim=-1) for z in (image, text))
    return log_scale.exp() * u @ v.T


def clip(tensors: tuple[Tensor, ...]) -> Tensor:
    table = scores(*tensors)
    labels = torch.arange(len(table))
    cross_entropy = torch.nn.functional.cross_entropy
    return (cross_entropy(table, labels) + cross_entropy(table.T, labels)) / 2


def clip_shifted(tensors: tuple[Tensor, ...], *, detached: bool) -> Tensor:
    def one_way(table: Tensor) -> Tensor:
        top = table.max(1, keepdim=True).values
        table = table - (top.detach() if detached else top)
        return (table.exp().sum(1).log() - table.diagonal()).mean()

    table = scores(*tensors)
    return (one_way(table) + one_way(table.T)) / 2


def asked(code: Any, size: str = "N=2, d=2") -> Any:
    def definition(arithmetic: Any, entries: tuple[np.ndarray, ...]) -> Any:
        return clip_definition(arithmetic, entries, arithmetic.exp(entries[2]))

    return prove(code, CLIP_TABLES[size], definition, names=CLIP_NAMES)


@pytest.mark.parametrize("size", CLIP_TABLES)
def test_clips_loss_is_proved_for_every_scale(size: str) -> None:
    found = proved(asked(clip, size))
    assert "log_scale a number" in found.sizes
    assert all(">= 1e-12" in c for c in found.conditions)


def test_a_largest_score_that_is_subtracted_cancels_whichever_it_is() -> None:
    found = proved(asked(functools.partial(clip_shifted, detached=True)))
    assert found.cancelled == 4
    assert all(">= 1e-12" in c for c in found.conditions)


def test_where_its_place_is_used_by_the_gradient_the_choice_is_a_condition() -> None:
    found = proved(asked(functools.partial(clip_shifted, detached=False)))
    assert sum("test_symbolic_twin.py" in c and "1e-12" not in c for c in found.conditions) == 4


def test_a_branch_is_a_condition_and_the_other_branch_is_refuted() -> None:
    def branching(tensors: tuple[Tensor, ...], sign: float) -> Tensor:
        return clip(tensors) if tensors[0].sum() > sign else 2 * clip(tensors)

    found = proved(asked(functools.partial(branching, sign=-3.0)))
    (condition,) = [c for c in found.conditions if "image_11 + image_12" in c]
    assert condition.startswith("image_11 + image_12 + image_21 + image_22 > -3 (test_symbolic")
    assert isinstance(asked(functools.partial(branching, sign=3.0)), Refuted)


# -- refuted --------------------------------------------------------------------------------------


WRONG = (
    "self-similarity kept in the denominator", "temperature squared", "one direction only",
    "not normalised", "divided by N-1", "neighbours taken for partners",
    "temperature forgotten", "second view detached", "norm detached",
)  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_defect_is_refuted_at_a_point(name: str) -> None:
    (defect,) = (d for d in NT_XENT.defects if d.name == name)
    subject = trial(nt_xent.PAIRING, defect.call, **defect.convention)
    found: Any = prove_at(subject, SMALLEST)
    assert isinstance(found, Refuted)
    assert np.array_equal(found.point["z1"], SMALLEST.z1)
    assert abs(found.ours - found.theirs) > 1e-9
    assert found.where.startswith("gradient" if "detached" in name else "value")
    assert found.without is None


@pytest.mark.parametrize("defect", KL.defects, ids=lambda d: d.name)
def test_every_defect_of_the_kl_is_refuted_or_undecided_but_never_proved(defect: Any) -> None:
    subject = trial(gaussian_kl.PAIRING, defect.call, **defect.convention)
    rows = type(ROWS["n=1, k=2"])(((0.5, 1.25), (0.25, -1.0)), ((-0.75, 0.5), (1.5, 2.25)))
    assert isinstance(prove_at(subject, rows), Refuted | Undecided)


@pytest.mark.parametrize("place", ["norm", "squared_norm", "denominator", "probability"])
def test_a_stabiliser_refutes_and_is_named_if_it_is_all(place: str) -> None:
    coding = functools.partial(stabilised, **{place: 1e-8})
    found: Any = prove_at(trial(nt_xent.PAIRING, coding), SMALLEST)
    assert isinstance(found, Refuted)
    assert {c.value for c in found.stabilisers} == {1e-8}
    assert found.stabilisers[0].line.startswith("added_constants.py:")
    proved(found.without)


def test_what_need_not_be_explained_is_not_sought(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may cost a hundred times the proof; a check shows proofs alone."""
    subject = trial(nt_xent.PAIRING, functools.partial(stabilised, norm=1e-8))
    monkeypatch.setattr(symbolic_twin, "_without_stabilisers", None)
    found: Any = prove_at(subject, SMALLEST, explained=False)
    assert isinstance(found, Refuted)
    assert found.stabilisers == ()


def test_a_difference_beyond_all_digits_is_not_proved() -> None:
    def nearly(tensors: tuple[Tensor, ...]) -> Tensor:
        return clip(tensors) * (1 + torch.full((), 1e-30) * 1e-30)

    found = asked(nearly)
    assert isinstance(found, Undecided)
    assert "differ in form" in found.why
    proved(found.without)


# -- undecided ------------------------------------------------------------------------------------


def test_numbers_that_leave_torch_or_are_drawn_leave_it_undecided() -> None:
    ways = {
        "left torch": lambda t: clip(t) + 0 * t[0].sum().item(),
        "numbers that depend on the inputs left torch": lambda t: (
            clip(t) + 0 * torch.from_numpy(t[0].detach().numpy()).sum()
        ),
        "a draw that cannot be replaced: one (of rand, rand_like or uniform_)": lambda t: (
            clip(t) + 0 * torch.rand(())
        ),
        "has no twin": lambda t: clip(t) + 0 * torch.linalg.svdvals(t[0]).sum().detach(),
    }
    for why, code in ways.items():
        found = asked(code)
        assert isinstance(found, Undecided)
        assert why in found.why or why == "has no twin", found.why


def test_two_equal_tables_are_no_point() -> None:
    problem = SMALLEST._replace(z2=SMALLEST.z1)
    found: Any = prove_at(trial(nt_xent.PAIRING, decoupled), problem)
    assert isinstance(found, Undecided)
    assert found.why == "two inputs are the same table; pose another"


def test_a_wrong_rule_of_the_formulas_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Alphabet.exponential
    wrong = lambda alphabet, a: right(alphabet, {m: 2 * c for m, c in a.items()})  # noqa: E731
    monkeypatch.setattr(Alphabet, "exponential", wrong)
    found = asked(clip)
    assert isinstance(found, Undecided)
    assert "not worth at the point what it stands for" in found.why


def test_a_place_that_is_looked_up_notes_what_it_rests_on() -> None:
    def picking(tensors: tuple[Tensor, ...]) -> Tensor:
        best = tensors[0][:, 0].argmax()
        return clip(tensors) + 0 * tensors[0][best].sum()

    words = " ".join(proved(asked(picking)).conditions)
    assert "image_11 - image_21 <= 0" in words or "-image_11 + image_21 >= 0" in words


# -- where to ask ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pairing",
    [nt_xent.PAIRING, gaussian_kl.PAIRING, reconstruction_loss.PAIRING, elbo.PAIRING],
    ids=lambda pairing: pairing.contract.name,
)
def test_at_the_smallest_sizes_of_each_design_every_honest_coding_is_proved(pairing: Any) -> None:
    for coding in pairing.contract.references.values():
        subject = trial(pairing, coding)
        assert smallest(subject)
        for problem in smallest(subject):
            proved(prove_at(subject, problem))


def test_a_generic_point_keeps_sizes_and_signs_and_repeats_no_number() -> None:
    problem = PAIRS["N=3, d=1"]._replace(temperature=0.07)
    found = generic(problem)
    assert np.array_equal(np.sign(found.z1), np.sign(problem.z1))
    assert len(set(np.ravel([found.z1, found.z2]))) == 6
    assert found.temperature == 0.0625


def test_code_that_is_wrong_in_its_rounding_alone_is_proved() -> None:
    (defect,) = (d for d in NT_XENT.defects if d.name == "exponentials not shifted")
    assert defect.rounding
    assert isinstance(prove_at(trial(nt_xent.PAIRING, defect.call), PAIRS["N=3, d=1"]), Proved)
