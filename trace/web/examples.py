"""Examples for a visitor of the demonstration: a code for each verdict, as demo.json beside its ledger lists them (DOMAIN §17.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from trace.demo.build import DOCUMENT_FILE
from trace.drugs.scanning import Options, evidence_time, scan
from trace.drugs.words import headline
from trace.ledger import Ledger
from trace.web.answering import hash_of, receipt_in
from trace.web.names import party_name
from trace.web.places import VIEWERS
from trace.web.verdictpage import in_local_style


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """One code, and what the ledger says about it now."""

    light: str
    """Light of the verdict."""
    headline: Mapping[str, str]
    """The verdict in a few words."""
    viewer: Mapping[str, str]
    """Who scans."""
    place: Mapping[str, str] | None
    """Names of the place of the scan."""
    path: str
    """Where the verdict is: a path of this site with `?as=&at=`."""


def examples_of(found: Ledger) -> list[ExampleRow]:
    """The first example of each verdict; none where the folder holds no demonstration, or a damaged list."""
    try:
        return [row(found, entry) for entry in first_of_each(found.path)]
    except (OSError, ValueError, LookupError, TypeError):
        return []


def first_of_each(folder: Path) -> list[Mapping[str, Any]]:
    """Entries of demo.json, one for each verdict. Raises OSError, ValueError, LookupError, TypeError."""
    first: dict[str, Mapping[str, Any]] = {}
    for entry in orjson.loads((folder / DOCUMENT_FILE).read_bytes())["examples"]:
        if not entry["path"].startswith("/01/"):
            raise ValueError(entry["path"])
        first.setdefault(entry["verdict"], entry)
    return list(first.values())


def row(found: Ledger, entry: Mapping[str, Any]) -> ExampleRow:
    """An example, judged like any scan. Raises LookupError, ValueError, TypeError for what is no example."""
    viewer, gln, path, now = entry["as"], entry["at"], entry["path"], found.node.clock.now()
    who, place = dict(VIEWERS)[viewer], party_name(found.node.view(), gln) if gln else None
    asked = Options(now, evidence_time(found.node, now), viewer, gln, hash_of(receipt_in(path)), journey=False)
    verdict = scan(found, "https://localhost" + path, asked).verdict
    return ExampleRow(verdict.light, headline(in_local_style(verdict.reasons[0]), viewer), who, place, path)
