//! `cargo xtask bench`: figures that are printed, never asserted. Only ratios
//! within one run mean anything: machines differ, and busy ones drift.

mod archive;
mod fastest;
mod figure;
mod kernels;
mod long;
mod machine;
mod minerd;
mod run;
mod sources;
mod table;

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::kit::TestKit;
use crate::steps::Steps;
use crate::{build, places};

/// Measures every source, or those with `wanted` in their name or
/// their group's.
pub(crate) fn run(wanted: &str) -> Result<ExitCode> {
    let mut steps = Steps::new();
    let kit = TestKit::for_tests(&mut steps)?;
    build::all(&kit.kit, &mut steps)?;
    build::node(&kit.kit, &mut steps)?;
    let measured = run::all(&kit, wanted, &mut steps)?;
    steps.finish();
    let machine = machine::describe();
    print!("{}", table::text(&machine, &measured));
    let file = places::target()?.join("bench.json");
    let json = table::json(&machine, &measured);
    fs::write(&file, json).with_context(|| format!("cannot write {}", file.display()))?;
    println!("\nthe same is in {}", file.display());
    Ok(ExitCode::SUCCESS)
}
