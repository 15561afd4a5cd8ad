/** Step 2: from the anchor's attester set to the one that judges the checkpoint (PROTOCOL 7); the mirror of chain/handover.py. */
import { fromBase64, utf8 } from "../bytes.js";
import { isAttested, judge, parseCheckpoint, readMembers, validateHead } from "../checkpoint.js";
import { encode } from "../codec.js";
import { Refused, demand } from "../errors.js";
import { HEADER_BYTES, decodeHeader } from "../ledger.js";
import { keyHash, parseMultiproof, validateAll, valueHash } from "../statetree.js";
import { at } from "./proven.js";

const FIELDS = "epoch header note path proof set v";
const PATH_LIMIT = 64;
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Follows the handovers of a bundle, oldest first; any fault refuses as `evidence.handover`. */
export async function followHandovers(trust, { handovers }) {
  let known = { epoch: trust.anchor.epoch, members: trust.members };
  for (const each of handovers) {
    try {
      const found = read(each);
      // what lies before the anchor's own epoch is of no use to whoever holds it
      if (found.epoch >= known.epoch) known = await follow(found, trust.anchor.origin, known);
    } catch (error) {
      if (error instanceof Refused || error instanceof TypeError) throw new Refused("evidence.handover", error.expected ?? "", error.message);
      throw error;
    }
  }
  trust.members = known.members;
}

/** {epoch, checkpoint, entry} of a handover, its entry proven to be in the state of the head. */
function read(value) {
  demand(isObject(value) && Object.keys(value).sort().join(" ") === FIELDS && value.v === 1, "handover.form", "the seven fields of version 1", "others");
  demand(Number.isInteger(value.epoch) && isObject(value.set), "handover.form", "an epoch and a set", "others");
  const texts = [value.note, value.header, value.path].every((text) => typeof text === "string");
  demand(texts, "checkpoint.form", "note, header and path", "others");
  const checkpoint = parseCheckpoint(utf8(value.note)), data = fromBase64(value.header, HEADER_BYTES), joined = fromBase64(value.path);
  demand(joined.length % 32 === 0 && joined.length <= 32 * PATH_LIMIT, "checkpoint.form", "hashes of 32 bytes", joined.length);
  validateHead(checkpoint, data, Array.from({ length: joined.length / 32 }, (_, place) => joined.subarray(32 * place, 32 * place + 32)));
  const header = decodeHeader(data);
  demand(header.height === checkpoint.size - 1, "handover.form", checkpoint.size - 1, header.height);
  validateEntry(value, header.state);
  return { epoch: value.epoch, checkpoint, entry: value.set };
}

function validateEntry({ proof, set }, root) {
  demand(isObject(proof) && Object.keys(proof).sort().join() === "end,siblings", "statetree.proof", "siblings and end", "others");
  const { siblings } = parseMultiproof({ siblings: proof.siblings, ends: [] });
  const { ends } = parseMultiproof({ siblings: "", ends: [[siblings.length, proof.end]] });
  validateAll({ siblings, ends }, root, [[keyHash("consensus/set"), valueHash(encode(set))]]);
}

/** The set that judges after a handover, for whoever believes the set `known`. */
async function follow({ epoch, checkpoint, entry }, origin, known) {
  demand(checkpoint.origin === origin, "checkpoint.origin", origin, checkpoint.origin);
  demand(epoch === known.epoch, "handover.epoch", known.epoch, epoch);
  await validateAttested(checkpoint, known.members);
  const later = at(entry, "epoch") > known.epoch, next = at(entry, "next");
  const after = later ? { epoch: entry.epoch, members: at(entry, "members") } : next !== null ? { epoch: at(next, "epoch"), members: coming(entry) } : null;
  demand(after !== null && after.epoch > known.epoch, "handover.epoch", `a set after epoch ${known.epoch}`, "none");
  readMembers(after.members);
  if (later) await validateAttested(checkpoint, after.members);
  return after;
}

/** The members once the change under way is done. */
function coming({ members, next }) {
  return [...members.filter(({ party }) => !at(next, "remove").includes(party)), ...at(next, "add")];
}

async function validateAttested(checkpoint, members) {
  demand(isAttested(await judge(checkpoint, members, [])), "checkpoint.attesters", "more than two thirds", "fewer");
}
