"""Form of the bodies and items of DOMAIN §7, fields in the order of the rows (DOMAIN §5 row 6)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trace.drugs.making import RELEASES
from trace.drugs.moving import RETURN_PURPOSES
from trace.drugs.recalling import DEPTHS, OUTCOMES
from trace.drugs.receiving import REFUSE_REASONS
from trace.drugs.selling import UNDO_REASONS, USES
from trace.fields import EVIDENCE, Field, Items, Record, Schema, make_item_record, make_items
from trace.forms import (
    CODE,
    DATE,
    GLN,
    GTIN,
    GTIN_DIGITS,
    HASH,
    LOOSE,
    LOT,
    MARKET,
    PACKS_LIMIT,
    Choice,
    Flag,
    Form,
    Integer,
    ListOf,
    Pattern,
    Problem,
    Ranges,
    String,
    Text,
)

LINES_LIMIT = 200
"""Lines of a delivery, and differences of a receipt."""
NAMED_LIMIT = 500
"""Packs that one transaction names out of loose stock; each brings its path along."""
SLOT = Integer(0, PACKS_LIMIT - 1)
"""A slot; whether the batch has it, the rule judges."""
NUMBER = Pattern("1 to 40 letters, digits and . _ / ( ) : + -", re.compile("[A-Za-z0-9._/():+-]{1,40}"))
"""Number of a recall: one byte a character also in JSON, so that `RECALLS_LIMIT` of them fit into one entry."""
NAMES = Text(String(120, bytes_limit=360))
"""Names of a product."""
SHORT = String(40, bytes_limit=120)
"""Authorisation numbers."""
WORDS = String(60, bytes_limit=180)
"""Pharmaceutical form and strength as printed."""
CN_ID = Pattern("7 digits", re.compile("[0-9]{7}"))
"""Chinese drug identifier."""
TENTHS = Integer(-2_000, 1_000)
"""A temperature in tenths of a degree C: from liquid nitrogen to boiling water."""


@dataclass(frozen=True, slots=True)
class OneOf(Form):
    """One of a few whole values."""

    values: tuple[Any, ...]
    """The allowed values, all of one type."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find."""
        expected = "one of " + ", ".join(map(str, self.values))
        if type(value) is not type(self.values[0]):
            return Problem("type", expected, value)
        return None if value in self.values else Problem("range", expected, value)


@dataclass(frozen=True, slots=True)
class Distinct(Form):
    """A list of objects in which no two have the same value of a field."""

    list: ListOf
    """The list."""
    name: str
    """The field."""

    def find(self, value: Any) -> Problem | None:
        """As Form.find; the second of two equals is a problem of order."""
        problem = self.list.find(value)
        if problem is not None:
            return problem
        seen = set()
        for number, element in enumerate(value):
            if element[self.name] in seen:
                return Problem("order", f"each {self.name} once", element[self.name], f"[{number}].{self.name}")
            seen.add(element[self.name])
        return None


def _body(*fields: Field, **options: Any) -> Record:
    return Record((*fields, *EVIDENCE), **options)


def _optional(name: str, form: Form) -> Field:
    return Field(name, form, optional=True)


_BATCH = (Field("gtin", GTIN), Field("lot", LOT))
_GOODS = (*_BATCH, _optional("ranges", Ranges()), _optional("loose", LOOSE))
_TAGGED = (Field("slot", SLOT), Field("tag", HASH))
LINES = make_items({"line": LINES_LIMIT}, {"line": _GOODS}, exactly_one=("ranges", "loose"))
"""`{t: line, gtin, lot, ranges}` or `{…, loose}`."""
RECEIPT = Items(
    {
        "line": make_item_record(*_GOODS, exactly_one=("ranges", "loose"), tag="line"),
        "difference": make_item_record(
            Field("what", CODE),
            *_GOODS,
            _optional("packs", ListOf(Record(_TAGGED), NAMED_LIMIT)),
            Field("note", String(200), optional=True, nullable=True),
            exactly_one=("ranges", "loose", "packs"),
            tag="difference",
        ),
    },
    {"line": LINES_LIMIT, "difference": LINES_LIMIT},
)
"""Lines, and `{t: difference, what, gtin, lot, ranges | loose | packs [{slot, tag}], note?}`."""
PACKS = make_items({"pack": NAMED_LIMIT}, {"pack": _TAGGED}, fewest=1)
"""`{t: pack, slot, tag}`."""

