"""The documentation site: Markdown in, HTML out, nothing generated from the code."""

from __future__ import annotations

project = "tightframe"
copyright = "the tightframe authors"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "tightframe"
html_copy_source = False
nitpicky = True
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # the README, where included, starts at its own level
