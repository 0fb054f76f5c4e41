"""The documentation: `python -m sphinx -W --keep-going -b html docs docs/_build/html`.

Pages that follow from the models, the commands and the package are written anew by each build (see
`tools/docs_pages.py`), so that they cannot go stale. Nothing is loaded from the network.
"""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tools"), str(HERE / "_ext")]

project = "vnjp_sim"
author = "vnjp_sim contributors"
project_copyright = "vnjp_sim contributors; code Apache-2.0, data CC BY 4.0"
release = version = installed_version("vnjp-sim")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "access",
    "chart_examples",
    "mathml",
    "model_lists",
    "no_network",
    "outputs",
    "search_excerpts",
    "terms",
    "written_pages",
]
exclude_patterns = ["_build", "_ext", "generated", "**.ipynb_checkpoints"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb", ".rst": "restructuredtext"}

myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}

terms_not_in = ["reference", "data", "notebooks"]
terms_not_linked = [
    "chance",
    "context",
    "control",
    "coverage",
    "document",
    "draw",
    "driver",
    "event",
    "figure",
    "flow",
    "gate",
    "grade",
    "group",
    "link",
    "mark",
    "reported",
    "response",
    "run",
    "sector",
    "shock",
    "spread",
    "step",
    "stock",
    "target",
    "trace",
    "true value",
    "use",
    "policy",
    "path",
    "reason",
    "naive",
    "operation",
    "damped",
    "drift",
    "identity",
    "paired",
    "replay",
    "setting",
]
"""Words of the glossary that pages also use otherwise, or so often that a link would disturb."""

default_role = "literal"
smartquotes_action = "D"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_ivar = True
napoleon_use_rtype = False
python_maximum_signature_line_length = 78
add_module_names = False

html_theme = "furo"
html_title = f"vnjp_sim {release}"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_search_scorer = str(HERE / "_ext" / "scorer.js")
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"
