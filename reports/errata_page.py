"""The page on errata: what is kept of a counterexample that was run, and what is shown of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any

from markupsafe import Markup

from ..theorems.errata import CHAPTERS, ERRATA, NOTES
from ..theorems.erratum import Erratum, Measured, Refutation, is_exact
from . import plot
from .result import ErratumRow, Number
from .words import number

__all__ = ["erratum_row", "shown"]

CHAPTER_OF: Mapping[str, str] = {e.id: name for name, part in CHAPTERS.items() for e in part}


def erratum_row(id: str) -> ErratumRow:
    """Run the counterexample of one erratum of the table, and write down what came of it."""
    start = perf_counter()
    found = ERRATA[id].counterexample()
    return _row(ERRATA[id], CHAPTER_OF[id], found, perf_counter() - start)


def _row(erratum: Erratum, chapter: str, found: Refutation, seconds: float) -> ErratumRow:
    lines, first = inspect.getsourcelines(erratum.counterexample)
    picture = found.picture
    return ErratumRow(
        id=erratum.id, chapter=chapter, said=erratum.said, claim=erratum.claim,
        believed=erratum.believed, corrected_to=erratum.corrected, instance=erratum.instance,
        theorems=erratum.theorems, references=erratum.references, cited=erratum.cited,
        file=Path(inspect.getsourcefile(erratum.counterexample) or "").name, first_line=first,
        source="".join(lines).rstrip(), claimed=found.claimed and _number(found.claimed),
        corrected=_number(found.corrected), numbers=tuple(map(_number, found.numbers)),
        title=picture.title if picture else "", series=dict(picture.series) if picture else {},
        axes=picture.axes if picture else ("", ""), seconds=seconds,
    )  # fmt: skip


def _number(measured: Measured) -> Number:
    exact = str(measured.value) if is_exact(measured.value) else ""
    return Number(of=measured.of, value=float(measured.value), exact=exact)


# -- what the template needs ----------------------------------------------------------------------


def shown(rows: Iterable[ErratumRow]) -> dict[str, Any]:
    """The rows by chapter, and how to write their numbers."""
    rows = list(rows)
    return {
        "rows": rows,
        "chapters": [(name, list(part)) for name, part in groupby(rows, lambda r: r.chapter)],
        "notes": NOTES,
        "refuted": sum(row.claimed is not None and row.refuted for row in rows),
        "told": told, "picture_of": picture_of,
    }  # fmt: skip


def told(found: Number) -> str:
    """The number in full where it is exact, else three digits of it."""
    return found.exact.replace("-", "−") if found.exact else number(found.value)


def picture_of(row: ErratumRow) -> Markup:
    """Its chart, or nothing."""
    name = f"picture-{row.id}"
    return plot.chart(row.series, row.axes, title=row.title, name=name) if row.series else Markup()
