"""What pytest holds for a whole session is left out of garbage collections: each would walk it."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
