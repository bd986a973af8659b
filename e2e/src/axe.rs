//! axe-core, Deque's checker of accessibility, from npm.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::places;
use crate::tab::Tab;

/// Its version: another one knows other rules.
const VERSION: &str = "4.11.0";

/// The checker's script, or why there is none.
pub async fn script() -> Result<String, String> {
    let home = places::cache("tools").ok_or("there is no cache directory")?;
    let home = home.join(format!("axe-core-{VERSION}"));
    let script = home
        .join("node_modules")
        .join("axe-core")
        .join("axe.min.js");
    if !script.is_file() {
        install(home).await?;
    }
    tokio::fs::read_to_string(&script)
        .await
        .map_err(|error| format!("{}: {error}", script.display()))
}

async fn install(home: PathBuf) -> Result<(), String> {
    let npm = places::on_the_path("npm").ok_or("npm is not on the PATH")?;
    let installed = Command::new(npm)
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
        .arg("--prefix")
        .arg(&home)
        .arg(format!("axe-core@{VERSION}"))
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|error| format!("npm does not start: {error}"))?;
    if installed.status.success() {
        Ok(())
    } else {
        Err(format!(
            "npm cannot install axe-core {VERSION}: {}",
            String::from_utf8_lossy(&installed.stderr)
        ))
    }
}

/// What is wrong with the page as it stands: a line for each element.
pub async fn violations(tab: &Tab, script: &str) -> Vec<String> {
    // The page's policy forbids scripts that it did not bring; the driver's are
    // no part of the page.
    let load = format!("() => {{ if (!window.axe) {{ {script} }} }}");
    tab.eval(&load, &Value::Null).await;
    let found = tab
        .eval(
            "async () => (await axe.run({resultTypes: ['violations']})).violations",
            &json!(null),
        )
        .await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut lines = Vec::new();
    for violation in list(&found) {
        for node in list(&violation["nodes"]) {
            lines.push(format!(
                "{}: {}: {}",
                text(&violation["id"]),
                node["target"],
                text(&node["failureSummary"]).replace('\n', " "),
            ));
        }
    }
    lines
}
