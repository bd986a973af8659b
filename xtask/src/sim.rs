//! `cargo xtask sim`: many seeds of the simulation in `core/tests/sim`, on all cores.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::steps::{self, Step, Steps};
use crate::tally::Tally;
use crate::{places, process};

/// The scenario in which everything fails at once.
pub(crate) const STORM: &str = "faults_of_every_kind_at_once_delay_but_lose_nothing";
/// Lines of a failed seed's output that are shown; all of it is in a file.
const SHOWN: usize = 60;
/// How often progress is told.
const TOLD: Duration = Duration::from_secs(10);

/// Which worlds to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) first: u64,
    pub(crate) seeds: u64,
    /// Part of a test's name.
    pub(crate) scenario: String,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            first: 1,
            seeds: 100,
            scenario: STORM.to_owned(),
        }
    }
}

pub(crate) fn run(plan: &Plan) -> Result<ExitCode> {
    let tally = all(plan)?;
    Ok(match tally.failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Runs a plan and counts seeds as tests.
pub(crate) fn all(plan: &Plan) -> Result<Tally> {
    let mut steps = Steps::new();
    steps.phase("sim", 2);
    let program = steps.step("build, release", |_| build())?;
    let failed = steps.step(format!("{} seeds", plan.seeds), |step| {
        run_seeds(&program, plan, step)
    })?;
    for (seed, output) in &failed {
        println!("\n== seed {seed}\n{}", process::tail(output, SHOWN));
        println!("all of it: {}", keep(*seed, output)?.display());
    }
    let list: String = failed.iter().fold(String::new(), |mut list, (seed, _)| {
        let _ = write!(list, " {seed}");
        list
    });
    match list.as_str() {
        "" => println!("every seed passed"),
        list => println!("failed:{list}"),
    }
    let failed = failed.len() as u64;
    Ok(Tally {
        passed: plan.seeds - failed,
        failed,
    })
}

/// The simulation's program, optimised: a debug build is ten times slower.
pub(crate) fn build() -> Result<PathBuf> {
    let mut cargo = process::command("cargo");
    cargo.args(["test", "--release", "--package", "tablon-core"]);
    cargo.args(["--test", "sim", "--no-run"]);
    cargo.arg("--message-format=json-render-diagnostics");
    cargo.stderr(Stdio::inherit());
    let line = process::shown(&cargo);
    let output = cargo
        .output()
        .with_context(|| format!("cannot run `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` ended with {}", output.status);
    }
    let said = String::from_utf8_lossy(&output.stdout);
    executable(&said).with_context(|| format!("`{line}` named no program"))
}

// Cargo's messages are JSON, one a line; the only program is the one asked for.
fn executable(said: &str) -> Option<PathBuf> {
    let (_, path) = said.rsplit_once("\"executable\":\"")?;
    let (path, _) = path.split_once('"')?;
    Some(PathBuf::from(path.replace("\\\\", "\\")))
}

// One process a seed: one that aborts takes no other with it.
fn run_seeds(program: &Path, plan: &Plan, step: &mut Step) -> Result<Vec<(u64, String)>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let failed = Mutex::new(Vec::new());
    let trouble = Mutex::new(None);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= plan.seeds || lock(&trouble).is_some() {
                            return;
                        }
                        let seed = plan.first + number;
                        match one(program, plan, seed) {
                            Ok(None) => {}
                            Ok(Some(output)) => lock(&failed).push((seed, output)),
                            Err(error) => *lock(&trouble) = Some(error),
                        }
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let mut told = begun;
        while !workers
            .iter()
            .all(std::thread::ScopedJoinHandle::is_finished)
        {
            std::thread::sleep(Duration::from_millis(50));
            if told.elapsed() >= TOLD {
                told = Instant::now();
                let (done, failed) = (done.load(Ordering::Relaxed), lock(&failed).len());
                step.progress(progress(plan.seeds, done, failed, begun.elapsed()));
            }
        }
    });
    if let Some(error) = lock(&trouble).take() {
        return Err(error);
    }
    let mut failed = std::mem::take(&mut *lock(&failed));
    failed.sort_by_key(|(seed, _)| *seed);
    step.say(progress(
        plan.seeds,
        plan.seeds,
        failed.len(),
        begun.elapsed(),
    ));
    Ok(failed)
}

fn progress(seeds: u64, done: u64, failed: usize, took: Duration) -> String {
    let rate = done as f64 / took.as_secs_f64().max(0.001);
    let mut line = format!("{done} of {seeds}, {failed} failed, {rate:.2} a second");
    if done > 0 && done < seeds {
        let left = Duration::from_secs_f64((seeds - done) as f64 / rate);
        let _ = write!(line, ", {} left", steps::shown(left));
    }
    line
}

// What a failed seed printed; none when it passed.
fn one(program: &Path, plan: &Plan, seed: u64) -> Result<Option<String>> {
    let output = Command::new(program)
        .current_dir(places::root())
        .args([plan.scenario.as_str(), "--nocapture", "--test-threads=1"])
        .env("TABLON_SIM_SEED", seed.to_string())
        .env("RUST_BACKTRACE", "0")
        .output()
        .with_context(|| format!("cannot run `{}`", program.display()))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    let ran = text.lines().filter_map(Tally::in_line).next();
    if ran == Some(Tally::default()) {
        bail!("no scenario has `{}` in its name", plan.scenario);
    }
    text += &String::from_utf8_lossy(&output.stderr);
    Ok((!output.status.success()).then_some(text))
}

fn keep(seed: u64, output: &str) -> Result<PathBuf> {
    let file = places::target()?.join(format!("sim-seed-{seed}.log"));
    std::fs::write(&file, output).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_cargos_messages() {
        let said = "{\"reason\":\"compiler-artifact\",\"executable\":null}\n\
                    {\"reason\":\"compiler-artifact\",\"executable\":\"/t/release/deps/sim-1\",\"fresh\":true}\n\
                    {\"reason\":\"build-finished\",\"success\":true}\n";
        assert_eq!(executable(said), Some("/t/release/deps/sim-1".into()));
        assert_eq!(executable("{}"), None);
    }

    #[test]
    fn progress_tells_rate_and_time_left() {
        assert_eq!(
            progress(500, 100, 1, Duration::from_secs(50)),
            "100 of 500, 1 failed, 2.00 a second, 3 min 20 s left"
        );
        assert_eq!(
            progress(10, 10, 0, Duration::from_secs(5)),
            "10 of 10, 0 failed, 2.00 a second"
        );
    }
}
