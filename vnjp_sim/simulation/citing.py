"""References to the software, to a run and to its documents, as CSL-JSON items.

CSL-JSON is what Zotero, Pandoc and the like read; text and BibTeX are written from it. The record
of the software is CITATION.cff, that of a document its entry in `documents.yml`. What a source does
not print is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import yaml

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import shipped_file
from vnjp_sim.foundation.vocabulary import WITH_OFFICIAL
from vnjp_sim.inputs.documents import Document, OfficialSource, Source
from vnjp_sim.inputs.number_text import count_text, draws_text
from vnjp_sim.simulation.manifests import versions
from vnjp_sim.simulation.model_data import Model

Item = dict[str, Any]
"""One reference as CSL-JSON."""

DAMAGED = (AttributeError, KeyError, TypeError, ValueError)
"""What comes of a manifest that does not say how its run was made."""
MOST_RUNS = 5
"""Runs that the reference to a report names."""
GENRES = {"software": "Computer software", "dataset": "Data set", "report": "Model report"}
_FAMILY_AND_GIVEN = re.compile(r"(?P<family>[^,]+), (?P<given>.+)")
_ESCAPED = {character: "\\" + character for character in "&%$#_{}"} | {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
}
"""What BibTeX reads instead of a character that it takes as its own."""


@cache
def citation_file() -> Mapping[str, Any]:
    """Return the content of CITATION.cff."""
    content: dict[str, Any] = yaml.safe_load(
        shipped_file("CITATION.cff").read_text(encoding="utf-8")
    )
    return content


def software_item() -> Item:
    """Return the reference to the software, of the version that runs."""
    cff = citation_file()
    item: Item = {
        "id": "vnjp_sim",
        "type": "software",
        "title": cff["title"],
        "author": [_author(author) for author in cff["authors"]],
        "version": versions()["vnjp-sim"],
        "license": cff["license"],
    }
    if str(cff["version"]) == item["version"]:
        item["issued"] = _day(str(cff["date-released"]))
    for key, name in (("doi", "DOI"), ("url", "URL"), ("repository-code", "URL")):
        if key in cff:
            item.setdefault(name, cff[key])
    return item


def run_item(manifest: Mapping[str, Any]) -> Item:
    """Return the reference to a run, which its manifest tells; raises one of :data:`DAMAGED`."""
    software = software_item()
    made_with, name = manifest["versions"]["vnjp-sim"], manifest["scenario"]["name"]
    first, last = manifest["scenario"]["horizon"]
    parts = {key: manifest[key] for key in ("run", "calibration", "draws", "seed")}
    item: Item = {
        "id": f"vnjp_sim_{name.replace('@', '_')}_{manifest['run'][:8]}",
        "type": "dataset",
        "title": f"{manifest['title']}: projection of Vietnam–Japan relations, {first}–{last}",
        "author": software["author"],
        "version": f"run {manifest['run']}",
        "license": "CC-BY-4.0",
        "note": f"Scenario {name}, {draws_text(parts['draws'])}, seed {parts['seed']}, calibration "
        f"{parts['calibration']}, computed with vnjp_sim {made_with}",
        "custom": {"scenario": name, **parts, "vnjp_sim": made_with},
    }
    if made_with == software["version"] and "issued" in software:
        item["issued"] = software["issued"]
    return item


def report_item(title: str, manifests: Mapping[str, Mapping[str, Any]]) -> Item:
    """Return the reference to a report on runs, whose manifests tell what they are."""
    software = software_item()
    runs = [f"{name} {m['run']}" for name, m in manifests.items() if m.get("run")]
    runs[MOST_RUNS:] = [f"and {len(runs) - MOST_RUNS} more"] if len(runs) > MOST_RUNS else []
    told = f"vnjp_sim {software['version']}"
    many = "runs" if len(runs) > 1 else "run"
    item: Item = {
        "id": "vnjp_sim_report",
        "type": "report",
        "title": title,
        "author": software["author"],
        "license": "CC-BY-4.0",
        "note": f"Computed with {told}, {many} {', '.join(runs)}" if runs else f"With {told}",
    }
    if "issued" in software:
        item["issued"] = software["issued"]
    for key in ("DOI", "URL"):
        if key in software:
            item[key] = software[key]
    return item


def document_item(name: str, source: Source) -> Item:
    """Return the reference to a document or an official data set."""
    item: Item = {"id": name, "type": "dataset", "title": source.title}
    item["issued"] = _day(source.published[:4] if source.published_note else source.published)
    if not source.year_printed:
        item["issued"]["circa"] = True
    if isinstance(source, OfficialSource):
        return item | {"publisher": source.publisher}
    if not isinstance(source, Document):
        return item
    if source.original_title:
        item["title"] = f"{source.original_title} [{source.title}]"
    item |= {"type": source.csl_type, "language": source.language, "genre": source.kind}
    if source.authors:
        item["author"] = [_author({"name": author}) for author in source.authors]
    parts = {
        "container-title": source.container,
        "volume": source.volume,
        "issue": source.issue,
        "publisher": source.publisher,
        "URL": source.url,
    }
    return item | {key: value for key, value in parts.items() if value}


def evidence_items(model: Model, titles: Mapping[str, str] | None = None) -> list[Item]:
    """Return the references to what a model is calibrated on.

    Parameters
    ----------
    model : Model
        Of its documents and official data sets.
    titles : Mapping[str, str] | None
        The titles by id of what a run was calibrated on, instead of all of the model.
    """
    sources = {**model.evidence.sources, **model.evidence.official.cited}
    if titles is None:
        return [document_item(name, source) for name, source in sources.items()]
    order = list(sources)
    return [
        document_item(name, sources[name])
        if name in sources and sources[name].title == titles[name]
        else {"id": name, "type": "document", "title": titles[name]}
        for name in sorted(titles, key=lambda n: order.index(n) if n in sources else len(order))
    ]


def source_line(runs: Mapping[str, str], model: Model) -> str:
    """Return one line that says where numbers are from.

    Parameters
    ----------
    runs : Mapping[str, str]
        The hash of each run, by scenario; those without a hash are passed over.
    model : Model
        What the runs are calibrated on.
    """
    made = "vnjp_sim " + versions()["vnjp-sim"]
    hashes = [f"{name} {run}" for name, run in runs.items() if run]
    told = f"{made}, run{'s' if len(hashes) > 1 else ''} {', '.join(hashes)}" if hashes else made
    documents = model.evidence.documents
    what = count_text(len(documents), "document")
    if model.evidence.basis == WITH_OFFICIAL:
        what += " and official series"
    latest = latest_words(documents.values())
    return f"Source: {told}; calibrated on figures of {what} published until {latest}."


def latest_words(sources: Iterable[Source]) -> str:
    """Return when the last of some sources was published; empty if there are none."""
    last = max(sources, key=lambda source: source.published, default=None)
    return last.published_words if last else ""


def text_of(item: Item) -> str:
    """Return a reference as one line of text."""
    names = [_name(author) for author in item.get("author", ())]
    year = _year(item)
    title = item["title"]
    if "version" in item and item["type"] == "software":
        title += f" (version {item['version']})"
    if genre := GENRES.get(item["type"]):
        title += f" [{genre}]"
    if not names and "publisher" in item:
        names = [item["publisher"]]
    head = f"{', '.join(names)} ({year}). {title}." if names else f"{title} ({year})."
    printed_in = ""
    if "container-title" in item:
        issue = f"({item['issue']})" if "issue" in item else ""
        printed_in = f"{item['container-title']} {item.get('volume', '')}{issue}".strip()
    publisher = item.get("publisher", "") if item.get("publisher") not in names else ""
    more = [printed_in, publisher, item.get("note", "")]
    if item["type"] == "dataset" and "version" in item:
        more.append(item["version"].capitalize())
    more += [item[key] for key in ("license", "URL", "DOI") if key in item]
    return " ".join([head, *(f"{part}." for part in more if part)])


def bibtex_of(item: Item) -> str:
    """Return a reference as an entry of a BibTeX file in UTF-8.

    A publisher stands for authors that a source does not print, as in :func:`text_of`; without
    either, `key` says where the entry is sorted.
    """
    publishers = [{"literal": item["publisher"]}] if "publisher" in item else []
    printed = item.get("author") or publishers
    fields = {
        "author": " and ".join(map(_bibtex_name, printed)),
        "key": "" if printed else _escaped(item["title"]),
        "title": "{" + _escaped(item["title"]) + "}",
        "year": str(item["issued"]["date-parts"][0][0]) if "issued" in item else "",
        "journal" if item["type"] == "article-journal" else "howpublished": _escaped(
            item.get("container-title") or GENRES.get(item["type"]) or item.get("genre", "")
        ),
        "volume": item.get("volume", ""),
        "number": item.get("issue", ""),
        "publisher": "" if printed is publishers else _escaped(item.get("publisher", "")),
        "doi": item.get("DOI", ""),
        "url": item.get("URL", ""),
        "note": _escaped(". ".join(_notes(item, authored=bool(printed)))),
    }
    kind = "article" if item["type"] == "article-journal" else "misc"
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{item['id']},", *lines, "}"])


def _notes(item: Item, *, authored: bool) -> Iterator[str]:
    """Yield what BibTeX has no field for."""
    if "note" in item:
        yield item["note"]
    if "version" in item:
        yield f"Version: {item['version']}"
    if "license" in item:
        yield f"Licence: {item['license']}"
    if not authored:
        yield "Author and publisher not printed"
    if item.get("issued", {}).get("circa"):
        yield "Date not printed; the year is an estimate"


def texts_of(items: Iterable[Item]) -> list[str]:
    """Return references as lines of text."""
    return [text_of(item) for item in items]


class Citation(str):
    """References as text, which a notebook shows with its line breaks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def cited(manifests: Iterable[Mapping[str, Any]], model: Model, style: str) -> str:
    """Return references to runs, to the software and to a model's documents in a style.

    Parameters
    ----------
    manifests : Iterable[Mapping[str, Any]]
        What each run was made of.
    style : str
        One of :data:`STYLES`.

    Raises
    ------
    InputError
        A manifest does not say how its run was made.
    """
    try:
        runs = [run_item(manifest) for manifest in manifests]
    except DAMAGED:
        what = "their manifest does not say how they were made"
        raise InputError.single("runs", what, "run the scenario again") from None
    return STYLES[style]([*runs, software_item()], evidence_items(model))


