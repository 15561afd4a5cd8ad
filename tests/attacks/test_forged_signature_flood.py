"""The attacker sends ten thousand transactions that nobody signed, each another, to keep the machine busy. Three cost it the ear of the
node, and what was read in one go before that is bounded."""

from dataclasses import replace

from chain import exchange
from tests.attacks.peer import Stage, carrier


def test_few_signatures_are_verified(stage: Stage) -> None:
    item, before, verified = stage.evil.transaction(), stage.state(), stage.verified
    flood = [carrier(replace(item, signatures=(number.to_bytes(64, "little"),))) for number in range(10_000)]
    stage.send(*flood)
    assert stage.is_ignored and stage.verified - verified <= exchange.BATCH
    assert stage.state() == before
    stage.assert_calm()
