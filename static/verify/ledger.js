/** What the ledger's bytes are: headers, envelopes, histories (PROTOCOL 3-5). */
import { Reader, concat, hex, isBase64, isHash, number } from "./bytes.js";
import { encode, write } from "./codec.js";
import { demand } from "./errors.js";
import { isKeyText } from "./keys.js";
import { domain, sha256 } from "./sha256.js";

/** Bytes of a header. */
export const HEADER_BYTES = 240;
const MAGIC = "50685472";
const TRANSACTION = domain("tx/v1");
const HISTORY = domain("history/v1");
const ENVELOPE_LIMIT = 8 * 1024;
const COSIGNER_LIMIT = 8;
const ITEM_COUNT_LIMIT = 2_000;
const KIND = /^[a-z]+(\.[a-z_]+){1,3}$/;

/** The header in 240 bytes. Refuses `block.header`, or `block.format`, `.suite`, `.channel` for an unknown world. */
export function decodeHeader(data) {
  demand(data.length === HEADER_BYTES, "block.header", `${HEADER_BYTES} bytes`, data.length);
  const reader = new Reader(data, "block.header");
  const magic = hex(reader.take(4)), format = reader.number(1), suite = reader.number(1);
  const rules = reader.number(2), channel = reader.number(2), zero = reader.number(2), count = reader.number(4);
  demand(magic === MAGIC && zero === 0 && hex(data.subarray(228, 232)) === "00000000", "block.header", "magic PhTr and zero padding", magic);
  for (const [name, found, expected] of [["format", format, 1], ["suite", suite, 1], ["channel", channel, 0]]) {
    demand(found === expected, `block.${name}`, expected, found, name);
  }
  const height = reader.number(8, Infinity), time = reader.number(8, Infinity); // inexact beyond 2^53, which no checkpoint reaches
  const [previous, transactions, state, history, sections, miner] = Array.from({ length: 6 }, () => reader.take(32));
  return { rules, count, height, time, previous, transactions, state, history, sections, miner, id: sha256(data) };
}

/** One step of a history: SHA-256(`history/v1` 00 | head | i | height | time | transaction id). */
export function advance(head, place, { height, time, id }) {
  return sha256(HISTORY, head, number(place, 8), number(height, 8), number(time, 8), id);
}

/** An envelope (an object) with `id` and the signed `message`. Refuses `chain.tx.size`, `.field`, `codec.*`. */
export function readEnvelope(envelope) {
  validateFields(envelope);
  const body = encode(envelope);
  demand(body.length <= ENVELOPE_LIMIT, "chain.tx.size", `an envelope of at most ${ENVELOPE_LIMIT} bytes`, body.length);
  const message = concat(TRANSACTION, body);
  return { envelope, id: sha256(message), message, kind: envelope.kind, by: envelope.by, body: envelope.body };
}

const FIELDS = ["at", "body", "by", "chain", "items", "kind", "salt", "seq", "until", "v"];
const isNatural = (value) => Number.isSafeInteger(value) && value >= 0;
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function validateFields(fields) {
  demand(isObject(fields), "chain.tx.field", "an object", "another type", "envelope");
  const names = Object.keys(fields).filter((name) => name !== "with");
  const wrong = [...FIELDS.filter((name) => !names.includes(name)), ...names.filter((name) => !FIELDS.includes(name))].sort();
  demand(!wrong.length, "chain.tx.field", "exactly the envelope's fields", wrong[0], wrong[0]);
  const checks = {
    v: fields.v === 1,
    chain: isHash(fields.chain),
    kind: typeof fields.kind === "string" && fields.kind.length <= 64 && KIND.test(fields.kind),
    by: isKeyText(fields.by),
    with: !("with" in fields) || areCosigners(fields.with, fields.by),
    seq: isNatural(fields.seq),
    at: isNatural(fields.at),
    until: isNatural(fields.until),
    salt: isBase64(fields.salt, 16),
    items: isItems(fields.items),
    body: isObject(fields.body),
  };
  for (const [name, good] of Object.entries(checks)) demand(good, "chain.tx.field", "as PROTOCOL 3 says", write(fields[name] ?? null), name);
}

function areCosigners(value, by) {
  if (!Array.isArray(value) || !value.length || value.length > COSIGNER_LIMIT) return false;
  return value.every(isKeyText) && !value.includes(by) && new Set(value).size === value.length;
}

function isItems(value) {
  return isObject(value) && Object.keys(value).sort().join() === "n,root" && isNatural(value.n) && value.n <= ITEM_COUNT_LIMIT && isHash(value.root);
}
