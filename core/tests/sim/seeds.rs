//! Runs a scenario under several seeds; a failure says how to run it again.

use std::thread::panicking;

/// Run `scenario` with `usual` seeds, or with as many as `TABLON_SIM_SEEDS`
/// says from `TABLON_SIM_FIRST` on; with `TABLON_SIM_SEED` with that one alone.
#[allow(clippy::disallowed_methods)] // a test's own knobs, not the core's input
pub(crate) fn seeds(name: &'static str, usual: u64, scenario: impl Fn(u64)) {
    let number = |key: &str| std::env::var(key).ok()?.parse::<u64>().ok();
    let (first, count) = match number("TABLON_SIM_SEED") {
        Some(seed) => (seed, 1),
        None => {
            let count = number("TABLON_SIM_SEEDS").unwrap_or(usual);
            (number("TABLON_SIM_FIRST").unwrap_or(1), count)
        }
    };
    for seed in first..first + count {
        let told = OnPanic { name, seed };
        scenario(seed);
        drop(told);
    }
}

struct OnPanic {
    name: &'static str,
    seed: u64,
}

impl Drop for OnPanic {
    #[allow(clippy::print_stderr)]
    fn drop(&mut self) {
        if panicking() {
            eprintln!(
                "seed {seed} failed; again, with every event told:\n  \
                 TABLON_SIM_TRACE=1 cargo xtask sim --first {seed} --seeds 1 --scenario {name}",
                seed = self.seed,
                name = self.name,
            );
        }
    }
}
