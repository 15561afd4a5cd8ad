/** Checkpoints, anchors and handovers: what makes a head believable (PROTOCOL 7); the mirror of chain/{checkpoint,anchor}.py. */
import { hex, isHash, unhex } from "./bytes.js";
import { decode, encode } from "./codec.js";
import { Refused, demand } from "./errors.js";
import { publicBytes, validateAllowed } from "./keys.js";
import { leafHash, validateConsistency, validateInclusion } from "./merkle.js";
import { COSIGNATURE, fromPadded, noteKey, parseKey, parseNote, validateKey, verifyNote } from "./notes.js";
import { domain, sha256 } from "./sha256.js";

const ORIGIN = /^[!-*,-~]{1,100}$/;
const SIZE = /^[1-9][0-9]{0,15}$/;
const SLUG_LIMIT = 40;
const CLOCK_SECONDS = 60;
const WITNESS_LIMIT = 32;
const CONSORTIUM = 4;
const DAY_MS = 86_400_000;

/** The origin of a ledger by its name and the hex of its chain id. */
export function originOf(name, chain) {
  const trim = (text) => text.replace(/^-+|-+$/g, "");
  const lowered = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const slug = trim(trim(lowered.replace(/[^a-z0-9.]+/g, "-")).slice(0, SLUG_LIMIT));
  return `${slug || "ledger"}/${chain.slice(0, 16)}`;
}

/** {origin, size, root, note} of a signed note's bytes, nothing verified; refuses `note.*`, `checkpoint.text`. */
export function parseCheckpoint(data) {
  const note = parseNote(data), code = "checkpoint.text", rows = note.text.split("\n");
  demand(rows.length === 4 && rows[3] === "", code, "three lines", rows.length - 1);
  const [origin, size, rootText] = rows;
  demand(ORIGIN.test(origin), code, "an origin of printable ASCII", origin.slice(0, 80));
  demand(SIZE.test(size) && Number.isSafeInteger(Number(size)), code, "a size from 1", size.slice(0, 40));
  const root = fromPadded(rootText, code);
  demand(root.length === 32, code, "a root of 32 bytes", root.length);
  return { origin, size: Number(size), root, note };
}

/** Who cosigned: {members, attesters: {party: seconds}, witnesses: how many}. Refuses `note.signature`, `note.key`. */
export async function judge({ origin, note }, members, witnesses) {
  const known = [];
  for (const member of members) {
    const key = noteKey(`${origin}/${member.party}`, COSIGNATURE, publicBytes(member.note));
    validateKey(key);
    if (!known.some((other) => hex(other.key) === hex(key.key))) known.push({ ...key, party: member.party });
  }
  const times = await verifyNote(note, [...known, ...witnesses]), attesters = {};
  known.forEach(({ party }, place) => {
    if (times[place] !== null) attesters[party] = Math.max(times[place], attesters[party] ?? 0);
  });
  const taken = attestingKeys(members), apart = witnesses.filter(({ key }, place) => times[known.length + place] !== null && !taken.includes(hex(key)));
  return { members: members.length, attesters, witnesses: apart.length };
}

/** Every key with which a member signs: a witness with one of them is nobody besides the member. */
const attestingKeys = (members) => members.flatMap(({ note, vote }) => [note, vote].filter(Boolean).map((text) => hex(publicBytes(text))));

/** More than two thirds of the members? */
export function isAttested({ members, attesters }) {
  return 3 * Object.keys(attesters).length > 2 * members;
}

/** The time that is believed, seconds: the (f+1)-th newest of the attesters' times. */
export function timeOf({ members, attesters }) {
  const newest = Object.values(attesters).sort((one, other) => other - one);
  return newest[members - Math.floor((2 * members) / 3) - 1];
}

/** Seconds from the believed time to `now` (seconds); refuses `checkpoint.clock` where it lies more than a minute ahead. */
export function ageAt(support, now) {
  const found = now - timeOf(support);
  demand(found >= -CLOCK_SECONDS, "checkpoint.clock", `a time before ${now + CLOCK_SECONDS}`, timeOf(support));
  return Math.max(found, 0);
}

/** `found` is what became of `remembered`; refuses `checkpoint.origin`, `.older`, `.fork`. */
export function validateFollows(found, remembered, proof) {
  demand(found.origin === remembered.origin, "checkpoint.origin", remembered.origin, found.origin);
  demand(found.size >= remembered.size, "checkpoint.older", `a size of at least ${remembered.size}`, found.size);
  recode("checkpoint.fork", () => validateConsistency(remembered.size, found.size, proof, remembered.root, found.root));
}

/** `header` is the last under the root; refuses `checkpoint.head`. */
export function validateHead({ size, root }, header, path) {
  recode("checkpoint.head", () => validateInclusion(leafHash(header), size - 1, size, path, root));
}

/** Does it, and gives its refusal another code. */
export function recode(code, act) {
  try {
    return act();
  } catch (error) {
    if (error instanceof Refused) throw new Refused(code, error.expected, error.found, error.field);
    throw error;
  }
}

