/** When each line of DOMAIN 10.2 applies: null, or the values that its sentence is filled with; the mirror of trace/drugs/{standing,whereabouts}.py. */
import {
  HANDED_OVER, HELD, expiryDiffers, isAvailable, isBeforeLedger, isBought, isNoShop, lacking, limitOf, marketsOf, recallsInForce, siteParams,
  soldParams, stocked, unshown,
} from "./case.js";

const plain = (applies) => (applies ? {} : null);
const has = ({ facts }, name) => facts.absent.includes(name);

// --- the scan, the ledger, the batch (ranks 1-18) ---

export const nothingRead = ({ printed }) => plain(printed.kind === "none");
export const noSerial = (found) => plain(["product", "box"].includes(found.printed.kind) && !has(found, "product"));
export const batchCode = (found) => plain(found.printed.kind === "batch" && !has(found, "product") && !has(found, "batch"));
export const inconsistent = ({ facts }) => plain(facts.evidence === "inconsistent");
export const noEvidence = ({ facts }) => plain(facts.evidence !== "verified");
export const unknownProduct = (found) => plain(has(found, "product"));
export const batchBeforeLedger = (found) => plain(has(found, "batch") && isBeforeLedger(found));
export const unknownBatch = (found) => plain(has(found, "batch") && !isBeforeLedger(found));
export const unknownSerial = (found) => plain(has(found, "serial") && found.facts.other_lot === null);
export const batchMismatch = ({ facts }) => (facts.other_lot === null ? null : { lot: facts.other_lot });
export const batchRejected = ({ facts }) => plain(facts.batch?.status === "rejected");
export const notReleased = ({ facts }) => plain(facts.batch !== null && !["released", "rejected"].includes(facts.batch.status));

export function scannerFault(found) {
  const { printed, facts } = found, strange = ["product", "batch", "serial"].some((name) => has(found, name));
  const faulty = printed.repairs.length && (!printed.unique || (facts.slot === null && strange));
  return faulty ? { repair: printed.repairs[0] } : null;
}

export function notShown(found) {
  const missing = lacking(found);
  return found.printed.kind === "pack" && missing ? { what: missing } : null;
}

export function expiryMismatch({ facts, printed }) {
  const batch = facts.batch;
  return batch !== null && expiryDiffers(printed, batch.printed_expiry) ? { day: batch.printed_expiry } : null;
}

/** 17: signed by a key after the moment from which it counts as stolen. Block times, never the signer's. */
export function issuerRevoked({ facts }) {
  const batch = facts.batch;
  if (batch === null) return null;
  const since = Object.fromEntries(facts.keys.map((key) => [key.key, key.compromised_since]));
  const signed = [{ key: batch.signer, time: batch.time }, ...batch.releases];
  return plain(signed.some(({ key, time }) => (since[key] ?? null) !== null && since[key] <= time));
}

// --- states, recalls, blocks (ranks 20-35) ---

export const inState = (state) => (found) => (found.state === state ? siteParams(found) : null);
export const endedHere = (state) => (found) => (found.here || found.place === null ? inState(state)(found) : null);
export const suspectClone = ({ run }) => plain(run !== null && (run.alerts > 0 || run.block === "suspect"));
export const recalled = (level) => (found) => recallParams(found, level, true);
export const shelfOnly = (level) => (found) => recallParams(found, level, false);

function recallParams(found, level, reaching) {
  const gone = HANDED_OVER.includes(found.state);
  const recalls = recallsInForce(found, level).filter((one) => (!gone || one === null || one.depth === "patient") === reaching);
  const shown = recalls.filter((one) => one !== null).sort((one, other) => one.recall_class - other.recall_class || (one.number < other.number ? -1 : 1));
  return shown.length ? { class: shown[0].recall_class, number: shown[0].number } : plain(recalls.length);
}

export function withdrawn(found) {
  const product = found.facts.product, markets = marketsOf(found);
  return plain(product !== null && product.withdrawn.some((code) => !markets.length || markets.includes(code)));
}
export const withdrawnSold = (found) => (HANDED_OVER.includes(found.state) ? withdrawn(found) : null);

