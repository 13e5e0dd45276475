"""The command line, in real processes: exit codes, what goes to stdout, files, limits."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tightframe.reports.result import Result

LOSSES = """
import time

import torch
from tightframe.implementations.nt_xent import masked_log_sum_exp as right


def correct(z1, z2, temperature):
    return right(z1, z2, temperature)


def one_direction(z1, z2, temperature):
    u, v = (z / z.norm(dim=1, keepdim=True) for z in (z1, z2))
    return torch.nn.functional.cross_entropy(u @ v.T / temperature, torch.arange(len(u)))


def squared(z1, z2, temperature):
    return right(z1, z2, temperature) ** 2


def overflows(z1, z2, temperature):
    z = torch.cat([z1, z2])
    u = z / z.norm(dim=1, keepdim=True)
    scores = (u @ u.T / temperature).exp().masked_fill(torch.eye(len(u), dtype=torch.bool), 0)
    return -(scores.diagonal(len(z1)).repeat(2) / scores.sum(1)).log().mean()


class Tau:
    def __init__(self, tau, gain=1.0):
        self.tau, self.gain = tau, gain

    def __call__(self, z1, z2):
        return {"loss": right(z1, z2, self.tau) * self.gain}


def summed(z1, z2, temperature):
    return right(z1, z2, temperature) * 2 * len(z1)


def raises(z1, z2, temperature):
    raise RuntimeError("out of luck")


def hangs(z1, z2, temperature):
    print("started", flush=True)
    time.sleep(600)


def takes_all_memory(z1, z2, temperature):
    return right(z1, z2, temperature) + torch.ones(1 << 33, dtype=torch.float64).sum() * 0


hidden = Tau(0.25)
"""
LAST_LINE = re.compile(r"\d+ claims? ran, \d+ did not apply, \d+ were not run, in [\d.]+ m?s$")


class Folder:
    """A folder with code in it, and tightframe run there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "losses.py").write_text(LOSSES)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments), cwd=self.path, capture_output=True, text=True, check=False,
            timeout=200, env=os.environ | {"OMP_NUM_THREADS": "1"},
        )  # fmt: skip

    def check(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        target = f"losses.py:{name}"
        return self.run("check", target, "--as", "nt-xent", "--budget", "quick", *options)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "tightframe", *arguments]


@pytest.fixture
def here(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_correct_code_ends_with_0_says_so_first_and_what_ran_last(here: Folder) -> None:
    run = here.check("correct")
    assert run.returncode == 0
    assert run.stderr == ""
    first, *_, last = run.stdout.splitlines()
    assert first == "upheld: correct kept every claim of nt-xent that was judged"
    assert LAST_LINE.match(last), last


def test_a_violation_ends_with_1_and_every_file_is_written(here: Folder) -> None:
    files = ("--json", "r.json", "--junit", "r.xml", "--sarif", "r.sarif", "--html", "r.html")
    run = here.check("one_direction", *files)
    assert run.returncode == 1, run.stderr
    assert "breaks value, gradient" in run.stdout.splitlines()[0]
    assert LAST_LINE.match(run.stdout.splitlines()[-1])
    result = Result.from_json(here.path / "r.json")
    assert result.target == "losses.py:one_direction"
    assert result == Result.from_json(here.path / ".tightframe" / "last.json")
    assert ET.parse(here.path / "r.xml").find(".//failure") is not None
    sarif = json.loads((here.path / "r.sarif").read_text("utf-8"))
    assert len(sarif["runs"][0]["results"]) == len(result.violations)
    assert "one_direction" in (here.path / "r.html").read_text("utf-8")


def test_every_violation_can_be_reproduced_and_holds_once_the_code_is_mended(here: Folder) -> None:
    here.check("one_direction", "--json", "formula.json")
    here.check("overflows", "--json", "range.json")
    formula, rounding = (
        Result.from_json(here.path / f"{name}.json").violations for name in ("formula", "range")
    )
    assert {"value", "gradient", "view swap"} <= {v.claim for v in formula}
    assert [v.claim for v in rounding] == ["range"]
    ids = {v.claim: f"formula.json#{v.id}" for v in formula}
    asked = [ids["value"], ids["gradient"], ids["view swap"], rounding[0].id]
    for id in asked:
        run = here.run("reproduce", id)
        assert run.returncode == 1, run.stderr
        assert run.stdout.splitlines()[-1] == "still violated"
    mended = LOSSES.replace("def one_direction", "def before").replace("def overflows", "def old")
    mended += "\n\none_direction = overflows = correct\n"
    (here.path / "losses.py").write_text(mended)
    for id in asked:
        run = here.run("reproduce", id)
        assert (run.returncode, run.stdout.splitlines()[-1]) == (0, "it holds now"), run.stderr


def test_what_is_not_there_cannot_be_reproduced_or_shown(here: Folder) -> None:
    assert here.run("show").returncode == 2
    here.check("overflows")
    run = here.run("reproduce", "nt-xent/value/000000")
    assert run.returncode == 2
    assert "expected: a violation's id in .tightframe/last.json" in run.stderr
    assert "remedy:   one of nt-xent/range/" in run.stderr


def test_a_saved_result_is_shown_again_and_reported_as_a_page(here: Folder) -> None:
    checked = here.check("correct", "--json", "saved.json")
    assert here.run("show", "saved.json").stdout == checked.stdout
    run = here.run("report", "saved.json", "--html", "pages")
    assert run.stdout.strip() == "pages/nt-xent-correct.html"
    assert "correct" in (here.path / "pages" / "nt-xent-correct.html").read_text("utf-8")


def test_an_identification_ends_with_4_unless_it_is_declared_or_accepted(here: Folder) -> None:
    run = here.check("hidden", "--key", "loss")
    assert run.returncode == 4
    assert run.stdout.startswith("identified: behaves as NT-Xent with temperature 0.25; ")
    assert here.check("hidden", "--key", "loss", "--accept-identified").returncode == 0
    assert here.check("hidden", "--key", "loss", "--fixed", "temperature=0.25").returncode == 0
    assert here.check("hidden", "--key", "loss", "--fail-on", "violated").returncode == 0


def test_a_class_is_built_as_map_and_with_say(here: Folder) -> None:
    how = ("--key", "loss", "--map", "temperature=tau")
    assert here.check("Tau", *how).returncode == 0
    doubled = here.check("Tau", *how, "--with", "gain=2")
    assert doubled.returncode == 1
    assert "yours is 2 times the theorem's" in doubled.stdout


def test_a_declared_convention_is_judged(here: Folder) -> None:
    assert here.check("summed", "--convention", "reduction=sum").returncode == 0
    assert here.check("summed", "--convention", "reduction=mean").returncode == 1


def test_expected_findings_are_strict(here: Folder) -> None:
    expected = here.path / "expected.toml"
    expected.write_text('[overflows]\nrange = "known"\n\n[correct]\nrange = "known"\n')
    run = here.check("overflows", "--expected", "expected.toml")
    assert run.returncode == 0
    assert "as expected: range (known)" in run.stdout
    stale = here.check("correct", "--expected", "expected.toml")
    assert stale.returncode == 1
    assert "expected, but it did not show: range (known)" in stale.stdout


def test_too_few_checks_end_with_4_and_a_crash_with_3(here: Folder) -> None:
    assert here.check("correct", "--min-checks", "12").returncode == 0
    assert here.check("correct", "--min-checks", "13").returncode == 4
    crashed = here.check("raises")
    assert crashed.returncode == 3
    assert "RuntimeError: out of luck" in crashed.stdout


@pytest.mark.skipif(os.name != "posix", reason="limits need Linux or macOS")
def test_code_that_hangs_is_stopped_in_time(here: Folder) -> None:
    start = time.monotonic()
    run = here.check("hangs", "--timeout", "8")
    assert run.returncode == 3
    assert "crashed: losses.py:hangs was stopped after 8 s" in run.stdout
    assert run.stdout.splitlines()[-1].startswith("0 claims ran, ")
    assert time.monotonic() - start < 60


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="macOS ignores this limit")
def test_code_that_takes_all_memory_is_stopped(here: Folder) -> None:
    run = here.check("takes_all_memory", "--memory", "8000")
    assert run.returncode == 3
    assert "crashed: takes_all_memory raised" in run.stdout
    assert "memory" in run.stdout


