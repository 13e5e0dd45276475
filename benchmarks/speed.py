"""Speed: what people wait for, in multiples of what importing the libraries costs them anyway.

    nox -s bench -- speed          python -P benchmarks/speed.py [--quick]

Compares with the import cost: the median wall time of `python -c "import torch, sympy,
scipy.optimize, hypothesis"` in the same environment, measured before, between and after the rest,
because other work on the machine slows both.  The requirement: `tightframe verify` takes at most 40
import costs, proofs checked again or remembered, and at most 15 with the budget quick and proofs
remembered.  What each theorem takes of it is told beside.  Without --quick it takes some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

LIMITS = {"tightframe verify --budget quick": 15.0}  # import costs
LIMIT = 40.0  # of every other run of the main job
IMPORTS = "import torch, sympy, scipy.optimize, hypothesis"
LIGHT = (("-c", "import tightframe"), ("--help",), ("list",), ("explain", "nt-xent"))
Part = tuple[float, str, str]  # seconds, what took them, and for which theorem


def wall(*arguments: str, folder: str | None = None) -> float:
    """Seconds that Python takes with these arguments; an exit code is an error."""
    start = perf_counter()
    subprocess.run([sys.executable, "-P", *arguments], check=True, capture_output=True, cwd=folder)
    return perf_counter() - start


def tightframe(*arguments: str) -> tuple[str, ...]:
    return arguments if arguments[0] == "-c" else ("-m", "tightframe", *arguments)


def warm_checks() -> Iterator[tuple[str, float]]:
    """Seconds of a second check of each contract's first honest coding, in one process."""
    from tightframe import check
    from tightframe.checks.catalogue import PAIRINGS

    for name, pairing in PAIRINGS.items():
        reference, coding = next(iter(pairing.contract.references.items()))
        for _ in range(2):
            start = perf_counter()
            check(coding, name, convention=pairing.contract.followed_by(reference))
            seconds = perf_counter() - start
        yield name, seconds


def verified(budget: str, *options: str) -> tuple[float, list[Part]]:
    """The wall time of the main job, and its parts, each with its own seconds."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "run.json"
        written = ("--budget", budget, "--html", f"{folder}/book", "--json", str(record))
        seconds = wall(*tightframe("verify", *options, *written), folder=folder)
        return seconds, list(parts(json.loads(record.read_text("utf-8"))))


def parts(run: dict) -> Iterator[Part]:  # type: ignore[type-arg]
    from tightframe.checks.catalogue import PAIRINGS

    for proof in run["proofs"]:
        id = proof["theorem"]
        yield sum(step["seconds"] for step in proof["steps"]), f"proof of {id}", id
    for reference in run["references"]:
        result = reference["result"]
        governing = PAIRINGS[result["contract"]].theorem.id
        words = f"reference {result['contract']}: {result['subject']}"
        yield result["seconds"], words, governing
    contracts: dict[str, list[float]] = {}
    for row in run["defects"]:
        contracts.setdefault(row["contract"], []).append(row["milliseconds"] / 1000)
    for contract, seconds in contracts.items():
        words = f"{len(seconds)} defects of {contract}"
        yield sum(seconds), words, PAIRINGS[contract].theorem.id


def by_theorem(afresh: list[Part], remembered: list[Part]) -> Iterator[tuple[str, float, float]]:
    """What each theorem takes: its proof, and the codings and errors of what it governs."""
    for id in dict.fromkeys(theorem for _, _, theorem in afresh):
        sums = [sum(s for s, _, theorem in run if theorem == id) for run in (afresh, remembered)]
        yield id, *sums


def main() -> int:
    from rich.console import Console
    from rich.table import Table

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the quick budget only, once")
    options = parser.parse_args()
    console, progress = Console(width=110), Console(stderr=True)
    imports, rows = [], []
    slow: list[Part] = []

    def timed(words: str, seconds: float) -> None:
        rows.append((words, seconds))
        imports.append(wall("-c", IMPORTS))

    with progress.status("timing") if progress.is_terminal else tempfile.TemporaryFile():
        wall("-c", IMPORTS)  # what is on disk is read once
        imports.append(wall("-c", IMPORTS))
        for arguments in LIGHT:
            words = (
                "import tightframe" if arguments[0] == "-c" else f"tightframe {' '.join(arguments)}"
            )
            timed(words, median(wall(*tightframe(*arguments)) for _ in range(3)))
        for budget in ("quick",) if options.quick else ("quick", "normal"):
            seconds, slow = verified(budget, "--fresh")
            timed(f"tightframe verify --fresh --budget {budget}", seconds)
            seconds, remembered = verified(budget)
            timed(f"tightframe verify --budget {budget}", seconds)
        for name, seconds in warm_checks():
            rows.append((f"check of {name}, warm", seconds))
    cost = median(imports)
    table = Table(
        "what",
        "seconds",
        "import costs",
        title=f"import cost: {cost:.2f} s (median of {len(imports)})",
    )
    for words, seconds in rows:
        table.add_row(words, f"{seconds:.2f}", f"{seconds / cost:.2f}")
    console.print(table)
    slowest = Table(
        "slowest parts of verify", "seconds", title="each part's own time; they overlap"
    )
    for seconds, words, _ in sorted(slow, reverse=True)[:10]:
        slowest.add_row(words, f"{seconds:.2f}")
    console.print(slowest)
    theorems = Table(
        "theorem", "proof afresh", "remembered", title="import costs of each, in one worker's time"
    )
    for id, *sums in by_theorem(slow, remembered):
        theorems.add_row(id, *(f"{seconds / cost:.2f}" for seconds in sums))
    console.print(theorems)
    if hasattr(os, "getloadavg"):
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores: other work slows the")
        print("workers of verify more than the one process of the import cost")
    ratios = [(w, s / cost, LIMITS.get(w, LIMIT)) for w, s in rows if " verify " in w]
    missed = [found for found in ratios if found[1] > found[2]]
    for words, ratio, limit in missed:
        print(f"NOT MET: {words} takes {ratio:.1f} import costs; at most {limit:g}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
