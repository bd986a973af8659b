//! A link as a QR code, drawn as one SVG path.

use qrcodegen::{QrCode, QrCodeEcc};
use yew::prelude::*;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The link.
    pub(crate) text: AttrValue,
    /// For those who do not see it.
    pub(crate) label: AttrValue,
}

/// The code, dark on light in either theme: scanners expect that.
#[component]
pub(crate) fn Qr(props: &Props) -> Html {
    // A link longer than 2,331 bytes does not fit; it stands beside as text.
    let Ok(code) = QrCode::encode_text(&props.text, QrCodeEcc::Medium) else {
        return Html::default();
    };
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                path.push_str(&format!("M{x} {y}h1v1h-1z"));
            }
        }
    }
    // The quiet zone is four modules.
    let side = code.size() + 8;
    html! {
        <svg class="qr" viewBox={format!("-4 -4 {side} {side}")} role="img"
             aria-label={props.label.clone()} shape-rendering="crispEdges">
            <rect x="-4" y="-4" width={side.to_string()} height={side.to_string()} fill="#fff" />
            <path d={path} fill="#000" />
        </svg>
    }
}
