"""The OpenAPI 3.1 description of the API, made of small parts; served at /api/openapi.json and tested against the API itself."""

from collections.abc import Mapping
from typing import Any

from trace.drugs.bundle import MEDIA_TYPE
from trace.gs1.item import NAME
from trace.web.apischemas import SCHEMAS, ref
from trace.web.parameters import VIEWERS

TEXT = {"type": "string"}
"""A body that is no JSON."""
DOCUMENT = {"type": "object"}
"""A JSON object that PROTOCOL §7 describes."""
ANCHORS = {"application/json": DOCUMENT, "text/html": TEXT}
"""The two forms of an anchor."""
PROBLEM = {"application/problem+json": {"schema": ref("Problem")}}
"""Content of every error."""
BUNDLE = {"schema": {"type": "object", "description": "Evidence as docs/PROTOCOL.md, section 8, describes it."}}
"""Content of a bundle."""
GTIN = {"type": "string", "pattern": "^[0-9]{14}$", "examples": ["09521001001014"]}
"""A GTIN-14."""
LOT = {"type": "string", "pattern": "^" + NAME.pattern + "$", "examples": ["EX2601A"]}
"""A lot."""
NUMBER = {"type": "string", "minLength": 1, "maxLength": 40, "examples": ["R-2026-001"]}
"""The number of a recall."""
GLN = {"type": "string", "pattern": "^[0-9]{13}$"}
"""A GLN."""
HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
"""A SHA-256 in hex."""
LIMIT = {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
"""Rows of an answer."""


def parameter(name: str, schema: Mapping[str, Any], text: str, *, place: str = "query", required: bool | None = None) -> dict[str, Any]:
    """A parameter of an operation; those in the path are required."""
    needed = place == "path" if required is None else required
    return {"name": name, "in": place, "required": needed, "description": text, "schema": dict(schema)}


def answer(schema: str, text: str, mime: str = "application/json") -> dict[str, Any]:
    """A response with a body of a named schema."""
    return {"description": text, "content": {mime: {"schema": ref(schema)}}}


def problem(text: str) -> dict[str, Any]:
    """An error response."""
    return {"description": text, "content": PROBLEM}


def reading(name: str, summary: str, schema: str, *parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A GET operation."""
    responses = {"200": answer(schema, summary), "503": problem("The ledger is not available.")}
    if parameters:
        responses["400"] = problem("A parameter does not fit.")
    if any(one["in"] == "path" for one in parameters):
        responses["404"] = problem("There is no such thing on this ledger.")
    return {"get": {"operationId": name, "summary": summary, "parameters": list(parameters), "responses": responses}}


def scanning(name: str, summary: str, *parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A GET operation that answers with a verdict: a page, or JSON by Accept or `format=json`."""
    page = {"text/html": {"schema": {"type": "string"}}}
    asking = (
        parameter("as", {"type": "string", "enum": list(VIEWERS), "default": "consumer"}, "Who looks; it gives no rights"),
        parameter("at", GLN, "GLN of the place of the scan"),
        parameter("answer", {"type": "string", "enum": ["yes", "no"]}, "Answer to the question of an earlier verdict"),
        parameter("receipt", {"type": "string"}, "Public receipt key, base64url"),
        parameter("format", {"type": "string"}, "`json`: JSON whatever the Accept header says"),
        parameter("bundle", {"type": "string"}, "Given: evidence to be judged elsewhere (docs/PROTOCOL.md, section 8)"),
        parameter("since", {"type": "integer", "minimum": 1, "maximum": 10**12}, "With `bundle`: size of a checkpoint that one remembers"),
    )
    responses = {
        "200": {"description": summary, "content": {**page, "application/json": {"schema": ref("Answer")}, MEDIA_TYPE: BUNDLE}},
        "400": {"description": "A parameter does not fit.", "content": {**page, **PROBLEM}},
        "404": {"description": "There is no evidence for this code.", "content": {**page, **PROBLEM}},
        "503": {"description": "The ledger is not available.", "content": {**page, **PROBLEM}},
    }
    return {"get": {"operationId": name, "summary": summary, "parameters": [*parameters, *asking], "responses": responses}}


def fetching(name: str, summary: str, content: Mapping[str, Any], *parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A GET operation outside /api, whose errors are pages or problem documents by Accept."""
    error = {"content": {"text/html": {"schema": TEXT}, **PROBLEM}}
    responses = {
        "200": {"description": summary, "content": {mime: {"schema": schema} for mime, schema in content.items()}},
        "404": {"description": "There is no such thing on this ledger.", **error},
        "503": {"description": "The ledger is not available, or has no checkpoint yet.", **error},
    }
    return {"get": {"operationId": name, "summary": summary, "parameters": list(parameters), "responses": responses}}


def submitting() -> dict[str, Any]:
    """POST /api/transactions."""
    body = {
        "required": True,
        "content": {
            "application/json": {"schema": ref("Transaction")},
            "application/x-ndjson": {"schema": {"type": "string", "description": "One Transaction a line."}},
        },
    }
    responses = {
        "200": {
            "description": "JSON: the transaction was known, this is where it stands. NDJSON: one result for each line, in order.",
            "content": {"application/json": {"schema": {"anyOf": [ref("Receipt"), ref("Results")]}}},
        },
        "202": answer("Receipt", "A new transaction; it is on this node's disk."),
        "400": problem("Not a transaction."),
        "413": problem("Too large."),
        "415": problem("Neither JSON nor NDJSON."),
        "422": problem("The rules refuse it: code, expected, found."),
        "503": problem("This node cannot write now; nothing was accepted."),
    }
    summary = "Submits one transaction, or many. Idempotent: a repeated transaction is answered with where it stands."
    price = parameter("value", VALUE, "One sale: price of the pack in minor units; decides `hand_over` for loose packs")
    return {"post": {"operationId": "submit", "summary": summary, "parameters": [price], "requestBody": body, "responses": responses}}


def paths() -> dict[str, Any]:
    """All operations."""
    lot, gtin, gln = parameter("lot", LOT, "Lot", place="path"), parameter("gtin", GTIN, "GTIN-14", place="path"), GLN
    height = {"type": "integer", "minimum": 0, "maximum": 10**12}
    name = {"anyOf": [{"type": "string", "pattern": "^[0-9]{1,15}$"}, HASH]}
    share = {"type": "string", "pattern": r"^(0?\.[0-9]{1,6}|0|1)$", "default": "0.1"}
    depth = {"type": "integer", "minimum": 0, "maximum": 500, "default": 5}
    limit = parameter("limit", LIMIT, "At most so many")
    price = parameter("value", VALUE, "Price of the pack in minor units: may the till hand it over before the block?")
    serial = parameter("serial", LOT, "Serial", place="path")
    expiry = parameter("17", {"type": "string", "pattern": "^[0-9]{6}$"}, "Printed expiry, YYMMDD")
    return {
        "/01/{gtin}": scanning("product", "What is registered about a medicine", gtin),
        "/01/{gtin}/10/{lot}": scanning("batchcode", "What is registered about a batch", gtin, lot),
        "/01/{gtin}/10/{lot}/21/{serial}": scanning("pack", "The verdict on a pack (GS1 Digital Link)", gtin, lot, serial, expiry),
        "/01/{gtin}/21/{serial}": scanning("packwithoutlot", "The verdict on a pack whose code lacks the lot", gtin, serial, expiry),
        "/scan": scanning("scan", "The verdict on any scanned text", parameter("code", CODE, "The text", required=True)),
        "/checkpoint": fetching("checkpoint", "The newest checkpoint, a C2SP signed note", {"text/plain": TEXT}),
        "/anchor": fetching("anchor", "What a verifier pins: canonical JSON, or a page for print", ANCHORS),
        "/anchor/{digest}": fetching("anchorbyhash", "An anchor by its hash", ANCHORS, parameter("digest", HASH, "Hash", place="path")),
        "/handover/{epoch}": fetching(
            "handover",
            "From the attester set of an epoch to the next",
            {"application/json": DOCUMENT},
            parameter("epoch", height, "Epoch", place="path"),
        ),
        "/tile/{level}/{tile}": fetching(
            "tile",
            "Hashes of the header tree, or headers (C2SP tlog-tiles)",
            {"application/octet-stream": TEXT},
            parameter("level", {"type": "string", "pattern": "^(entries|[0-9]|[1-5][0-9]|6[0-3])$"}, "Level, or `entries`", place="path"),
            parameter(
                "tile", {"type": "string", "pattern": r"^(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?$"}, "Number, width", place="path"
            ),
        ),
        "/api/chain": reading("chain", "Where the ledger stands", "Chain"),
        "/api/transactions": submitting(),
        "/api/transactions/{id}": reading(
            "transaction", "A transaction, its place and proof", "Found", parameter("id", HASH, "Id", place="path"), price
        ),
        "/api/alerts": reading(
            "alerts", "What this node knows of transactions that lost", "Alerts", parameter("site", gln, "At this place")
        ),
        "/api/blocks": reading("blocks", "Headers, newest first", "Blocks", parameter("before", height, "Below this height"), limit),
        "/api/blocks/{name}": reading("block", "A block", "Block", parameter("name", name, "Height or id", place="path")),
        "/api/parties": reading("parties", "Parties by GLN", "Parties", parameter("after", gln, "Above this GLN"), limit),
        "/api/parties/{gln}": reading("party", "A party, its places and keys", "Party", parameter("gln", gln, "GLN", place="path")),
        "/api/batches": reading(
            "batches",
            "Batches by GTIN and lot",
            "Batches",
            parameter("gtin", GTIN, "Above this GTIN"),
            parameter("lot", LOT, "and lot"),
            limit,
        ),
        "/api/batches/{gtin}/{lot}": reading("batch", "A batch, where its packs are", "Batch", gtin, lot),
        "/api/recalls": reading("recalls", "Recalls and their reach", "Recalls"),
        "/api/recalls/{number}": reading("recall", "A recall", "Recall", parameter("number", NUMBER, "Number", place="path")),
        "/api/state": reading("state", "A state entry with its proof", "Entry", parameter("key", KEY, "State key", required=True)),
        "/api/finality": reading("finality", "Attesters, votes, the last final block", "Finality"),
        "/api/finality/attacker": reading(
            "attacker",
            "The paper's probability",
            "Odds",
            parameter("share", share, "Attacker's share"),
            parameter("depth", depth, "Blocks on top"),
        ),
    }


VALUE = {"type": "integer", "minimum": 0, "maximum": 10**12}
"""A price in minor units."""
KEY = {"type": "string", "minLength": 1, "maxLength": 300, "pattern": r"^[A-Za-z0-9\-._~%/]{1,300}$"}
"""A state key."""


CODE = {"type": "string", "minLength": 1, "maxLength": 2000, "examples": ["(01)09521001001014(10)EX2601A(21)MYT1HH3KFWJ71BPR"]}
"""A scanned text."""


def document() -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PharmaTrace",
            "version": "1",
            "description": "A ledger of the life of every medicine. Errors are RFC 9457 problem documents with a stable `code`.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths(),
        "components": {"schemas": SCHEMAS},
    }
