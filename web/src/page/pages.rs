//! Lists that the node gives a page at a time, newest first, and that are asked
//! for again when something has changed.

use std::collections::HashSet;
use std::rc::Rc;

use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::TxId;
use tablon_core::units::Height;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::client::Client;

/// Entries of one page.
pub(crate) const PAGE: u32 = 50;

/// A place in the chain: a height, and which transaction of that block.
pub(crate) type At = (Height, u32);

/// How such a list is asked for.
pub(crate) struct Source<T> {
    /// The command for those before a place.
    pub(crate) ask: fn(Option<At>, u32) -> Command,
    /// What the answer holds.
    pub(crate) read: fn(Reply) -> Vec<T>,
    /// Where an entry stands, once it is in a block.
    pub(crate) place: fn(&T) -> Option<At>,
    /// Its transaction.
    pub(crate) id: fn(&T) -> TxId,
}

/// The list as far as it has been read.
#[derive(Clone, PartialEq)]
pub(crate) struct Pages<T> {
    /// Newest first; none before the first answer.
    pub(crate) entries: Option<Rc<Vec<T>>>,
    /// Whether that is all.
    pub(crate) complete: bool,
    /// Why the last answer did not come.
    pub(crate) refusal: Option<Refusal>,
    /// Asks for one page more.
    pub(crate) onmore: Callback<()>,
}

#[derive(Clone, PartialEq)]
struct Read<T> {
    entries: Option<Rc<Vec<T>>>,
    complete: bool,
    refusal: Option<Refusal>,
}

/// The list, read anew whenever `due` is another.
#[hook]
pub(crate) fn use_pages<T, D>(client: &Client, due: D, source: Source<T>) -> Pages<T>
where
    T: Clone + PartialEq + 'static,
    D: Clone + PartialEq + 'static,
{
    let wanted = use_state_eq(|| 1u32);
    let read = use_state_eq(|| Read::<T> {
        entries: None,
        complete: false,
        refusal: None,
    });
    // Answers that come after a newer question are not wanted.
    let latest = use_mut_ref(|| 0u32);
    {
        let (client, read) = (client.clone(), read.clone());
        use_effect_with((due, *wanted), move |(_, wanted)| {
            let wanted = *wanted;
            let number = latest
                .replace_with(|number| number.wrapping_add(1))
                .wrapping_add(1);
            spawn_local(async move {
                let answer = walk(&client, wanted, &source).await;
                if *latest.borrow() != number {
                    return;
                }
                read.set(match answer {
                    Ok((entries, complete)) => Read {
                        entries: Some(Rc::new(entries)),
                        complete,
                        refusal: None,
                    },
                    Err(refusal) => Read {
                        entries: read.entries.clone(),
                        complete: true,
                        refusal: Some(refusal),
                    },
                });
            });
        });
    }
    let onmore = Callback::from(move |()| wanted.set(*wanted + 1));
    Pages {
        entries: read.entries.clone(),
        complete: read.complete,
        refusal: read.refusal.clone(),
        onmore,
    }
}

/// So many pages, from the newest on, and whether they are all.
async fn walk<T>(
    client: &Client,
    wanted: u32,
    source: &Source<T>,
) -> Result<(Vec<T>, bool), Refusal> {
    let mut entries: Vec<T> = Vec::new();
    // Between two questions the chain may have been reorganised: what then comes
    // a second time is left out.
    let mut seen = HashSet::new();
    for _ in 0..wanted {
        let before = entries.last().and_then(source.place);
        let page = (source.read)(client.call((source.ask)(before, PAGE)).await?);
        // Those that wait for a block come beyond the number asked for.
        let placed = page.iter().filter(|entry| (source.place)(entry).is_some());
        let full = placed.count() >= PAGE as usize;
        entries.extend(
            page.into_iter()
                .filter(|entry| seen.insert((source.id)(entry))),
        );
        if !full {
            return Ok((entries, true));
        }
    }
    Ok((entries, false))
}
