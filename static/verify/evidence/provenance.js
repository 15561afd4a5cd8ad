/** Who signed what about a pack, from the owner of the prefix to now (PROTOCOL 8, steps 9 and 10); the mirror of trace/drugs/provenance.py. */
import { hex } from "../bytes.js";
import { demand } from "../errors.js";
import { stateKey } from "../statetree.js";
import { tagOf } from "./identifying.js";
import { at } from "./proven.js";
import { coveringRun } from "./rebuilding.js";
import { ENTRY, batchAfter, isSame, pick, productAfter, validateSame } from "./replay.js";
import { Signers } from "./signers.js";
import { Things } from "./things.js";
import { NOWHERE, UNTOUCHED, after, fits, trace, wayOf } from "./ways.js";

function expect(good, expected, item) {
  demand(good, ENTRY, expected, `${item.kind} ${hex(item.id)}`);
}

/** The signatures behind one pack. */
export class Provenance {
  constructor(proven, { gtin, lot }) {
    Object.assign(this, { proven, gtin, lot, signers: new Signers(proven) });
    this.productKey = stateKey("product", gtin);
    this.batchKey = stateKey("batch", gtin, lot);
    this.product = proven.need(this.productKey);
    this.batch = proven.need(this.batchKey);
  }

  /** Product, batch and whatever else is shown is what signed events made of it. */
  validateMaking() {
    this.validateProduct();
    this.validateBatch();
    new Things(this.proven, this.signers).validate();
  }

  validateProduct() {
    let value, owner = "";
    for (const [item, event] of this.proven.events(this.productKey)) {
      const first = !value;
      value = productAfter(value, this.gtin, item);
      if (first) {
        owner = this.signers.validate(item, event, null);
        this.validatePrefix(owner, event.time);
      }
      this.validateClose(this.productKey, item, event);
    }
    validateSame(this.product, { ...value, owner }, ENTRY, this.productKey);
  }

  /** A mark was taken away by regulators of all its markets. */
  validateClose(key, item, event) {
    if (item.kind !== "drugs.recall.close") return;
    const opens = ([{ kind, body }]) => kind === "drugs.recall" && at(body, "number") === at(item.body, "number");
    const opened = this.proven.events(key).find(opens), markets = opened ? at(opened[0].body, "markets") : [null];
    const hands = opened ? [...this.signers.handsOf(item, event).keys()] : [];
    expect(markets.every((market) => hands.some((party) => this.signers.isRegulatorOf(party, market))), "regulators' word", item);
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
    const { batch, product, batchKey: key } = this, releases = [];
    let value, maker = "", lost = false;
    for (const [item, event] of this.proven.events(key)) {
      const first = !value;
      value = batchAfter(value, this, item, event);
      if (first) {
        maker = this.signers.validate(item, event, item.body.site);
        expect(maker === product.owner || product.makers.includes(maker), "a maker that the owner named", item);
      }
      this.validateClose(key, item, event);
      lost ||= item.kind === "drugs.receive";
      if (item.kind === "drugs.release") releases.push(this.release(item, event, maker, releases));
    }
    validateSame(batch, { ...value, maker, releases, status: statusOf(releases, product.release) }, ENTRY, key);
    demand(lost === batch.loose_missing > 0, ENTRY, "packs missing where a receipt says so", batch.loose_missing, key);
  }

  /** A release as the batch's entry lists it. */
  release(item, event, maker, given) {
    const party = this.signers.validate(item, event, null), { body, by } = item, capacity = at(body, "as"), decision = at(body, "decision");
    const qp = capacity === "qp", { product, batch, gtin, lot } = this;
    const entitled = qp ? [product.owner, maker].includes(party) : this.signers.isRegulatorOf(party, batch.market);
    const person = !qp || this.signers.keyOf(by).class === "person";
    const first = !given.some((each) => each.as === capacity || each.decision === "rejected");
    const good = entitled && person && first && by !== batch.signer && product.release.includes(capacity);
    expect(good && at(body, "gtin") === gtin && at(body, "lot") === lot, "a release by whoever is entitled", item);
    return { as: capacity, key: by, party, decision, height: event.height, since: event.time };
  }

  /** The whole way of the pack leads to what its run says; what it proves: `named`, `boxed` or `batch`. */
  follow(slot, serial) {
    const { gtin, lot, proven, signers } = this, [start, run] = coveringRun(proven, this, slot), key = stateKey("run", gtin, lot, start);
    const pack = { gtin, lot, slot, tag: hex(tagOf(gtin, serial)) }, kinds = [];
    let place = NOWHERE, left = UNTOUCHED;
    for (const [number, event] of proven.history(key).events.entries()) {
      const [item] = proven.event(key, number), before = place, [next, site] = after(pack, before, item);
      const party = signers.validate(item, event, site);
      expect(site === null || signers.owns(party, site), "a site of the signer's party", item);
      this.validateClose(key, item, event);
      place = next;
      left = trace(left, { item, time: event.time, party, before, place });
      kinds.push(item.kind);
    }
    const found = `${place.state} ${place.site ?? place.shipment}`, code = "evidence.custody";
    demand(this.isAt(place, run, left.since), code, found, `${run.state} ${run.site}`);
    demand(fits(left, run), code, JSON.stringify(left), "receipts, recalls, block, since of the run");
    return wayOf(kinds);
  }

  /** Is the run where its events lead, and its shipment between the sites that they name? */
  isAt(place, run, since) {
    if (place.state !== run.state) return false;
    if (place.state === "moving") {
      const shipment = this.proven.entries.get(stateKey("shipment", place.shipment)) ?? null, [from, to] = place.ends;
      return run.shipment === place.shipment && (shipment === null || isSame(pick(shipment, ["from", "to", "since"]), { from, to, since }));
    }
    return !["active", "dispensed"].includes(place.state) || place.site === null || place.site === run.site;
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

/** What the decisions come to. */
function statusOf(releases, needed) {
  if (releases.some(({ decision }) => decision === "rejected")) return "rejected";
  return releases.length && needed.every((capacity) => releases.some((each) => each.as === capacity)) ? "released" : "made";
}
