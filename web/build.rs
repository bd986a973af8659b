//! Writes the miner's kernels, and a table of them, for the miner worker to include.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use tablon_kernel_generator::{Kernel, kernels, layout, version_bits, wgsl};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = env::var_os("OUT_DIR").expect("cargo gives build scripts a folder");
    let folder = Path::new(&folder);
    let mut table = String::from("const KERNELS: &[Kernel] = &[\n");
    for kernel in kernels() {
        let Kernel {
            name,
            nonces,
            versions,
            wasm,
            ..
        } = kernel;
        let file = folder.join(format!("{}.wasm", name.replace(' ', "-")));
        fs::write(&file, wasm).expect("cargo's folder can be written to");
        let rolled: Vec<u32> = (0..versions).map(version_bits).collect();
        writeln!(
            table,
            "Kernel {{ name: {name:?}, nonces: {nonces}, rolled: &{rolled:?}, \
             wasm: include_bytes!({file:?}) }},",
        )
        .expect("a string takes everything");
    }
    table.push_str("];\n");
    for (name, value) in [
        ("MIDSTATES", layout::MIDSTATES),
        ("TAIL", layout::TAIL),
        ("TARGET", layout::TARGET),
        ("JOB_END", layout::END),
    ] {
        writeln!(table, "const {name}: u32 = {value};").expect("a string takes everything");
    }
    fs::write(folder.join("kernels.rs"), table).expect("cargo's folder can be written to");

    let shader = folder.join("search.wgsl");
    fs::write(&shader, wgsl::shader()).expect("cargo's folder can be written to");
    let table = format!(
        "const SHADER: &str = include_str!({shader:?});\nconst JOB_WORDS: u32 = {};\nconst WORKGROUP: u32 = {};\n",
        wgsl::JOB_WORDS,
        wgsl::WORKGROUP
    );
    fs::write(folder.join("shader.rs"), table).expect("cargo's folder can be written to");
}
