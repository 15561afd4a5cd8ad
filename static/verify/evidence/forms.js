/** The container of evidence: its form alone (PROTOCOL 8, step 0); the mirror of trace/drugs/bundle.py and chain/{evidenceforms,proof,disclosed}.py. */
import { fromBase64, hex, isHash, unhex } from "../bytes.js";
import { recode } from "../checkpoint.js";
import { decode as decodeJson, encode } from "../codec.js";
import { Refused, demand } from "../errors.js";
import { readEnvelope } from "../ledger.js";
import { leafHash, validateInclusion } from "../merkle.js";

const SIZE_LIMIT = 1_000_000;
const DEPTH_LIMIT = 12;
const HEADER_BYTES = 240;
const ENTRIES_LIMIT = 256;
const EVENTS_LIMIT = 1_000;
const LIST_LIMIT = 64;
const FIELDS = ["v", "code", "checkpoint", "head", "consistency", "handovers", "genesis", "state", "marks", "histories", "transactions"];

function expect(good, field, expected) {
  demand(good, "evidence.bundle.field", expected, "something else", field);
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The object, which has exactly these names. */
function fields(value, names, field) {
  const good = isObject(value) && Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
  if (!good) expect(false, field, `an object of ${names.join(", ")}`);
  return value;
}

function list(value, limit, field, least = 0) {
  expect(Array.isArray(value) && value.length >= least && value.length <= limit, field, `a list of ${least} to ${limit}`);
  return value;
}

function whole(value, field) {
  expect(Number.isInteger(value) && value >= 0, field, "a whole number from 0");
  return value;
}

function object(value, field) {
  expect(isObject(value), field, "an object");
  return value;
}

function string(value, limit, field) {
  const length = typeof value === "string" ? [...value].length : 0;
  expect(length >= 1 && length <= limit, field, `1 to ${limit} characters`);
  return value;
}

function bytes(value, field, size = null) {
  expect(typeof value === "string" && /^[A-Za-z0-9_-]*$/.test(value), field, "base64url");
  try {
    return fromBase64(value, size);
  } catch (error) {
    throw new Refused("evidence.bundle.field", error.expected, error.found, field);
  }
}

function hashes(value, field, limit = LIST_LIMIT) {
  const data = bytes(value, field);
  expect(data.length % 32 === 0 && data.length <= 32 * limit, field, `at most ${limit} hashes of 32 bytes`);
  return Array.from({ length: data.length / 32 }, (_, place) => data.subarray(32 * place, 32 * place + 32));
}

/** The bundle in bytes. Refuses `evidence.bundle.size`, `.canonical`, `.version`, `.field`, `evidence.event.envelope`, `.item`. */
export function decodeBundle(data) {
  demand(data.length <= SIZE_LIMIT, "evidence.bundle.size", `at most ${SIZE_LIMIT} bytes`, data.length);
  let value;
  try {
    value = decodeJson(data, DEPTH_LIMIT);
  } catch (error) {
    throw new Refused("evidence.bundle.canonical", error.expected, error.code ?? error.message);
  }
  expect(isObject(value) && Number.isInteger(value.v), "v", "an object with a version");
  demand(value.v === 1, "evidence.bundle.version", 1, value.v);
  return readBundle(fields(value, FIELDS, "bundle"));
}

function readBundle(value) {
  const head = fields(value.head, ["header", "path"], "head"), genesis = fields(value.genesis, ["header", "document"], "genesis");
  object(genesis.document, "genesis.document");
  return {
    code: string(value.code, 200, "code"),
    checkpoint: string(value.checkpoint, 65_536, "checkpoint"),
    header: bytes(head.header, "head.header", HEADER_BYTES),
    path: hashes(head.path, "head.path"),
    consistency: readConsistency(value.consistency),
    handovers: list(value.handovers, LIST_LIMIT, "handovers").map((each) => object(each, "handovers")),
    genesisHeader: bytes(genesis.header, "genesis.header", HEADER_BYTES),
    document: genesis.document,
    state: readState(value.state),
    marks: inOrder(list(value.marks, LIST_LIMIT, "marks").map(readMarks)),
    histories: readHistories(value.histories),
    transactions: readTransactions(value),
  };
}

/** Is it a string of ASCII characters? Others are in no key and no lot, and languages order them differently. */
function isAscii(value) {
  return typeof value === "string" && /^[\x00-\x7f]*$/.test(value);
}

/** Marks strictly ascending by lot, then part. */
function inOrder(marks) {
  const after = (left, right) => left.lot < right.lot || (left.lot === right.lot && left.part < right.part);
  expect(marks.every((each, place) => place === 0 || after(marks[place - 1], each)), "marks", "lots and parts in ascending order");
  return marks;
}

function readConsistency(value) {
  if (value === null) return null;
  fields(value, ["size", "path"], "consistency");
  expect(whole(value.size, "consistency") > 0, "consistency", "a size from 1");
  return { size: value.size, path: hashes(value.path, "consistency", 2 * LIST_LIMIT) };
}

function readState(value) {
  const { entries: listed, siblings, ends } = fields(value, ["entries", "siblings", "ends"], "state"), field = "state.entries";
  const entries = new Map();
  let last = "";
  for (const each of list(listed, ENTRIES_LIMIT, field, 1)) {
    const { key, value: found } = fields(each, ["key", "value"], field);
    expect(isAscii(key) && last < key, field, "keys in ascending order");
    expect(found === null || isObject(found), field, "an object or null as value");
    entries.set(key, found);
    last = key;
  }
  return {
    entries,
    siblings: hashes(siblings, "state.siblings", ENTRIES_LIMIT * 256),
    ends: list(ends, ENTRIES_LIMIT, "state.ends").map(readEnd),
  };
}

/** {depth}: the path's own entry stands there; {depth, record}: nothing (null) or another record. */
function readEnd(value) {
  if (Number.isInteger(value)) return { depth: whole(value, "state.ends") };
  const [depth, record] = list(value, 2, "state.ends", 2);
  return { depth: whole(depth, "state.ends"), record: record === null ? null : bytes(record, "state.ends", 64) };
}

function readMarks(value) {
  const { lot, part, leaves } = fields(value, ["lot", "part", "leaves"], "marks");
  expect(isAscii(lot), "marks.lot", "a lot");
  return { lot: string(lot, 20, "marks.lot"), part: whole(part, "marks.part"), leaves: list(leaves, 2, "marks.leaves", 1).map(readLeaf) };
}

function readLeaf(value) {
  const { index, leaf, path } = fields(value, ["index", "leaf", "path"], "marks.leaves");
  return { leaf: bytes(leaf, "marks.leaves", 36), index: whole(index, "marks.leaves"), path: hashes(path, "marks.leaves") };
}

function readHistories(value) {
  const found = new Map();
  let last = "";
  for (const each of list(value, ENTRIES_LIMIT, "histories")) {
    const { key, before, events } = fields(each, ["key", "before", "events"], "histories");
    expect(isAscii(key), "histories", "a state key");
    const history = { ...readBefore(before), events: list(events, EVENTS_LIMIT, "histories.events", 1).map(readHappening) };
    expect(last < key, "histories", "keys in ascending order");
    found.set(key, history);
    last = key;
  }
  return found;
}

function readBefore(value) {
  if (value === null) return { skipped: 0, head: "0".repeat(64) };
  const { n, head } = fields(value, ["n", "head"], "histories.before");
  expect(whole(n, "histories.before") > 0 && isHash(head), "histories.before", "a count from 1 and a head");
  return { skipped: n, head };
}

function readHappening(value) {
  const [what, height, time] = list(value, 3, "histories.events", 3);
  expect(Number.isInteger(what) || isHash(what), "histories.events", "a transaction's number or id");
  if (Number.isInteger(what)) whole(what, "histories.events");
  return { what, height: whole(height, "histories.events"), time: whole(time, "histories.events") };
}

/** The transactions; the histories mention each, in their order. */
function readTransactions(value) {
  const found = list(value.transactions, ENTRIES_LIMIT, "transactions").map(readTransaction), mentioned = new Set();
  for (const { events } of value.histories) for (const [what] of events) if (Number.isInteger(what)) mentioned.add(what);
  const inOrder = mentioned.size === found.length && [...mentioned].every((what, place) => what === place);
  expect(inOrder && new Set(found.map(({ id }) => hex(id))).size === found.length, "transactions", "in the order of first mention, each once");
  return found;
}

/** A transaction, its items under the root that it signs; its signatures are not checked yet. */
function readTransaction(value) {
  const { envelope, sigs, items } = fields(value, ["envelope", "sigs", "items"], "transactions");
  const signatures = list(sigs, 9, "transactions.sigs", 1).map((each) => bytes(each, "transactions.sigs", 64));
  const found = recode("evidence.event.envelope", () => readEnvelope(envelope)), signers = 1 + (envelope.with ?? []).length;
  demand(signatures.length === signers, "evidence.event.envelope", `${signers} signatures`, signatures.length);
  return { ...found, signatures, shown: readItems(items, envelope.items) };
}

function readItems(value, { n, root }) {
  const found = new Map();
  let last = -1;
  for (const each of list(value, LIST_LIMIT, "transactions.items")) {
    const { index, item, path } = fields(each, ["index", "item", "path"], "transactions.items");
    expect(whole(index, "transactions.items") > last, "transactions.items", "indexes in ascending order");
    object(item, "transactions.items");
    const way = hashes(path, "transactions.items");
    recode("evidence.event.item", () => validateInclusion(leafHash(encode(item)), index, n, way, unhex(root)));
    found.set(index, item);
    last = index;
  }
  return found;
}
