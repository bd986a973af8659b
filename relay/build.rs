//! Embeds `dist/`, the built page, in release builds: the binary alone then
//! hosts a board. Debug builds read the folder when asked, so that a rebuilt
//! page needs no rebuilt relay.
//!
//! Written here rather than taken from a crate because the ones there are do
//! not notice a file with a *new* name, and a rebuilt page has only new names.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let cargo = |name: &str| env::var_os(name).expect("cargo sets it for every build script");
    let dist = Path::new(&cargo("CARGO_MANIFEST_DIR")).join("../dist");
    let mut told = String::from("cargo::rerun-if-changed=build.rs\n");
    let mut files = Vec::new();
    if cargo("PROFILE") == "release" {
        // Cargo cannot watch what is not there: it would run this on every build.
        fs::create_dir_all(&dist)?;
        told.push_str("cargo::rerun-if-changed=../dist\n");
        find(&dist.canonicalize()?, "", &mut files)?;
        files.sort();
    }
    let mut list = String::from("&[\n");
    for (name, path) in files {
        writeln!(list, "    ({name:?}, include_bytes!({path:?})),").expect("a String takes all");
    }
    list.push_str("]\n");
    fs::write(Path::new(&cargo("OUT_DIR")).join("embedded.rs"), list)?;
    io::stdout().write_all(told.as_bytes())
}

fn find(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        // Never served, and Trunk's `.stage` is gone before the compiler reads it.
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            find(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, entry.path()));
        }
    }
    Ok(())
}
