"""info-nce-pytorch is InfoNCE, which is not NT-Xent, and is told so by name.

NT-Xent classifies each of 2N embeddings among the other 2N-1.  This loss classifies each of N
queries among N keys: the keys are no anchors, and no query meets another.  Averaging it over both
directions makes CLIP's loss, in which still no embedding meets another of its own view.

With negatives of their own it is InfoNCE with explicit negatives, shared or per query.
"""

from __future__ import annotations

from typing import Any

import pytest
from info_nce import InfoNCE, info_nce
from thirdparty import exact
from thirdparty.subjects import in_every_dtype, judged

pytestmark = pytest.mark.thirdparty


def both_directions(z1: Any, z2: Any, temperature: float) -> Any:
    one, other = (info_nce(a, b, temperature=temperature) for a, b in ((z1, z2), (z2, z1)))
    return (one + other) / 2


@pytest.mark.parametrize("target", [InfoNCE, info_nce], ids=["class", "function"])
def test_in_one_direction_it_is_named_for_what_it_is(target: Any) -> None:
    result = judged(target, "nt-xent")
    assert (result.ruling.value, result.ok) == ("violated", False)
    assert result.diagnosis.name == "one direction only, and own view left out"
    assert {v.claim for v in result.violations} >= {"value", "gradient", "floor", "view swap"}


def test_both_numbers_are_confirmed() -> None:
    result = judged(InfoNCE, "nt-xent")
    problem, ours, theirs, noise = exact.shown(result, "value")
    assert abs(exact.nt_xent(**problem) - ours[0]) <= noise
    assert abs(exact.info_nce(*problem.values()) - theirs[0]) <= noise
    problem, ours, theirs, noise = exact.shown(result, "view swap")
    z1, z2, temperature = problem.values()
    one, other = exact.info_nce(z1, z2, temperature), exact.info_nce(z2, z1, temperature)
    assert abs(one - other) > 1e6 * noise


def test_an_object_is_named_too_though_its_temperature_is_unknown() -> None:
    result = judged(InfoNCE(0.1), "nt-xent")
    assert result.ruling.value == "violated"
    assert result.diagnosis.name == "one direction only, and own view left out"


def test_in_both_directions_only_the_own_view_is_missing() -> None:
    result = judged(both_directions, "nt-xent")
    assert result.ruling.value == "violated"
    assert result.diagnosis.name == "own view left out"
    problem, ours, theirs, noise = exact.shown(result, "value")
    z1, z2, temperature = problem.values()
    mean = (exact.info_nce(z1, z2, temperature) + exact.info_nce(z2, z1, temperature)) / 2
    assert abs(exact.nt_xent(**problem) - ours[0]) <= noise
    assert abs(mean - theirs[0]) <= noise


@in_every_dtype
@pytest.mark.parametrize("target", [InfoNCE, info_nce], ids=["class", "function"])
def test_held_to_its_own_contract_it_is_upheld(target: Any, dtype: str) -> None:
    assert judged(target, "info-nce", dtype=dtype).ruling.value == "upheld"


def test_an_object_s_temperature_is_found() -> None:
    result = judged(InfoNCE(), "info-nce")
    assert result.identification.parameters == {"temperature": 0.1}
    assert not result.identification.departures


def test_both_directions_are_identified_as_such() -> None:
    result = judged(both_directions, "info-nce")
    assert result.identification.departures == {"direction": "both"}


# -- with negatives of their own ------------------------------------------------------------------


def paired(query: Any, positive: Any, negatives: Any, temperature: float) -> Any:
    return info_nce(query, positive, negatives, temperature, negative_mode="paired")


def test_explicit_negatives_are_upheld_as_they_are() -> None:
    result = judged(info_nce, "info-nce-explicit")
    assert (result.ruling.value, result.identification) == ("upheld", None)


def test_an_object_s_temperature_is_found_beside_its_negatives() -> None:
    result = judged(InfoNCE(0.2), "info-nce-explicit")
    assert result.ruling.value == "identified"
    assert result.identification.departures == {}
    assert result.identification.parameters == {"temperature": 0.2}


def test_paired_negatives_are_each_query_s_own() -> None:
    assert judged(paired, "info-nce-explicit").identification.departures == {
        "negatives": "per query"
    }
    declared = judged(paired, "info-nce-explicit", convention={"negatives": "per query"})
    assert declared.ruling.value == "upheld"


def test_as_moco_s_loss_it_is_right_if_the_caller_detaches() -> None:
    result = judged(info_nce, "moco")
    assert result.ruling.value == "identified"
    assert result.identification.departures == {"detaches": "no"}
