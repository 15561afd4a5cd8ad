/** Whether whoever signed an event might do so, up to the keys of the genesis document (PROTOCOL 8, step 9); the mirror of trace/drugs/signers.py. */
import { Refused, demand } from "../errors.js";
import { stateKey } from "../statetree.js";
import { localDay } from "../verdict/case.js";
import { Gap, at } from "./proven.js";

const KEY_FIELDS = ["class", "scope", "from", "until", "label", "profession", "person", "seal"];
const LICENCE_LIMIT = 10;
const HOLDERS = "mah manufacturer importer repackager distributor carrier pharmacy hospital disposal laboratory";
/** Kind -> [roles of which the signer's party has to hold one (none named: any party), may a suspended party sign it]. */
export const DEMANDS = {
  "drugs.product": ["mah importer repackager", false],
  "drugs.batch": ["manufacturer importer repackager", false],
  "drugs.release": ["mah importer repackager manufacturer regulator", false],
  "drugs.ship": [HOLDERS, false],
  "drugs.cancel": ["", false],
  "drugs.receive": ["", true],
  "drugs.refuse": ["", true],
  "drugs.return": ["", true],
  "drugs.loosen": [HOLDERS, false],
  "drugs.name": [HOLDERS, false],
  "drugs.dispense": ["pharmacy hospital", false],
  "drugs.undo": ["", false],
  "drugs.recall": ["", false],
  "drugs.recall.close": ["", false],
};
const sameValue = (one, other) => one === other || JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value ?? null;
  return Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, each]) => [name, sorted(each)]);
}

/** The signers of one bundle; remembers whom it has found good. */
export class Signers {
  constructor(proven) {
    this.proven = proven;
    this.regulators = new Map(proven.document.regulators.map((each) => [at(each, "gln"), each]));
    this.enrolled = new Map();
    this.visiting = new Set();
  }

  refuse(expected, found) {
    throw new Refused("evidence.event.enrolment", expected, found);
  }

  /** GLN of the party that a key was enrolled for. */
  partyOf(text) {
    if (!this.enrolled.has(text)) {
      if (this.visiting.has(text)) this.refuse("keys that do not enrol each other", text);
      this.visiting.add(text);
      this.enrolled.set(text, this.enrolment(text));
    }
    return this.enrolled.get(text);
  }

  enrolment(text) {
    const key = stateKey("key", text), entry = this.proven.need(key), party = entry.party;
    if (!at(at(entry, "history"), "n")) {
      if (this.regulators.get(party)?.admin !== text) this.refuse("a key of the genesis document", text);
      return party;
    }
    const [{ kind, by, body }, { time }] = this.proven.event(key);
    this.validateThen(by, time);
    if (kind === "parties.key" && body.public === text) {
      if (!KEY_FIELDS.every((name) => sameValue(entry[name], body[name]))) this.refuse("the key's entry as it was enrolled", text);
      this.validateAdmin(by, party);
    } else if (kind === "parties.enrol" && body.admin === text && body.gln === party) {
      this.validateRegulator(by, String(body.country));
    } else if (kind === "parties.admin" && body.public === text && body.party === party) {
      this.validateRegulator(by, this.proven.need(stateKey("party", party)).country);
    } else this.refuse(`the enrolment of ${text}`, kind);
    return party;
  }

  /** A key that enrols another was in force, as far as its entry is shown. */
  validateThen(text, time) {
    const key = stateKey("key", text);
    if (this.proven.entries.has(key) && !wasInForce(this.proven.need(key), time)) this.refuse(`a key in force at ${time}`, text);
  }

  /** The key is an admin of the party: by the genesis document, by the party's own enrolment, or enrolled as one. */
  validateAdmin(text, party) {
    if (this.regulators.get(party)?.admin === text) return;
    const key = stateKey("key", text);
    if (this.proven.entries.has(key)) {
      const entry = this.proven.need(key);
      if (entry.class !== "admin" || entry.party !== party) this.refuse(`an admin key of ${party}`, text);
      this.partyOf(text);
    } else if (this.enrolmentOf(party).admin !== text) throw new Gap("evidence.event.missing", key);
  }

  /** The key is that of a regulator of the country. */
  validateRegulator(text, country) {
    const named = [...this.regulators.values()];
    if (named.some((each) => at(each, "admin") === text && at(each, "markets").includes(country))) return;
    const party = this.partyOf(text);
    if (this.regulators.get(party)?.markets?.includes(country)) return;
    const market = this.proven.need(stateKey("market", country));
    if (!at(market, "regulators").includes(party)) this.refuse(`a regulator of ${country}`, text);
  }

  /** Body of the party's `parties.enrol`; of a regulator of the genesis document, its part there. */
  enrolmentOf(party) {
    const key = stateKey("party", party), entry = this.proven.need(key);
    if (!at(at(entry, "history"), "n")) {
      if (!this.regulators.has(party)) this.refuse("a party of the genesis document", party);
      return this.regulators.get(party);
    }
    const [{ kind, by, body }] = this.proven.event(key);
    if (kind !== "parties.enrol" || body.gln !== party) this.refuse(`the enrolment of ${party}`, kind);
    this.validateRegulator(by, String(body.country));
    return body;
  }

  /** Is the site one of the party's, by its enrolment or by the site's entry? */
  owns(party, site) {
    if ((this.enrolmentOf(party).sites ?? []).some((each) => at(each, "gln") === site)) return true;
    return this.proven.need(stateKey("site", site)).party === party;
  }

  /** The key and its party might sign this event at its block time, at this site (or null). Returns the party's GLN. */
  validate({ kind, by }, { time }, site) {
    const party = this.partyOf(by);
    this.enrolmentOf(party);
    const key = this.proven.need(stateKey("key", by)), scope = key.scope, [roles, whileSuspended] = at(DEMANDS, kind);
    demand(wasInForce(key, time), "evidence.event.key", `a key in force at ${time}`, by);
    const kinds = at(scope, "kinds"), inKinds = kinds.includes(kind) || kinds.includes(`${kind.split(".")[0]}.*`);
    const inSites = site === null || at(scope, "sites") === "all" || scope.sites.includes(site);
    demand(inKinds && inSites, "evidence.event.key", `${kind} at ${site} in the key's scope`, by);
    this.validateRole(party, roles.split(" ").filter(Boolean), whileSuspended, time);
    return party;
  }

  validateRole(gln, roles, whileSuspended, time) {
    const party = this.proven.need(stateKey("party", gln)), code = "evidence.event.role";
    const stands = !whileSuspended && party.suspended !== null && time > at(party.suspended, "since");
    const suspended = stands ? at(party.suspended, "roles") : [];
    demand(suspended !== null, code, "a party that is not suspended", gln);
    if (!roles.length) return;
    const day = localDay(time, this.proven.need(stateKey("market", party.country)).offset_minutes);
    const usable = party.roles.filter(({ role }) => roles.includes(role) && !suspended.includes(role));
    if (usable.some((each) => at(each, "from") <= day && (at(each, "until") === null || day <= each.until))) return;
    if (party.roles.length >= LICENCE_LIMIT) throw new Gap("evidence.event.missing", `the roles of ${gln} on ${day}`);
    throw new Refused(code, `one of ${roles.join(", ")} on ${day}`, gln);
  }
}

function wasInForce({ from, until, revoked }, time) {
  return from <= time && (until === null || time < until) && (revoked === null || time <= at(revoked, "at"));
}
