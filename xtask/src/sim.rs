//! `cargo xtask sim`: many seeds of the simulation in `core/tests/sim`, on all cores.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};

use crate::outcome::Outcome;
use crate::steps::{self, Step, Steps};
use crate::tally::Tally;
use crate::{places, process};

/// The scenario in which everything fails at once.
pub(crate) const STORM: &str = "faults_of_every_kind_at_once_delay_but_lose_nothing";
/// Lines of a failed seed's output that are shown; all of it is in a file.
const SHOWN: usize = 60;
/// Lines of its panic that stand once more at the end of a run.
const SHOWN_AGAIN: usize = 8;
/// How often progress is told.
const TOLD: Duration = Duration::from_secs(10);

/// Which worlds to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// From which seed on; drawn anew in each run that fills a time.
    pub(crate) first: Option<u64>,
    pub(crate) seeds: Seeds,
    /// Part of a test's name.
    pub(crate) scenario: String,
}

/// How many worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seeds {
    Number(u64),
    /// Those that once failed, then as many new ones as this time has room for.
    Within(Duration),
}

/// Storms that once failed, one seed a line.
const ONCE_FAILED: &str = include_str!("../../core/tests/sim/storm/once_failed.txt");

impl Default for Plan {
    fn default() -> Self {
        Self {
            first: None,
            seeds: Seeds::Number(100),
            scenario: STORM.to_owned(),
        }
    }
}

impl Plan {
    /// The seed of each world, in order, while there is time.
    fn queue(&self) -> Result<Queue> {
        Ok(match self.seeds {
            Seeds::Number(number) => Queue {
                fixed: Vec::new(),
                first: self.first.unwrap_or(1),
                number,
                until: None,
            },
            Seeds::Within(time) => Queue {
                fixed: once_failed(ONCE_FAILED)?,
                first: self.first.map_or_else(drawn, Ok)?,
                number: u64::MAX,
                until: Some(Instant::now() + time),
            },
        })
    }
}

struct Queue {
    fixed: Vec<u64>,
    first: u64,
    number: u64,
    until: Option<Instant>,
}

impl Queue {
    /// The seed of the world that is begun as number `at`, from 0 on. Those of the
    /// list run also when the time is over.
    fn seed(&self, at: u64, now: Instant) -> Option<u64> {
        if let Some(seed) = usize::try_from(at).ok().and_then(|at| self.fixed.get(at)) {
            return Some(*seed);
        }
        let drawn = at - self.fixed.len() as u64;
        let open = drawn < self.number && self.until.is_none_or(|until| now < until);
        open.then(|| self.first.wrapping_add(drawn))
    }

    fn shown(&self) -> String {
        match self.until {
            None => format!("{} seeds from {}", self.number, self.first),
            Some(_) => format!(
                "{} seeds that once failed and new ones from {}",
                self.fixed.len(),
                self.first
            ),
        }
    }
}

fn once_failed(list: &str) -> Result<Vec<u64>> {
    let lines = list
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    lines
        .filter(|line| !line.is_empty())
        .map(|line| {
            line.parse()
                .with_context(|| format!("once_failed.txt needs one seed a line; found `{line}`"))
        })
        .collect()
}

/// Microseconds since 1970: no run has the worlds of another.
fn drawn() -> Result<u64> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let micros = since.context("the clock stands before 1970")?.as_micros();
    u64::try_from(micros).context("the clock is far off")
}

