"""The answer to a scan, as a page or as JSON. `/01/…` and `/scan` both end here."""

from typing import Any

from flask import Response, json, make_response, render_template

from trace.ledger import Ledger
from trace.web import parameters
from trace.web.access import ledger
from trace.web.addresses import here_with
from trace.web.health import metrics
from trace.web.lookup import Looked, Question, look_up
from trace.web.models import Stop, VerdictPage
from trace.web.negotiation import wants_json
from trace.web.places import VIEWERS, places_for
from trace.web.verdictpage import page_of


def answer(text: str) -> Response:
    """What the ledger says about a scanned text, for the viewer and place in the query."""
    asked = Question(parameters.viewer(), parameters.place(), parameters.receipt(), parameters.answer())
    looked = look_up(ledger(), text, asked)
    metrics().verdicts.labels(looked.verdict.code, looked.verdict.light).inc()
    page = page_of(ledger(), looked)
    if wants_json():
        return Response(json.dumps(document(ledger(), looked, page)), mimetype="application/json")
    return make_response(render(looked, page))


def render(looked: Looked, page: VerdictPage) -> str:
    """The page."""
    view = ledger().node.view()
    return render_template(
        "link/verdict.html",
        page=page,
        json_address=here_with(format="json"),
        question=looked.question,
        places=places_for(view, looked.question.viewer) if page.chooses_place else [],
        viewers=VIEWERS,
        item=looked.item,
        batch=looked.facts.batch,
        product=view.get(f"product/{looked.item.gtin}") if looked.item and looked.item.gtin else None,
    )


def document(found: Ledger, looked: Looked, page: VerdictPage) -> dict[str, Any]:
    """The answer for machines: verdict with its words, item, way, finality, evidence."""
    header = found.node.tip.header
    said = looked.verdict.as_json()
    for reason, shown in zip(said["reasons"], page.reasons, strict=True):
        reason["headline"] = shown.headline
    words = {"headline": page.headline, "custody_text": page.custody or None, "question_text": page.question or None}
    evidence = {"age_s": page.age, "height": header.height, "block": header.id.hex(), "final_height": found.node.final_height}
    return {
        "verdict": {**said, **words, "next_text": list(page.next)},
        "item": looked.item.as_json() if looked.item else None,
        "slot": looked.facts.slot,
        "journey": [stop_json(stop) for stop in page.journey],
        "finality": page.finality or None,
        "evidence": {**evidence, "assurance": "operator", "operator": found.operator},
        "notes": list(page.notes),
    }


def stop_json(stop: Stop) -> dict[str, Any]:
    """A stop of the way for machines."""
    signed = [{"meaning": one.meaning, "who": one.who, "key": one.key, "gln": one.gln, "at": one.at} for one in stop.signatures]
    form = {
        "title": stop.title,
        "detail": stop.detail or None,
        "time": stop.time,
        "height": stop.height,
        "late_ms": stop.late,
        "finality": stop.finality or None,
        "transactions": list(stop.transactions),
        "signatures": signed,
    }
    return {name: value for name, value in form.items() if value not in (None, [], "")}