export function expired({ facts, asked }) {
  const batch = facts.batch;
  return batch !== null && asked.day !== null && asked.day > batch.expiry ? { day: batch.expiry } : null;
}

export const quarantined = ({ run }) => ([null, "suspect", "returned"].includes(run?.block ?? null) ? null : { why: run.block });
export const returned = ({ run }) => plain(run?.block === "returned");

// --- sold, opened (ranks 40-45) ---

const isSold = (found) => found.state === "dispensed";
const soldIf = (found, holds) => (isSold(found) && holds ? soldParams(found) : null);
export const soldTwice = (found) => soldIf(found, found.run?.attempts > 0);
export const soldTwiceHere = (found) => (found.here ? soldTwice(found) : null);
export const soldElsewhere = (found) => soldIf(found, found.place !== null && !found.here);
export const soldHere = (found) => soldIf(found, found.here);
export const soldNotToYou = (found) => soldIf(found, found.asked.answer === "no" && !isBought(found));

export function soldOnce(found) {
  const unasked = !["yes", "no"].includes(found.asked.answer) && !isBought(found);
  return soldIf(found, found.consumer ? unasked : found.place === null);
}

export function openedElsewhere(found) {
  if (found.state !== "opened" || isBought(found)) return null;
  const left = found.run.units_left;
  return left === null ? soldParams(found) : { ...soldParams(found), left };
}
export const openedHere = (found) => (found.here || found.place === null ? openedElsewhere(found) : null);

// --- where it lies (ranks 50-59) ---

export function wrongMarket({ facts, state }) {
  const { batch, place } = facts;
  const other = batch !== null && place !== null && place.country !== batch.market && HELD.includes(state);
  return other ? { market: batch.market } : null;
}

export const movingHere = ({ facts, state, place }) => plain(state === "moving" && place !== null && facts.shipment?.receiver === place);
export const moving = (found) => plain(found.state === "moving" && (found.consumer || movingHere(found) === null));
export const notInAShop = ({ facts, state }) => plain(isNoShop(state === "active" ? facts.holder : state === "loose" ? facts.place : null));

export function wrongCustody(found) {
  const { state, place, here, consumer, asked } = found;
  if (state === "loose") return plain(place !== null && stocked(found) === false);
  const denied = consumer && place === null && asked.answer === "no";
  return plain(state === "active" && (denied || (place !== null && !here)));
}

export function custodyNotShown({ facts, state }) {
  const missing = facts.batch?.loose_missing ?? 0;
  if (state !== "loose" || !(missing || facts.market?.custody === "named")) return null;
  return missing ? { missing } : {};
}

export function incomplete(found) {
  const missing = found.state === null ? [] : unshown(found);
  return missing.length ? { what: missing[0] } : null;
}

export function checkPlace(found) {
  if (found.place !== null || !["active", "loose"].includes(found.state)) return null;
  return found.consumer && (notInAShop(found) ?? wrongCustody(found)) !== null ? null : siteParams(found);
}

export function stale(found) {
  const { asked, printed, state } = found, age = asked.age_s, limit = limitOf(found);
  const unknownAge = age === null || age < 0, aged = unknownAge || (limit !== null && age > limit);
  const unknown = state !== null && (limit === null || asked.day === null);
  if (printed.kind !== "pack" || !(aged || unknown)) return null;
  return unknownAge ? {} : { age_s: age };
}

// --- green (ranks 70-74) ---

export function extended({ facts }) {
  const batch = facts.batch;
  return batch !== null && batch.expiry > batch.printed_expiry ? { day: batch.expiry } : null;
}
export const dispensedToYou = (found) => (["dispensed", "opened"].includes(found.state) && isBought(found) ? soldParams(found) : null);
export const soldAsYouSay = (found) => soldIf(found, found.asked.answer === "yes" && !isBought(found));
export const available = (found) => plain(isAvailable(found));
