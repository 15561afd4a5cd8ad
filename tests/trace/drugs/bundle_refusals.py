"""Cases of evidence that is refused, step by step, up to its histories: whoever changes a bundle on its way is found by the first check
that sees it."""

import base64
from collections.abc import Iterator
from typing import Any

from chain import codec, notes
from tests.trace.drugs.bundle_changes import Case, Change, drop, look, put, transaction_id, with_histories
from tests.trace.drugs.bundle_goods import Goods
from tests.trace.drugs.bundle_maker import AGE, Maker, flip
from tests.trace.world import signing_key
from trace.drugs.entries import batch_name

DAY_MS = 24 * 3600 * 1000


def refusals(goods: Goods) -> Iterator[Case]:
    """The cases."""
    for part in (_container, _anchor, _checkpoint, _head, _state, _serial, _histories):
        yield from part(goods)


# --- 0 -----------------------------------------------------------------------------------------------------------------------


def _container(goods: Goods) -> Iterator[Case]:
    make = Maker(goods)
    whole = codec.encode(goods.bundles["active"], 12)
    for title, code, data in (
        ("nothing", "canonical", b""),
        ("no JSON", "canonical", b"<html>"),
        ("a number", "field", b"7"),
        ("a list", "field", b"[]"),
        ("an empty object", "field", b"{}"),
        ("a space at the end", "canonical", whole + b" "),
        ("a name twice", "canonical", whole.replace(b'"code":', b'"code":"x","code":', 1)),
        ("deep nesting", "canonical", b"[" * 5_000 + b"]" * 5_000),
        ("nesting of thirteen", "canonical", b"[" * 13 + b"]" * 13),
        ("a number beyond 2^53", "canonical", whole.replace(b'"v":1}', b'"v":9007199254740993}', 1)),
        ("a fraction", "canonical", whole.replace(b'"v":1}', b'"v":1.0}', 1)),
        ("not UTF-8", "canonical", whole.replace(b"code", b"c\xff\xfee", 1)),
    ):
        yield make.case(f"container: {title}", f"evidence.bundle.{code}", data=codec.encode_base64(data))
    yield make.case("container: version 2", None, put(2, "v"), verdict="COULD_NOT_CHECK", gaps=["evidence.bundle.version"])
    for title, change in (
        ("a field more", put(1, "policy")),
        ("a field less", drop("marks")),
        ("another type", put("", "marks")),
        ("a version that is no number", put("1", "v")),
        ("a header cut short", put("AAAA", "head", "header")),
        ("a path that is no row of hashes", put("AAAA", "head", "path")),
        ("padding", put("AA==", "head", "path")),
        ("spare bits", put("AB", "head", "path")),
        ("a negative number", put(-1, "marks", 0, "part")),
        ("a flag for a number", put(True, "marks", 0, "part")),
        ("histories out of order", _swapped(make.value, "histories")),
        ("entries out of order", _swapped(make.value, "state", "entries")),
        ("a transaction twice", put([*make.value["transactions"], make.value["transactions"][0]], "transactions")),
        ("no signature", put([], "transactions", 0, "sigs")),
        ("a proof of marks twice", put(make.value["marks"] * 2, "marks")),
        ("a lot that is no ASCII", put("\u00e9", "marks", 0, "lot")),
        ("a value that is a list", put([], "state", "entries", 0, "value")),
        ("a document that is a list", put([], "genesis", "document")),
        ("a handover that is a number", put([1], "handovers")),
        ("no code", put("", "code")),
        ("a code without end", put("/01/" + "0" * 200, "code")),
        ("a checkpoint that is a number", put(1, "checkpoint")),
        ("standard base64", put("+/+/" * 80, "head", "header")),
        ("a proof from size 0", put({"size": 0, "path": ""}, "consistency")),
        ("a path of 65 hashes", put("A" * 86 * 64 + "A" * 86 + "AAAA", "head", "path")),
        ("a beginning of nothing", put({"n": 0, "head": "00" * 32}, "histories", 0, "before")),
        ("a beginning without a head", put({"n": 1, "head": "00"}, "histories", 0, "before")),
        ("no events", put([], "histories", 0, "events")),
        ("an event of two parts", put([0, 1], "histories", 0, "events", 0)),
        ("a transaction that is not there", put(99, "histories", 0, "events", 0, 0)),
        ("an id that is none", put("zz", "histories", 0, "events", 0, 0)),
        ("no entries", put([], "state", "entries")),
        ("three leaves", put([make.value["marks"][0]["leaves"][0]] * 3, "marks", 0, "leaves")),
        ("a leaf cut short", put("AAAA", "marks", 0, "leaves", 0, "leaf")),
        ("ten signatures", put(make.value["transactions"][0]["sigs"] * 10, "transactions", 0, "sigs")),
        ("a signature cut short", put(["AAAA"], "transactions", 0, "sigs")),
    ):
        yield make.case(f"container: {title}", "evidence.bundle.field", change)
    yield make.case("container: an envelope without a field", "evidence.event.envelope", drop("transactions", 0, "envelope", "seq"))
    yield make.case(
        "container: two signatures of one",
        "evidence.event.envelope",
        put(make.value["transactions"][0]["sigs"] * 2, "transactions", 0, "sigs"),
    )
    number = next(number for number, item in enumerate(make.value["transactions"]) if item["items"])
    yield make.case("container: another item", "evidence.event.item", put([[0, 99]], "transactions", number, "items", 0, "item", "ranges"))
    yield make.case("container: a node for a leaf", "evidence.event.item", put(2, "transactions", number, "items", 0, "index"))