pub(crate) fn run(plan: &Plan) -> Result<ExitCode> {
    Ok(match all(plan)?.tally.failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Runs a plan and counts seeds as tests.
pub(crate) fn all(plan: &Plan) -> Result<Outcome> {
    let mut steps = Steps::new();
    steps.phase("sim", 2);
    let program = steps.step("build, release", |_| build())?;
    let queue = plan.queue()?;
    let (run, failed) = steps.step(queue.shown(), |step| {
        run_seeds(&program, &plan.scenario, &queue, step)
    })?;
    let mut failures = Vec::new();
    for (seed, output) in &failed {
        println!("\n== seed {seed}\n{}", process::tail(output, SHOWN));
        println!("all of it: {}", keep(*seed, output)?.display());
        failures.push(format!("seed {seed}\n{}", why(output)));
    }
    let list: String = failed.iter().fold(String::new(), |mut list, (seed, _)| {
        let _ = write!(list, " {seed}");
        list
    });
    match list.as_str() {
        "" => println!("every seed passed"),
        list => println!(
            "failed:{list}; a storm's seed is added to core/tests/sim/storm/once_failed.txt"
        ),
    }
    let failed = failed.len() as u64;
    let tally = Tally {
        passed: run - failed,
        failed,
    };
    Ok(Outcome { tally, failures })
}

// From the panic on, as far as a reader needs to tell one fault from another.
fn why(output: &str) -> &str {
    let from = output.find("panicked at").unwrap_or_default();
    let panic = &output[from..];
    let end = panic.match_indices('\n').nth(SHOWN_AGAIN);
    &panic[..end.map_or(panic.len(), |(at, _)| at)]
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

// One process a seed: one that aborts takes no other with it. How many ran, and
// which failed.
fn run_seeds(
    program: &Path,
    scenario: &str,
    queue: &Queue,
    step: &mut Step,
) -> Result<(u64, Vec<(u64, String)>)> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let failed = Mutex::new(Vec::new());
    let trouble = Mutex::new(None);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let work = || {
            while lock(&trouble).is_none() {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(seed) = queue.seed(at, Instant::now()) else {
                    return;
                };
                match one(program, scenario, seed) {
                    Ok(None) => {}
                    Ok(Some(output)) => lock(&failed).push((seed, output)),
                    Err(error) => *lock(&trouble) = Some(error),
                }
                done.fetch_add(1, Ordering::Relaxed);
            }
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut told = begun;
        while !workers
            .iter()
            .all(std::thread::ScopedJoinHandle::is_finished)
        {
            std::thread::sleep(Duration::from_millis(50));
            if told.elapsed() >= TOLD {
                told = Instant::now();
                let (done, failed) = (done.load(Ordering::Relaxed), lock(&failed).len());
                step.progress(progress(queue, done, failed, begun.elapsed()));
            }
        }
    });
    if let Some(error) = lock(&trouble).take() {
        return Err(error);
    }
    let done = done.load(Ordering::Relaxed);
    let mut failed = std::mem::take(&mut *lock(&failed));
    failed.sort_by_key(|(seed, _)| *seed);
    step.say(progress(queue, done, failed.len(), begun.elapsed()));
    Ok((done, failed))
}

fn progress(queue: &Queue, done: u64, failed: usize, took: Duration) -> String {
    let rate = done as f64 / took.as_secs_f64().max(0.001);
    let of = match queue.until {
        None => format!(" of {}", queue.number),
        Some(_) => String::new(),
    };
    let mut line = format!("{done}{of}, {failed} failed, {rate:.2} a second");
    if queue.until.is_none() && done > 0 && done < queue.number {
        let left = Duration::from_secs_f64((queue.number - done) as f64 / rate);
        let _ = write!(line, ", {} left", steps::shown(left));
    }
    line
}

// What a failed seed printed; none when it passed.
fn one(program: &Path, scenario: &str, seed: u64) -> Result<Option<String>> {
    let output = Command::new(program)
        .current_dir(places::root())
        .args([scenario, "--nocapture", "--test-threads=1"])
        .env("TABLON_SIM_SEED", seed.to_string())
        .env("RUST_BACKTRACE", "0")
        .output()
        .with_context(|| format!("cannot run `{}`", program.display()))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    let ran = text.lines().filter_map(Tally::in_line).next();
    if ran == Some(Tally::default()) {
        bail!("no scenario has `{scenario}` in its name");
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

    fn number(number: u64) -> Queue {
        let plan = Plan {
            seeds: Seeds::Number(number),
            ..Plan::default()
        };
        plan.queue().unwrap()
    }

    #[test]
    fn progress_tells_rate_and_time_left() {
        assert_eq!(
            progress(&number(500), 100, 1, Duration::from_secs(50)),
            "100 of 500, 1 failed, 2.00 a second, 3 min 20 s left"
        );
        assert_eq!(
            progress(&number(10), 10, 0, Duration::from_secs(5)),
            "10 of 10, 0 failed, 2.00 a second"
        );
    }

    #[test]
    fn a_number_of_worlds_is_that_many_seeds_in_a_row() {
        let now = Instant::now();
        let seeds: Vec<_> = (0..4).map(|at| number(3).seed(at, now)).collect();
        assert_eq!(seeds, [Some(1), Some(2), Some(3), None]);
    }

    #[test]
    fn a_time_has_room_for_those_that_once_failed_and_then_for_new_ones_till_it_ends() {
        let now = Instant::now();
        let queue = Queue {
            fixed: vec![23, 5],
            first: 1_000,
            number: u64::MAX,
            until: Some(now + Duration::from_secs(1)),
        };
        let over = now + Duration::from_secs(2);
        let seeds: Vec<_> = (0..4).map(|at| queue.seed(at, now)).collect();
        assert_eq!(seeds, [Some(23), Some(5), Some(1_000), Some(1_001)]);
        assert_eq!(queue.seed(1, over), Some(5));
        assert_eq!(queue.seed(2, over), None);
    }

    #[test]
    fn a_failed_seed_is_told_again_by_its_panic() {
        assert_eq!(
            why("begun\nthread panicked at a.rs:1:\nleft"),
            "panicked at a.rs:1:\nleft"
        );
        assert_eq!(why("killed"), "killed");
        let long = format!("panicked at\n{}", "line\n".repeat(50));
        assert_eq!(why(&long).lines().count(), 9);
    }

    #[test]
    fn the_list_of_seeds_is_read_with_its_remarks_and_a_wrong_line_is_named() {
        assert_eq!(once_failed("# why\n7 # a race\n\n19\n").unwrap(), [7, 19]);
        assert!(once_failed(ONCE_FAILED).is_ok());
        let error = once_failed("7\nseven\n").unwrap_err();
        assert!(error.to_string().contains("`seven`"), "{error}");
    }
}
