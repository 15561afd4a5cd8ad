"""Nodes that vouch for what is final: who signs what, when it is certified, what stays provable."""

from typing import Any

import pytest

from chain import blocks, checkpoint, codec, gathering, merkle, notes, state, statetree
from chain.checkpoint import Policy
from chain.clock import SetClock
from chain.errors import Malformed
from chain.gathering import Certified
from chain.keys import SigningKey
from chain.node import Node, Operator
from chain.store.memory import MemoryStore
from tests.chain import toy
from tests.chain.store_samples import AnyStore
from tests.chain.team import Team, key, party
from tests.chain.toy import Counters

NOTE = SigningKey.from_seed(bytes(range(32)))


class Noted(Team):
    """A team whose members have note keys of their own and sign checkpoints."""

    def __init__(self, count: int = 4, *, silent: tuple[int, ...] = (), **parameters: Any) -> None:
        self.silent = silent
        super().__init__(count, **parameters)

    def join(self, number: int, store: AnyStore | None = None) -> Node:
        for member in self.document["attesters"]:
            member["note"] = key(f"note {member['party']}").text
        return super().join(number, store)

    def operator(self, number: int) -> Operator:
        note = None if number in self.silent else key(f"note {party(number)}")
        return Operator(key(f"miner {number}"), key(f"vote {number}"), note)


def certified(node: Node) -> Certified:
    found = node.certified
    assert found is not None
    return found


def members(node: Node) -> list[dict[str, str]]:
    entry = node.view().get("consensus/set")
    assert entry is not None
    return list(entry["members"])


def validate(node: Node) -> None:
    """What a verifier would look at."""
    found = certified(node)
    support = checkpoint.judge(checkpoint.parse(found.note), members(node), Policy(0, ()))
    checkpoint.validate_attested(support)
    checkpoint.validate_head(found.checkpoint, found.header, found.path)
    assert blocks.decode_header(found.header).height == found.checkpoint.height <= node.final_height
    with node.lock:
        proven, proof = node.prove_certified(["consensus/set", "counter/none"])
        header = blocks.decode_header(proven.header)
        view = node.certified_state()[1]
    wanted = {
        state.key_hash("consensus/set"): state.value_hash(codec.encode(view.get("consensus/set"))),
        state.key_hash("counter/none"): None,
    }
    statetree.validate_all(proof, header.state_root, wanted)


def alone(store: MemoryStore | None = None) -> Node:
    """One operator with a note key of its own."""
    store = store or MemoryStore()
    if store.tip() is None:
        document = toy.document()
        document["attesters"][0]["note"] = NOTE.text
        Node.create(store, document, Counters())
    return Node(store, Counters(), SetClock(toy.START + 1_000), operator=Operator(toy.MINER, toy.VOTER, NOTE))


def test_one_operators_checkpoint_is_always_the_last_final_block() -> None:
    node = alone()
    node.pump()
    assert certified(node).checkpoint.size == 1
    for _ in range(5):
        toy.advance(node)
        node.mine()
        assert certified(node).checkpoint.height == node.final_height
        validate(node)


def test_a_newest_head_is_signed_again_every_minute() -> None:
    node = alone()
    toy.advance(node)
    node.mine()
    toy.advance(node)
    node.mine()

    def time() -> int:
        support = checkpoint.judge(certified(node).signed, members(node), Policy(0, ()))
        return checkpoint.time_of(support)

    first = time()
    toy.advance(node, 59_000)
    node.pump()
    assert time() == first
    toy.advance(node, 2_000)
    node.pump()
    assert time() == first + 61
    assert len(certified(node).lines) == 2


def test_a_restarted_node_has_its_checkpoint() -> None:
    node = alone()
    for _ in range(3):
        toy.advance(node)
        node.mine()
    before, store = certified(node), node.store
    assert isinstance(store, MemoryStore)
    again = alone(store.reopen())
    assert again.certified == before
    validate(again)


def test_a_node_without_note_key_certifies_nothing() -> None:
    node = toy.start(MemoryStore())
    for _ in range(3):
        toy.advance(node)
        node.mine()
    node.pump()
    assert node.certified is None and node.final_height > 0


def test_four_operators_agree_on_heads() -> None:
    team = Noted(4)
    for _ in range(30):
        team.send()
        team.step()
    for _ in range(6):
        team.step(mining=False)
    assert len({certified(node).checkpoint for node in team.nodes.values()}) == 1
    for node in team.nodes.values():
        assert certified(node).checkpoint.height > 5
        validate(node)
    assert team.codes() == set()
    team.validate()


def test_while_blocks_come_the_checkpoint_is_close_behind() -> None:
    team = Noted(4)
    behind = []
    for number in range(40):
        team.send()
        team.step()
        if number > 5:
            behind += [node.final_height - certified(node).checkpoint.height for node in team.nodes.values()]
    assert max(behind) <= 3
    for node in team.nodes.values():
        validate(node)


