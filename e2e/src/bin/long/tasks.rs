//! Tasks of the main thread that take longer than 50 ms: by the wall's clock, as the
//! browser tells pages of them (<https://w3c.github.io/longtasks/>), so that what else
//! the machine does is in them; and by the thread's own processor time, as the browser
//! traces it. Chromium alone does either.

use serde_json::{Value, json};
use tablon_e2e::browser::Browser;
use tablon_e2e::devtools::DevTools;
use tablon_e2e::tab::Tab;

use crate::tell;

/// Microseconds.
const LONG: u64 = 50_000;

const WATCH: &str = "() => {
    window.longTasks = [];
    new PerformanceObserver(list => {
        for (const task of list.getEntries()) longTasks.push(task.duration);
    }).observe({ type: 'longtask', buffered: true });
}";

/// Note them in every page to come.
pub(crate) async fn watch(browser: &Browser) {
    browser.preload(WATCH).await;
}

/// Note the tasks of every thread from now on; for a minute or so, since all of them
/// have to fit the browser's buffer.
pub(crate) async fn trace(browser: &Browser) -> DevTools {
    let tools = browser.devtools().await;
    let traced = tools.trace_tasks().await;
    traced.unwrap_or_else(|error| panic!("{error}"));
    tools
}

/// What pages were told so far.
pub(crate) async fn report(tab: &Tab, what: &str) {
    let told = tab.eval("() => longTasks", &json!(null)).await;
    let told = told.as_array().map(Vec::as_slice).unwrap_or_default();
    let told = told.iter().filter_map(Value::as_f64);
    let tasks = told.map(|ms| (ms * 1_000.0) as u64).collect();
    tell_of(tasks, &format!("{what}: main-thread tasks by the clock"));
}

/// What was traced so far.
pub(crate) async fn report_traced(tools: DevTools, what: &str) {
    let tasks = tools.traced_tasks().await;
    let tasks = tasks.unwrap_or_else(|error| panic!("{error}"));
    tell_of(tasks, &format!("{what}: main-thread tasks by own time"));
}

fn tell_of(tasks: Vec<u64>, what: &str) {
    let long = tasks.iter().filter(|task| **task > LONG).count();
    let longest = tasks.iter().max().copied().unwrap_or_default();
    tell(&format!("{what}, over 50 ms"), long as u64, "tasks");
    tell(&format!("{what}, longest"), longest / 1_000, "ms");
}
