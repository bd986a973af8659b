//! How fast this computer hashes, to say how long a difficulty takes here.

use tablon_core::view::Status;
use yew::prelude::*;

use super::super::memory::{self, Key};
use super::super::state::Rates;

/// Hashes a second of one thread: as measured just now, else as remembered.
pub(super) fn of_one_thread(status: Option<&Status>, rates: &Rates) -> Option<f64> {
    measured(status, rates).or_else(|| {
        memory::recall(Key::Rate)
            .and_then(|rate| rate.parse().ok())
            .filter(|rate: &f64| rate.is_finite() && *rate > 0.0)
    })
}

fn measured(status: Option<&Status>, rates: &Rates) -> Option<f64> {
    let threads = status?.mining.threads;
    let rate = *rates.samples.back()?;
    (threads > 0 && rate > 0).then(|| rate as f64 / f64::from(threads))
}

/// Seconds that so many zero bits take on average.
pub(super) fn seconds(bits: u32, rate: f64) -> f64 {
    2f64.powi(bits.min(255) as i32) / rate
}

/// Remember what is measured, for when the miner rests.
#[hook]
pub(crate) fn use_speed_memory(status: Option<&Status>, rates: &Rates) {
    // Two digits: a rate that trembles is not written every two seconds.
    let rate = measured(status, rates).map(|rate| {
        let digits = 10f64.powf(rate.log10().floor() - 1.0);
        ((rate / digits).round() * digits) as u64
    });
    use_effect_with(rate, |rate| {
        if let Some(rate) = rate {
            memory::keep(Key::Rate, Some(&rate.to_string()));
        }
    });
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn each_bit_doubles_the_time() {
        assert_eq!(seconds(20, 1_048_576.0), 1.0);
        assert_eq!(seconds(21, 1_048_576.0), 2.0);
    }
}
