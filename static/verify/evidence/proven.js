/** What evidence has shown so far, read like a state that may not answer (PROTOCOL 8, steps 6-10); the mirror of trace/drugs/proven.py and chain/proof.py. */
import { compare, concat, hex, unhex } from "../bytes.js";
import { recode } from "../checkpoint.js";
import { encode } from "../codec.js";
import { Refused, demand } from "../errors.js";
import { advance } from "../ledger.js";
import { keyHash, validateAll, valueHash } from "../statetree.js";

const VALUE_LIMIT = 4096;

/** Something that the evidence does not show: no refusal, but what needs it stays unknown. */
export class Gap extends Error {
  constructor(code, what) {
    super(`${code}: ${what}`);
    this.code = code;
    this.what = what;
  }
}

/** A field that must be there; throws TypeError, which refuses the evidence, where it is not. */
export function at(value, name) {
  if (value === null || value === undefined || !Object.hasOwn(value, name)) throw new TypeError(`no ${name}`);
  return value[name];
}

/** A bundle whose head, state and histories were found good. */
export class Proven {
  constructor(bundle, chain, head) {
    const { document, histories, transactions, marks } = bundle;
    Object.assign(this, { chain, head, document, entries: bundle.state.entries, histories, transactions, marks, gaps: [] });
  }

  /** The entry, or null where it is proven absent. */
  get(key) {
    if (!this.entries.has(key)) throw new Gap("evidence.state.missing", key);
    return this.entries.get(key);
  }

  /** An entry that must be there for what is shown to make sense. */
  need(key) {
    const found = this.get(key);
    demand(found !== null, "evidence.event.key", `an entry ${key}`, "none");
    return found;
  }

  /** [key, entry] of the greatest shown entry up to `key` in a folder; another may lie nearer, which the run's end tells. */
  floor(prefix, key) {
    const shown = [...this.entries].filter(([name, value]) => value !== null && name.startsWith(prefix) && name <= key);
    if (!shown.length) throw new Gap("evidence.state.missing", key);
    return shown.at(-1);
  }

  /** The whole history of a thing. */
  history(key) {
    const found = this.histories.get(key);
    if (found === undefined || found.skipped !== 0) throw new Gap("evidence.history.missing", key);
    return found;
  }

  /** [transaction, happening] of an event of a whole history that must be shown. */
  event(key, number = 0) {
    const happening = this.history(key).events[number];
    if (!Number.isInteger(happening.what)) throw new Gap("evidence.event.missing", `${key} ${number + 1}`);
    return [this.transactions[happening.what], happening];
  }

  /** [transaction, happening] of all events of a thing, each shown; none of one that the genesis document founded. */
  events(key) {
    if (!at(at(this.need(key), "history"), "n")) return [];
    return this.history(key).events.map((_, number) => this.event(key, number));
  }

  /** The answer, or null with the gap noted. */
  attempt(ask) {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof Gap)) throw error;
      this.gaps.push(error);
      return null;
    }
  }
}

// --- step 6 ---

/** Every entry is in the tree under `root`, or is not; refuses `evidence.state.value`, `.proof`. */
export function validateState({ entries, siblings, ends }, root) {
  const expected = [...entries].map(([key, value]) => [keyHash(key), value === null ? null : hashOf(key, value)]);
  expected.sort((one, other) => compare(one[0], other[0]));
  recode("evidence.state.proof", () => validateAll({ siblings, ends: wholeEnds(ends, expected) }, root, expected));
  for (const [key, value] of entries) validateShape(key, value);
}

function hashOf(key, value) {
  const body = recode("evidence.state.value", () => encode(value));
  demand(body.length <= VALUE_LIMIT, "evidence.state.value", `at most ${VALUE_LIMIT} bytes`, body.length, key);
  return valueHash(body);
}

/** The ends with what follows from the entries: each end is that of the next paths that share its way. */
function wholeEnds(ends, expected) {
  let place = 0;
  return ends.map(({ depth, record }) => {
    demand(place < expected.length && depth <= 256, "evidence.state.proof", "an end for each way", "more, or one too deep");
    let stop = place + 1;
    while (stop < expected.length && sharedBits(expected[place][0], expected[stop][0]) >= depth) stop++;
    const own = expected.slice(place, stop).filter(([, value]) => value !== null);
    place = stop;
    if (record !== undefined) return [depth, record];
    demand(own.length === 1, "evidence.state.proof", "one entry at the end of a way", own.length);
    return [depth, concat(...own[0])];
  });
}

