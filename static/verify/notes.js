/** Signed notes and their keys (C2SP signed-note, tlog-cosignature; PROTOCOL 7); the mirror of chain/notes.py. */
import { fromBase64, hex, same, text as textOf, utf8 } from "./bytes.js";
import { Refused, demand } from "./errors.js";
import { encodingProblem, keyText, verify } from "./keys.js";
import { sha256 } from "./sha256.js";

/** Signature types: over the text; over the text and a time in seconds before it. */
export const ED25519 = 1, COSIGNATURE = 4;
const NOTE_LIMIT = 64 * 1024;
const LINES_LIMIT = 64;
const BODY_BYTES = { [ED25519]: 64, [COSIGNATURE]: 72 };
const DASH = "\u2014 ";
const NAME = /^[!-*,-~]{1,255}$/;
const KEY_TEXT = /^([!-*,-~]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/;
const CONTROL = /[\x00-\x09\x0b-\x1f]/;

/** The bytes of a standard base64 text that re-encodes to itself; refuses with `code`. */
export function fromPadded(source, code) {
  const good = source.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(source);
  demand(good, code, "base64 with padding", source.slice(0, 60));
  try {
    return fromBase64(source.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""));
  } catch {
    throw new Refused(code, "base64 with padding, spelt as it re-encodes", source.slice(0, 60));
  }
}

/** A public key under the name by which notes show it, with its id of 4 bytes. */
export function noteKey(name, kind, key) {
  return { name, kind, key, id: sha256(utf8(name), Uint8Array.of(10, kind), key).subarray(0, 4) };
}

/** Name, type, and a canonical key of large order; refuses `note.key`. */
export function validateKey({ name, kind, key }) {
  demand(NAME.test(name), "note.key", "a name of printable ASCII without space and plus", name);
  demand(kind in BODY_BYTES, "note.key", "signature type 1 or 4", kind);
  const problem = key.length === 32 ? encodingProblem(key) : "another length";
  demand(problem === null, "note.key", "a canonical Ed25519 key of large order", problem);
}

/** The key of a `vkey` text; refuses `note.key`. */
export function parseKey(source) {
  const match = KEY_TEXT.exec(source);
  demand(match, "note.key", "name+id+base64", source.slice(0, 80));
  const data = fromPadded(match[3], "note.key"), found = noteKey(match[1], data[0], data.subarray(1));
  validateKey(found);
  demand(hex(found.id) === match[2], "note.key", `id ${hex(found.id)}`, match[2]);
  return { ...found, vkey: source };
}

/** {text, lines: [{name, id, body}]} of a note's bytes, nothing verified; refuses `note.size`, `.text`, `.line`. */
export function parseNote(data) {
  demand(data.length <= NOTE_LIMIT, "note.size", `at most ${NOTE_LIMIT} bytes`, data.length);
  let whole;
  try {
    whole = textOf(data);
  } catch {
    throw new Refused("note.text", "UTF-8", "other bytes");
  }
  demand(!CONTROL.test(whole), "note.text", "no control characters but newlines", "one");
  const gap = whole.lastIndexOf("\n\n");
  demand(gap >= 0, "note.text", "a text, a blank line and signature lines", "no blank line");
  return { text: whole.slice(0, gap + 1), lines: parseLines(whole.slice(gap + 2)) };
}

function parseLines(rest) {
  demand(rest.endsWith("\n"), "note.line", "a newline at the end", "none");
  const rows = rest.slice(0, -1).split("\n");
  demand(rows.length <= LINES_LIMIT, "note.line", `at most ${LINES_LIMIT} lines`, rows.length);
  return rows.map(parseLine);
}

function parseLine(row) {
  const gap = row.indexOf(" ", DASH.length), name = row.slice(DASH.length, gap);
  demand(row.startsWith(DASH) && gap >= 0 && NAME.test(name), "note.line", "an em dash, a key's name and a signature", row.slice(0, 80));
  const data = fromPadded(row.slice(gap + 1), "note.line");
  demand(data.length > 4, "note.line", "a key id and a signature", `${data.length} bytes`);
  return { name, id: data.subarray(0, 4), body: data.subarray(4) };
}

function secondsOf(body) {
  return body.subarray(0, 8).reduce((sum, byte) => sum * 256 + byte, 0);
}

async function isSigned(text, { body }, { kind, key }) {
  if (body.length !== BODY_BYTES[kind]) return false;
  if (kind === ED25519) return verify(keyText(key), utf8(text), body);
  const seconds = secondsOf(body);
  return Number.isSafeInteger(seconds) && verify(keyText(key), utf8(`cosignature/v1\ntime ${seconds}\n${text}`), body.subarray(8));
}

/**
 * For each of the known keys the newest time that it states (0 for ED25519), null where it has not signed. Refuses `note.signature` where a line
 * bears name and id of a known key and is not its signature, or where two known keys share name and id.
 */
export async function verifyNote(note, known) {
  const place = (one) => `${one.name} ${hex(one.id)}`, places = new Set(known.map(place));
  demand(places.size === known.length, "note.signature", "known keys of different names or ids", "two with the same");
  const lines = note.lines.filter((line) => places.has(place(line)));
  const owners = lines.map((line) => known.find((key) => key.name === line.name && same(key.id, line.id)));
  const good = await Promise.all(lines.map((line, number) => isSigned(note.text, line, owners[number])));
  const bad = good.indexOf(false);
  demand(bad < 0, "note.signature", `a signature by ${owners[bad]?.name}`, "another");
  return known.map((key) => {
    const own = lines.filter((_, number) => owners[number] === key);
    return own.length ? Math.max(...own.map((line) => (key.kind === COSIGNATURE ? secondsOf(line.body) : 0))) : null;
  });
}
