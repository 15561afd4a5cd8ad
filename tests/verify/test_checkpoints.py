"""Notes, checkpoints and anchors: the browser's verifier accepts and refuses what the Python side does, with the same codes."""

import random
from collections.abc import Callable
from typing import Any

from chain import anchor, checkpoint, merkle, notes
from chain.checkpoint import Checkpoint, Policy
from chain.errors import Malformed
from chain.keys import key_text
from chain.keyvectors import SMALL_ORDER
from chain.notes import Note
from tests.chain.test_anchor import sample
from tests.chain.test_checkpoint import LEAVES, cosigned, head, member, policy, signer
from tests.verify.node import ask

CHANGES = 400
"""Altered notes that both sides judge."""


def outcome(act: Callable[..., Any], *values: Any) -> Any:
    """What a function gives, or its refusal as node's answers say it."""
    try:
        return act(*values)
    except Malformed as error:
        return "refused", error.code


def judged(data: bytes, members: int, wanted: Policy, now: int) -> Any:
    found = checkpoint.parse(data)
    support = checkpoint.judge(found, [member(number) for number in range(members)], wanted)
    attested = checkpoint.is_attested(support)
    age = checkpoint.age(support, now) if attested else None
    return [found[0].origin, found[0].size, dict(support.attesters), len(support.witnesses), attested, age]


def test_checkpoints_are_judged_as_in_python() -> None:
    wanted = policy(2, 3)
    keys = [key.text for key in wanted.witnesses]
    good = {
        "all": cosigned(head(7), range(4), range(3)), "few": cosigned(head(7), (0, 1)), "two thirds": cosigned(head(9), (0, 2, 3), (1, 2)),
    }  # fmt: skip
    chance = random.Random(7)
    cases = [(notes.encode(note), now) for _, note in good.values() for now in (900, 1_003, 1_100, 5_000)]
    whole = cases[0][0]
    for _ in range(CHANGES):
        place = chance.randrange(len(whole))
        cases.append((whole[:place] + bytes([chance.choice(b"A=+/\n 09a\xe2\xff")]) + whole[place + 1 :], 1_100))
        cases.append((whole[:place] + whole[place + chance.randrange(3) :], 1_100))
    questions = [["judge", data.hex(), [dict(member(number)) for number in range(4)], keys, now] for data, now in cases]
    expected = [outcome(judged, data, 4, wanted, now) for data, now in cases]
    assert ask(questions) == expected
    assert len({each[1] for each in expected if each[0] == "refused"}) >= 5


def test_members_that_share_a_key_count_once() -> None:
    shared = [dict(member(0)), {**member(1), "note": member(0)["note"]}, dict(member(2))]
    found, note = cosigned(head(7), (0, 2))
    twice = Note(note.text, (*note.lines, notes.Line(f"{found.origin}/{shared[1]['party']}", note.lines[0].id, note.lines[0].body)))
    answer = ask([["judge", notes.encode(twice).hex(), shared, [], 1_100]])[0]
    assert (
        list(answer[2])
        == list(checkpoint.judge((found, twice), shared, Policy(0, ())).attesters)
        == [shared[0]["party"], shared[2]["party"]]
    )


def test_a_head_follows_what_is_remembered() -> None:
    questions, expected = [], []
    for old, new, cut in ((3, 9, 0), (9, 9, 0), (9, 3, 0), (3, 9, 1), (8, 21, 0)):
        proof = merkle.consistency_proof(LEAVES, old, new)[cut:] if old < new else ()
        pair = [[one.origin, one.size, one.root.hex()] for one in (head(new), head(old))]
        questions.append(["follows", *pair, [node.hex() for node in proof]])
        expected.append(outcome(checkpoint.validate_follows, head(new), head(old), proof))
    other = [head(9), Checkpoint("another/00", 9, head(9).root)]
    questions.append(["follows", *[[one.origin, one.size, one.root.hex()] for one in other], []])
    expected.append(("refused", "checkpoint.origin"))
    assert ask(questions) == expected


def wrong_anchors() -> list[Any]:
    value = anchor.as_value(sample())
    small = key_text(min(SMALL_ORDER))
    fields: list[tuple[str, Any]] = [
        ("v", 2), ("v", True), ("name", ""), ("name", "x" * 61), ("name", "Another"), ("name", "\U0001f48a" * 60), ("chain", "00" * 32),
        ("chain", "0"), ("epoch", -1), ("epoch", True), ("epoch", 2**32), ("members", []), ("members", [dict(member(0)), dict(member(0))]),
        ("members", [{**member(0), "vote": "x"}]), ("members", None), ("members", [{**member(0), "party": ""}]), ("members", [1]),
        ("members", [{**member(0), "note": small}]), ("origin", "another/0001020304050607"), ("checkpoint", {"size": 0, "root": "00" * 32}),
        ("checkpoint", {"size": 1, "root": "0"}), ("checkpoint", None), ("trust_days", 0), ("trust_days", 3651), ("witnesses", None),
        ("witnesses", {"k": 1, "keys": [key.text for key in policy(1, 2).witnesses]}), ("witnesses", {"k": "1", "keys": []}),
        ("witnesses", {"k": 1, "keys": ["x"]}), ("witnesses", {"k": 1, "keys": [5]}), ("witnesses", {"k": 0, "keys": []}),
        ("witnesses", {"k": 1, "keys": [notes.NoteKey("w", 1, signer("w").public).text]}),
        ("witnesses", {"k": 2, "keys": [policy(1, 1).witnesses[0].text] * 2}), ("assurance", "consortium"), ("max_age_s", 59), ("more", 1),
    ]  # fmt: skip
    dropped = [{name: value[name] for name in value if name != field} for field in value]
    return [
        *({**value, field: new} for field, new in fields),
        *dropped,
        [],
        None,
        "x",
        anchor.as_value(sample(4)),
        anchor.as_value(sample(16, 17, 32)),
    ]


def test_anchors_are_read_as_in_python() -> None:
    values = wrong_anchors()
    expected = []
    for value in values:
        found = outcome(anchor.from_value, value)
        expected.append([found.hash.hex(), anchor.words_of(found.hash)] if isinstance(found, anchor.Anchor) else found)
    assert ask([["anchor", value] for value in values]) == expected
    assert sum(isinstance(each, list) for each in expected) >= 3
