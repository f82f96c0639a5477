"""How the documentation site is built: `make docs`. Nothing on a page comes from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VERSION = (HERE.parent / "src" / "cutaway" / "core" / "version.py").read_text("utf-8")

project = "cutaway"
author = "the cutaway maintainers"
copyright = "the cutaway maintainers, Apache-2.0"
release = re.search(r'"(.+)"', VERSION)[1]  # type: ignore[index]

extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["build"]
suppress_warnings = ["misc.highlighting_failure"]  # a traceback or a shell's line inside a Python block
html_theme = "furo"
html_title = "cutaway"
html_static_path = ["static", "../src/cutaway/lab/bundle/inter.woff2"]
html_extra_path = ["pages/extra"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {
        "font-stack": "Inter Variable, system-ui, sans-serif",
        "color-brand-primary": "#3346c8",
        "color-brand-content": "#3346c8",
    },
    "dark_css_variables": {"color-brand-primary": "#8f9dff", "color-brand-content": "#8f9dff"},
}


def mathml(self: Any, node: Any) -> None:
    """Formulas as MathML, which browsers draw themselves; a script for it would be fetched, or a megabyte."""
    from docutils import nodes
    from latex2mathml.converter import convert

    block = node.tagname == "math_block"
    text = node.astext()
    found = convert(text, display="block" if block else "inline")
    self.body.append(f'<div class="formula">{found}</div>' if block else found)
    raise nodes.SkipNode


def branch(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Of the contents, each page gets the branch it is on: all of it on each would be most of the site's bytes."""
    whole = context.get("toctree")
    if whole is not None:
        context["toctree"] = lambda **asked: whole(**{**asked, "collapse": True})


def levels(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """The captions of the sidebar are headings of the second level; the theme leaves out which."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def setup(app: Any) -> dict[str, bool]:
    """Sphinx calls it."""
    app.add_html_math_renderer("mathml", (mathml, None), (mathml, None))
    app.config.html_math_renderer = "mathml"
    app.connect("html-page-context", branch, priority=100)  # before the theme's, which asks for the tree
    app.connect("html-page-context", levels, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
