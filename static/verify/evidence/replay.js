/** What events make of an entry, as far as evidence reads it (PROTOCOL 8, steps 9 and 10); the mirror of trace/drugs/replay.py. */
import { hex } from "../bytes.js";
import { write } from "../codec.js";
import { Refused, demand } from "../errors.js";
import { stateKey } from "../statetree.js";
import { at } from "./proven.js";

export const ENTRY = "evidence.event.entry";
export const ENROLMENT = "evidence.event.enrolment";
const PRODUCT_FIELDS = ["names", "makers", "markets", "release", "joined", "shelf_months", "cn_id"];
const KEY_FIELDS = ["class", "scope", "from", "until", "label", "profession", "person", "seal"];
const LICENCE_LIMIT = 10;

/** Have two values the same canonical form? What is not there is null. */
export const isSame = (one, other) => write(one ?? null) === write(other ?? null);

/** Some fields of an object, each of which has to be there; with `loosely` null where it is not. */
export function pick(value, names, loosely = false) {
  return Object.fromEntries(names.map((name) => [name, loosely ? value[name] ?? null : at(value, name)]));
}

/** The entry has these fields, whatever it has besides. */
export function validateSame(entry, expected, code, key) {
  const wrong = Object.keys(expected).find((name) => !isSame(entry[name], expected[name]));
  demand(wrong === undefined, code, `${wrong} as its events made it`, "another", key);
}

function refusal(code, thing, item) {
  return new Refused(code, `an event of ${thing}`, `${item.kind} ${hex(item.id)}`);
}

const is = (item, kind, fields) => item.kind === kind && Object.entries(fields).every(([name, value]) => item.body[name] === value);
const isRecall = ({ kind }) => kind === "drugs.recall" || kind === "drugs.recall.close";

/** Recalls that stand after one more. */
export function numbersAfter(numbers, { kind, body }) {
  const number = at(body, "number");
  return kind === "drugs.recall" ? [...numbers, number] : numbers.filter((each) => each !== number);
}

export function productAfter(before, gtin, item) {
  if (!before && is(item, "drugs.product", { gtin })) return { ...pick(item.body, PRODUCT_FIELDS, true), recalls: [], withdrawn: [] };
  if (before && isRecall(item)) return { ...before, recalls: numbersAfter(before.recalls, item) };
  throw refusal(ENTRY, `product ${gtin}`, item);
}

/** A batch, but for maker, releases and status, which need the signers. */
export function batchAfter(before, { gtin, lot }, item, { time }) {
  const { body } = item;
  if (!before && is(item, "drugs.batch", { gtin, lot })) {
    const said = pick(body, ["site", "count", "expiry", "market"]), roots = [{ from: 0, to: body.count, root: at(body, "root") }];
    return { ...said, signer: item.by, roots, printed_expiry: body.expiry, recalls: [], since: time, sources: null };
  }
  if (before && isRecall(item)) return { ...before, recalls: numbersAfter(before.recalls, item) };
  if (before && ["drugs.release", "drugs.receive"].includes(item.kind)) return before;
  throw refusal(ENTRY, `batch ${gtin} ${lot}`, item);
}

export function recallAfter(before, key, item) {
  const { kind, body } = item, own = isRecall(item) && stateKey("recall", at(body, "number")) === key;
  if (own && !before && kind === "drugs.recall") return { ...pick(body, ["class", "depth", "markets"]), status: "open" };
  if (own && before && kind !== "drugs.recall") return { ...before, status: at(body, "outcome") };
  throw refusal(ENTRY, key, item);
}

/** A site as its newest event describes it; `country` where the event does not say. */
export function siteAfter(gln, item, country) {
  const { body } = item;
  if (is(item, "parties.site", { gln })) return { ...pick(body, ["party", "kind", "names", "region"]), country };
  const found = item.kind === "parties.enrol" ? at(body, "sites").find((each) => at(each, "gln") === gln) : undefined;
  if (found) return { party: at(body, "gln"), ...pick(found, ["kind", "names", "region"]), country: at(body, "country") };
  throw refusal(ENTRY, `site ${gln}`, item);
}

