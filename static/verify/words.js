/** Verdicts in words, Chinese and English (DOMAIN 10.3, 4); the mirror of trace/drugs/words.py. Values are plain text: whoever shows them escapes. */
import { PHRASES, CUSTODY, QUESTIONS, NO_ANSWERS, LIGHTS, WHY, WHAT, STEPS, REFUSALS, ADVICE } from "./phrases.js";

const HOUR_S = 3_600, DAY_S = 86_400;
const AUDIENCES = { consumer: ["", "consumer"], distributor: ["", "member", "distributor"] };
const PLACES = /\{([a-z_]+)\}/g;
const both = ([zh, en]) => ({ zh, en });

/** A line in a few words. */
export function headline(reason, viewer) {
  return filled(PHRASES[reason.code], reason.params, viewer, 0);
}

/** What to do about a line, or null. */
export function nextStep(reason, viewer) {
  const found = filled(PHRASES[reason.code], reason.params, viewer, 2);
  return found.zh ? found : null;
}

/** What is proven about the way, or null. */
export function custody(level, params) {
  return level === null ? null : filled(CUSTODY[level], params, "consumer", 0);
}

/** The question's words: `text`, `yes`, and `no` where there are two buttons. */
export function question(asked) {
  if (asked === null) return null;
  const [zh, en, yesZh, yesEn] = QUESTIONS[asked.kind], no = NO_ANSWERS[asked.kind];
  return { text: { zh, en }, yes: { zh: yesZh, en: yesEn }, ...(no ? { no: both(no) } : {}) };
}

/** A light's word; the words of a button. */
export const light = (name) => both(LIGHTS[name]);
export const step = (name) => both(STEPS[name]);

/** What a code of a step says, and what to do about it. */
export function refusal(code) {
  const [zh, en, place] = REFUSALS[code], advice = both(ADVICE[place]);
  return { zh: `${zh}${advice.zh}`, en: `${en} ${advice.en}` };
}

/** Both languages of a phrase from `column` on, its places filled in; `?` where a value is not known. */
function filled(phrases, params, viewer, column) {
  const values = { zh: valuesOf(params, "zh"), en: valuesOf(params, "en") }, audiences = AUDIENCES[viewer] ?? ["", "member"];
  const fits = (phrase) => audiences.includes(phrase[4] ?? "") && needs(phrase).every((name) => name in values.zh);
  const phrase = phrases.find(fits) ?? phrases.at(-1);
  const fill = (text, language) => (text ?? "").replace(PLACES, (_, name) => values[language][name] ?? "?");
  return { zh: fill(phrase[column], "zh"), en: fill(phrase[column + 1], "en") };
}

function needs(phrase) {
  return phrase.slice(0, 4).flatMap((text) => [...text.matchAll(PLACES)].map((match) => match[1]));
}

function valuesOf(params, language) {
  const values = {};
  for (const [name, value] of Object.entries(params)) if (["string", "number"].includes(typeof value)) values[name] = String(value);
  const names = params.names ?? {};
  if (Object.keys(names).length) values.site = names[language] || Object.values(names)[0];
  if (Number.isInteger(params.age_s)) values.age = age(params.age_s, language);
  const column = language === "zh" ? 0 : 1;
  for (const [name, table] of [["why", WHY], ["what", WHAT]]) if (name in values) values[name] = table[values[name]]?.[column] ?? values[name];
  return values;
}

/** A duration in the largest unit of which there are two at least. */
export function age(seconds, language) {
  const units = language === "zh" ? ["天", "小时", "分钟"] : ["days", "hours", "minutes"];
  const place = seconds >= 2 * DAY_S ? 0 : seconds >= 2 * HOUR_S ? 1 : 2, count = Math.max(Math.floor(seconds / [DAY_S, HOUR_S, 60][place]), 1);
  return `${count} ${count === 1 ? units[place].replace(/s$/, "") : units[place]}`;
}
