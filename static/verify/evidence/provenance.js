/** Who signed what about a pack, from the owner of the prefix to now (PROTOCOL 8, steps 9 and 10); the mirror of trace/drugs/provenance.py. */
import { hex } from "../bytes.js";
import { Refused, demand } from "../errors.js";
import { stateKey } from "../statetree.js";
import { tagOf } from "./identifying.js";
import { Gap, at } from "./proven.js";
import { coveringRun } from "./rebuilding.js";
import { Signers } from "./signers.js";
import { NOWHERE, UNTOUCHED, after, fits, trace, wayOf } from "./ways.js";

function expect(good, expected, item) {
  demand(good, "evidence.event.entry", expected, `${item.kind} ${hex(item.id)}`);
}

const says = (item, kind, fields) => item.kind === kind && Object.entries(fields).every(([name, value]) => item.body[name] === value);

/** The signatures behind one pack. */
export class Provenance {
  constructor(proven, { gtin, lot }) {
    Object.assign(this, { proven, gtin, lot, signers: new Signers(proven) });
    this.productKey = stateKey("product", gtin);
    this.batchKey = stateKey("batch", gtin, lot);
    this.product = proven.need(this.productKey);
    this.batch = proven.need(this.batchKey);
  }

  /** Product, batch and releases were signed by whoever had to. */
  validateMaking() {
    this.validateProduct();
    this.validateBatch();
    for (const release of this.batch.releases) this.validateRelease(release);
  }

  validateProduct() {
    const [item, event] = this.proven.event(this.productKey), { owner } = this.product;
    const good = says(item, "drugs.product", { gtin: this.gtin }) && this.signers.validate(item, event, null) === owner;
    expect(good, "a product registered by its owner", item);
    this.validatePrefix(owner, event.time);
  }

  /** The owner holds a prefix that the GTIN begins with. */
  validatePrefix(owner, time) {
    const digits = this.gtin.slice(1);
    const shown = [...this.proven.entries.keys()].filter((key) => key.startsWith("prefix/") && digits.startsWith(key.slice(7)));
    const longest = shown.sort((one, other) => other.length - one.length)[0];
    const good = longest === undefined
      ? (this.signers.enrolmentOf(owner).prefixes ?? []).some((prefix) => digits.startsWith(prefix))
      : holderOf(this.proven.get(longest), time) === owner;
    demand(good, "evidence.event.prefix", `a prefix of ${owner}`, digits);
  }

  validateBatch() {
    const [item, event] = this.proven.event(this.batchKey), { batch, product, gtin, lot } = this, first = at(batch.roots, 0);
    const said = { gtin, lot, root: at(first, "root"), count: at(first, "to"), expiry: batch.printed_expiry, market: batch.market };
    const same = says(item, "drugs.batch", said) && item.by === batch.signer && event.time === batch.since;
    expect(same, "the batch as its entry says", item);
    const party = this.signers.validate(item, event, at(item.body, "site"));
    expect(party === batch.maker, "the maker's signature", item);
    expect(party === product.owner || product.makers.includes(party), "a maker that the owner named", item);
  }

  validateRelease(release) {
    const [item, event] = this.findRelease(release), party = this.signers.validate(item, event, null);
    const allowed = release.as === "authority"
      ? at(this.proven.need(stateKey("market", this.batch.market)), "regulators")
      : [this.product.owner, this.batch.maker];
    expect(allowed.includes(party) && party === release.party, "a release by whoever is entitled", item);
  }

  findRelease(release) {
    const { gtin, lot } = this, said = { gtin, lot, as: at(release, "as"), decision: at(release, "decision") };
    for (const [number, event] of this.proven.history(this.batchKey).events.entries()) {
      if (event.height !== at(release, "height") || !Number.isInteger(event.what)) continue;
      const [item] = this.proven.event(this.batchKey, number);
      if (item.by === at(release, "key") && says(item, "drugs.release", said)) return [item, event];
    }
    throw new Gap("evidence.event.missing", `a release of ${this.batchKey}`);
  }

  /** The whole way of the pack leads to what its run says; what it proves: `named`, `boxed` or `batch`. */
  follow(slot, serial) {
    const { gtin, lot, proven, signers } = this, [start, run] = coveringRun(proven, this, slot), key = stateKey("run", gtin, lot, start);
    const pack = { gtin, lot, slot, tag: hex(tagOf(gtin, serial)) }, kinds = [];
    let place = NOWHERE, left = UNTOUCHED, site;
    for (const [number, event] of proven.history(key).events.entries()) {
      const [item] = proven.event(key, number);
      [place, site] = after(pack, place, item);
      left = trace(left, item, event.time);
      const party = signers.validate(item, event, site);
      expect(site === null || signers.owns(party, site), "a site of the signer's party", item);
      kinds.push(item.kind);
    }
    if (!isAt(place, run)) throw new Refused("evidence.custody", `${place.state} ${place.site ?? place.shipment}`, `${run.state} ${run.site}`);
    if (!fits(left, run)) throw new Refused("evidence.custody", JSON.stringify(left), "receipts, recalls, since of the run");
    return wayOf(kinds);
  }

  /** Loose packs of the batch that the place took in; null where not all of its deliveries are shown. */
  received(place) {
    const history = place ? this.proven.histories.get(stateKey("stock", this.gtin, this.lot, place)) : undefined;
    if (history === undefined || history.skipped !== 0 || history.events.some(({ what }) => !Number.isInteger(what))) return null;
    const counts = history.events.map(({ what }) => loosePacks(this.proven.transactions[what], this));
    return counts.includes(null) ? null : counts.reduce((sum, count) => sum + count, 0);
  }
}

function loosePacks({ kind, body, shown }, { gtin, lot }) {
  if (kind === "drugs.loosen") return body.ranges.reduce((sum, [start, end]) => sum + end - start, 0);
  if (kind !== "drugs.receive") return null;
  const lines = [...shown.values()].filter((each) => each.gtin === gtin && each.lot === lot && each.t === "line");
  return lines.reduce((sum, each) => sum + (each.loose ?? 0), 0);
}

function holderOf(entry, time) {
  const held = (entry?.holders ?? []).findLast(({ from, until }) => from <= time && (until === null || time < until));
  return held?.party ?? null;
}

/** Is the run where its events lead? */
function isAt(place, run) {
  if (place.state !== run.state) return false;
  if (place.state === "moving") return run.shipment === place.shipment;
  return !["active", "dispensed"].includes(place.state) || place.site === null || place.site === run.site;
}
