"""Entries beside product, batch and pack that a verdict reads: recalls, sites, markets, Chinese identifiers (PROTOCOL §8, step 9).

Each that is shown is what its signed events, or the genesis document, made of it.
"""

from dataclasses import dataclass

from chain.disclosed import Disclosed
from chain.errors import Malformed
from chain.proof import Happening
from trace.drugs import entries, replay
from trace.drugs.proven import Gap, Proven
from trace.drugs.replay import ENTRY, Fields, validate_same
from trace.drugs.signers import Signers

WARDS = ("ward", "theatre")
"""Kinds of sites that a hospital's admin opens itself."""

_PARAMETERS = ("offset_minutes", "custody", "undo_days", "fresh_minutes")
"""Parameters of a market that a verdict reads."""


@dataclass(frozen=True, slots=True)
class Things:
    """The other entries of one bundle."""

    proven: Proven
    """What is shown."""
    signers: Signers
    """Who may sign."""

    def validate(self) -> None:
        """All of them, by key. Raises Malformed `evidence.event.*`, Gap."""
        judges = {"recall": self._recall, "site": self._site, "market": self._market, "cnid": self._identifier}
        for key, value in self.proven.entries.items():
            kind, _, name = key.partition("/")
            if value is not None and kind in judges:
                validate_same(value, judges[kind](name, key), ENTRY, key)

    def _recall(self, _: str, key: str) -> Fields:
        value: Fields | None = None
        for item, _event in self.proven.events(key):
            value = replay.recall_after(value, key, item)
        return value or {"status": None}

    def _identifier(self, number: str, key: str) -> Fields:
        gtin = self.proven.need(key)["gtin"]
        product = self.proven.need(entries.product_key(gtin))
        return {"gtin": gtin if product.get("cn_id") == number else None}

    def _site(self, gln: str, key: str) -> Fields:
        events, country = self.proven.events(key), self.proven.need(key)["country"]
        if not events:
            return self._founded(gln)
        for item, event in events:
            found = replay.site_after(gln, item, country)
            if not (item.kind == "parties.site" and self._is_own(item, event, found)):
                self.signers.validate_regulator(item, event, found["country"])
        return found

    def _is_own(self, item: Disclosed, event: Happening, site: Fields) -> bool:
        """A ward or theatre that a hospital's admin described."""
        key = self.signers.hand_of(item, event).get(site["party"])
        return key is not None and key["class"] == "admin" and site["kind"] in WARDS

    def _founded(self, gln: str) -> Fields:
        """A site of a regulator of the genesis document."""
        for regulator in self.proven.document["regulators"]:
            for site in regulator.get("sites", ()):
                if site["gln"] == gln:
                    named = {name: site[name] for name in ("kind", "names", "region")}
                    return {"party": regulator["gln"], "country": regulator["markets"][0], **named}
        raise Malformed(ENTRY, "a site of the genesis document", gln)

    def _market(self, code: str, key: str) -> Fields:
        """The document's parameters; its regulators, and those whom all of these made one."""
        if code not in self.signers.markets:
            raise Malformed(ENTRY, "a market of the genesis document", code)
        first = [gln for gln, each in self.signers.regulators.items() if code in each["markets"]]
        listed = list(first)
        for item, event in self.proven.events(key):
            hands = self.signers.hand_of(item, event)
            if any(hands.get(gln, {}).get("class") != "admin" for gln in first):
                raise Gap("evidence.event.missing", f"signatures of all regulators of {code}")
            listed.append(item.body["gln"] if item.kind == "parties.enrol" else item.body["party"])
        return {**{name: self.signers.markets[code][name] for name in _PARAMETERS}, "regulators": listed}
