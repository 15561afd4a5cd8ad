"""From a verdict to its page: words, questions with their addresses, facts, the way, what it all rests on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chain.node import Node
from trace.drugs import words
from trace.drugs.case import CONSUMER, NO, YES
from trace.drugs.facts import COUNTED
from trace.drugs.verdict import Reason as Line
from trace.drugs.verdict import Verdict
from trace.gs1.repairs import sentences as repair_sentences
from trace.ledger import Ledger
from trace.web import names
from trace.web.addresses import here_with
from trace.web.formatting import day
from trace.web.journey import Sight, finality_text, stops
from trace.web.lookup import Looked
from trace.web.models import Answer, Fact, Reason, Stop, VerdictPage
from trace.web.operating import operator_name
from trace.web.settling import Settled, settled
from trace.web.words import run_state

Text = Mapping[str, str]
"""`{"zh": …, "en": …}`."""
ASKING = frozenset({"GENUINE_CHECK_PLACE", "SOLD_ONCE"})
"""Lines whose next step is the answer to a question."""


def page_of(ledger: Ledger, looked: Looked) -> VerdictPage:
    """Everything on the page of a scan."""
    said, viewer, node = looked.verdict, looked.question.viewer, ledger.node
    level = settled_of(node, looked)
    return VerdictPage(
        code=said.code,
        light=said.light,
        headline=words.headline(in_local_style(said.reasons[0]), viewer),
        sentence=sentence(looked),
        next=tuple(step for step in (words.next_step(said.reasons[0], viewer),) if step and said.question is None),
        question=question_text(said),
        answers=answers(said),
        chooses_place=said.question is not None and said.question.kind == "choose",
        reasons=tuple(reason(one, viewer) for one in said.reasons),
        custody=words.custody(said.custody, custody_params(looked)) or "",
        notes=tuple(notes(looked)),
        product=looked.facts.product.names if looked.facts.product else "",
        facts=tuple(facts(ledger, looked)),
        journey=tuple(journey(ledger, looked)),
        finality=finality_text(level.level, operator_name()) if level else "",
        age=0,
        viewer=viewer,
        place=names.party_name(node.view(), looked.question.place) if looked.question.place else "",
        technical=tuple(technical(node, looked, level)),
        offset=looked.facts.market.offset_minutes if looked.facts.market else 0,
    )


def in_local_style(one: Line) -> Line:
    """The line with its day as the reader's language writes days."""
    written = one.params.get("day")
    return replace(one, params={**one.params, "day": day(str(written))}) if written else one


def reason(one: Line, viewer: str) -> Reason:
    """One line with its words; where it asks a question, that is asked only as the headline."""
    step = None if one.code in ASKING else words.next_step(one, viewer)
    return Reason(one.code, one.light, words.headline(in_local_style(one), viewer), step or "")


def sentence(looked: Looked) -> Text | str:
    """Which medicine, lot and day it is about, where the ledger knows them."""
    product, batch = looked.facts.product, looked.facts.batch
    if product is None:
        return ""
    known = {lang: product.names.get(lang) or next(iter(product.names.values())) for lang in ("zh", "en")}
    if batch is None:
        return known
    return {"zh": f"{known['zh']},批号 {batch.lot}", "en": f"{known['en']}, lot {batch.lot}"}


def question_text(said: Verdict) -> Text | str:
    """The question, unless the headline has put it already."""
    asked = words.question(said.question)
    if asked is None:
        return ""
    headline = words.headline(said.reasons[0], CONSUMER)
    return "" if headline["zh"].endswith(asked["text"]["zh"]) else asked["text"]


def answers(said: Verdict) -> tuple[Answer, ...]:
    """The two buttons: the same address with `answer=`."""
    asked = words.question(said.question)
    if asked is None or "no" not in asked:
        return ()
    return Answer(asked["yes"], here_with(answer=YES), yes=True), Answer(asked["no"], here_with(answer=NO))


def custody_params(looked: Looked) -> Mapping[str, Any]:
    """What the custody sentence is filled with."""
    params: dict[str, Any] = {}
    if looked.verdict.custody == COUNTED and looked.facts.stock is not None:
        params["left"] = looked.facts.stock.loose
        if looked.facts.received is not None:
            params["received"] = looked.facts.received
    if looked.question.place is None and looked.facts.holder is not None:
        params["site"], params["names"] = looked.facts.holder.gln, looked.facts.holder.names
    return params


