/**
 * Whether a second node shows the same ledger (PROTOCOL 7, 8). Two heads that the attesters have signed and that exclude each other are proof that
 * they lied, which anybody can check; whatever else a second node says or does not say is only told.
 */
import { concat, same, text, toBase64 } from "./bytes.js";
import { isAttested, judge, parseCheckpoint } from "./checkpoint.js";
import { Refused, Unavailable } from "./errors.js";
import { validateConsistency, validateInclusion } from "./merkle.js";
import { TiledTree, bytesAt } from "./tiles.js";

const CHECKPOINT_LIMIT = 64 * 1024;

/**
 * {state, size, proof}: state is `same`, `consistent`, `unreachable`, `unsigned` (no head of this ledger that these attesters have signed),
 * `unproven` (neither shown to fit nor not to), `contradicted`; `proof` is then what `consensus.fork` takes. `own`: {address, checkpoint, note
 * (its text), members, keys}; `second`: the other node's address.
 */
export async function compareWith(second, own) {
  let other = null;
  try {
    const data = await bytesAt(`${second}/checkpoint`, CHECKPOINT_LIMIT);
    other = { address: second, checkpoint: parseCheckpoint(data), note: text(data) };
    if (other.checkpoint.origin !== own.checkpoint.origin) return { state: "unsigned" };
    if (!isAttested(await judge(other.checkpoint, own.members, own.keys))) return { state: "unsigned" };
    return { size: other.checkpoint.size, ...await compareHeadsOf(own, other) };
  } catch (error) {
    if (error instanceof Unavailable) return { state: other === null ? "unreachable" : "unproven", size: other?.checkpoint.size };
    if (error instanceof Refused) return { state: "unsigned" };
    throw error;
  }
}

async function compareHeadsOf(own, other) {
  const [less, more] = own.checkpoint.size <= other.checkpoint.size ? [own, other] : [other, own], { size, root } = less.checkpoint;
  const proofOf = (places) => ({ first: less.note, second: more.note, places });
  if (size === more.checkpoint.size) return same(root, more.checkpoint.root) ? { state: "same" } : { state: "contradicted", proof: proofOf(null) };
  const large = new TiledTree(more.address, more.checkpoint.size);
  if (holds(size, more.checkpoint.size, await large.consistency(size), root, more.checkpoint.root)) return { state: "consistent" };
  const places = await differentHeaders(new TiledTree(less.address, size), less, large, more);
  return places === null ? { state: "unproven" } : { state: "contradicted", proof: proofOf(places) };
}

function holds(...claim) {
  try {
    validateConsistency(...claim);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** The last header of the smaller head beside the one at its place under the larger: every header names the one before it, so they differ. */
async function differentHeaders(small, less, large, more) {
  const index = small.size - 1, [one, two] = [await small.inclusion(index), await large.inclusion(index)];
  try {
    validateInclusion(one.leaf, index, small.size, one.path, less.checkpoint.root);
    validateInclusion(two.leaf, index, large.size, two.path, more.checkpoint.root);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
  if (same(one.leaf, two.leaf)) return null;
  return { index, leaves: toBase64(concat(one.leaf, two.leaf)), first: toBase64(concat(...one.path)), second: toBase64(concat(...two.path)) };
}
