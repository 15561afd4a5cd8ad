/** One exact text to one item: Digital Link, element strings, trace codes, digits (DOMAIN 2); the mirror of trace/gs1/{forms,elements,digitallink,symbology,item}.py. */
import { Refused, demand } from "../errors.js";
import { identifierOf, starting, validateValue } from "./identifiers.js";
import { itemWith, tradeItem } from "./item.js";
import { REFERENCE_YEAR, gtin14, isDigits, isGtinLength, parseDate, validateCheckDigit, validateMedicineGtin } from "./numbers.js";

/** FNC1 between elements, as scanners send it. */
export const SEPARATOR = "\x1d";
/** Prefixes of symbols that hold element strings. */
export const GS1_PREFIXES = ["]C1", "]d2", "]Q3", "]e0", "]e1", "]e2", "]J1"];
const SYMBOL = /^\][ABCDEFGHIJKLMNOPQRSTUXcdehoz][0-9A-Za-z]/;
const EAN_LENGTHS = { "]E0": 13, "]E4": 8 };
const MOST_ELEMENTS = 40;
const ONE_OF_TRADE = ["01", "02", "03", "8006", "8026"];
const NEEDS = {
  ...Object.fromEntries(["10", "11", "13", "15", "16", "17", "20", "240", "241"].map((number) => [number, ONE_OF_TRADE])),
  ...Object.fromEntries(["22", "235", "710", "711", "712", "713", "714", "715", "716", "717"].map((number) => [number, ["01"]])),
  17: [...ONE_OF_TRADE, "255"],
  21: ["01", "03", "8006"],
  "02": ["37"],
  37: ["00+02", "00+8026"],
  30: ["01", "02"],
  250: ["01+21", "03+21", "8006+21"],
  254: ["414"],
  7003: ["01", "02", "03"],
  7004: ["01+10", "03+10"],
};
const EXCLUDES = "01-02 01-03 01-37 01-255 01-8006 02-03 03-37 03-235 8006-37 21-235".split(" ").map((pair) => pair.split("-"));
const KEYS = {
  ...Object.fromEntries(["00", "253", "255", "401", "402", "8003", "8013"].map((number) => [number, [[]]])),
  "01": [["22", "10", "21"], ["235"]],
  8006: [["22", "10", "21"]],
  414: [["254"], ["7040"]],
  415: [["8020"]],
  417: [["7040"]],
  8004: [["7040"]],
  8010: [["8011"]],
  8017: [["8019"]],
  8018: [["8019"]],
};
const LINK = /^(https?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/is;
const NOT_URI = /[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]/;
const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
const NAME = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}$/;

/** The item of a text that is exactly one code of a form that we read; refuses `gs1.*`. */
export function parseText(text, reference = REFERENCE_YEAR) {
  demand(text, "gs1.scan.empty", "a code", "nothing");
  if (text[0] !== "]") return plain(text, reference);
  const prefix = text.slice(0, 3), data = text.slice(3);
  demand(SYMBOL.test(text), "gs1.symbology", "] letter digit", prefix);
  if (GS1_PREFIXES.includes(prefix)) return ofElements(parseRaw(data), reference);
  if (!(prefix in EAN_LENGTHS)) return plain(data, reference);
  demand(data.length === EAN_LENGTHS[prefix] && isDigits(data), "gs1.gtin.format", `${EAN_LENGTHS[prefix]} digits`, data);
  validateCheckDigit(data);
  return itemWith({ kind: "product", gtin: gtin14(data) });
}