_MARKETS = Distinct(ListOf(Record((Field("market", MARKET), Field("authorisation", SHORT))), 50), "market")
_LEVELS = ListOf(Record((Field("gtin", GTIN_DIGITS), Field("holds", Integer(1, 100_000)))), 8, shortest=0)
_SCOPE = Record((Field("gtin", GTIN), _optional("lot", LOT), _optional("ranges", Ranges())), needs=(("ranges", "lot"),))

SCHEMAS: Mapping[str, Schema] = {
    "drugs.product": Schema(
        _body(
            Field("gtin", GTIN_DIGITS),
            Field("names", NAMES),
            Field("units", Integer(1, 10_000)),
            Field("unit", CODE),
            Field("markets", _MARKETS),
            Field("makers", ListOf(GLN, 16)),
            Field("release", OneOf((list(RELEASES[:1]), list(RELEASES)))),
            Field("joined", DATE),
            Field("prescription", Flag()),
            _optional("form", WORDS),
            _optional("strength", WORDS),
            _optional("shelf_months", Integer(1, 120)),
            _optional("storage", Record((Field("min", TENTHS), Field("max", TENTHS)))),
            _optional("cn_id", CN_ID),
            _optional("levels", _LEVELS),
        )
    ),
    "drugs.batch": Schema(
        _body(
            *_BATCH,
            Field("site", GLN),
            Field("count", Integer(1, PACKS_LIMIT)),
            Field("root", HASH),
            Field("made", DATE),
            Field("expiry", DATE),
            Field("market", MARKET),
            _optional("marks", HASH),
        )
    ),
    "drugs.release": Schema(
        _body(
            *_BATCH,
            Field("as", Choice(RELEASES)),
            Field("decision", Choice(("released", "rejected"))),
            _optional("certificate", HASH),
            _optional("reason", Text()),
        )
    ),
    "drugs.ship": Schema(
        _body(
            Field("from", GLN),
            Field("to", GLN),
            Field("purpose", Choice(("delivery", "transfer"))),
            Field("title", Choice(("passes", "stays"))),
            _optional("papers", HASH),
            _optional("carrier", GLN),
            _optional("of", HASH),
        ),
        LINES,
    ),
    "drugs.cancel": Schema(_body(Field("shipment", HASH), Field("reason", CODE))),
    "drugs.receive": Schema(_body(Field("shipment", HASH), Field("checked", Flag()), Field("final", Flag())), RECEIPT),
    "drugs.refuse": Schema(_body(Field("shipment", HASH), Field("reason", Choice(REFUSE_REASONS)))),
    "drugs.return": Schema(
        _body(Field("from", GLN), Field("to", GLN), Field("purpose", Choice(RETURN_PURPOSES)), Field("of", HASH, nullable=True)), LINES
    ),
    "drugs.loosen": Schema(_body(Field("site", GLN), *_BATCH, Field("ranges", Ranges()))),
    "drugs.name": Schema(_body(Field("site", GLN), *_BATCH), PACKS),
    "drugs.dispense": Schema(
        _body(Field("site", GLN), *_BATCH, *_TAGGED, Field("receipt", HASH, nullable=True), Field("use", Choice(USES)))
    ),
    "drugs.undo": Schema(
        _body(Field("site", GLN), *_BATCH, Field("slot", SLOT), Field("reason", Choice(UNDO_REASONS)), Field("not_supplied", Flag()))
    ),
    "drugs.recall": Schema(
        _body(
            Field("number", NUMBER),
            Field("scope", _SCOPE),
            Field("class", Integer(1, 3)),
            Field("depth", Choice(DEPTHS)),
            Field("markets", ListOf(MARKET, 50)),
            Field("reason", CODE),
            Field("text", Text()),
            Field("contact", String(120)),
        )
    ),
    "drugs.recall.close": Schema(_body(Field("number", NUMBER), Field("outcome", Choice(OUTCOMES)), Field("text", Text()))),
}
"""Kind -> form of its body and items."""
