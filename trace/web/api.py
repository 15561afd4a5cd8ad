"""The API for machines: JSON in and out, errors as RFC 9457 problem documents, described by /api/openapi.json."""

from itertools import islice
from typing import Any

from flask import Blueprint, Response, current_app

from chain import work
from chain.blocks import Block, Header
from chain.interfaces import StateView
from chain.node import Node
from trace import carrier
from trace.drugs.entries import batch_name
from trace.gs1.item import NAME
from trace.parties import queries
from trace.web import submission
from trace.web.access import ledger
from trace.web.alerts import alerts_json
from trace.web.apidocument import document
from trace.web.batches import RUNS_SHOWN, all_batches, runs, stocks
from trace.web.batches import find as find_batch
from trace.web.blocks import attesters
from trace.web.blocks import find as find_block
from trace.web.errors import Problem
from trace.web.finality import DEPTH_LIMIT, asked_share
from trace.web.formatting import iso_time
from trace.web.operating import operator_text
from trace.web.parameters import GLN, GTIN, height_or_none, matching, number
from trace.web.parties import find_party
from trace.web.recalls import RecallRow, all_recalls
from trace.web.recalls import find as find_recall
from trace.web.recalls import row as recall_row
from trace.web.replies import reply
from trace.web.settings import PAGE_ROWS
from trace.web.settling import level_text, settled
from trace.web.state import asked_key, entry_at
from trace.web.transactions import find as find_transaction
from trace.web.transactions import inclusion

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.get("/openapi.json")
def openapi() -> Response:
    """The description of this API."""
    address = current_app.config["PUBLIC_URL"]
    return reply({**document(), **({"servers": [{"url": address}]} if address else {})})


@bp.post("/transactions")
def submit() -> Response:
    """Takes one or many transactions."""
    return submission.answer()


@bp.get("/transactions/<name>")
def transaction(name: str) -> Response:
    """A transaction with its place and the proof that it is there."""
    node, price = ledger().node, submission.asked_price()
    found = find_transaction(node, name)
    item, position, level = found.item, found.position, found.settled(node).level
    body: dict[str, Any] = {"id": item.id.hex(), "kind": item.kind, "transaction": carrier.to_json(item), "level": level}
    body |= {"words": dict(level_text(level, operator_text())), **submission.hand_over_json(node, item, level, price)}
    if position is None:
        return reply({**body, "conflict": found.conflict.as_json()} if found.conflict else body)
    block = find_block(node, str(position >> 24))
    proof = inclusion(block, position & 0xFFFFFF)
    place = {"height": block.header.height, "index": proof.index, "block": block.header.id.hex(), "time": block.header.time}
    shown = {"size": proof.size, "path": list(proof.path), "root": proof.root}
    return reply({**body, **place, "inclusion": shown})


@bp.get("/alerts")
def alerts() -> Response:
    """What this node knows of transactions that lost."""
    return reply(alerts_json())


@bp.get("/chain")
def chain() -> Response:
    """Where the ledger stands."""
    node = ledger().node
    header = node.tip.header
    return reply(
        {
            "chain": node.chain_hex,
            "height": header.height,
            "block": header.id.hex(),
            "time": header.time,
            "time_text": iso_time(header.time),
            "final_height": node.final_height,
            "waiting": node.waiting,
            "state_root": header.state_root.hex(),
        }
    )


def header_json(node: Node, header: Header) -> dict[str, Any]:
    """A header for machines; `header` is its 240 bytes in hex, from which everything else follows."""
    return {
        "height": header.height,
        "id": header.id.hex(),
        "time": header.time,
        "transactions": header.count,
        "level": settled(node, header.height).level,
        "header": header.encode().hex(),
    }


@bp.get("/blocks")
def blocks() -> Response:
    """Headers from the newest down."""
    node = ledger().node
    before = height_or_none("before")
    limit = number("limit", PAGE_ROWS, (1, 500))
    top = node.tip.header.height if before is None else min(before - 1, node.tip.header.height)
    found = (node.header(height) for height in range(top, max(top - limit, -1), -1))
    return reply({"blocks": [header_json(node, header) for header in found if header is not None]})


@bp.get("/blocks/<name>")
def block(name: str) -> Response:
    """A block: header, seal, transaction ids, votes."""
    node = ledger().node
    return reply(block_json(node, find_block(node, name)))


