/** The way of a pack as its events say it, from the factory to what its entry says now (PROTOCOL 8, step 10); the mirror of trace/drugs/ways.py. */
import { hex } from "../bytes.js";
import { demand } from "../errors.js";
import { at } from "./proven.js";
import { isSame, numbersAfter, pick } from "./replay.js";

const ARRIVED_BLOCKED = ["damaged", "seal_broken", "excursion"];
const UNVERIFIED = ["saleable", "misdelivery", "refusal"];
const BLOCKED = ["recall", "expired", "damaged", "destruction"];

/** Before the first event; `site` null = no event says, `ends` = [from, to] of the shipment; `difference` with which it arrived. */
export const NOWHERE = { state: "", site: null, shipment: null, ends: null, purpose: "", difference: null };
const active = (site, difference = null) => ({ ...NOWHERE, state: "active", site, difference });
const moving = (item, ends, purpose) => ({ ...NOWHERE, state: "moving", shipment: hex(item.id), ends, purpose });

/** Before the first event: what events leave on a run beside its place; `since` = block time of the last that is no recall. */
export const UNTOUCHED = { receipts: [], recalls: [], since: 0, block: null };

/** What is left after one more event, signed for `party`, that led from `before` to `place`. */
export function trace(left, { item, time, party, before, place }) {
  const { kind, body } = item;
  if (["drugs.recall", "drugs.recall.close"].includes(kind)) return { ...left, recalls: numbersAfter(left.recalls, item) };
  const next = { ...left, since: time };
  if (kind === "drugs.dispense") return { ...next, receipts: at(body, "receipt") ? [body.receipt] : [] };
  if (kind === "drugs.undo") return { ...next, receipts: [] };
  if (kind === "drugs.receive" && place.state === "active") return { ...next, block: blockAfter(left.block, body, party, before, place) };
  return next;
}

/** What keeps a pack from sale after it arrived (DOMAIN 7.2, receiving by purpose). */
function blockAfter(block, body, party, { purpose }, { difference }) {
  if (block !== null && block.why !== "returned") return block;
  const unverified = UNVERIFIED.includes(purpose);
  const why = difference ?? (BLOCKED.includes(purpose) ? purpose : unverified && !at(body, "checked") ? "returned" : null);
  if (why) return { why, by: party };
  return unverified ? null : block;
}

/** Does the run say the same? */
export const fits = (left, run) => isSame(left, pick(run, Object.keys(left)));

/** [where the pack {gtin, lot, slot, tag} is after one more event, the site that signs for it]; refuses `evidence.custody`. */
export function after(pack, place, item) {
  demand(Object.hasOwn(STEPS, item.kind), "evidence.custody", "an event of a pack", item.kind);
  return STEPS[item.kind](pack, place, item);
}

/** What a whole way proves by its kinds of events (DOMAIN 4). */
export function wayOf(kinds) {
  return kinds.includes("drugs.loosen") ? "batch" : kinds.includes("drugs.aggregate") ? "boxed" : "named";
}

function require(good, expected, item) {
  demand(good, "evidence.custody", expected, `${item.kind} ${hex(item.id)}`);
}

const isOf = (pack, value) => value.gtin === pack.gtin && value.lot === pack.lot;
const isScanned = (pack, value) => value.slot === pack.slot && value.tag === pack.tag;
const liesAt = (place, site) => place.state === "active" && (place.site === null || place.site === site);
const shown = (item) => [...item.shown.values()];

function covers(pack, value) {
  return isOf(pack, value) && (value.ranges ?? []).some(([start, end]) => start <= pack.slot && pack.slot < end);
}

function inOwnShipment(place, item) {
  return place.state === "moving" && place.shipment === at(item.body, "shipment") && place.ends !== null;
}

function made(pack, place, item) {
  require(place.state === "" && isOf(pack, item.body) && pack.slot < at(item.body, "count"), "the batch first", item);
  const site = at(item.body, "site");
  return [active(site), site];
}

function sent(pack, place, item) {
  const source = at(item.body, "from"), target = at(item.body, "to");
  require(liesAt(place, source), "a pack that lies where it leaves", item);
  require(shown(item).some((each) => each.t === "line" && covers(pack, each)), "a line with the slot", item);
  return [moving(item, [source, target], at(item.body, "purpose")), source];
}

function received(pack, place, item) {
  if (place.state === "loose") return receivedLoose(pack, item);
  require(inOwnShipment(place, item), "the receipt of its shipment", item);
  const target = place.ends[1];
  const whats = shown(item).filter((each) => covers(pack, each)).map((each) => (each.t === "difference" ? at(each, "what") : null));
  const arrived = whats.filter((what) => what === null || ARRIVED_BLOCKED.includes(what));
  const lost = whats.includes("missing") || (!arrived.length && at(item.body, "final") === true);
  require(lost || arrived.length > 0, "a line with the slot", item);
  return [lost ? { ...place, state: "missing" } : active(target, arrived[0]), target];
}

/** A loose pack found in a delivery by its tag; the shipment is not on its own way, so the entry says where. */
function receivedLoose(pack, item) {
  const differences = shown(item).filter((each) => each.t === "difference" && isOf(pack, each));
  const named = differences.filter((each) => (each.packs ?? []).some((scanned) => isScanned(pack, scanned)));
  require(named.length > 0, "the pack by its tag", item);
  const what = at(named[0], "what");
  return [what === "missing" ? { ...NOWHERE, state: what } : active(null, what), null];
}

function refused(pack, place, item) {
  require(inOwnShipment(place, item), "its own shipment", item);
  const [source, target] = place.ends;
  return [moving(item, [target, source], "refusal"), target];
}

function cancelled(pack, place, item) {
  require(inOwnShipment(place, item), "its own shipment", item);
  return [active(place.ends[0]), place.ends[0]];
}

function loosened(pack, place, item) {
  const site = at(item.body, "site");
  require(liesAt(place, site) && covers(pack, item.body), "a pack that lies there", item);
  return [{ ...NOWHERE, state: "loose" }, site];
}

function named(pack, place, item) {
  require(place.state === "loose" && isOf(pack, item.body), "a loose pack", item);
  require(shown(item).some((each) => isScanned(pack, each)), "the pack by its tag", item);
  const site = at(item.body, "site");
  return [active(site), site];
}

function sold(pack, place, item) {
  const site = at(item.body, "site");
  require(liesAt(place, site) || place.state === "loose", "a pack that lies there, or a loose one", item);
  require(isOf(pack, item.body) && isScanned(pack, item.body), "this pack", item);
  return [{ ...NOWHERE, state: "dispensed", site }, site];
}

function undone(pack, place, item) {
  const site = at(item.body, "site");
  require(place.state === "dispensed" && place.site === site && isOf(pack, item.body), "a pack that was sold there", item);
  require(item.body.slot === pack.slot, "this pack", item);
  return [active(site), site];
}

function marked(pack, place, item) {
  require(place.state !== "", "the batch first", item);
  return [place, null];
}

const STEPS = {
  "drugs.batch": made,
  "drugs.ship": sent,
  "drugs.return": sent,
  "drugs.receive": received,
  "drugs.refuse": refused,
  "drugs.cancel": cancelled,
  "drugs.loosen": loosened,
  "drugs.name": named,
  "drugs.dispense": sold,
  "drugs.undo": undone,
  "drugs.recall": marked,
  "drugs.recall.close": marked,
};
