"""Evidence of another ledger with the same names, founded by the attacker."""

from chain import codec
from tests.attacks.phone import Phone, assert_refused
from tests.trace.drugs.bundle_changes import put
from tests.trace.drugs.goods import product_body
from tests.trace.drugs.ledgers import OneLedger, code, founding, make_ledger
from tests.trace.world import BRIDGE


def other_ledger() -> OneLedger:
    """The same parties on a ledger that began a second later."""
    ledger = make_ledger(document={**founding(), "start": founding()["start"] + 1})
    ledger.trade.do("drugs.product", product_body(), "maker/line")
    ledger.keep("A", 100)
    ledger.trade.commission("A", 100)
    ledger.settle()
    return ledger


def test_it_is_of_another_chain(phone: Phone) -> None:
    data = other_ledger().bundle(code("A", 4), BRIDGE)
    assert_refused(phone.judge_bytes(data, "active"), "evidence.genesis.chain", 1)


def test_its_parts_do_not_pass_for_ours(phone: Phone) -> None:
    value = codec.decode(other_ledger().bundle(code("A", 4), BRIDGE), 12)
    outcome = phone.judge("active", put(value["checkpoint"], "checkpoint"), put(value["head"], "head"), put(value["state"], "state"))
    assert_refused(outcome, "evidence.checkpoint.origin", 3)
