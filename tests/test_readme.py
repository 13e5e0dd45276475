"""The README is true: its examples run, and print what it says."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
TIMES = re.compile(r"\d+(\.\d+)? ?(ms|s)\b")


def blocks(language: str, *, beginning: str) -> list[str]:
    return [body for kind, body in BLOCKS if kind == language and body.startswith(beginning)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the README shows."""
    for body in blocks("python", beginning="# "):
        (tmp_path / body.splitlines()[0].removeprefix("# ")).write_text(body, encoding="utf-8")
    return tmp_path


def matches(shown: str, printed: str) -> bool:
    """Line by line, but for times; `...` stands for any lines."""
    pattern = re.escape(TIMES.sub("TIME", shown.strip()))
    pattern = pattern.replace(re.escape("\n...\n"), r"\n(.*\n)?").replace(
        re.escape("\n..."), r"\n[\s\S]*"
    )
    return re.fullmatch(pattern, TIMES.sub("TIME", printed.strip())) is not None


@pytest.mark.parametrize(
    "session", blocks("console", beginning="$ "), ids=lambda s: s.split("\n")[0]
)
def test_a_command_prints_what_the_readme_shows(session: str, folder: Path) -> None:
    command, _, shown = session.removeprefix("$ ").partition("\n")
    run = subprocess.run(
        [sys.executable, "-P", "-m", *command.split()],
        cwd=folder, env=os.environ | {"COLUMNS": "200"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert matches(shown, run.stdout), run.stdout + run.stderr


def test_the_comparison_can_fail() -> None:
    assert matches("one\n...\nin 3 s", "one\ntwo\nin 40 ms")
    assert not matches("one\n...\nin 3 s", "one\ntwo\nin no time")


def test_python_examples_give_what_the_readme_shows() -> None:
    examples = "".join(blocks("python", beginning=">>> "))
    test = doctest.DocTestParser().get_doctest(examples, {}, "README", "README.md", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(test).failed == 0
    assert runner.summarize(verbose=False).attempted >= 8


def test_the_pytest_example_fails_where_the_loss_is_wrong(folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "test_losses.py"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1, run.stdout + run.stderr
    assert "self-similarity kept in the denominator" in run.stdout
    assert " passed" in run.stdout


def test_the_first_screen_has_the_two_commands() -> None:
    first = "\n".join(README.splitlines()[:25])
    for session in ("verify", "tests"):
        assert (
            f"python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox -s {session}"
            in first
        )
