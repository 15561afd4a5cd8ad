"""From one attester set to the next: the chain waits for a checkpoint that hands over, and a verifier follows it."""

from dataclasses import replace
from typing import Any

import pytest

from chain import attesters, checkpoint, codec, finality, handover, state, transactions
from chain.clock import SetClock
from chain.errors import ChainError, Malformed
from chain.handover import Handover, Judging
from chain.keys import SigningKey
from chain.node import Node, Operator
from chain.store.memory import MemoryStore
from tests.chain import toy
from tests.chain.team import key
from tests.chain.test_attesting import NOTE, certified
from tests.chain.toy import Counters

WEEK = attesters.EPOCH_MS
SECOND = {"party": "9521999000007", "vote": key("second vote").text, "note": key("second note").text}


def ledger() -> Node:
    document = toy.document()
    document["attesters"][0]["note"] = NOTE.text
    store = MemoryStore()
    Node.create(store, document, Counters())
    return Node(store, Counters(), SetClock(toy.START + 1_000), operator=Operator(toy.MINER, toy.VOTER, NOTE))


def step(node: Node, blocks: int = 1) -> None:
    for _ in range(blocks):
        toy.advance(node)
        node.pump()
        node.mine()


def propose(node: Node, add: list[dict[str, str]], *signers: SigningKey) -> None:
    body = {"epoch": attesters.entry(node.view())["epoch"], "add": add, "remove": []}
    draft = transactions.Draft(node.chain_hex, "consensus.propose", body, 1, node.clock.now(), bytes(16))
    (answer,) = node.submit([transactions.sign(draft, toy.VOTER, *signers)])
    assert not isinstance(answer, ChainError), answer


@pytest.fixture
def changed() -> Node:
    """As changed_ledger."""
    return changed_ledger()


def changed_ledger() -> Node:
    """A ledger whose set has gone from one member to two; the second votes by hand."""
    node = ledger()
    step(node, 3)
    clock = node.clock
    assert isinstance(clock, SetClock)
    clock.advance(WEEK)
    propose(node, [SECOND], key("second vote"))
    step(node, 2)
    for _ in range(6):
        step(node)
        for vote in [vote for vote in node.votes() if vote.voter == toy.VOTER.public]:
            other = finality.sign_vote(node.chain, vote.epoch, vote.source, vote.target, key("second vote"))
            node.receive_vote(finality.encode_votes([other]))
    return node


def first_set(node: Node) -> Judging:
    document = toy.document()["attesters"]
    return Judging(0, [{**document[0], "note": NOTE.text}])


def test_a_verifier_follows_to_the_next_set(changed: Node) -> None:
    entry = attesters.entry(changed.final_view())
    assert entry["epoch"] == 1 and len(entry["members"]) == 2
    body = changed.handover(0)
    assert body is not None
    found = handover.parse(body)
    assert handover.encode(found) == body
    after = handover.follow(found, changed.origin, first_set(changed))
    assert after.epoch == 1 and list(after.members) == list(entry["members"])
    assert changed.handover(1) is None and changed.handover(7) is None


def test_the_old_set_alone_certifies_nothing_more(changed: Node) -> None:
    before = certified(changed).checkpoint
    step(changed, 4)
    support = checkpoint.judge(certified(changed).signed, attesters.entry(changed.final_view())["members"], changed.policy)
    assert certified(changed).checkpoint == before or not checkpoint.is_attested(support) or support.members == 1


def wrong_values(value: dict[str, Any]) -> dict[str, dict[str, Any]]:
    entry = value["set"]
    return {
        "another set": {**value, "set": {**entry, "members": [*entry["members"], SECOND]}},
        "no proof": {**value, "proof": {"siblings": "", "end": None}},
        "another header": {**value, "header": value["header"][:-1] + ("A" if value["header"][-1] != "A" else "B")},
        "another size": {**value, "note": value["note"].replace("\n", "\n1", 1)},
        "no field": {name: part for name, part in value.items() if name != "proof"},
        "more": {**value, "more": 1},
        "version": {**value, "v": 2},
    }


@pytest.mark.parametrize("name", sorted(wrong_values({"set": {"members": []}, "header": "AA", "note": "", "proof": 1})))
def test_a_changed_handover_is_refused(changed: Node, name: str) -> None:
    value = codec.decode(changed.handover(0) or b"")
    with pytest.raises(Malformed):
        handover.from_value(wrong_values(value)[name])


def test_a_handover_is_for_one_set_of_one_ledger(changed: Node) -> None:
    found, known = handover.parse(changed.handover(0) or b""), first_set(changed)
    with pytest.raises(Malformed, match=r"checkpoint\.origin"):
        handover.follow(found, "other", known)
    with pytest.raises(Malformed, match=r"handover\.epoch"):
        handover.follow(found, changed.origin, replace(known, epoch=1))
    with pytest.raises(Malformed, match=r"checkpoint\.attesters"):
        handover.follow(found, changed.origin, replace(known, members=[SECOND]))


def test_a_head_without_a_change_hands_nothing_over() -> None:
    node = ledger()
    step(node, 4)
    proof = node._branches.tree.prove(node._final().version, state.key_hash(attesters.ENTRY))
    found = Handover(0, certified(node), attesters.entry(node.final_view()), proof)
    with pytest.raises(Malformed, match=r"handover\.epoch"):
        handover.follow(handover.parse(handover.encode(found)), node.origin, first_set(node))


def test_a_handover_may_skip_to_a_set_that_signed_too(changed: Node) -> None:
    """Old and new set have both signed a head on which the new set judges already."""
    found = handover.parse(changed.handover(0) or b"")
    later = replace(found, entry={**found.entry, "epoch": 3, "members": first_set(changed).members, "next": None})
    after = handover.follow(later, changed.origin, first_set(changed))
    assert after.epoch == 3
    foreign = replace(later, entry={**later.entry, "members": [SECOND]})
    with pytest.raises(Malformed, match=r"checkpoint\.attesters"):
        handover.follow(foreign, changed.origin, first_set(changed))
