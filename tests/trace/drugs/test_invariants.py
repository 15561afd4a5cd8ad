"""The invariants notice every way in which a state can be wrong (DOMAIN §3, I1-I5)."""

from collections.abc import Callable
from typing import Any

import pytest

from chain.errors import Fault
from tests.trace.drugs.goods import Trade, line, loose
from tests.trace.world import BRIDGE, HILLSIDE, NORTH
from trace.drugs.entries import line_key, shipment_key
from trace.drugs.invariants import validate_invariants
from trace.parties.occupancy import occupancy_key


def ruin(founded_trade: Trade, change: Callable[[Trade], None]) -> Fault:
    """What is found when one thing is changed; the state was right before."""
    trade = founded_trade.copy()
    trade.ship((NORTH, BRIDGE), line("A", (60, 70)), loose("L", 5))
    validate_invariants(trade.world.view)
    change(trade)
    with pytest.raises(Fault) as caught:
        validate_invariants(trade.world.view)
    return caught.value


def run(slot: int, **changed: Any) -> Callable[[Trade], None]:
    return lambda trade: trade.change_run("A", slot, **changed)


def entry(find: Callable[[Trade], str], **changed: Any) -> Callable[[Trade], None]:
    return lambda trade: trade.change(find(trade), **changed)


def shipment(trade: Trade) -> str:
    return str(trade.run("A", 60)["shipment"])


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("drugs.invariant.runs", run(40, end=59)),
        ("drugs.invariant.runs", run(40, end=61)),
        ("drugs.invariant.runs", run(120, end=199)),
        ("drugs.invariant.runs", entry(lambda trade: trade.name_of("A").batch_key, count=201)),
        ("drugs.invariant.loose", entry(lambda trade: trade.name_of("L").stock_key(HILLSIDE), loose=21)),
        ("drugs.invariant.loose", entry(lambda trade: trade.name_of("L").batch_key, loose_missing=1)),
        ("drugs.invariant.loose", entry(lambda trade: line_key(shipment(trade), 1), loose=4)),
        ("drugs.invariant.stock", run(0, site=NORTH)),
        ("drugs.invariant.stock", run(0, state="dispensed")),
        ("drugs.invariant.stock", entry(lambda trade: trade.name_of("A").stock_key(BRIDGE), named=41)),
        ("drugs.invariant.moving", run(60, shipment="00" * 32)),
        ("drugs.invariant.moving", run(120, state="moving")),
        ("drugs.invariant.moving", entry(lambda trade: shipment_key(shipment(trade)), open=14)),
        ("drugs.invariant.moving", entry(lambda trade: shipment_key(shipment(trade)), status="closed")),
        ("drugs.invariant.moving", entry(lambda trade: line_key(shipment(trade), 0), ranges=[[61, 70]])),
        ("drugs.invariant.tally", entry(lambda trade: trade.name_of("A").tally_key, moving=9)),
        ("drugs.invariant.tally", entry(lambda trade: trade.name_of("A").tally_key, ended={"stolen": 1})),
        ("drugs.invariant.tally", entry(lambda trade: trade.name_of("A").tally_key, count=199)),
        ("drugs.invariant.occupancy", entry(lambda trade: occupancy_key(BRIDGE), batches=3)),
        ("drugs.invariant.occupancy", entry(lambda trade: occupancy_key(NORTH), shipments=0)),
    ],
)
def test_every_wrong_state_is_found(founded_trade: Trade, code: str, change: Callable[[Trade], None]) -> None:
    assert ruin(founded_trade, change).code == code


def test_a_site_never_holds_less_than_nothing(founded_trade: Trade) -> None:
    def change(trade: Trade) -> None:
        name = trade.name_of("L")
        trade.change(name.stock_key(HILLSIDE), loose=-1)
        trade.change(name.stock_key(BRIDGE), loose=51)

    assert ruin(founded_trade, change).code == "drugs.invariant.loose"


def test_the_fault_names_batch_and_slot(founded_trade: Trade) -> None:
    found = ruin(founded_trade, run(60, shipment=None))
    assert "slot 60" in found.expected and "/A" in found.expected
