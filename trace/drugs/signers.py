"""Whether whoever signed an event might do so, by what evidence shows (PROTOCOL §8, step 9).

From the signature up: the key's entry and all its events; who enrolled it; up to the keys of the genesis document. Then what rows 7-11 of
DOMAIN §5 ask of the kind. What contradicts is Malformed `evidence.event.*`, what is not shown a Gap.
"""

from dataclasses import dataclass, field
from functools import cached_property

from chain.disclosed import Disclosed
from chain.errors import Malformed
from chain.interfaces import Value
from chain.proof import Happening
from trace.drugs import replay
from trace.drugs.kinds import KINDS
from trace.drugs.proven import Proven
from trace.drugs.replay import ENROLMENT, Fields, validate_same
from trace.kinds import Demand
from trace.market import complete, local_day, market_key
from trace.parties import queries
from trace.parties.founding import founded_role


@dataclass
class Signers:
    """The signers of one bundle. Remembers whom it has found good."""

    proven: Proven
    """What is shown."""
    _enrolled: dict[str, str] = field(default_factory=dict)
    _visiting: set[str] = field(default_factory=set)
    _parties: dict[str, list[tuple[int, Fields]]] = field(default_factory=dict)

    @cached_property
    def regulators(self) -> dict[str, Value]:
        """GLN -> regulator of the genesis document."""
        return {each["gln"]: each for each in self.proven.document["regulators"]}

    @cached_property
    def markets(self) -> dict[str, Value]:
        """Code -> parameters of a market of the genesis document: no kind of these rules changes them."""
        return {each["code"]: complete(each) for each in self.proven.document["markets"]}

    # --- keys ---

    def party_of(self, text: str) -> str:
        """GLN of the party that a key was enrolled for; its entry is what its events make of it.

        Raises Malformed `evidence.event.key`, `.enrolment`, Gap.
        """
        if text not in self._enrolled:
            if text in self._visiting:
                raise Malformed(ENROLMENT, "keys that do not enrol each other", text)
            self._visiting.add(text)
            self._enrolled[text] = self._enrolment(text)
        return self._enrolled[text]

    def _enrolment(self, text: str) -> str:
        key = queries.key_key(text)
        entry, events = self.proven.need(key), self.proven.events(key)
        party = str(entry["party"])
        if not events:
            regulator = self.regulators.get(party, {})
            expected = replay.admin_key(party, regulator.get("seal"), self.proven.document["start"], regulator=True)
            if regulator.get("admin") != text:
                raise Malformed(ENROLMENT, "a key of the genesis document", text)
            validate_same(entry, expected, ENROLMENT, key)
            return party
        item, event = events[0]
        was_regulator = item.kind == "parties.admin" and replay.is_regulator(self.party_at(party, event.time))
        value = replay.key_begun(text, party, events[0], regulator=was_regulator)
        for later, happening in events[1:]:
            value = replay.key_after(value, text, later, happening)
        validate_same(entry, value, ENROLMENT, key)
        if item.kind == "parties.key":
            self.validate_admin(item, event, party)
        else:
            self.validate_regulator(item, event, item.body["country"] if item.kind == "parties.enrol" else self._country_of(party))
        return party

    def _country_of(self, gln: str) -> str:
        return str(self.proven.need(queries.party_key(gln))["country"])

    def _acting(self, item: Disclosed, event: Happening, text: str) -> tuple[str, Value]:
        """(party, entry) of a key that was in force for this event. Raises Malformed `evidence.event.enrolment`."""
        party, key = self.party_of(text), self.proven.need(queries.key_key(text))
        if not queries.was_key_in_force(key, event.time) or not queries.is_in_scope(item.kind, key["scope"]):
            raise Malformed(ENROLMENT, f"a key that might sign {item.kind} at {event.time}", text)
        return party, key

    def validate_admin(self, item: Disclosed, event: Happening, gln: str) -> None:
        """An admin key of the party signed it. Raises as `party_of`."""
        party, key = self._acting(item, event, item.by)
        if (key["class"], party) != ("admin", gln) or queries.is_suspended(self.party_at(gln, event.time), event.time):
            raise Malformed(ENROLMENT, f"an admin key of {gln}, not suspended", item.by)

    def validate_regulator(self, item: Disclosed, event: Happening, country: str) -> None:
        """A regulator of the country signed it. Raises as `party_of`."""
        party, _ = self._acting(item, event, item.by)
        if not self.is_regulator(party, country):
            raise Malformed(ENROLMENT, f"a regulator of {country}", item.by)

    def is_regulator(self, gln: str, country: str) -> bool:
        """Do the document or the market's entry name the party? Raises Gap where neither is shown."""
        if country in self.regulators.get(gln, {}).get("markets", ()):
            return True
        return gln in self.proven.need(market_key(country))["regulators"]

    def hand_of(self, item: Disclosed, event: Happening) -> dict[str, Value]:
        """Party -> entry of a key of it that signed or co-signed and was in force; other co-signatures count for nobody (DOMAIN §5)."""
        found = {}
        for text in (item.by, *item.envelope.get("with", ())):
            key = self.proven.get(queries.key_key(text))
            if key is not None and queries.was_key_in_force(key, event.time):
                found[self.party_of(text)] = key
        return found

    # --- parties ---

    def enrolment_of(self, gln: str) -> Value:
        """Body of the party's `parties.enrol`; of a regulator of the genesis document, its part there. Raises as `party_of`."""
        events = self.proven.events(queries.party_key(gln))
        if not events and gln not in self.regulators:
            raise Malformed(ENROLMENT, "a party of the genesis document", gln)
        return events[0][0].body if events else self.regulators[gln]

    def party_at(self, gln: str, time: int) -> Fields:
        """A party after its events up to a block time; its entry is what all of them make of it. Raises as `party_of`."""
        if gln not in self._parties:
            self._parties[gln] = self._party(gln)
        past = [value for since, value in self._parties[gln] if since <= time]
        if not past:
            raise Malformed("evidence.event.role", f"a party at {time}", gln)
        return past[-1]

    def _party(self, gln: str) -> list[tuple[int, Fields]]:
        key = queries.party_key(gln)
        entry, events = self.proven.need(key), self.proven.events(key)
        found = [] if events else [self._founded(gln)]
        for item, event in events:
            country = str(found[-1][1]["country"] if found else item.body["country"])
            value = replay.party_after(found[-1][1] if found else None, gln, (item, event), self.day(country, event.time))
            if item.kind != "parties.suspend":  # anybody's suspension only makes it worse
                self.validate_regulator(item, event, country)
            found.append((event.time, value))
        validate_same(entry, found[-1][1], ENROLMENT, key)
        return found

    def _founded(self, gln: str) -> tuple[int, Fields]:
        """A regulator of the genesis document as a party."""
        regulator, start = self.enrolment_of(gln), int(self.proven.document["start"])
        country = regulator["markets"][0]
        roles = [founded_role(self.day(country, start))]
        return start, {"names": regulator["names"], "country": country, "roles": roles, "suspended": None}

    def day(self, country: str, time: int) -> str:
        """Local day of a market of the genesis document."""
        return local_day(time, self.markets[country]["offset_minutes"])

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
        standing = self.party_at(party, event.time)
        key = self.proven.need(queries.key_key(item.by))
        if not queries.was_key_in_force(key, event.time):
            raise Malformed("evidence.event.key", f"a key in force at {event.time}", item.by)
        if not queries.is_in_scope(item.kind, key["scope"]) or (site is not None and not queries.is_site_in_scope(site, key["scope"])):
            raise Malformed("evidence.event.key", f"{item.kind} at {site} in the key's scope", item.by)
        self._validate_role(party, standing, KINDS[item.kind].demand, event.time)
        return party

    def _validate_role(self, gln: str, party: Value, demand: Demand, time: int) -> None:
        suspended = () if demand.while_suspended else queries.suspended_roles(party, time)
        if suspended and queries.is_suspended(party, time):
            raise Malformed("evidence.event.role", "a party that is not suspended", gln)
        day = self.day(party["country"], time)
        usable = [each for each in party["roles"] if each["role"] in demand.roles and each["role"] not in suspended]
        if demand.roles and not any(queries.licence_in_force(each, day) for each in usable):
            raise Malformed("evidence.event.role", "one of " + ", ".join(demand.roles) + f" on {day}", gln)
