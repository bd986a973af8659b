//! Replays what fuzzing has found, and every kind of sound input, without a fuzzer.
//! `docs/fuzzing.md` says how new inputs come in.

mod seeds;
#[path = "../../../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "elsewhere it is a crate of its own")]
mod targets;

use std::path::PathBuf;
use std::thread::panicking;

use self::targets::{TARGETS, Target};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus");

#[allow(clippy::disallowed_methods)] // files belong to tests
fn replay(name: &str, target: Target) -> usize {
    let folder = PathBuf::from(CORPUS).join(name);
    let entries = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.collect();
    files.sort();
    for file in &files {
        let told = OnPanic(file);
        target(&std::fs::read(file).unwrap());
        drop(told);
    }
    files.len()
}

struct OnPanic<'a>(&'a PathBuf);

impl Drop for OnPanic<'_> {
    #[allow(clippy::print_stderr)]
    fn drop(&mut self) {
        if panicking() {
            eprintln!("the input was {}", self.0.display());
        }
    }
}

#[test]
fn no_input_of_the_corpus_makes_a_decoder_panic() {
    for (name, target) in TARGETS {
        if name != "node_step" {
            assert!(replay(name, target) > 0, "{name} has no inputs");
        }
    }
}

#[test]
fn no_input_of_the_corpus_makes_a_node_panic_or_pass_its_bounds() {
    assert!(replay("node_step", targets::node_step) > 0);
}

#[test]
#[allow(clippy::disallowed_methods)] // files belong to tests
fn every_target_has_its_libfuzzer_half_and_its_place_in_the_manifest() {
    let fuzz = PathBuf::from(CORPUS).join("..");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    let mut halves: Vec<String> = std::fs::read_dir(fuzz.join("fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    halves.sort();
    assert_eq!(halves, TARGETS.map(|(name, _)| name));
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
    }
}
