//! What is measured: a list of programs, each of which prints lines of
//! `what\tvalue\tunit`.

use super::figure::Group;

/// Sources that are compared with each other: they take turns, and the median of
/// the turns counts, so that what else the machine does meets them all alike.
pub(super) struct Set {
    pub(super) turns: usize,
    pub(super) sources: &'static [Source],
}

pub(super) struct Source {
    pub(super) name: &'static str,
    /// Of its figures, unless `OTHERS` says otherwise.
    pub(super) group: Group,
    pub(super) program: Program,
}

pub(super) enum Program {
    /// `cargo run --release --package .. --example ..`, and its arguments.
    Example(&'static str, &'static str, &'static [&'static str]),
    /// A program of `e2e`, told where relay, node, page and browsers are.
    Browser(&'static str),
    /// An ignored test of the simulation, whose lines with tabs are figures.
    Simulation(&'static str),
    /// `python3 -c ..`, where there is one.
    Python(&'static str),
    /// Another project's miner; see `minerd`.
    Minerd,
    /// The tab's kernels in browsers; see `kernels`.
    Kernels,
    /// A part of what is done with long chains; see `long`.
    Long(&'static str),
}

pub(super) const SETS: &[Set] = &[
    Set {
        turns: 3,
        sources: &[
            Source {
                name: "kernels, natively",
                group: Group::Kernels,
                program: Program::Example("tablon-kernel", "kernels", &[]),
            },
            Source {
                name: "cpuminer",
                group: Group::Kernels,
                program: Program::Minerd,
            },
            Source {
                name: "the Python tutorial's loop",
                group: Group::Kernels,
                program: Program::Python(include_str!("tutorial.py")),
            },
        ],
    },
    Set {
        turns: 1,
        sources: &[
            Source {
                name: "core, natively",
                group: Group::Validation,
                program: Program::Example("tablon-core", "figures", &[]),
            },
            Source {
                name: "long chains, natively",
                group: Group::Sync,
                program: Program::Example("tablon-core", "chains", &[]),
            },
            Source {
                name: "kernels, in a tab",
                group: Group::Kernels,
                program: Program::Kernels,
            },
            Source {
                name: "page, in a tab",
                group: Group::StartUp,
                program: Program::Browser("figures"),
            },
            Source {
                name: "mining, in a headless node",
                group: Group::Mining,
                program: Program::Example("tablon-node", "cancel", &[]),
            },
            Source {
                name: "mining, in a tab",
                group: Group::Mining,
                program: Program::Browser("mining"),
            },
            Source {
                name: "a tab with nothing cached",
                group: Group::StartUp,
                program: Program::Long("cold"),
            },
            Source {
                name: "a tab with a long chain, first sync in Chromium",
                group: Group::Sync,
                program: Program::Long("busy"),
            },
            Source {
                name: "a tab with a long chain, first sync in Firefox",
                group: Group::Sync,
                program: Program::Long("busy firefox"),
            },
            Source {
                name: "a tab with a long chain, profiled",
                group: Group::Sync,
                program: Program::Long("profile"),
            },
            Source {
                name: "a tab with a long chain, opened again",
                group: Group::Sync,
                program: Program::Long("long"),
            },
            Source {
                name: "a headless node with a long chain",
                group: Group::StartUp,
                program: Program::Long("node"),
            },
            Source {
                name: "news among 100, 300 and 1,000 simulated nodes",
                group: Group::Propagation,
                program: Program::Simulation("scale::figures"),
            },
        ],
    },
];

/// Figures of another group than their source's, by words of their name.
const OTHERS: &[(&str, Group)] = &[
    ("sha2 crate", Group::Kernels),
    ("miner kernel", Group::Kernels),
    ("memory", Group::Memory),
    ("store of a node", Group::Memory),
    ("opened", Group::StartUp),
    ("page, brotli", Group::PageSize),
    ("accepted", Group::Acceptance),
    ("at height", Group::Acceptance),
    ("native: blocks", Group::Validation),
];

/// What a figure is compared with: one whose name has the second in the place of the
/// first, ...
pub(super) const TWINS: &[(&str, &str)] = &[
    ("height 10000,", "height 1000,"),
    ("height 100000,", "height 1000,"),
    ("at 50 % of", "at 100 % of"),
    ("at 10 % of", "at 100 % of"),
];
/// ... or else the one that ends so, of the same group and unit: of the same place, which
/// stands before the colon, or of the first that has it.
pub(super) const BASE: &str = "sha2 crate, naive";

/// Where the fastest kernel is told over others': it, and what those begin with.
pub(super) const FASTEST: &[(&str, &[&str])] = &[
    (
        "native kernel: ",
        &["native kernel: sha2 crate, naive", "cpuminer", TUTORIAL],
    ),
    (
        "Chromium: ",
        &[
            "Chromium: sha2 crate, naive",
            "Chromium: hash-wasm",
            "Chromium: @noble",
            TUTORIAL,
        ],
    ),
    (
        "Firefox: ",
        &[
            "Firefox: sha2 crate, naive",
            "Firefox: hash-wasm",
            "Firefox: @noble",
            TUTORIAL,
        ],
    ),
];
const TUTORIAL: &str = "the Python tutorial's loop";

impl Source {
    pub(super) fn is_named(&self, words: &str) -> bool {
        self.name.contains(words) || self.group.name().contains(words)
    }

    /// Where the table has its figure of this name.
    pub(super) fn group_of(&self, what: &str) -> Group {
        let other = OTHERS.iter().find(|(words, _)| what.contains(words));
        other.map_or(self.group, |(_, group)| *group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_may_have_figures_of_several_groups() {
        let page = (SETS.iter().flat_map(|set| set.sources))
            .find(|source| source.name == "page, in a tab")
            .unwrap();
        for (what, group) in [
            ("page: reload to ready", Group::StartUp),
            ("page, brotli: miner worker", Group::PageSize),
        ] {
            assert_eq!(page.group_of(what), group, "{what}");
        }
        let chains = (SETS.iter().flat_map(|set| set.sources))
            .find(|source| source.name == "long chains, natively")
            .unwrap();
        for (what, group) in [
            ("native: 9 blocks synchronised from two peers", Group::Sync),
            ("native: blocks decoded", Group::Validation),
            ("native: a node at height 9 opened", Group::StartUp),
            (
                "native: at height 9, a block of 10 posts checked",
                Group::Acceptance,
            ),
        ] {
            assert_eq!(chains.group_of(what), group, "{what}");
        }
        let long = (SETS.iter().flat_map(|set| set.sources))
            .find(|source| source.name == "a tab with a long chain, opened again")
            .unwrap();
        for (what, group) in [
            ("Chromium: first sync of 9 blocks: posts", Group::Sync),
            (
                "Chromium: first sync of 9 blocks: memory, wasm",
                Group::Memory,
            ),
            ("Chromium: tab with 9 blocks, opened: ready", Group::StartUp),
        ] {
            assert_eq!(long.group_of(what), group, "{what}");
        }
    }
}
