"""Checkpoints: three lines, who stands behind them, and what follows from one to the next."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import checkpoint, keys, merkle, notes
from chain.checkpoint import Checkpoint, Policy, Support
from chain.errors import Malformed
from chain.keyvectors import SMALL_ORDER
from chain.notes import Note, NoteKey

CHAIN = bytes(range(32))
ORIGIN = checkpoint.origin_of("Example ledger", CHAIN)
HEADERS = [bytes([number]) * 240 for number in range(40)]
LEAVES = [merkle.leaf_hash(header) for header in HEADERS]


def signer(name: str) -> keys.SigningKey:
    return keys.SigningKey.from_seed(merkle.leaf_hash(name.encode()))


def member(number: int, note: str | None = None) -> Mapping[str, str]:
    own = signer(f"note {number}").text
    return {"party": f"95210000000{number:02d}", "vote": signer(f"vote {number}").text, "note": note or own}


def head(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, merkle.root_of_hashes(LEAVES[:size]))


def witness(number: int) -> NoteKey:
    return NoteKey(f"witness.example/{number}", notes.COSIGNATURE, signer(f"witness {number}").public)


def cosigned(found: Checkpoint, members: Sequence[int], witnesses: Sequence[int] = (), time: int = 1_000) -> tuple[Checkpoint, Note]:
    lines = [notes.cosign(found.text, f"{ORIGIN}/{member(number)['party']}", signer(f"note {number}"), time + number) for number in members]
    lines += [notes.cosign(found.text, witness(number).name, signer(f"witness {number}"), time) for number in witnesses]
    return checkpoint.parse(notes.encode(Note(found.text, tuple(lines))))


def policy(k: int, n: int) -> Policy:
    return Policy(k, tuple(witness(number) for number in range(n)))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("PharmaTrace demonstration", "pharmatrace-demonstration"),
        ("药溯链", "ledger"),
        ("药溯链 China 2", "china-2"),
        ("--A.b--", "a.b"),
        ("x" * 39 + " y", "x" * 39),
        ("İstanbul K", "stanbul-k"),
    ],
)
def test_an_origin_is_made_of_name_and_chain(name: str, slug: str) -> None:
    assert checkpoint.origin_of(name, CHAIN) == f"{slug}/0001020304050607"


def test_a_checkpoint_is_three_lines() -> None:
    found = head(7)
    assert checkpoint.parse_text(found.text) == found
    assert found.text.split("\n")[:2] == [ORIGIN, "7"]


@pytest.mark.parametrize("text", [
    "", "a\n1\n", f"{ORIGIN}\n07\n{'A' * 43}=\n", f"{ORIGIN}\n0\n{'A' * 43}=\n", f"{ORIGIN}\n-1\n{'A' * 43}=\n",
    f"{ORIGIN}\n1\n{'A' * 43}\n",
    f"{ORIGIN}\n1\n{'A' * 40}\n", f"{ORIGIN}\n1\n{'A' * 43}=\nextension\n", f"{ORIGIN}\n1\n{'A' * 43}=",
    f"{ORIGIN}\n{2**53}\n{'A' * 43}=\n",
    f"a b\n1\n{'A' * 43}=\n", f"a+b\n1\n{'A' * 43}=\n", f"{'a' * 101}\n1\n{'A' * 43}=\n", f"{ORIGIN}\n\u0661\n{'A' * 43}=\n",
])  # fmt: skip
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(Malformed, match=r"checkpoint\.text"):
        checkpoint.parse_text(text)


@given(st.text(max_size=120))
def test_any_text_is_a_checkpoint_or_refused(text: str) -> None:
    try:
        found = checkpoint.parse_text(text)
    except Malformed as error:
        assert error.code == "checkpoint.text"
    else:
        assert found.text == text


# --- attesters and witnesses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signers", "n", "good"), [(1, 1, True), (2, 3, False), (3, 3, True), (2, 4, False), (3, 4, True), (11, 16, True), (10, 16, False)]
)
def test_more_than_two_thirds_of_the_members_are_needed(signers: int, n: int, good: bool) -> None:
    support = checkpoint.judge(cosigned(head(7), range(signers)), [member(number) for number in range(n)], policy(0, 0))
    assert checkpoint.is_attested(support) is good
    if not good:
        with pytest.raises(Malformed, match=r"checkpoint\.attesters"):
            checkpoint.validate_attested(support)


def test_one_key_of_two_members_counts_once() -> None:
    shared = signer("note 0").text
    members = [member(0), member(1, note=shared), member(2)]
    found = head(7)
    lines = tuple(notes.cosign(found.text, f"{ORIGIN}/{one['party']}", signer("note 0"), 5) for one in members[:2])
    support = checkpoint.judge((found, Note(found.text, lines)), members, policy(0, 0))
    assert list(support.attesters) == [members[0]["party"]]


def test_a_members_line_does_not_count_under_another_origin() -> None:
    support = checkpoint.judge((replace(head(7), origin="other/0001020304050607"), cosigned(head(7), [0])[1]), [member(0)], policy(0, 0))
    assert not support.attesters


def test_k_of_the_witnesses_are_needed() -> None:
    found = cosigned(head(7), [0], witnesses=[0, 1, 5])
    for asked, good in ((policy(2, 3), True), (policy(3, 3), False), (policy(0, 0), True)):
        support = checkpoint.judge(found, [member(0)], asked)
        if good:
            checkpoint.validate_witnessed(support, asked)
        else:
            with pytest.raises(Malformed, match=r"checkpoint\.witnesses"):
                checkpoint.validate_witnessed(support, asked)


@pytest.mark.parametrize("wrong", [policy(1, 2), policy(0, 1), policy(3, 2), policy(1, 0), policy(17, 33),
                                   Policy(2, (witness(0), witness(0))),
                                   Policy(2, (witness(0), replace(witness(0), name="another"))),
                                   Policy(1, (replace(witness(0), kind=notes.ED25519),)),
                                   Policy(1, (replace(witness(0), public=signer("note 0").public),)),
                                   Policy(1, (replace(witness(0), public=signer("vote 0").public),))])  # fmt: skip
def test_weak_policies_are_refused(wrong: Policy) -> None:
    with pytest.raises(Malformed, match=r"checkpoint\.policy"):
        checkpoint.validate_policy(wrong, [member(0)])


@pytest.mark.parametrize("point", sorted(SMALL_ORDER))
def test_witnesses_with_small_order_keys_are_refused(point: bytes) -> None:
    with pytest.raises(Malformed, match=r"note\.key"):
        checkpoint.validate_policy(Policy(1, (replace(witness(0), public=point),)))


# --- time ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "f"), [(1, 0), (2, 0), (3, 0), (4, 1), (6, 1), (7, 2), (10, 3), (16, 5)])
def test_so_many_may_lie(n: int, f: int) -> None:
    assert checkpoint.liars(n) == f


def test_liars_cannot_make_a_checkpoint_younger() -> None:
    assert checkpoint.age(Support(4, {"a": 10**9, "b": 100, "c": 90}, {}), 130) == 30
    assert checkpoint.age(Support(1, {"a": 150}, {}), 100) == 0
    with pytest.raises(Malformed, match=r"checkpoint\.clock"):
        checkpoint.age(Support(1, {"a": 161}, {}), 100)
    with pytest.raises(Malformed, match=r"checkpoint\.attesters"):
        checkpoint.age(Support(4, {"a": 150}, {}), 100)


# --- from one to the next ----------------------------------------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 40))
def test_a_later_checkpoint_follows_from_an_earlier(old: int, new: int) -> None:
    proof = merkle.consistency_proof(LEAVES[:new], old, new) if old <= new else ()
    if old <= new:
        checkpoint.validate_follows(head(new), head(old), proof)
    else:
        with pytest.raises(Malformed, match=r"checkpoint\.older"):
            checkpoint.validate_follows(head(new), head(old), proof)


def test_another_ledger_and_a_fork_are_told_apart() -> None:
    proof = merkle.consistency_proof(LEAVES[:20], 7, 20)
    with pytest.raises(Malformed, match=r"checkpoint\.origin"):
        checkpoint.validate_follows(replace(head(20), origin="other"), head(7), proof)
    with pytest.raises(Malformed, match=r"checkpoint\.fork"):
        checkpoint.validate_follows(replace(head(20), root=bytes(32)), head(7), proof)
    with pytest.raises(Malformed, match=r"checkpoint\.fork"):
        checkpoint.validate_follows(replace(head(7), root=bytes(32)), head(7), ())


def test_the_head_is_the_last_leaf() -> None:
    checkpoint.validate_head(head(7), HEADERS[6], merkle.last_leaf_path(LEAVES[:7]))
    with pytest.raises(Malformed, match=r"checkpoint\.head"):
        checkpoint.validate_head(head(7), HEADERS[5], merkle.last_leaf_path(LEAVES[:7]))
