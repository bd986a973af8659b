//! A small history, drawn as one line without axes: the figure stands beside it.

use yew::prelude::*;

use super::state::RATES_KEPT;

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 28.0;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Oldest first.
    pub(crate) samples: Vec<u64>,
    /// For those who do not see it.
    pub(crate) label: AttrValue,
}

/// The line. New samples come in at the right.
#[component]
pub(crate) fn Sparkline(props: &Props) -> Html {
    html! {
        <svg class="sparkline" viewBox={format!("0 -2 {WIDTH} {}", HEIGHT + 4.0)} role="img"
             aria-label={props.label.clone()} preserveAspectRatio="none">
            <line class="base" x1="0" x2={WIDTH.to_string()} y1={HEIGHT.to_string()} y2={HEIGHT.to_string()} />
            <polyline points={points(&props.samples)} />
        </svg>
    }
}

fn points(samples: &[u64]) -> String {
    let most = samples.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / (RATES_KEPT - 1) as f64;
    let start = WIDTH - step * samples.len().saturating_sub(1) as f64;
    let points: Vec<_> = samples
        .iter()
        .enumerate()
        .map(|(at, sample)| {
            let x = start + step * at as f64;
            let y = HEIGHT * (1.0 - *sample as f64 / most);
            format!("{x:.1},{y:.1}")
        })
        .collect();
    points.join(" ")
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_newest_sample_is_at_the_right_and_the_greatest_at_the_top() {
        assert_eq!(points(&[]), "");
        assert!(points(&[0, 5]).ends_with("120.0,0.0"));
        assert!(points(&[5, 0]).ends_with("120.0,28.0"));
    }
}