def _as_text(items: Sequence[Item], documents: Sequence[Item]) -> str:
    told = [f"  {text_of(item)}" for item in documents]
    return "\n".join([*texts_of(items), "", "Calibrated on figures of:", *told])


def _as_bibtex(items: Sequence[Item], documents: Sequence[Item]) -> str:
    return "\n\n".join(map(bibtex_of, [*items, *documents]))


def _as_csl(items: Sequence[Item], documents: Sequence[Item]) -> str:
    return json.dumps([*items, *documents], ensure_ascii=False, indent=2)


STYLES: Mapping[str, Callable[[Sequence[Item], Sequence[Item]], str]] = {
    "text": _as_text,
    "bibtex": _as_bibtex,
    "csl": _as_csl,
}
"""How references are written."""


def _author(author: Mapping[str, Any]) -> dict[str, str]:
    """Return an author as CSL names one: "Family, Given", or the whole name as it is written."""
    if "family-names" in author:
        given = author.get("given-names", "")
        return {"family": author["family-names"], "given": given}
    match = _FAMILY_AND_GIVEN.fullmatch(author["name"])
    return match.groupdict() if match else {"literal": author["name"]}


def _name(author: Mapping[str, str]) -> str:
    return author.get("literal") or f"{author['family']}, {author['given']}"


def _bibtex_name(author: Mapping[str, str]) -> str:
    whole = "{" + _escaped(author["literal"]) + "}" if "literal" in author else ""
    return whole or f"{_escaped(author['family'])}, {_escaped(author['given'])}"


def _day(text: str) -> Item:
    """Return a day, a month or a year as CSL has it."""
    parts: Sequence[int] = [int(part) for part in text.split("-")]
    return {"date-parts": [list(parts)]}


def _year(item: Item) -> str:
    if "issued" not in item:
        return "no date"
    year = item["issued"]["date-parts"][0][0]
    return f"about {year}" if item["issued"].get("circa") else str(year)


def _escaped(text: str) -> str:
    """Return text as BibTeX reads it."""
    return "".join(_ESCAPED.get(character, character) for character in text)
