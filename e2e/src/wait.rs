//! Waiting for a condition, with a deadline and a message worth reading.

use std::time::{Duration, Instant};

use tablon_core::view::Status;

use crate::tab::Tab;

/// Longest wait for anything that should happen at once. Two cores that run
/// six browsers' worth of tabs are slow; what never happens is slower.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Look until `check` finds something, and give it; panics after [`PATIENCE`]
/// with `what` was waited for and how the tabs stand.
pub async fn until<T>(tabs: &[&Tab], what: &str, check: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(PATIENCE, tabs, what, check).await
}

/// The same, for what takes its time by its nature.
pub async fn until_within<T>(
    patience: Duration,
    tabs: &[&Tab],
    what: &str,
    mut check: impl AsyncFnMut() -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = check().await {
            return found;
        }
        if begun.elapsed() > patience {
            let mut message = format!("waited {patience:?} in vain until {what}");
            for tab in tabs {
                message += &format!("\n  {}", tab.describe().await);
            }
            panic!("{message}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Until every tab's status is as described.
pub async fn until_all(tabs: &[&Tab], what: &str, holds: impl Fn(&Status) -> bool) {
    until(tabs, what, async || {
        for tab in tabs {
            if !tab.try_status().await.is_some_and(|status| holds(&status)) {
                return None;
            }
        }
        Some(())
    })
    .await;
}

/// Until every tab has the same tip; gives its status on the first one. Nobody
/// should be mining by then.
pub async fn until_one_tip(tabs: &[&Tab]) -> Status {
    until(tabs, "all tabs have one tip", async || {
        let first = tabs.first()?.try_status().await?;
        for tab in tabs {
            if tab.try_status().await?.tip != first.tip {
                return None;
            }
        }
        Some(first)
    })
    .await
}

/// Until every tab has at least so many neighbours.
pub async fn until_connected(tabs: &[&Tab], neighbours: u32) {
    let what = format!("each tab has {neighbours} neighbours or more");
    until_all(tabs, &what, |status| status.peers >= neighbours).await;
}
