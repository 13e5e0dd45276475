"""What is said of a piece of code: rulings, evidence, verdicts, and the whole judgement."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = [
    "Counts",
    "Diagnosis",
    "Evidence",
    "Identification",
    "Judgement",
    "Ruling",
    "ShadowFound",
    "ShadowOutcome",
    "StabiliserFound",
    "Strength",
    "Verdict",
]


class Ruling(str, Enum):
    """The eight things that can be said.  In order of precedence, gravest first."""

    CRASHED = "crashed"
    REFUSED = "refused"
    VIOLATED = "violated"
    IDENTIFIED = "identified"
    STABILISED = "upheld up to a stabiliser"
    UPHELD = "upheld"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not applicable"


class Strength(str, Enum):
    """Which kind of execution produced a number."""

    SHADOW = "shadow"  # on exact twins of every tensor: nothing is rounded
    LIFTED = "lifted"  # every low precision that the code names became float64
    NATIVE = "native"  # the code's own precision


class Record(BaseModel):
    """Plain data: frozen, closed to unknown fields, and JSON that keeps NaN and infinities."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class Evidence(Record):
    """One measurement.  The claim fails on the problem when `slack < -noise`, or is NaN.

    `problem` holds the named tuple's fields as plain lists; `shown` is its repr.  `ours` and
    `theirs` are the theorem's number and the code's; `inputs` says what the code was handed.
    """

    problem: dict[str, Any]
    shown: str
    ours: str
    theirs: str
    slack: float
    noise: float
    strength: Strength
    dtype: str
    related: tuple[str, ...] = ()


class Verdict(Record):
    """One claim, judged on `problems` problems.

    `id` names a violation for `tightframe reproduce`; `evidence` is the smallest counterexample of
    a violation, else the probe that used most of its noise budget, whose share is `used`.
    `detectable` is the smallest relative error of the output that these problems would have caught.
    """

    id: str
    theorem: str
    claim: str
    tex: str
    why: str
    binds: str
    ruling: Ruling
    reason: str = ""
    problems: int = 0
    executions: int = 0
    seconds: float = 0.0
    strength: Strength = Strength.LIFTED
    dtype: str = "float64"
    used: float | None = None
    detectable: float | None = None
    evidence: Evidence | None = None


class Identification(Record):
    """What the code behaves as, where that was not declared: `sentence` says it in words."""

    convention: dict[str, str]
    parameters: dict[str, float]
    departures: dict[str, str]
    sentence: str


class StabiliserFound(Record):
    """A small constant that explains the whole deviation; `line` is where, if it was shown."""

    place: str
    words: str
    size: float
    effect: float
    line: str = ""


class ShadowOutcome(str, Enum):
    """What came of carrying exact twins through the code."""

    AGREES = "agrees"
    DIFFERS = "differs"
    LOST = "lost"
    NOT_RUN = "not run"


class ShadowFound(Record):
    """The shadow's report: its words, the lines of the code where something was shown, and the
    sizes at which code and definition were proved to be one function, with their conditions."""

    outcome: ShadowOutcome
    problems: int
    words: str
    lines: tuple[str, ...] = ()
    proved: tuple[str, ...] = ()


class Diagnosis(Record):
    """The error by name.  `residual` is the largest misfit, in units of the noise bound."""

    name: str
    why: str
    changes: str
    seen_in: tuple[str, ...]
    equivalents: tuple[str, ...]
    residual: float


class Counts(Record):
    """How many claims were judged, did not apply, and were not run."""

    ran: int
    not_applicable: int
    not_run: int


class Judgement(Record):
    """All verdicts on one subject under one contract."""

    subject: str
    contract: str
    ruling: Ruling
    reason: str = ""
    convention: dict[str, str]
    declared: dict[str, str]
    fixed: dict[str, float]
    identification: Identification | None = None
    stabilisers: tuple[StabiliserFound, ...] = ()
    diagnosis: Diagnosis | None = None
    shadow: ShadowFound | None = None
    verdicts: tuple[Verdict, ...] = ()
    counts: Counts

    @property
    def violations(self) -> tuple[Verdict, ...]:
        return tuple(v for v in self.verdicts if v.ruling is Ruling.VIOLATED)
