/**
 * Judging evidence from an anchor alone: steps 0 to 12 of PROTOCOL 8, and at their end the verdict that a node gives too; the mirror of
 * trace/drugs/checking.py. A contradiction refuses the evidence, a gap takes facts away, and nothing here trusts a server or its clock.
 */
import { encodingProblem, publicBytes, verify } from "../keys.js";
import { Refused, demand } from "../errors.js";
import { localDay } from "../verdict/case.js";
import { verdict } from "../verdict/verdict.js";
import { decodeBundle } from "./forms.js";
import { measureAge, pin, readHead, validateAnchorAge, validateCheckpoint } from "./heads.js";
import { followHandovers } from "./handovers.js";
import { isOf, locate, readCode } from "./identifying.js";
import { Gap, Proven, validateHistories, validateState } from "./proven.js";
import { Provenance } from "./provenance.js";
import { NOTHING, capFreshness, rebuild } from "./rebuilding.js";

/** Names of the steps, by number. */
export const STEPS = [
  "container", "anchor", "handovers", "checkpoint", "age", "head", "state", "serial", "histories", "events", "custody", "print", "verdict",
];
const UNREAD = { kind: "pack", lot: null, expiry: null, expiry_month_only: false, repairs: [], unique: true };
const AGELESS = [1, 3, 4];
const WORTHLESS = [0, 5];
const UNSIGNED = [8, 9, 10];

/** A step has refused the evidence; the steps say which. */
class Stop extends Error {}

/** A check under way: its steps, and what they have found. */
class Check {
  constructor(question) {
    Object.assign(this, { question, steps: [], bundle: null, trust: null, proven: null, code: null, item: null, facts: NOTHING });
  }

  /** Makes a step and writes down what it came to. */
  async make(number, work) {
    const before = this.proven?.gaps.length ?? 0;
    let last = [];
    try {
      await work();
    } catch (error) {
      if (error instanceof Gap) last = [error];
      else if (error instanceof Refused) return this.stop(number, error.code, error.message);
      else if (error instanceof TypeError || error instanceof RangeError) return this.stop(number, "evidence.state.value", error.message);
      else throw error;
    }
    const [gap] = [...(this.proven?.gaps.slice(before) ?? []), ...last];
    return this.note({ number, state: gap ? "gap" : "passed", code: gap?.code ?? null, found: gap?.what ?? "" });
  }

  stop(number, code, found) {
    this.note({ number, state: "refused", code, found });
    throw new Stop();
  }

  /** A step with two parts is written down once, by its first gap or its refusal. */
  note(step) {
    const place = this.steps.findIndex(({ number }) => number === step.number), named = { ...step, name: STEPS[step.number] };
    if (place < 0) this.steps.push(named);
    else if (step.state === "refused" || this.steps[place].state === "passed") this.steps[place] = named;
  }

  /** Has one of these steps a gap? */
  lacks(numbers) {
    return this.steps.some(({ state, number }) => state === "gap" && numbers.includes(number));
  }

  /** Has a step refused? */
  get refused() {
    return this.steps.some(({ state }) => state === "refused");
  }
}

/**
 * What a bundle (bytes) proves to whoever holds this anchor (a decoded value). Any bytes come to a verdict. `question`: {now ms, scan, viewer,
 * place, receipt, answer, remembered, contradicted: who shows a head that provably excludes this one}; `readScan(text, fits)` gives the reading of a scanned text that fits (or a promise of it), or null.
 */
export async function check(data, anchor, question, readScan) {
  const run = new Check({ scan: null, viewer: "consumer", place: null, receipt: null, answer: null, remembered: null, contradicted: null, ...question });
  try {
    await makeAll(run, data, anchor, readScan);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    run.facts = { ...NOTHING, evidence: "inconsistent" };
  }
  return conclude(run);
}

async function makeAll(run, data, anchor, readScan) {
  const { question } = run;
  await run.make(0, () => open(run, data));
  if (run.bundle === null) return;
  const { bundle } = run;
  await run.make(1, () => { run.trust = pin(bundle, anchor); });
  const { trust } = run;
  await run.make(1, () => validateAnchorAge(trust, question.now));
  await run.make(2, () => followHandovers(trust, bundle));
  await run.make(3, () => validateCheckpoint(trust, bundle, question.remembered));
  await run.make(3, () => demand(!question.contradicted, "evidence.checkpoint.fork", "one ledger for everybody", question.contradicted));
  await run.make(4, () => measureAge(trust, question.now));
  await run.make(5, () => readHead(trust, bundle));
  if (trust.header !== null) await lookInside(run, readScan);
}

/** Step 0. */
function open(run, data) {
  try {
    run.bundle = decodeBundle(data);
  } catch (error) {
    if (error.code === "evidence.bundle.version") throw new Gap(error.code, error.found);
    throw error;
  }
}

