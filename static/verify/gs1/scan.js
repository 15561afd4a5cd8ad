/** Whatever a scanner, a keyboard or a clipboard gives, read as an item or diagnosed (DOMAIN 2, 10.2 ranks 1-4); the mirror of trace/gs1/scan.py. */
import { Refused } from "../errors.js";
import { GS1_PREFIXES, itemOf, parseText, validateAssociations } from "./forms.js";
import { REFERENCE_YEAR, hasCheckDigit } from "./numbers.js";
import { DOUBTFUL, LOST_SEPARATOR, attempts, splits, strip, tidy } from "./repairs.js";

const LONGEST_SCAN = 2000;
const MOST_CANDIDATES = 16;
const DIAGNOSES = { product: "NO_SERIAL", batch: "BATCH_CODE" };

/** Was nothing done that only the ledger can confirm? */
export function isClean(item) {
  return !item.repairs.some((name) => DOUBTFUL.has(name));
}

/** Any text as candidates or a diagnosis; never throws. `hosts`: our hosts in lower case. */
export function read(text, hosts = [], reference = REFERENCE_YEAR) {
  if ([...text].length > LONGEST_SCAN) return nothing(text, "NOT_A_MEDICINE_CODE", "gs1.scan.length");
  const exact = attempt(() => parseText(text, reference));
  const found = exact instanceof Refused ? different(repaired(text, reference)) : [exact];
  if (!found.length) return unread(text, reference);
  const clean = isClean(found[0]);
  const sure = clean || found.every((item) => item.kind === "product");
  return {
    text, reference, candidates: clean ? found.slice(0, 1) : found, problem: null,
    diagnosis: (sure && DIAGNOSES[found[0].kind]) || null, hostKnown: isKnownHost(found[0].host, hosts),
  };
}

/** Beside a clean reading: what the code was if keyboard or scanner changed it unseen. */
export function alternatives(reading) {
  const [first] = reading.candidates;
  if (!first || !isClean(first)) return [];
  return different([...reading.candidates, ...repaired(reading.text, reading.reference)]).slice(1);
}

/** [item or null, diagnosis or null] after the ledger was asked: `known(item)`. */
export function resolve(reading, known) {
  if (!reading.candidates.length) return [null, reading.diagnosis];
  const first = isClean(reading.candidates[0]) ? reading.candidates[0] : null;
  if (first && (first.kind === "product" || known(first))) return [first, DIAGNOSES[first.kind] ?? null];
  const hits = (first ? alternatives(reading) : reading.candidates).filter(known);
  const chosen = hits.length === 1 ? hits[0] : first;
  return [chosen, chosen ? (DIAGNOSES[chosen.kind] ?? null) : "SCANNER_FAULT"];
}

/** The reading of a scanned text that `fits`, with its `doubts` (repairs that only the ledger can confirm), or null. */
export function readFitting(text, fits) {
  const [item] = resolve(read(text), fits);
  return item && { ...item, doubts: item.repairs.filter((name) => DOUBTFUL.has(name)) };
}

/** Do both name the same thing, whatever form the code had and whatever was repaired? */
export function isSameThing(one, other) {
  return Object.keys(one).every((name) => name === "host" || name === "repairs" || one[name] === other[name]);
}

function attempt(parse) {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}

/** The first of those that name the same thing, up to the limit. */
function different(items) {
  const found = [];
  for (const item of items) {
    if (found.length < MOST_CANDIDATES && !found.some((other) => isSameThing(item, other))) found.push(item);
  }
  return found;
}

function* repaired(text, reference) {
  const tried = attempts(text);
  for (const one of tried) {
    const item = attempt(() => parseText(one.text, reference));
    if (!(item instanceof Refused)) yield { ...item, repairs: one.repairs };
  }
  for (const one of tried) yield* cut(one, reference);
}

function* cut({ text, repairs }, reference) {
  for (const elements of splits(GS1_PREFIXES.includes(text.slice(0, 3)) ? text.slice(3) : text)) {
    const item = attempt(() => {
      validateAssociations(elements);
      return itemOf(elements, reference);
    });
    if (!(item instanceof Refused)) yield { ...item, repairs: [...repairs, LOST_SEPARATOR] };
  }
}

function nothing(text, diagnosis, problem) {
  return { text, reference: REFERENCE_YEAR, candidates: [], problem, diagnosis, hostKnown: true };
}

function unread(text, reference) {
  const bare = tidy(text);
  const damaged = [...bare.matchAll(/01[)/]?([0-9]{14})/g)].some((match) => hasCheckDigit(match[1]));
  if (isSeveral(text, reference)) return nothing(text, "SCANNER_FAULT", "gs1.scan.several");
  const problem = attempt(() => parseText(bare, reference));
  return nothing(text, damaged ? "SCANNER_FAULT" : "NOT_A_MEDICINE_CODE", problem instanceof Refused ? problem.code : "gs1.scan.unknown");
}

function isSeveral(text, reference) {
  const lines = text.split(/[\r\n\t]+/).map(strip).filter(Boolean);
  if (lines.length < 2 || lines.length > MOST_CANDIDATES) return false;
  return lines.every((line) => !(attempt(() => parseText(line, reference)) instanceof Refused));
}

function isKnownHost(host, hosts) {
  if (host === null || hosts.includes(host)) return true;
  const [, name, port] = /^(.*):([^:]*)$/.exec(host) ?? [];
  return (port === "80" || port === "443") && hosts.includes(name);
}
