//! A tab or a headless node with a long chain: the chains are made once and kept in the
//! target folder, and for the profiler there is a page whose functions have names.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::run::watched;
use crate::kit::TestKit;
use crate::steps::Step;
use crate::{places, process, test};

/// The part for which there is a page whose functions have names.
const PROFILE: &str = "profile";

/// Lines of figures, of one part of the program.
pub(super) fn figures(kit: &TestKit, part: &str, step: &mut Step) -> Result<String> {
    step.say("building...");
    let mut build = kit.kit.command("cargo")?;
    build.args(["build", "--quiet", "--release", "--package", "tablon-core"]);
    process::output(build.args(["--example", "chains"]))?;
    let target = places::target()?;
    let mut bench = kit.kit.command("cargo")?;
    bench.args(["run", "--quiet", "--release", "--package", "tablon-e2e"]);
    bench.args(["--bin", "long", "--", part]);
    let chains = target.join("release").join("examples").join("chains");
    bench.env("TABLON_CHAINS", chains);
    bench.env("TABLON_KEPT", target.join("bench").join("chains"));
    if part == PROFILE {
        step.say("naming the page's functions...");
        bench.env("TABLON_NAMED", named(kit)?);
    }
    step.say("measuring; a chain that is not kept yet is made first, for some minutes...");
    watched(test::name_programs(kit, &mut bench)?, step)
}

/// The page once more, out of what Trunk gave to wasm-opt, which takes the names of
/// functions away unless it is told not to. The program that measures sees to it that
/// the code is the same.
fn named(kit: &TestKit) -> Result<PathBuf> {
    let target = places::target()?;
    let named = target.join("bench").join("named");
    let dist = places::dist();
    let within = |path: &Path| format!("cannot copy the page to {}", path.display());
    if named.exists() {
        fs::remove_dir_all(&named).with_context(|| within(&named))?;
    }
    fs::create_dir_all(&named).with_context(|| within(&named))?;
    for file in fs::read_dir(&dist).with_context(|| within(&named))? {
        let file = file?.path();
        // What was packed lacks the names.
        let packed = file
            .extension()
            .is_some_and(|kind| kind == "br" || kind == "gz");
        if let (Some(name), false) = (file.file_name(), packed) {
            fs::copy(&file, named.join(name)).with_context(|| within(&named))?;
            let text = name.to_string_lossy();
            if kit.kit.wasm_opt && text.starts_with("page-") && text.ends_with(".wasm") {
                let bound = target
                    .join("wasm-bindgen")
                    .join("release")
                    .join("page_bg.wasm");
                let mut optimise = kit.kit.command("wasm-opt")?;
                optimise.arg("-O").args(told_to_wasm_opt()?);
                optimise.args(["-g", "-o"]).arg(named.join(name));
                process::output(optimise.arg(bound))?;
            }
        }
    }
    Ok(named)
}

/// What the document has Trunk tell wasm-opt of the page.
fn told_to_wasm_opt() -> Result<Vec<String>> {
    let path = places::root().join("index.html");
    let document =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let told = document
        .split_once(r#"data-wasm-opt-params=""#)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("", |(told, _)| told);
    Ok(told.split_whitespace().map(str::to_owned).collect())
}
