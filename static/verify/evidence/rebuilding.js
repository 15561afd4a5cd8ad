/** Facts from proven entries alone, for the same verdict that a node gives (PROTOCOL 8, DOMAIN 10.5); the mirror of trace/drugs/{rebuilding,gathering}.py. */
import { demand } from "../errors.js";
import { stateKey } from "../statetree.js";
import { Gap, at } from "./proven.js";

/** What somebody knows who has no evidence at all. */
export const NOTHING = {
  evidence: "none", absent: [], market: null, product: null, batch: null, slot: null, other_lot: null, run: null, way: null, received: null,
  recalls: [], sources: [], keys: [], stock: null, holder: null, place: null, shipment: null,
};

/** What the evidence shows of the code. Refuses `evidence.state.value` for entries that are not what DOMAIN 3 says. */
export function rebuild(proven, code, located, place) {
  const facts = { ...structuredClone(NOTHING), evidence: "verified" };
  addPlace(proven, facts, place);
  const product = look(proven, facts, "product", stateKey("product", code.gtin));
  if (product === null) return facts;
  facts.product = productFact(product);
  addRecalls(proven, facts, product.recalls);
  if (code.lot !== null) {
    addBatch(proven, facts, code);
    addPack(proven, facts, code, located, place);
  }
  return facts;
}

/** No evidence counts as fresh for longer than the anchor says. */
export function capFreshness(facts, maxAge) {
  if (facts.market === null) return facts;
  const cap = Math.floor(maxAge / 60), fresh = Object.entries(facts.market.fresh_minutes).map(([name, minutes]) => [name, Math.min(minutes, cap)]);
  return { ...facts, market: { ...facts.market, fresh_minutes: Object.fromEntries(fresh) } };
}

/** [first slot, run] of the run that covers the slot. */
export function coveringRun(proven, { gtin, lot }, slot) {
  const [key, run] = proven.floor(`${stateKey("run", gtin, lot)}/`, stateKey("run", gtin, lot, slot));
  if (slot >= run.end) throw new Gap("evidence.state.missing", stateKey("run", gtin, lot, slot));
  return [Number(key.slice(-8)), run];
}

/** An entry; named in `absent` where it is proven not to be there. */
function look(proven, facts, name, key) {
  if (!proven.entries.has(key)) return proven.attempt(() => proven.get(key));
  const found = proven.get(key);
  if (found === null) facts.absent.push(name);
  return found;
}

// --- single entries, each field exactly of its type ---

const isText = (value) => typeof value === "string";
const isTexts = (value) => Array.isArray(value) && value.every(isText);
const isNames = (value) => value !== null && typeof value === "object" && Object.values(value).every(isText);

function strict(fact, ...checks) {
  demand(checks.every(Boolean), "evidence.state.value", "the fields of DOMAIN 3", "others");
  return fact;
}

function productFact({ owner, names, markets, joined, shelf_months, recalls, withdrawn }) {
  const fact = { owner, names, markets: markets.map((each) => at(each, "market")), joined, shelf_months, recalls, withdrawn };
  return strict(fact, isNames(names), isTexts(fact.markets), isTexts(recalls), isTexts(withdrawn));
}

function batchFact(lot, batch) {
  const { maker, signer, since: time, count, market, status, expiry, printed_expiry, recalls, loose_missing } = batch;
  const releases = batch.releases.map((each) => ({ key: at(each, "key"), time: at(each, "since") }));
  const sources = (batch.sources ?? []).map((each) => `${at(each, "gtin")}/${at(each, "lot")}`);
  const fact = { lot, maker, signer, time, count, market, status, releases, expiry, printed_expiry, recalls, sources, loose_missing };
  return strict(fact, isTexts(recalls), releases.every(({ key, time: since }) => isText(key) && Number.isInteger(since)));
}

function runFact(start, run) {
  const { end, state, site, shipment, box, recalls, receipts, units_left, since, attempts, alerts = 0 } = run;
  const block = run.block === null || !Object.keys(run.block).length ? null : at(run.block, "why");
  const fact = { start, end, state, site, shipment, box, block, recalls, receipts, units_left, since, attempts, alerts };
  return strict(fact, isTexts(recalls), isTexts(receipts), block === null || isText(block), Number.isInteger(alerts));
}

