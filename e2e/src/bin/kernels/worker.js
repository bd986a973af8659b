// Hashes by turns with everything there is, and tells how fast each was.

import { createSHA256 } from "./hash-wasm.js";
import { sha256 } from "./noble/sha2.js";

const SLICE = 8; // ms, about: as a miner's
const TURN = 160; // ms
const TURNS = 9;
const WARM = 1_500; // ms: until the engine has compiled it for good

const header = new Uint8Array(80).fill(7);

async function kernel({ name, versions, file }) {
  const { instance } = await WebAssembly.instantiate(await bytes(file));
  const { memory, search } = instance.exports;
  new Uint8Array(memory.buffer, 0, 140).fill(7); // any state; a target of 0 follows it
  return { name, run: (first, count) => search(first, count), hashes: versions };
}

async function bytes(file) {
  return (await fetch(file)).arrayBuffer();
}

async function contestants(kernels) {
  const all = await Promise.all(kernels.map(kernel));
  const naive = (await WebAssembly.instantiate(await bytes("naive.wasm"))).instance.exports;
  all.push({ name: "sha2 crate, naive", run: naive.naive, hashes: 1 });
  const hasher = await createSHA256();
  const hashWasm = (data) => hasher.init().update(data).digest("binary");
  all.push({ name: "hash-wasm", run: twice(hashWasm), hashes: 1 });
  all.push({ name: "@noble/hashes", run: twice(sha256), hashes: 1 });
  return all;
}

function twice(hash) {
  const view = new DataView(header.buffer);
  return (first, count) => {
    let zeros = 0;
    for (let nonce = first; nonce < first + count; nonce += 1) {
      view.setUint32(76, nonce, true);
      zeros += hash(hash(header))[31] === 0;
    }
    return zeros;
  };
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

onmessage = async ({ data }) => {
  const all = await contestants(data);
  for (const one of all) {
    one.count = 256;
    one.turns = [];
    for (const end = performance.now() + WARM; performance.now() < end; ) slice(one);
  }
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const one of all) {
      const rates = [];
      for (const end = performance.now() + TURN; performance.now() < end; ) rates.push(slice(one));
      one.turns.push(median(rates));
    }
  }
  postMessage(all.map(({ name, turns }) => ({ name, rate: Math.round(median(turns)) })));
};

// Hashes a second in a slice; the next is of about the wanted length.
function slice(one) {
  one.at = ((one.at ?? 0) + one.count) % 0x7000_0000;
  const begun = performance.now();
  one.run(one.at, one.count);
  const took = Math.max(performance.now() - begun, 0.1);
  const rate = (one.count * one.hashes) / took;
  one.count = Math.max(64, Math.round(one.count * Math.min(2, Math.max(0.5, SLICE / took))));
  return rate * 1_000;
}