/** Steps 6-11, below a head that is believed. */
async function lookInside(run, readScan) {
  const { bundle, trust } = run;
  await run.make(6, () => proveState(run));
  await run.make(7, () => identify(run, readScan));
  await run.make(8, () => validateHistories(bundle, trust.header));
  await run.make(9, () => validateSignatures(bundle.transactions, trust.anchor.chain));
  await run.make(9, () => provenance(run)?.validateMaking());
  await run.make(10, () => follow(run));
  if (run.lacks(UNSIGNED)) run.facts = { ...run.facts, run: null, way: null };
  await run.make(11, () => undefined);
}

function proveState(run) {
  validateState(run.bundle.state, run.trust.header.state);
  run.proven = new Proven(run.bundle, run.trust.anchor.chain, run.trust.header);
}

/** Step 7, and the facts of step 6 that depend on which pack it is. */
async function identify(run, readScan) {
  const { proven, bundle, question } = run, code = readCode(bundle.code);
  run.code = code;
  run.item = question.scan === null ? code : await readScan(question.scan, (item) => isOf(proven, code, item));
  demand(run.item !== null && isOf(proven, code, run.item), "evidence.code.other", bundle.code, String(question.scan).slice(0, 100));
  run.located = locate(proven, code);
  run.facts = rebuild(proven, code, run.located, question.place);
}

/** Step 9: they belong to this chain, and everybody whom they name has signed them. */
async function validateSignatures(transactions, chain) {
  const wanted = transactions.flatMap(({ envelope, message, signatures }) =>
    [envelope.by, ...(envelope.with ?? [])].map((text, place) => [envelope, text, message, signatures[place]]));
  const good = await Promise.all(wanted.map(([, text, message, signature]) =>
    encodingProblem(publicBytes(text)) === null && verify(text, message, signature)));
  wanted.forEach(([envelope, text], place) => {
    demand(envelope.chain === chain, "evidence.event.envelope", `a transaction of ${chain}`, envelope.chain, "chain");
    demand(good[place], "evidence.event.signature", `a signature by ${text}`, "another");
  });
}

/** The signatures behind the pack, where a batch is shown. */
function provenance({ code, facts, proven }) {
  return code === null || facts.batch === null ? null : new Provenance(proven, { gtin: code.gtin, lot: facts.batch.lot });
}

function follow(run) {
  const found = provenance(run), { facts, code, question } = run;
  if (found === null || facts.run === null || facts.slot === null) return;
  const way = found.follow(facts.slot, code.serial);
  run.facts = { ...facts, way, received: facts.stock === null ? null : found.received(question.place) };
}

/** Step 12: the verdict over the facts that are left. */
async function conclude(run) {
  const { trust, question, refused } = run, age = trust === null || refused || run.lacks(AGELESS) ? null : trust.age;
  const left = !refused && run.lacks(WORTHLESS) ? NOTHING : run.facts, facts = trust === null ? left : capFreshness(left, trust.anchor.max_age_s);
  const newest = Math.max(question.now, trust?.believed ?? 0);
  const day = facts.market === null ? null : localDay(newest, facts.market.offset_minutes), { viewer, place, receipt, answer } = question;
  const asked = { viewer, place, receipt, answer, day, age_s: age }, printed = run.item === null || refused ? UNREAD : printedOf(run.item);
  const found = verdict(facts, printed, asked);
  if (!refused) await run.make(12, () => undefined);
  const head = trust === null || refused ? null : trust.checkpoint;
  return { verdict: found, facts, printed, asked, item: run.item, steps: run.steps, assurance: assuranceOf(run, age), checkpoint: head, members: trust?.members, keys: trust?.anchor.keys };
}

/** What the verdict needs of the print; repairs count only where the ledger must confirm them. */
function printedOf({ kind, lot, expiry, expiry_month_only, doubts = [] }) {
  return { kind, lot, expiry, expiry_month_only, repairs: doubts, unique: true };
}

/** What parties are called, by the genesis document or by their entries. */
function namesOf({ bundle: { document }, proven }, parties) {
  const named = (gln) => document.regulators.find((each) => each.gln === gln)?.names ?? proven?.entries.get(`party/${gln}`)?.names;
  return Object.fromEntries(parties.map((gln) => [gln, named(gln)]).filter(([, names]) => names));
}

/** On whose word the verdict rests. */
function assuranceOf(run, age) {
  const { trust, facts } = run;
  if (trust === null || trust.support === null || run.refused) {
    return { signed: false, complete: null, parties: [], names: {}, witnesses: [0, 0, 0], age_s: null, compared: false };
  }
  const { anchor, support, compared } = trust;
  return {
    signed: facts.run !== null && !run.lacks(UNSIGNED),
    complete: anchor.assurance,
    parties: Object.keys(support.attesters),
    names: namesOf(run, Object.keys(support.attesters)),
    witnesses: [support.witnesses, anchor.witnesses.k, anchor.witnesses.keys.length],
    age_s: age,
    compared,
  };
}
