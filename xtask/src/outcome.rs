//! What a part of a run came to: its counts, and what failed, repeated at the end.

use crate::tally::Tally;

/// Lines kept of what one failed test printed: enough for a panic and its values.
const MAX_LINES: usize = 12;
/// Failed tests that are repeated; a part in which all fails needs no more.
const MAX_FAILURES: usize = 20;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) tally: Tally,
    pub(crate) failures: Vec<String>,
}

impl Outcome {
    pub(crate) const fn passed() -> Self {
        Self {
            tally: Tally::ONE_PASSED,
            failures: Vec::new(),
        }
    }

    /// Something that failed as a whole.
    pub(crate) fn failed(why: String) -> Self {
        Self {
            tally: Tally::ONE_FAILED,
            failures: vec![why],
        }
    }
}

/// Reads what a test runner prints: summaries are counted, and of each failed test
/// the first lines after `---- NAME stdout ----` are kept.
#[derive(Default)]
pub(crate) struct Reader {
    outcome: Outcome,
    /// Lines that the failure read last may still take.
    left: usize,
}

impl Reader {
    pub(crate) fn line(&mut self, line: &str) {
        let failures = &mut self.outcome.failures;
        if let Some(found) = Tally::in_line(line) {
            self.outcome.tally += found;
        } else if line.starts_with("---- ") && line.ends_with(" ----") {
            self.left = 0;
            if failures.len() < MAX_FAILURES {
                failures.push(line.to_owned());
                self.left = MAX_LINES;
            }
        } else if line == "failures:" {
            self.left = 0;
        } else if self.left > 0
            && !line.trim().is_empty()
            && let Some(last) = failures.last_mut()
        {
            self.left -= 1;
            last.push('\n');
            last.push_str(line);
        }
    }

    pub(crate) fn end(self) -> Outcome {
        self.outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Outcome {
        let mut reader = Reader::default();
        for line in lines {
            reader.line(line);
        }
        reader.end()
    }

    #[test]
    fn what_a_failed_test_printed_is_kept_and_summaries_are_added_up() {
        let outcome = read(&[
            "test a::adds ... FAILED",
            "failures:",
            "",
            "---- a::adds stdout ----",
            "",
            "thread 'a::adds' panicked at a.rs:3:5:",
            "left: 1",
            "",
            "---- b::subtracts output ----",
            "    panicked",
            "failures:",
            "    a::adds",
            "test result: FAILED. 5 passed; 2 failed; 0 ignored",
            "test result: ok. 4 passed; 0 failed;",
        ]);
        assert_eq!(
            outcome.failures,
            [
                "---- a::adds stdout ----\nthread 'a::adds' panicked at a.rs:3:5:\nleft: 1",
                "---- b::subtracts output ----\n    panicked"
            ]
        );
        assert_eq!(outcome.tally.to_string(), "9 passed, 2 failed");
    }

    #[test]
    fn a_part_in_which_all_fails_is_told_with_20_tests_of_12_lines() {
        let mut lines = Vec::new();
        for _ in 0..30 {
            lines.push("---- a stdout ----");
            lines.extend(["said"; 30]);
        }
        let outcome = read(&lines);
        assert_eq!(outcome.failures.len(), 20);
        for failure in &outcome.failures {
            assert_eq!(failure.lines().count(), 13);
        }
    }
}
