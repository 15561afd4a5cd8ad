/** The way of a pack as its events say it, from the factory to what its entry says now (PROTOCOL 8, step 10); the mirror of trace/drugs/ways.py. */
import { hex } from "../bytes.js";
import { demand } from "../errors.js";
import { at } from "./proven.js";

const ARRIVED_BLOCKED = ["damaged", "seal_broken", "excursion"];

/** Before the first event; `site` null = no event says, `ends` = [from, to] of the shipment. */
export const NOWHERE = { state: "", site: null, shipment: null, ends: null };
const active = (site) => ({ ...NOWHERE, state: "active", site });

/** Before the first event: what events leave on a run beside its place; `sold` = block time of the sale that stands. */
export const UNTOUCHED = { receipts: [], recalls: [], sold: null };

/** What is left after one more event. */
export function trace(left, item, time) {
  const { kind, body } = item;
  if (kind === "drugs.dispense") return { ...left, receipts: at(body, "receipt") ? [body.receipt] : [], sold: time };
  if (kind === "drugs.undo") return { ...left, receipts: [], sold: null };
  if (kind === "drugs.recall") return { ...left, recalls: [...left.recalls, at(body, "number")] };
  if (kind === "drugs.recall.close") return { ...left, recalls: left.recalls.filter((number) => number !== at(body, "number")) };
  return left;
}

/** Does the run say the same? */
export function fits({ receipts, recalls, sold }, run) {
  const since = run.state === "dispensed" ? run.since : null;
  return same(receipts, run.receipts) && same(recalls, run.recalls) && sold === since;
}

const same = (left, right) => left.length === right.length && left.every((text, place) => text === right[place]);

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
  return [{ state: "moving", site: null, shipment: hex(item.id), ends: [source, target] }, source];
}

function received(pack, place, item) {
  if (place.state === "loose") return receivedLoose(pack, item);
  require(inOwnShipment(place, item), "the receipt of its shipment", item);
  const target = place.ends[1];
  const whats = shown(item).filter((each) => covers(pack, each)).map((each) => (each.t === "difference" ? at(each, "what") : ""));
  const arrived = whats.some((what) => what === "" || ARRIVED_BLOCKED.includes(what));
  const lost = whats.includes("missing") || (!arrived && at(item.body, "final") === true);
  require(lost || arrived, "a line with the slot", item);
  return [lost ? { ...place, state: "missing" } : active(target), target];
}

/** A loose pack found in a delivery by its tag; the shipment is not on its own way, so the entry says where. */
function receivedLoose(pack, item) {
  const differences = shown(item).filter((each) => each.t === "difference" && isOf(pack, each));
  const named = differences.filter((each) => (each.packs ?? []).some((scanned) => isScanned(pack, scanned)));
  require(named.length > 0, "the pack by its tag", item);
  return [{ ...NOWHERE, state: at(named[0], "what") === "missing" ? "missing" : "active" }, null];
}

function refused(pack, place, item) {
  require(inOwnShipment(place, item), "its own shipment", item);
  const [source, target] = place.ends;
  return [{ state: "moving", site: null, shipment: hex(item.id), ends: [target, source] }, target];
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
