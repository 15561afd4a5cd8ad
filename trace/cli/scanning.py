"""`scan`: what the ledger says about a code. The same answer as the page's, since the same function gives it."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import click

from chain import codec
from chain.errors import Fault, Malformed
from trace.cli.group import out, settings_of
from trace.cli.options import data_option, url_option
from trace.cli.remote import get_json
from trace.cli.words import speaks_chinese
from trace.config import Settings
from trace.drugs.case import VIEWERS
from trace.drugs.scanning import Options, receipt_hash, scan
from trace.gs1.checkdigit import is_gln
from trace.ledger import open_ledger
from trace.places import role_and_region

COLOURS: Mapping[str, str] = {"green": "green", "amber": "yellow", "red": "red", "blue": "blue"}
"""How a light looks in a terminal."""
KINDS: Mapping[str, tuple[str, str]] = {
    "drugs.batch": ("生产", "made"),
    "drugs.release": ("放行", "released"),
    "drugs.ship": ("发出", "handed over"),
    "drugs.cancel": ("取消发货", "delivery cancelled"),
    "drugs.receive": ("收货", "taken over"),
    "drugs.refuse": ("拒收", "refused"),
    "drugs.return": ("退回", "returned"),
    "drugs.loosen": ("改为计数", "counted from here on"),
    "drugs.name": ("改为逐盒", "known one by one from here on"),
    "drugs.dispense": ("发药", "sold"),
    "drugs.undo": ("撤销发药", "sale undone"),
    "drugs.recall": ("召回", "recalled"),
    "drugs.recall.close": ("召回结束", "recall closed"),
}
"""What an event of a way is called."""
LEVELS: Mapping[str, tuple[str, str]] = {
    "pending": ("待进块", "accepted here, not in a block yet"),
    "in_block": ("已进块", "in a block"),
    "final": ("已终局", "final"),
}
"""How settled the newest event is."""


@click.command("scan")
@click.argument("code")
@data_option
@url_option
@click.option("--as", "viewer", type=click.Choice(VIEWERS), default="consumer", show_default=True, help="Who asks; it gives no rights.")
@click.option("--at", "place", metavar="GLN", help="Where the pack is scanned.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
def scan_command(code: str, data: str | None, url: str | None, **asked: Any) -> None:
    """Say what the ledger knows about a scanned CODE: the verdict, its reasons, the way of the pack.

    CODE is a Digital Link, an element string (FNC1 as the character U+001D, or in brackets), a Chinese 20-digit code or a GTIN.
    """
    viewer, place = asked["viewer"], asked["place"]
    if place is not None and not is_gln(place):
        raise click.UsageError("--at: a GLN of 13 digits with a right check digit")
    answer = ask_server(url, code, viewer, place) if url else ask_folder(settings_of(data=data), code, viewer, place)
    if asked["as_json"]:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        show(answer)


def ask_server(url: str, code: str, viewer: str, place: str | None) -> Mapping[str, Any]:
    """A server's answer. Raises Refusal with the server's code, Fault `cli.server`."""
    query = {"code": code, "as": viewer, "at": place}
    answer = get_json(f"{url.rstrip('/')}/scan?" + urlencode({name: value for name, value in query.items() if value is not None}))
    if not isinstance(answer, dict) or not isinstance(answer.get("verdict"), dict):
        raise Fault("cli.server", "a verdict", answer)
    return answer


def ask_folder(settings: Settings, code: str, viewer: str, place: str | None) -> Mapping[str, Any]:
    """The answer of the ledger in a folder. Evidence is as old as the newest block, unless this is the folder of the node that mines:
    nothing newer than what lies in it can exist."""
    with open_ledger(settings.data, settings=settings, writing=False) as ledger:
        now = ledger.node.clock.now()
        evidence_time = now if ledger.mines else ledger.node.tip.header.time
        return scan(ledger, code, Options(now, evidence_time, viewer, place, receipt_in(code))).as_json()


def receipt_in(code: str) -> str | None:
    """The hash of the receipt key in a buyer's own link (`?receipt=`); None where there is none."""
    try:
        key = parse_qs(urlsplit(code).query).get("receipt", [""])[0]
        return receipt_hash(codec.decode_base64(key, 32))
    except (Malformed, ValueError):
        return None


# --- for people --------------------------------------------------------------------------------------------------------------


def show(answer: Mapping[str, Any]) -> None:
    """Prints an answer for a person."""
    verdict = answer["verdict"]
    out.print(f"[{COLOURS.get(verdict['light'], 'default')}]●[/] {verdict['code']}  ", end="")
    out.print(text(verdict.get("headline")), markup=False)
    for line in filter(None, lines_of(answer)):
        out.print("  " + line, markup=False)


def lines_of(answer: Mapping[str, Any]) -> Iterator[str]:
    """Everything below the headline."""
    words = answer["verdict"].get("words", {})
    if words.get("next"):
        yield "-> " + text(words["next"])
    asked = text((words.get("question") or {}).get("text"))
    yield "" if text(words.get("headline")).endswith(asked) else asked
    for reason in answer["verdict"]["reasons"][1:]:
        yield f"also {reason['code']}: {text(reason.get('headline'))}"
    yield text(words.get("custody"))
    yield from (text(note.get("words")) for note in answer.get("notes", []))
    yield from (passage_line(passage) for passage in answer.get("journey", []))
    finality = answer.get("finality")
    yield text(dict(zip(("zh", "en"), LEVELS[finality["level"]], strict=True))) if finality else ""
    age = answer["evidence"]["age_s"]
    yield text({"zh": f"证据 {age} 秒前", "en": f"evidence {age} s old"} if age is not None else {"zh": "无证据", "en": "no evidence"})


def passage_line(passage: Mapping[str, Any]) -> str:
    """An event of the way: when, what, where, signed by whom."""
    when = datetime.fromtimestamp(passage["time"] / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    zh, en = KINDS.get(passage["kind"], (passage["kind"], passage["kind"]))
    where = " → ".join(place_text(passage[name]) for name in ("place", "to") if passage.get(name))
    signer = text((passage.get("signature") or {}).get("names"))
    return "- " + "  ".join(filter(None, (when, text({"zh": zh, "en": en}), where, f"({signer})" if signer else "")))


def place_text(place: Mapping[str, Any]) -> str:
    """A place by name, or as role and region where its name is not public."""
    return text(place.get("names")) or text(role_and_region(str(place.get("role") or place.get("kind")), str(place.get("region"))))


def text(value: Any) -> str:
    """A text in the terminal's language."""
    if isinstance(value, Mapping):
        return str(value.get("zh" if speaks_chinese() else "en") or next(iter(value.values()), ""))
    return str(value or "")