function sharedBits(left, right) {
  const place = left.findIndex((byte, number) => byte !== right[number]);
  return place < 0 ? 256 : 8 * place + Math.clz32(left[place] ^ right[place]) - 24;
}

const T = { s: "string", i: "number", l: "list", o: "object" };
const SHAPES = {
  product: "owner:s makers:l names:o markets:l release:l joined:s shelf_months:i? recalls:l withdrawn:l",
  batch: "maker:s site:s signer:s count:i roots:l expiry:s printed_expiry:s market:s status:s releases:l recalls:l loose_missing:i since:i",
  run: "end:i state:s site:s? shipment:s? box:s? block:o? recalls:l receipts:l units_left:i? since:i attempts:i",
  stock: "named:i loose:i",
  shipment: "from:s to:s since:i",
  recall: "class:i depth:s markets:l status:s",
  party: "names:o country:s roles:l suspended:o?",
  site: "party:s kind:s names:o region:s country:s",
  key: "party:s class:s scope:o from:i until:i? revoked:o? compromised_since:i?",
  market: "offset_minutes:i custody:s undo_days:i fresh_minutes:o",
  prefix: "holders:l",
  cnid: "gtin:s",
};

const typeOf = (value) => (value === null ? "null" : Array.isArray(value) ? "list" : typeof value);

function validateShape(key, value) {
  const kind = key.split("/")[0];
  if (value === null || !Object.hasOwn(SHAPES, kind)) return;
  const good = SHAPES[kind].split(" ").every((word) => {
    const [name, [type, optional]] = word.split(":"), found = Object.hasOwn(value, name) ? typeOf(value[name]) : "none";
    return found === T[type] || (optional === "?" && found === "null");
  });
  demand(good, "evidence.state.value", "the fields of its kind", Object.keys(value).join(), key);
}

// --- step 8 ---

/** Every history leads to the count and head of its entry, and times belong to heights; refuses `evidence.history.*`. */
export function validateHistories({ histories, transactions, state }, head) {
  for (const [key, history] of histories) {
    const entry = state.entries.get(key) ?? null;
    demand(entry !== null, "evidence.history.entry", `an entry ${key}`, "none");
    validateHistory(history, transactions, entry);
  }
  validateTimes([...histories.values()].flatMap(({ events }) => events), head);
}

function validateHistory({ skipped, head: start, events }, transactions, { history: named }) {
  let head = unhex(start), number = skipped;
  const counted = new Set();
  const rises = events.every(({ height }, place) => place === 0 || height >= events[place - 1].height);
  demand(rises, "evidence.history.head", "heights that never fall", "others");
  for (const { what, height, time } of events) {
    const shown = Number.isInteger(what);
    demand(!shown || what < transactions.length, "evidence.bundle.field", `a number below ${transactions.length}`, what, "histories.events");
    const id = shown ? transactions[what].id : unhex(what);
    counted.add(hex(id));
    head = advance(head, ++number, { height, time, id });
  }
  demand(counted.size === events.length, "evidence.history.head", "a transaction once", "one twice");
  demand(named?.n === number && named?.head === hex(head), "evidence.history.head", `${number} events to ${hex(head)}`, "another head");
}

function validateTimes(events, head) {
  const times = new Map([[head.height, head.time]]), places = new Map(), code = "evidence.history.head";
  for (const { what, height, time } of events) {
    if (!places.has(what)) places.set(what, height);
    demand(places.get(what) === height, code, `height ${places.get(what)} of a transaction`, height);
    if (!times.has(height)) times.set(height, time);
    demand(times.get(height) === time, code, `time ${times.get(height)} at height ${height}`, time);
  }
  const rows = [...times].sort((one, other) => one[0] - other[0]);
  const rising = rows.every(([, time], place) => place === 0 || time > rows[place - 1][1]);
  if (rows.at(-1)[0] > head.height || !rising) throw new Refused(code, "times that rise with the heights, up to the head", "others");
}

