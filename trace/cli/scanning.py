"""`scan`: what the ledger says about a code. The same answer as the page's, since the same code gives it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import click
import orjson

from chain.errors import Fault, Refusal
from trace.cli.group import WebFactory, out, settings_of, web_factory
from trace.cli.options import data_option, url_option
from trace.cli.remote import get_json
from trace.cli.words import speaks_chinese
from trace.config import Settings
from trace.ledger import open_ledger

VIEWERS = ("consumer", "pharmacy", "distributor", "regulator")
"""Who may be asked as (DOMAIN §10.1)."""
COLOURS: Mapping[str, str] = {"green": "green", "amber": "yellow", "red": "red", "blue": "blue"}
"""How a light looks in a terminal."""


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
    query = {"code": code, "as": asked["viewer"], "at": asked["place"], "lang": "zh" if speaks_chinese() else "en"}
    address = "/scan?" + urlencode({name: value for name, value in query.items() if value is not None})
    answer = get_json(url.rstrip("/") + address) if url else ask_folder(settings_of(data=data), web_factory(), address)
    if asked["as_json"]:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        show(answer)


def ask_folder(settings: Settings, factory: WebFactory, address: str) -> Any:
    """The answer of a server that would serve this folder. Raises Refusal with its code, Fault `cli.server`."""
    with open_ledger(settings.data, settings=settings, writing=False) as ledger:
        response = factory({"LEDGER": ledger}).test_client().get(address, headers={"Accept": "application/json"})
        answer = orjson.loads(response.get_data())
    if response.status_code >= 400:
        if isinstance(answer, dict) and isinstance(answer.get("code"), str):
            raise Refusal(answer["code"], answer.get("expected", ""), answer.get("found", ""), field=answer.get("field"))
        raise Fault("cli.server", "an answer", f"HTTP {response.status_code}")
    return answer


def show(answer: Mapping[str, Any]) -> None:
    """Prints an answer for a person."""
    verdict = answer["verdict"]
    out.print(f"[{COLOURS.get(verdict['light'], 'default')}]●[/] {verdict['code']}  {text(verdict.get('headline'))}", highlight=False)
    lines = [f"also: {reason['code']}  {text(reason.get('headline'))}" for reason in verdict["reasons"][1:]]
    lines += [text(verdict[name]) for name in ("custody_text", "question_text") if verdict.get(name)]
    lines += ["-> " + text(step) for step in verdict.get("next_text", [])]
    lines += [text(note) for note in answer.get("notes", [])]
    lines += ["- " + stop_line(stop) for stop in answer.get("journey", [])]
    age = answer.get("evidence", {}).get("age_s")
    lines += [text(answer.get("finality")), "no evidence" if age is None else f"evidence {age} s old"]
    for line in filter(None, lines):
        out.print("  " + line, markup=False)


def stop_line(stop: Mapping[str, Any]) -> str:
    """A stop of the way: when, what, where, by whom."""
    when = datetime.fromtimestamp(stop["time"] / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC") if stop.get("time") else ""
    signers = ", ".join(text(signature.get("who")) for signature in stop.get("signatures", []))
    return "  ".join(filter(None, (when, text(stop.get("title")), text(stop.get("detail")), signers)))


def text(value: Any) -> str:
    """A text in the terminal's language."""
    if isinstance(value, Mapping):
        return str(value.get("zh" if speaks_chinese() else "en") or next(iter(value.values()), ""))
    return str(value or "")
