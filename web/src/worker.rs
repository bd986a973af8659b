//! The node worker: gives the node its clock, its randomness, its storage and
//! its relay, and carries its messages to the page.

pub mod budget;
pub mod calls;
mod dials;
mod driver;
pub mod files;
pub mod keys;
pub mod lines;
pub mod open;
pub mod opfs;
pub mod relay;
pub mod siblings;
pub mod slot;
pub mod tunnel;
pub mod wallet;

use std::cell::OnceCell;
use std::rc::Rc;

use gloo::events::EventListener;
use tablon_core::command::Refusal;
use tablon_core::hash::NetworkId;
use tablon_core::node::Input;
use tablon_core::store::panic_is_damage;
use tablon_core::units::Millis;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;

use crate::last_words::{scope, send_on_panic};
use crate::messages;
use crate::threads::{Erased, FromNode, LinkPolicy, ToNode};
use driver::Driver;
use files::Files;
use open::{Start, open};
use slot::Slot;

/// Runs in the worker's `main`.
pub fn run() {
    send_on_panic(|reason| FromNode::Fatal {
        reason,
        retry: true,
        // The database itself: the next worker puts the store aside before it looks.
        damaged: panic_is_damage(),
    });
    let driver: Rc<OnceCell<Driver>> = Rc::default();
    EventListener::new(&scope(), "message", move |event| {
        let data = event.unchecked_ref::<MessageEvent>().data();
        let message = messages::read(&data).expect("the page sends messages to the node only");
        hear(&driver, message);
    })
    .forget();
    tell(&FromNode::Ready);
}

/// Tell the page.
fn tell(message: &FromNode) {
    messages::send(&scope(), message);
}

fn now() -> Millis {
    Millis(js_sys::Date::now() as u64)
}

fn hear(driver: &Rc<OnceCell<Driver>>, message: ToNode) {
    let message = match message {
        ToNode::Start {
            network,
            relay,
            slot,
            distrust,
            wallet_from,
            links,
            budget_bytes,
        } => {
            let start = Start {
                network,
                preferred: slot,
                distrust,
                wallet_from,
                budget_bytes,
            };
            return begin(driver.clone(), start, relay, links);
        }
        ToNode::Erase { network, slot } => {
            return spawn_local(async move {
                let result = erase(network, slot).await;
                tell(&FromNode::Erased { result });
            });
        }
        message => message,
    };
    // The page says nothing else before the node has started.
    let Some(driver) = driver.get() else { return };
    match message {
        ToNode::Start { .. } | ToNode::Erase { .. } => {}
        ToNode::Command { id, command } => driver.feed(Input::Command { id, command }),
        ToNode::Wallet { id, command } => driver.wallet(id, command),
        ToNode::Links(policy) => driver.restrict_links(policy),
        ToNode::Budget { bytes } => driver.raise_budget(bytes),
        ToNode::WalletFrom { network, slot } => driver.wallet_from(network, slot),
        // Silence is all that tells the page of a step that an exception cut off.
        ToNode::Ping if driver.is_stepping() => {}
        ToNode::Ping => tell(&FromNode::Pong),
        ToNode::Signal { to, session, step } => driver.signal(to, session, step),
        ToNode::Link(event) => driver.link(event),
        ToNode::Miner(report) => driver.feed(Input::Miner(report)),
    }
}

/// Delete what a slot keeps, holding its lock meanwhile.
pub async fn erase(network: NetworkId, slot: u32) -> Result<Vec<Erased>, Refusal> {
    let refusal = |code: &str, message: String| Refusal {
        code: code.into(),
        message,
    };
    let failed = |reason: String| {
        let message = format!("its files could not be deleted: {reason}");
        refusal("erase_failed", message)
    };
    let lock = Slot::exactly(network, slot).await;
    let Some(_lock) = lock.map_err(|error| failed(error.to_string()))? else {
        return Err(refusal(
            "files_in_use",
            format!("another tab of this browser now has slot {slot} and its files"),
        ));
    };
    let files = Files::open(network, slot).await;
    let files = files.map_err(|error| failed(error.to_string()))?;
    files
        .erase()
        .await
        .map_err(|error| failed(error.to_string()))
}

fn begin(driver: Rc<OnceCell<Driver>>, start: Start, relay: String, links: LinkPolicy) {
    spawn_local(async move {
        match open(start).await {
            Ok(opened) => {
                // The page starts a worker once: the cell is empty.
                let driver = driver.get_or_init(|| Driver::new(opened, relay));
                driver.restrict_links(links);
                driver.begin();
            }
            Err(reason) => tell(&FromNode::Fatal {
                reason,
                retry: false,
                damaged: false,
            }),
        }
    });
}
