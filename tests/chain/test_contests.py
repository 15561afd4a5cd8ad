"""What a node remembers of transactions that lost against others (DOMAIN §4), with counters that hold 100 at most."""

from dataclasses import replace

import pytest

from chain import overruled
from chain.audit import audit
from chain.errors import ChainError, Refusal
from chain.node import Node
from chain.overruled import Book, Overruled
from chain.store.memory import MemoryStore
from chain.transactions import Transaction
from tests.chain import toy
from tests.chain.team import Team
from tests.chain.toy import Counters


def raising(team: Team, number: int, seq: int) -> Transaction:
    """60 of the 100 that the counter holds: two of these do not fit."""
    signer = toy.USER if number == 0 else toy.OTHER
    return toy.raising(team.nodes[number], "pack", seq, 60, signer=signer)


def rivals(team: Team) -> tuple[Transaction, Transaction]:
    """Both sides of a cut accept what excludes the other's, and seal it."""
    team.run(4)
    team.network.partition(["n0"], ["n1"])
    items = raising(team, 0, 900), raising(team, 1, 900)
    for number, item in enumerate(items):
        (answer,) = team.nodes[number].submit([item])
        assert not isinstance(answer, ChainError) and answer.level == "stored"
    team.run(6, sending=False)
    assert len(team.tips) == 2
    return items


def sides(team: Team, items: tuple[Transaction, Transaction]) -> tuple[Transaction, Transaction, Node]:
    """(the one on the ledger, the one that lost, the node that had acknowledged the latter)."""
    placed = [item for item in items if (found := team.nodes[0].transaction(item.id)) and found[1] is not None]
    assert len(placed) == 1
    lost = items[1 - items.index(placed[0])]
    return placed[0], lost, team.nodes[items.index(lost)]


def heal(team: Team, steps: int = 12) -> None:
    team.network.heal()
    team.run(steps, sending=False)
    assert len(team.tips) == 1


def test_one_stays_and_the_other_is_remembered_with_what_came_first() -> None:
    team = Team(2)
    items = rivals(team)
    heal(team)
    won, lost, loser = sides(team, items)
    record = loser.overruling(lost.id)
    assert record is not None and record.acknowledged
    assert (record.code, record.winner, record.transaction) == ("toy.limit", won.id, lost)
    assert loser.is_settled(record) and loser.transaction(lost.id) is None and loser.waiting == 0
    assert loser.overruling(won.id) is None


def test_who_has_the_winner_hears_of_the_loser() -> None:
    team = Team(2)
    items = rivals(team)
    heal(team)
    won, lost, loser = sides(team, items)
    winner = next(node for node in team.nodes.values() if node is not loser)
    record = winner.overruling(lost.id)
    assert record is not None and not record.acknowledged and record.winner == won.id
    assert winner.is_settled(record)
    assert team.codes() <= {"toy.limit", "block.parent"}


def test_until_it_is_final_the_answer_is_conflicted() -> None:
    team = Team(2)
    items = rivals(team)
    for node in team.nodes.values():
        node.operator = None  # nobody votes: nothing becomes final
    heal(team, 2)
    _, lost, loser = sides(team, items)
    record = loser.overruling(lost.id)
    assert record is not None and not loser.is_settled(record)
    (again,) = loser.submit([lost])
    assert not isinstance(again, ChainError) and (again.level, again.known) == ("conflicted", True)


def test_a_restart_keeps_it() -> None:
    team = Team(2)
    items = rivals(team)
    heal(team)
    _, lost, loser = sides(team, items)
    number = next(number for number, node in team.nodes.items() if node is loser)
    before = loser.overruled()
    after = team.join(number, team.stop(number))
    assert after.overruled() == before and after.overruling(lost.id) in before


def test_a_crash_before_the_next_step_finds_it_again() -> None:
    team = Team(2)
    items = rivals(team)
    for node in team.nodes.values():
        node.operator = None
    heal(team, 2)
    won, lost, loser = sides(team, items)
    number = next(number for number, node in team.nodes.items() if node is loser)
    record = team.join(number, team.stop(number)).overruling(lost.id)
    assert record is not None and record.winner == won.id


def test_a_race_without_a_cut_is_heard_by_both() -> None:
    team = Team(2)
    team.run(4)
    items = raising(team, 0, 900), raising(team, 1, 900)
    for number, item in enumerate(items):
        assert not isinstance(team.nodes[number].submit([item])[0], ChainError)
    team.run(8, sending=False)
    won, lost, _ = sides(team, items)
    for node in team.nodes.values():
        assert {record.id for record in node.overruled()} == {lost.id}
        record = node.overruling(lost.id)
        assert record is not None and record.winner == won.id and node.is_settled(record)


def test_what_is_refused_at_the_counter_is_no_loss() -> None:
    team = Team(2)
    team.run(4)
    first, second = raising(team, 0, 900), toy.raising(team.nodes[0], "pack", 901, 60)
    assert not isinstance(team.nodes[0].submit([first])[0], ChainError)
    assert isinstance(team.nodes[0].submit([second])[0], Refusal)
    assert team.nodes[0].overruled() == []


def test_what_becomes_possible_again_is_forgotten() -> None:
    node = toy.start(MemoryStore())
    item = toy.raising(node, "pack", 1, 60)
    node._overruled.note(record_of(item))
    assert not isinstance(node.submit([item])[0], ChainError)
    assert node.overruled() == []


# --- the book ----------------------------------------------------------------------------------------------------------------


def record_of(item: Transaction, *, acknowledged: bool = True, size: int = 300) -> Overruled:
    return Overruled(item, acknowledged, "toy.limit", "at most 100", "药 120", 7, 1_700_000_000_000, bytes(32), size)


def many(count: int) -> list[Transaction]:
    node = toy.start(MemoryStore())
    return [toy.raising(node, "pack", number + 1) for number in range(count)]


def test_the_book_is_read_as_it_was_written() -> None:
    book = Book()
    for number, item in enumerate(many(3)):
        book.note(record_of(item, acknowledged=number != 1))
    again = overruled.decode(overruled.encode(book))
    assert [replace(record, size=300) for record in again.all()] == book.all()
    assert overruled.decode(b"").all() == []


def test_the_book_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overruled, "RECORDS_KEPT", 4)
    items = many(6)
    book = Book()
    for number, item in enumerate(items):
        book.note(record_of(item, acknowledged=number != 2))
    kept = [record.id for record in book.all()]
    assert kept == [items[number].id for number in (1, 3, 4, 5)], "what others sent goes first, then the oldest"
    monkeypatch.setattr(overruled, "BYTES_KEPT", 900)
    book.note(record_of(items[0]))
    assert [record.id for record in book.all()] == [items[4].id, items[5].id, items[0].id]


def test_one_signer_cannot_fill_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overruled, "KEY_KEPT", 2)
    book = Book()
    for item in many(5):
        book.note(record_of(item, acknowledged=False))
    assert len(book) == 2


def test_the_book_is_no_fault_to_an_audit() -> None:
    team = Team(2)
    _, _, loser = sides_after(team)
    assert loser.overruled() and audit(loser.store, Counters()) is None


def sides_after(team: Team) -> tuple[Transaction, Transaction, Node]:
    items = rivals(team)
    heal(team)
    return sides(team, items)
