/**
 * Keys and signatures under the one acceptance rule (PROTOCOL 2): S < L; A and R canonical and not of small order; S B = R + h A without the
 * cofactor. WebCrypto decides the equation where it knows Ed25519 and passes the self-test; elsewhere ed25519.js, fetched only then.
 */
import { compare, concat, fromBase64, hex, toBase64, unhex } from "./bytes.js";
import { demand, fetched } from "./errors.js";

const PREFIX = "ed25519:";
const TEXT = /^ed25519:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const PRIME = unhex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
const ORDER = unhex("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
const SMALL_Y = new Set([
  "00".repeat(32),
  "00".repeat(31) + "01",
  "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
  "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
  "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
]);
/** RFC 8032 section 7.1 test 1, to be accepted; R = r B + a point of order 8, to be refused: libraries that multiply by the cofactor accept it. */
const SELF_TEST = [
  [
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "7c5a235e0fb396cc73fe259bc887878ad5e454f5cf7ad4694975bd9028815656", "746f7273696f6e",
    "a74915d8e68502255bf36f11867a97b506a9a37462a2f74759e0466e20a87dffde9eafe5d7795ada8a25b9e3ef4c62fdc35f70e26f31bd1115d9c24572cf720f",
  ],
];

/** Is it `ed25519:` and strict base64url of 32 bytes? Says nothing about the point. */
export function isKeyText(value) {
  return typeof value === "string" && TEXT.test(value);
}

/** The 32 bytes of a key's text; refuses `keys.text`. */
export function publicBytes(text) {
  demand(isKeyText(text), "keys.text", "ed25519: and 43 base64url characters", String(text).slice(0, 80));
  return fromBase64(text.slice(PREFIX.length), 32);
}

/** The text of a public key. */
export function keyText(key) {
  return PREFIX + toBase64(key);
}

/** Why the encoding of a point is never accepted, or null. */
export function encodingProblem(point) {
  const y = point.slice().reverse();
  y[0] &= 127;
  return compare(y, PRIME) >= 0 ? "not canonical" : SMALL_Y.has(hex(y)) ? "small order" : null;
}

/** A key that may sign; refuses `chain.key.forbidden`. */
export function validateAllowed(text) {
  demand(isKeyText(text), "chain.key.forbidden", "ed25519: and 43 base64url characters", String(text).slice(0, 80));
  const problem = encodingProblem(publicBytes(text));
  demand(problem === null, "chain.key.forbidden", "a canonical key of large order", problem);
}

/** A promise of whether `signature` is one by the key `text` over `message`. */
export async function verify(text, message, signature) {
  if (!isKeyText(text)) return false;
  const key = publicBytes(text);
  return isWellFormed(key, signature) && (await equation())(key, message, signature);
}

function isWellFormed(key, signature) {
  if (signature.length !== 64 || encodingProblem(key) || encodingProblem(signature.slice(0, 32))) return false;
  return compare(signature.slice(32).reverse(), ORDER) < 0;
}

const SEED_HEAD = unhex("302e020100300506032b657004220420");

/** A promise of the public key of a seed of 32 bytes, by WebCrypto (PKCS 8, RFC 8410) or the fallback. */
export async function publicOf(seed) {
  try {
    const { subtle } = globalThis.crypto, key = await subtle.importKey("pkcs8", concat(SEED_HEAD, seed), "Ed25519", true, ["sign"]);
    return fromBase64((await subtle.exportKey("jwk", key)).x, 32);
  } catch {
    return (await import("./ed25519.js")).publicOf(seed);
  }
}

let chosen = null;

/** Fetches what signatures need here, so that a check can be made without a network; a promise. */
export function prepareKeys() {
  return equation();
}

/** A promise of the function that decides the equation: WebCrypto's, or the fallback's. */
function equation() {
  chosen ??= choose();
  return chosen;
}

async function choose() {
  if (await passes(byWebCrypto)) return byWebCrypto;
  const { verifyEquation } = await fetched(import("./ed25519.js"));
  demand(await passes(verifyEquation), "keys.selftest", "the edge vectors decided as written", "otherwise");
  return verifyEquation;
}

async function passes(decide) {
  try {
    const [good, bad] = await Promise.all(SELF_TEST.map((row) => decide(...row.map(unhex))));
    return good && !bad;
  } catch {
    return false;
  }
}

const imported = new Map();

async function byWebCrypto(key, message, signature) {
  const name = hex(key), subtle = globalThis.crypto.subtle;
  if (!imported.has(name)) imported.set(name, subtle.importKey("raw", key, "Ed25519", false, ["verify"]).catch(() => null));
  const handle = await imported.get(name);
  return handle !== null && subtle.verify("Ed25519", handle, signature, message);
}
