/** The verifier as a page of its own: evidence is dropped or pasted into it, no network is needed (PROTOCOL 1, 8). */
import { anchorFrom, wordsOfHash } from "./checkpoint.js";
import { hex, utf8 } from "./bytes.js";
import { check } from "./evidence/check.js";
import { readFitting } from "./gs1/scan.js";
import { forgetVerifier, keptEvidence, remember, remembered } from "./memory.js";
import { sha256 } from "./sha256.js";
import { card, element, lamp, reasons, say } from "./view.js";

const ANCHOR = JSON.parse(document.getElementById("anchor").textContent);
const VIEWERS = ["consumer", "pharmacy", "distributor", "regulator"];
const BUNDLE_LIMIT = 1_000_001;
const asked = new URLSearchParams(location.search).get("lang");
let language = ["zh", "en"].includes(asked) ? asked : navigator.language.startsWith("zh") ? "zh" : "en";
let data = null;

function field(label, control) {
  return element("div", { class: "field" }, element("label", {}, say(label, language), control));
}

function choices() {
  return element("select", { id: "viewer" }, ...VIEWERS.map((name) => element("option", { value: name }, say(name, language))));
}

function show() {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  document.title = say("title", language);
  const other = element("button", { type: "button" }, language === "zh" ? "English" : "\u4e2d\u6587");
  other.addEventListener("click", () => {
    language = language === "zh" ? "en" : "zh";
    show();
  });
  document.getElementById("top").replaceChildren(element("strong", {}, say("title", language)), other);
  document.getElementById("main").replaceChildren(about(), form(), element("div", { id: "result" }));
}

/** Where this page comes from, what it trusts, and its hash. */
function about() {
  const isFile = location.protocol === "file:", box = element("section", { class: `note ${isFile ? "green" : "amber"}` });
  box.append(element("p", {}, say(isFile ? "savedFile" : "servedHere", language)));
  const second = document.documentElement.dataset.second;
  if (!isFile && second) box.append(element("p", {}, element("a", { href: second, rel: "noopener" }, `${say("secondSource", language)}: ${second}`)));
  if (ANCHOR === null) box.append(element("p", {}, say("noAnchor", language)));
  else box.append(element("p", { class: "small" }, `${say("anchor", language)}: ${ANCHOR.name} \u00b7 ${say("words", language)}: `,
    element("code", { id: "words" }, anchorWords())));
  if (!isFile) box.append(element("p", { class: "small" }, `${say("hash", language)}: `, hashPlace()), renewal());
  return box;
}

/** The words of the pinned anchor; of one that is none, why. Such an anchor refuses every evidence at step 1. */
function anchorWords() {
  try {
    return wordsOfHash(anchorFrom(ANCHOR).hash);
  } catch (error) {
    return error.code ?? "?";
  }
}

/** The hash of this page as it was served or kept; to be compared with one from elsewhere, for a lying page would show what it likes. */
function hashPlace() {
  const place = element("code", { id: "hash" });
  const page = fetch("/verify").then((answer) => answer.arrayBuffer());
  page.then((body) => place.append(hex(sha256(new Uint8Array(body)))), () => place.append("?"));
  return place;
}

/** A kept verifier stays as it was kept, so that no later answer of a server replaces it unasked. This takes the server's present one. */
function renewal() {
  const button = element("button", { type: "button", id: "renew" }, say("renew", language));
  button.addEventListener("click", async () => {
    await forgetVerifier();
    location.reload();
  });
  return button;
}

function form() {
  const file = element("input", { type: "file", id: "file", accept: ".json,application/json" }), text = element("textarea", { id: "text", spellcheck: "false" });
  const button = element("button", { type: "button", class: "primary", id: "check" }, say("check", language));
  const zone = element("section", { class: "card", id: "zone" },
    element("h2", {}, say("evidence", language)), element("p", { class: "soft" }, say("dropHere", language)),
    field("evidenceFile", file), field("evidenceText", text), field("code", element("input", { id: "code", autocomplete: "off" })),
    element("div", { class: "fields" }, field("viewer", choices()), field("place", element("input", { id: "place", inputmode: "numeric" })), field("answer", answers())),
    button);
  file.addEventListener("change", () => take(file.files[0]));
  button.addEventListener("click", () => judge(text.value.trim() ? utf8(text.value.trim()) : data));
  for (const name of ["dragover", "drop"]) zone.addEventListener(name, (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => take(event.dataTransfer.files[0]));
  return zone;
}

function answers() {
  return element("select", { id: "answer" }, element("option", { value: "" }, "\u2013"), ...["yes", "no"].map((name) => element("option", { value: name }, say(name, language))));
}

async function take(file) {
  if (!file) return;
  data = new Uint8Array(await file.slice(0, BUNDLE_LIMIT).arrayBuffer());
  await judge(data);
}

/** Checks evidence and shows what it comes to. */
async function judge(bytes, scan = null, ...above) {
  const value = (id) => document.getElementById(id).value.trim() || null, result = document.getElementById("result");
  if (bytes === null || ANCHOR === null) return;
  const question = { now: Date.now(), scan: scan ?? value("code"), viewer: value("viewer"), place: value("place"), answer: value("answer"), remembered: remembered(ANCHOR.chain) };
  const outcome = await check(bytes, ANCHOR, question, readFitting);
  if (outcome.checkpoint) remember(ANCHOR.chain, outcome.checkpoint);
  result.replaceChildren(...[lamp(outcome, language), ...above, reasons(outcome, language), card(outcome, language)].filter(Boolean));
  result.scrollIntoView();
}

/** Without a network this page stands in for the address of a code: the evidence kept of it is judged again, by the clock of now. */
async function standIn() {
  if (!/\/0[01]\//.test(location.pathname)) return;
  const bytes = await keptEvidence(location.pathname);
  if (bytes !== null) await judge(bytes, location.href, element("p", { class: "note amber" }, say("stored", language)));
}

show();
standIn();
