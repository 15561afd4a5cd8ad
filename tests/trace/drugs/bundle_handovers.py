"""Cases of evidence that a later attester set has signed than the anchor names (step 2)."""

from collections.abc import Iterator
from typing import Any

from chain import blocks, codec, merkle, notes, state, statetree
from chain.checkpoint import Checkpoint
from chain.gathering import Certified
from chain.handover import Handover, as_value
from tests.trace.drugs.bundle_changes import Case, put
from tests.trace.drugs.bundle_goods import Goods
from tests.trace.drugs.bundle_maker import Maker
from tests.trace.world import signing_key

OLD = {"party": "9521999000007", "vote": signing_key("old vote").text, "note": signing_key("old note").text}
"""The member of the set before."""
GREEN = "GENUINE_SALEABLE"
"""Verdict on the pack where all is well."""
SIGNED = (OLD["party"], "old note")


def handed_over(goods: Goods, epoch: int, entry: dict[str, Any], *signers: tuple[str, str]) -> dict[str, Any]:
    """A handover under a head of its own, signed by (party, name of the key)."""
    path, value = state.key_hash("consensus/set"), state.value_hash(codec.encode(entry))
    header = blocks.decode_header(codec.decode_base64(goods.bundles["active"]["genesis"]["header"]))
    root = statetree.root_of({path: value})
    changed = {name: getattr(header, name) for name in blocks.Header.__slots__} | {"height": 0, "state_root": root}
    data = blocks.Header(**changed).encode()
    head = Checkpoint(goods.ledger.head.origin, 1, merkle.leaf_hash(data))
    lines = tuple(notes.cosign(head.text, f"{head.origin}/{party}", signing_key(name), 1) for party, name in signers)
    return as_value(Handover(epoch, Certified(head, lines, data, ()), entry, statetree.Proof((), path + value)))


def coming(goods: Goods, epoch: int = 1) -> dict[str, Any]:
    """The entry that announces the present set."""
    change = {"epoch": epoch, "recorded": 0, "add": goods.anchors["early"]["members"], "remove": [OLD["party"]]}
    return {"epoch": epoch - 1, "from_height": 0, "members": [OLD], "next": change}


def handovers(goods: Goods) -> Iterator[Case]:
    """The cases."""
    make, entry = Maker(goods), coming(goods)
    good = handed_over(goods, 0, entry, SIGNED)
    earlier: dict[str, Any] = {"anchor": "early", "anchor_change": [put([OLD], "members")]}
    yield make.case("handover: from the set of the anchor to the present one", None, put([good], "handovers"), verdict=GREEN, **earlier)
    yield make.case("handover: none, where one is needed", "evidence.checkpoint.attesters", **earlier)
    yield make.case("handover: from before the anchor", None, put([good], "handovers"), verdict=GREEN, anchor="early",
                    anchor_change=[put(1, "epoch")])  # fmt: skip
    present = goods.anchors["early"]["members"]
    skipping = {"epoch": 3, "from_height": 0, "from_time": 0, "left": [], "members": present, "next": None}
    both = handed_over(goods, 0, skipping, SIGNED, (present[0]["party"], "note 0"))
    yield make.case("handover: over several epochs, signed by both sets", None, put([both], "handovers"), verdict=GREEN, **earlier)
    unchanged = handed_over(goods, 0, {**entry, "next": None}, SIGNED)
    swapped = {**unchanged, "set": entry, "proof": good["proof"]}
    for title, spoilt in (
        ("signed by nobody who counts", handed_over(goods, 0, entry, ("stranger", "old note"))),
        ("signed with another key", handed_over(goods, 0, entry, (OLD["party"], "stranger"))),
        ("of a set that does not change", unchanged),
        ("with a set and its proof of another state", swapped),
        ("with set, proof and header of another head", {**swapped, "header": good["header"]}),
        ("of a set that nobody has reached", handed_over(goods, 1, coming(goods, 2), SIGNED)),
        ("over several epochs, signed by one set", handed_over(goods, 0, skipping, SIGNED)),
        ("with another set than was proven", {**good, "set": coming(goods, 2)}),
        ("with a field more", {**good, "more": 1}),
        ("with a header that is none", {**good, "header": ""}),
        ("with a set that is none", handed_over(goods, 0, {"epoch": 1}, SIGNED, (present[0]["party"], "note 0"))),
    ):
        yield make.case(f"handover: {title}", "evidence.handover", put([spoilt], "handovers"), **earlier)