def _swapped(value: Any, *at: str) -> Change:
    """The first two of a list in each other's place."""
    first, second, *rest = look(value, at)
    return put([second, first, *rest], *at)


# --- 1-5 ---------------------------------------------------------------------------------------------------------------------


def _anchor(goods: Goods) -> Iterator[Case]:
    make = Maker(goods)
    other = "ab" * 32
    yield make.case("anchor: a field more", "evidence.anchor.format", anchor_change=[put(1, "more")])
    yield make.case("anchor: no members", "evidence.anchor.format", anchor_change=[put([], "members")])
    yield make.case(
        "anchor: another chain", "evidence.genesis.chain", anchor_change=[put(other, "chain"), put(f"test/{other[:16]}", "origin")]
    )
    yield make.case("anchor: another genesis document", "evidence.genesis.document", put("another", "genesis", "document", "name"))
    yield make.case(
        "anchor: another genesis header", "evidence.genesis.chain", put(flip(make.value["genesis"]["header"], 30), "genesis", "header")
    )
    late = {"now": goods.ledger.clock.now() + 181 * DAY_MS}
    yield make.case("anchor: older than it is trusted", None, verdict=AGE, gaps=["evidence.anchor.date"], ask=late)
    yield make.case(
        "anchor: made in the future",
        None,
        anchor_change=[put(goods.ledger.clock.now() + 2 * DAY_MS, "made_at")],
        verdict=AGE,
        gaps=["evidence.anchor.date"],
    )
    yield make.case("handover: one that leads nowhere", "evidence.handover", put([{}], "handovers"))


def _checkpoint(goods: Goods) -> Iterator[Case]:
    make, ledger = Maker(goods), goods.ledger
    note = make.value["checkpoint"]
    rows = note.split("\n")
    for title, code, text in (
        ("no note", "format", "hello"),
        ("a fourth line", "format", note.replace("\n\n", "\nmore\n\n", 1)),
        ("size 0", "format", note.replace(f"\n{rows[1]}\n", "\n0\n")),
        ("another origin", "origin", note.replace("test/", "tess/", 1)),
        ("another size", "signature", note.replace(f"\n{rows[1]}\n", f"\n{int(rows[1]) + 1}\n")),
        ("a signature changed", "signature", note.replace(rows[4], rows[4].rpartition(" ")[0] + " " + _bent(rows[4].rpartition(" ")[2]))),
        ("a stranger's signature", "attesters", ledger.note().replace(rows[4].split(" ")[1], "test/stranger", 1)),
    ):
        yield make.case(f"checkpoint: {title}", f"evidence.checkpoint.{code}", put(text, "checkpoint"))
    yield from _remembered(make, goods)
    yield from _witnessed(make, goods)


def _bent(text: str) -> str:
    """Standard base64 with another last byte but one."""
    data = bytearray(base64.b64decode(text))
    data[-2] ^= 1
    return base64.b64encode(bytes(data)).decode()


def _witnessed(make: Maker, goods: Goods) -> Iterator[Case]:
    key = notes.NoteKey("witness.example/w", notes.COSIGNATURE, signing_key("witness").public)
    policy = put({"k": 1, "keys": [key.text]}, "witnesses")
    yield make.case("checkpoint: a witness too few", "evidence.checkpoint.witnesses", anchor_change=[policy])
    seconds = goods.ledger.clock.now() // 1000
    signed = notes.encode_lines([notes.cosign(goods.ledger.head.text, key.name, signing_key("witness"), seconds)])
    yield make.case(
        "checkpoint: witnessed",
        None,
        put(make.value["checkpoint"] + signed, "checkpoint"),
        anchor_change=[policy],
        verdict="GENUINE_SALEABLE",
    )
    yield make.case(
        "checkpoint: a witness named twice", "evidence.anchor.format", anchor_change=[put({"k": 2, "keys": [key.text] * 2}, "witnesses")]
    )
    small = notes.NoteKey("witness.example/w", notes.COSIGNATURE, bytes([1]) + bytes(31))
    yield make.case(
        "checkpoint: a witness with a key of small order",
        "evidence.anchor.format",
        anchor_change=[put({"k": 1, "keys": [small.text]}, "witnesses")],
    )


