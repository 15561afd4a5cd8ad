/** From an anchor to a head that may be believed: steps 1-5 of PROTOCOL 8; the mirror of trace/drugs/heads.py. */
import { compare, hex, utf8 } from "../bytes.js";
import { ageAt, anchorFrom, isAttested, isTrustedAt, judge, parseCheckpoint, pinned, recode, timeOf, validateFollows, validateHead } from "../checkpoint.js";
import { encode } from "../codec.js";
import { Refused, demand } from "../errors.js";
import { decodeHeader } from "../ledger.js";
import { rootOf } from "../merkle.js";
import { Gap } from "./proven.js";

const RULES = 1;
const CODES = {
  "checkpoint.origin": "evidence.checkpoint.origin",
  "checkpoint.fork": "evidence.checkpoint.fork",
  "note.signature": "evidence.checkpoint.signature",
};
const OTHER_WORLD = ["block.format", "block.suite", "block.channel"];

/** Step 1: the anchor, and the genesis that it names. Refuses `evidence.anchor.format`, `evidence.genesis.*`. */
export function pin(bundle, anchor) {
  const found = recode("evidence.anchor.format", () => anchorFrom(anchor)), code = "evidence.genesis.document";
  const header = recode(code, () => decodeHeader(bundle.genesisHeader)), document = recode(code, () => encode(bundle.document));
  demand(hex(header.id) === found.chain, "evidence.genesis.chain", found.chain, hex(header.id));
  demand(compare(rootOf([document]), header.transactions) === 0, code, hex(header.transactions), "another document");
  return { anchor: found, members: found.members, checkpoint: null, support: null, age: null, believed: 0, compared: false, header: null };
}

/** Step 1: the anchor is young enough. */
export function validateAnchorAge({ anchor }, now) {
  if (!isTrustedAt(anchor, now)) throw new Gap("evidence.anchor.date", `made at ${anchor.made_at}`);
}

/** Step 3: signed by enough of those who count, and no fork of what is remembered (a checkpoint or null). */
export async function validateCheckpoint(trust, bundle, remembered) {
  try {
    const found = parseCheckpoint(utf8(bundle.checkpoint));
    demand(found.origin === trust.anchor.origin, "checkpoint.origin", trust.anchor.origin, found.origin);
    trust.support = await judge(found, trust.members, trust.anchor.keys);
    trust.checkpoint = found;
  } catch (error) {
    throw ofCheckpoint(error);
  }
  const { support, anchor } = trust, given = Object.keys(support.attesters).length;
  demand(isAttested(support), "evidence.checkpoint.attesters", `more than two thirds of ${support.members}`, given);
  demand(support.witnesses >= anchor.witnesses.k, "evidence.checkpoint.witnesses", `${anchor.witnesses.k} witnesses`, support.witnesses);
  compareHeads(trust, bundle.consistency, remembered);
}

function ofCheckpoint(error) {
  if (!(error instanceof Refused)) return error;
  return new Refused(CODES[error.code] ?? "evidence.checkpoint.format", error.expected, error.found);
}

/** The head continues what the asker has seen, or at first what the anchor pins. */
function compareHeads(trust, proof, remembered) {
  const found = trust.checkpoint, known = remembered ?? pinned(trust.anchor), larger = found.size > known.size;
  const isLinked = !larger || proof?.size === known.size;
  if (found.size < known.size || !isLinked) {
    if (remembered === null) return;
    throw new Gap(isLinked ? "evidence.checkpoint.older" : "evidence.checkpoint.unlinked", `size ${found.size} after ${known.size}`);
  }
  try {
    validateFollows(found, known, larger ? proof.path : []);
  } catch (error) {
    throw ofCheckpoint(error);
  }
  trust.compared = true;
}

/** Step 4: how old the head is by the attesters' own word. */
export function measureAge(trust, now) {
  try {
    trust.age = ageAt(trust.support, Math.floor(now / 1000));
  } catch (error) {
    if (error instanceof Refused) throw new Gap("evidence.age.clock", error.found);
    throw error;
  }
  trust.believed = timeOf(trust.support) * 1000;
}

/** Step 5: the header under the checkpoint. Refuses `evidence.head.format`, `.path`. */
export function readHead(trust, { header: data, path }) {
  let header;
  try {
    header = decodeHeader(data);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (OTHER_WORLD.includes(error.code)) throw new Gap("evidence.head.version", `${error.code} ${error.found}`);
    throw new Refused("evidence.head.format", error.expected, error.found);
  }
  recode("evidence.head.path", () => validateHead(trust.checkpoint, data, path));
  demand(header.height === trust.checkpoint.size - 1, "evidence.head.path", trust.checkpoint.size - 1, header.height);
  if (header.rules > RULES) throw new Gap("evidence.head.version", `rules ${header.rules}`);
  trust.header = header;
}
