//! What the last blocks tell about the work behind them. For people only:
//! floats are fine here and nowhere in consensus.

use tablon_core::view::{BlockView, Status};

/// How the next block stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outlook {
    /// Hashes a second of everybody who mines, as the last blocks show it;
    /// `None` when there are too few, or none came for long.
    pub(crate) network_rate: Option<f64>,
    /// Seconds that the next block takes on average, from any moment on.
    pub(crate) expected: Option<f64>,
    /// Part of the work that is this node's, 0 to 1.
    pub(crate) share: f64,
}

/// Blocks looked back on: 16 intervals put the estimate within a quarter.
const LOOK_BACK: usize = 17;

/// After so many spacings without a block, earlier ones say nothing about now:
/// at a steady rate this happens once in 20,000 blocks.
const STALE_SPACINGS: u32 = 10;

/// From the newest blocks (newest first) and the node's own miner.
pub(crate) fn outlook<'a>(
    newest_first: impl Iterator<Item = &'a BlockView>,
    status: &Status,
    now: u32,
) -> Outlook {
    let own = status.mining.hashrate as f64;
    let seen = network_rate(newest_first, status.spacing, now);
    let rate = seen.unwrap_or(0.0).max(own);
    Outlook {
        network_rate: seen
            .map(|seen| seen.max(own))
            .or((own > 0.0).then_some(own)),
        expected: (rate > 0.0).then(|| status.expected_hashes as f64 / rate),
        share: if rate > 0.0 { own / rate } else { 0.0 },
    }
}

fn network_rate<'a>(
    newest_first: impl Iterator<Item = &'a BlockView>,
    spacing: u32,
    now: u32,
) -> Option<f64> {
    // Genesis was not mined, and its time is 0.
    let blocks: Vec<_> = newest_first
        .filter(|block| block.index.0 > 0)
        .take(LOOK_BACK)
        .collect();
    let (newest, oldest) = (blocks.first()?, blocks.last()?);
    let quiet = now.saturating_sub(newest.timestamp.0);
    if quiet > spacing.saturating_mul(STALE_SPACINGS) {
        return None;
    }
    let span = newest.timestamp.0.saturating_sub(oldest.timestamp.0);
    if blocks.len() < 3 || span == 0 {
        return None;
    }
    let work: f64 = blocks[..blocks.len() - 1]
        .iter()
        .map(|block| expected_hashes(block.bits))
        .sum();
    Some(work / f64::from(span))
}

/// Hashes that meeting this compact target takes on average: 2^256 / (target + 1).
pub(crate) fn expected_hashes(bits: u32) -> f64 {
    let exponent = (bits >> 24) as i32;
    let mantissa = f64::from(bits & 0x007f_ffff);
    if mantissa == 0.0 {
        return f64::INFINITY;
    }
    2f64.powi(256 - 8 * (exponent - 3)) / mantissa
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_compact_target_gives_its_expected_hashes() {
        // Bitcoin's genesis: difficulty 1 is 2^32 hashes and a little.
        let hashes = expected_hashes(0x1d00_ffff);
        assert!((hashes / 4_295_032_833.0 - 1.0).abs() < 1e-6, "{hashes}");
        assert_eq!(expected_hashes(0x1f00_8000), 131_072.0);
    }
}
