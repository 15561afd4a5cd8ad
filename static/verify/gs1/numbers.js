/** Check digits, GTIN and dates as they stand in codes (GS1 General Specifications 7.9, 7.12); the mirror of trace/gs1/{checkdigit,dates}.py. */
import { demand } from "../errors.js";

/** Year around which two-digit years are read: 1977-2076, whatever the clock says. */
export const REFERENCE_YEAR = 2026;
const GTIN_LENGTHS = [8, 12, 13, 14];

/** Only the digits 0-9, at least one? */
export function isDigits(text) {
  return /^[0-9]+$/.test(text);
}

function checkDigit(payload) {
  const total = [...payload].reverse().reduce((sum, digit, place) => sum + Number(digit) * (place % 2 ? 1 : 3), 0);
  return String((10 - (total % 10)) % 10);
}

/** Digits that end in their right check digit? */
export function hasCheckDigit(number) {
  return number.length > 1 && isDigits(number) && checkDigit(number.slice(0, -1)) === number.at(-1);
}

/** Refuses `gs1.value.character` or `gs1.check_digit`. */
export function validateCheckDigit(number) {
  demand(number.length > 1 && isDigits(number), "gs1.value.character", "digits", number);
  demand(hasCheckDigit(number), "gs1.check_digit", checkDigit(number.slice(0, -1)), number.at(-1));
}

/** The 14-digit form of a GTIN of 8, 12, 13 or 14 digits. */
export function gtin14(number) {
  demand(GTIN_LENGTHS.includes(number.length) && isDigits(number), "gs1.gtin.format", "8, 12, 13 or 14 digits", number);
  validateCheckDigit(number);
  const full = number.padStart(14, "0");
  validateMedicineGtin(full);
  return full;
}

/** Is a text of digits as long as a GTIN? */
export function isGtinLength(text) {
  return GTIN_LENGTHS.includes(text.length);
}

/** 14 digits, check digit right, indicator 0-8. */
export function validateMedicineGtin(gtin) {
  demand(gtin.length === 14 && isDigits(gtin), "gs1.gtin.format", "14 digits", gtin);
  validateCheckDigit(gtin);
  demand(gtin[0] !== "9", "gs1.gtin.indicator", "0-8", gtin[0]);
}

/** Days of a month, 1-12. */
export function daysIn(year, month) {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** YYMMDD as [ISO date, whole month]: day 00 gives the last day of the month and true. */
export function parseDate(value, reference = REFERENCE_YEAR) {
  demand(value.length === 6, "gs1.value.length", "YYMMDD", value);
  demand(isDigits(value), "gs1.value.character", "digits", value);
  const year = fullYear(Number(value.slice(0, 2)), reference), month = Number(value.slice(2, 4)), day = Number(value.slice(4));
  demand(month >= 1 && month <= 12, "gs1.value.date", "month 01-12", value);
  const last = daysIn(year, month);
  demand(day <= last, "gs1.value.date", `day 00-${last}`, value);
  return [`${year}-${value.slice(2, 4)}-${String(day || last).padStart(2, "0")}`, day === 0];
}

function fullYear(twoDigits, reference) {
  const century = reference - (reference % 100), difference = twoDigits - (reference % 100);
  return century + twoDigits + (difference > 50 ? -100 : difference < -49 ? 100 : 0);
}
