"""`tightframe.parametrize`, in real pytest runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest

import tightframe

SUITE = '''
from pathlib import Path

import tightframe
import torch
from tightframe.implementations.nt_xent import masked_log_sum_exp as right


def temperature_squared(z1, z2, temperature):
    return right(z1, z2, temperature**2)


def overflows(z1, z2, temperature):
    """No maximum is taken out of the exponentials."""
    z = torch.cat([z1, z2])
    u = z / z.norm(dim=1, keepdim=True)
    scores = (u @ u.T / temperature).exp().masked_fill(torch.eye(len(u), dtype=torch.bool), 0)
    return -(scores.diagonal(len(z1)).repeat(2) / scores.sum(1)).log().mean()


def raises(z1, z2, temperature):
    raise RuntimeError("out of luck")


def returns_a_word(z1, z2, temperature):
    return "loss"


def cuts_the_graph(z1, z2, temperature):
    return right(z1, z2, temperature).item()


class Hidden:
    def __call__(self, z1, z2):
        return right(z1, z2, 0.25)


class Counted:
    def __call__(self, z1, z2):
        with Path("calls.txt").open("a") as file:
            print(len(z1), file=file)
        return right(z1, z2, 0.5)


def judge(name, subjects, **how):
    @tightframe.parametrize(subjects, "nt-xent", budget="quick", **how)
    def test(check):
        check()

    globals()[f"test_{name}"] = test


judge("judged", {"right": right, "squared": temperature_squared, "cut": cuts_the_graph})
judge("stopped", [raises, returns_a_word])
judge("inferred", {"hidden": Hidden()})
judge("accepted", {"hidden": Hidden()}, accept_inferred=True)
judge("declared", [Counted(), Counted()], fixed={"temperature": 0.5})
judge("expected", {"over": overflows, "right": right}, expected={
    "over": {"range": "no maximum"}, "right": {"floor": "why"},
})
judge("too_few", {"right": right}, min_checks=13)
'''
CLAIMS = 12  # eleven of the family, and the range


class Run(NamedTuple):
    """One pytest run: its exit code, what it printed, its folder, and each test's JUnit case."""

    code: int
    text: str
    folder: Path
    cases: dict[str, ET.Element]

    def outcome(self, test: str) -> str:
        found = [e.tag for e in self.cases[test] if e.tag != "properties"]
        return found[0] if found else "passed"

    def outcomes(self, group: str) -> list[str]:
        return [self.outcome(name) for name in self.cases if name.startswith(f"test_{group}[")]

    def words(self, test: str) -> str:
        case = self.cases[test]
        return "\n".join([e.get("message", "") + "\n" + (e.text or "") for e in case])


def run_pytest(folder: Path, *options: str) -> Run:
    (folder / "test_suite.py").write_text(SUITE)
    found = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-rA", "--junitxml=junit.xml", *options],
        cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    cases = {c.get("name", ""): c for c in ET.parse(folder / "junit.xml").iter("testcase")}
    return Run(found.returncode, found.stdout + found.stderr, folder, cases)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_pytest(tmp_path_factory.mktemp("suite"))


def test_there_is_one_test_per_implementation_and_claim(run: Run) -> None:
    assert run.code == 1
    assert len(run.outcomes("judged")) == 3 * CLAIMS
    assert "test_judged[right-temperature-band]" in run.cases


def test_correct_code_passes_every_claim(run: Run) -> None:
    right = [run.outcome(name) for name in run.cases if name.startswith("test_judged[right-")]
    assert right == ["passed"] * CLAIMS


def test_a_violated_claim_fails_with_the_smallest_input_both_numbers_and_the_errors_name(
    run: Run,
) -> None:
    assert run.outcome("test_judged[squared-value]") == "failure"
    words = run.words("test_judged[squared-value]")
    assert "value violated: equal to the definition" in words
    assert "smallest input    Batch(z1=((1.0,), (1.0,)), z2=((1.0,), (-1.0,)), temp" in words
    assert "the theorem says  1.80135" in words
    assert "the code says     2.79463" in words
    assert "diagnosis         temperature squared: " in words


def test_the_other_claims_of_wrong_code_pass_and_what_does_not_apply_is_skipped(run: Run) -> None:
    assert run.outcome("test_judged[squared-rotation]") == "passed"
    assert run.outcome("test_judged[squared-range]") == "skipped"
    assert "not applicable: the formula itself is violated" in run.words(
        "test_judged[squared-range]"
    )


