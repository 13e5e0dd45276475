"""`tightframe audit-denoiser`: exit codes, what is printed, and the files that are written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import tightframe as tf
from tightframe.cli import app

CODE = """
import numpy as np
POINTS = np.array([[-0.5, -0.4], [0.5, 0.1], [0.0, 0.5]])

def best(y, sigma):
    weights = np.exp(-((y[:, None] - POINTS) ** 2).sum(2) / (2 * sigma**2))
    return weights @ POINTS / weights.sum(1, keepdims=True)

def flipped(y, sigma):
    return 2 * y - best(y, sigma)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(CODE)
    points = np.array([[-0.5, -0.4], [0.5, 0.1], [0.0, 0.5]])
    np.save(tmp_path / "clean.npy", points[np.random.default_rng(0).integers(3, size=12000)])
    return tmp_path


def command(*arguments: str):
    options = ["--clean", "clean.npy", "--sigma", "0.5", "--bounds", "-1", "1"]
    return CliRunner().invoke(app, ["audit-denoiser", *arguments, *options])


def test_the_command_reports_in_every_form(folder):
    run = command("net.py:flipped", "--html", "a.html", "--json", "a.json", "--junit", "a.xml",
                  "--sarif", "a.sarif")  # fmt: skip
    assert run.exit_code == 1, run.output
    assert run.output.startswith("violated: flipped breaks step of audit-denoiser: the sign of")
    assert "reproduce" not in run.output
    page = Path("a.html").read_text("utf-8")
    assert "the sign of the step" in page
    assert "Tweedie" in page
    (told,) = json.loads(Path("a.sarif").read_text("utf-8"))["runs"][0]["results"]
    assert told["fingerprints"]["verdict/v1"] == "audit-denoiser/step/flipped"
    assert "Reproduce" not in told["message"]["text"]
    assert "of its loss is avoidable" in Path("a.xml").read_text("utf-8")
    assert tf.audit_denoiser.__module__ == "tightframe.audits"
    shown = CliRunner().invoke(app, ["show", "a.json"])
    assert shown.output.splitlines()[0] == run.output.splitlines()[0]


def test_the_command_passes_the_best_denoiser(folder):
    assert command("net.py:best", "--exact").exit_code == 0


@pytest.mark.parametrize(
    ("clean", "sigma", "words"),
    [("no.npy", "1", "numpy.save("), ("clean.npy", "-1", "without noise")],
)
def test_the_command_refuses_bad_data_as_usage(folder, clean, sigma, words):
    run = CliRunner().invoke(
        app, ["audit-denoiser", "net.py:best", "--clean", clean, "--sigma", sigma,
              "--bounds", "-1", "1"],
    )  # fmt: skip
    assert run.exit_code == 2
    assert words in run.output
