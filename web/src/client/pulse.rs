//! Whether the node's worker still runs. Browsers tell of a worker that fails,
//! but not of one that hangs.

use std::cell::Cell;
use std::rc::Rc;

use gloo::timers::callback::Interval;

/// Milliseconds between two beats.
const BEAT: u32 = 1_000;

/// Beats without a word from the node after which it is taken for dead. Beats
/// are counted, not time: a machine that slept, a page that was frozen and a
/// hidden tab, whose timers run once a minute, beat no faster than they run.
const MAX_MISSED_BEATS: u32 = 20;

/// Beats for as long as it lives.
#[derive(Debug)]
pub(super) struct Pulse {
    silent: Rc<Cell<u32>>,
    _interval: Interval,
}

/// What a beat calls for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Beat {
    /// Ask for a word.
    Ask,
    /// It hangs; why, for people.
    Dead(String),
}

impl Pulse {
    /// What is called for goes to `act`; after `Dead` the pulse should be dropped.
    pub(super) fn start(act: impl Fn(Beat) + 'static) -> Self {
        let silent = Rc::new(Cell::new(0));
        let beats = silent.clone();
        let _interval = Interval::new(BEAT, move || {
            let beat = beats.get() + 1;
            beats.set(beat);
            match beat {
                1 => act(Beat::Ask),
                MAX_MISSED_BEATS => act(Beat::Dead(format!(
                    "it has not answered for {} s",
                    MAX_MISSED_BEATS * BEAT / 1_000
                ))),
                _ => {}
            }
        });
        Self { silent, _interval }
    }

    /// The node said something.
    pub(super) fn felt(&self) {
        self.silent.set(0);
    }
}
