"""Cases of heads that several attesters sign, of changes of their set, and of witnesses that became one of them (steps 2-4)."""

from collections.abc import Iterator, Sequence
from typing import Any

from chain import notes
from tests.trace.drugs.bundle_changes import Case, put
from tests.trace.drugs.bundle_goods import Goods
from tests.trace.drugs.bundle_handovers import GREEN, handed_over
from tests.trace.drugs.bundle_maker import AGE, Maker
from tests.trace.world import signing_key

ATTESTERS = "evidence.checkpoint.attesters"


def members(count: int) -> list[dict[str, str]]:
    """So many operators, the first of them that of the ledger."""
    return [
        {"party": f"95219990000{number:02d}", "vote": signing_key(f"vote {number}").text, "note": signing_key(f"note {number}").text}
        for number in range(count)
    ]


def lines(goods: Goods, *signed: tuple[int, int], party: str | None = None) -> str:
    """The head, cosigned by (number of the operator, seconds before now)."""
    head, now = goods.ledger.head, goods.ledger.clock.now() // 1000
    rows = (
        notes.cosign(head.text, f"{head.origin}/{party or members(16)[number]['party']}", signing_key(f"note {number}"), now - age)
        for number, age in signed
    )
    return notes.encode(notes.Note(head.text, tuple(rows))).decode()


def sets(goods: Goods) -> Iterator[Case]:
    """The cases."""
    make = Maker(goods)
    yield from _judged(make, goods)
    yield from _changed(make, goods)


def _anchored(count: int, *more: Any) -> dict[str, Any]:
    word = "consortium" if count >= 4 else "operator"
    return {"anchor": "early", "anchor_change": [put(members(count), "members"), put(word, "assurance"), *more]}


def _judged(make: Maker, goods: Goods) -> Iterator[Case]:
    """How many of how many, and whose time is believed."""
    for title, count, signed, code in (
        ("two of two", 2, ((0, 0), (1, 3)), None),
        ("one of two", 2, ((0, 0),), ATTESTERS),
        ("three of three", 3, ((0, 0), (1, 3), (2, 9)), None),
        ("two of three", 3, ((0, 0), (1, 3)), ATTESTERS),
        ("three of four, the second newest time", 4, ((0, 9), (1, 3), (3, 0)), None),
        ("all of four, one of them with a time ahead", 4, ((0, 9), (1, 3), (2, 5), (3, -900)), None),
        ("two of four", 4, ((0, 0), (1, 0)), ATTESTERS),
        ("two of four, one twice", 4, ((0, 0), (1, 0), (1, 5)), ATTESTERS),
        ("four of five", 5, ((0, 30), (1, 20), (2, 10), (3, 0)), None),
        ("three of five", 5, ((0, 0), (1, 0), (2, 0)), ATTESTERS),
        ("five of seven, the third newest time", 7, ((0, 0), (1, 11), (2, 22), (3, 33), (4, 44)), None),
        ("an attester's newest of two lines", 1, ((0, 50), (0, 20)), None),
    ):
        verdict = {"verdict": GREEN} if code is None else {}
        yield make.case(f"attesters: {title}", code, put(lines(goods, *signed), "checkpoint"), **_anchored(count), **verdict)
    ahead = put(lines(goods, (0, -900), (1, -900), (2, 0)), "checkpoint")
    yield make.case("attesters: two of four with a time ahead", None, ahead, **_anchored(4), verdict=AGE, gaps=["evidence.age.clock"])
    yield make.case(
        "attesters: four, and the word of one", "evidence.anchor.format", anchor="early", anchor_change=[put(members(4), "members")]
    )
    shared = [*members(1), {**members(2)[1], "note": members(1)[0]["note"]}]
    yield make.case("attesters: two with one key", "evidence.anchor.format", anchor="early", anchor_change=[put(shared, "members")])
    twice = [*members(1), {**members(2)[1], "party": members(1)[0]["party"]}]
    yield make.case("attesters: two of one party", "evidence.anchor.format", anchor="early", anchor_change=[put(twice, "members")])
    other = put(lines(goods, (0, 0), party="9521999000099"), "checkpoint")
    yield make.case("attesters: a line under another party's name", ATTESTERS, other, **_anchored(1))


def _changed(make: Maker, goods: Goods) -> Iterator[Case]:
    """From one set to the next."""
    now = put(lines(goods, (0, 0), (1, 0), (2, 0)), "checkpoint")

    def entry(epoch: int, present: Sequence[Any], add: Sequence[Any], remove: Sequence[str]) -> dict[str, Any]:
        change = {"epoch": epoch + 1, "recorded": 0, "add": list(add), "remove": list(remove)}
        return {"epoch": epoch, "from_height": 0, "members": list(present), "next": change}

    four = members(4)
    signers = [(member["party"], f"note {number}") for number, member in enumerate(members(5))]
    grown = handed_over(goods, 0, entry(0, four[:1], four[1:], []), *signers[:1])
    shrunk = handed_over(goods, 1, entry(1, four, [], [four[3]["party"]]), *signers[:3])
    few = handed_over(goods, 1, entry(1, four, [], [four[3]["party"]]), *signers[:2])
    stranger = handed_over(goods, 0, entry(0, four[:1], [{**four[1], "note": four[0]["note"]}], []), *signers[:1])
    for title, code, documents in (
        ("from one to four", None, [grown]),
        ("from one to four to three", None, [grown, shrunk]),
        ("the second signed by two of four", "evidence.handover", [grown, few]),
        ("the second alone", "evidence.handover", [shrunk]),
        ("in the wrong order: the first is passed over", "evidence.handover", [shrunk, grown]),
        ("one twice: the second is passed over", None, [grown, grown]),
        ("a new member with the key of an old one", "evidence.handover", [stranger]),
    ):
        verdict = {"verdict": GREEN} if code is None else {}
        yield make.case(f"handover: {title}", code, now, put(documents, "handovers"), **_anchored(1), **verdict)
    key = notes.NoteKey("witness.example/w", notes.COSIGNATURE, signing_key("note 1").public)
    vote = notes.NoteKey("witness.example/v", notes.COSIGNATURE, signing_key("vote 1").public)
    head, seconds = goods.ledger.head, goods.ledger.clock.now() // 1000
    for title, witness, name in (("signs", key, "note 1"), ("votes", vote, "vote 1")):
        line = notes.encode_lines([notes.cosign(head.text, witness.name, signing_key(name), seconds)])
        policy = put({"k": 1, "keys": [witness.text]}, "witnesses")
        signed = put(lines(goods, (0, 0), (1, 0), (2, 0)) + line, "checkpoint")
        grow = put([grown], "handovers")
        yield make.case(f"handover: a witness with whose key a new attester {title}", "evidence.checkpoint.witnesses", signed, grow,
                        **_anchored(1, policy))  # fmt: skip
        alone = put(lines(goods, (0, 0)) + line, "checkpoint")
        yield make.case(f"witnesses: one that later {title} as an attester", None, alone, verdict=GREEN, **_anchored(1, policy))
