"""From the answer to a scan to its page: words, questions with their addresses, facts, the way, what it all rests on."""

from collections.abc import Iterator
from dataclasses import replace

from flask import url_for

from chain.node import Node
from trace.drugs import words
from trace.drugs.case import CONSUMER, HELD, NO, YES
from trace.drugs.scanning import ScanResult
from trace.drugs.verdict import Reason as Line
from trace.drugs.verdict import Verdict
from trace.gs1.item import BATCH, PRODUCT
from trace.gs1.repairs import REPAIRS
from trace.web import names
from trace.web.alerts import alert_of
from trace.web.formatting import day
from trace.web.journey import place_text, present, stops
from trace.web.models import Action, Answer, Fact, Reason, RecallNotice, Stop, Text, VerdictPage
from trace.web.operating import operator_text
from trace.web.sentences import sentence_of
from trace.web.settling import level_text
from trace.web.words import class_text

ASKING = frozenset({"GENUINE_CHECK_PLACE", "SOLD_ONCE"})
"""Lines whose next step is the answer to a question."""
SHOWS_RECALL = ("RECALLED_PACK", "RECALLED_BATCH", "RECALLED_PRODUCT", "RECALLED_SOURCE", "RECALL_SHELF_ONLY")
"""Lines under which the recall's own text stands."""
SIGNED_STEPS = ("dispense", "receive", "name", "undo")
"""Steps that are transactions of the place where the pack is."""
UNKNOWN_HOST = {
    "zh": "码中的网址不属于本账本;以下只是本账本的记录。",
    "en": "The address in the code is not this ledger's; what follows is this ledger's record only.",
}
"""Said where a link names another host."""


def page_of(node: Node, result: ScanResult) -> VerdictPage:
    """Everything on the page of a scan."""
    said, viewer = result.verdict, result.asked.viewer
    step = words.next_step(said.reasons[0], viewer) if said.question is None else None
    place = result.asked.place
    return VerdictPage(
        code=said.code,
        light=said.light,
        headline=words.headline(in_local_style(said.reasons[0]), viewer),
        sentence=sentence(result),
        next=(step,) if step else (),
        actions=actions(said),
        question=question_text(said),
        answers=answers(said),
        chooses_place=said.question is not None and said.question.kind == "choose",
        reasons=tuple(reason(one, viewer) for one in said.reasons),
        recalls=tuple(recalls(result)),
        custody=words.custody(said.custody, result.custody_params) or "",
        notes=tuple(notes(result)),
        product=result.facts.product.names if result.facts.product else "",
        facts=tuple(facts(node, result)),
        journey=tuple(journey(node, result)),
        finality=level_text(result.finality.level, operator_text()) if result.finality else "",
        age=result.asked.age_s,
        viewer=viewer,
        place=names.party_name(node.view(), place) if place else "",
        technical=tuple(technical(node, result)),
        alerts=tuple(alert_of(node, one) for one in result.incidents),
        offset=result.facts.market.offset_minutes if result.facts.market else 0,
    )


def in_local_style(one: Line) -> Line:
    """The line with its day as the reader's language writes days."""
    written = one.params.get("day")
    return replace(one, params={**one.params, "day": day(str(written))}) if written else one


def reason(one: Line, viewer: str) -> Reason:
    """One line with its words; where it asks a question, that is asked only as the headline."""
    step = None if one.code in ASKING else words.next_step(one, viewer)
    return Reason(one.code, one.light, words.headline(in_local_style(one), viewer), step or "")


def sentence(result: ScanResult) -> Text:
    """Which medicine and lot it is about, where the ledger knows them."""
    product, batch = result.facts.product, result.facts.batch
    if product is None:
        return ""
    known = {lang: product.names.get(lang) or next(iter(product.names.values())) for lang in ("zh", "en")}
    if batch is None:
        return known
    return {"zh": f"{known['zh']},批号 {batch.lot}", "en": f"{known['en']}, lot {batch.lot}"}


def actions(said: Verdict) -> tuple[Action, ...]:
    """The transactions that the place could sign next, each with the reason why the ledger would refuse it."""
    steps = (step for step in said.next if step.do in SIGNED_STEPS)
    return tuple(Action(words.step(step.do), refusal_text(step.refused), step.refused or "") for step in steps)