@pytest.mark.parametrize(("silent", "good"), [((3,), True), ((2, 3), False)])
def test_more_than_two_thirds_have_to_sign(silent: tuple[int, ...], good: bool) -> None:
    team = Noted(4, silent=silent)
    team.run(20)
    for _ in range(4):
        team.step(mining=False)
    assert all((node.certified is not None) is good for node in team.nodes.values())
    assert min(team.finals) > 3


def test_state_at_the_checkpoint_is_kept_only_so_long() -> None:
    team = Noted(4)
    team.run(12)
    for number in (2, 3):
        operator = team.nodes[number].operator
        assert operator is not None
        team.nodes[number].operator = Operator(operator.miner, operator.vote)
    height = certified(team.nodes[0]).checkpoint.height
    team.run(40)
    node = team.nodes[0]
    assert certified(node).checkpoint.height < height + 4
    assert node.final_height - node._branches.root.header.height == 8
    with pytest.raises(Exception, match=r"node\.checkpoint"):
        node.prove_certified(["consensus/set"])


# --- what others send ------------------------------------------------------------------------------------------------------------


def sent(team: Team, found: checkpoint.Checkpoint, name: str, signer: SigningKey, seconds: int | None = None) -> list[str]:
    """Gives a line to node 0; the codes of what it says."""
    node = team.nodes[0]
    line = notes.cosign(found.text, name, signer, node.clock.now() // 1000 if seconds is None else seconds)
    team.wire(0).inbox.append(("checkpoint", notes.encode(notes.Note(found.text, (line,))), "n3"))
    return [error.code for error in node.pump()]


def test_bad_notes_are_refused_and_counted() -> None:
    team = Noted(4)
    team.run(10)
    node = team.nodes[0]
    found, name = certified(node).checkpoint, f"{node.origin}/{party(1)}"
    higher = checkpoint.Checkpoint(node.origin, found.size + 1, merkle.EMPTY_ROOT)
    stranger = key("nobody")
    assert sent(team, higher, f"{node.origin}/stranger", stranger) == ["checkpoint.attesters"]
    wrong = notes.Line(name, notes.NoteKey(name, notes.COSIGNATURE, key(f"note {party(1)}").public).id, bytes(72))
    team.wire(0).inbox.append(("checkpoint", notes.encode(notes.Note(higher.text, (wrong,))), "n3"))
    assert [error.code for error in node.pump()] == ["note.signature"]
    other = checkpoint.Checkpoint("other/0000000000000000", 3, merkle.EMPTY_ROOT)
    assert sent(team, other, name, key(f"note {party(1)}")) == ["checkpoint.origin"]
    team.wire(0).inbox.append(("checkpoint", b"\xff", "n2"))
    assert [error.code for error in node.pump()] == ["note.text"]
    team.wire(0).inbox.append(("checkpoint", bytes(17 * 1024), "n2"))
    assert [error.code for error in node.pump()] == ["peer.size"]


def test_lines_of_a_liar_certify_nothing_and_take_a_bounded_place() -> None:
    team = Noted(4)
    team.run(10)
    node = team.nodes[0]
    before, name, signer = certified(node).checkpoint, f"{node.origin}/{party(1)}", key(f"note {party(1)}")
    for number in range(50):
        assert sent(team, checkpoint.Checkpoint(node.origin, before.size + number, bytes([number]) * 32), name, signer) == []
    assert len(node._gathered.heads()) <= 2 + 4
    assert certified(node).checkpoint == before
    far = checkpoint.Checkpoint(node.origin, before.size + 99, bytes(32))
    assert sent(team, far, name, signer, seconds=2**40) == []
    assert far not in node._gathered.heads()


def test_a_head_above_ones_own_waits_until_it_is_final_here() -> None:
    team = Noted(4, silent=(0,))
    team.run(6)
    node = team.nodes[0]
    height = certified(node).checkpoint.height
    team.run(10)
    assert certified(node).checkpoint.height > height


def test_nothing_is_signed_for_another_key_than_the_sets() -> None:
    document = toy.document()
    document["attesters"][0]["note"] = NOTE.text
    store = MemoryStore()
    Node.create(store, document, Counters())
    node = Node(store, Counters(), SetClock(toy.START + 1_000), operator=Operator(toy.MINER, toy.VOTER, key("other")))
    toy.advance(node)
    node.mine()
    node.pump()
    assert node.certified is None


def test_a_stored_checkpoint_is_read_strictly() -> None:
    node = alone()
    node.pump()
    value = gathering.as_value(certified(node))
    wrongs: list[Any] = [{**value, "more": 1}, {**value, "path": "AA"}, {**value, "header": value["header"][:-4]}, [], {**value, "note": 1}]
    for wrong in wrongs:
        with pytest.raises(Malformed):
            gathering.from_value(wrong)