function siteFact(proven, gln) {
  const site = gln ? proven.get(stateKey("site", gln)) : null;
  if (site === null) return null;
  const { party, kind, names, region, country } = site;
  return strict({ gln, party, kind, names, region, country }, isNames(names));
}

function marketFact(proven, code) {
  const found = code ? proven.get(stateKey("market", code)) : null;
  if (found === null) return null;
  const { offset_minutes, custody, undo_days } = found;
  const fresh_minutes = Object.fromEntries(["dispense", "trade", "consumer"].map((name) => [name, at(found.fresh_minutes, name)]));
  return strict({ code, offset_minutes, custody, undo_days, fresh_minutes }, Object.values(fresh_minutes).every(Number.isInteger));
}

function recallFact(proven, number) {
  const found = proven.get(stateKey("recall", number));
  if (found === null) return null;
  const { class: recall_class, depth, markets, status } = found;
  return strict({ number, recall_class, depth, markets, status }, isTexts(markets));
}

function keyFact(proven, key) {
  const found = proven.get(stateKey("key", key));
  return found && { key, party: found.party, compromised_since: found.compromised_since };
}

function sourceFact(proven, { gtin, lot }) {
  const batch = proven.get(stateKey("batch", gtin, lot)), product = proven.get(stateKey("product", gtin));
  return { batch: `${gtin}/${lot}`, recalls: [...new Set([...(batch?.recalls ?? []), ...(product?.recalls ?? [])])] };
}

// --- putting them together ---

function addPlace(proven, facts, place) {
  if (!place) return;
  facts.place = proven.attempt(() => siteFact(proven, place));
  if (facts.place !== null) facts.market = proven.attempt(() => marketFact(proven, facts.place.country));
  else if (proven.entries.get(stateKey("site", place)) === null) facts.absent.push("place");
}

/** A recall that is not shown is left out: its number alone keeps the pack red. */
function addRecalls(proven, facts, numbers) {
  for (const number of numbers) {
    const found = proven.attempt(() => recallFact(proven, number)), place = facts.recalls.findIndex((one) => one.number === number);
    if (found !== null) facts.recalls.splice(place < 0 ? facts.recalls.length : place, place < 0 ? 0 : 1, found);
  }
}

function addBatch(proven, facts, { gtin, lot }) {
  const batch = look(proven, facts, "batch", stateKey("batch", gtin, lot));
  if (batch === null) return;
  const shown = (found) => found !== null;
  facts.sources = (batch.sources ?? []).map((source) => proven.attempt(() => sourceFact(proven, source))).filter(shown);
  const signers = [...new Set([batch.signer, ...batch.releases.map((release) => at(release, "key"))])];
  facts.keys = signers.map((text) => proven.attempt(() => keyFact(proven, text))).filter(shown);
  // where the place is shown, its own market decides, or nobody
  if (facts.place === null) facts.market = proven.attempt(() => marketFact(proven, batch.market));
  facts.batch = batchFact(lot, batch);
  addRecalls(proven, facts, [...batch.recalls, ...facts.sources.flatMap((source) => source.recalls)]);
}

/** The slot, the run that covers it, and what belongs to its state. */
function addPack(proven, facts, code, located, place) {
  if (located.absent) facts.absent.push("serial");
  facts.other_lot = located.otherLot;
  facts.slot = located.slot;
  if (located.slot === null || facts.batch === null) return;
  const covering = proven.attempt(() => coveringRun(proven, code, located.slot));
  if (covering === null) return;
  const [start, run] = covering;
  facts.run = runFact(start, run);
  facts.holder = run.site === place && facts.place !== null ? facts.place : proven.attempt(() => siteFact(proven, run.site));
  addRecalls(proven, facts, run.recalls);
  if (run.state === "loose" && place) {
    const stock = look(proven, facts, "stock", stateKey("stock", code.gtin, code.lot, place));
    facts.stock = stock && { named: stock.named, loose: stock.loose };
  }
  if (run.state === "moving" && run.shipment) {
    const shipment = proven.attempt(() => proven.get(stateKey("shipment", run.shipment)));
    facts.shipment = shipment && { sender: shipment.from, receiver: shipment.to, since: shipment.since };
  }
}
