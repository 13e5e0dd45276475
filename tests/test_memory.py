"""Proofs that were checked before are remembered honestly, or not at all."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sympy as sp

from tightframe.theorems import memory
from tightframe.theorems.catalogue import THEOREMS
from tightframe.theorems.memory import checked, key
from tightframe.theorems.symbolic import Decision
from tightframe.theorems.theorem import Step, Theorem, identity

NT_XENT = THEOREMS["nt-xent"]


def told(theorem: Theorem, folder: Path, *, fresh: bool = False) -> list[str]:
    return [step.when for step in checked(theorem, fresh=fresh, folder=folder)]


def counted(theorem: Theorem, calls: list[str]) -> Theorem:
    """The theorem, its proof noting every step that is really checked."""

    def noted(step: Step) -> Step:
        def holds() -> Decision:
            calls.append(step.why)
            assert step.holds is not None
            return step.holds()

        return dataclasses.replace(step, holds=holds) if step.holds else step

    def proof() -> Iterator[Step]:
        yield from map(noted, theorem.proof())

    proof.__module__ = theorem.proof.__module__
    return dataclasses.replace(theorem, proof=proof)


def test_a_proof_is_checked_once_and_then_remembered(tmp_path: Path) -> None:
    calls: list[str] = []
    theorem = counted(NT_XENT, calls)
    assert set(told(theorem, tmp_path)) == {"checked in this run"}
    first = len(calls)
    assert all(when.startswith("remembered from ") for when in told(theorem, tmp_path))
    assert first > 0
    assert len(calls) == first


def test_fresh_never_uses_the_memory_and_leaves_none(tmp_path: Path) -> None:
    assert set(told(NT_XENT, tmp_path, fresh=True)) == {"checked in this run"}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["outcome", "key", "checksum", "cut short", "empty"])
def test_a_corrupt_entry_is_refused(tmp_path: Path, damage: str) -> None:
    told(NT_XENT, tmp_path)
    path = tmp_path / "nt-xent.json"
    entry = json.loads(path.read_text())
    if damage == "outcome":
        entry["steps"][0][0] = "REFUTED"
    elif damage == "key":
        entry["key"] = "0" * 40
    elif damage == "checksum":
        entry["checksum"] = "0" * 40
    text = json.dumps(entry)
    path.write_text({"cut short": text[:50], "empty": ""}.get(damage, text))
    assert set(told(NT_XENT, tmp_path)) == {"checked in this run"}


@pytest.mark.parametrize(
    ("theorem", "source"),
    [("nt-xent", "symbolic.py"), ("lehmann-scheffe", "minimality.py")],
    ids=["functions", "a constant alone"],
)
def test_the_key_changes_with_the_source_of_what_the_proof_imports(
    theorem: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = key(THEOREMS[theorem])
    assert key(THEOREMS[theorem]) == before
    read = Path.read_text

    def edited(path: Path, *arguments: object, **options: object) -> str:
        text = read(path, *arguments, **options)  # type: ignore[arg-type]
        return text + "\n# edited" if path.name == source else text

    monkeypatch.setattr(Path, "read_text", edited)
    assert key(THEOREMS[theorem]) != before


def test_the_key_changes_with_the_version_of_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(NT_XENT)
    monkeypatch.setattr(memory, "version", lambda name: "0.0")
    assert key(NT_XENT) != before


def test_a_proof_that_does_not_stand_is_not_remembered(tmp_path: Path) -> None:
    x = sp.Symbol("x")

    def proof() -> Iterator[Step]:
        yield identity("false", x, x + 1, slip=x, slip_words="true", tex="x = x + 1", scope="any")

    proof.__module__ = NT_XENT.proof.__module__
    wrong = dataclasses.replace(NT_XENT, id="wrong", proof=proof)
    assert [step.outcome for step in checked(wrong, fresh=False, folder=tmp_path)] == ["REFUTED"]
    assert not list(tmp_path.iterdir())
