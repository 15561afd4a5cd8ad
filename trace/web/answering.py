"""The answer to a scan, as a page or as JSON. `/01/…` and `/scan` both end here."""

from typing import Any
from urllib.parse import parse_qs

from flask import Response, make_response, render_template

from chain import codec
from chain.errors import Malformed
from trace.drugs.scanning import Options, ScanResult, evidence_time, receipt_hash, scan
from trace.gs1.item import BATCH, PRODUCT
from trace.ledger import Ledger
from trace.web import bundles, parameters, verifier
from trace.web.access import ledger
from trace.web.addresses import here_with
from trace.web.health import metrics
from trace.web.languages import language
from trace.web.negotiation import wants_bundle, wants_json
from trace.web.operating import assurance
from trace.web.places import VIEWERS, places_for
from trace.web.productpage import product_page
from trace.web.replies import reply
from trace.web.verdictpage import page_of

RECEIPT_BYTES = 32
"""Bytes of a public receipt key."""


def answer(text: str) -> Response:
    """What the ledger says about a scanned text, for the viewer and place in the query."""
    if wants_bundle():
        return bundles.answer(text)
    found = ledger()
    result = scan(found, text, options(found, text))
    metrics().verdicts.labels(result.verdict.code, result.verdict.light).inc()
    if wants_json():
        return reply(document(found, result))
    carried = verifier.panel(found, result, language())
    response = make_response(render(found, result, carried))
    if carried is not None:
        verifier.allow(response, carried)
    return response


def options(found: Ledger, text: str) -> Options:
    """Who asks, where, and what they bring along. Raises Problem 400."""
    now = found.node.clock.now()
    return Options(
        now=now,
        evidence_time=evidence_time(found.node, now),
        viewer=parameters.viewer(),
        place=parameters.place(),
        receipt=hash_of(parameters.receipt() or receipt_in(text)),
        answer=parameters.answer(),
    )


def receipt_in(text: str) -> str | None:
    """The public receipt key in a scanned link (`?receipt=`), as a buyer's own code carries it."""
    query = text.partition("#")[0].partition("?")[2]
    return next(iter(parse_qs(query).get("receipt", ())), None)


def hash_of(key: str | None) -> str | None:
    """What the ledger keeps of a receipt key (DOMAIN §11); None for what is no key, which then fits no sale."""
    if key is None:
        return None
    try:
        return receipt_hash(codec.decode_base64(key, RECEIPT_BYTES))
    except Malformed:
        return None


def render(found: Ledger, result: ScanResult, carried: verifier.Panel | None) -> str:
    """The page."""
    view = found.node.view()
    page = page_of(found.node, result)
    gtin = result.item.gtin if result.item else None
    return render_template(
        "link/verdict.html",
        page=page,
        own_address=here_with(answer=None),
        json_address=here_with(format="json", answer=result.asked.answer),
        bundle_address=here_with(bundle="1") if result.item else "",
        places=places_for(view, page.viewer) if page.chooses_place else [],
        viewers=VIEWERS,
        asked=result.asked,
        item=result.item,
        product=product_page(view, gtin) if gtin and result.item and result.item.kind in (PRODUCT, BATCH) else None,
        device=carried,
        batch=result.facts.batch if result.item and result.item.kind == BATCH else None,
    )


def document(found: Ledger, result: ScanResult) -> dict[str, Any]:
    """The answer for machines, with where it comes from."""
    header = found.node.tip.header
    told = result.as_json()
    told["evidence"] |= {"height": header.height, "block": header.id.hex(), "assurance": assurance(), "operator": found.operator}
    return told
