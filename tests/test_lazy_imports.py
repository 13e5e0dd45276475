"""What only asks or lists is fast: neither torch nor sympy is imported for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "sympy")

# The command line ends by SystemExit, so what has been imported is told at exit.
REPORT = f"""
import atexit, sys
atexit.register(lambda: print("heavy:", *[m for m in {HEAVY!r} if m in sys.modules]))
"""
COMMAND = """
import sys
sys.argv = ["tightframe", *{arguments!r}]
from tightframe.__main__ import main
sys.exit(main())
"""


def heavy_imports_of(program: str) -> list[str]:
    """Which of the heavy modules a fresh interpreter holds after running `program`."""
    run = subprocess.run(
        [sys.executable, "-P", "-c", REPORT + program],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()[-1].removeprefix("heavy:").split()


def test_importing_tightframe_imports_nothing_heavy() -> None:
    assert heavy_imports_of("import tightframe") == []


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["explain", "nt-xent"]], ids=" ".join)
def test_a_command_that_only_tells_imports_nothing_heavy(arguments: list[str]) -> None:
    assert heavy_imports_of(COMMAND.format(arguments=arguments)) == []


@pytest.mark.parametrize("module", HEAVY)
def test_the_probe_notices_a_heavy_import(module: str) -> None:
    assert module in heavy_imports_of(f"import {module}\nimport tightframe")


def test_the_probe_notices_a_heavy_import_behind_the_command_line() -> None:
    preamble = "import sympy\n"
    assert heavy_imports_of(preamble + COMMAND.format(arguments=["--help"])) == ["sympy"]
