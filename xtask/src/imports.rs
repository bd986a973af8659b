//! The proof that the core does no I/O: its wasm32 build asks its host for nothing.
//!
//! A WebAssembly module reaches the world only through functions that it imports,
//! so a module without imports has no clock, no randomness and no socket.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{KnownCustom, Name, NameSectionReader, Parser, Payload};

use crate::kit::Kit;
use crate::{places, process, tools};

/// How `Node::step` is mangled, in the old scheme and in the new one. A module
/// without it is not the core, and its lack of imports proves nothing.
const STEP: &str = "4Node4step";

#[derive(Debug, Default, PartialEq, Eq)]
struct Module {
    /// `module.name` of each.
    imports: Vec<String>,
    functions: u32,
    has_step: bool,
}

/// Builds the core as a module of its own and looks at what it imports.
pub(crate) fn check(kit: &Kit) -> Result<()> {
    process::run(kit.command("cargo")?.args([
        "rustc",
        "--package",
        "tablon-core",
        "--lib",
        "--crate-type",
        "cdylib",
        "--target",
        tools::WASM32,
        "--",
        // Nothing calls the core here, so the compiler and the linker would drop it
        // all, and drop it still with the first two alone.
        "-Clink-dead-code",
        "-Clink-arg=--no-gc-sections",
        "-Ccodegen-units=1",
        // What it imports is the same, and it is looked at, not run.
        "-Copt-level=0",
    ]))?;
    let path = places::target()?
        .join(tools::WASM32)
        .join("debug")
        .join("tablon_core.wasm");
    let wasm = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let module = read(&wasm).with_context(|| format!("cannot parse {}", path.display()))?;
    judge(&module)?;
    println!("no imports in {} functions", module.functions);
    Ok(())
}

fn judge(module: &Module) -> Result<()> {
    if !module.imports.is_empty() {
        bail!(
            "the core's wasm32 build must import nothing; found {}: {}",
            module.imports.len(),
            module.imports.join(", ")
        );
    }
    ensure!(
        module.has_step,
        "the core's wasm32 build must hold `Node::step`; found {} functions without it",
        module.functions
    );
    Ok(())
}

fn read(wasm: &[u8]) -> Result<Module> {
    let mut module = Module::default();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    module
                        .imports
                        .push(format!("{}.{}", import.module, import.name));
                }
            }
            Payload::CodeSectionStart { count, .. } => module.functions = count,
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    module.has_step = has_step(names)?;
                }
            }
            _ => {}
        }
    }
    Ok(module)
}

fn has_step(names: NameSectionReader<'_>) -> Result<bool> {
    for kind in names {
        if let Name::Function(functions) = kind? {
            for function in functions {
                if function?.name.contains(STEP) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";
    /// One type, `func () -> ()`.
    const TYPES: &[u8] = b"\x01\x04\x01\x60\0\0";
    /// `env.now`, a function of that type.
    const IMPORTS: &[u8] = b"\x02\x0b\x01\x03env\x03now\0\0";
    /// One function of that type, and its empty body.
    const FUNCTIONS: &[u8] = b"\x03\x02\x01\0\x0a\x04\x01\x02\0\x0b";

    /// The custom section `name`, which names function 0 `Node::step`, mangled.
    const NAMES: &[u8] = b"\0\x14\x04name\x01\x0d\x01\0\x0a4Node4step";

    #[test]
    fn a_core_without_imports_passes() {
        let module = read(&[HEADER, TYPES, FUNCTIONS, NAMES].concat()).unwrap();
        assert_eq!(
            module,
            Module {
                imports: Vec::new(),
                functions: 1,
                has_step: true,
            }
        );
        assert!(judge(&module).is_ok());
    }

    #[test]
    fn an_import_is_found_and_refused_by_name() {
        let module = read(&[HEADER, TYPES, IMPORTS, FUNCTIONS, NAMES].concat()).unwrap();
        assert_eq!(module.imports, ["env.now"]);
        assert!(judge(&module).unwrap_err().to_string().contains("env.now"));
    }

    #[test]
    fn a_module_that_is_not_the_core_proves_nothing() {
        let module = read(&[HEADER, TYPES, FUNCTIONS].concat()).unwrap();
        let message = judge(&module).unwrap_err().to_string();
        assert!(message.contains("Node::step"), "{message}");
    }

    #[test]
    fn what_is_no_module_is_an_error() {
        assert!(read(b"#!/bin/sh").is_err());
    }
}
