/** Whether whoever signed an event might do so, up to the keys of the genesis document (PROTOCOL 8, step 9); the mirror of trace/drugs/signers.py. */
import { Refused, demand } from "../errors.js";
import { stateKey } from "../statetree.js";
import { localDay } from "../verdict/case.js";
import { at } from "./proven.js";
import { ENROLMENT, adminKey, isRegulator, keyAfter, keyBegun, partyAfter, validateSame } from "./replay.js";

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
const DEFAULTS = { offset_minutes: 0, custody: "batch", undo_days: 10, fresh_minutes: { dispense: 15, trade: 60, consumer: 1440 } };
const inScope = (kind, { scope }) => [kind, `${kind.split(".")[0]}.*`].some((each) => at(scope, "kinds").includes(each));

/** The signers of one bundle; remembers whom it has found good. */
export class Signers {
  constructor(proven) {
    this.proven = proven;
    const { regulators, markets } = proven.document;
    this.regulators = new Map(regulators.map((each) => [at(each, "gln"), each]));
    this.markets = new Map(markets.map((each) => [at(each, "code"), { ...DEFAULTS, ...each }]));
    this.enrolled = new Map();
    this.visiting = new Set();
    this.parties = new Map();
  }

  refuse(expected, found) {
    throw new Refused(ENROLMENT, expected, found);
  }

  keyOf(text) {
    return this.proven.need(stateKey("key", text));
  }

  /** GLN of the party that a key was enrolled for; its entry is what its events make of it. */
  partyOf(text) {
    if (!this.enrolled.has(text)) {
      if (this.visiting.has(text)) this.refuse("keys that do not enrol each other", text);
      this.visiting.add(text);
      this.enrolled.set(text, this.enrolment(text));
    }
    return this.enrolled.get(text);
  }

  enrolment(text) {
    const key = stateKey("key", text), entry = this.keyOf(text), { party } = entry, events = this.proven.events(key);
    if (!events.length) {
      const regulator = this.regulators.get(party);
      if (regulator?.admin !== text) this.refuse("a key of the genesis document", text);
      validateSame(entry, adminKey(party, regulator.seal, this.proven.document.start, true), ENROLMENT, key);
      return party;
    }
    const [[item, event], ...later] = events, { kind, body } = item;
    let value = keyBegun(text, party, events[0], kind === "parties.admin" && isRegulator(this.partyAt(party, event.time)));
    for (const [next, happening] of later) value = keyAfter(value, text, next, happening);
    validateSame(entry, value, ENROLMENT, key);
    if (kind === "parties.key") this.validateAdmin(item, event, party);
    else this.validateRegulator(item, event, kind === "parties.enrol" ? at(body, "country") : this.proven.need(stateKey("party", party)).country);
    return party;
  }

  /** [party, entry] of the signing key, which was in force for this event. */
  acting({ kind, by }, { time }) {
    const party = this.partyOf(by), key = this.keyOf(by);
    if (!wasInForce(key, time) || !inScope(kind, key)) this.refuse(`a key that might sign ${kind} at ${time}`, by);
    return [party, key];
  }

  /** An admin key of the party, which was not suspended, signed it. */
  validateAdmin(item, event, gln) {
    const [party, key] = this.acting(item, event), good = key.class === "admin" && party === gln;
    if (!good || isSuspended(this.partyAt(gln, event.time), event.time)) this.refuse(`an admin key of ${gln}, not suspended`, item.by);
  }

  /** A regulator of the country signed it. */
  validateRegulator(item, event, country) {
    if (!this.isRegulatorOf(this.acting(item, event)[0], country)) this.refuse(`a regulator of ${country}`, item.by);
  }

  /** Do the document or the market's entry name the party? */
  isRegulatorOf(gln, country) {
    if (this.regulators.get(gln)?.markets.includes(country)) return true;
    return at(this.proven.need(stateKey("market", country)), "regulators").includes(gln);
  }

