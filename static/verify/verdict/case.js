/** One question for a verdict, and the small answers that several lines need (DOMAIN 10); the mirror of trace/drugs/case.py. */
import { daysIn } from "../gs1/numbers.js";

const SHOP_KINDS = ["shop", "hospital_pharmacy", "ward", "theatre"];
/** Run states of packs that may still be sold; that a patient or ward may already use; and the others. */
export const HELD = ["active", "moving", "loose"];
export const HANDED_OVER = ["dispensed", "opened", "issued"];
const ENDED = ["taken_back", "sample", "free_sample", "exported", "stolen", "missing", "unused", "repacked", "destroyed"];
const STATES = [...HELD, ...HANDED_OVER, ...ENDED];
const DAY_MS = 86_400_000;

/** The local day of a time, `YYYY-MM-DD`. */
export function localDay(time, offsetMinutes) {
  return new Date(Math.floor((time + offsetMinutes * 60_000) / DAY_MS) * DAY_MS).toISOString().slice(0, 10);
}

/** The case of a question: facts, print, asker, and what follows from them. */
export function makeCase(facts, printed, asked) {
  const consumer = asked.viewer === "consumer", { slot } = facts;
  const run = facts.run !== null && slot !== null && facts.run.start <= slot && slot < facts.run.end ? facts.run : null;
  const confirmed = asked.place === null && consumer && asked.answer === "yes" && run?.state === "active";
  const place = confirmed ? run.site : asked.place;
  const here = run !== null && place !== null && run.site === place;
  return { facts, printed, asked, consumer, run, state: run?.state ?? null, place, here };
}

/** Has the place a loose pack of the batch left? null = not shown. */
export function stocked({ facts }) {
  return facts.stock === null ? (facts.absent.includes("stock") ? false : null) : facts.stock.loose > 0;
}

/** At the place and still to be sold? */
export function isAvailable(found) {
  const loose = found.state === "loose" && found.place !== null && stocked(found) === true;
  return (found.state === "active" && found.here) || loose;
}

/** Does the phone hold the receipt of this very sale? */
export function isBought({ asked, consumer, run }) {
  return consumer && asked.receipt !== null && run !== null && run.receipts.includes(asked.receipt);
}

/** The markets whose recalls and withdrawals concern the pack. */
export function marketsOf({ facts }) {
  return [facts.market?.code, facts.batch?.market].filter((code) => code !== undefined);
}

/** How old evidence may be for this viewer, seconds; null where the market is not shown. */
export function limitOf({ facts, asked }) {
  if (facts.market === null) return null;
  const fresh = facts.market.fresh_minutes;
  return 60 * (asked.viewer === "consumer" ? fresh.consumer : asked.viewer === "pharmacy" ? fresh.dispense : fresh.trade);
}

/** X of the sentences: the site that the run names. */
export function siteParams({ facts }) {
  return facts.holder === null ? {} : { site: facts.holder.gln, names: facts.holder.names };
}

/** X and D of the sentences: the site, and the local day of the run's last event. */
export function soldParams(found) {
  const { run, facts } = found;
  const day = run === null || facts.market === null ? {} : { day: localDay(run.since, facts.market.offset_minutes) };
  return { ...siteParams(found), ...day };
}

/** What is missing before anything green can be said of a pack whose run is known, in this order. */
export function unshown(found) {
  const { facts, state, place } = found, batch = facts.batch;
  const signers = batch === null ? [] : [batch.signer, ...batch.releases.map((release) => release.key)];
  const site = facts.run?.site ?? null;
  const checks = [
    ["market", facts.market !== null],
    ["keys", signers.every((signer) => facts.keys.some(({ key }) => key === signer))],
    ["sources", batch === null || batch.sources.every((name) => facts.sources.some((source) => source.batch === name))],
    ["holder", site === null || facts.holder?.gln === site],
    ["place", place === null || facts.absent.includes("place") || isPlaceShown(found)],
    ["stock", state !== "loose" || place === null || stocked(found) !== null],
    ["shipment", state !== "moving" || facts.shipment !== null],
  ];
  return checks.filter(([, shown]) => !shown).map(([name]) => name);
}

function isPlaceShown({ facts, asked, place }) {
  return (asked.place === null ? facts.holder : facts.place)?.gln === place;
}

/** Is it a site that is no shop, pharmacy, ward or theatre? */
export function isNoShop(site) {
  return site !== null && !SHOP_KINDS.includes(site.kind);
}

/** The recalls named at a level that count here, null for one whose entry is not shown. */
export function recallsInForce(found, level) {
  const { facts } = found, markets = marketsOf(found), out = [];
  for (const number of numbersAt(facts, level)) {
    const recall = facts.recalls.findLast((one) => one.number === number) ?? null;
    const concerns = recall === null || !markets.length || recall.markets.some((code) => markets.includes(code));
    if (recall === null || (recall.status !== "issued_in_error" && concerns)) out.push(recall);
  }
  return out;
}

function numbersAt(facts, level) {
  if (level === "source") return facts.sources.flatMap((source) => source.recalls);
  return { pack: facts.run, batch: facts.batch, product: facts.product }[level]?.recalls ?? [];
}

/** Is another expiry printed than the ledger's? By month only where the code has day 00. */
export function expiryDiffers(printed, expiry) {
  if (printed.expiry === null) return false;
  const length = printed.expiry_month_only ? 7 : 10;
  return printed.expiry.slice(0, length) !== expiry.slice(0, length);
}

/** Could the printed expiry be that of a batch made before its product joined the ledger? */
export function isBeforeLedger({ facts, printed }) {
  const { product } = facts;
  if (product === null || product.shelf_months === null || printed.expiry === null) return false;
  const last = monthsLater(product.joined, product.shelf_months), length = printed.expiry_month_only ? 7 : 10;
  return printed.expiry.slice(0, length) <= last.slice(0, length);
}

function monthsLater(day, months) {
  const sum = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + months;
  const year = Math.floor(sum / 12), month = (sum % 12) + 1;
  const pad = (value, width) => String(value).padStart(width, "0");
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(Math.min(Number(day.slice(8)), daysIn(year, month)), 2)}`;
}

/** The first of product, batch, serial, run that nobody has shown, in or out; null where the pack is identified. */
export function lacking({ facts, state }) {
  const { absent } = facts;
  if (absent.includes("product") || absent.includes("batch")) return null;
  if (facts.product === null) return "product";
  if (facts.slot === null) {
    if (absent.includes("serial") || facts.other_lot !== null) return null;
    return facts.batch === null ? "batch" : "serial";
  }
  if (facts.batch === null) return "batch";
  return STATES.includes(state) ? null : "run";
}
