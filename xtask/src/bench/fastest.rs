//! How many times as fast as others' the fastest kernel is: of each place where kernels
//! run, a ratio for each of those that it is measured against.

use super::figure::{Figure, Group};
use super::sources::FASTEST;

/// One such comparison.
#[derive(Debug, PartialEq)]
pub(super) struct Ratio<'f> {
    pub(super) fastest: &'f str,
    pub(super) over: &'f str,
    pub(super) ratio: f64,
}

/// Those of which both sides were measured.
pub(super) fn ratios(figures: &[Figure]) -> Vec<Ratio<'_>> {
    let rates = |begin: &str| {
        let rates = figures.iter().filter(|f| f.group == Group::Kernels);
        let begin = begin.to_owned();
        rates.filter(move |f| f.unit == "hashes/s" && f.what.starts_with(&begin))
    };
    let mut ratios = Vec::new();
    for (place, others) in FASTEST {
        let Some(fastest) = rates(place).max_by_key(|f| f.value) else {
            continue;
        };
        for over in others.iter().filter_map(|other| rates(other).next()) {
            if over.what != fastest.what && over.value > 0 {
                ratios.push(Ratio {
                    fastest: &fastest.what,
                    over: &over.what,
                    ratio: fastest.value as f64 / over.value as f64,
                });
            }
        }
    }
    ratios
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figure;

    #[test]
    fn the_fastest_of_each_place_is_told_over_what_was_measured_there_and_over_the_tutorial() {
        let lines = [
            "the Python tutorial's loop\t2\thashes/s",
            "Chromium: simd 4\t60\thashes/s",
            "Chromium: simd 2x4\t80\thashes/s",
            "Chromium: hash-wasm\t4\thashes/s",
            "Firefox: hash-wasm\t3\thashes/s",
        ];
        let figures = lines.map(|line| figure::read(line, Group::Kernels).unwrap());
        let told: Vec<_> = (ratios(&figures).into_iter())
            .map(|row| (row.fastest, row.over, row.ratio))
            .collect();
        let tutorial = "the Python tutorial's loop";
        assert_eq!(
            told,
            [
                ("Chromium: simd 2x4", "Chromium: hash-wasm", 20.0),
                ("Chromium: simd 2x4", tutorial, 40.0),
                // Nothing of ours was measured there, and it shows.
                ("Firefox: hash-wasm", tutorial, 1.5),
            ]
        );
    }
}
