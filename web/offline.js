// Service worker: the page without its relay. Files come from the network while
// it answers and from what was kept when it does not.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  // What the relay says of itself is told by a living relay or not at all.
  const ofTheRelay = ["/healthz", "/stats.json"].includes(url.pathname);
  if (event.request.method === "GET" && url.origin === location.origin && !ofTheRelay) {
    event.respondWith(answer(event.request));
  }
});

async function answer(request) {
  try {
    return await fetch(request);
  } catch (away) {
    const kept = await (await caches.open("tablon")).match(request);
    if (kept) return kept;
    throw away;
  }
}
