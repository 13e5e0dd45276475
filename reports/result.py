"""The record of one check, and of one run of the main job: plain data that round-trips JSON."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from ..checks.shadow_record import ShadowExample
from ..checks.verdict import Judgement, Record, Ruling

__all__ = ["DefectRow", "ErratumRow", "Number", "Piece", "Proof", "ProofStep", "Provenance"]
__all__ += ["Reference", "Result", "Run", "provenance"]

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


class Drawn(Record):
    """Curves over two axes: a label and its points (x, y) each."""

    title: str
    axes: tuple[str, str]
    series: dict[str, tuple[tuple[float, float], ...]]


class Proof(Record):
    """The steps of one theorem's proof, as checked in this run; its assumptions and its picture."""

    theorem: str
    steps: tuple[ProofStep, ...]
    assumptions: tuple[tuple[str, str, str], ...]  # words, what fails without it, the slack there
    picture: Drawn | None = None


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


class Scattered(Record):
    """Two-dimensional codes of data that have names: the points of each name, what was measured in
    words, and of each name the share whose nearest neighbour has the same."""

    title: str
    axes: tuple[str, str]
    marks: dict[str, tuple[tuple[float, float], ...]]
    told: str
    shares: dict[str, float]


class Reference(Record):
    """A reference implementation of ours, held to its contract in this run, with a picture's data:
    `series` maps a label to points (x, y); `scatters` are codes of the `data` named."""

    result: Result
    series: dict[str, tuple[tuple[float, float], ...]] = {}
    axes: tuple[str, str] = ("", "")
    scatters: tuple[Scattered, ...] = ()
    data: str = ""


class Number(Record):
    """A number that a counterexample gave, and what it is; `exact` is the number in full where no
    rounding went into it."""

    of: str
    value: float
    exact: str = ""


class Piece(Record):
    """A function as it stands in a file of theorems, from `first_line` on."""

    file: str
    first_line: int
    source: str


class ErratumRow(Record):
    """A common claim, refuted in this run: `code` did it, the counterexample last and before it
    what it calls; `claimed` is the slack of the claim (None where its failure is cited) and
    `corrected` that of what is true instead."""

    id: str
    chapter: str
    said: str
    claim: str
    believed: str
    corrected_to: str
    instance: str
    theorems: tuple[str, ...]
    references: tuple[str, ...]
    cited: str
    code: tuple[Piece, ...]
    claimed: Number | None
    corrected: Number
    numbers: tuple[Number, ...]
    title: str = ""  # of the picture, with its series over its axes
    series: dict[str, tuple[tuple[float, float], ...]] = {}
    axes: tuple[str, str] = ("", "")
    seconds: float

    @property
    def refuted(self) -> bool:
        """Whether the common claim failed as it must, or is cited."""
        return bool(self.cited) if self.claimed is None else self.claimed.value < 0

    @property
    def holds(self) -> bool:
        """Whether the corrected statement held."""
        return self.corrected.value >= 0

    @property
    def unexpected(self) -> list[str]:
        """What did not come out as the page says: each line is a fault of ours."""
        lines = []
        if not self.refuted:
            slack = self.claimed.value if self.claimed else None
            lines.append(f"erratum {self.id}: the common claim is not violated (slack {slack})")
        if not self.holds:
            slack = self.corrected.value
            lines.append(f"erratum {self.id}: the corrected statement fails (slack {slack})")
        return lines


class Run(Record):
    """One run of the main job: proofs, our trained references, every defect on trial, whatever code
    from elsewhere was audited beside them, the worked example of shadow execution, and the common
    errors that were refuted."""

    schema_version: int = 1
    provenance: Provenance
    proofs: tuple[Proof, ...]
    references: tuple[Reference, ...]
    defects: tuple[DefectRow, ...]
    audits: tuple[Result, ...] = ()
    shadow: ShadowExample | None = None
    errata: tuple[ErratumRow, ...] = ()
    seconds: float

    @property
    def results(self) -> tuple[Result, ...]:
        """The results of references and audited code alike."""
        return tuple(reference.result for reference in self.references) + self.audits
