"""Whether whoever signed an event might do so, by what evidence shows (PROTOCOL §8, step 9).

From the signature up: the key's entry and its first event; who signed that; up to the keys of the genesis document. Then what rows 7-11 of
DOMAIN §5 ask of the kind. What contradicts is Malformed `evidence.event.*`, what is not shown a Gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chain.disclosed import Disclosed
from chain.errors import Malformed
from chain.interfaces import Value
from chain.proof import Happening
from trace.drugs.kinds import KINDS
from trace.drugs.proven import Gap, Proven
from trace.kinds import Demand
from trace.market import day_in
from trace.parties import queries
from trace.parties.entries import LICENCE_LIMIT

_KEY_FIELDS = ("class", "scope", "from", "until", "label", "profession", "person", "seal")
"""What a key's entry and the body of its `parties.key` share."""


@dataclass(frozen=True, slots=True)
class Signers:
    """The signers of one bundle. Remembers whom it has found good."""

    proven: Proven
    """What is shown."""
    _enrolled: dict[str, str] = field(default_factory=dict)
    _visiting: set[str] = field(default_factory=set)

    @property
    def regulators(self) -> Mapping[str, Value]:
        """GLN -> regulator of the genesis document."""
        return {each["gln"]: each for each in self.proven.document["regulators"]}

    # --- enrolment ---

    def party_of(self, text: str) -> str:
        """GLN of the party that a key was enrolled for. Raises Malformed `evidence.event.key`, `.enrolment`, Gap."""
        if text not in self._enrolled:
            if text in self._visiting:
                raise Malformed("evidence.event.enrolment", "keys that do not enrol each other", text)
            self._visiting.add(text)
            self._enrolled[text] = self._enrolment(text)
        return self._enrolled[text]

    def _enrolment(self, text: str) -> str:
        entry = self.proven.need(queries.key_key(text))
        party = str(entry["party"])
        if not entry["history"]["n"]:
            if self.regulators.get(party, {}).get("admin") != text:
                raise Malformed("evidence.event.enrolment", "a key of the genesis document", text)
            return party
        item, event = self.proven.event(queries.key_key(text))
        body = item.body
        self._validate_then(item.by, event.time)
        if item.kind == "parties.key" and body.get("public") == text:
            if any(entry.get(name) != body.get(name) for name in _KEY_FIELDS):
                raise Malformed("evidence.event.enrolment", "the key's entry as it was enrolled", text)
            self._validate_admin(item.by, party)
        elif (item.kind, body.get("admin"), body.get("gln")) == ("parties.enrol", text, party):
            self._validate_regulator(item.by, str(body.get("country")))
        elif (item.kind, body.get("public"), body.get("party")) == ("parties.admin", text, party):
            self._validate_regulator(item.by, str(self.proven.need(queries.party_key(party))["country"]))
        else:
            raise Malformed("evidence.event.enrolment", f"the enrolment of {text}", item.kind)
        return party

    def _validate_then(self, text: str, time: int) -> None:
        """A key that enrols another was in force, as far as its entry is shown."""
        name = queries.key_key(text)
        if name in self.proven.entries and not queries.was_key_in_force(self.proven.need(name), time):
            raise Malformed("evidence.event.enrolment", f"a key in force at {time}", text)

    def _validate_admin(self, text: str, party: str) -> None:
        """The key is an admin of the party: by the genesis document, by the party's own enrolment, or enrolled as one."""
        if self.regulators.get(party, {}).get("admin") == text:
            return
        if queries.key_key(text) in self.proven.entries:
            entry = self.proven.need(queries.key_key(text))
            if (entry["class"], entry["party"]) != ("admin", party):
                raise Malformed("evidence.event.enrolment", f"an admin key of {party}", text)
            self.party_of(text)
        elif self.enrolment_of(party).get("admin") != text:
            raise Gap("evidence.event.missing", queries.key_key(text))

    def _validate_regulator(self, text: str, country: str) -> None:
        """The key is that of a regulator of the country."""
        if any(each["admin"] == text and country in each["markets"] for each in self.regulators.values()):
            return
        party = self.party_of(text)
        if country in self.regulators.get(party, {}).get("markets", ()):
            return
        market = self.proven.need(f"market/{country}")
        if party not in market["regulators"]:
            raise Malformed("evidence.event.enrolment", f"a regulator of {country}", text)

    def enrolment_of(self, party: str) -> Value:
        """Body of the party's `parties.enrol`; of a regulator of the genesis document, its part there. Raises as `party_of`."""
        entry = self.proven.need(queries.party_key(party))
        if not entry["history"]["n"]:
            if party not in self.regulators:
                raise Malformed("evidence.event.enrolment", "a party of the genesis document", party)
            return self.regulators[party]
        item, _ = self.proven.event(queries.party_key(party))
        if (item.kind, item.body.get("gln")) != ("parties.enrol", party):
            raise Malformed("evidence.event.enrolment", f"the enrolment of {party}", item.kind)
        self._validate_regulator(item.by, str(item.body.get("country")))
        return item.body

    def owns(self, party: str, site: str) -> bool:
        """Is the site one of the party's, by its enrolment or by the site's entry? Raises Gap where neither is shown."""
        if any(each["gln"] == site for each in self.enrolment_of(party).get("sites", ())):
            return True
        entry = self.proven.need(queries.site_key(site))
        return bool(entry["party"] == party)

    # --- one event ---

    def validate(self, item: Disclosed, event: Happening, site: str | None) -> str:
        """The key and its party might sign this event at its block time; `site`: where it happened. Returns the party's GLN.

        Raises Malformed `evidence.event.key`, `.role`, `.enrolment`, Gap.
        """
        party = self.party_of(item.by)
        self.enrolment_of(party)
        key = self.proven.need(queries.key_key(item.by))
        demand = KINDS[item.kind].demand
        if not queries.was_key_in_force(key, event.time):
            raise Malformed("evidence.event.key", f"a key in force at {event.time}", item.by)
        if not queries.is_in_scope(item.kind, key["scope"]) or (site is not None and not queries.is_site_in_scope(site, key["scope"])):
            raise Malformed("evidence.event.key", f"{item.kind} at {site} in the key's scope", item.by)
        self._validate_role(party, demand, event.time)
        return party

    def _validate_role(self, gln: str, demand: Demand, time: int) -> None:
        party = self.proven.need(queries.party_key(gln))
        suspended = () if demand.while_suspended else queries.suspended_roles(party, time)
        if suspended and queries.is_suspended(party, time):
            raise Malformed("evidence.event.role", "a party that is not suspended", gln)
        if not demand.roles:
            return
        self.proven.need(f"market/{party['country']}")
        day = day_in(self.proven, party["country"], time)
        usable: list[dict[str, Any]] = [each for each in party["roles"] if each["role"] in demand.roles and each["role"] not in suspended]
        if any(queries.licence_in_force(each, day) for each in usable):
            return
        if len(party["roles"]) >= LICENCE_LIMIT:  # an older licence may have given way
            raise Gap("evidence.event.missing", f"the roles of {gln} on {day}")
        raise Malformed("evidence.event.role", "one of " + ", ".join(demand.roles) + f" on {day}", gln)
