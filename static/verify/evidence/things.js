/** Entries beside product, batch and pack that a verdict reads are what signed events made of them; the mirror of trace/drugs/things.py. */
import { Refused } from "../errors.js";
import { stateKey } from "../statetree.js";
import { Gap, at } from "./proven.js";
import { ENTRY, pick, recallAfter, siteAfter, validateSame } from "./replay.js";

export class Things {
  constructor(proven, signers) {
    Object.assign(this, { proven, signers });
  }

  /** All of them, by key. */
  validate() {
    const judges = { recall: this.recall, site: this.site, market: this.market, cnid: this.identifier };
    for (const [key, value] of this.proven.entries) {
      const [kind] = key.split("/", 1);
      if (value !== null && Object.hasOwn(judges, kind)) validateSame(value, judges[kind].call(this, key.slice(kind.length + 1), key), ENTRY, key);
    }
  }

  recall(_, key) {
    return this.proven.events(key).reduce((value, [item]) => recallAfter(value, key, item), null) ?? { status: null };
  }

  identifier(number) {
    const { gtin } = this.proven.need(`cnid/${number}`);
    return { gtin: this.proven.need(stateKey("product", gtin)).cn_id === number ? gtin : null };
  }

  site(gln, key) {
    const { country } = this.proven.need(key);
    let found = null;
    for (const [item, event] of this.proven.events(key)) {
      found = siteAfter(gln, item, country);
      if (item.kind !== "parties.site" || !this.isOwn(item, event, found)) this.signers.validateRegulator(item, event, found.country);
    }
    return found ?? this.founded(gln);
  }

  /** A ward or theatre that a hospital's admin described. */
  isOwn(item, event, { party, kind }) {
    return this.signers.handsOf(item, event).get(party)?.class === "admin" && ["ward", "theatre"].includes(kind);
  }

  /** A site of a regulator of the genesis document. */
  founded(gln) {
    for (const { gln: party, markets: [country], sites = [] } of this.signers.regulators.values()) {
      const site = sites.find((each) => at(each, "gln") === gln);
      if (site) return { party, country, ...pick(site, ["kind", "names", "region"]) };
    }
    throw new Refused(ENTRY, "a site of the genesis document", gln);
  }

  /** The document's parameters; its regulators, and those whom all of these made one. */
  market(code, key) {
    const { markets, regulators } = this.signers;
    if (!markets.has(code)) throw new Refused(ENTRY, "a market of the genesis document", code);
    const first = [...regulators.values()].filter((each) => each.markets.includes(code)).map(({ gln }) => gln), listed = [...first];
    for (const [item, event] of this.proven.events(key)) {
      const hands = this.signers.handsOf(item, event);
      if (first.some((gln) => hands.get(gln)?.class !== "admin")) throw new Gap("evidence.event.missing", `all regulators of ${code}`);
      listed.push(at(item.body, item.kind === "parties.enrol" ? "gln" : "party"));
    }
    return { ...pick(markets.get(code), ["offset_minutes", "custody", "undo_days", "fresh_minutes"]), regulators: listed };
  }
}
