//! Deleting what a slot keeps. A worker does it, since workers hold the slot's
//! lock while they touch its files: no other tab opens them meanwhile.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use gloo::timers::callback::Timeout;
use tablon_core::command::Refusal;
use tablon_core::hash::NetworkId;

use super::refusal;
use crate::child::{Child, Said};
use crate::threads::{Erased, FromNode, ToNode};

/// Longer than loading the worker and waiting for lock and files can take,
/// milliseconds.
const ERASE_TIMEOUT_MS: u32 = 20_000;

/// Delete all files of a slot whose node was stopped, and say which.
pub(super) async fn erase(network: NetworkId, slot: u32) -> Result<Vec<Erased>, Refusal> {
    let failed = |reason: String| {
        refusal(
            "erase_failed",
            format!("its files could not be deleted: {reason}"),
        )
    };
    let (sender, heard) = oneshot::channel::<Option<Said<FromNode>>>();
    let sender = Rc::new(Cell::new(Some(sender)));
    // Whoever comes first takes the sender; nobody waits for the others.
    let answer = move |said| {
        if let Some(sender) = sender.take() {
            let _ = sender.send(said);
        }
    };
    let late = answer.clone();
    let limit = Timeout::new(ERASE_TIMEOUT_MS, move || late(None));

    let worker = Rc::new(RefCell::new(None::<Child>));
    let this = Rc::downgrade(&worker);
    let started = Child::start_own("tablon eraser", move |said| match said {
        Said::Message(FromNode::Ready) => {
            if let Some(worker) = this.upgrade()
                && let Some(worker) = &*worker.borrow()
            {
                worker.send(&ToNode::Erase { network, slot });
            }
        }
        said => answer(Some(said)),
    });
    worker.replace(Some(started.map_err(failed)?));
    let said = heard.await.unwrap_or(None);
    drop((limit, worker));
    match said {
        Some(Said::Message(FromNode::Erased { result })) => result,
        Some(Said::Message(other)) => Err(failed(format!("the worker said {other:?}"))),
        Some(Said::Death(reason)) => Err(failed(reason)),
        None => Err(failed(format!("no answer came in {ERASE_TIMEOUT_MS} ms"))),
    }
}