def notes(looked: Looked) -> list[Text]:
    """What was repaired in the scan, and a host that is not ours."""
    repairs = looked.item.repairs if looked.item else ()
    found: list[Text] = [{"zh": f"扫描已修正:{one.zh}", "en": f"The scan was repaired: {one.en}"} for one in repair_sentences(repairs)]
    if not looked.reading.host_known:
        found.append(
            {
                "zh": "码中的网址不属于本账本;以下只是本账本的记录。",
                "en": "The address in the code is not this ledger's; what follows is this ledger's record only.",
            }
        )
    if looked.reading.problem is not None:
        problem = looked.reading.problem
        found.append({"zh": f"{problem.code}:{problem.found}", "en": f"{problem.code}: {problem.found}"})
    return found


def facts(ledger: Ledger, looked: Looked) -> list[Fact]:
    """Product, lot, expiry and serial as printed, and who made it."""
    item, view = looked.item, ledger.node.view()
    found: list[Fact] = []
    if item is None:
        return found
    lot = item.lot or (looked.facts.batch.lot if looked.facts.batch else None)
    expiry = item.expiry or (looked.facts.batch.expiry if looked.facts.batch else None)
    if item.gtin:
        found.append(Fact({"zh": "商品编号", "en": "GTIN"}, item.gtin, "identifier"))
    if lot:
        found.append(Fact({"zh": "批号", "en": "Lot"}, lot, "code"))
    if expiry:
        found.append(Fact({"zh": "有效期至", "en": "Expires"}, expiry, "day"))
    if item.serial:
        found.append(Fact({"zh": "序列号", "en": "Serial"}, item.serial, "identifier"))
    if looked.facts.batch is not None:
        found.append(Fact({"zh": "生产企业", "en": "Maker"}, names.party_name(view, looked.facts.batch.maker)))
    return found


def settled_of(node: Node, looked: Looked) -> Settled | None:
    """How settled the newest event of the pack, else of the batch, is."""
    return settled(node, looked.events[-1].height) if looked.events else None


def journey(ledger: Ledger, looked: Looked) -> list[Stop]:
    """The way of the pack, with where it is now."""
    run = looked.facts.run
    if run is None:
        return []
    sight = Sight(ledger.node.view(), ledger.node, looked.question.viewer == CONSUMER, operator_name())
    found = stops(sight, looked.events)
    return [*found, now(sight, looked)] if run.state in ("active", "moving", "loose") else found


def now(sight: Sight, looked: Looked) -> Stop:
    """Where the pack is now, in the light of the verdict."""
    run, shipment = looked.facts.run, looked.facts.shipment
    state = run_state(run.state if run else "")
    place = sight.place(shipment.receiver if shipment else run.site) if run and (run.site or shipment) else {"zh": "", "en": ""}
    title = {"zh": f"现在:{state['zh']}", "en": f"Now: {state['en']}"}
    symbol = {"moving": "truck", "loose": "box"}.get(run.state if run else "", "place")
    return Stop(symbol, title, place, light=looked.verdict.light, now=True)


def technical(node: Node, looked: Looked, level: Settled | None) -> list[Fact]:
    """Numbers for whoever checks."""
    said, key = looked.verdict, looked.key
    found = [Fact({"zh": "判定代码", "en": "Verdict code"}, said.code)]
    if said.refused:
        found.append(Fact({"zh": "发药会被拒绝", "en": "Dispensing would be refused"}, said.refused, href=f"/problems/{said.refused}"))
    if looked.facts.slot is not None:
        found.append(Fact({"zh": "槽位", "en": "Slot"}, str(looked.facts.slot)))
    if level is not None and level.height is not None:
        found.append(Fact({"zh": "最新事件的区块", "en": "Block of the newest event"}, str(level.height), href=f"/blocks/{level.height}"))
    entry = node.view().get(key) if key else None
    if key and entry:
        found.append(Fact({"zh": "历史链头", "en": "Head of its history"}, str(entry["history"]["head"])))
        found.append(Fact({"zh": "状态键", "en": "State key"}, key, href=f"/state?key={key.replace('%', '%25')}"))
    for label, code in (("CBV", said.cbv), ("EMVS", said.emvs), ("DSCSA", said.dscsa)):
        if code:
            found.append(Fact(label, code))
    return found
