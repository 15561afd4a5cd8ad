/** What scanners, keyboards and people do to a code on its way, and how each is undone (DOMAIN 10.2 rank 2); the mirror of trace/gs1/{repairs,splits}.py. */
import { SEPARATOR, isTraceCode } from "./forms.js";
import { IDENTIFIERS, validateValue } from "./identifiers.js";
import { hasCheckDigit } from "./numbers.js";

const BLANKS = " \t\r\n\x0b\x0c\x00\x02\x03\x04\u00a0\u200b\u2060\u3000\ufeff";
const SHOWN = /<GS>|\{GS\}|\[GS\]|<FNC1>|\{FNC1\}|\[FNC1\]|<0x1D>|\\x1d|\\u001d|\\035|%1D|\^\]|[\u241d\u2194\x1c\x1e\x1f\xe8]/gi;
const FOREIGN = /[^!"%&'()*+,\-./0-9:;<=>?A-Z_a-z\x1d]/gu;
const BROKEN_PREFIX = /^(?!\]E)[^0-9A-Za-z]?(?:d2|Q3|C1|e0|J1)(?=\x1d?[0-9])/iu;
const NO_SCHEME = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?\/(?:[^?#]*\/)?0[01]\/[0-9]/;
const DOUBLED = /^(.{8,}?)\x1d?(?:\1\x1d?)+$/s;
const LONGEST_DOUBLED = 600;
const LAST_EAN = /^(.+?)(?:\x1d|\]E0)?([0-9]{13})$/s;
const FIRST_EAN = /^(?:\]E0)?([0-9]{13})(\]..)?(.+)$/s;
const MOST_ATTEMPTS = 64;

const table = (from, to) => new Map([...from].map((sign, place) => [sign, [...to][place]]));
const KEYBOARD = table("zyZYß´ü+#öä-^\"§&/()=?`Ü*'ÖÄ_;:°", "yzYZ-=[]\\;'/`@#^&*()_+{}|:\"?<>~");
const YZ = table("yzYZ", "zyZY");
const CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", SMALL = CAPITALS.toLowerCase();
const CAPS = table(SMALL + CAPITALS, CAPITALS + SMALL);
const UPPER = table(SMALL, CAPITALS);
const WIDE = new Map(Array.from({ length: 94 }, (_, place) => [String.fromCharCode(0xff01 + place), String.fromCharCode(0x21 + place)]));
const translate = (text, signs) => [...text].map((sign) => signs.get(sign) ?? sign).join("");
const changed = (text, found) => (found !== text && found ? [found] : []);

/** Without white space and invisible marks at both ends. */
export function strip(text) {
  let start = 0, end = text.length;
  while (start < end && BLANKS.includes(text[start])) start++;
  while (end > start && BLANKS.includes(text[end - 1])) end--;
  return text.slice(start, end);
}

/** Full-width forms as ASCII, without any blanks. */
export function tidy(text) {
  return withoutBlanks(translate(text, WIDE));
}

function withoutBlanks(text) {
  return [...text].filter((sign) => !BLANKS.includes(sign)).join("");
}

function shownSeparator(text) {
  if (text.includes(SEPARATOR) || text.slice(0, 12).includes("/")) return [];
  const cut = text[0] === "]" ? 3 : 0, head = text.slice(0, cut), body = text.slice(cut);
  const named = body.replace(SHOWN, SEPARATOR), foreign = named.replace(FOREIGN, SEPARATOR);
  return [...new Set([...changed(body, named), ...changed(body, foreign)])].map((found) => head + found);
}

function doubled(text) {
  const match = [...text].length <= LONGEST_DOUBLED ? DOUBLED.exec(text) : null;
  return match ? [match[1]] : [];
}

function appendedEan(text) {
  const isSamePack = (rest, ean) => rest.includes(`0${ean}`) || isTraceCode(rest);
  const last = LAST_EAN.exec(text), first = FIRST_EAN.exec(text), out = [];
  if (last && hasCheckDigit(last[2]) && isSamePack(last[1], last[2])) out.push(last[1]);
  if (first && hasCheckDigit(first[1]) && isSamePack(first[3], first[1])) out.push((first[2] ?? "") + first[3]);
  return out;
}

