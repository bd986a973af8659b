//! Set-up: everything a command needs, made ready before it starts.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::browsers::{self, Browsers};
use crate::steps::Steps;
use crate::tools::{self, Tool};
use crate::{install, lints, process};

/// What is found or installed, and how to run it.
pub(crate) struct Kit {
    /// Folders of tools, to go before the user's own PATH.
    folders: Vec<PathBuf>,
    /// Without it the page is larger, and otherwise the same.
    pub(crate) wasm_opt: bool,
    /// What the page depends on besides its sources.
    pub(crate) versions: Vec<String>,
    /// Test builds lint as well.
    pub(crate) lints: bool,
}

/// The kit for tests: browsers and their drivers as well.
pub(crate) struct TestKit {
    pub(crate) kit: Kit,
    pub(crate) browsers: Browsers,
    pub(crate) geckodriver: PathBuf,
}

impl Kit {
    /// Cargo alone, for what runs natively.
    pub(crate) fn bare() -> Self {
        Self {
            folders: Vec::new(),
            wasm_opt: false,
            versions: Vec::new(),
            lints: false,
        }
    }

    /// For `serve` and `build`: no browser, no test driver.
    pub(crate) fn for_page(steps: &mut Steps) -> Result<Self> {
        steps.phase("set-up", PAGE_STEPS);
        let kit = Self::page(steps)?;
        install::tidy()?;
        Ok(kit)
    }

    fn page(steps: &mut Steps) -> Result<Self> {
        let mut kit = Self {
            folders: Vec::new(),
            wasm_opt: false,
            versions: vec![process::output(process::command("rustc").arg("-vV"))?],
            lints: false,
        };
        steps.step("wasm32 target", tools::wasm32_target)?;
        steps.step("crates", |_| fetch_crates())?;
        kit.add(steps, &tools::trunk())?;
        kit.add(steps, &tools::wasm_bindgen()?)?;
        steps.step(format!("wasm-opt {}", tools::BINARYEN), |step| {
            match tools::wasm_opt(step) {
                Ok(folder) => {
                    kit.folders.push(folder);
                    kit.wasm_opt = true;
                    kit.versions.push(format!("wasm-opt {}", tools::BINARYEN));
                }
                Err(why) => {
                    step.say(format!("not to be had, the page will be larger: {why}"));
                    step.ends("left out");
                }
            }
            Ok(())
        })?;
        Ok(kit)
    }

    fn add(&mut self, steps: &mut Steps, tool: &Tool) -> Result<PathBuf> {
        let name = format!("{} {}", tool.package, tool.version);
        let folder = steps.step(&name, |step| tools::ensure(tool, step))?;
        self.folders.push(folder.clone());
        self.versions.push(name);
        Ok(folder)
    }

    /// A command that finds this kit's tools first.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Result<Command> {
        let mut command = process::command(program);
        command.env("PATH", self.path()?);
        Ok(command)
    }

    /// Cargo for builds of tests.
    pub(crate) fn cargo(&self) -> Result<Command> {
        let mut cargo = self.command("cargo")?;
        if self.lints {
            lints::compile_with_clippy(&mut cargo);
        }
        Ok(cargo)
    }

    fn path(&self) -> Result<OsString> {
        let users = env::var_os("PATH").unwrap_or_default();
        let folders = self.folders.iter().cloned();
        env::join_paths(folders.chain(env::split_paths(&users)))
            .context("the PATH must be a list of folders; one has a separator in its name")
    }
}

impl TestKit {
    pub(crate) fn for_tests(steps: &mut Steps) -> Result<Self> {
        steps.phase("set-up", PAGE_STEPS + TEST_STEPS);
        let kit = Self::with_browsers(steps)?;
        install::tidy()?;
        Ok(kit)
    }

    /// For `ci`: the tests' kit and cargo-deny.
    pub(crate) fn for_ci(steps: &mut Steps) -> Result<Self> {
        steps.phase("set-up", PAGE_STEPS + TEST_STEPS + 1);
        let mut all = Self::with_browsers(steps)?;
        all.kit.add(steps, &tools::cargo_deny())?;
        all.kit.lints = true;
        install::tidy()?;
        Ok(all)
    }

    fn with_browsers(steps: &mut Steps) -> Result<Self> {
        let kit = Kit::page(steps)?;
        // Browsers first: where they cannot be had, that is known before minutes of building.
        let browsers = steps.step("browsers", browsers::ensure)?;
        let tool = tools::geckodriver();
        let geckodriver =
            steps.step(
                format!("geckodriver {}", tool.version),
                |step| match env::var_os("GECKODRIVER") {
                    Some(path) => Ok(PathBuf::from(path)),
                    None => {
                        let folder = tools::ensure(&tool, step)?;
                        Ok(folder.join(format!("geckodriver{}", env::consts::EXE_SUFFIX)))
                    }
                },
            )?;
        Ok(Self {
            kit,
            browsers,
            geckodriver,
        })
    }
}

const PAGE_STEPS: usize = 5;
const TEST_STEPS: usize = 2;

/// Trunk runs Cargo offline, so the sources must be there before.
fn fetch_crates() -> Result<()> {
    process::run(process::command("cargo").args([
        "fetch",
        "--target",
        tools::WASM32,
        "--target",
        &tools::host()?,
    ]))
}
