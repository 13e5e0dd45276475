"""The main job finds nothing broken, and would say so if it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from tightframe.checks.catalogue import PAIRINGS
from tightframe.reports.book import broken, make_run, proof, summary
from tightframe.reports.result import Run

TASKS = [(c, d.name) for c, p in PAIRINGS.items() for d in p.contract.defects]


@pytest.fixture(scope="module")
def run() -> Run:
    """A whole run of one contract: the main job in small."""
    whole = make_run(budget="quick", seed=0, fresh=True, only=("reconstruction-loss",))
    assert {row.contract for row in whole.defects} == {"reconstruction-loss"}
    return whole


def test_a_sound_run_has_nothing_broken(run: Run) -> None:
    assert broken(run) == []
    total = len(run.defects)
    assert f"{total} of {total} defects condemned, {total} named" in summary(run)


def test_a_run_round_trips_json(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(run.model_dump_json())
    assert Run.model_validate_json(path.read_text()) == run


def test_a_defect_that_escapes_is_broken(run: Run) -> None:
    escaped = run.defects[0].model_copy(update={"condemned_by": ()})
    lines = broken(run.model_copy(update={"defects": (escaped,)}))
    assert lines == [f"reconstruction-loss: the defect {escaped.name!r} is not condemned"]


def test_a_defect_with_a_wrong_name_is_broken(run: Run) -> None:
    mistaken = run.defects[0].model_copy(update={"named": ("something else",)})
    assert "is named" in broken(run.model_copy(update={"defects": (mistaken,)}))[0]


def test_a_refuted_step_is_broken() -> None:
    whole = proof("gibbs", fresh=True)
    refuted = whole.steps[0].model_copy(update={"outcome": "REFUTED"})
    false = whole.model_copy(update={"steps": (refuted,)})
    assert "is refuted" in broken(_only(false))[0]


def test_an_assumption_that_nothing_breaks_is_broken() -> None:
    whole = proof("gibbs", fresh=True)
    idle = whole.model_copy(update={"assumptions": (("idle", "nothing", "0.5"),)})
    assert "is not shown to be needed" in broken(_only(idle))[0]


def _only(found: object) -> Run:
    empty = make_run(budget="quick", seed=0, fresh=True, only=())
    return empty.model_copy(update={"proofs": (found,)})
