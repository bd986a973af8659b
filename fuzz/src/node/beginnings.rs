//! What a run finds stored: made once, so that what lies far into a node's life costs
//! no more than its opening.

use std::sync::OnceLock;

use super::super::bytes::Bytes;
use super::super::pages::Pages;
use super::Driver;
use super::moves::{ANSWER_ALL, ASK, GREET, STAMP};

/// Its height, and the moves that lead there.
const BEGINNINGS: [(u32, &[u8]); 4] = [
    // A store that was opened once.
    (0, &[]),
    (12, &BRANCH),
    // The rival overtook it, eight blocks below the tip, and what was loosened waits.
    (13, &OVERTAKEN),
    // On the branch two posts of its own wait.
    (12, &POSTED),
];

const BRANCH: [u8; 12] = [
    GREET, 0, 0, 9, ANSWER_ALL, 0, ANSWER_ALL, 0, ANSWER_ALL, 0, ANSWER_ALL, 0,
];
const OVERTAKEN: [u8; 24] = [
    GREET, 0, 0, 9, ANSWER_ALL, 0, ANSWER_ALL, 0, ANSWER_ALL, 0, ANSWER_ALL, 0, //
    GREET, 1, 1, 9, ANSWER_ALL, 1, ANSWER_ALL, 1, ANSWER_ALL, 1, ANSWER_ALL, 1,
];
const POSTED: [u8; 28] = [
    GREET, 0, 0, 9, ANSWER_ALL, 0, ANSWER_ALL, 0, ANSWER_ALL, 0, ANSWER_ALL, 0, //
    ASK, 1, 1, b'a', 0, 0, 0, STAMP, ASK, 1, 1, b'b', 0, 0, 0, STAMP,
];

/// The store with which a run begins.
pub(super) fn beginning(bytes: &mut Bytes<'_>) -> Pages {
    static IMAGES: [OnceLock<Pages>; BEGINNINGS.len()] =
        [const { OnceLock::new() }; BEGINNINGS.len()];
    let which = bytes.below(BEGINNINGS.len());
    let image = IMAGES[which].get_or_init(|| {
        let (height, moves) = BEGINNINGS[which];
        let mut driver = Driver::on(Pages::default());
        let mut moves = Bytes::new(moves);
        while !moves.is_empty() {
            driver.play(&mut moves);
        }
        let Driver {
            node, backend, now, ..
        } = driver;
        let reached = node.as_ref().map(|node| node.status(now).height.0);
        assert_eq!(reached, Some(height), "beginning {which}");
        // Closed as a person closes a tab.
        drop(node);
        backend.image()
    });
    image.clone()
}
