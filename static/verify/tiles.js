/** Proofs about the tree of headers, made here of the tiles that a node serves (C2SP tlog-tiles; PROTOCOL 7). Nothing is believed: what is made is checked. */
import { Unavailable } from "./errors.js";
import { nodeHash } from "./merkle.js";

const TILE_WIDTH = 256;
const TILE_LEVELS = 8;
const HASH_BYTES = 32;
const WAIT_MS = 8_000;

/** The bytes at an address, at most `limit`; fails as `Unavailable`. */
export async function bytesAt(address, limit) {
  try {
    const answer = await fetch(address, { credentials: "omit", signal: AbortSignal.timeout(WAIT_MS) });
    if (!answer.ok) throw new Unavailable(`${answer.status}`);
    const parts = [], reader = answer.body.getReader();
    let length = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      length += part.value.length;
      if (length > limit) throw new Unavailable("more than asked for");
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  } catch (error) {
    throw error instanceof Unavailable ? error : new Unavailable(String(error));
  }
}

/** Number of a tile as addresses have it: groups of three digits, of which all but the last begin with x. */
function tileName(number) {
  const groups = String(number).padStart(3 * Math.ceil(String(number).length / 3), "0").match(/.{3}/g);
  return groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join("/");
}

function largestPowerBelow(count) {
  let power = 1;
  while (2 * power < count) power *= 2;
  return power;
}

/** The tree of the first `size` headers of a node, read by its tiles. */
export class TiledTree {
  constructor(origin, size) {
    Object.assign(this, { origin, size, fetched: new Map() });
  }

  /** Hashes `start` .. `stop` - 1 of a tile level, all inside one tile. */
  async hashes(level, start, stop) {
    const count = Math.floor(this.size / TILE_WIDTH ** level), number = Math.floor(start / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, count - number * TILE_WIDTH), place = `${level}/${tileName(number)}${width < TILE_WIDTH ? `.p/${width}` : ""}`;
    if (!this.fetched.has(place)) this.fetched.set(place, bytesAt(`${this.origin}/tile/${place}`, TILE_WIDTH * HASH_BYTES));
    const data = await this.fetched.get(place), at = start - number * TILE_WIDTH;
    if (data.length !== width * HASH_BYTES) throw new Unavailable("another width");
    return Array.from({ length: stop - start }, (_, step) => data.subarray((at + step) * HASH_BYTES, (at + step + 1) * HASH_BYTES));
  }

  /** Hash over headers `start` .. `stop` - 1, a part that the splits of RFC 9162 have cut out. */
  async part(start, stop) {
    const count = stop - start, depth = Math.log2(count);
    if (!Number.isInteger(depth)) {
      const middle = start + largestPowerBelow(count);
      return nodeHash(await this.part(start, middle), await this.part(middle, stop));
    }
    const level = Math.floor(depth / TILE_LEVELS), width = TILE_WIDTH ** level;
    let row = await this.hashes(level, start / width, stop / width);
    while (row.length > 1) row = row.filter((_, place) => place % 2 === 0).map((left, place) => nodeHash(left, row[2 * place + 1]));
    return row[0];
  }

  /** {leaf, path}: the hash of header `index` and its siblings, bottom up (section 2.1.3.1). */
  async inclusion(index) {
    const path = [];
    let [start, stop] = [0, this.size];
    while (stop - start > 1) {
      const middle = start + largestPowerBelow(stop - start), isLeft = index < middle;
      path.unshift(await this.part(...(isLeft ? [middle, stop] : [start, middle])));
      [start, stop] = isLeft ? [start, middle] : [middle, stop];
    }
    return { leaf: await this.part(index, index + 1), path };
  }

  /** That the first `old` headers are an unaltered beginning (section 2.1.4.1). */
  async consistency(old) {
    const proof = [];
    let [start, stop, isKnown] = [0, this.size, true];
    while (old < stop) {
      const middle = start + largestPowerBelow(stop - start);
      if (old <= middle) {
        proof.unshift(await this.part(middle, stop));
        stop = middle;
      } else {
        proof.unshift(await this.part(start, middle));
        [start, isKnown] = [middle, false];
      }
    }
    return isKnown ? proof : [await this.part(start, stop), ...proof];
  }
}
