"""A witness answers as C2SP `tlog-witness` says, remembers before it answers, and never signs two heads that contradict each other."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import checkpoint, keys, merkle, notes, tlogpolicy, witness
from chain.checkpoint import Checkpoint
from chain.errors import Fault, Malformed
from chain.keyvectors import SMALL_ORDER
from chain.notes import Note, NoteKey
from chain.witness import Log, Witness
from tests.chain.test_checkpoint import LEAVES, ORIGIN, cosigned, head, member, signer
from tests.chain.test_checkpoint import witness as witness_key

NAME = "witness.example/1"


class MemoryHeads:
    """Heads in memory; may refuse to write."""

    def __init__(self) -> None:
        self.notes: dict[str, bytes] = {}
        self.pairs: list[tuple[bytes, bytes]] = []
        self.full = False

    def get(self, origin: str) -> bytes | None:
        return self.notes.get(origin)

    def put(self, origin: str, note: bytes) -> None:
        if self.full:
            raise Fault("witness.folder", "room", "none")
        self.notes[origin] = note

    def accuse(self, kept: bytes, other: bytes) -> None:
        self.pairs.append((kept, other))


def one(heads: MemoryHeads | None = None) -> Witness:
    log = Log(members=[member(number) for number in range(4)])
    other = Log(keys=(NoteKey("other", notes.ED25519, signer("log").public),))
    return Witness(NAME, signer("witness"), {ORIGIN: log, "other": other}, heads or MemoryHeads())


def note_of(found: Checkpoint, members: Sequence[int] = (0, 1, 2)) -> bytes:
    return notes.encode(cosigned(found, members)[1])


def request(old: int, new: int, *, proof: Sequence[bytes] | None = None, note: bytes | None = None) -> bytes:
    path = merkle.consistency_proof(LEAVES[:new], old, new) if proof is None and 0 < old <= new else proof or ()
    return witness.encode(old, path, note or note_of(head(new)))


def test_a_head_is_cosigned_and_then_its_successors() -> None:
    found = one()
    for old, new in ((0, 5), (5, 5), (5, 17), (17, 40)):
        answer = found.add_checkpoint(request(old, new), 1_000 + new)
        assert answer.status == 200, answer
        lines = notes.parse_lines(answer.body)
        assert notes.verify(Note(head(new).text, lines), [found.key]) == {found.key: 1_000 + new}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"old 0\n", b"new 0\n\n", b"old  0\n\n", b"old 00\n\n", b"old -1\n\n", b"old +1\n\n", b"old 1\nAAAA\n\n", b"old 1\n*\n\n",
        b"\xff\n\n",
        b"old 0\n\nnothing", b"old 0\n\n" + b"\xff" * 9, "old \u0661\n\n".encode(), b"old " + b"9" * 17 + b"\n\n",
        b"old 0\n" + b"\n".join([b"A" * 43 + b"="] * 64) + b"\n\n" + note_of(head(5)),
    ],
)  # fmt: skip
def test_what_is_no_request_is_a_400(body: bytes) -> None:
    assert one().add_checkpoint(body, 1).status == 400


def test_the_old_size_must_not_be_above_the_new() -> None:
    assert one().add_checkpoint(request(6, 5, proof=()), 1).status == 400


def test_an_unknown_log_is_a_404() -> None:
    other = Checkpoint("unknown/0000000000000000", 5, bytes(32))
    line = notes.cosign(other.text, "x", signer("x"), 5)
    assert one().add_checkpoint(request(0, 5, note=notes.encode(Note(other.text, (line,)))), 1).status == 404


def test_too_few_attesters_are_a_403() -> None:
    assert one().add_checkpoint(request(0, 5, note=note_of(head(5), (0, 1))), 1).status == 403
    stranger = notes.encode(Note(head(5).text, (notes.cosign(head(5).text, f"{ORIGIN}/x", signer("x"), 5),)))
    assert one().add_checkpoint(request(0, 5, note=stranger), 1).status == 403


def test_a_wrong_signature_of_an_attester_is_a_403_whoever_else_has_signed() -> None:
    text = head(5).text
    wrong = notes.cosign("other text\n", f"{ORIGIN}/{member(3)['party']}", signer("note 3"), 5)
    note = notes.encode(Note(text, (*cosigned(head(5), (0, 1, 2))[1].lines, wrong)))
    assert one().add_checkpoint(request(0, 5, note=note), 1).status == 403


def test_another_size_than_the_witness_has_is_a_409_that_says_which() -> None:
    found = one()
    assert found.add_checkpoint(request(3, 5), 1).body == "0\n"
    found.add_checkpoint(request(0, 7), 1)
    for old, new in ((0, 9), (5, 9), (8, 9), (3, 5), (0, 5)):
        answer = found.add_checkpoint(request(old, new), 1)
        assert (answer.status, answer.body, answer.mimetype) == (409, "7\n", "text/x.tlog.size")


def test_a_proof_that_fails_is_a_422() -> None:
    found = one()
    assert found.add_checkpoint(request(0, 7, proof=[bytes(32)]), 1).status == 422
    found.add_checkpoint(request(0, 7), 1)
    for proof in ((), (bytes(32),), merkle.consistency_proof(LEAVES[:20], 6, 20)):
        assert found.add_checkpoint(witness.encode(7, proof, note_of(head(20))), 1).status == 422
    assert found.add_checkpoint(witness.encode(7, (bytes(32),), note_of(head(7))), 1).status == 422
    assert found.add_checkpoint(request(7, 20), 1).status == 200


def test_another_root_for_the_same_size_is_a_409_and_kept_as_evidence() -> None:
    heads = MemoryHeads()
    found = one(heads)
    found.add_checkpoint(request(0, 7), 1)
    other = note_of(Checkpoint(ORIGIN, 7, bytes(32)))
    answer = found.add_checkpoint(witness.encode(7, (), other), 1)
    assert answer.status == 409 and answer.mimetype.startswith("text/plain")
    assert heads.pairs == [(note_of(head(7)), other)]


def test_nothing_is_signed_that_cannot_be_remembered() -> None:
    heads = MemoryHeads()
    found = one(heads)
    heads.full = True
    with pytest.raises(Fault, match=r"witness\.folder"):
        found.add_checkpoint(request(0, 7), 1)
    heads.full = False
    assert found.add_checkpoint(request(0, 5), 1).status == 200


def test_a_log_of_another_kind_needs_its_own_key() -> None:
    text = Checkpoint("other", 3, bytes(32)).text
    good = notes.encode(Note(text, (notes.sign(text, "other", signer("log")),)))
    bad = notes.encode(Note(text, (notes.sign(text, "other", signer("x")),)))
    assert one().add_checkpoint(request(0, 3, note=bad), 1).status == 403
    assert one().add_checkpoint(request(0, 3, note=good), 1).status == 200


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(body: bytes) -> None:
    assert one().add_checkpoint(body, 1).status in (400, 403, 404, 409, 422)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.booleans())
def test_the_witness_never_goes_back(sizes: list[int], honest: bool) -> None:
    heads, last = MemoryHeads(), 0
    found = one(heads)
    for size in sizes:
        answer = found.add_checkpoint(request(last if honest else size, size, proof=None if honest else ()), 1)
        if answer.status == 200:
            assert size >= last
            last = size
    stored = heads.get(ORIGIN)
    assert (checkpoint.parse(stored)[0].size if stored else 0) == last


@pytest.mark.parametrize("point", sorted(SMALL_ORDER))
def test_a_policy_with_a_small_order_witness_is_refused(point: bytes) -> None:
    key = NoteKey("w", notes.COSIGNATURE, point)
    with pytest.raises(Malformed, match=r"note\.key"):
        tlogpolicy.parse(f"witness a {key.text}\nquorum a\n".encode())


# --- policy files ----------------------------------------------------------------------------------------------------------------


def lines(*rows: str) -> bytes:
    return "\n".join(rows).encode() + b"\n"


W = [f"witness W{number} {witness_key(number).text} https://witness.example/{number}/" for number in range(3)]


def test_a_policy_names_its_witnesses_and_their_addresses() -> None:
    found = tlogpolicy.parse(
        lines("# ours", f"log {NoteKey('x', 1, signer('log').public).text}", *W, "\tgroup  G 2 W0 W1 W2", "", "quorum G")
    )
    assert found.policy == checkpoint.Policy(2, tuple(witness_key(number) for number in range(3)))
    assert found.urls[witness_key(1)] == "https://witness.example/1"
    assert tlogpolicy.parse(lines(W[0], "quorum W0")).policy.k == 1
    assert tlogpolicy.parse(lines("quorum none")).policy == checkpoint.Policy(0, ())
    assert tlogpolicy.parse(lines(*W, "group G all W0 W1 W2", "quorum G")).policy.k == 3


@pytest.mark.parametrize("rows", [
    (),
    (W[0],),
    ("quorum X",),
    (W[0], "quorum W0", "quorum W0"),
    (W[0], W[0], "quorum W0"),
    ("hello",),
    (W[0], "group W0 1 W0", "quorum W0"),
    (W[0], "group G 0 W0", "quorum G"),
    (W[0], "group G 2 W0", "quorum G"),
    (W[0], "group G 1 W0 W0", "quorum G"),
    (W[0], "group G x W0", "quorum G"),
    (W[0], "group G 1 W1", "quorum G"),
    (*W, "group G 1 W0 W1", "group H 1 G W2", "quorum H"),
    ("quorum",),
    (W[0], "group none 1 W0", "quorum none"),
    (f"{W[0]} more", "quorum W0"),
    (W[0].replace("https", "ftp"), "quorum W0"),
    ("quorum none\r",),
    ("log", "quorum none"),
    (*W, "group G any W0 W1 W2", "quorum G"),
    (*W, "group G 1 W0 W1", "quorum G"),
])  # fmt: skip
def test_other_policies_are_refused(rows: tuple[str, ...]) -> None:
    with pytest.raises(Malformed):
        tlogpolicy.parse(lines(*rows))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_policy_or_refused(data: bytes) -> None:
    try:
        tlogpolicy.parse(data)
    except Malformed as error:
        assert error.code in ("policy.line", "note.key", "checkpoint.policy")


def test_keys_of_witnesses_are_keys(name: str = "a b") -> None:
    with pytest.raises(Malformed, match=r"note\.key"):
        Witness(name, keys.SigningKey.generate(), {}, MemoryHeads())
