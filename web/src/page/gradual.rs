//! What the board draws follows what the page knows a few threads at a time: the
//! main thread never works on hundreds of notes at once, whatever comes.

use std::collections::HashMap;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use tablon_core::hash::TxId;
use yew::prelude::*;

use super::state::{Note, Standing, Thread};

/// Threads drawn anew at a time: some 10 ms, and more than a screen shows.
const AT_ONCE: usize = 8;

/// A thread as it is drawn, and the tip that its confirmations are counted to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawn {
    /// The thread.
    pub(crate) thread: Thread,
    /// Height of the tip, or 0 where nothing is confirmed.
    pub(crate) tip: u32,
}

type ById = HashMap<TxId, Rc<Drawn>>;

/// The wanted threads, in their order, as they are to be drawn now; the rest and
/// their changes come by themselves, in steps.
#[hook]
pub(crate) fn use_gradually(wanted: &[&Thread], tip: u32) -> Vec<Rc<Drawn>> {
    let drawn = use_mut_ref(ById::new);
    let again = use_force_update();
    let (now, complete) = follow(&mut drawn.borrow_mut(), wanted, tip);
    use_effect(move || {
        let next = (!complete).then(|| Timeout::new(0, move || again.force_update()));
        move || drop(next)
    });
    now
}

/// One step: what is drawn after it, and whether that is all.
fn follow(drawn: &mut ById, wanted: &[&Thread], tip: u32) -> (Vec<Rc<Drawn>>, bool) {
    let mut due: Vec<(&Thread, u32)> = Vec::new();
    for thread in wanted {
        let tip = if has_pinned(thread) { tip } else { 0 };
        let held = drawn.get(&thread.root.post.id);
        if !held.is_some_and(|held| held.tip == tip && is_same(&held.thread, thread)) {
            due.push((thread, tip));
        }
    }
    let complete = due.len() <= AT_ONCE;
    for _ in 0..AT_ONCE {
        // What is not there yet comes first; what has stood longest next, so that no
        // thread waits for ever where blocks come faster than steps.
        let stood = |(_, (thread, _)): &(usize, &(&Thread, u32))| {
            let held = drawn.get(&thread.root.post.id);
            held.map(|held| held.tip)
        };
        let Some((next, _)) = due.iter().enumerate().min_by_key(stood) else {
            break;
        };
        let (thread, tip) = due.remove(next);
        let thread = thread.clone();
        drawn.insert(thread.root.post.id, Rc::new(Drawn { thread, tip }));
    }
    let now: Vec<_> = (wanted.iter())
        .filter_map(|thread| drawn.get(&thread.root.post.id).cloned())
        .collect();
    // No more is held than is wanted, which has a bound.
    *drawn = (now.iter())
        .map(|drawn| (drawn.thread.root.post.id, drawn.clone()))
        .collect();
    (now, complete)
}

fn has_pinned(thread: &Thread) -> bool {
    let pinned = |note: &Rc<Note>| matches!(note.standing, Standing::Pinned { .. });
    pinned(&thread.root) || thread.replies.iter().any(pinned)
}

/// Notes that did not change are shared, not copied.
fn is_same(one: &Thread, other: &Thread) -> bool {
    let replies = one.replies.iter().zip(&other.replies);
    Rc::ptr_eq(&one.root, &other.root)
        && one.replies.len() == other.replies.len()
        && replies
            .into_iter()
            .all(|(one, other)| Rc::ptr_eq(one, other))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use tablon_core::units::Height;

    use super::super::reduce::tests::post;
    use super::*;

    fn thread(number: u32, standing: Standing) -> Thread {
        let post = post(number, None);
        Thread {
            root: Rc::new(Note { post, standing }),
            replies: Vec::new(),
        }
    }

    fn pinned(number: u32) -> Thread {
        let height = Height(number);
        thread(number, Standing::Pinned { height, place: 0 })
    }

    fn heights(drawn: &[Rc<Drawn>]) -> Vec<u32> {
        let notes = drawn.iter().map(|drawn| drawn.thread.root.post.timestamp.0);
        notes.collect()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_long_list_is_drawn_from_the_top_in_steps() {
        let threads: Vec<_> = (0..20).map(pinned).collect();
        let wanted: Vec<_> = threads.iter().collect();
        let mut drawn = ById::new();
        for (many, all) in [(8, false), (16, false), (20, true)] {
            let (now, complete) = follow(&mut drawn, &wanted, 30);
            assert_eq!(heights(&now), (0..many).collect::<Vec<_>>());
            assert_eq!(complete, all);
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn at_a_new_tip_every_thread_has_its_turn_though_tips_come_faster() {
        let threads: Vec<_> = (0..20).map(pinned).collect();
        let wanted: Vec<_> = threads.iter().collect();
        let mut drawn = ById::new();
        while !follow(&mut drawn, &wanted, 30).1 {}
        for tip in 31..=33 {
            follow(&mut drawn, &wanted, tip);
        }
        assert!(drawn.values().all(|drawn| drawn.tip > 30));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_no_tip_changes_and_what_is_gone_costs_nothing() {
        let place = Standing::Unverified {
            height: Height(9),
            place: 0,
        };
        let threads = [1, 2].map(|number| thread(number, place.clone()));
        let mut drawn = ById::new();
        let (before, _) = follow(&mut drawn, &[&threads[0], &threads[1]], 30);
        let (after, complete) = follow(&mut drawn, &[&threads[1]], 31);
        assert!(complete && Rc::ptr_eq(&before[1], &after[0]));
        assert_eq!((after.len(), drawn.len()), (1, 1));
    }
}
