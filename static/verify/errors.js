/** A check that did not hold, with the stable code that the Python side raises for it (chain/errors.py). */
export class Refused extends Error {
  /** `code` is stable; `expected` and `found` are short facts; `field` names what is concerned. */
  constructor(code, expected = "", found = "", field = null) {
    super(`${code}: expected ${expected || "-"}, found ${found || "-"}`);
    this.code = code;
    this.expected = String(expected).slice(0, 300);
    this.found = String(found).slice(0, 300);
    this.field = field;
  }
}

/** Refuses with this code unless the condition holds. */
export function demand(holds, code, expected, found, field) {
  if (!holds) throw new Refused(code, expected, found, field);
}

/** A part of the verifier that is fetched only when needed could not be: nothing is known about the evidence. */
export class Unavailable extends Error {}

/** The module that a promise brings; fails as `Unavailable`, which no check takes for a fault of the evidence. */
export function fetched(module) {
  return module.catch(() => {
    throw new Unavailable("a part of the verifier could not be fetched");
  });
}
