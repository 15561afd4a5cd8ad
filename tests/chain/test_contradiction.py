"""Two heads that cannot both be true, signed by one key: provable to anybody, and the signer's seat is gone."""

from typing import Any

import pytest

from chain import checkpoint, contradiction, merkle, notes
from chain.checkpoint import Checkpoint
from chain.errors import Malformed, Refusal
from chain.notes import Note
from tests.chain.team import key, party
from tests.chain.test_attesting import Noted, certified
from tests.chain.test_checkpoint import LEAVES, ORIGIN, head, member, signer

MEMBERS = [member(number) for number in range(4)]
OTHERS = [*LEAVES[:3], merkle.leaf_hash(b"another"), *LEAVES[4:]]


def note(found: Checkpoint, number: int = 1) -> bytes:
    line = notes.cosign(found.text, f"{ORIGIN}/{member(number)['party']}", signer(f"note {number}"), 5)
    return notes.encode(Note(found.text, (line,)))


def fork(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, merkle.root_of_hashes(OTHERS[:size]))


def proven(first: bytes, second: bytes, places: Any) -> str:
    return contradiction.signer(first, second, places, contradiction.keys_of(ORIGIN, MEMBERS)).name


def places_of(old: int, new: int, index: int = 3) -> Any:
    leaves = (LEAVES[index], OTHERS[index])
    return contradiction.places(index, leaves, merkle.inclusion_path(LEAVES[:old], index), merkle.inclusion_path(OTHERS[:new], index))


def test_two_roots_for_one_size_prove_themselves() -> None:
    assert proven(note(head(7)), note(fork(7)), None) == f"{ORIGIN}/{MEMBERS[1]['party']}"


@pytest.mark.parametrize(("old", "new"), [(5, 9), (9, 5), (4, 40)])
def test_two_sizes_need_a_place_where_they_differ(old: int, new: int) -> None:
    assert proven(note(head(old)), note(fork(new)), places_of(old, new))
    with pytest.raises(Malformed):
        proven(note(head(old)), note(fork(new)), None)


def test_honest_heads_prove_nothing() -> None:
    for first, second, places in (
        (head(7), head(7), None), (head(7), head(9), None), (head(5), fork(9), places_of(5, 9, 2)), (head(5), head(9), places_of(5, 9)),
    ):  # fmt: skip
        with pytest.raises(Malformed):
            proven(note(first), note(second), places)


def test_the_notes_of_two_attesters_prove_nothing() -> None:
    with pytest.raises(Malformed, match=r"contradiction\.notes"):
        proven(note(head(7), 1), note(fork(7), 2), None)
    with pytest.raises(Malformed):
        proven(note(head(7)), note(Checkpoint("other/0000000000000000", 7, bytes(32))), None)


@pytest.mark.parametrize(
    "wrong", [1, [], {}, {"index": 3}, {"index": "3"}, {"leaves": "AA"}, {"first": "*"}, {"first": "AA"}, {"index": -1}, {"index": 2**53}]
)
def test_misshapen_places_are_refused(wrong: Any) -> None:
    places = {**places_of(5, 9), **wrong} if isinstance(wrong, dict) and wrong else wrong
    if isinstance(wrong, dict) and wrong == {"index": 3}:
        places = {**places, "more": 1}
    with pytest.raises(Malformed):
        proven(note(head(5)), note(fork(9)), places)


def test_an_attester_that_signs_two_heads_loses_its_seat() -> None:
    team = Noted(4)
    team.run(8)
    node = team.nodes[0]
    size = certified(node).checkpoint.size + 30
    for root in (b"\x01" * 32, b"\x02" * 32):
        found = Checkpoint(node.origin, size, root)
        line = notes.cosign(found.text, f"{node.origin}/{party(3)}", key(f"note {party(3)}"), node.clock.now() // 1000)
        team.wire(0).inbox.append(("checkpoint", notes.encode(Note(found.text, (line,))), "n3"))
    team.run(8)
    for each in team.nodes.values():
        entry = each.view().get("consensus/set")
        assert entry is not None
        gone = entry["next"]["remove"] if entry["next"] else []
        assert party(3) in gone or party(3) not in [member["party"] for member in entry["members"]]
        assert each.view().get(f"consensus/offence/{key('vote 3').text.replace(':', '%3A')}") is not None


def test_a_false_report_is_refused() -> None:
    team = Noted(4)
    team.run(4)
    node = team.nodes[0]
    text = certified(node).note.decode()
    for first, second in ((text, text), ("x", "y"), (text, text.replace("\n", "\n1", 1))):
        item = node.consensus_transaction("consensus.fork", {"first": first, "second": second, "places": None})
        assert item is not None
        (answer,) = node.submit([item])
        assert isinstance(answer, Refusal) and answer.code == "consensus.offence.proof"
    assert checkpoint.parse(text.encode())
