//! The native half of a comparison: `web/tests/worker/mixed_chain.rs` grows the same
//! chain in a browser.

#[path = "../mixed/mod.rs"]
mod mixed;

#[test]
fn two_thousand_mixed_blocks_come_to_the_golden_state_root_natively() {
    assert_eq!(mixed::grow(), mixed::GOLDEN);
}
