// The node worker: runs the program of the page that started it, as the page's
// browser has compiled it (web/src/own_program.rs). Waiting at the top level makes
// a failure the worker's own, of which the page hears.
const { data } = await new Promise((heard) => addEventListener("message", heard, { once: true }));
const { default: init } = await import(data.bindings);
await init({ module_or_path: data.module });
