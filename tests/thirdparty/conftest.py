"""The libraries under audit are imported as their users import them, torchvision excepted."""

from __future__ import annotations

from thirdparty import torchvision_stub

torchvision_stub.install()  # before any test module imports lightly