// --- what a verifier pins ---

const FIELDS = "assurance chain checkpoint epoch made_at max_age_s members name origin trust_days v witnesses";
const ANCHOR_LIMIT = 16 * 1024;
const isObject = (value, names) =>
  value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).sort().join(" ") === names;
const isWithin = (value, low, high) => Number.isInteger(value) && low <= value && value <= high;
const isParty = (value) => typeof value === "string" && /^[0-9A-Za-z]{1,24}$/.test(value);

/** The anchor in canonical bytes, with `keys` (its witnesses') and `hash`. Refuses `anchor.*`, `codec.*`, `checkpoint.policy`, `note.key`. */
export function parseAnchor(data) {
  demand(data.length <= ANCHOR_LIMIT, "anchor.size", `at most ${ANCHOR_LIMIT} bytes`, data.length);
  return anchorFrom(decode(data));
}

/** As `parseAnchor`, from a decoded value. */
export function anchorFrom(value) {
  const expect = (good, field, expected) => demand(good, "anchor.field", expected, "something else", field);
  expect(isObject(value, FIELDS), "anchor", "exactly its twelve fields");
  const { name, chain, members, checkpoint, witnesses } = value, length = typeof name === "string" ? [...name].length : 0;
  expect(value.v === 1, "v", "version 1");
  expect(isWithin(length, 1, 60), "name", "1 to 60 characters");
  expect(isHash(chain), "chain", "64 hex digits");
  const limits = { epoch: [0, 2 ** 32 - 1], made_at: [0, Number.MAX_SAFE_INTEGER], trust_days: [1, 3_650], max_age_s: [60, 86_400] };
  for (const [field, range] of Object.entries(limits)) expect(isWithin(value[field], ...range), field, range.join(" to "));
  readMembers(members);
  expect(value.origin === originOf(name, chain), "origin", "the origin of this name and chain");
  expect(isObject(checkpoint, "root size") && isWithin(checkpoint.size, 1, Number.MAX_SAFE_INTEGER), "checkpoint", "a size from 1");
  expect(isHash(checkpoint.root), "checkpoint", "a root of 64 hex digits");
  const keys = policyKeys(witnesses, members, expect);
  const assurance = members.length >= CONSORTIUM ? "consortium" : "operator";
  expect(value.assurance === assurance, "assurance", assurance);
  return { ...value, keys, hash: sha256(domain("anchor/v1"), encode(value)) };
}

/** The members of a set, `{party, vote, note}` each, no party and no key twice. Refuses `anchor.field`. */
export function readMembers(members) {
  const expect = (good, field, expected) => demand(good, "anchor.field", expected, "something else", field);
  expect(Array.isArray(members) && isWithin(members.length, 1, 16), "members", "1 to 16 members");
  for (const member of members) {
    expect(isObject(member, "note party vote") && isParty(member.party), "members", "objects with party, vote, note");
    for (const key of [member.vote, member.note]) recode("anchor.field", () => validateAllowed(key));
  }
  for (const name of ["party", "vote", "note"]) {
    expect(new Set(members.map((member) => member[name])).size === members.length, "members", `each ${name} once`);
  }
}

function policyKeys(witnesses, members, expect) {
  expect(isObject(witnesses, "k keys") && Number.isInteger(witnesses.k), "witnesses", "k and keys");
  const { k, keys: texts } = witnesses;
  const listed = Array.isArray(texts) && texts.length <= WITNESS_LIMIT && texts.every((text) => typeof text === "string");
  expect(listed, "witnesses", "keys as text");
  const keys = texts.map(parseKey), n = keys.length, own = keys.map(({ key }) => hex(key));
  const good = (k === 0 && n === 0) || (n < 2 * k && k <= n);
  const apart = new Set(own).size === n && !own.some((key) => attestingKeys(members).includes(key));
  demand(good && apart && keys.every(({ kind }) => kind === COSIGNATURE), "checkpoint.policy", "more than half, keys of their own", `${k} of ${n}`);
  return keys;
}

/** Young enough at `now` (ms)? One made more than a day ahead is not. */
export function isTrustedAt({ made_at: made, trust_days: days }, now) {
  return made - DAY_MS <= now && now <= made + days * DAY_MS;
}

/** The checkpoint that an anchor pins. */
export function pinned({ origin, checkpoint }) {
  return { origin, size: checkpoint.size, root: unhex(checkpoint.root) };
}

/** The first 160 bits of a hash as ten words joined by hyphens (arXiv:0901.4016). */
export function wordsOfHash(digest) {
  const consonants = "bdfghjklmnprstvz", vowels = "aiou", words = [];
  for (let at = 0; at < 20; at += 2) {
    const n = digest[at] * 256 + digest[at + 1];
    words.push(consonants[n >> 12] + vowels[(n >> 10) & 3] + consonants[(n >> 6) & 15] + vowels[(n >> 4) & 3] + consonants[n & 15]);
  }
  return words.join("-");
}
