"""What evidence is made from: a signed head, the state below it, the node's histories and mark lists (PROTOCOL §8)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from chain import attesters, codec, notes
from chain.errors import Fault
from chain.gathering import Certified
from chain.histories import Event
from chain.interfaces import StateView, Value
from chain.node import Node
from chain.statetree import MultiProof
from trace.drugs.packstore import PackStore
from trace.gs1.item import Item

HANDOVERS_SENT = 8
"""Handovers in a bundle: at least seven days lie between two, and each has a few kilobytes."""
_GENESES: dict[bytes, tuple[bytes, Value]] = {}
"""Chain id -> header 0 and the genesis document, to both of which the id commits."""
_GENESES_LIMIT = 16


class Histories(Protocol):
    """Where events of things are found: a node's reading half."""

    def events(self, key: str, history: Value) -> list[Event]:
        """The events of a history as an entry names it, oldest first."""


@dataclass(frozen=True, slots=True)
class Point:
    """A signed head with the state below it."""

    note: str
    """The signed note."""
    header: bytes
    """The head's header."""
    path: tuple[bytes, ...]
    """Its last-leaf path."""
    view: StateView
    """The state after its block."""
    prove: Callable[[Sequence[str]], MultiProof]
    """What that state's tree holds at some keys."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What evidence is made from."""

    point: Point
    """The head."""
    histories: Histories
    """Events."""
    packs: PackStore
    """Mark lists."""
    genesis: tuple[bytes, Value]
    """Header 0 and the genesis document."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for."""

    item: Item
    """The code, as it was read."""
    place: str | None = None
    """GLN of the site of the scan."""
    consistency: tuple[int, tuple[bytes, ...]] | None = None
    """(size of a checkpoint that the asker remembers, proof from it)."""
    handovers: tuple[Value, ...] = ()
    """From the set of the asker's anchor to the present one."""


@contextmanager
def open_desk(node: Node, packs: PackStore) -> Iterator[Desk]:
    """The newest certified head and what lies below it, held for as long as evidence is being made. Raises Fault `node.checkpoint`."""
    with node.lock:
        certified, view = node.certified_state()
        point = Point(_note(certified), certified.header, certified.path, view, lambda names: node.prove_certified(names)[1])
        yield Desk(point, node, packs, _genesis(node))


def handovers(node: Node) -> tuple[Value, ...]:
    """The newest handovers, oldest first, for whoever holds an anchor of an earlier set."""
    epoch = attesters.entry(node.final_view())["epoch"]
    found = (node.handover(number) for number in range(max(0, epoch + 1 - HANDOVERS_SENT), epoch + 1))
    return tuple(codec.load(each) for each in found if each is not None)


def _note(certified: Certified) -> str:
    return notes.encode(notes.Note(certified.checkpoint.text, certified.lines)).decode()


def _genesis(node: Node) -> tuple[bytes, Value]:
    """Header 0 and the genesis document. Raises Fault `store.damaged` where they are not there."""
    found = _GENESES.get(node.chain)
    if found is None:
        record = node.store.block(node.chain)
        if record is None or not record.transactions:
            raise Fault("store.damaged", "block 0", "no such row", field="block")
        if len(_GENESES) >= _GENESES_LIMIT:
            _GENESES.clear()
        found = _GENESES[node.chain] = record.header, codec.load(record.transactions[0])
    return found
