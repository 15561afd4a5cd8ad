"""The decoders: each takes any bytes and gives a value or a ChainError. A good input of each is where mutations start."""

import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from chain import (
    anchor,
    base,
    blocks,
    checkpoint,
    codec,
    finality,
    gathering,
    genesis,
    handover,
    messages,
    notes,
    snapshot,
    statetree,
    tlogpolicy,
    transactions,
    witness,
)  # fmt: skip
from chain.errors import ChainError
from chain.node import Node
from tests.chain import test_attesting, test_handover, toy
from tests.trace.drugs import bundle_cases
from trace import carrier, images
from trace.drugs import bundle, checking, outcome
from trace.gs1 import digitallink, elements, forms, scan
from trace.gs1.item import pack
from trace.labels import label_of, qr_png
from trace.parties import founding


@dataclass(frozen=True, slots=True)
class Target:
    """One decoder."""

    decode: Callable[[bytes], object]
    """What is tried."""
    sample: Callable[[], bytes]
    """A good input."""


def _text(decode: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: decode(data.decode("utf-8", "replace"))


@cache
def _transaction() -> transactions.Transaction:
    body = {"name": "fuzz", "by": 1}
    draft = transactions.Draft(
        "00" * 32, "toy.raise", body, 1, toy.START, bytes(16), items=({"t": "line", "n": 1},), proofs=((3, (bytes(32),)),)
    )
    return transactions.sign(draft, toy.USER, toy.OTHER)


@cache
def _block() -> blocks.Block:
    item = _transaction()
    vote = finality.sign_vote(bytes(32), 0, (0, bytes(32)), (1, bytes(32)), toy.VOTER)
    proofs, votes = blocks.encode_proofs([item]), finality.encode_votes([vote])
    header = blocks.Header(
        rules=1, count=1, height=2, time=toy.START, previous=bytes(32), transactions_root=bytes(32), state_root=bytes(32),
        history_root=bytes(32), sections_root=bytes(32), miner=toy.MINER.public, target=toy.FLOOR,
    )  # fmt: skip
    return blocks.Block(header, bytes(64), (item,), proofs, votes)


def _delta() -> bytes:
    return base.encode_delta(base.Delta({"counter/a": b'{"n":1}'}, ()))


def _multiproof() -> bytes:
    return codec.encode({"ends": [[0, None]], "siblings": codec.encode_base64(bytes(64))})


def _link() -> bytes:
    return digitallink.build(pack("09521001001014", "EX/26", "MYT1HH3K", "2028-11-23"), "https://example.com").encode()


def _picture() -> bytes:
    return qr_png(label_of(pack("09521001001014", "EX2601A", "MYT1HH3KFWJ71BPR", "2028-11-23"), "https://example.com", "x").link)


def _raw() -> bytes:
    return elements.raw_of(pack("09521001001014", "EX2601A", "MYT1HH3KFWJ71BPR", "2028-11-23")).encode()


def _bracketed() -> bytes:
    item = pack("09521001001014", "EX2601A", "MYT1HH3KFWJ71BPR", "2028-11-23")
    return elements.build_bracketed(elements.elements_of(item)).encode()


def _note() -> bytes:
    signed = gathering.own_lines(checkpoint.Checkpoint("fuzz/0000000000000000", 7, bytes(32)), "9521000000018", toy.VOTER, 1_700_000_000)
    return notes.encode(notes.Note("fuzz/0000000000000000\n7\n" + notes.to_base64(bytes(32)) + "\n", signed))


def _judged(data: bytes) -> object:
    signed = checkpoint.parse(data)
    return checkpoint.judge(signed, toy.document()["attesters"], gathering.NOBODY)


def _anchor() -> bytes:
    head = checkpoint.Checkpoint(checkpoint.origin_of("fuzz", bytes(32)), 7, bytes(32))
    members = tuple({**member, "note": toy.OTHER.text} for member in toy.document()["attesters"])
    return anchor.encode(anchor.Anchor("fuzz", bytes(32), 0, members, head, 1_700_000_000_000, gathering.NOBODY))


def _request() -> bytes:
    return witness.encode(3, (bytes(32), bytes(32)), _note())


def _policy() -> bytes:
    key = notes.NoteKey("w.example", notes.COSIGNATURE, toy.VOTER.public).text
    return f"witness W {key} https://w.example/\ngroup G 1 W\nquorum G\n".encode()


@cache
def _changed() -> Node:
    return test_handover.changed_ledger()


def _handover() -> bytes:
    return _changed().handover(0) or b""


def _certified() -> bytes:
    return gathering.encode(test_attesting.certified(_changed()))


def _snapshot() -> bytes:
    return snapshot.export(_changed())


def _status() -> bytes:
    return messages.encode_status(messages.Status(bytes(32), (3, bytes(32)), 7, (2, bytes(32))))


def _headers() -> bytes:
    return messages.encode_headers([(_block().header.encode(), bytes(64))])


@cache
def _vectors() -> Any:
    return bundle_cases.read()


@cache
def _bundle() -> bytes:
    return codec.encode(_vectors()["bundles"]["active"])


def _judge(data: bytes) -> object:
    """Never raises: any bytes come to a verdict, and none but the good ones to green. The question of the first case of the vectors."""
    asked = _vectors()["cases"][0]["ask"]
    question = outcome.Question(now=asked["now"], scan=asked["scan"], viewer=asked["viewer"], place=asked["place"])
    found = checking.check(data, _vectors()["anchors"]["one"], question)
    assert (found.verdict.light == "green") == (data == _bundle()), found.verdict
    return found


TARGETS: dict[str, Target] = {
    "note": Target(_judged, _note),
    "anchor": Target(anchor.parse, _anchor),
    "handover": Target(handover.parse, _handover),
    "certified": Target(gathering.decode, _certified),
    "snapshot": Target(snapshot.decode, _snapshot),
    "peer_status": Target(messages.decode_status, _status),
    "peer_ids": Target(lambda data: messages.decode_ids(data, 16), lambda: messages.encode_ids([bytes(32), b"1" * 32])),
    "peer_headers": Target(messages.decode_headers, _headers),
    "peer_votes": Target(messages.decode_known, lambda: messages.encode_known(7, _block().votes)),
    "bundle": Target(bundle.decode, _bundle),
    "evidence": Target(_judge, _bundle),
    "witness_request": Target(witness.parse, _request),
    "witness_policy": Target(tlogpolicy.parse, _policy),
    "canonical_json": Target(codec.decode, lambda: codec.encode(toy.document())),
    "carrier": Target(
        lambda data: transactions.parse(data, with_proofs=True), lambda: transactions.encode(_transaction(), with_proofs=True)
    ),
    "carrier_json": Target(lambda data: carrier.from_json(carrier.loads(data)), lambda: codec.encode(carrier.to_json(_transaction()))),
    "header": Target(blocks.decode_header, lambda: _block().header.encode()),
    "block": Target(lambda data: blocks.from_record(blocks.parse(data)), lambda: blocks.encode(blocks.to_record(_block(), 0))),
    "proof_section": Target(lambda data: blocks.decode_proofs(data, 1), lambda: _block().proofs),
    "votes": Target(finality.decode_votes, lambda: _block().votes),
    "delta": Target(base.decode_delta, _delta),
    "multiproof": Target(lambda data: statetree.parse_multiproof(codec.decode(data)), _multiproof),
    "genesis": Target(lambda data: genesis.validate_document(codec.decode(data)), lambda: codec.encode(toy.document())),
    "founding": Target(lambda data: founding.found(codec.decode(data)), lambda: codec.encode(toy.document())),
    "scan": Target(_text(scan.read), _link),
    "code": Target(_text(forms.parse_text), _raw),
    "element_string": Target(_text(elements.parse_raw), _raw),
    "bracketed": Target(_text(elements.parse_bracketed), _bracketed),
    "digital_link": Target(_text(digitallink.parse), _link),
    "digital_link_path": Target(_text(digitallink.parse_path), _link),
    "picture": Target(images.decode, _picture),
}
"""Name -> decoder."""


def run(target: Target, data: bytes) -> None:
    """One try: a value or a ChainError; anything else is a bug and gets through."""
    try:
        target.decode(data)
    except ChainError:
        return


def mutate(data: bytes, chance: random.Random) -> bytes:
    """A few random edits; of JSON half of the time edits of its values, which get behind the check that it is canonical."""
    return _mutate_values(data, chance) if data[:1] == b"{" and chance.randrange(2) else _mutate_bytes(data, chance)


ODD: tuple[Any, ...] = (None, True, 0, -1, 1 << 53, 1 << 64, "", "0", "ff" * 32, "药", "\udc80", [], {}, [[]], {"": 0}, "A" * 43, "9" * 400)
"""Values that no field expects."""


def _mutate_values(data: bytes, chance: random.Random) -> bytes:
    tree = json.loads(data)
    for _ in range(chance.randint(1, 3)):
        place: Any = tree
        while place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = chance.choice(keys)
            if not (isinstance(place[key], dict | list) and place[key]) or not chance.randrange(6):
                _edit(place, key, chance)
                break
            place = place[key]
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8", "surrogatepass")


def _edit(place: Any, key: Any, chance: random.Random) -> None:
    """One value replaced, dropped, given twice, or with one character or number next to it."""
    value, edit = place[key], chance.randrange(5)
    if edit == 0:
        del place[key]
    elif edit == 1:
        place[key] = [value, value]
    elif edit == 2 and isinstance(value, str) and value:
        at = chance.randrange(len(value))
        place[key] = value[:at] + chance.choice("0aZ9_-.\n\0") + value[at + 1 :]
    elif edit == 3 and type(value) is int:
        place[key] = value + chance.choice((1, -1, 1 << 32))
    else:
        place[key] = copy.deepcopy(chance.choice(ODD))


def _mutate_bytes(data: bytes, chance: random.Random) -> bytes:
    """Flips, cuts, repeats, foreign bytes."""
    body = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(body) + 1)
        edit = chance.randrange(5)
        if edit == 0 and place < len(body):
            body[place] ^= 1 << chance.randrange(8)
        elif edit == 1:
            del body[place : place + chance.randint(1, 8)]
        elif edit == 2:
            body[place:place] = body[place : place + chance.randint(1, 40)]
        elif edit == 3:
            body[place:place] = chance.randbytes(chance.randint(1, 6))
        else:
            body[place:place] = chance.choice(
                (b"\xff" * 8, b"\0" * 8, b'{"', b"%2F", b"]d2", b"\x1d", b"-0", b"1e9", "药".encode(), b"9" * 20)
            )
    return bytes(body)
