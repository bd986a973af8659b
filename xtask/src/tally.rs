//! How many tests passed and failed, read from what test runners print.

use std::fmt;
use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    pub(crate) const ONE_PASSED: Self = Self {
        passed: 1,
        failed: 0,
    };
    pub(crate) const ONE_FAILED: Self = Self {
        passed: 0,
        failed: 1,
    };

    /// What a summary line says, `test result: ok. 3 passed; 0 failed; ...`: the form
    /// of both Rust's own harness and wasm-bindgen's.
    pub(crate) fn in_line(line: &str) -> Option<Self> {
        let (_, counts) = line.split_once("test result:")?;
        Some(Self {
            passed: count(counts, "passed")?,
            failed: count(counts, "failed")?,
        })
    }
}

fn count(counts: &str, what: &str) -> Option<u64> {
    counts.split(';').find_map(|part| {
        let mut words = part.split_whitespace().rev();
        (words.next()? == what).then_some(())?;
        words.next()?.parse().ok()
    })
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_lines_are_read_and_others_are_not() {
        let tally = |passed, failed| Some(Tally { passed, failed });
        for (line, expected) in [
            (
                "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.10s",
                tally(12, 0),
            ),
            (
                "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 filtered out; finished in 1s",
                tally(1, 2),
            ),
            (
                "test result: \u{1b}[32mok\u{1b}[0m. 5 passed; 0 failed;",
                tally(5, 0),
            ),
            ("test tally::tests::passed ... ok", None),
            ("running 3 tests", None),
            ("test result: unclear", None),
        ] {
            assert_eq!(Tally::in_line(line), expected, "{line}");
        }
    }

    #[test]
    fn suites_add_up_to_the_line_at_the_end() {
        let mut sum = Tally::ONE_PASSED;
        sum += Tally {
            passed: 41,
            failed: 2,
        };
        assert_eq!(sum.to_string(), "42 passed, 2 failed");
    }
}
