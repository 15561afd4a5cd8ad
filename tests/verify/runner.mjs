// Answers questions about the browser's verifier: reads a JSON array of [name, ...arguments] from stdin, writes the array of answers.
// An answer is {"ok": value} or {"refused": code}; bytes travel as hex.
import { hex, unhex, fromBase64, toBase64, utf8 } from "../../static/verify/bytes.js";
import { ageAt, anchorFrom, isAttested, judge, parseCheckpoint, validateFollows, wordsOfHash } from "../../static/verify/checkpoint.js";
import { decode, encode } from "../../static/verify/codec.js";
import { verifyEquation } from "../../static/verify/ed25519.js";
import { check } from "../../static/verify/evidence/check.js";
import { followHandovers } from "../../static/verify/evidence/handovers.js";
import { DEMANDS } from "../../static/verify/evidence/signers.js";
import { Refused } from "../../static/verify/errors.js";
import { readAddress } from "../../static/verify/gs1/address.js";
import { parseText } from "../../static/verify/gs1/forms.js";
import { itemWith } from "../../static/verify/gs1/item.js";
import { alternatives, isSameThing, read, readFitting, resolve } from "../../static/verify/gs1/scan.js";
import { verify, validateAllowed } from "../../static/verify/keys.js";
import { leafHash, rootOf, validateBetween, validateConsistency, validateInclusion } from "../../static/verify/merkle.js";
import { sha256 } from "../../static/verify/sha256.js";
import { sha512 } from "../../static/verify/sha512.js";
import { parseKey } from "../../static/verify/notes.js";
import { TiledTree } from "../../static/verify/tiles.js";
import { keyHash, parseMultiproof, stateKey, validateAll, valueHash } from "../../static/verify/statetree.js";
import { verdict } from "../../static/verify/verdict/verdict.js";
import { custody, headline, light, nextStep, question } from "../../static/verify/words.js";

const keyText = (public_) => `ed25519:${toBase64(unhex(public_))}`;
const neighbour = (one) => one && { leaf: unhex(one.leaf), index: one.index, path: one.path.map(unhex) };
const readings = (text, hosts, reference) => {
  const found = read(text, hosts, reference);
  const { diagnosis, problem, hostKnown, candidates } = found;
  return { diagnosis, problem, host_known: hostKnown, candidates, alternatives: alternatives(found) };
};

const exactly = (text) => {
  try {
    return parseText(text);
  } catch {
    return null;
  }
};

const judged = async (data, members, keys, now) => {
  const found = parseCheckpoint(unhex(data)), support = await judge(found, members, keys.map(parseKey)), attested = isAttested(support);
  return [found.origin, found.size, support.attesters, support.witnesses, attested, attested ? ageAt(support, now) : null];
};
/** Changes of a value by place, as tests/trace/drugs/bundle_changes.py makes them. */
const changed = (value, changes) => {
  const copy = structuredClone(value);
  for (const { at, to, drop } of changes) {
    const place = at.slice(0, -1).reduce((found, step) => found[step], copy), last = at.at(-1);
    if (!drop) place[last] = to;
    else if (Array.isArray(place)) place.splice(last, 1);
    else delete place[last];
  }
  return copy;
};
/** The outcome of a case of tests/vectors/bundles.json, as the file expects it. */
const evidence = async ({ bytes, bundle, change, anchor_change: anchorChange, ask }, bundles, anchor) => {
  const data = bytes === null ? encode(changed(bundles[bundle], change), 20) : fromBase64(bytes), seen = ask.remembered;
  const question = { ...ask, remembered: seen && { origin: anchor.origin, size: seen.size, root: unhex(seen.root) } };
  const { verdict: found, steps, assurance } = await check(data, changed(anchor, anchorChange), question, readFitting);
  const refusal = steps.find(({ state }) => state === "refused");
  return {
    verdict: found.code, light: found.light, step: refusal?.number ?? null, refused: refusal?.code ?? null,
    gaps: steps.filter(({ state }) => state === "gap").map(({ code }) => code),
    signed: assurance.signed, age_s: assurance.age_s, compared: assurance.compared,
  };
};
/** Inclusions and consistencies in a tree of which a node serves these tiles (place -> hex). */
const tiled = async (tiles, size, indexes, sizes) => {
  globalThis.fetch = async (address) => {
    const data = tiles[address.replace("node/tile/", "")];
    return new Response(data === undefined ? "" : unhex(data), { status: data === undefined ? 404 : 200 });
  };
  const tree = new TiledTree("node", size), inclusions = [], proofs = [];
  for (const index of indexes) {
    const { leaf, path } = await tree.inclusion(index);
    inclusions.push([hex(leaf), path.map(hex)]);
  }
  for (const old of sizes) proofs.push((await tree.consistency(old)).map(hex));
  return [inclusions, proofs];
};
let vectors = { bundles: {}, anchors: {} };

