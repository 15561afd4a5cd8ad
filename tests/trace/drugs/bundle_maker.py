"""Cases over one bundle: changed on its way, or signed by attesters who lie."""

from collections.abc import Callable
from typing import Any

from chain import codec
from tests.trace.drugs.bundle_changes import Case, Change, difference
from tests.trace.drugs.bundle_goods import Goods
from tests.trace.drugs.forging import Forgery
from tests.trace.world import BRIDGE

REFUSED = "LEDGER_INCONSISTENT"
"""Verdict over evidence that is refused."""
AGE = "PROOF_STALE"
"""Verdict over evidence whose age is too great or not known."""
HERE = {"viewer": "pharmacy", "place": BRIDGE}
"""A pharmacist at the counter."""


class Maker:
    """Cases over one bundle, asked by a pharmacist at the counter."""

    def __init__(self, goods: Goods, name: str = "active") -> None:
        self.goods, self.name, self.value = goods, name, goods.bundles[name]

    def case(self, title: str, code: str | None, *change: Change, verdict: str = REFUSED, **changed: Any) -> Case:
        """A changed bundle."""
        ask = self.goods.ask(self.name, **{**HERE, **changed.pop("ask", {})})
        return Case(title, self.name, ask, verdict, code, change=change, **{"anchor": self.goods.pinned, **changed})

    def forged(self, title: str, code: str | None, forge: Callable[[Forgery], None], **changed: Any) -> Case:
        """A bundle that lying attesters have signed."""
        forgery = Forgery(self.goods.ledger, self.value)
        forge(forgery)
        return self.case(title, code, *difference(self.value, forgery.value()), anchor=self.goods.early, **changed)

    def at(self, key: str) -> int:
        """Number of an entry."""
        return next(number for number, entry in enumerate(self.value["state"]["entries"]) if entry["key"] == key)

    def history(self, key: str) -> int:
        """Number of a history."""
        return next(number for number, entry in enumerate(self.value["histories"]) if entry["key"] == key)


def flip(text: str, place: int = 0) -> str:
    """base64url of the same length with another byte."""
    data = bytearray(codec.decode_base64(text))
    data[place] ^= 1
    return codec.encode_base64(bytes(data))