function keyboard(text) {
  const whole = changed(text, translate(text, KEYBOARD));
  return [...whole, ...changed(text, translate(text, YZ)).filter((found) => !whole.includes(found))];
}

const HARMLESS = {
  edges: (text) => changed(text, strip(text)),
  wide: (text) => changed(text, translate(text, WIDE)),
  shown_separator: shownSeparator,
  separators: (text) => changed(text, text.replace(/\x1d{2,}/g, SEPARATOR)),
  prefix: (text) => changed(text, text.replace(BROKEN_PREFIX, "")),
  scheme: (text) => (NO_SCHEME.test(text) ? [`https://${text}`] : []),
  blanks: (text) => changed(text, withoutBlanks(text)),
};
const DOUBTFUL_STEPS = {
  doubled,
  appended_ean: appendedEan,
  keyboard,
  caps_lock: (text) => changed(text, translate(text, CAPS)),
  upper_case: (text) => changed(text, translate(text, UPPER)),
};
/** Name of the repair that guesses where a value ends. */
export const LOST_SEPARATOR = "lost_separator";
/** Repairs that the ledger must confirm. */
export const DOUBTFUL = new Set([...Object.keys(DOUBTFUL_STEPS), LOST_SEPARATOR]);

/** The texts that a scan may have been, [{text, repairs}], the fewest doubts first. */
export function attempts(text) {
  const out = [{ text, repairs: [] }], seen = new Set([text]);
  for (const [name, step] of Object.entries({ ...HARMLESS, ...DOUBTFUL_STEPS })) {
    for (const attempt of [...out]) {
      for (const found of step(attempt.text)) {
        if (seen.has(found) || out.length >= MOST_ATTEMPTS) continue;
        seen.add(found);
        out.push({ text: found, repairs: [...attempt.repairs, name] });
      }
    }
  }
  const doubts = (attempt) => attempt.repairs.filter((name) => DOUBTFUL.has(name)).length;
  return out.sort((one, other) => doubts(one) - doubts(other) || one.repairs.length - other.repairs.length);
}

// --- separators that were lost: every way of cutting that gives GTIN and serial ---

const SPLIT_IDENTIFIERS = ["01", "10", "11", "17", "21", "240", "710", "711", "712", "713", "714", "715", "716", "717"];
const MOST_SPLITS = 12;
const MOST_STEPS = 4000;
const LONGEST_SPLIT = 160;
const withoutSeparator = (text) => (text.startsWith(SEPARATOR) ? text.slice(1) : text);

/** The ways of cutting a raw text, those with most elements first. */
export function splits(text) {
  const bare = withoutSeparator(text);
  if ([...bare].length > LONGEST_SPLIT) return [];
  const found = [...cuts(bare, [], { left: MOST_STEPS })].filter((cut) => ["01", "21"].every((one) => cut.some(([number]) => number === one)));
  return found.sort((one, other) => other.length - one.length).slice(0, MOST_SPLITS);
}

function* cuts(text, used, budget) {
  if (!text) {
    yield [];
    return;
  }
  const number = SPLIT_IDENTIFIERS.find((one) => text.startsWith(one) && !used.includes(one));
  if (number === undefined) return;
  for (const end of ends(number, text)) {
    if (--budget.left < 0) return;
    const value = text.slice(number.length, end);
    if (!fits(number, value)) continue;
    for (const rest of cuts(withoutSeparator(text.slice(end)), [...used, number], budget)) yield [[number, value], ...rest];
  }
}

function* ends(number, text) {
  const { least, most } = IDENTIFIERS[number], start = number.length;
  for (let end = start + least; end <= Math.min(start + most, text.length); end++) {
    const isBorder = end === text.length || text[end] === SEPARATOR || SPLIT_IDENTIFIERS.some((one) => text.startsWith(one, end));
    if (isBorder) yield end;
    if (text[end] === SEPARATOR) return;
  }
}

function fits(number, value) {
  try {
    validateValue(number, value);
    return true;
  } catch {
    return false;
  }
}
