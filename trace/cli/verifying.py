"""`verify` and `anchor`: evidence judged without asking anybody, and what it is judged by (PROTOCOL §7, §8)."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from chain import anchor as anchors
from chain import codec
from chain.anchor import Anchor
from chain.errors import Fault, Malformed
from trace.cli.group import err, out, settings_of
from trace.cli.options import data_option
from trace.cli.scanning import COLOURS
from trace.cli.words import speaks_chinese
from trace.drugs import words
from trace.drugs.bundle import SIZE_LIMIT
from trace.drugs.case import VIEWERS
from trace.drugs.checking import check
from trace.drugs.outcome import GAP, PASSED, Assurance, Outcome, Question
from trace.drugs.scanning import receipt_hash
from trace.gs1.checkdigit import is_gln
from trace.ledger import open_ledger
from trace.sentences import sentence

REFUSED_EXIT, NOT_GREEN_EXIT = 1, 3
"""Exit codes: the evidence is refused; it is good and the verdict is not green."""
STANDARD_INPUT = "-"
"""Stands for standard input."""


@click.command("verify")
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--anchor", "anchor_file", metavar="FILE", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="What to trust, got and compared beforehand; never from the server that is checked.")  # fmt: skip
@click.option("--scan", metavar="CODE", help="What is printed on the pack; without it the code that the evidence names itself.")
@click.option("--as", "viewer", type=click.Choice(VIEWERS), default="consumer", show_default=True, help="Who asks.")
@click.option("--at", "place", metavar="GLN", help="Where the pack is.")
@click.option("--receipt", metavar="KEY", help="The public receipt key, base64url.")
@click.option("--answer", type=click.Choice(["yes", "no"]), help="The answer to the question of an earlier verdict.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole outcome as JSON.")
def verify_command(bundle: str, anchor_file: Path, as_json: bool, **asked: Any) -> None:
    """Judge the evidence in BUNDLE (- reads standard input) by an anchor, without asking any server.

    Exit code 0: green; 1: the evidence is refused; 3: it is good, and the verdict is not green.
    """
    question = question_of(**asked)
    outcome = check(read_limited(bundle, SIZE_LIMIT), read_anchor(anchor_file), question)
    if as_json:
        click.echo(json.dumps(outcome.as_json(), ensure_ascii=False, indent=1))
    else:
        show(outcome)
    if outcome.refusal is not None:
        sys.exit(REFUSED_EXIT)
    if outcome.verdict.light != "green":
        sys.exit(NOT_GREEN_EXIT)


def question_of(*, scan: str | None, viewer: str, place: str | None, receipt: str | None, answer: str | None) -> Question:
    """The question that the options put. Raises UsageError."""
    if place is not None and not is_gln(place):
        raise click.UsageError("--at: a GLN of 13 digits with a right check digit")
    try:
        held = None if receipt is None else receipt_hash(codec.decode_base64(receipt, 32))
    except Malformed as error:
        raise click.UsageError("--receipt: base64url of 32 bytes") from error
    return Question(now=time.time_ns() // 1_000_000, scan=scan, viewer=viewer, place=place, receipt=held, answer=answer)


def read_limited(name: str, limit: int) -> bytes:
    """At most one byte more than `limit` of a file or standard input: whatever is longer is refused anyhow."""
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read(limit + 1)
    with Path(name).open("rb") as file:
        return file.read(limit + 1)


def read_anchor(path: Path) -> Any:
    """The anchor in a file. Raises Malformed `anchor.*`, `codec.*`."""
    data = read_limited(str(path), anchors.ANCHOR_LIMIT + 1).rstrip(b"\n")
    anchors.parse(data)
    return codec.decode(data)


# --- saying it ---------------------------------------------------------------------------------------------------------------


def show(outcome: Outcome) -> None:
    """The outcome for a person: the verdict, then every step, then on whose word."""
    chinese = speaks_chinese()
    for line in lines(outcome, chinese=chinese):
        click.echo(line)


def lines(outcome: Outcome, *, chinese: bool) -> Iterator[str]:
    """The lines of the outcome."""
    language = "zh" if chinese else "en"
    said = words.headline(outcome.verdict.reasons[0], outcome.asked.viewer)
    yield click.style(f"{outcome.verdict.code}  {said.get(language, '')}", fg=COLOURS[outcome.verdict.light], bold=True)
    for step in outcome.steps:
        mark = "+" if step.state == PASSED else "?" if step.state == GAP else "!"
        yield f"  {mark} {step.number:>2} {step.name}" + (f"  {step.code}" if step.code else "")
        if step.code:
            told = sentence(step.code)
            yield f"       {told.zh} {told.next_zh}" if chinese else f"       {told.en} {told.next_en}"
            yield f"       {step.found}"
    yield from promise(outcome.assurance, chinese=chinese)


def promise(found: Assurance, *, chinese: bool) -> Iterator[str]:
    """On whose word the verdict rests."""
    if found.complete is None:
        return
    seen, needed, named = found.witnesses
    signed = ("签名齐全", "signed") if found.signed else ("签名未全部出示", "not all signatures shown")
    whose = ("一个运营方", "one operator") if found.complete == "operator" else ("多家见证方", "a consortium")
    age = ("时间不明", "of unknown age") if found.age_s is None else (f"{found.age_s} 秒前", f"{found.age_s} s old")
    compared = (
        ("与记住的账头一致", "continues the head remembered")
        if found.compared
        else ("未与记住的账头比对", "not compared with a head remembered")
    )
    zh, en = ([called(found, gln, language) for gln in found.parties] for language in ("zh", "en"))
    told = (
        (signed[0], f"完整性凭{whose[0]}:{'、'.join(zh)}", f"旁证 {seen}/{named}(需 {needed})", age[0], compared[0]),
        (signed[1], f"complete by the word of {whose[1]}: {', '.join(en)}", f"witnesses {seen} of {named}, {needed} needed",
         age[1], compared[1]),
    )  # fmt: skip
    yield "  " + ("; ".join(told[1]) if not chinese else ";".join(told[0]))


def called(found: Assurance, gln: str, language: str) -> str:
    """A party by its name and number."""
    names = found.names.get(gln, {})
    name = names.get(language) or next(iter(names.values()), None)
    return f"{name} ({gln})" if name else gln


# --- anchors -----------------------------------------------------------------------------------------------------------------


@click.command("anchor")
@data_option
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write to a new file.")
def anchor_command(data: str | None, output: Path | None) -> None:
    """Write the anchor of this ledger: what a verifier pins. Its words are printed, to be compared by another way than it travels."""
    found = anchor_of(data)
    if output is None:
        click.echo(anchors.encode(found).decode())
    else:
        with output.open("xb") as file:
            file.write(anchors.encode(found) + b"\n")
    (err if output is None else out).print(anchors.words_of(found.hash))


def anchor_of(data: str | None) -> Anchor:
    """The anchor that the node in a folder stands by. Raises Fault `node.checkpoint` where nothing is certified yet."""
    settings = settings_of(data=data)
    with open_ledger(settings.data, settings=settings, writing=False) as ledger:
        found = ledger.anchors.renew(ledger.node)
    if found is None:
        raise Fault("node.checkpoint", "a certified head", "none yet")
    return found