@pytest.mark.parametrize("limits", [(), ("--timeout", "100")], ids=["bare", "limited"])
def test_an_interrupt_ends_with_130(here: Folder, limits: tuple[str, ...]) -> None:
    arguments = command("check", "losses.py:hangs", "--as", "nt-xent", *limits)
    process = subprocess.Popen(arguments, cwd=here.path, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline() == "started\n"  # what the code prints goes to stderr
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130


def test_identify_names_contract_and_convention_and_the_line_that_checks_it(here: Folder) -> None:
    run = here.run("identify", "losses.py:hidden", "--key", "loss")
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("nt-xent: behaves as NT-Xent with temperature 0.25")
    line = run.stdout.splitlines()[1].split()
    assert line[:3] == ["tightframe", "check", "losses.py:hidden"]
    assert here.run(*line[1:], "--budget", "quick").returncode == 0
    assert here.run("identify", "losses.py:one_direction").stdout.startswith("info-nce")
    assert here.run("identify", "losses.py:squared").returncode == 4


def test_list_and_explain_name_what_there_is(here: Folder) -> None:
    listed = here.run("list").stdout
    assert "baldi-hornik" in listed
    assert "nt-xent                (z1[n,d], z2[n,d], temperature) -> float" in listed
    told = here.run("explain", "nt-xent").stdout
    assert "Assumptions, and what fails without them" in told
    assert "reduction" in told


def test_prove_checks_every_step(here: Folder) -> None:
    run = here.run("prove", "gaussian-kl", "--fresh")
    assert run.returncode == 0, run.stdout
    stand = re.fullmatch(r"(\d+) of (\d+) steps stand", run.stdout.splitlines()[-1])
    assert stand is not None
    assert stand[1] == stand[2] != "0"


def test_doctor_finds_this_environment_fit(here: Folder) -> None:
    run = here.run("doctor")
    assert run.returncode == 0, run.stdout
    assert "ok  float64 arithmetic" in run.stdout


def test_a_usage_error_ends_with_2(here: Folder) -> None:
    for arguments in (["nonsense"], ["check"], ["verify", "--budget", "huge"]):
        assert here.run(*arguments).returncode == 2


def test_our_own_bug_ends_with_70_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tightframe import cli, commands

    def broken(*_: object) -> int:
        raise AssertionError("ours")

    monkeypatch.setattr(commands, "show", broken)
    monkeypatch.setattr(sys, "argv", ["tightframe", "show"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 70
    assert "This is a bug in tightframe" in capsys.readouterr().err
