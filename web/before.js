// Runs before the wasm is there. Two things cannot wait for it:
// a script may await `window.tablon.ready` from the first moment on, and what
// the page is made of is kept, so that it opens and mines without its relay.
"use strict";

let begin;
window.tablon = { ready: new Promise((resolve) => (begin = resolve)) };
// The wasm takes the object over and removes this (web/src/api.rs).
Object.defineProperty(window.tablon, "begin", { value: begin, configurable: true });

// Workers load these by themselves, so the page's own list lacks them; a miner
// may be wanted for the first time when the relay is gone.
const WORKERS = ["node.js", "miner_loader.js", "miner.js", "miner_bg.wasm"];

async function keepThePage() {
  await navigator.serviceWorker.register("offline.js");
  await navigator.serviceWorker.ready;
  const own = (url) => url.startsWith(location.origin);
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const files = new Set([".", ...loaded.filter(own), ...WORKERS].map((file) => new URL(file, document.baseURI).href));
  const kept = await caches.open("tablon");
  await kept.addAll(files);
  // What an older version of the page was made of.
  for (const request of await kept.keys()) {
    if (!files.has(request.url)) await kept.delete(request);
  }
}

window.tablon.ready
  .then(() => performance.mark("tablon ready"))
  .then(keepThePage)
  // Private windows and plain http have no such storage: the page works all
  // the same, as long as its relay answers.
  .catch((error) => console.info("the page is not kept for use without the relay:", String(error)));