// --- who may sign ---

/** The key that a party, or a regulator, begins with. */
export function adminKey(party, seal, start, regulator) {
  const scope = { kinds: regulator ? ["parties.*", "drugs.*"] : ["parties.*"], sites: "all", daily: null };
  const fields = { party, class: "admin", scope, from: start, until: null, label: "admin", profession: null, person: null, seal };
  return { ...fields, revoked: null, compromised_since: null };
}

/** Has the body of an enrolment, or a party's entry, the role? */
export const isRegulator = (enrolled) => at(enrolled, "roles").some((each) => at(each, "role") === "regulator");

/** A key by its first event; `regulator`: was its party one then? */
export function keyBegun(text, party, [item, { time }], regulator) {
  const { body } = item;
  if (is(item, "parties.key", { public: text })) return { party, ...pick(body, KEY_FIELDS, true), revoked: null, compromised_since: null };
  if (is(item, "parties.enrol", { admin: text, gln: party })) return adminKey(party, at(body, "seal"), time, isRegulator(body));
  if (is(item, "parties.admin", { public: text, party })) return adminKey(party, at(body, "seal"), time, regulator);
  throw refusal(ENROLMENT, `key ${text}`, item);
}

/** A key after it was revoked, or its compromise dated back. */
export function keyAfter(before, text, item, { time }) {
  const { body } = item, { revoked, compromised_since: since, party } = before;
  if (is(item, "parties.revoke", { public: text })) {
    const moved = at(body, "compromised_since");
    if (revoked === null) return { ...before, revoked: { at: time, reason: at(body, "reason") }, compromised_since: moved };
    if (moved !== null && (since === null || moved < since)) return { ...before, compromised_since: moved };
  }
  if (is(item, "parties.admin", { party }) && revoked === null) return { ...before, revoked: { at: time, reason: "lost" } };
  throw refusal(ENROLMENT, `key ${text}`, item);
}

/** A party after one more event; `day`: the local day of it where the party is. */
export function partyAfter(before, gln, [item, { time }], day) {
  const { kind, body } = item;
  if (!before && is(item, "parties.enrol", { gln })) return { ...pick(body, ["names", "country", "roles"]), suspended: null };
  if (before && body.party === gln) {
    if (kind === "parties.licence") {
      return { ...before, roles: withLicence(before.roles, pick(body, ["role", "licence", "from", "until"]), day) };
    }
    if (kind === "parties.suspend" && before.suspended === null) {
      return { ...before, suspended: { since: time, ...pick(body, ["roles", "reason"]) } };
    }
    if (kind === "parties.reinstate") return { ...before, suspended: null };
  }
  throw refusal(ENROLMENT, `party ${gln}`, item);
}

/** The roles with a licence more; the interval that it continues is prolonged, the one that ended first gives way (DOMAIN 6). */
function withLicence(roles, given, day) {
  const reaches = ({ until }, other) => until === null || other <= until;
  const place = roles.findIndex((each) => each.role === given.role && each.licence === given.licence
    && reaches(each, given.from) && reaches(given, each.from));
  const merged = (each) => ({ ...given, from: [each.from, given.from].sort()[0] });
  if (place >= 0) return roles.map((each, number) => (number === place ? merged(each) : each));
  if (roles.length < LICENCE_LIMIT) return [...roles, given];
  const order = ({ until, from, role, licence }) => [until, from, role, licence].join("\0");
  const [oldest] = roles.filter(({ until }) => until !== null && until < day).sort((one, other) => (order(one) < order(other) ? -1 : 1));
  demand(oldest, ENROLMENT, "room for a licence", roles.length + 1);
  return [...roles.filter((each) => each !== oldest), given];
}
