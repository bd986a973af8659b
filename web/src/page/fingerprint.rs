//! The picture beside every name: a name is a claim, a key is not, and a picture
//! of the key is easier to tell apart than its letters.

use yew::prelude::*;

/// Hues in the style sheet: one class each, since inline styles are not allowed.
const HUES: u8 = 24;

/// Which cells of a 5 by 5 grid are inked: the left three columns from 15 bits,
/// mirrored. Never fewer than six, so that no picture looks empty.
fn cells(bytes: &[u8]) -> [[bool; 5]; 5] {
    let bits = u32::from(byte(bytes, 1)) | u32::from(byte(bytes, 2)) << 8;
    let mut grid = [[false; 5]; 5];
    for (row, line) in grid.iter_mut().enumerate() {
        for column in 0..3 {
            let inked = bits >> (row * 3 + column) & 1 == 1;
            line[column] = inked;
            line[4 - column] = inked;
        }
    }
    if grid.iter().flatten().filter(|inked| **inked).count() < 6 {
        for cell in grid.iter_mut().flatten() {
            *cell = !*cell;
        }
    }
    grid
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// The ink's hue, 0 to [`HUES`] - 1.
fn hue(bytes: &[u8]) -> u8 {
    byte(bytes, 0) % HUES
}

/// The picture's parts, for a drawing that it stands in.
pub(crate) struct Inked {
    /// In a square of 5 by 5.
    pub(crate) path: String,
    /// Class of its hue.
    pub(crate) hue: String,
}

/// The picture of these bytes.
pub(crate) fn inked(bytes: &[u8]) -> Inked {
    let mut path = String::new();
    for (y, line) in cells(bytes).iter().enumerate() {
        for (x, inked) in line.iter().enumerate() {
            if *inked {
                path.push_str(&format!("M{x} {y}h1v1h-1z"));
            }
        }
    }
    let hue = format!("hue-{}", hue(bytes));
    Inked { path, hue }
}

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Bytes of an address or a peer id: hashes, so any of them are as good.
    pub(crate) of: Vec<u8>,
    /// Whether it stands beside larger text.
    #[prop_or_default]
    pub(crate) large: bool,
    /// Whether it is what one is to know somebody by.
    #[prop_or_default]
    pub(crate) huge: bool,
}

/// The picture. It says nothing that the short key beside it does not say.
#[component]
pub(crate) fn Fingerprint(props: &Props) -> Html {
    let Inked { path, hue } = inked(&props.of);
    html! {
        <svg class={classes!("fingerprint", hue, props.large.then_some("large"),
                            props.huge.then_some("huge"))}
             viewBox="-1 -1 7 7" aria-hidden="true" focusable="false" shape-rendering="crispEdges">
            <path d={path} />
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn pictures_are_symmetrical_and_never_empty() {
        for seed in 0..=u16::MAX {
            let [low, high] = seed.to_le_bytes();
            let grid = cells(&[0, low, high]);
            assert!(grid.iter().flatten().filter(|inked| **inked).count() >= 6);
            for line in grid {
                assert_eq!((line[0], line[1]), (line[4], line[3]));
            }
        }
    }
}
