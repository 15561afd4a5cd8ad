/** Shows what a check has come to. Everything is text: nothing of the evidence is ever read as markup. */
import { STEP_TEXTS, TEXTS } from "./messages.js";
import * as words from "./words.js";

const SIGNS = { green: "\u2713", amber: "!", red: "\u2715", blue: "i", passed: "\u2713", gap: "!", refused: "\u2715" };
const LIGHT_OF_STEP = { passed: "green", gap: "amber", refused: "red" };

/** An element with attributes and children (elements or texts). */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A text of `TEXTS` in a language, its places filled in. */
export function say(name, language, values = {}) {
  return TEXTS[name][language === "zh" ? 0 : 1].replace(/\{(\w+)\}/g, (_, place) => values[place] ?? "?");
}

const pick = (pair, language) => pair[language === "zh" ? 0 : 1];

/** The large light with headline, next step and question. */
export function lamp({ verdict, asked }, language) {
  const [first] = verdict.reasons, next = words.nextStep(first, asked.viewer), question = words.question(verdict.question);
  return element("section", { class: `verdict ${verdict.light}`, role: "status" },
    element("div", { class: "lamp" }, element("span", { class: "disc sign" }, SIGNS[verdict.light]), element("span", {}, words.light(verdict.light)[language])),
    element("div", {},
      element("h1", {}, words.headline(first, asked.viewer)[language]),
      next && element("p", { class: "next" }, next[language]),
      question && element("p", {}, element("strong", {}, question.text[language]))));
}

/** All lines that apply, where there are several. */
export function reasons({ verdict, asked }, language) {
  if (verdict.reasons.length < 2) return null;
  const rows = verdict.reasons.map((reason) => element("li", { class: reason.light }, `${SIGNS[reason.light]} `, words.headline(reason, asked.viewer)[language]));
  return element("ul", { class: "rows" }, ...rows);
}

/** A name in the language, or in the other one. */
function nameOf(names = {}, language) {
  return names[language] ?? Object.values(names)[0];
}

/** On whose word the verdict rests. */
export function assurance({ assurance: found, item, facts }, language) {
  const { signed, complete, parties, names, witnesses: [seen, needed], age_s: age, compared } = found;
  const whose = parties.map((gln) => { const name = nameOf(names[gln], language); return name ? `${name} (${gln})` : gln; }).join(", ");
  const rows = [
    ["signed", say(signed ? "signedYes" : "signedNo", language)],
    ["complete", complete ? say(complete, language, { parties: whose }) : say("nobody", language)],
    ["witnessed", needed ? say("witnesses", language, { seen, needed }) : say("nobody", language)],
    ["age", age === null ? say("unknown", language) : say("ageOf", language, { age: words.age(age, language) })],
    ["compared", say(compared ? "sameHead" : "newHead", language)],
  ];
  const list = element("dl", { class: "facts pair" });
  for (const [name, value] of rows) list.append(element("div", {}, element("dt", {}, say(name, language)), element("dd", { "data-fact": name }, value)));
  const code = item && [item.gtin, item.lot ?? facts.batch?.lot, item.serial].filter(Boolean).join(" · ");
  return element("div", {}, code ? element("p", { class: "mono" }, code) : null, list);
}

/** The numbered steps, each to be opened with what was checked. */
export function steps(outcome, language) {
  const rows = outcome.steps.map((step) => {
    const [title, about] = STEP_TEXTS[step.number], light = LIGHT_OF_STEP[step.state];
    const fold = element("details", { class: "fold", "data-step": step.number, "data-state": step.state },
      element("summary", {}, element("span", { class: `chip ${light}` }, `${SIGNS[step.state]} ${say(step.state, language)}`), ` ${step.number}. ${pick(title, language)}`),
      element("p", { class: "small" }, pick(about, language)),
      step.code && element("p", {}, words.refusal(step.code)[language]),
      step.code && element("p", { class: "small" }, element("code", {}, step.code), step.found ? ` ${step.found}` : ""));
    if (step.state === "refused") fold.open = true;
    return element("li", {}, fold);
  });
  return element("ol", { class: "rows steps" }, ...rows);
}

/** All steps behind one line that counts them; open where one did not pass. */
function allSteps(outcome, language, first) {
  const passed = outcome.steps.filter((step) => step.state === "passed").length;
  const count = say("stepsCount", language, { passed, all: outcome.steps.length });
  const fold = element("details", { class: "fold" }, element("summary", {}, `${say("stepsTitle", language)}: ${count}`), steps(outcome, language));
  fold.open = first !== undefined;
  return fold;
}

/** The card "checked on this device" with assurance and steps. */
export function card(outcome, language, ...above) {
  const refused = outcome.steps.some((step) => step.state === "refused");
  const first = outcome.steps.find((step) => step.state !== "passed");
  return element("section", { class: "card", "data-device": outcome.verdict.code, "data-light": outcome.verdict.light },
    element("h2", {}, say(refused ? "failed" : "checked", language)),
    ...above,
    first ? element("p", { class: `note ${LIGHT_OF_STEP[first.state]}` }, `${first.number}. ${pick(STEP_TEXTS[first.number][0], language)}: ${say(first.state, language)}. ${words.refusal(first.code)[language]} (${first.code})`) : null,
    assurance(outcome, language),
    allSteps(outcome, language, first));
}