def block_json(node: Node, found: Block) -> dict[str, Any]:
    """A block for machines."""
    ids = [item.id.hex() for item in found.transactions]
    return {**header_json(node, found.header), "seal": found.seal.hex(), "ids": ids, "votes": found.votes.hex()}


@bp.get("/parties")
def parties() -> Response:
    """Parties in order of their GLN."""
    after = matching("after", GLN, "a GLN of 13 digits")
    limit = number("limit", PAGE_ROWS, (1, 500))
    found: list[dict[str, Any]] = []
    for key, entry in ledger().node.view().scan("party/", f"party/{after}" if after else ""):
        if len(found) == limit:
            break
        found.append({"gln": key.removeprefix("party/"), **entry})
    return reply({"parties": found})


@bp.get("/parties/<gln>")
def party(gln: str) -> Response:
    """A party with its sites and keys."""
    view = ledger().node.view()
    return reply(party_json(view, gln))


def party_json(view: StateView, gln: str) -> dict[str, Any]:
    """A party for machines."""
    entry = find_party(view, gln)
    sites = [{"gln": site, **found} for site, found in queries.sites_of(view, gln)]
    keys = [{"key": text, **found} for text, found in queries.keys_of(view, gln)]
    return {"gln": gln, **entry, "sites": sites, "keys": keys}


@bp.get("/state")
def state() -> Response:
    """A state entry with its proof."""
    key = asked_key()
    if key is None:
        raise Problem(400, "web.parameter", "a state key", "none", field="key")
    return reply(entry_at(ledger().node, key).as_json())


@bp.get("/finality")
def finality() -> Response:
    """Attesters, the last final block, votes above it."""
    node = ledger().node
    votes = [{"voter": vote.voter.hex(), "source": vote.source_height, "target": vote.target_height} for vote in node.votes()]
    members = [{"party": member.gln, "vote_key": member.key} for member in attesters(node).values()]
    return reply({"final_height": node.final_height, "height": node.tip.header.height, "attesters": members, "votes": votes})


@bp.get("/finality/attacker")
def attacker() -> Response:
    """The paper's probability for a share and a depth (S-13)."""
    share, depth = asked_share(), number("depth", 5, (0, DEPTH_LIMIT))
    return reply({"share": share, "depth": depth, "probability": work.catch_up_text(share, depth)})


@bp.get("/batches")
def batches() -> Response:
    """Batches in order of GTIN and lot."""
    limit = number("limit", PAGE_ROWS, (1, 500))
    gtin, lot = matching("gtin", GTIN, "a GTIN of 14 digits"), matching("lot", NAME, "1-20 characters of CSET 82")
    after = batch_name(gtin, lot).batch_key if gtin else ""
    rows = islice(all_batches(ledger().node.view(), after), limit)
    return reply({"batches": [{"gtin": row.gtin, "lot": row.lot, **row.entry} for row in rows]})


@bp.get("/batches/<gtin>/<path:lot>")
def batch(gtin: str, lot: str) -> Response:
    """A batch with its sums and runs."""
    view = ledger().node.view()
    name, entry = find_batch(view, gtin, lot)
    found = [{"start": row.start, **row.entry} for row in islice(runs(view, name), RUNS_SHOWN)]
    held = [{"site": site, "named": stock["named"], "loose": stock["loose"]} for site, _, stock in stocks(view, name)]
    return reply({"gtin": gtin, "lot": lot, **entry, "tally": view.get(name.tally_key), "stock": held, "runs": found})


@bp.get("/recalls")
def recalls() -> Response:
    """Recalls with their reach, open ones first."""
    return reply({"recalls": [recall_json(row) for row in all_recalls(ledger().node.view())]})


@bp.get("/recalls/<path:number>")
def recall(number: str) -> Response:
    """One recall."""
    view = ledger().node.view()
    return reply(recall_json(recall_row(view, number, find_recall(view, number))))


def recall_json(row: RecallRow) -> dict[str, Any]:
    """A recall for machines."""
    holders = [{"site": holder.gln, "packs": holder.packs} for holder in row.reach.holders]
    parts = {"concerned": row.reach.concerned, "at_sites": row.reach.at_sites, "moving": row.reach.moving, "ended": dict(row.reach.ended)}
    return {"number": row.number, **row.entry, "deadline": row.deadline, "reach": {**parts, "holders": holders}}
