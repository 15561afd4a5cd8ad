// Service worker: without a network an address of a code is answered with the kept verifier page, which judges the kept evidence by the clock of
// now, so its age shows. Online every page comes from the network; the verifier itself is kept as it was installed.
"use strict";

const PAGES = "pharmatrace-pages-1";
const VERIFIER = "/verify";
const KEPT = /^\/(?:static\/|verify(?:\/|$))/;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(PAGES).then((pages) => pages.add(VERIFIER)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

/** A path as servers and people read it: percent signs resolved, slashes that say nothing left out. */
function plain(path) {
  try {
    return decodeURIComponent(path).replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
  } catch {
    return path;
  }
}

/** The verifier is one page whatever follows in its address, and however that is spelt: no link leads around the kept one. */
async function kept(request, path) {
  const place = path === VERIFIER ? VERIFIER : request, pages = await caches.open(PAGES);
  const found = await pages.match(place, { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await pages.put(place, answer.clone());
  return answer;
}

async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const verifier = await (await caches.open(PAGES)).match(VERIFIER, { ignoreVary: true });
    if (verifier) return verifier;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event, address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  const path = plain(address.pathname);
  if (KEPT.test(path)) event.respondWith(kept(request, path));
  else if (request.mode === "navigate") event.respondWith(page(request));
});
