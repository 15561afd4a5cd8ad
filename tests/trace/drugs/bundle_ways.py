"""Cases of packs whose events do not follow from one another (step 10)."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.trace.drugs.bundle_changes import Case
from tests.trace.drugs.bundle_goods import Goods
from tests.trace.drugs.bundle_maker import Maker
from tests.trace.drugs.forging import Forgery
from tests.trace.drugs.goods import difference, line
from tests.trace.world import BRIDGE, HILLSIDE, STATION

OTHER = "ab" * 32
"""Some hash."""
Forge = Callable[[Forgery], None]
"""What a forger does."""
BATCH, SHIP, RECEIVE, LOOSEN, NAME = "drugs.batch", "drugs.ship", "drugs.receive", "drugs.loosen", "drugs.name"


def ways(goods: Goods, second: Goods) -> Iterator[Case]:
    """The cases."""
    for name, title, forge in (*_resigned(), *_left_out(goods), *_shown()):
        yield Maker(goods, name).forged(f"way: {title}", "evidence.custody", forge, ask={"place": goods.places[name]})
    for name, title, kinds in (("factory", "made twice", (BATCH,)), ("undone", "undone twice", ("drugs.dispense", "drugs.undo"))):
        yield Maker(goods, name).forged(f"way: {title}", "evidence.history.head", _again(goods, name, *kinds))
    wrong = difference("damaged", "E", packs=[{"slot": 3, "tag": OTHER}])
    yield Maker(second, "found damaged").forged(
        "way: a counted pack received by another tag",
        "evidence.custody",
        lambda forged: forged.put_item(forged.number(RECEIVE), wrong, "corner/till"),  # in the history of the batch, which comes first
        ask={"place": second.places["found damaged"]},
    )


def _resigned() -> Iterator[tuple[str, str, Forge]]:
    """Bodies that say something else."""

    def saying(kind: str, signer: str, **body: Any) -> Forge:
        return lambda forged: forged.resign(forged.find(kind), signer, body=body)

    yield "refused", "another shipment refused", saying("drugs.refuse", "hillside/till", shipment=OTHER)
    yield "cancelled", "another shipment cancelled", saying("drugs.cancel", "north/desk", shipment=OTHER)
    yield "loose", "loosened elsewhere", saying(LOOSEN, "north/desk", site=BRIDGE)
    yield "loose", "loosened without it", saying(LOOSEN, "north/desk", ranges=[[0, 1]])
    yield "loose", "loosened of another batch", saying(LOOSEN, "north/desk", lot="A")
    yield "named_again", "named of another batch", saying(NAME, "hillside/till", lot="A")
    yield "sold", "sold elsewhere", saying("drugs.dispense", "bridge/till", site=STATION)
    yield "sold", "sold by another tag", saying("drugs.dispense", "bridge/till", tag=OTHER)
    yield "sold", "sold by another slot", saying("drugs.dispense", "bridge/till", slot=4)
    yield "sold", "sold of another batch", saying("drugs.dispense", "bridge/till", lot="B")
    yield "undone", "undone elsewhere", saying("drugs.undo", "bridge/till", site=HILLSIDE)
    yield "undone", "undone for another slot", saying("drugs.undo", "bridge/till", slot=4)
    yield "undone", "undone for another batch", saying("drugs.undo", "bridge/till", lot="B")
    yield "moving", "sent elsewhere than its shipment says", lambda forged: forged.change(_shipment(forged), to=BRIDGE)
    yield "moving", "sent from elsewhere than its shipment says", lambda forged: forged.change(_shipment(forged), **{"from": BRIDGE})
    yield "moving", "sent at another time than its shipment says", lambda forged: forged.change(_shipment(forged), since=1)


def _shipment(forged: Forgery) -> str:
    return next(key for key in forged.entries if key.startswith("shipment/"))


def _run(goods: Goods, name: str) -> str:
    return str(next(entry["key"] for entry in goods.bundles[name]["state"]["entries"] if entry["key"].startswith("run/")))


def _again(goods: Goods, name: str, *kinds: str) -> Forge:
    """Events of the pack that count a second time: no ledger carries a transaction twice."""
    run = _run(goods, name)
    return lambda forged: forged.repeat(run, *kinds)


def _left_out(goods: Goods) -> Iterator[tuple[str, str, Forge]]:
    """Events that are not there."""

    def kept(name: str, *kinds: str) -> Forge:
        run = _run(goods, name)
        return lambda forged: forged.keep(run, *kinds)

    yield "named_again", "named, and nobody loosened it", kept("named_again", BATCH, SHIP, RECEIVE, NAME)
    yield "undone", "undone, and nobody sold it", kept("undone", BATCH, "drugs.undo")
    yield "active", "received, and nobody sent it", kept("active", BATCH, RECEIVE)
    yield "active", "sent before it was made", kept("active", SHIP)
    yield "recalled_pack", "recalled before it was made", kept("recalled_pack", "drugs.recall")
    yield "cancelled", "cancelled, and nobody sent it", kept("cancelled", BATCH, "drugs.cancel")
    yield "refused", "refused, and nobody sent it", kept("refused", BATCH, "drugs.refuse")


def _shown() -> Iterator[tuple[str, str, Forge]]:
    """Items about something else."""

    def showing(kind: str, signer: str, item: Any) -> Forge:
        return lambda forged: forged.put_item(forged.find(kind), item, signer)

    yield "active", "received in a line without it", showing(RECEIVE, "bridge/till", line("A", (50, 60)))
    yield "active", "received in a line of another batch", showing(RECEIVE, "bridge/till", line("B", (0, 10)))
    yield "named_again", "named by another tag", showing(NAME, "hillside/till", {"t": "pack", "slot": 8, "tag": OTHER})
    yield "named_again", "named by another slot", showing(NAME, "hillside/till", {"t": "pack", "slot": 7, "tag": OTHER})
    yield "moving", "sent as a difference", showing(SHIP, "north/desk", difference("damaged", "A", (30, 40)))
