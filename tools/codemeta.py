"""Write codemeta.json from CITATION.cff and pyproject.toml: python tools/codemeta.py [--check]."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
FILE = REPOSITORY / "codemeta.json"


def codemeta(citation: dict[str, Any], project: dict[str, Any]) -> dict[str, Any]:
    """Return the record of the software in the terms of CodeMeta 3.0."""
    licences = [word for word in project["license"].split() if word != "AND"]
    return {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        "name": project["name"],
        "headline": citation["title"],
        "description": " ".join(citation["abstract"].split()),
        "author": [{"@type": "Organization", "name": a["name"]} for a in citation["authors"]],
        "version": str(citation["version"]),
        "datePublished": str(citation["date-released"]),
        "license": [f"https://spdx.org/licenses/{licence}" for licence in licences],
        "keywords": citation["keywords"],
        "programmingLanguage": "Python",
        "runtimePlatform": f"Python {project['requires-python']}",
        "softwareRequirements": project["dependencies"],
    }


def text() -> str:
    """Return the content of codemeta.json."""
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    return json.dumps(codemeta(citation, project), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file, or with --check say whether it is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it differs")
    if parser.parse_args().check:
        return int(FILE.read_text(encoding="utf-8") != text())
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
