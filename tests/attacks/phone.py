"""A phone that holds an anchor, and evidence that somebody tampers with before it arrives."""

from collections.abc import Callable
from typing import Any

from chain import codec
from tests.trace.drugs.bundle_changes import Change, apply_changes
from tests.trace.drugs.bundle_goods import Goods
from tests.trace.drugs.forging import Forgery
from tests.trace.world import BRIDGE
from trace.drugs.checking import check
from trace.drugs.outcome import Outcome, Question

Forge = Callable[[Forgery], None]
"""What attesters who lie change."""


class Phone:
    """Judges evidence of a market, at the counter of a shop unless told."""

    def __init__(self, goods: Goods) -> None:
        self.goods = goods
        self.anchor: Any = goods.anchors["one"]

    def judge(self, name: str, *changes: Change, **ask: Any) -> Outcome:
        """Evidence that was changed on its way."""
        return self.judge_bytes(codec.encode(apply_changes(self.goods.bundles[name], changes), 40), name, **ask)

    def judge_bytes(self, data: bytes, name: str, **ask: Any) -> Outcome:
        """Whatever arrives, where evidence of that name was asked for."""
        asked = self.goods.ask(name, **{"viewer": "pharmacy", "place": BRIDGE, **ask})
        return check(data, self.anchor, Question(**asked))

    def judge_forged(self, name: str, forge: Forge, **ask: Any) -> Outcome:
        """Evidence whose head attesters have signed who lie; the anchor is older than that head."""
        forgery = Forgery(self.goods.ledger, self.goods.bundles[name])
        forge(forgery)
        self.anchor = self.goods.anchors["early"]
        return self.judge_bytes(codec.encode(forgery.value(), 12), name, **ask)

    def assert_green(self, name: str) -> None:
        """Untouched, the evidence is good and the pack may be sold."""
        outcome = self.judge(name)
        assert (outcome.verdict.light, outcome.refusal) == ("green", None)


def assert_refused(outcome: Outcome, code: str, step: int) -> None:
    """The evidence is refused under a code at a step, in red, and nothing is said about the pack."""
    refusal = outcome.refusal
    assert refusal is not None and (refusal.code, refusal.number) == (code, step)
    assert (outcome.verdict.code, outcome.verdict.light) == ("LEDGER_INCONSISTENT", "red")
    assert not outcome.assurance.signed and outcome.checkpoint is None
