//! What the figures were measured on: the processor, and what of it matters here.

use std::fs;
use std::thread;

/// Instructions that hash or check signatures faster.
const FLAGS: &[&str] = &["sha_ni", "avx2", "avx512f", "avx512ifma", "sha2", "asimd"];

/// One line: model, cores, instructions.
pub(super) fn describe() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let known = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let (model, flags) = read(&known);
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{model}, {cores} cores, {arch} {os}; {}", flags.join(" "))
}

// Linux' text: `name : value` lines for each core.
fn read(cpuinfo: &str) -> (&str, Vec<&'static str>) {
    let value = |names: &[&str]| {
        cpuinfo.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            names.contains(&name.trim()).then_some(value.trim())
        })
    };
    let has = value(&["flags", "Features"]).unwrap_or_default();
    let flags = (FLAGS.iter().copied())
        .filter(|flag| has.split(' ').any(|there| there == *flag))
        .collect();
    (value(&["model name"]).unwrap_or("a processor"), flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_and_flags_are_read_and_their_absence_borne() {
        let text = "model name\t: Some CPU\nflags\t\t: fpu sha_ni avx avx2\n";
        assert_eq!(read(text), ("Some CPU", vec!["sha_ni", "avx2"]));
        assert_eq!(read(""), ("a processor", vec![]));
    }
}
