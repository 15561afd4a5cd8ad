/** Which pack evidence is about, and whether it is in its batch (PROTOCOL 8, step 7; DOMAIN 2); the mirror of trace/drugs/identifying.py. */
import { compare, hex, unhex, utf8 } from "../bytes.js";
import { recode } from "../checkpoint.js";
import { Refused, demand } from "../errors.js";
import { readAddress } from "../gs1/address.js";
import { leafHash, validateBetween, validateInclusion } from "../merkle.js";
import { domain, sha256 } from "../sha256.js";
import { stateKey } from "../statetree.js";

const PACK = domain("pack/v1");

/** What whoever has seen the code can show. */
export function tagOf(gtin, serial) {
  return sha256(PACK, utf8(`${gtin}/${serial}`));
}

/** The item that a bundle's `code` names. Refuses `evidence.bundle.field` unless it is spelt as PROTOCOL 8 says. */
export function readCode(code) {
  const item = readAddress(code) ?? {}, parts = [["01", item.gtin], ["10", item.lot], ["21", item.serial]].filter(([, value]) => value);
  const spelt = parts.map(([number, value]) => `/${stateKey(number, value)}`).join("");
  demand(spelt === code, "evidence.bundle.field", "/01/GTIN[/10/LOT][/21/SERIAL]", code, "code");
  return item;
}

/** Is a reading what the evidence is about? */
export function isOf(proven, code, item) {
  let gtin = item.gtin;
  if (item.cn_code !== null) gtin = proven.get(stateKey("cnid", item.cn_code.slice(0, 7)))?.gtin ?? null;
  return gtin === code.gtin && item.serial === code.serial && (item.lot === null || item.lot === code.lot);
}

/** {slot, absent, otherLot}: what the marks of a bundle prove. Every proof is checked, whether it is needed or not. */
export function locate(proven, code) {
  if (code.kind !== "pack") {
    demand(!proven.marks.length, "evidence.marks.path", "no marks without a serial", proven.marks.length);
    return { slot: null, absent: false, otherLot: null };
  }
  const mark = sha256(tagOf(code.gtin, code.serial)), inside = new Map(), outside = new Map();
  for (const proof of proven.marks) {
    const slot = judge(proven, stateKey("batch", code.gtin, proof.lot), proof, mark);
    if (slot !== null) inside.set(proof.lot, slot);
    else outside.set(proof.lot, (outside.get(proof.lot) ?? new Set()).add(proof.part));
  }
  // without a printed lot nothing contradicts it, and no tree shows that a serial is in no batch
  if (code.lot === null) return { slot: null, absent: false, otherLot: null };
  const otherLot = [...inside.keys()].find((lot) => lot !== code.lot) ?? null;
  return { slot: inside.get(code.lot) ?? null, absent: isOut(proven, code, outside), otherLot };
}

/** Has every part of the batch a proof that the mark is not in it? */
function isOut(proven, { gtin, lot }, outside) {
  if (lot === null || !outside.has(lot)) return false;
  const batch = proven.get(stateKey("batch", gtin, lot));
  return batch !== null && outside.get(lot).size === batch.roots.length;
}

/** The slot of the mark in a part of a batch, or null where it is proven not to be there. */
function judge(proven, key, { part: number, leaves }, mark) {
  const batch = proven.get(key), part = batch === null ? undefined : partsOf(batch)[number];
  demand(part !== undefined, "evidence.marks.path", "a part of a batch", `part ${number} of ${key}`);
  const size = part.to - part.from, root = unhex(part.root), [first] = leaves;
  if (leaves.length === 1 && isMark(first, mark)) return slotOf(part, first, size, root);
  const pair = leaves.length === 2 ? leaves : compare(mark, first.leaf.subarray(0, 32)) < 0 ? [null, first] : [first, null];
  try {
    validateBetween(mark, ...pair, size, root);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new Refused(error.code === "merkle.inclusion" ? "evidence.marks.path" : "evidence.marks.neighbours", error.expected, error.found);
  }
  return null;
}

const isMark = ({ leaf }, mark) => hex(leaf.subarray(0, 32)) === hex(mark);

function partsOf(batch) {
  for (const part of batch.roots) {
    const good = ["from", "to", "root"].every((name) => Object.hasOwn(Object(part), name)) && Object.keys(part).length === 3;
    const typed = good && Number.isInteger(part.from) && Number.isInteger(part.to) && typeof part.root === "string";
    demand(typed, "evidence.state.value", "parts {from, to, root}", "others", "roots");
  }
  return batch.roots;
}

function slotOf(part, { leaf, index, path }, size, root) {
  recode("evidence.marks.path", () => validateInclusion(leafHash(leaf), index, size, path, root));
  const slot = new DataView(leaf.buffer, leaf.byteOffset).getUint32(32);
  demand(part.from <= slot && slot < part.to, "evidence.marks.path", `a slot of ${part.from} .. ${part.to - 1}`, slot);
  return slot;
}
