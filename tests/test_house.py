"""The house keeps its own rules: files stay small, and imports point one way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("theorems", "implementations", "checks", "reports")
WRITTEN_BY_HAND = {".css", ".html", ".jinja", ".js", ".md", ".py"}
LONGEST = 400


def sources() -> list[Path]:
    folders = [ROOT / name for name in (*ROOMS, "tightframe", "tests", "benchmarks", "docs")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [p for p in (*files, *ROOT.glob("*.*")) if p.suffix in WRITTEN_BY_HAND]


def too_long(paths: list[Path]) -> dict[str, int]:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in paths}
    return {str(path): length for path, length in lengths.items() if length > LONGEST}


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    assert too_long(sources()) == {}


def test_a_file_of_four_hundred_and_one_lines_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "everything.py"
    path.write_text("x = 1\n" * (LONGEST + 1))
    assert too_long([path]) == {str(path): LONGEST + 1}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the package, laid out on disk as it is imported."""
    shutil.copytree(ROOT / "tightframe", tmp_path / "tightframe")
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / "tightframe" / room)
    return tmp_path


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the nox session `contracts` runs, on the package in `folder`."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, f"--config={ROOT / 'pyproject.toml'}", "--no-cache"],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_diamond_holds(house: Path) -> None:
    run = lint_imports(house)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("room", "forbidden", "contract"),
    [
        ("theorems", "from ..implementations import contract", "The diamond"),
        ("implementations", "from ..theorems import theorem", "The diamond"),
        ("checks", "from ..reports import result", "The diamond"),
        ("deferred.py", "from .theorems import theorem", "The diamond"),
        ("reports", "import tightframe", "No room of the house imports the front door"),
        ("theorems", "import torch", "No theorem imports torch"),
        ("stowaway.py", "", "The diamond"),
    ],
)
def test_an_import_against_the_diamond_is_refused(
    house: Path, room: str, forbidden: str, contract: str
) -> None:
    place = house / "tightframe" / room
    file = place / "trespasser.py" if place.is_dir() else place
    with file.open("a") as text:
        text.write(f"\n{forbidden}\n")
    run = lint_imports(house)
    broken = [line for line in run.stdout.splitlines() if line.endswith("BROKEN")]
    assert run.returncode == 1, run.stdout + run.stderr
    assert any(line.startswith(contract) for line in broken), run.stdout
