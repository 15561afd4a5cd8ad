/** The device's own check on a verdict page: judges the evidence that the page carries, and wins where the two differ (PROTOCOL 8). */
import { fromBase64, hex, text as textOf, utf8 } from "./bytes.js";
import { fetched } from "./errors.js";
import { check } from "./evidence/check.js";
import { readAddress } from "./gs1/address.js";
import { prepareKeys, publicOf } from "./keys.js";
import { firstAnchor, keepEvidence, remember, remembered } from "./memory.js";
import { domain, sha256 } from "./sha256.js";
import { card, element, lamp, say } from "./view.js";

const MEDIA_TYPE = "application/vnd.pharmatrace.bundle+json";
const BUNDLE_LIMIT = 1_000_001;
const PATIENCE_MS = 4_000;
const WORST_FIRST = ["red", "amber", "blue", "green"];

/** Hash of the receipt key whose seed stands behind `#r=` (DOMAIN 11): that part of an address never reaches a server. */
async function ownReceipt() {
  const found = /[#&]r=([A-Za-z0-9_-]{43})(?:&|$)/.exec(location.hash);
  if (found === null) return null;
  return hex(sha256(domain("receipt/v1"), await publicOf(fromBase64(found[1], 32))));
}

/** The text that was scanned: this page's address, or what the form sent. */
function scannedText() {
  const sent = location.pathname === "/scan" ? new URL(location.href).searchParams.get("code") : null;
  return sent ?? location.href.split("#")[0];
}

/** The reading of a text that the evidence is about: as it stands, or with what scanners do to codes, which is fetched only then. */
async function readScan(text, fits) {
  const item = readAddress(text);
  if (item !== null && fits(item)) return item;
  return (await fetched(import("./gs1/scan.js"))).readFitting(text, fits);
}

/** The evidence in this page, or null. The page spells `<` as `\\u003c`, which canonical JSON never does. */
function carried() {
  const block = document.getElementById("evidence");
  if (block === null) return null;
  const plain = block.textContent.slice(0, BUNDLE_LIMIT).replace(/\\(?:u003c|[^])/g, (sign) => (sign === "\\u003c" ? "<" : sign));
  return { data: utf8(plain), size: Number(/"checkpoint":"[^"\\]*\\n(\d+)\\n/.exec(plain)?.[1]) };
}

/** The evidence to be judged: what the page carries, unless this device remembers another head, which takes a proof that the two belong together. */
async function findEvidence(known) {
  const found = carried();
  if (found !== null && (known === null || known.size === found.size)) return found.data;
  await prepare(scannedText());
  const asked = await fetchEvidence(known?.size).catch(() => null);
  return asked ?? found?.data ?? null;
}

/** Fetches, before the evidence, what judging it may need beside this script: once the evidence is here, the network may go. */
function prepare(text) {
  const item = readAddress(text), isPlain = item !== null && !/[a-z]/.test(`${item.lot ?? ""}${item.serial ?? ""}`);
  return Promise.allSettled([prepareKeys(), isPlain ? null : import("./gs1/scan.js")]);
}

/** The evidence of this address, at most a little more than a bundle may have; null where there is none. */
async function fetchEvidence(size) {
  const address = new URL(location.href);
  if (size) address.searchParams.set("since", size);
  const answer = await fetch(address, { headers: { Accept: MEDIA_TYPE }, credentials: "omit", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok || !(answer.headers.get("Content-Type") ?? "").startsWith(MEDIA_TYPE)) return null;
  const parts = [], reader = answer.body.getReader();
  let length = 0;
  for (let part = await reader.read(); !part.done && length < BUNDLE_LIMIT; part = await reader.read()) {
    parts.push(part.value);
    length += part.value.length;
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Checks the evidence of this page, and shows what it comes to. */
async function run(panel) {
  const { viewer, place, receipt, answer, second } = panel.dataset;
  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  const anchor = firstAnchor(JSON.parse(document.getElementById("anchor").textContent));
  if (anchor === null) return;
  const known = remembered(anchor.chain), evidence = await findEvidence(known);
  if (evidence === null) {
    panel.append(element("p", { class: "note amber" }, say("noEvidence", language)));
    return;
  }
  const question = {
    now: Date.now(), scan: scannedText(), viewer, place: place || null, answer: answer || null, remembered: known,
    receipt: (await ownReceipt().catch(() => null)) || receipt || null,
  };
  const start = performance.now(), outcome = await check(evidence, anchor, question, readScan).catch(() => null);
  performance.measure("check", { start });
  if (outcome === null) {
    panel.append(element("p", { class: "note amber" }, say("noCheck", language)));
    return;
  }
  if (outcome.checkpoint) {
    remember(anchor.chain, outcome.checkpoint);
    await keepEvidence(location.pathname, evidence).catch(() => null);
  }
  show(panel, outcome, language);
  if (!outcome.checkpoint || !second) return;
  const heads = await askSecond(second, evidence, outcome).catch(() => ({ state: "unreachable" }));
  if (heads.state === "contradicted") show(panel, await check(evidence, anchor, { ...question, contradicted: second }, readScan), language);
  panel.append(headsNote(heads, second, language));
}

/** What a second node's head says about the one of this evidence: see compare.js. */
async function askSecond(second, evidence, { checkpoint, members, keys }) {
  const { compareWith } = await fetched(import("./compare.js")), { checkpoint: note } = JSON.parse(textOf(evidence));
  return compareWith(second, { address: location.origin, checkpoint, note, members, keys });
}

const HEADS = { same: ["secondSame", "blue"], consistent: ["secondConsistent", "blue"], unreachable: ["secondUnreachable", "blue"],
  unsigned: ["secondUnsigned", "amber"], unproven: ["secondUnproven", "amber"], contradicted: ["secondContradicted", "red"] };

/** What is said of a second node; a proof that attesters lied can be saved, in the form that `consensus.fork` takes. */
function headsNote({ state, proof }, node, language) {
  const [name, light] = HEADS[state], note = element("p", { class: `note ${light}`, "data-heads": state }, say(name, language, { node }));
  if (proof) {
    const href = `data:application/json,${encodeURIComponent(JSON.stringify(proof))}`;
    note.append(" ", element("a", { href, download: "contradiction.json" }, say("saveProof", language)));
  }
  return note;
}

/** Shows an outcome in the panel; the light above is replaced where the device finds worse, or the same in other words. */
function show(panel, outcome, language) {
  const { code, light, headline } = panel.dataset, found = outcome.verdict;
  panel.replaceChildren(card(outcome, language, ...banner(found, code, light, headline, language)));
  const isWorse = WORST_FIRST.indexOf(found.light) < WORST_FIRST.indexOf(light);
  if (isWorse || (found.light === light && found.code !== code)) document.querySelector(".verdict").replaceWith(lamp(outcome, language));
}

/** What is said where service and device do not agree. */
function banner(found, code, light, headline, language) {
  if (found.code === code && found.light === light) return [];
  const milder = WORST_FIRST.indexOf(found.light) > WORST_FIRST.indexOf(light);
  const looks = { class: `note ${milder ? "amber" : "red"}`, role: "alert", "data-differs": found.code };
  return [element("p", looks, say(milder ? "worse" : "differs", language, { said: headline }))];
}

/** The verdict comes first; what is kept for times without a network is fetched behind it. */
run(document.getElementById("device")).finally(() => {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => null);
});
