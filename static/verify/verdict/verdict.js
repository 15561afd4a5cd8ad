/**
 * The verdict: one pure function of facts, print and asker (DOMAIN 10); the mirror of trace/drugs/verdict.py, judged by
 * tests/vectors/verdict.json. The codes of other systems (CBV, EMVS, DSCSA) are left to the server: no device decides by them.
 */
import { localDay, makeCase, siteParams, soldParams, stocked } from "./case.js";
import { LINES } from "./lines.js";

const LIGHTS = { G: "green", A: "amber", R: "red", B: "blue" };
const WORST_FIRST = ["red", "amber", "blue", "green"];
const COLUMNS = { consumer: 0, pharmacy: 1, regulator: 1, distributor: 2 };
const RECALLS = ["RECALLED_PACK", "RECALLED_BATCH", "RECALLED_PRODUCT", "RECALLED_SOURCE", "RECALL_SHELF_ONLY"];
const ABOUT_THE_SCAN = 3;
const JUDGES_NOTHING = [1, 2, 5, 6];
const FIRST_GREEN = 70;
const EXTENDED = "EXPIRY_EXTENDED";
const DAY_MS = 86_400_000;

/** What to say about the pack. Total: any facts give a verdict, and only complete ones a green one. */
export function verdict(facts, printed, asked) {
  const found = makeCase(facts, printed, asked), column = COLUMNS[asked.viewer] ?? 0;
  const listed = arrange(linesThatApply(found, column)), headline = listed[0].line;
  const reasons = listed.map(({ line, params }) => {
    const { code, lights, level, refused } = line;
    return { code, light: LIGHTS[lights[column]], level, refused, params };
  });
  return {
    code: headline.code,
    light: headline.rank <= ABOUT_THE_SCAN ? "blue" : WORST_FIRST.find((light) => reasons.some((reason) => reason.light === light)),
    reasons,
    custody: custodyOf(found),
    question: questionOf(headline.code, found),
    next: steps(headline, found, reasons),
    level: found.consumer ? 0 : Math.max(...reasons.map((reason) => reason.level)),
    refused: reasons.find((reason) => reason.refused)?.refused ?? null,
  };
}

function linesThatApply(found, column) {
  const listed = [];
  for (const line of LINES) {
    const settled = listed.some((entry) => entry.line.code === line.code);
    const barred = line.rank >= FIRST_GREEN && listed.some((entry) => entry.line.rank < FIRST_GREEN);
    if (line.lights[column] === "-" || settled || barred) continue;
    const params = line.applies(found);
    if (params === null) continue;
    listed.push({ line, params });
    if (JUDGES_NOTHING.includes(line.rank)) break;
  }
  return listed;
}

/** Headline first, then a recall if there is one, then the rest; an extended expiry is only ever added to a green line. */
function arrange(listed) {
  const standing = listed.filter(({ line }) => line.code !== EXTENDED);
  if (!standing.length) return [{ line: LINES.find((line) => line.code === "NOT_SHOWN"), params: { what: "state" } }];
  const [first, ...rest] = [...standing, ...listed.filter(({ line }) => line.code === EXTENDED)];
  const at = RECALLS.includes(first.line.code) ? -1 : rest.findIndex(({ line }) => RECALLS.includes(line.code));
  return at < 0 ? [first, ...rest] : [first, rest[at], ...rest.filter((_, place) => place !== at)];
}

function custodyOf(found) {
  const { facts, printed, state, place, here } = found;
  if (facts.evidence !== "verified" || printed.kind !== "pack" || state === null) return null;
  if (state === "loose") {
    const held = stocked(found);
    return place === null || held === null ? null : held ? "batch" : "none";
  }
  if (["dispensed", "opened"].includes(state) || (state === "active" && (here || place === null))) return facts.way;
  return place === null ? null : "none";
}

function questionOf(code, found) {
  if (code === "SOLD_ONCE") return { kind: found.consumer ? "sold" : "choose", params: soldParams(found) };
  if (code !== "GENUINE_CHECK_PLACE") return null;
  return { kind: found.consumer && found.state === "active" ? "place" : "choose", params: siteParams(found) };
}

const STEPS = {
  NOT_A_MEDICINE_CODE: ["scanner_check"],
  SCANNER_FAULT: ["scanner_check", "rescan"],
  GENUINE_SALEABLE: ["dispense"],
  ALREADY_DISPENSED_HERE: ["undo"],
  IN_TRANSIT_TO_YOU: ["receive"],
  CUSTODY_NOT_SHOWN: ["name"],
  PROOF_STALE: ["refresh"],
  NOT_SHOWN: ["refresh"],
  COULD_NOT_CHECK: ["refresh"],
  SOLD_NOT_TO_YOU: ["report"],
  NOT_IN_A_SHOP: ["report"],
  UNKNOWN_PRODUCT: ["report"],
};

function steps(headline, found, reasons) {
  const names = [...(STEPS[headline.code] ?? []), ...(headline.level >= 5 ? ["rescan"] : []), ...(headline.level >= 4 ? ["report"] : [])];
  const { viewer } = found.asked, keepsPacks = ["pharmacy", "distributor"].includes(viewer);
  const isOffered = (name) => (["receive", "name", "undo"].includes(name) ? keepsPacks : name !== "dispense" || viewer === "pharmacy");
  return names.filter(isOffered).map((name) => ({ do: name, refused: name === "undo" ? undoRefused(found, reasons) : null }));
}

function undoRefused({ run, facts, asked }, reasons) {
  const market = facts.market;
  if (run === null || market === null || asked.day === null) return "drugs.undo.too_late";
  const days = (Date.parse(asked.day) - Date.parse(localDay(run.since, market.offset_minutes))) / DAY_MS;
  if (days > market.undo_days) return "drugs.undo.too_late";
  const stands = (codes) => reasons.some(({ code }) => codes.includes(code));
  if (stands(RECALLS)) return "drugs.undo.recalled";
  if (stands(["WITHDRAWN_PRODUCT"])) return "drugs.undo.withdrawn";
  return stands(["EXPIRED"]) ? "drugs.undo.expired" : null;
}

