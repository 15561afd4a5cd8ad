"""Final states that have passed: a state is not kept once a later one is final, so they are computed again from the blocks."""

from collections.abc import Iterator

from chain import codec, genesis, rules
from chain.errors import Refusal
from chain.interfaces import Application, BlockContext
from chain.node import Node
from chain.state import Overlay
from chain.transactions import Transaction


def final_states(node: Node, application: Application) -> Iterator[tuple[int, Overlay]]:
    """Height and state of every final block of a node, from genesis on."""
    record = node.store.block(node.chain)
    assert record is not None
    view = Overlay()
    view.put(genesis.found_state(codec.decode(record.transactions[0]), application))
    yield 0, view
    for height in range(1, node.final_height + 1):
        block = node.block(height)
        assert block is not None
        context = BlockContext(node.chain, height, block.header.time)
        view, _ = rules.apply_transactions(view, block.transactions, context, application)
        yield height, view


def was_refused(node: Node, application: Application, item: Transaction, since: int) -> bool:
    """Whether the final state of any height from `since` on refuses a transaction: what one event makes impossible (a sale) another may
    make possible again (its undoing)."""
    time = max(node.tip.header.time + 1, node.clock.now())
    for height, view in final_states(node, application):
        try:
            if height >= since:
                rules.apply_transaction(view, item, BlockContext(node.chain, height + 1, time), application)
        except Refusal:
            return True
    return False