def test_the_line_that_a_failure_offers_reproduces_it(run: Run) -> None:
    words = run.words("test_judged[squared-value]")
    lines = [line for line in words.splitlines() if line.startswith("  reproduce")]
    command = lines[0].split()[1:]
    assert command[:2] == ["tightframe", "reproduce"]
    again = subprocess.run(
        [sys.executable, "-P", "-m", *command],
        cwd=run.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.returncode == 1, again.stderr
    assert "still violated" in again.stdout


def test_an_expected_violation_that_shows_is_an_xfail_with_its_reason(run: Run) -> None:
    assert run.outcome("test_expected[over-range]") == "skipped"  # JUnit's word for an xfail
    assert "expected: no maximum" in run.words("test_expected[over-range]")
    assert "1 xfailed" in run.text


def test_an_expected_violation_that_is_upheld_fails(run: Run) -> None:
    assert run.outcomes("expected").count("failure") == 1
    words = run.words("test_expected[right-floor]")
    assert "expected: floor to be violated (why)" in words
    assert "received: upheld" in words
    assert "remedy:   take it out of expected" in words


def test_every_claim_of_code_that_cannot_be_judged_fails_with_the_message(run: Run) -> None:
    assert run.outcomes("stopped") == ["failure"] * 2 * CLAIMS
    assert "crashed: raises raised before it could be judged: RuntimeError: out of luck" in (
        run.words("test_stopped[raises-floor]")
    )
    assert "received: str" in run.words("test_stopped[returns_a_word-floor]")


def test_a_claim_that_the_code_refuses_fails_and_the_others_are_judged(run: Run) -> None:
    assert run.outcome("test_judged[cut-value]") == "passed"
    assert run.outcome("test_judged[cut-gradient]") == "failure"
    assert "requires_grad" in run.words("test_judged[cut-gradient]")


def test_what_was_only_identified_fails_and_says_what_to_declare(run: Run) -> None:
    assert run.outcomes("inferred") == ["failure"] * CLAIMS
    words = run.words("test_inferred[hidden-value]")
    assert "NT-Xent with temperature 0.25" in words
    assert "accept_inferred=True" in words


@pytest.mark.parametrize("group", ["accepted", "declared"])
def test_what_is_accepted_or_declared_passes(run: Run, group: str) -> None:
    assert set(run.outcomes(group)) == {"passed"}


def test_of_two_targets_of_one_name_the_second_gets_a_number(run: Run) -> None:
    assert "test_declared[Counted-value]" in run.cases
    assert "test_declared[Counted#2-value]" in run.cases


def test_too_few_checks_fail(run: Run) -> None:
    assert run.outcomes("too_few") == ["failure"] * CLAIMS
    words = run.words("test_too_few[right-value]")
    assert "expected: at least 13 claims judged" in words
    assert "received: 12 claims ran" in words


def test_the_junit_file_has_what_the_verdict_has(run: Run) -> None:
    case = run.cases["test_judged[right-value]"]
    found = {p.get("name", ""): p.get("value", "") for p in case.iter("property")}
    assert found["tightframe.ruling"] == "upheld"
    assert found["tightframe.theorem"] == "nt-xent"
    assert found["tightframe.claim"] == "value"
    assert 0 <= float(found["tightframe.used"]) < 1
    assert 0 < float(found["tightframe.detectable"]) < 1e-10


def test_a_subject_is_judged_once_for_all_its_claims(run: Run, tmp_path: Path) -> None:
    run_pytest(tmp_path, "-k", "declared and Counted-value")
    once = (tmp_path / "calls.txt").read_text().count("\n")
    assert (run.folder / "calls.txt").read_text().count("\n") == 2 * once > 0


def test_it_runs_under_xdist_and_writes_a_page_over_all_subjects(tmp_path: Path) -> None:
    run = run_pytest(
        tmp_path, "-n2", "--tightframe-html=report/page.html", "-k", "judged and (right or squared)"
    )
    assert run.code == 1
    assert len(run.cases) == 2 * CLAIMS
    assert run.outcome("test_judged[right-value]") == "passed"
    assert run.outcome("test_judged[squared-value]") == "failure"
    page = (tmp_path / "report" / "page.html").read_text("utf-8")
    assert "2 subjects under audit" in page
    for number, words in enumerate(["kept every claim", "temperature squared"], 1):
        assert f'href="page_subjects/{number}.html"' in page
        subject = tmp_path / "report" / "page_subjects" / f"{number}.html"
        assert words in subject.read_text("utf-8")


@pytest.mark.parametrize(
    ("contract", "how", "words"),
    [
        ("ntxent", {}, ["received: 'ntxent'", "did you mean 'nt-xent'?"]),
        ("nt-xent", {"expected": {"lose": {}}}, ["one of loss", "did you mean 'loss'?"]),
        ("nt-xent", {"expected": {"loss": {"valeu": "?"}}}, ["did you mean 'value'?"]),
    ],
)
def test_an_unknown_name_is_refused_when_the_tests_are_made(
    contract: str, how: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(LookupError) as refusal:
        tightframe.parametrize({"loss": max}, contract, **how)
    assert all(word in str(refusal.value) for word in words)


def test_an_unknown_keyword_is_refused_when_the_tests_are_made() -> None:
    with pytest.raises(TypeError, match=r"keywords of tightframe\.check: .*\nreceived: tau\n"):
        tightframe.parametrize([max], "nt-xent", tau=0.5)


HEAVY = ("torch", "sympy", "hypothesis", "numpy", "pydantic")
PROGRAM = """
import sys, pytest
pytest.main(["-q", "-p", "no:hypothesispytest"])
assert "tightframe.pytest_plugin" in sys.modules
print("heavy:", *[m for m in {heavy!r} if m in sys.modules])
"""


@pytest.mark.parametrize("guilty", ["", *HEAVY[-2:]])
def test_pytest_loads_the_plugin_without_anything_heavy_and_the_probe_can_tell(
    tmp_path: Path, guilty: str
) -> None:
    program = (f"import {guilty}\n" if guilty else "") + PROGRAM.format(heavy=HEAVY)
    only_ours = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "tightframe.pytest_plugin"
    }  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path, capture_output=True, text=True, check=True, env=os.environ | only_ours,
    )  # fmt: skip
    assert run.stdout.splitlines()[-1].removeprefix("heavy:").split() == [guilty] * bool(guilty)
