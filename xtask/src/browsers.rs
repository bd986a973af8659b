//! Chromium with its driver, and Firefox, and what joins them by networks of their
//! own: found, or installed where that is the custom.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::steps::Step;

/// The programs that drive the tests in real browsers.
pub(crate) struct Browsers {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
    pub(crate) firefox: PathBuf,
    /// Tests that make networks can run: root has the programs for it.
    pub(crate) networks: bool,
}

const CHROMIUM: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const FIREFOX: &[&str] = &["firefox-esr", "firefox"];

const HOW: &str = "install Chromium or Chrome, a chromedriver of the same version, and Firefox \
    (Debian: apt-get install chromium chromium-driver firefox-esr), or name them in CHROMIUM, \
    CHROMEDRIVER and FIREFOX";

/// Programs for tests that make networks, and their packages: namespaces, a
/// firewall, a TURN server.
const NETWORKS: &[(&str, &str)] = &[
    ("ip", "iproute2"),
    ("nft", "nftables"),
    ("turnserver", "coturn"),
];

/// What tests put before a headless node, and its package.
const PROXIES: &[(&str, &str)] = &[("nginx", "nginx")];

/// Packages that start a server which nobody asked for; without systemd they cannot.
const SERVICES: &[&str] = &["coturn", "nginx"];

/// Finds the browsers; on Debian, root gets them installed, and the programs for
/// networks and proxies as well. Without those the tests that need them say that they
/// are skipped.
pub(crate) fn ensure(step: &mut Step) -> Result<Browsers> {
    let mut browsers = ensure_browsers(step)?;
    let missing: Vec<&str> = (NETWORKS.iter().chain(PROXIES))
        .filter(|(program, _)| process::find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    if !missing.is_empty() && is_debian() && is_root() {
        step.say(format!("installing {} with apt-get...", missing.join(", ")));
        if let Err(error) = install(&missing) {
            step.say(format!("they could not be installed: {error:#}"));
        } else {
            for service in SERVICES.iter().filter(|name| missing.contains(name)) {
                let mut stop = Command::new("systemctl");
                let _ = process::output(stop.args(["disable", "--now", service]));
            }
        }
    }
    let there = |(program, _): &(&str, &str)| process::find(program).is_some();
    browsers.networks = is_root() && NETWORKS.iter().all(there) && may_make_networks(step);
    Ok(browsers)
}

/// Root of a container may have the programs and not the right.
fn may_make_networks(step: &mut Step) -> bool {
    let name = format!("tablon-probe-{}", std::process::id());
    let ip = |arguments: &[&str]| {
        let mut ip = Command::new("ip");
        process::output(ip.args(["netns"]).args(arguments))
    };
    let tried = ip(&["add", &name]).and_then(|_| {
        let listed = ip(&["exec", &name, "nft", "list", "ruleset"]);
        ip(&["del", &name]).and(listed)
    });
    if let Err(error) = &tried {
        step.say(format!("no tests with networks of their own: {error:#}"));
    }
    tried.is_ok()
}

fn ensure_browsers(step: &mut Step) -> Result<Browsers> {
    match find() {
        Ok(browsers) => Ok(browsers),
        Err(_) if may_install() => {
            step.say("installing chromium, chromium-driver and firefox-esr with apt-get...");
            install(&["chromium", "chromium-driver", "firefox-esr"]).context(HOW)?;
            find()
        }
        Err(error) => Err(error.context(HOW)),
    }
}

fn find() -> Result<Browsers> {
    let chromedriver = named("CHROMEDRIVER", &["chromedriver"])
        .into_iter()
        .next()
        .context("the tests need chromedriver; found none")?;
    let driver = major(&chromedriver)?;
    let mut seen = Vec::new();
    let mut fitting = None;
    for path in named("CHROMIUM", CHROMIUM) {
        let found = major(&path)?;
        if found == driver {
            fitting = Some(path);
            break;
        }
        seen.push(format!("{} {found}", path.display()));
    }
    let Some(chromium) = fitting else {
        let found = match seen.is_empty() {
            true => "none".to_owned(),
            false => seen.join(", "),
        };
        bail!("the tests need Chromium or Chrome {driver}, as chromedriver is; found {found}");
    };
    let firefox = named("FIREFOX", FIREFOX)
        .into_iter()
        .next()
        .context("the tests need Firefox; found none")?;
    Ok(Browsers {
        chromium,
        chromedriver,
        firefox,
        networks: false,
    })
}

/// What `variable` names, or else every program of these names on the PATH.
fn named(variable: &str, names: &[&str]) -> Vec<PathBuf> {
    match env::var_os(variable) {
        Some(path) => vec![PathBuf::from(path)],
        None => names
            .iter()
            .filter_map(|name| process::find(name))
            .collect(),
    }
}

/// A chromedriver speaks only to the browser of its own major version.
fn major(program: &Path) -> Result<u32> {
    let said = process::output(Command::new(program).arg("--version"))?;
    major_in(&said).with_context(|| {
        format!(
            "`{} --version` must name a version; found: {said}",
            program.display()
        )
    })
}

fn major_in(said: &str) -> Option<u32> {
    said.split_whitespace()
        .find_map(|word| word.split_once('.')?.0.parse().ok())
}

/// Only Debian has all three as plain packages (Ubuntu's are snaps), and only root may
/// add them. Whoever names a browser wants that one and no other.
fn may_install() -> bool {
    let chosen = ["CHROMIUM", "CHROMEDRIVER", "FIREFOX"]
        .iter()
        .any(|name| env::var_os(name).is_some());
    !chosen && is_debian() && is_root()
}

fn is_debian() -> bool {
    let debian = fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=debian"));
    debian && process::find("apt-get").is_some()
}

fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn install(packages: &[&str]) -> Result<()> {
    apt_get(&["update"])?;
    apt_get(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}

fn apt_get(args: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command
        .arg("--quiet")
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive");
    process::output(&mut command).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_browsers_say() {
        for (said, version) in [
            (
                "Chromium 156.0.8078.79 built on Debian GNU/Linux 12",
                Some(156),
            ),
            (
                "ChromeDriver 156.0.8078.79 (a21ce95c-refs/heads)",
                Some(156),
            ),
            ("Google Chrome 99.1", Some(99)),
            ("Mozilla Firefox 153.7.0esr", Some(153)),
            ("command not found", None),
        ] {
            assert_eq!(major_in(said), version, "{said}");
        }
    }
}
