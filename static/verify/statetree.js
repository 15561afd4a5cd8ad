/** What the state tree holds and does not hold at several keys, by one proof (PROTOCOL 5); the mirror of chain/statetree.py. */
import { compare, concat, fromBase64, hex, same, utf8 } from "./bytes.js";
import { Refused, demand } from "./errors.js";
import { domain, sha256 } from "./sha256.js";

const CODE = "statetree.proof";
const EMPTY = new Uint8Array(32);
const LEAF = Uint8Array.of(2);
const NODE = Uint8Array.of(3);
const DEPTH_LIMIT = 256;
const KEY = domain("statekey/v1");
const VALUE = domain("statevalue/v1");

/** A state key: parts percent-encoded outside `A-Z a-z 0-9 - . _ ~`, numbers as eight digits, joined by `/`. */
export function stateKey(...parts) {
  const one = (part) => (typeof part === "number" ? String(part).padStart(8, "0") : encodeURIComponent(part).replace(/[!'()*]/g, escape));
  return parts.map(one).join("/");
}

const escape = (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;

/** Path of an entry: SHA-256(`statekey/v1` 00 key). */
export function keyHash(key) {
  return sha256(KEY, utf8(key));
}

/** Hash of an entry's canonical bytes. */
export function valueHash(value) {
  return sha256(VALUE, value);
}

/** The proof in a decoded JSON value, `{siblings, ends: [[depth, record or null], ...]}`. */
export function parseMultiproof(value) {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  demand(isObject && Object.keys(value).sort().join() === "ends,siblings", CODE, "an object of ends and siblings", typeof value);
  demand(Array.isArray(value.ends), CODE, "a list of ends", typeof value.ends, "ends");
  const data = bytesOf(value.siblings);
  demand(data.length % 32 === 0, CODE, "hashes of 32 bytes", `${data.length} bytes`, "siblings");
  const siblings = Array.from({ length: data.length / 32 }, (_, place) => data.subarray(32 * place, 32 * place + 32));
  return { siblings, ends: value.ends.map(parseEnd) };
}

function parseEnd(end) {
  demand(Array.isArray(end) && end.length === 2 && Number.isInteger(end[0]), CODE, "[depth, record]", "another", "ends");
  const record = end[1] === null ? null : bytesOf(end[1]);
  demand(record === null || record.length === 64, CODE, "a record of 64 bytes", record?.length, "end");
  return [end[0], record];
}

function bytesOf(text) {
  demand(typeof text === "string", CODE, "base64url", typeof text);
  try {
    return fromBase64(text);
  } catch (error) {
    throw new Refused(CODE, error.expected, error.found);
  }
}

/** Under `root` every [path, value hash or null for absence] of `expected` holds; refuses `statetree.proof`. */
export function validateAll(proof, root, expected) {
  demand(expected.length && expected.every(([path]) => path.length === 32), CODE, "paths of 32 bytes", `${expected.length} paths`);
  const ways = [...expected].sort((one, other) => compare(one[0], other[0]));
  const walk = new Walk(proof);
  const [found] = fold(walk, ways, 0);
  demand(walk.isUsed(), CODE, "nothing beside the ways", "unused hashes");
  demand(same(found, root), CODE, `root ${hex(root)}`, hex(found));
}

/** What the walk has not used yet. */
class Walk {
  constructor({ siblings, ends }) {
    Object.assign(this, { siblings, ends, sibling: 0, end: 0 });
  }

  isUsed() {
    return this.sibling === this.siblings.length && this.end === this.ends.length;
  }

  /** The record (or null) where the ways end at this depth; undefined where they go on. */
  endAt(depth) {
    const next = this.ends[this.end];
    if (!next || depth > next[0] || next[0] > DEPTH_LIMIT) throw new Refused(CODE, `an end at a depth of ${depth} .. 256`, next?.[0]);
    if (next[0] > depth) return undefined;
    this.end++;
    return next[1];
  }

  nextSibling() {
    demand(this.sibling < this.siblings.length, CODE, "one more hash", "none");
    return this.siblings[this.sibling++];
  }
}

const goesRight = (path, depth) => (path[depth >> 3] & (0x80 >> (depth & 7))) !== 0;

/** [hash of the subtree at `depth`, whether it is known to have at most one entry]. */
function fold(walk, ways, depth) {
  const record = walk.endAt(depth);
  if (record !== undefined) {
    for (const way of ways) validateEnd(record, way, depth);
    return [record === null ? EMPTY : sha256(LEAF, record), true];
  }
  const right = ways.findIndex(([path]) => goesRight(path, depth));
  const place = right < 0 ? ways.length : right;
  const beside = place === 0 || place === ways.length ? walk.nextSibling() : EMPTY;
  const outside = [beside, same(beside, EMPTY)];
  const [left, leftSmall] = place > 0 ? fold(walk, ways.slice(0, place), depth + 1) : outside;
  const [rightHash, rightSmall] = place < ways.length ? fold(walk, ways.slice(place), depth + 1) : outside;
  const lone = leftSmall && rightSmall && (same(left, EMPTY) || same(rightHash, EMPTY));
  demand(!lone, CODE, "a node of at least two entries", "an empty last sibling");
  return [sha256(NODE, left, rightHash), false];
}

/** What stands at the end is what is claimed: the value, or nothing, or another entry on the same way. */
function validateEnd(record, [path, value], depth) {
  const good = value !== null
    ? record !== null && same(record, concat(path, value))
    : record === null || (!same(record.subarray(0, 32), path) && isSameWay(record, path, depth));
  demand(good, CODE, value === null ? "absence" : `value ${hex(value)}`, record === null ? "nothing" : hex(record));
}

function isSameWay(record, path, depth) {
  const whole = depth >> 3, rest = depth & 7;
  for (let place = 0; place < whole; place++) if (record[place] !== path[place]) return false;
  return rest === 0 || (record[whole] ^ path[whole]) >> (8 - rest) === 0;
}
