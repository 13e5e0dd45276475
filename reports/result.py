"""The record of one check, and of one run of the main job: plain data that round-trips JSON."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from ..checks.shadow_record import ShadowExample
from ..checks.verdict import Judgement, Record, Ruling

__all__ = ["DefectRow", "Proof", "ProofStep", "Provenance", "Reference", "Result", "Run"]
__all__ += ["provenance"]

PACKAGES = ("tightframe", "torch", "numpy", "scipy", "sympy", "hypothesis")


class Provenance(Record):
    """Where and when a result was made, and from what."""

    date: str
    versions: dict[str, str]
    platform: str
    seed: int
    budget: str


def provenance(*, seed: int, budget: str) -> Provenance:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Provenance(
        date=now, versions=found, platform=platform.platform(), seed=seed, budget=budget
    )


class Result(Judgement):
    """A judgement with its provenance, and the ways to hand it on.

    `target` is what `tightframe reproduce` imports, and `how` what it was built with: the same
    keywords that `tightframe.check` takes.
    """

    schema_version: int = 1
    target: str = ""
    how: dict[str, Any] = {}
    accepted: bool = False
    seconds: float = 0.0
    provenance: Provenance

    @classmethod
    def of(
        cls,
        judgement: Judgement,
        *,
        target: str,
        how: dict[str, Any],
        seconds: float,
        seed: int,
        budget: str,
        accept_inferred: bool = False,
    ) -> Self:
        """The judgement, with where it came from."""
        accepted = accept_inferred and judgement.ruling is Ruling.IDENTIFIED
        return cls(
            **dict(judgement), target=target, how=how, accepted=accepted, seconds=seconds,
            provenance=provenance(seed=seed, budget=budget),
        )  # fmt: skip

    @property
    def ok(self) -> bool:
        if self.ruling is Ruling.IDENTIFIED:
            return self.accepted
        return self.ruling in (Ruling.UPHELD, Ruling.STABILISED)

    def to_json(self, path: str | Path) -> None:
        Path(path).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    def to_html(self, path: str | Path) -> None:
        """One self-contained page."""
        from ..checks.catalogue import PAIRINGS
        from .html import render_result  # which imports this module

        pairing = PAIRINGS.get(self.contract)
        sources = (pairing.theorem, pairing.contract) if pairing else ()
        Path(path).write_text(render_result(self, *sources), encoding="utf-8")

    def to_junit(self, path: str | Path) -> None:
        from .junit import write_junit

        write_junit([self], path)

    def to_sarif(self, path: str | Path) -> None:
        from .sarif import write_sarif

        write_sarif([self], path)

    def raise_if_violated(self) -> None:
        """Raise `AssertionError` with the whole report if a claim is violated."""
        if self.violations:
            raise AssertionError(str(self))

    def __str__(self) -> str:
        from .terminal import text

        return text(self)

    @classmethod
    def from_json(cls, path: str | Path) -> Self:
        return cls.model_validate_json(Path(path).read_text(encoding="utf-8"))


class ProofStep(Record):
    why: str
    kind: str
    tex: str
    scope: str
    slip: str
    outcome: str
    seconds: float
    when: str = "checked in this run"


class Proof(Record):
    """The steps of one theorem's proof, as checked in this run; and its assumptions."""

    theorem: str
    steps: tuple[ProofStep, ...]
    assumptions: tuple[tuple[str, str, str], ...]  # words, what fails without it, the slack there


class DefectRow(Record):
    """A known defect, held to its contract in this run."""

    contract: str
    name: str
    why: str
    changes: str
    seen_in: tuple[str, ...]
    equivalents: tuple[str, ...]
    convention: dict[str, str]
    condemned_by: tuple[str, ...]
    named: tuple[str, ...]
    shown: str
    problems: int
    milliseconds: float

    @property
    def is_named(self) -> bool:
        """Named as itself, or as one that no input can tell from it."""
        return bool({self.name, *self.equivalents} & set(self.named))


class Reference(Record):
    """A reference implementation of ours, held to its contract in this run, with a picture's data:
    `series` maps a label to points (x, y)."""

    result: Result
    series: dict[str, tuple[tuple[float, float], ...]] = {}
    axes: tuple[str, str] = ("", "")


class Run(Record):
    """One run of the main job: proofs, our trained references, every defect on trial, whatever code
    from elsewhere was audited beside them, and the worked example of shadow execution."""

    schema_version: int = 1
    provenance: Provenance
    proofs: tuple[Proof, ...]
    references: tuple[Reference, ...]
    defects: tuple[DefectRow, ...]
    audits: tuple[Result, ...] = ()
    shadow: ShadowExample | None = None
    seconds: float

    @property
    def results(self) -> tuple[Result, ...]:
        """The results of references and audited code alike."""
        return tuple(reference.result for reference in self.references) + self.audits
