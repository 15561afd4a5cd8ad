/** Proofs in trees of ordered leaves (RFC 9162 section 2.1): inclusion, consistency, roots; the mirror of chain/merkle.py. */
import { compare, hex, same } from "./bytes.js";
import { Refused, demand } from "./errors.js";
import { sha256 } from "./sha256.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
// Sizes may exceed 32 bits, so no bit operators.
const half = (place) => Math.floor(place / 2);
const isOdd = (place) => place % 2 === 1;

/** Hash of a leaf's bytes. */
export function leafHash(leaf) {
  return sha256(LEAF, leaf);
}

/** Hash of an inner node. */
export function nodeHash(left, right) {
  return sha256(NODE, left, right);
}

/** Root over leaves. */
export function rootOf(leaves) {
  let level = leaves.map(leafHash);
  if (!level.length) return sha256(new Uint8Array());
  while (level.length > 1) {
    const above = [];
    for (let place = 0; place + 1 < level.length; place += 2) above.push(nodeHash(level[place], level[place + 1]));
    if (isOdd(level.length)) above.push(level.at(-1));
    level = above;
  }
  return level[0];
}

/** The leaf hash is number `index` of the `size` leaves under `root` (section 2.1.3.2); refuses `merkle.inclusion`. */
export function validateInclusion(leaf, index, size, path, root) {
  const code = "merkle.inclusion";
  demand(Number.isSafeInteger(index) && index >= 0 && index < size, code, `an index below ${size}`, index);
  validateLengths(code, [leaf, root, ...path]);
  let found = leaf, place = index, last = size - 1;
  for (const sibling of path) {
    demand(last > 0, code, "a path that ends at the root", `${path.length} hashes`);
    if (isOdd(place) || place === last) {
      found = nodeHash(sibling, found);
      [place, last] = skip(place, last);
    } else found = nodeHash(found, sibling);
    [place, last] = [half(place), half(last)];
  }
  demand(last === 0, code, "a path that ends at the root", `${path.length} hashes`);
  demand(same(found, root), code, `root ${hex(root)}`, hex(found));
}

/** The tree of `oldSize` leaves is the beginning of the one of `newSize` (section 2.1.4.2); refuses `merkle.consistency`. */
export function validateConsistency(oldSize, newSize, proof, oldRoot, newRoot) {
  const code = "merkle.consistency";
  demand(oldSize > 0 && oldSize <= newSize, code, `an old size of 1 .. ${newSize}`, oldSize);
  validateLengths(code, [oldRoot, newRoot, ...proof]);
  if (oldSize === newSize) {
    demand(!proof.length && same(oldRoot, newRoot), code, "the same root and no hashes", hex(newRoot));
    return;
  }
  demand(proof.length, code, "hashes", "none");
  const [before, after] = rootsOf(oldSize, newSize, proof, oldRoot);
  demand(same(before, oldRoot), code, `old root ${hex(oldRoot)}`, hex(before));
  demand(same(after, newRoot), code, `new root ${hex(newRoot)}`, hex(after));
}

function rootsOf(oldSize, newSize, proof, oldRoot) {
  const wholeTree = Number.isInteger(Math.log2(oldSize));
  const [first, ...rest] = wholeTree ? [oldRoot, ...proof] : proof;
  let place = oldSize - 1, last = newSize - 1;
  while (isOdd(place)) [place, last] = [half(place), half(last)];
  let before = first, after = first;
  for (const sibling of rest) {
    demand(last > 0, "merkle.consistency", "a proof that ends at the root", `${proof.length} hashes`);
    if (isOdd(place) || place === last) {
      [before, after] = [nodeHash(sibling, before), nodeHash(sibling, after)];
      [place, last] = skip(place, last);
    } else after = nodeHash(after, sibling);
    [place, last] = [half(place), half(last)];
  }
  demand(last === 0, "merkle.consistency", "a proof that ends at the root", `${proof.length} hashes`);
  return [before, after];
}

/** Rises past the levels on which a last node has no partner. */
function skip(place, last) {
  while (place && !isOdd(place)) [place, last] = [half(place), half(last)];
  return [place, last];
}

function validateLengths(code, hashes) {
  demand(hashes.every((hash) => hash.length === 32), code, "hashes of 32 bytes", "another length");
}

/**
 * No leaf of a tree whose leaves are sorted by their first 32 bytes begins with `mark`: its neighbours stand side by side (DOMAIN 2).
 * `before`, `after`: null or {leaf, index, path}. Refuses `drugs.marks.absence`, `merkle.inclusion`.
 */
export function validateBetween(mark, before, after, size, root) {
  const code = "drugs.marks.absence";
  for (const one of [before, after]) {
    if (one !== null) validateInclusion(leafHash(one.leaf), one.index, size, one.path, root);
  }
  const left = before === null ? -1 : before.index, right = after === null ? size : after.index;
  if (right !== left + 1 || size < 1) throw new Refused(code, "two leaves side by side", `leaves ${left} and ${right} of ${size}`);
  demand(before === null || compare(before.leaf.subarray(0, 32), mark) < 0, code, "a leaf before the mark", "another");
  demand(after === null || compare(mark, after.leaf.subarray(0, 32)) < 0, code, "a leaf after the mark", "another");
}
