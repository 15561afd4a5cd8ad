/** What this device keeps: the anchor first seen of a ledger, its newest checkpoint, the last evidence of a code. */
import { hex, unhex } from "./bytes.js";

const PREFIX = "pharmatrace/";
const EVIDENCE = "pharmatrace-evidence";
const PAGES = "pharmatrace-pages-1"; // the service worker's

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name));
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // a private window, or a full store: nothing is remembered then
  }
}

/** The newest checkpoint of a ledger that was found good, or null. */
export function remembered(chain) {
  const found = read(`head/${chain}`);
  return found && { origin: found.origin, size: found.size, root: unhex(found.root) };
}

/** Keeps a checkpoint unless a larger one is kept. */
export function remember(chain, { origin, size, root }) {
  const known = read(`head/${chain}`);
  if (known === null || known.size < size) write(`head/${chain}`, { origin, size, root: hex(root) });
}

/** The anchor that this device saw first under this name; from then on no other is taken from a page. */
export function firstAnchor(offered) {
  const known = read("anchor");
  if (known !== null) return known;
  if (offered !== null) write("anchor", offered);
  return offered;
}

/** Forgets the kept verifier and the anchor first seen: the next page and the next anchor are the server's. */
export async function forgetVerifier() {
  localStorage.removeItem(`${PREFIX}anchor`);
  if ("caches" in globalThis) await caches.delete(PAGES);
}

/** Keeps the evidence of an address for times without a network. */
export async function keepEvidence(address, data) {
  if (!("caches" in globalThis)) return;
  await (await caches.open(EVIDENCE)).put(address, new Response(data));
}

/** The kept evidence of an address, or null. */
export async function keptEvidence(address) {
  if (!("caches" in globalThis)) return null;
  const found = await (await caches.open(EVIDENCE)).match(address);
  return found ? new Uint8Array(await found.arrayBuffer()) : null;
}