  /** Party -> entry of a key of it that signed or co-signed and was in force. */
  handsOf({ by, envelope }, { time }) {
    const found = new Map();
    for (const text of [by, ...(envelope.with ?? [])]) {
      const key = this.proven.get(stateKey("key", text));
      if (key !== null && wasInForce(key, time)) found.set(this.partyOf(text), key);
    }
    return found;
  }

  /** Body of the party's `parties.enrol`; of a regulator of the genesis document, its part there. */
  enrolmentOf(gln) {
    const [first] = this.proven.events(stateKey("party", gln));
    if (!first && !this.regulators.has(gln)) this.refuse("a party of the genesis document", gln);
    return first ? first[0].body : this.regulators.get(gln);
  }

  /** A party after its events up to a block time; its entry is what all of them make of it. */
  partyAt(gln, time) {
    if (!this.parties.has(gln)) this.parties.set(gln, this.party(gln));
    const found = this.parties.get(gln).findLast(([since]) => since <= time);
    demand(found, "evidence.event.role", `a party at ${time}`, gln);
    return found[1];
  }

  party(gln) {
    const key = stateKey("party", gln), entry = this.proven.need(key), events = this.proven.events(key);
    const found = events.length ? [] : [this.founded(gln)];
    for (const [item, event] of events) {
      const before = found.at(-1)?.[1], country = before ? before.country : at(item.body, "country");
      const value = partyAfter(before, gln, [item, event], this.day(country, event.time));
      if (item.kind !== "parties.suspend") this.validateRegulator(item, event, country); // anybody's suspension only makes it worse
      found.push([event.time, value]);
    }
    validateSame(entry, found.at(-1)[1], ENROLMENT, key);
    return found;
  }

  /** A regulator of the genesis document as a party. */
  founded(gln) {
    const { names, markets: [country] } = this.enrolmentOf(gln), { start } = this.proven.document;
    const role = { role: "regulator", licence: "genesis", from: this.day(country, start), until: null };
    return [start, { names, country, roles: [role], suspended: null }];
  }

  /** Local day of a market of the genesis document. */
  day(country, time) {
    return localDay(time, at(this.markets.get(country), "offset_minutes"));
  }

  /** Is the site one of the party's, by its enrolment or by the site's entry? */
  owns(party, site) {
    if ((this.enrolmentOf(party).sites ?? []).some((each) => at(each, "gln") === site)) return true;
    return this.proven.need(stateKey("site", site)).party === party;
  }

  /** The key and its party might sign this event at its block time, at this site (or null). Returns the party's GLN. */
  validate({ kind, by }, { time }, site) {
    const party = this.partyOf(by), standing = this.partyAt(party, time), key = this.keyOf(by), code = "evidence.event.key";
    demand(wasInForce(key, time), code, `a key in force at ${time}`, by);
    const inSites = site === null || at(key.scope, "sites") === "all" || key.scope.sites.includes(site);
    demand(inScope(kind, key) && inSites, code, `${kind} at ${site} in the key's scope`, by);
    this.validateRole(party, standing, at(DEMANDS, kind), time);
    return party;
  }

  validateRole(gln, party, [words, whileSuspended], time) {
    const code = "evidence.event.role", roles = words.split(" ").filter(Boolean);
    demand(whileSuspended || !isSuspended(party, time), code, "a party that is not suspended", gln);
    const stopped = !whileSuspended && party.suspended !== null && time > party.suspended.since ? party.suspended.roles : [];
    const day = this.day(party.country, time), usable = party.roles.filter(({ role }) => roles.includes(role) && !stopped.includes(role));
    const good = usable.some((each) => at(each, "from") <= day && (at(each, "until") === null || day <= each.until));
    demand(good || !roles.length, code, `one of ${words} on ${day}`, gln);
  }
}

const isSuspended = ({ suspended }, time) => suspended !== null && suspended.roles === null && time > suspended.since;

function wasInForce({ from, until, revoked }, time) {
  return from <= time && (until === null || time < until) && (revoked === null || time <= at(revoked, "at"));
}
