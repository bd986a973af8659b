//! One figure, as a source prints it and as the table groups it.

use anyhow::{Context, Result, bail};

/// What a figure is about: the parts of the table, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Kernels,
    Mining,
    Validation,
    Sync,
    Acceptance,
    Memory,
    StartUp,
    PageSize,
    Propagation,
}

impl Group {
    pub(super) const ALL: [Self; 9] = [
        Self::Kernels,
        Self::Mining,
        Self::Validation,
        Self::Sync,
        Self::Acceptance,
        Self::Memory,
        Self::StartUp,
        Self::PageSize,
        Self::Propagation,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kernels => "kernels",
            Self::Mining => "mining",
            Self::Validation => "validation",
            Self::Sync => "sync",
            Self::Acceptance => "block acceptance",
            Self::Memory => "memory",
            Self::StartUp => "start-up",
            Self::PageSize => "page size",
            Self::Propagation => "propagation",
        }
    }
}

/// What was measured: what, how much, of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figure {
    pub(super) group: Group,
    pub(super) what: String,
    pub(super) value: u64,
    pub(super) unit: String,
}

/// Reads `what`, `value` and `unit`, divided by tabs.
pub(super) fn read(line: &str, group: Group) -> Result<Figure> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [what, value, unit] = columns[..] else {
        bail!("expected what, number and unit divided by tabs, found {line:?}")
    };
    let value = (value.parse())
        .with_context(|| format!("expected a whole number, found `{value}` in {line:?}"))?;
    Ok(Figure {
        group,
        what: what.to_owned(),
        value,
        unit: unit.to_owned(),
    })
}

/// One figure of each, in the order of the first run: the median of the runs that
/// have it.
pub(super) fn medians(runs: Vec<Vec<Figure>>) -> Vec<Figure> {
    let mut medians: Vec<(Figure, Vec<u64>)> = Vec::new();
    for figure in runs.into_iter().flatten() {
        let value = figure.value;
        match (medians.iter_mut()).find(|(seen, _)| seen.what == figure.what) {
            Some((_, values)) => values.push(value),
            None => medians.push((figure, vec![value])),
        }
    }
    (medians.into_iter())
        .map(|(figure, mut values)| {
            values.sort_unstable();
            let value = values[values.len() / 2];
            Figure { value, ..figure }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_figures_reads_and_others_are_refused() {
        let group = Group::Kernels;
        let figure = read("tab: miner\t3000000\thashes/s", group).unwrap();
        assert_eq!(
            (figure.value, figure.unit.as_str(), figure.group),
            (3_000_000, "hashes/s", group)
        );
        for line in ["", "a\tb\tc", "a\t1", "a\t1\tb\tc"] {
            assert!(read(line, group).is_err(), "{line:?}");
        }
    }

    #[test]
    fn of_several_runs_the_median_is_told_in_the_first_ones_order() {
        let run = |lines: &[&str]| {
            let figures = lines.iter().map(|line| read(line, Group::Sync).unwrap());
            figures.collect::<Vec<_>>()
        };
        let runs = vec![
            run(&["b\t1\tx", "a\t10\tx"]),
            run(&["b\t3\tx", "a\t30\tx"]),
            run(&["b\t2\tx", "a\t20\tx", "c\t5\tx"]),
        ];
        assert_eq!(medians(runs), run(&["b\t2\tx", "a\t20\tx", "c\t5\tx"]));
    }
}
