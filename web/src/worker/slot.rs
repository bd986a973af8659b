//! Slots: each open tab of a network is one of the browser's nodes, the one
//! whose Web Lock it holds. The lock is held for life, which also keeps the
//! browser from freezing the tab in the background.

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Function, Object, Promise, Reflect};
use tablon_core::hash::NetworkId;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortSignal;

use crate::last_words::scope;
use crate::thrown::explain;

/// Slots tried: nobody has more tabs of one board open.
const MAX_SLOTS: u32 = 256;

/// Milliseconds to wait for the slot that this tab had before a reload: its
/// old worker may still be going away.
const SLOT_TIMEOUT_MS: u32 = 2_000;

/// A slot, taken for as long as this lives.
#[derive(Debug)]
pub struct Slot {
    /// Its number.
    pub number: u32,
    /// Resolves the promise for which the browser holds the lock.
    release: Option<Function>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            // Resolving a promise does not throw.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Why no slot could be locked.
#[derive(Debug, thiserror::Error)]
pub enum NoSlot {
    /// An insecure page: neither locks nor storage.
    #[error("this browser keeps nothing for a page that came neither by https nor from localhost")]
    NoLocks,
    /// All held.
    #[error("at most {MAX_SLOTS} tabs of a board, all are open")]
    AllTaken,
    /// The browser's own words.
    #[error("the browser gives no lock: {0}")]
    Browser(String),
}

impl Slot {
    /// The preferred slot, or else the lowest that is free.
    pub async fn take(network: NetworkId, preferred: Option<u32>) -> Result<Self, NoSlot> {
        if let Some(number) = preferred.filter(|number| *number < MAX_SLOTS)
            && let Some(slot) = lock(network, number, Wait::For(SLOT_TIMEOUT_MS)).await?
        {
            return Ok(slot);
        }
        for number in 0..MAX_SLOTS {
            if let Some(slot) = lock(network, number, Wait::Not).await? {
                return Ok(slot);
            }
        }
        Err(NoSlot::AllTaken)
    }

    /// This slot and no other, waiting for whoever is about to leave it; none
    /// when another tab has it.
    pub async fn exactly(network: NetworkId, number: u32) -> Result<Option<Self>, NoSlot> {
        lock(network, number, Wait::For(SLOT_TIMEOUT_MS)).await
    }

    /// Slot 0 without a lock, for a node that keeps nothing.
    pub(super) fn unlocked() -> Self {
        Self {
            number: 0,
            release: None,
        }
    }
}

enum Wait {
    Not,
    For(u32),
}

async fn lock(network: NetworkId, number: u32, wait: Wait) -> Result<Option<Slot>, NoSlot> {
    let browser = |error: JsValue| NoSlot::Browser(explain(&error));
    // web-sys has the lock manager only as unstable.
    let locks = Reflect::get(&scope().navigator(), &"locks".into()).map_err(browser)?;
    if locks.is_undefined() {
        return Err(NoSlot::NoLocks);
    }
    let request: Function = Reflect::get(&locks, &"request".into())
        .map_err(browser)?
        .unchecked_into();

    // Either the callback runs, with the lock or with null when it is not free,
    // or the request is rejected; whichever comes takes the sender.
    let (sender, outcome) = oneshot::channel::<Result<bool, JsValue>>();
    let sender = Rc::new(Cell::new(Some(sender)));
    let mut release = None;
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));

    let answer = sender.clone();
    let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let is_ours = !lock.is_null();
        let heard = answer
            .take()
            .is_some_and(|answer| answer.send(Ok(is_ours)).is_ok());
        if is_ours && heard {
            held.into()
        } else {
            JsValue::NULL
        }
    });
    let options = Object::new();
    let (key, value) = match wait {
        Wait::Not => ("ifAvailable", JsValue::TRUE),
        Wait::For(milliseconds) => ("signal", AbortSignal::timeout_with_u32(milliseconds).into()),
    };
    Reflect::set(&options, &key.into(), &value).map_err(browser)?;
    let name = format!("tablon/{network}/{number}");
    let requested: Promise = request
        .call3(&locks, &name.into(), &options, &granted)
        .map_err(browser)?
        .unchecked_into();

    spawn_local(async move {
        if let Err(error) = JsFuture::from(requested).await
            && let Some(sender) = sender.take()
        {
            // Heard unless nobody waits any more.
            let _ = sender.send(Err(error));
        }
    });

    match outcome.await {
        Ok(Ok(true)) => Ok(Some(Slot { number, release })),
        Ok(Ok(false)) | Err(oneshot::Canceled) => Ok(None),
        Ok(Err(error)) if is_timeout(&error) => Ok(None),
        Ok(Err(error)) => Err(browser(error)),
    }
}

fn is_timeout(error: &JsValue) -> bool {
    Reflect::get(error, &"name".into()).is_ok_and(|name| name == "TimeoutError")
}
