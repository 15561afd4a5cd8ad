/**
 * Ed25519 without WebCrypto (RFC 8032 section 5.1), for pages over plain http and older browsers; loaded only there. Own code, written from the
 * RFC for checking alone: it handles no secret, so it need not run in constant time. Encodings are judged by keys.js before; here the
 * equation S B = R + h A, without the cofactor. Judged by tests/vectors/ed25519_edges.json and the Wycheproof vectors.
 */
import { concat } from "./bytes.js";
import { sha512 } from "./sha512.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (value) => {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
};

function power(base, exponent) {
  let out = 1n;
  for (let factor = mod(base), rest = exponent; rest; rest >>= 1n, factor = mod(factor * factor)) {
    if (rest & 1n) out = mod(out * factor);
  }
  return out;
}

const inverse = (value) => power(value, P - 2n);
const D = mod(-121665n * inverse(121666n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);
const NOTHING = [0n, 1n, 1n, 0n];

/** The number in bytes, the least significant first. */
export function littleEndian(bytes) {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** The point of an encoding in extended coordinates, null where it is none (section 5.1.3). */
function decode(bytes) {
  const encoded = littleEndian(bytes), sign = encoded >> 255n, y = encoded & (2n ** 255n - 1n);
  const over = mod(y * y - 1n), under = mod(D * y * y + 1n);
  let x = mod(over * under ** 3n * power(over * under ** 7n, (P - 5n) / 8n));
  const square = mod(under * x * x);
  if (square === mod(-over)) x = mod(x * ROOT_OF_MINUS_ONE);
  else if (square !== over) return null;
  if (x === 0n && sign) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = (y1 - x1) * (y2 - x2), b = (y1 + x1) * (y2 + x2), c = mod(2n * D * t1) * t2, d = 2n * z1 * z2;
  const e = mod(b - a), f = mod(d - c), g = mod(d + c), h = mod(b + a);
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function double([x, y, z]) {
  const a = mod(x * x), b = mod(y * y), h = a + b, e = mod(h - (x + y) * (x + y)), g = a - b, f = mod(2n * z * z + g);
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

const BASE_Y = mod(4n * inverse(5n));
const BASE = decode(Uint8Array.from({ length: 32 }, (_, place) => Number((BASE_Y >> BigInt(8 * place)) & 255n)));

/** s B + h A, both walked together bit by bit. */
function combine(s, h, point) {
  const both = add(BASE, point);
  let out = NOTHING;
  for (let bit = 252n; bit >= 0n; bit--) {
    out = double(out);
    const one = (s >> bit) & 1n, other = (h >> bit) & 1n;
    if (one | other) out = add(out, one & other ? both : one ? BASE : point);
  }
  return out;
}

/** The public key of a seed (section 5.1.5); the time that this takes tells of the seed, which its holder's own device may know. */
export function publicOf(seed) {
  const half = sha512(seed).subarray(0, 32);
  half[0] &= 248;
  half[31] = (half[31] & 127) | 64;
  const [x, y, z] = combine(littleEndian(half) % L, 0n, BASE), one = inverse(z);
  const encoded = mod(y * one) | ((mod(x * one) & 1n) << 255n);
  return Uint8Array.from({ length: 32 }, (_, place) => Number((encoded >> BigInt(8 * place)) & 255n));
}

/** Does the equation hold? The encodings of key, R and S are canonical already. */
export function verifyEquation(key, message, signature) {
  const point = decode(key), commitment = signature.subarray(0, 32), wanted = decode(commitment);
  if (point === null || wanted === null) return false;
  const h = littleEndian(sha512(concat(commitment, key, message))) % L;
  const [x, y, z] = combine(littleEndian(signature.subarray(32)), h, [mod(-point[0]), point[1], 1n, mod(-point[3])]);
  return mod(wanted[0] * z) === x && mod(wanted[1] * z) === y;
}
