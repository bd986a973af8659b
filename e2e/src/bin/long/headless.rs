//! The headless node with a long chain: how long it takes to start, and its memory.

use crate::chain::Chain;
use crate::{median, memory, tell};

/// How often it is started; the median is told.
const STARTS: usize = 5;

/// Each time with a copy of the chain's file.
pub(crate) async fn opening(chain: &Chain) {
    let blocks = chain.length.blocks;
    let (mut ready, mut resident) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let node = chain.node(&["--webrtc", "off"]).await;
        ready.push(u64::try_from(node.started_in().as_millis()).unwrap_or(u64::MAX));
        resident.push(memory::resident(node.process()));
        node.stop().await;
    }
    let what = format!("headless node with {blocks} blocks, opened");
    tell(&format!("{what}: listening"), median(ready), "ms");
    tell(
        &format!("{what}: memory, resident"),
        median(resident),
        "bytes",
    );
}
