"""Hand it code, get a verdict: representation-learning code judged by theorems.

    import tightframe as tf
    result = tf.check(loss, "nt-xent", fixed={"temperature": 0.5})
    result.ruling, result.violations, result.diagnosis

Importing this is fast: torch and sympy are imported when something is judged or proved.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import check, contract, floor, temperature, theorem
    from .audits import audit_denoiser
    from .pytest_plugin import parametrize

__all__ = ["audit_denoiser", "check", "contract", "floor", "parametrize", "strategies"]
__all__ += ["temperature", "theorem"]

HOMES = {
    "audit_denoiser": "audits",
    "check": "api",
    "contract": "api",
    "floor": "api",
    "temperature": "api",
    "theorem": "api",
    "parametrize": "pytest_plugin",
    "strategies": "strategies",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module 'tightframe' has no attribute {name!r}")
    module = importlib.import_module(f".{HOMES[name]}", __name__)
    return module if name == HOMES[name] else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
