//! Locks the wallet when nobody has touched the page for a while.

use std::cell::Cell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions, EventListenerPhase};
use gloo::timers::callback::Interval;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::clock;
use super::memory::{self, Key};
use crate::networks::Networks;
use crate::threads::WalletCommand;

/// What counts as input.
const INPUT: [&str; 5] = [
    "pointerdown",
    "pointermove",
    "keydown",
    "wheel",
    "touchmove",
];

/// How often the time is looked at, milliseconds. A clock, not a countdown: a
/// computer that slept is locked as soon as it wakes.
const LOOK: u32 = 5_000;

/// Minutes without input after which the wallet is locked; 0 is never.
pub(crate) fn recall() -> u32 {
    memory::recall(Key::LockAfter)
        .and_then(|minutes| minutes.parse().ok())
        .unwrap_or(0)
}

/// Remember the minutes.
pub(crate) fn keep(minutes: u32) {
    let minutes = minutes.to_string();
    memory::keep(
        Key::LockAfter,
        Some(&minutes).filter(|m| *m != "0").map(|m| m.as_str()),
    );
}

/// Whether it is time.
fn is_due(quiet_ms: u64, minutes: u32) -> bool {
    minutes > 0 && quiet_ms >= u64::from(minutes) * 60_000
}

/// Lock every wallet of this tab that has a password.
pub(crate) fn lock_all(networks: &Networks) {
    for (client, wallet) in networks.wallets() {
        if wallet.has_password && !wallet.locked {
            // Refused only where there is nothing to lock any more.
            spawn_local(async move { drop(client.wallet(WalletCommand::Lock).await) });
        }
    }
}

/// Watch for as long as the page is there.
#[hook]
pub(crate) fn use_idle_lock(networks: &Networks) {
    let networks = networks.clone();
    use_effect_with((), move |()| {
        let watching = Watching::start(networks);
        move || drop(watching)
    });
}

struct Watching {
    _input: Vec<EventListener>,
    _clock: Interval,
}

impl Watching {
    fn start(networks: Networks) -> Self {
        let last = Rc::new(Cell::new(clock::read()));
        let window = gloo::utils::window();
        let options = EventListenerOptions {
            phase: EventListenerPhase::Capture,
            passive: true,
        };
        let input = INPUT.map(|name| {
            let last = last.clone();
            EventListener::new_with_options(&window, name, options, move |_| {
                last.set(clock::read());
            })
        });
        let clock = Interval::new(LOOK, move || {
            let now = clock::read();
            if is_due(now.since(last.get()), recall()) {
                lock_all(&networks);
            }
        });
        Self {
            _input: input.into(),
            _clock: clock,
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn zero_minutes_are_never_and_others_are_full_minutes() {
        assert!(!is_due(u64::MAX, 0));
        assert!(!is_due(299_999, 5));
        assert!(is_due(300_000, 5));
    }
}
