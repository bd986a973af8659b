//! The browser's half of a comparison: `core/tests/rules/mixed_chain.rs` grows the same
//! chain natively.

use wasm_bindgen_test::wasm_bindgen_test;

#[path = "../../../core/tests/mixed/mod.rs"]
mod mixed;

#[wasm_bindgen_test]
fn two_thousand_mixed_blocks_come_to_the_golden_state_root_in_a_browser() {
    assert_eq!(mixed::grow(), mixed::GOLDEN);
}
