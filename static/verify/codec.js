/** Canonical JSON, the only spelling of a value that is accepted (PROTOCOL 2, RFC 8785); the mirror of chain/codec.py. */
import { text, utf8 } from "./bytes.js";
import { Refused, demand } from "./errors.js";

const DEPTH_LIMIT = 8;
const PARSER_DEPTH = 1024;
const NAME = /^[a-z0-9_]{1,32}$/;
const LONE_SURROGATE = /[\ud800-\udfff]/u;
const TOKENS = /"((?:[^"\\]|\\.)*)"|-?\d[\d.eE+-]*/g;

/** The canonical bytes of a value; `depth`: how deep it may be nested. */
export function encode(value, depth = DEPTH_LIMIT) {
  return utf8(write(value, depth));
}

/** The canonical text of a value made of objects, arrays, texts, safe integers, booleans and null; refuses `codec.*`. */
export function write(value, depth = DEPTH_LIMIT) {
  return isInOrder(value, depth) ? JSON.stringify(value) : spell(value, depth);
}

const names = new Set();

/** Does the browser's own writer, many times faster, give the canonical text? Where in doubt, no. */
function isInOrder(value, depth) {
  const type = typeof value;
  if (type === "string") return !LONE_SURROGATE.test(value);
  if (type !== "object") return type === "boolean" || Number.isSafeInteger(value);
  if (value === null) return true;
  if (depth <= 0) return false;
  if (Array.isArray(value)) return value.every((item) => isInOrder(item, depth - 1));
  let last = "";
  for (const name of Object.keys(value)) {
    if (name <= last || !isName(name) || !isInOrder(value[name], depth - 1)) return false;
    last = name;
  }
  return true;
}

function isName(name) {
  return names.has(name) || (NAME.test(name) && names.add(name));
}

/** As `write`, for what is in any order, or has no canonical form. */
function spell(value, depth) {
  if (typeof value === "string") {
    demand(!LONE_SURROGATE.test(value), "codec.surrogate", "Unicode text", "a lone surrogate");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    demand(Number.isSafeInteger(value), Number.isInteger(value) ? "codec.integer" : "codec.float", "an integer within 2^53", value);
    return String(value);
  }
  if (value === null || typeof value === "boolean") return String(value);
  demand(typeof value === "object", "codec.type", "a JSON value", typeof value);
  demand(depth > 0, "codec.depth", "fewer levels", "deeper nesting");
  if (Array.isArray(value)) return `[${value.map((item) => spell(item, depth - 1)).join(",")}]`;
  const sorted = Object.keys(value).sort();
  for (const name of sorted) demand(NAME.test(name), "codec.name", "a-z 0-9 _", name);
  return `{${sorted.map((name) => `"${name}":${spell(value[name], depth - 1)}`).join(",")}}`;
}

/** The value whose canonical JSON is `data` (bytes). Refuses `codec.json`, `.canonical`, and what has no canonical form. */
export function decode(data, depth = DEPTH_LIMIT) {
  let source, value;
  try {
    source = text(data);
    value = JSON.parse(source);
  } catch (error) {
    throw new Refused("codec.json", "a JSON text in UTF-8", error.message);
  }
  try {
    if (write(value, depth) === source) return value;
  } catch (error) {
    if (!(error instanceof Refused || error instanceof RangeError)) throw error;
  }
  throw problem(source, depth);
}

/** Why a JSON text is not canonical: by the order of chain/codec.py, level by level. Numbers are judged as they are spelt. */
function problem(source, limit) {
  const marked = source.replace(TOKENS, (token, inside) => (inside === undefined ? `"n${token}"` : `"s${inside}"`));
  const numbers = (source.match(TOKENS) ?? []).filter((token) => token[0] !== '"');
  if (depthOf(marked) > PARSER_DEPTH || numbers.some((token) => !Number.isFinite(Number(token)))) return unreadable();
  const value = JSON.parse(marked);
  return loneSurrogate(marked) ? unreadable() : (walk(value, limit) ?? new Refused("codec.canonical", "the canonical spelling", "another"));
}

function unreadable() {
  return new Refused("codec.json", "a JSON text in UTF-8", "a number, a depth or a text that is none");
}

function loneSurrogate(marked) {
  const plain = marked.replace(/\\(?:u([0-9a-fA-F]{4})|.)/g, (_, code) => (code ? String.fromCharCode(parseInt(code, 16)) : " "));
  return LONE_SURROGATE.test(plain);
}

function depthOf(marked) {
  let depth = 0, most = 0;
  for (const sign of marked.replace(/"(?:[^"\\]|\\.)*"/g, "")) {
    depth += "[{".includes(sign) - "]}".includes(sign);
    most = Math.max(most, depth);
  }
  return most;
}

/** The first problem of a value whose texts begin with `s` and whose numbers are texts that begin with `n`. */
function walk(root, limit) {
  for (let level = [root], depth = 0; level.length; depth++) {
    const inner = [];
    for (const item of level) {
      if (typeof item === "string") {
        const found = item[0] === "n" && numberProblem(item.slice(1));
        if (found) return found;
      } else if (item !== null && typeof item === "object") {
        if (!Array.isArray(item) && !Object.keys(item).every((name) => NAME.test(name.slice(1)))) {
          return new Refused("codec.name", "names of a-z 0-9 _", "another");
        }
        inner.push(...Object.values(item));
      }
    }
    if (depth >= limit && level.some((item) => item !== null && typeof item === "object")) {
      return new Refused("codec.depth", `at most ${limit} levels`, "deeper nesting");
    }
    level = inner;
  }
  return null;
}

function numberProblem(token) {
  const size = /^-?\d+$/.test(token) ? BigInt(token) : null;
  if (size === null || size < -(2n ** 63n) || size >= 2n ** 64n) return new Refused("codec.float", "whole numbers", token);
  return Number.isSafeInteger(Number(token)) ? null : new Refused("codec.integer", "an integer within 2^53", token);
}
