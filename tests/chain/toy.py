"""A tiny application on the ledger, for tests of the ledger itself: named counters that a key may raise but never lower."""

from collections.abc import Mapping
from typing import Any

from chain import state, transactions, work
from chain.clock import SetClock
from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView, Store, Trail, Value
from chain.keys import SigningKey
from chain.node import Node, Operator
from chain.transactions import Draft, Transaction

START = 1_700_000_000_000
MINER = SigningKey.from_seed(b"m" * 32)
VOTER = SigningKey.from_seed(b"v" * 32)
RIVAL = SigningKey.from_seed(b"r" * 32)
USER = SigningKey.from_seed(b"u" * 32)
OTHER = SigningKey.from_seed(b"o" * 32)
FLOOR = 0x207FFFFF


class Counters:
    """`toy.raise` {name, by}: raises the counter; refused above 100. `toy.recall` does the same, and is urgent."""

    def genesis(self, document: Value) -> Mapping[str, Value]:
        return {"counter/start": {"n": 0, "history": state.NO_HISTORY}}

    def knows(self, kind: str) -> bool:
        return kind in ("toy.raise", "toy.recall")

    def is_urgent(self, kind: str) -> bool:
        return kind == "toy.recall"

    def owner(self, view: StateView, key: str) -> str | None:
        return "users"

    def contested(self, view: StateView, transaction: Transaction, code: str) -> str | None:
        return state.state_key("counter", transaction.body["name"]) if code == "toy.limit" else None

    def prepare(self, transaction: Transaction) -> tuple[bytes, ...] | None:
        return None

    def apply(self, view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
        key = state.state_key("counter", transaction.body["name"])
        old = view.get(key) or {"n": 0, "history": state.NO_HISTORY}
        if old["n"] + transaction.body["by"] > 100:
            raise Refusal("toy.limit", "at most 100", old["n"] + transaction.body["by"])
        history = state.advance(old["history"], transaction.id, block)
        return Changes({key: {"n": old["n"] + transaction.body["by"], "history": history}}, (Trail(key, history["n"], key),))


def document(miners: int = 1) -> dict[str, Any]:
    """A genesis document with one attester and one or two miners of different parties."""
    names = [("9521000000018", MINER), ("9521001000017", RIVAL)][:miners]
    return {
        "name": "toy",
        "start": START,
        "parameters": {"interval_ms": 1_000, "floor": FLOOR, "vote_every": 1},
        "attesters": [{"party": "9521000000018", "vote": VOTER.text, "note": VOTER.text}],
        "miners": [{"party": party, "key": key.text} for party, key in names],
    }


def raising(node: Node, name: str, seq: int, by: int = 1, **changes: Any) -> Transaction:
    """A signed `toy.raise`."""
    now = node.clock.now()
    values = {"chain": node.chain_hex, "kind": "toy.raise", "body": {"name": name, "by": by}, "seq": seq, "at": now, "salt": bytes(16)}
    signer = changes.pop("signer", USER)
    return transactions.sign(Draft(**{**values, **changes}), signer)


def start(store: Store, *, attest: bool = True, miner: SigningKey = MINER, miners: int = 1) -> Node:
    """A node on a new or existing ledger."""
    if store.tip() is None:
        Node.create(store, document(miners), Counters())
    clock = SetClock(START + 1_000)
    return Node(store, Counters(), clock, operator=Operator(miner, VOTER if attest else None))


def advance(node: Node, milliseconds: int = 1_000) -> None:
    """Moves the node's clock."""
    clock = node.clock
    assert isinstance(clock, SetClock)
    clock.set(clock.now() + milliseconds)


assert work.target_of(FLOOR) > 2**254
