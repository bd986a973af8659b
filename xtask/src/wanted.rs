//! Which tests a name asks for, by looking at the sources: nothing is built to learn it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Which part of a run, and of a part which tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tests {
    Nothing,
    Everything,
    /// Those with this in their path, as test runners take it.
    Named(String),
}

impl Tests {
    pub(crate) fn is_wanted(&self) -> bool {
        *self != Self::Nothing
    }

    pub(crate) fn filter(&self) -> Option<&str> {
        match self {
            Self::Nothing | Self::Everything => None,
            Self::Named(name) => Some(name),
        }
    }
}

/// The parts and tests to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) native: Tests,
    /// The native packages with such tests; all, where none is listed.
    packages: Vec<&'static str>,
    pub(crate) worlds: bool,
    pub(crate) imports: bool,
    pub(crate) wasm: Tests,
    pub(crate) e2e: Tests,
}

/// Native packages by their folders.
const NATIVE: [(&str, &str); 8] = [
    ("core", "tablon-core"),
    ("kernel/generator", "tablon-kernel-generator"),
    ("kernel/src", "tablon-kernel"),
    ("kernel/tests", "tablon-kernel"),
    ("node", "tablon-node"),
    ("relay", "tablon-relay"),
    ("server", "tablon-server"),
    ("xtask", "xtask"),
];

impl Wanted {
    pub(crate) fn everything() -> Self {
        Self {
            native: Tests::Everything,
            packages: Vec::new(),
            worlds: true,
            imports: true,
            wasm: Tests::Everything,
            e2e: Tests::Everything,
        }
    }

    /// A part by its name, or all tests with `name` in the name of the function or
    /// module.
    pub(crate) fn named(root: &Path, name: &str) -> Result<Self> {
        let nothing = Self {
            native: Tests::Nothing,
            worlds: false,
            imports: false,
            wasm: Tests::Nothing,
            e2e: Tests::Nothing,
            packages: Vec::new(),
        };
        Ok(match name {
            "native" => Self {
                native: Tests::Everything,
                ..nothing
            },
            "worlds" => Self {
                worlds: true,
                ..nothing
            },
            "imports" => Self {
                imports: true,
                ..nothing
            },
            "wasm" => Self {
                wasm: Tests::Everything,
                ..nothing
            },
            "e2e" => Self {
                e2e: Tests::Everything,
                ..nothing
            },
            name => {
                let mut packages = Vec::new();
                for (folder, package) in NATIVE {
                    if has(&root.join(folder), name)? && !packages.contains(&package) {
                        packages.push(package);
                    }
                }
                let tests = |wanted| match wanted {
                    true => Tests::Named(name.to_owned()),
                    false => Tests::Nothing,
                };
                Self {
                    native: tests(!packages.is_empty()),
                    wasm: tests(has(&root.join("web"), name)?),
                    e2e: tests(has(&root.join("e2e/tests"), name)?),
                    packages,
                    ..nothing
                }
            }
        })
    }

    /// None: all.
    pub(crate) fn packages(&self) -> Option<&[&'static str]> {
        (!self.packages.is_empty()).then_some(&self.packages)
    }

    pub(crate) fn is_nothing(&self) -> bool {
        let parts = [&self.native, &self.wasm, &self.e2e];
        !self.worlds && !self.imports && !parts.iter().any(|tests| tests.is_wanted())
    }

    /// What Cargo alone can build and run.
    pub(crate) fn needs_no_tools(&self) -> bool {
        !self.imports && !self.wasm.is_wanted() && !self.e2e.is_wanted()
    }
}

/// Whether a test in this folder may have `name` in its path: `module::function`.
fn has(folder: &Path, name: &str) -> Result<bool> {
    // Of `node::tests::a_post`, whatever stands last is a function's or module's name.
    let last = name.rsplit("::").find(|part| !part.is_empty());
    let Some(last) = last else { return Ok(false) };
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let file = path.file_stem().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if file != "target" && has(&path, name)? {
                return Ok(true);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            if names_a_test(&file, &text, last) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn names_a_test(file: &str, text: &str, name: &str) -> bool {
    let tested = text.contains("#[test]") || text.contains("::test") || text.contains("_test]");
    tested
        && (file.contains(name)
            || text.lines().any(|line| {
                let function = line.trim_start().split_once("fn ");
                function.is_some_and(|(_, rest)| {
                    rest.split(['(', '<'])
                        .next()
                        .is_some_and(|found| found.contains(name))
                })
            }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places;

    #[test]
    fn a_name_finds_the_packages_that_have_such_a_test() {
        let wanted = |name| Wanted::named(places::root(), name).unwrap();
        let this = wanted("a_name_finds_the_packages_that_have");
        assert_eq!(this.packages(), Some(["xtask"].as_slice()));
        assert!(this.native.is_wanted() && this.needs_no_tools());

        let tabs = wanted("two_tabs_in_chromium_reach");
        assert!(tabs.e2e.is_wanted() && !tabs.native.is_wanted() && !tabs.needs_no_tools());

        assert!(wanted("worlds").worlds && !wanted("worlds").native.is_wanted());
        assert_eq!(wanted("native").packages(), None);
        // Put together here, lest this file has it.
        assert!(wanted(&["no_test_has", "this_name"].join("_")).is_nothing());
    }

    #[test]
    fn functions_and_modules_are_found_where_there_are_tests() {
        let tested = "#[test]\nfn a_full_pool_waits() {}";
        assert!(names_a_test("pool", tested, "full_pool"));
        assert!(names_a_test("pool", tested, "pool"));
        assert!(!names_a_test("pool", tested, "empty"));
        assert!(!names_a_test("pool", "fn a_full_pool() {}", "full_pool"));
    }
}