def _remembered(make: Maker, goods: Goods) -> Iterator[Case]:
    ledger = goods.ledger
    head = ledger.head
    same = {"size": head.size, "root": head.root.hex()}
    yield make.case("remembered: the same head", None, ask={"remembered": same}, verdict="GENUINE_SALEABLE")
    yield make.case(
        "remembered: another head of the same size", "evidence.checkpoint.fork", ask={"remembered": {**same, "root": "ab" * 32}}
    )
    older = {"size": head.size - 2, "root": ledger.head_at(head.size - 2).root.hex()}
    proof = {"size": head.size - 2, "path": ledger.consistency(head.size - 2)}
    yield make.case(
        "remembered: an older head, and the proof from it",
        None,
        put(proof, "consistency"),
        ask={"remembered": older},
        verdict="GENUINE_SALEABLE",
    )
    yield make.case(
        "remembered: an older head, without the proof", None, ask={"remembered": older}, verdict=AGE, gaps=["evidence.checkpoint.unlinked"]
    )
    yield make.case(
        "remembered: an older head that was another",
        "evidence.checkpoint.fork",
        put(proof, "consistency"),
        ask={"remembered": {**older, "root": "ab" * 32}},
    )
    yield make.case(
        "remembered: a newer head",
        None,
        ask={"remembered": {"size": head.size + 5, "root": "ab" * 32}},
        verdict=AGE,
        gaps=["evidence.checkpoint.older"],
    )
    yield make.case(
        "age: signed in the future",
        None,
        put(ledger.note(seconds=ledger.clock.now() // 1000 + 61), "checkpoint"),
        verdict=AGE,
        gaps=["evidence.age.clock"],
    )
    yield make.case(
        "age: an old head served as new", None, put(ledger.note(seconds=ledger.clock.now() // 1000 - 1_000), "checkpoint"), verdict=AGE
    )


def _head(goods: Goods) -> Iterator[Case]:
    make = Maker(goods)
    header = make.value["head"]["header"]
    yield make.case("head: a header changed", "evidence.head.path", put(flip(header, 100), "head", "header"))
    yield make.case("head: a path changed", "evidence.head.path", put(flip(make.value["head"]["path"]), "head", "path"))
    yield make.case("head: no header", "evidence.head.format", put(flip(header, 0), "head", "header"))
    yield make.case(
        "head: format 0", None, put(flip(header, 4), "head", "header"), verdict="COULD_NOT_CHECK", gaps=["evidence.head.version"]
    )
    yield make.forged(
        "head: rules of a later version",
        None,
        lambda forged: forged.header_changes.update(rules=2),
        verdict="COULD_NOT_CHECK",
        gaps=["evidence.head.version"],
    )
    yield make.forged("head: another height", "evidence.head.path", lambda forged: forged.header_changes.update(height=3))


# --- 6-8 ---------------------------------------------------------------------------------------------------------------------


def _state(goods: Goods) -> Iterator[Case]:
    make, name = Maker(goods), batch_name(str(goods.items["active"].gtin), "A")
    run = next(number for number, entry in enumerate(make.value["state"]["entries"]) if entry["key"].startswith("run/"))
    for title, change in (
        ("an entry changed", put("released!", "state", "entries", make.at(name.batch_key), "value", "status")),
        ("an entry declared absent", put(None, "state", "entries", run, "value")),
        ("a sibling changed", put(flip(make.value["state"]["siblings"]), "state", "siblings")),
        ("a sibling less", put(codec.encode_base64(codec.decode_base64(make.value["state"]["siblings"])[:-32]), "state", "siblings")),
        ("a sibling more", put(codec.encode_base64(codec.decode_base64(make.value["state"]["siblings"]) + bytes(32)), "state", "siblings")),
        ("an end less", put(make.value["state"]["ends"][:-1], "state", "ends")),
        ("an end too deep", put([257, *make.value["state"]["ends"][1:]], "state", "ends")),
        ("an end that is nothing", put([[make.value["state"]["ends"][0], None], *make.value["state"]["ends"][1:]], "state", "ends")),
        ("an entry of another name", put("a", "state", "entries", 0, "key")),
        ("an entry taken out", put(make.value["state"]["entries"][1:], "state", "entries")),
    ):
        yield make.case(f"state: {title}", "evidence.state.proof", change)
    yield make.case("state: a value above 4 KiB", "evidence.state.value", put({"x": "y" * 5_000}, "state", "entries", 0, "value"))
    yield make.forged("state: a batch without recalls", "evidence.state.value", lambda forged: forged.change(name.batch_key, recalls=...))
    yield make.forged(
        "state: a batch whose recalls are no list", "evidence.state.value", lambda forged: forged.change(name.batch_key, recalls="R-1")
    )
    yield make.forged(
        "state: a batch whose recalls are no texts", "evidence.state.value", lambda forged: forged.change(name.batch_key, recalls=[1])
    )


def _serial(goods: Goods) -> Iterator[Case]:
    make = Maker(goods)
    leaf = make.value["marks"][0]["leaves"][0]
    yield make.case("serial: another pack's evidence", "evidence.code.other", ask={"scan": goods.ask("sold")["scan"]})
    yield make.case("serial: the code spelt otherwise", "evidence.bundle.field", put(make.value["code"] + "?x=1", "code"))
    yield make.case("serial: another pack's code", "evidence.code.other", put(goods.bundles["sold"]["code"], "code"))
    yield make.case("serial: another index", "evidence.marks.path", put(leaf["index"] + 1, "marks", 0, "leaves", 0, "index"))
    yield make.case("serial: another slot", "evidence.marks.path", put(flip(leaf["leaf"], 35), "marks", 0, "leaves", 0, "leaf"))
    yield make.case("serial: a part that is not there", "evidence.marks.path", put(1, "marks", 0, "part"))
    yield make.case("serial: another mark", "evidence.marks.path", put(flip(leaf["leaf"]), "marks", 0, "leaves", 0, "leaf"))
    lotless = str(make.value["code"]).replace("/10/A", "")
    yield make.case("serial: no lot, so no batch", None, put(lotless, "code"), verdict="NOT_SHOWN", ask={"scan": None})
    yield make.case("serial: no proof", None, put([], "marks"), verdict="NOT_SHOWN")
    absent = Maker(goods, "unknown_serial")
    leaves = absent.value["marks"][0]["leaves"]
    yield absent.case("serial: one neighbour of two", "evidence.marks.neighbours", put(leaves[:1], "marks", 0, "leaves"))
    yield absent.case("serial: neighbours in the wrong order", "evidence.marks.neighbours", put(leaves[::-1], "marks", 0, "leaves"))
    yield absent.case("serial: no neighbours", None, put([], "marks"), verdict="NOT_SHOWN")
    yield absent.case(
        "serial: marks for a code without serial",
        "evidence.marks.path",
        put("/01/" + str(goods.items["active"].gtin), "code"),
        ask={"scan": None},
    )


def _histories(goods: Goods) -> Iterator[Case]:
    make = Maker(goods)
    run = next(number for number, entry in enumerate(make.value["histories"]) if entry["key"].startswith("run/"))
    events = make.value["histories"][run]["events"]
    for title, changed in (
        ("an event twice", [*events, events[-1]]),
        ("two events in each other's place", [events[1], events[0], *events[2:]]),
        ("another height", [[events[0][0], events[0][1] + 1, events[0][2]], *events[1:]]),
        ("another time", [[events[0][0], events[0][1], events[0][2] + 1], *events[1:]]),
    ):
        yield make.case(f"history: {title}", "evidence.history.head", put(changed, "histories", run, "events"))
    for title, kept in (("an event left out", events[:-1]), ("the first event left out", events[1:])):
        listed = [{**history, "events": kept} if place == run else history for place, history in enumerate(make.value["histories"])]
        yield make.case(f"history: {title}", "evidence.history.head", *with_histories(make.value, listed))
    yield make.case(
        "history: an event left out, its transaction not", "evidence.bundle.field", put(events[:-1], "histories", run, "events")
    )
    batch = make.history(batch_name(str(goods.items["active"].gtin), "A").batch_key)
    hidden = make.value["histories"][batch]["events"]
    release = transaction_id(make.value, hidden[1][0])
    listed = [
        {**history, "events": [hidden[0], [release, *hidden[1][1:]]]} if place == batch else history
        for place, history in enumerate(make.value["histories"])
    ]
    yield make.case(
        "history: a release whose transaction is not shown",
        None,
        *with_histories(make.value, listed),
        verdict="NOT_SHOWN",
        gaps=["evidence.event.missing"],
    )
    yield make.case("history: of something that is not shown", "evidence.history.entry", put("run/zzz", "histories", run, "key"))
    yield make.case("history: a beginning left out", "evidence.history.head", put({"n": 1, "head": "ab" * 32}, "histories", run, "before"))
    kept = [history for place, history in enumerate(make.value["histories"]) if place != run]
    yield make.case(
        "history: the run's not shown", None, *with_histories(make.value, kept), verdict="NOT_SHOWN", gaps=["evidence.history.missing"]
    )