function plain(data, reference) {
  if (/^https?:\/\//i.test(data)) return linkItem(parseLink(data), reference);
  if (data.startsWith("/")) return linkItem(parsePath(data), reference);
  if (data.startsWith("(")) return ofElements(parseBracketed(data), reference);
  if (isTraceCode(data)) return itemWith({ kind: "pack", serial: data, cn_code: data });
  if (isDigits(data) && isGtinLength(data)) return itemWith({ kind: "product", gtin: gtin14(data) });
  const typed = /^([0-9]{8,14}) +([^ ]{1,20})$/.exec(data);
  return typed ? typedPack(gtin14(typed[1]), typed[2]) : ofElements(parseRaw(data), reference);
}

function typedPack(gtin, serial) {
  demand(NAME.test(serial), "gs1.value.character", "1-20 characters of CSET 82", serial, "21");
  return itemWith({ kind: "pack", gtin, serial });
}

/** Twenty digits, the first an 8? */
export function isTraceCode(text) {
  return text.length === 20 && isDigits(text) && text[0] === "8";
}

function ofElements(elements, reference) {
  validateAssociations(elements);
  return itemOf(elements, reference);
}

// --- element strings ---

function parseRaw(text) {
  let rest = text.startsWith(SEPARATOR) ? text.slice(1) : text;
  demand(rest, "gs1.element.empty", "elements", text);
  const out = [];
  while (rest) {
    const identifier = starting(rest.slice(0, 4));
    demand(identifier, "gs1.identifier.unknown", "an Application Identifier", rest.slice(0, 4));
    demand(out.length < MOST_ELEMENTS, "gs1.value.length", `at most ${MOST_ELEMENTS} elements`, "more");
    let value;
    [value, rest] = take(identifier, rest.slice(identifier.number.length));
    validateValue(identifier.number, value);
    out.push([identifier.number, value]);
  }
  return out;
}

function take({ predefined, most, number }, text) {
  const at = text.indexOf(SEPARATOR);
  if (!predefined) return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  const value = text.slice(0, most), rest = text.slice(most);
  demand(!value.includes(SEPARATOR), "gs1.value.length", `${most} characters`, value, number);
  return [value, rest.startsWith(SEPARATOR) ? rest.slice(1) : rest];
}

function parseBracketed(text) {
  const starts = [...text.matchAll(/\(([0-9]{2,4})\)/g)].filter((match) => text[match.index - 1] !== "\\");
  demand(starts.length && starts[0].index === 0, "gs1.element.syntax", "(AI)value", text);
  demand(starts.length <= MOST_ELEMENTS, "gs1.value.length", `at most ${MOST_ELEMENTS} elements`, starts.length);
  const out = starts.map((match, place) => {
    const end = starts[place + 1]?.index ?? text.length;
    return [match[1], text.slice(match.index + match[0].length, end).replaceAll("\\(", "(")];
  });
  out.forEach(([number, value]) => validateValue(number, value));
  return out;
}

/** Refuses `gs1.element.repeated`, `.excluded` or `.missing` (General Specifications 4.14). */
export function validateAssociations(elements) {
  const values = new Map();
  for (const [number, value] of elements) {
    if (!values.has(number)) values.set(number, value);
    demand(values.get(number) === value, "gs1.element.repeated", values.get(number), value, number);
  }
  for (const [one, other] of EXCLUDES) {
    demand(!(values.has(one) && values.has(other)), "gs1.element.excluded", `${one} without ${other}`, "both", other);
  }
  const measures = [...values.keys()].filter((number) => /^(?:3[1-6][0-9]{2}|39[0-5][0-9])$/.test(number));
  const kinds = new Set(measures.map((number) => number.slice(0, 3)));
  demand(kinds.size === measures.length, "gs1.element.excluded", "each measure once", measures.join());
  for (const number of values.keys()) {
    const groups = NEEDS[number];
    const met = !groups || groups.some((group) => group.split("+").every((one) => values.has(one)));
    demand(met, "gs1.element.missing", groups?.join(" or "), "nothing", number);
  }
}

/** The item that checked elements name; refuses `gs1.element.missing`. */
export function itemOf(elements, reference = REFERENCE_YEAR) {
  const values = Object.fromEntries(elements);
  if (values["01"] === undefined) {
    demand(values["00"] !== undefined, "gs1.element.missing", "AI 01 or 00", Object.keys(values).join());
    return itemWith({ kind: "box", sscc: values["00"] });
  }
  validateMedicineGtin(values["01"]);
  const date = values["17"] || (values["7003"] ?? "").slice(0, 6);
  return tradeItem(values["01"], values["10"] ?? null, values["21"] ?? null, date ? parseDate(date, reference) : [null, false]);
}

// --- Digital Links ---

function parseLink(uri) {
  const match = LINK.exec(uri);
  demand(match, "gs1.link.form", "https://HOST/01/GTIN", uri);
  demand(HOST.test(match[2]), "gs1.link.character", "a host", match[2]);
  return parseParts(match[2].toLowerCase(), match[3], match[4] ?? "");
}

function parsePath(address) {
  const bare = address.split("#")[0], at = bare.indexOf("?");
  return at < 0 ? parseParts("", bare, "") : parseParts("", bare.slice(0, at), bare.slice(at + 1));
}

function parseParts(host, path, query) {
  for (const part of [path, query]) demand(!NOT_URI.test(part), "gs1.link.character", "a character of RFC 3986", NOT_URI.exec(part)?.[0]);
  const pairs = pathElements(path), elements = [...pairs, ...queryElements(query)];
  const numbers = elements.map(([number]) => number);
  for (const [place, number] of numbers.entries()) demand(numbers.indexOf(number) === place, "gs1.element.repeated", "once", number, number);
  elements.forEach(([number, value]) => validateValue(number, value));
  return { host, key: pairs[0][0], elements };
}

/** The pairs from the rightmost key on: everything before it belongs to the server. */
function pathElements(path) {
  const parts = path.split("/").slice(1);
  for (let start = parts.length - 2; start >= 0; start -= 2) {
    if (!Object.hasOwn(KEYS, parts[start])) continue;
    const pairs = [];
    for (let at = start; at < parts.length; at += 2) pairs.push([parts[at], unescapePath(parts[at + 1])]);
    validateOrder(pairs.map(([number]) => number));
    return pairs;
  }
  throw new Refused("gs1.link.key", "/01/GTIN", path);
}

function validateOrder([key, ...qualifiers]) {
  const fits = KEYS[key].some((sequence) => {
    const ordered = sequence.filter((number) => qualifiers.includes(number));
    return ordered.length === qualifiers.length && ordered.every((number, place) => number === qualifiers[place]);
  });
  demand(fits, "gs1.link.order", `the qualifiers of ${key} in order`, qualifiers.join("/"));
}

function queryElements(query) {
  const out = [];
  for (const part of query.split("&")) {
    const at = part.indexOf("="), number = part.slice(0, at);
    if (at < 1 || !isDigits(number)) continue;
    demand(identifierOf(number).attribute, "gs1.link.order", "an identifier that may stand in the query", number, number);
    out.push([number, unescapePath(part.slice(at + 1).replaceAll("+", " "))]);
  }
  return out;
}

/** Each `%hh` is one byte; anything else with a percent sign stands for itself. */
function unescapePath(value) {
  return value.replace(/%([0-9A-Fa-f]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
}

function linkItem(link, reference) {
  demand(link.key === "01" || link.key === "00", "gs1.link.key", "01 or 00", link.key);
  validateAssociations(link.elements);
  return { ...itemOf(link.elements, reference), host: link.host || null };
}
