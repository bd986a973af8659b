//! pooler's cpuminer, the miner whose kernel by hand is what Tablón's is measured
//! against: fetched by a pinned hash and built into the cache, or `MINERD`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::archive::Archive;
use crate::{places, process};

const VERSION: &str = "2.5.1";
const SOURCE: Archive = Archive {
    address: "https://downloads.sourceforge.net/project/cpuminer/pooler-cpuminer-2.5.1.tar.gz",
    sha256: "337f04fdb32f34b85819d09d59f6d3cf62991ac2e656735c43661dd3d4c57631",
};

/// Its first lines guess how many hashes to try; then it tells its rate every few
/// seconds.
const RUNS: Duration = Duration::from_secs(15);

/// One line of figures.
pub(super) fn figures() -> Result<String> {
    let program = match env::var_os("MINERD") {
        Some(path) => PathBuf::from(path),
        None => ensure()?,
    };
    let (said, share) = benchmark(&program)?;
    let rate = rate(&said).with_context(|| {
        let log = process::tail(&said, 5);
        format!("cpuminer must tell a rate of hashes; it said: {log}")
    })?;
    // It counts by the wall's clock, Tablón's kernels by the processor's.
    let rate = (rate as f64 / share) as u64;
    Ok(format!("cpuminer {VERSION}, one thread\t{rate}\thashes/s"))
}

fn ensure() -> Result<PathBuf> {
    let home = places::tools()?.join(format!("cpuminer-{VERSION}"));
    let source = home.join(format!("cpuminer-{VERSION}"));
    let program = source.join("minerd");
    if program.is_file() {
        return Ok(program);
    }
    SOURCE.unpack(&home)?;
    in_folder(&source, "./configure", &["CFLAGS=-O3"])
        .context("it needs a C compiler and libcurl's headers (Debian: libcurl4-openssl-dev)")?;
    in_folder(&source, "make", &[])?;
    Ok(program)
}

fn in_folder(folder: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(program);
    process::output(command.current_dir(folder).args(arguments)).map(drop)
}

// What it said, and which share of a core it had meanwhile.
fn benchmark(program: &Path) -> Result<(String, f64)> {
    let mut command = Command::new(program);
    command
        .args(["--benchmark", "--algo=sha256d", "--threads=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let line = process::shown(&command);
    let begun = Instant::now();
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run `{line}`"))?;
    thread::sleep(RUNS);
    let share = match spent(child.id()) {
        Some(spent) => spent.as_secs_f64() / begun.elapsed().as_secs_f64(),
        None => 1.0,
    };
    // It hashes until it is stopped. What it says in this time fits a pipe.
    child.kill()?;
    let output =
        (child.wait_with_output()).with_context(|| format!("cannot read what `{line}` said"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((said, share.clamp(0.01, 1.0)))
}

// Processor time of all its threads, where the system tells (Linux,
// Documentation/scheduler/sched-stats.rst: the first number, in ns).
fn spent(process: u32) -> Option<Duration> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let nanos = threads.filter_map(|thread| {
        let told = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        told.split(' ').next()?.parse::<u64>().ok()
    });
    Some(Duration::from_nanos(nanos.sum()))
}

// The last of `Total: 12164 khash/s`.
fn rate(said: &str) -> Option<u64> {
    let (_, last) = said.rsplit_once("Total: ")?;
    let mut words = last.split_whitespace();
    let number: f64 = words.next()?.parse().ok()?;
    let factor = match words.next()?.chars().next()? {
        'k' => 1e3,
        'M' => 1e6,
        'h' | 'H' => 1.0,
        _ => return None,
    };
    Some((number * factor) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rate_counts() {
        let said = "[2026-01-01 00:00:00] 1 miner threads started, using 'sha256d' algorithm.\n\
            [2026-01-01 00:00:03] Total: 9164 khash/s\n\
            [2026-01-01 00:00:08] thread 0: 61108864 hashes, 12164 khash/s\n\
            [2026-01-01 00:00:08] Total: 12164 khash/s\n";
        assert_eq!(rate(said), Some(12_164_000));
        assert_eq!(rate("Total: 12.5 Mhash/s"), Some(12_500_000));
        for said in ["", "Total: many khash/s", "Total: 1 parsec/s"] {
            assert_eq!(rate(said), None, "{said}");
        }
    }
}
