"""The page on shadow execution is true: its examples run, and give what it says."""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.thirdparty

PAGE = (Path(__file__).parents[2] / "docs" / "shadow.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
EXAMPLES = "".join(block for block in BLOCKS if block.startswith(">>> "))


@pytest.fixture
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that the page shows can be imported."""
    for block in BLOCKS:
        if block.startswith("# "):
            name = block.splitlines()[0].removeprefix("# ")
            (tmp_path / name).write_text(block, encoding="utf-8")
            monkeypatch.delitem(sys.modules, name.removesuffix(".py"), raising=False)
    monkeypatch.syspath_prepend(tmp_path)


def failures(examples: str) -> int:
    test = doctest.DocTestParser().get_doctest(examples, {}, "shadow", "shadow.md", 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    return runner.run(test).failed


@pytest.mark.usefixtures("_files")
def test_the_examples_give_what_the_page_shows() -> None:
    assert failures(EXAMPLES) == 0
    assert EXAMPLES.count(">>> ") >= 20


def test_the_comparison_can_fail() -> None:
    assert failures(">>> 1 + 1\n3\n") == 1
