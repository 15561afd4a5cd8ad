/** The Application Identifiers: length, characters and rules of each (GS1 General Specifications 3.2); the mirror of trace/gs1/identifiers.py. */
import { demand } from "../errors.js";
import { isDigits, parseDate, validateCheckDigit } from "./numbers.js";

const FORMS = `
N18.check : 00 8017 8018
N14.check : 01 02 03
N13.check : 410-417
N17.check : 402
N13.check X0-17 : 253
N13.check N0-12 : 255
N1.zero N13.check X0-16 : 8003
N14.check N4.piece : 8006 8026
N6.month : 11 12 13 15 16 17
N6.day : 4326 7006
N6.day N4.clock : 7003
N6.day N4?.clock : 7011
N6.day N6?.day : 7007
N6.month N4.clock : 4324 4325
N6.day N2.hour N2?.sixty N2?.sixty : 8008
N2 : 20 7241
N1 : 7252
N1.yesno : 4321 4322 4323
N3 : 422 424 426
N3 N3? N3? N3? N3? : 423 425
N4 : 3940-3943 8111
N6 : 3100-3105 3110-3115 3120-3125 3130-3135 3140-3145 3150-3155 3160-3165
N6 : 3200-3205 3210-3215 3220-3225 3230-3235 3240-3245 3250-3255 3260-3265
N6 : 3270-3275 3280-3285 3290-3295 3300-3305 3310-3315 3320-3325 3330-3335
N6 : 3340-3345 3350-3355 3360-3365 3370-3375 3400-3405 3410-3415 3420-3425
N6 : 3430-3435 3440-3445 3450-3455 3460-3465 3470-3475 3480-3485 3490-3495
N6 : 3500-3505 3510-3515 3520-3525 3530-3535 3540-3545 3550-3555 3560-3565
N6 : 3570-3575 3600-3605 3610-3615 3620-3625 3630-3635 3640-3645 3650-3655
N6 : 3660-3665 3670-3675 3680-3685 3690-3695 3950-3955 8005
N6 X1?.hyphen : 4330-4333
N8 : 7250
N8 N4.clock : 7251
N13 : 7001
N15 : 8040 8041
N32 : 8042
N18 N0-2 : 8043
N10 N10 : 4309
N4.nonzero N5.nonzero N3.nonzero N1 N1 : 8001
N1-4 : 7004
N1-6 : 242
N1-8 : 30 37
N1-10 : 8019
N1-12 : 8011
N1-15 : 3900-3909 3920-3929
N3 N1-15 : 3910-3919 3930-3939
N3 X1-9 : 421
N3 X1-27 : 7030-7039
N1 X1 X1 X1.importer : 7040
X2 : 4307 4317
X2 X1-28 : 7230-7239
X3 : 7258
X1-2 : 7010
X1-3 : 427 7008
X1-4 : 7041
X1-10 : 7009 7255
X1-12 : 7005
X1-20 : 10 21 22 243 254 420 4318 710-717 7020 7021 7022 7240 8002 8012
X1-25 : 7242 8013 8014 8020
X1-28 : 235
X1-30 : 240 241 250 251 400 401 403 4308 4319 7002 7023 8004 90
X1-34 : 8007
X1-35.percent : 4300 4301 4310 4311 4320
X1-40.percent : 7253 7254 7259
X1-50 : 8009
X1-70 : 8110 8112 8200
X1-70.percent : 4302-4306 4312-4316 7257
X1-90 : 91-99
X1-90.percent : 7256
Y1-30 : 8010
Z1-90 : 8030`;
const NOT_ATTRIBUTES = "03 21 22 235 254 7040 8011 8014 8019 8020 8030 8040 8041 8042 8043 8110 8112 8200".split(" ");
const CHARACTER_SETS = {
  N: /^[0-9]*$/,
  X: /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*$/,
  Y: /^[#\-/0-9A-Z]*$/,
  Z: /^(?:[A-Za-z0-9_-]+={0,2})?$/,
};

const rule = (holds, expected) => (value) => demand(holds(value), "gs1.value.rule", expected, value);
const matches = (pattern, expected) => rule((value) => pattern.test(value), expected);
const day = (value) => {
  parseDate(value);
  demand(!value.endsWith("00"), "gs1.value.date", "day 01-31", value);
};
const isPiece = (value) => {
  const half = value.length / 2, piece = BigInt(value.slice(0, half)), total = BigInt(value.slice(half));
  return piece > 0n && piece <= total;
};
const RULES = {
  check: validateCheckDigit,
  month: (value) => parseDate(value),
  day,
  hour: matches(/^(?:[01][0-9]|2[0-3])$/, "hour 00-23"),
  sixty: matches(/^[0-5][0-9]$/, "00-59"),
  clock: matches(/^(?:[01][0-9]|2[0-3])[0-5][0-9]$/, "HHMM"),
  piece: rule(isPiece, "1 <= piece <= total"),
  zero: matches(/^0+$/, "zeros"),
  nonzero: rule((value) => isDigits(value) && !/^0+$/.test(value), "not zero"),
  yesno: matches(/^[01]$/, "0 or 1"),
  hyphen: matches(/^-+$/, "-"),
  percent: matches(/^(?:[^%]|%[0-9A-Fa-f]{2})*$/, "%hh"),
  importer: matches(/^[A-Za-z0-9_-]$/, "one of A-Z a-z 0-9 - _"),
};

function readPart(text) {
  const [, characters, least, most, optional, name] = /^([NXYZ])(\d+)(?:-(\d+))?(\?)?(?:\.([a-z]+))?$/.exec(text);
  return { characters, least: Number(least), most: Number(most ?? least), optional: optional === "?", name };
}

/** Every identifier by its number: parts, predefined length, may stand in a query; no number is the beginning of another. */
export const IDENTIFIERS = {};
for (const row of FORMS.trim().split("\n")) {
  const [form, numbers] = row.split(" : ");
  const parts = form.split(" ").map(readPart);
  const sum = (name, counted) => parts.filter(counted).reduce((total, part) => total + part[name], 0);
  const least = sum("least", (part) => !part.optional), most = sum("most", () => true);
  for (const word of numbers.split(" ")) {
    const [first, last = first] = word.split("-");
    for (let value = Number(first); value <= Number(last); value++) {
      const number = String(value).padStart(first.length, "0");
      const predefined = /^(?:0[0-4]|1[1-9]|20|3[1-6]|41)/.test(number);
      IDENTIFIERS[number] = { number, parts, least, most, predefined, attribute: !NOT_ATTRIBUTES.includes(number) };
    }
  }
}

/** The identifier that a text begins with, or null. */
export function starting(text) {
  for (const width of [2, 3, 4]) {
    if (Object.hasOwn(IDENTIFIERS, text.slice(0, width))) return IDENTIFIERS[text.slice(0, width)];
  }
  return null;
}

/** The identifier with this number; refuses `gs1.identifier.unknown`. */
export function identifierOf(number) {
  demand(Object.hasOwn(IDENTIFIERS, number), "gs1.identifier.unknown", "a GS1 Application Identifier", number);
  return IDENTIFIERS[number];
}

/** Refuses `gs1.identifier.unknown` or `gs1.value.*` unless the value is of the identifier's form. */
export function validateValue(number, value) {
  const { parts, least, most } = identifierOf(number);
  let rest = value;
  for (const part of parts) {
    if (!rest && part.optional) break;
    const taken = rest.slice(0, part.most);
    rest = rest.slice(part.most);
    demand(taken.length >= part.least, "gs1.value.length", `${least}-${most} characters`, value, number);
    demand(CHARACTER_SETS[part.characters].test(taken), "gs1.value.character", `character set ${part.characters}`, value, number);
    if (part.name) RULES[part.name](taken);
  }
  demand(!rest, "gs1.value.length", `at most ${most} characters`, value, number);
}