def refusal_text(code: str | None) -> Text:
    """The sentence of a refusal."""
    sentence = sentence_of(code) if code else None
    return {"zh": sentence.zh, "en": sentence.en} if sentence else ""


def question_text(said: Verdict) -> Text:
    """The question, unless the headline has put it already."""
    asked = words.question(said.question)
    if asked is None:
        return ""
    headline = words.headline(said.reasons[0], CONSUMER)
    return "" if headline["zh"].endswith(asked["text"]["zh"]) else asked["text"]


def answers(said: Verdict) -> tuple[Answer, ...]:
    """The two buttons; sent, never in an address, which anybody may print on a pack."""
    asked = words.question(said.question)
    if asked is None or "no" not in asked:
        return ()
    return Answer(asked["yes"], YES), Answer(asked["no"], NO)


def recalls(result: ScanResult) -> Iterator[RecallNotice]:
    """What the recalls say that stand behind a line of the verdict; all of them where no single pack was scanned."""
    whole = result.item is not None and result.item.kind in (PRODUCT, BATCH)
    if whole or any(one.code in SHOWS_RECALL for one in result.verdict.reasons):
        for number, entry in result.recalls:
            if entry["status"] != "issued_in_error":
                yield RecallNotice(number, entry["text"], entry["contact"], class_text(entry["class"]), entry["opened"])


def notes(result: ScanResult) -> Iterator[Text]:
    """What was repaired in the scan, and a host that is not ours."""
    for note in result.notes:
        if note in REPAIRS:
            yield {"zh": f"扫描已修正:{REPAIRS[note].zh}", "en": f"The scan was repaired: {REPAIRS[note].en}"}
        elif note == "unknown_host":
            yield UNKNOWN_HOST


def facts(node: Node, result: ScanResult) -> Iterator[Fact]:
    """Product, lot, expiry and serial as printed, and who made it."""
    item, batch = result.item, result.facts.batch
    if item is None:
        return
    lot, expiry = item.lot or (batch.lot if batch else None), item.expiry or (batch.expiry if batch else None)
    printed = (
        ({"zh": "商品编号", "en": "GTIN"}, item.gtin, "identifier"),
        ({"zh": "批号", "en": "Lot"}, lot, "code"),
        ({"zh": "有效期至", "en": "Expires"}, expiry, "day"),
        ({"zh": "序列号", "en": "Serial"}, item.serial, "identifier"),
        ({"zh": "箱号", "en": "Box"}, item.sscc, "identifier"),
    )
    for label, value, kind in printed:
        if value:
            yield Fact(label, value, kind)
    if batch is not None:
        yield Fact({"zh": "生产企业", "en": "Maker"}, names.party_name(node.view(), batch.maker))


def journey(node: Node, result: ScanResult) -> list[Stop]:
    """The way of the pack, with where it is now."""
    run = result.facts.run
    found = stops(node, result.journey.passages)
    if run is None or run.state not in HELD:
        return found
    return [*found, present(run.state, present_place(result), result.verdict.light)]


def present_place(result: ScanResult) -> Text:
    """Where the pack is, no more exactly than the way itself shows it."""
    holder = result.facts.holder
    if holder is None:
        return ""
    shown = (place for passage in reversed(result.journey.passages) for place in (passage.to, passage.place) if place is not None)
    return place_text(next((place for place in shown if place.gln in (holder.gln, None)), None))


def technical(node: Node, result: ScanResult) -> Iterator[Fact]:
    """Numbers for whoever checks."""
    said, newest = result.verdict, result.journey.newest
    yield Fact({"zh": "判定代码", "en": "Verdict code"}, said.code)
    if said.refused:
        meaning = url_for("problems.show", code=said.refused)
        yield Fact({"zh": "发药会被拒绝", "en": "Dispensing would be refused"}, said.refused, href=meaning)
    if result.facts.slot is not None:
        yield Fact({"zh": "槽位", "en": "Slot"}, str(result.facts.slot))
    if newest is not None:
        block = url_for("blocks.show", name=newest.height)
        yield Fact({"zh": "最新事件的区块", "en": "Block of the newest event"}, str(newest.height), href=block)
    for label, code in (("CBV", said.cbv), ("EMVS", said.emvs), ("DSCSA", said.dscsa)):
        if code:
            yield Fact(label, code)
