"""The attacker sells one pack twice: in one block, in two blocks one after the other, or at two tills that reach different nodes, so that
each sale stands in a branch of its own. One sale counts, everywhere the same one; the other is refused and says so."""

import pytest

from tests.attacks.market import MarketStage
from tests.attacks.peer import carrier, travelling
from tests.sim.market import LOT
from tests.trace.drugs.goods import GTIN
from trace.drugs.entries import batch_name

SOLD_ALREADY = "drugs.pack.dispensed_here"


@pytest.fixture
def stage() -> MarketStage:
    return MarketStage()


def test_twice_in_one_block_is_refused(stage: MarketStage) -> None:
    items = [stage.team.sale(0), stage.team.sale(0)]
    before = stage.state()
    assert stage.send(("block", travelling(stage.evil.forge(items=items)))) == {SOLD_ALREADY: 1}
    assert stage.is_ignored and stage.state() == before
    stage.assert_calm()


def test_what_is_sold_already_is_refused(stage: MarketStage) -> None:
    stage.node.submit([stage.team.sale(0)])
    stage.team.run(4)
    stage.evil.follow()
    again = stage.team.sale(0)
    assert stage.send(carrier(again)) == {SOLD_ALREADY: 1}
    assert stage.send(("block", travelling(stage.evil.forge(items=[again])))) == {SOLD_ALREADY: 1}
    stage.assert_calm()


def test_of_two_branches_one_counts_and_everywhere_the_same(stage: MarketStage) -> None:
    sales = [stage.team.sale(0), stage.team.sale(0)]
    twins = [stage.evil.forge(items=[sale]) for sale in sales]
    for number in range(2):
        stage.evil.say(("block", travelling(twins[number])), to=f"n{number}")
    stage.team.settle()
    stage.assert_calm(points=2)  # each side passes on the sale that the other has to refuse
    for node in stage.team.nodes.values():
        run = node.final_view().get(f"{batch_name(GTIN, LOT).run_folder}{0:08d}")
        assert run is not None and run["state"] == "dispensed"
        assert sum(node.transaction(sale.id) is not None for sale in sales) == 1
