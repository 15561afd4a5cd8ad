"""Handovers: the browser's verifier goes from set to set as Python does, and refuses what Python refuses."""

from typing import Any

from chain import attesters, codec
from chain.node import Node
from tests.chain.test_handover import SECOND, changed, first_set, wrong_values
from tests.verify.node import ask

__all__ = ["changed"]

REFUSED = ("refused", "evidence.handover")


def test_handovers_are_followed_as_in_python(changed: Node) -> None:
    good = codec.decode(changed.handover(0) or b"")
    members: list[Any] = [dict(member) for member in first_set(changed).members]
    after = [dict(member) for member in attesters.entry(changed.final_view())["members"]]
    questions = [
        ["handovers", 0, changed.origin, members, []],
        ["handovers", 0, changed.origin, members, [good]],
        ["handovers", 1, changed.origin, after, [good]],  # one that lies before the anchor is passed over
        ["handovers", 0, "other/00", members, [good]],
        ["handovers", 0, changed.origin, [SECOND], [good]],
        *(["handovers", 0, changed.origin, members, [value]] for value in wrong_values(good).values()),
    ]
    assert ask(questions) == [members, after, after] + [REFUSED] * (len(questions) - 3)
