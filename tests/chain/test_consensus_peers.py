"""What other nodes may send: blocks that have to wait, bodies that do not fit, bad messages and their price (PROTOCOL §6)."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from chain import blocks, finality, messages, peers, voting
from chain.blocks import Block
from chain.errors import Fault, Malformed, NotYet
from chain.holding import HELD_PER_PEER
from chain.interfaces import BlockRecord
from chain.node import Node
from chain.store.memory import MemoryStore
from tests.chain.team import Team, key, vote_key
from tests.chain.toy import Counters
from tests.sim.scene import copy_disk


def record_of(node: Node, height: int) -> BlockRecord:
    record = node.store.block(node.store.best(height) or b"")
    assert record is not None
    return record


def cut_off(team: Team, steps: int = 6) -> Node:
    """Node 3 misses some blocks; nobody hears it."""
    team.run(6)
    team.settle()
    team.network.partition(["n0", "n1", "n2"], ["n3"])
    behind = team.nodes.pop(3)
    for _ in range(steps):
        team.run(1)
    team.nodes[3] = behind
    behind.wire = None
    return behind


def hear(node: Node, team: Team, sender: str, *sent: tuple[str, bytes]) -> set[str]:
    """The node gets messages; the codes of what was bad."""
    node.wire = team.wire(3)
    team.wire(3).inbox.extend((kind, body, sender) for kind, body in sent)
    return {error.code for error in node.pump()}


def test_orphans_wait_for_their_parents() -> None:
    team = Team(4)
    node = cut_off(team)
    first, last = node.tip.header.height + 1, team.nodes[0].tip.header.height
    bodies = [("block", blocks.encode(record_of(team.nodes[0], height))) for height in range(last, first, -1)]
    assert hear(node, team, "n0", *bodies) == {"block.parent"}
    assert node.tip.header.height == first - 1
    assert hear(node, team, "n0", ("block", blocks.encode(record_of(team.nodes[0], first)))) == set()
    assert node.tip.id == team.nodes[0].tip.id


def test_a_peer_fills_no_more_than_its_share_of_what_waits() -> None:
    team = Team(4)
    node = cut_off(team, steps=2 * HELD_PER_PEER + 20)
    last = team.nodes[0].tip.header.height
    assert last > node.tip.header.height + HELD_PER_PEER + 2
    bodies = [("block", blocks.encode(record_of(team.nodes[0], height))) for height in range(node.tip.header.height + 2, last + 1)]
    assert hear(node, team, "n0", *bodies) == {"block.parent", "peer.orphans"}
    assert len(node._orphans) == HELD_PER_PEER


def test_a_block_from_the_future_is_taken_when_its_time_comes() -> None:
    team = Team(4)
    node = cut_off(team, steps=1)
    miner = next(other for number, other in team.nodes.items() if number != 3 and other.may_mine())
    now = team.clock.now()
    miner.wire = None
    team.clock.set(now + 60_000)
    header = miner.mine()
    team.clock.set(now)
    assert header is not None
    for height in range(node.tip.header.height + 1, header.height):
        node.receive_block(blocks.encode(record_of(miner, height)))
    assert hear(node, team, "n0", ("block", blocks.encode(record_of(miner, header.height)))) == {"block.future"}
    node.pump()
    assert node.tip.id != header.id
    team.clock.set(now + 51_000)
    node.pump()
    assert node.tip.id == header.id


def altered(record: BlockRecord, what: str) -> bytes:
    """A copy whose body is not that of its header."""
    changes: dict[str, dict[str, Any]] = {
        "transaction": {"transactions": (record.transactions[0][:-40] + bytes(40), *record.transactions[1:])},
        "less": {"transactions": record.transactions[1:]},
        "votes": {"votes": b""},
        "proofs": {"proofs": record.proofs + b"\0"},
        "seal": {"seal": bytes(64)},
    }
    return blocks.encode(replace(record, **changes[what]))


@pytest.mark.parametrize("what", ["transaction", "less", "votes", "proofs", "seal"])
def test_a_copy_that_does_not_fit_is_asked_for_elsewhere(what: str) -> None:
    team = Team(4)
    node = cut_off(team, steps=3)
    record = record_of(team.nodes[0], node.tip.header.height + 1)
    codes = hear(node, team, "n9", ("block", altered(record, what)))
    assert codes == {"block.seal" if what == "seal" else "peer.body"}
    assert node.peers.get("n9", 0).score == 34
    team.network.heal()
    for _ in range(4):
        team.clock.advance(5_000)
        for each in team.nodes.values():
            each.pump()
        team.settle()
    assert node.store.block(record.id) == record_of(team.nodes[0], record.height), "the bad copy did not condemn the block"


def forged(team: Team, node: Node, number: int) -> bytes:
    """A sealed block with work and a state root that is not the state after it; its body fits."""
    miner = team.nodes[number]
    signer = key(f"miner {number}")
    miner._freshen()
    block, _ = miner._build(miner._candidate, miner.tip, signer)
    header = replace(block.header, state_root=bytes(32), nonce=0)
    while int.from_bytes(header.id, "big") >= 2**254:
        header = replace(header, nonce=header.nonce + 1)
    seal = signer.sign(blocks.seal_message(node.chain, header.id))
    return blocks.encode(blocks.to_record(Block(header, seal, block.transactions, block.proofs, block.votes), 0))


def test_a_fitting_body_that_breaks_a_rule_condemns_block_and_sender() -> None:
    team = Team(4)
    team.run(6)
    number, node = next((each, other) for each, other in team.nodes.items() if other.may_mine()), team.nodes[0]
    body = forged(team, node, number[0])
    tip = node.tip.id
    team.wire(0).inbox.append(("block", body, "bad"))
    assert {error.code for error in node.pump()} == {"block.state_root"}
    assert node.tip.id == tip and node.peers.is_banned("bad", team.clock.now())
    team.wire(0).inbox.append(("block", body, "bad"))
    assert node.pump() == [], "whoever is banned is not heard"
    team.clock.advance(peers.BAN_MS + 6_000)
    team.wire(0).inbox.append(("block", body, "other"))
    assert {error.code for error in node.pump()} == {"block.invalid"}


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("gossip", b"", "peer.kind"),
        ("status", b"x", "peer.frame"),
        ("status", bytes(144), "peer.chain"),
        ("get_votes", b"1", "peer.size"),
        ("get_headers", b"\x02" + bytes(32), "peer.frame"),
        ("headers", b"\0\0", "peer.unasked"),
        ("votes", bytes(8), "peer.unasked"),
        ("body", bytes(300), "peer.unasked"),
        ("vote", b"x", "vote.section"),
        ("vote", bytes(180), "vote.member"),
        ("block", b"x", "block.body"),
        ("transaction", b"x", "codec.carrier"),
    ],
)
def test_bad_messages_have_their_own_code_and_price(kind: str, body: bytes, code: str) -> None:
    team = Team(4)
    team.run(4)
    node, tip = team.nodes[0], team.nodes[0].tip.id
    team.wire(0).inbox.append((kind, body, "bad"))
    assert {error.code for error in node.pump()} == {code}
    peer = node.peers.get("bad", team.clock.now())
    assert peer.reasons == {code: 1} and (peer.score > 0 or peer.banned_until > 0)
    assert node.tip.id == tip


def test_whoever_sends_too_much_is_not_listened_to_any_more() -> None:
    team = Team(4)
    team.run(2)
    node = team.nodes[0]
    count = peers.SHARE_LIMIT // peers.COSTS["get_body"] + 10
    body = messages.encode_ids([node.chain])
    team.wire(0).inbox.extend(("get_body", body, "greedy") for _ in range(count))
    errors = node.pump()
    assert {error.code for error in errors} == {"peer.flood"} and len(errors) == 10
    peer = node.peers.get("greedy", team.clock.now())
    assert peer.work < peers.COSTS["get_body"]


def test_points_fade() -> None:
    found = peers.Peers()
    for minute in range(200):
        assert not found.blame("n", Malformed("peer.frame", "", ""), minute * 60_000)
    assert not found.blame("n", NotYet("block.parent", "", ""), 200 * 60_000)
    assert found.get("n", 0).score == 0


def test_the_number_of_peers_is_bounded() -> None:
    found = peers.Peers()
    for number in range(peers.PEERS_LIMIT + 50):
        found.get(f"n{number}", number)
    assert len(found.all()) == peers.PEERS_LIMIT


def test_votes_of_a_coming_set_wait() -> None:
    team = Team(4)
    team.run(4)
    node = team.nodes[0]
    vote = finality.sign_vote(node.chain, 5, node.tip.point, (node.tip.header.height + 1, bytes(32)), key("stranger"))
    team.wire(0).inbox.append(("vote", finality.encode_votes([vote]), "n1"))
    assert node.pump() == [] and list(node._later) == [vote]


# --- going on from an old copy -----------------------------------------------------------------------------------------------


def restored(team: Team) -> Node:
    """Node 3 goes on from what its disk was ten steps ago."""
    team.run(6)
    old = copy_disk(team.stores[3].disk)
    team.run(10)
    team.stop(3)
    return team.join(3, type(team.stores[3])(old))


def test_a_restored_node_votes_again_only_above_what_the_others_know() -> None:
    team = Team(4)
    node = restored(team)
    node.restored()
    before = node._promise.target
    team.run(10)
    assert node.recovering and not any(vote.target_height > before + 12 and vote.voter == vote_key(3) for vote in team.nodes[0].votes())
    team.clock.advance(voting.LISTEN_MS)
    team.run(60)
    assert not node.recovering and node._promise.target > before + 20
    assert not any(other._tally.offences for other in team.nodes.values())
    team.validate()


def test_a_node_that_meets_its_own_forgotten_vote_knows_that_it_was_restored() -> None:
    team = Team(4)
    node = restored(team)
    node.receive_vote(finality.encode_votes(team.nodes[0].votes()))
    assert node.recovering
    team.run(20)
    assert not any(other._tally.offences for other in team.nodes.values())
    again = Node(team.stop(3), Counters(), team.clock, operator=team.operator(3), wire=team.wire(3))
    assert again.recovering, "a restart does not make it forget"


def test_a_restored_node_that_nobody_answers_votes_after_a_day() -> None:
    recovery = voting.Recovery(0)
    assert recovery.floor(3, voting.LISTEN_MS) is None
    for number in range(3):
        assert recovery.answered(f"n{number}", 5, 1_000) == recovery, "older messages may be under way"
        recovery = recovery.answered(f"n{number}", 5 + number, voting.LISTEN_MS).believing(7, voting.LISTEN_MS)
    assert recovery.floor(3, voting.LISTEN_MS) == 7 + voting.MARGIN
    assert voting.Recovery(0).floor(3, voting.FORGET_MS) == 0


def test_a_restore_that_cannot_be_written_down_is_obeyed_all_the_same() -> None:
    team = Team(4)
    node = restored(team)
    store, before = node.store, node._promise
    assert isinstance(store, MemoryStore)
    team.stores[3] = store

    def full(point: str) -> None:
        if point == "commit.meta":
            raise Fault("store.full", "space", "none")

    store.hook = full
    with pytest.raises(Fault, match="store.full"):
        node.restored()
    store.hook = lambda point: None
    assert node.recovering
    team.run(4)
    assert node.recovering and not any(other._tally.offences for other in team.nodes.values())
    assert node._promise.target >= before.target


def test_answers_to_questions_of_an_earlier_life_do_not_make_an_honest_peer_ignored() -> None:
    """A node that went on from an old copy of its disk does not know the blocks it had asked about; the answers come all the same."""
    team = Team(4)
    node = cut_off(team, steps=12)
    first, last = node.tip.header.height + 2, team.nodes[0].tip.header.height
    for height in range(first, last):
        node._ask_headers("n0")
        team.clock.advance(500)
        record = record_of(team.nodes[0], height)
        answer = messages.encode_headers([(record.header, record.seal)])
        assert hear(node, team, "n0", ("headers", answer)) == {"peer.unasked"}
    assert not node.peers.is_banned("n0", team.clock.now())


def test_a_peer_that_lies_about_its_height_delays_a_restored_node_by_no_day() -> None:
    team = Team(4)
    node = restored(team)
    node.restored()
    liar = team.nodes[2]
    liar._handlers["get_votes"] = lambda body, peer: liar._answer("votes", messages.encode_known(2**60, b""), peer)
    team.clock.advance(voting.LISTEN_MS)
    team.run(10)
    assert node.recovering
    team.clock.advance(voting.LISTEN_MS)
    team.run(60)
    assert not node.recovering
    assert not any(other._tally.offences for other in team.nodes.values())


def test_a_question_for_headers_reads_no_bodies() -> None:
    team = Team(2)
    team.run(6)
    node, read = team.nodes[0], Counter[str]()
    assert isinstance(node.store, MemoryStore)
    node.store.hook = lambda point: read.update([point])
    ids = [record_of(node, height).id for height in range(5, 0, -1)] + [bytes([number]) * 32 for number in range(20)]
    read.clear()
    team.wire(0).inbox.append(("get_headers", messages.encode_ids(ids[::-1]), "n1"))
    assert node.pump() == [] and any(kind == "headers" for kind, _, _ in team.wire(1).inbox)
    assert not read["read.block"] and read["read.height"]
