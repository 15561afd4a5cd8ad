/** Bytes and texts: hex, strict base64url, UTF-8, comparison, big-endian numbers (PROTOCOL 2). */
import { Refused, demand } from "./errors.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 of a text; a lone surrogate would become U+FFFD, so texts are judged before. */
export function utf8(text) {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes; throws TypeError for what is no UTF-8. */
export function text(bytes) {
  return decoder.decode(bytes);
}

/** Several byte arrays as one. */
export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    out.set(part, place);
    place += part.length;
  }
  return out;
}

/** -1, 0 or 1: bytewise order. */
export function compare(left, right) {
  const length = Math.min(left.length, right.length);
  for (let place = 0; place < length; place++) {
    if (left[place] !== right[place]) return left[place] < right[place] ? -1 : 1;
  }
  return Math.sign(left.length - right.length);
}

/** Same bytes? */
export function same(left, right) {
  return left.length === right.length && compare(left, right) === 0;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex. */
export function hex(bytes) {
  let out = "";
  for (const byte of bytes) out += HEX[byte];
  return out;
}

/** The bytes of an even number of hex digits. */
export function unhex(digits) {
  const out = new Uint8Array(digits.length / 2);
  for (let place = 0; place < out.length; place++) out[place] = parseInt(digits.substr(2 * place, 2), 16);
  return out;
}

/** Is it 64 lower-case hex digits? */
export function isHash(value) {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

/** base64url without padding (RFC 4648 section 5). */
export function toBase64(bytes) {
  let out = "";
  for (let place = 0; place < bytes.length; place += 3) {
    const word = (bytes[place] << 16) | ((bytes[place + 1] ?? 0) << 8) | (bytes[place + 2] ?? 0);
    for (let sign = 0; sign < Math.min(4, bytes.length - place + 1); sign++) out += ALPHABET[(word >> (18 - 6 * sign)) & 63];
  }
  return out;
}

const SPELT = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;

/** The bytes of an unpadded base64url text that re-encodes to itself; `size` bytes where given. Refuses `codec.base64`. */
export function fromBase64(source, size = null) {
  const length = Math.floor((source.length * 3) / 4), good = SPELT.test(source) && (size === null || length === size);
  demand(good, "codec.base64", size === null ? "base64url without padding" : `base64url of ${size} bytes`, source.slice(0, 60));
  const signs = atob(source.replaceAll("-", "+").replaceAll("_", "/")), out = new Uint8Array(length);
  for (let place = 0; place < length; place++) out[place] = signs.charCodeAt(place);
  return out;
}

/** Is it strict base64url of exactly `size` bytes? */
export function isBase64(value, size) {
  return typeof value === "string" && value.length === Math.ceil((size * 4) / 3) && SPELT.test(value);
}

/** A whole number as `width` bytes, big-endian. */
export function number(value, width) {
  const out = new Uint8Array(width);
  for (let place = width - 1, rest = value; place >= 0; place--, rest = Math.floor(rest / 256)) out[place] = rest % 256;
  return out;
}

/** Takes a binary format apart, front to back; whatever is too short or too long is refused with the code of the format. */
export class Reader {
  constructor(data, code) {
    this.data = data;
    this.code = code;
    this.place = 0;
  }

  /** The next `count` bytes. */
  take(count) {
    const end = this.place + count;
    if (end > this.data.length) throw new Refused(this.code, `${count} bytes at byte ${this.place}`, this.data.length - this.place);
    const part = this.data.subarray(this.place, end);
    this.place = end;
    return part;
  }

  /** The next `width` bytes as a big-endian number, at most `limit` (by default what JavaScript counts exactly). */
  number(width, limit = Number.MAX_SAFE_INTEGER) {
    const found = this.take(width).reduce((sum, byte) => sum * 256 + byte, 0);
    if (found > limit) throw new Refused(this.code, `at most ${limit}`, found);
    return found;
  }

  /** The format ends here. */
  finish() {
    demand(this.place === this.data.length, this.code, "the end", `${this.data.length - this.place} more bytes`);
  }
}
