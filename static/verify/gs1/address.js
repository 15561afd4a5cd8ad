/**
 * Codes in the form that addresses of packs and evidence have: /01/GTIN[/10/LOT][/21/SERIAL][?17=YYMMDD], with a host or without. A page needs no more
 * of DOMAIN 2 than this; whatever stands otherwise is no error here but null, and is read by forms.js, which is fetched only then.
 */
import { tradeItem } from "./item.js";
import { parseDate, validateMedicineGtin } from "./numbers.js";

const ADDRESS = /^(?:https?:\/\/([A-Za-z0-9.-]+(?::[0-9]{1,5})?))?\/01\/([0-9]{14})(?:\/10\/([^/?]+))?(?:\/21\/([^/?]+))?(?:\?([^?]*))?$/;
const PLAIN = /^(?:[\w.~-]|%[0-9A-Fa-f]{2})*$/;
const VALUE = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}$/;

/** The item of an address of this form, or null. */
export function readAddress(text) {
  const [, host, gtin, ...rest] = ADDRESS.exec(text) ?? [], [lot, serial, query] = rest.map((part) => part ?? null);
  if (gtin === undefined || ![lot, serial].every((part) => part === null || PLAIN.test(part))) return null;
  const values = [lot, serial].map((part) => part && decode(part)), date = dateIn(query ?? "");
  if (date === null || !values.every((value) => value === null || VALUE.test(value))) return null;
  try {
    validateMedicineGtin(gtin);
    return { ...tradeItem(gtin, ...values, date ? parseDate(date) : [null, false]), host: host?.toLowerCase() ?? null };
  } catch {
    return null;
  }
}

/** Each `%hh` is one byte. */
function decode(part) {
  return part.replace(/%(..)/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
}

/** The one date of a query, or an empty text; null where the query holds another element, or anything unusual. */
function dateIn(query) {
  let date = "";
  for (const part of query.split("&")) {
    const [name, value = "", more] = part.split("=");
    if (more !== undefined || !PLAIN.test(name + value)) return null;
    if (!/^[0-9]+$/.test(name)) continue;
    if (name !== "17" || date || !/^[0-9]{6}$/.test(value)) return null;
    date = value;
  }
  return date;
}