const head = ([origin, size, root]) => ({ origin, size, root: unhex(root) });

const ANSWERS = {
  decode: (data) => decode(unhex(data)),
  encode: (value) => hex(encode(value)),
  base64: (text) => hex(fromBase64(text)),
  toBase64: (data) => toBase64(unhex(data)),
  sha256: (data) => hex(sha256(unhex(data))),
  sha512: (data) => hex(sha512(unhex(data))),
  allowed: (key) => validateAllowed(keyText(key)),
  verify: (key, message, signature) => verify(keyText(key), unhex(message), unhex(signature)),
  fallback: (key, message, signature) => verifyEquation(unhex(key), unhex(message), unhex(signature)),
  root: (leaves) => hex(rootOf(leaves.map(unhex))),
  inclusion: (leaf, index, size, path, root) => validateInclusion(leafHash(unhex(leaf)), index, size, path.map(unhex), unhex(root)),
  consistency: (old, size, path, oldRoot, root) => validateConsistency(old, size, path.map(unhex), unhex(oldRoot), unhex(root)),
  between: (mark, before, after, size, root) => validateBetween(unhex(mark), neighbour(before), neighbour(after), size, unhex(root)),
  stateKey: (...parts) => stateKey(...parts),
  state: (proof, root, expected) => validateAll(parseMultiproof(proof), unhex(root), expected.map(([key, value]) => [
    keyHash(key), value === null ? null : valueHash(utf8(value)),
  ])),
  judge: judged,
  tiled,
  follows: (found, remembered, proof) => validateFollows(head(found), head(remembered), proof.map(unhex)),
  anchor: (value) => {
    const { hash } = anchorFrom(value);
    return [hex(hash), wordsOfHash(hash)];
  },
  load: (value) => { vectors = value; },
  evidence: (one) => evidence(one, vectors.bundles, vectors.anchors[one.anchor]),
  any: async (data) => (await check(unhex(data), Object.values(vectors.anchors)[0], { now: 0 }, readFitting)).steps.at(-1).code,
  demands: () => DEMANDS,
  handovers: async (epoch, origin, members, handovers) => {
    const trust = { anchor: { epoch, origin }, members };
    await followHandovers(trust, { handovers });
    return trust.members;
  },
  read: readings,
  address: (text) => [readAddress(text), exactly(text)],
  resolve: (text, hosts, reference, known) => {
    const items = known.map(itemWith);
    return resolve(read(text, hosts, reference), (item) => items.some((one) => isSameThing(one, item)));
  },
  verdict: (facts, printed, asked) => verdict(facts, printed, asked),
  words: (found, viewer, params) => ({
    light: light(found.light),
    headline: headline(found.reasons[0], viewer),
    next: nextStep(found.reasons[0], viewer),
    reasons: found.reasons.map((reason) => headline(reason, viewer)),
    custody: custody(found.custody, params),
    question: question(found.question),
  }),
};

async function answer([name, ...values]) {
  try {
    return { ok: (await ANSWERS[name](...values)) ?? null };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.code };
    throw error;
  }
}

const parts = [];
for await (const part of process.stdin) parts.push(part);
const questions = JSON.parse(Buffer.concat(parts).toString("utf8")), answers = [];
for (const question of questions) answers.push(await answer(question));
process.stdout.write(JSON.stringify(answers));
