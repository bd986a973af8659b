//! Words of the field: each has a dotted underline and says, when touched, in
//! two sentences what it means, and where it helps the story of the value.

use std::cell::Cell;

use yew::prelude::*;

use super::i18n::use_words;

/// A word that the page explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub(crate) enum Term {
    Address,
    Bits,
    Block,
    Branch,
    Coin,
    Confirmation,
    Difficulty,
    Genesis,
    Hash,
    HashRate,
    Header,
    Height,
    Identity,
    Lookalike,
    Margin,
    MerkleRoot,
    Miner,
    Mining,
    Network,
    Node,
    Nonce,
    Participant,
    Peer,
    Pending,
    PreviousHash,
    Proof,
    RecoveryWords,
    Relay,
    Reorganisation,
    Reward,
    RoundTrip,
    Secret,
    Share,
    Spacing,
    Stamp,
    StateRoot,
    Storage,
    Time,
    Tip,
    Unchecked,
    Version,
    ZeroBits,
}

impl Term {
    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: &'static [Self] = &[
        Self::Address,
        Self::Bits,
        Self::Block,
        Self::Branch,
        Self::Coin,
        Self::Confirmation,
        Self::Difficulty,
        Self::Genesis,
        Self::Hash,
        Self::HashRate,
        Self::Header,
        Self::Height,
        Self::Identity,
        Self::Lookalike,
        Self::Margin,
        Self::MerkleRoot,
        Self::Miner,
        Self::Mining,
        Self::Network,
        Self::Node,
        Self::Nonce,
        Self::Participant,
        Self::Peer,
        Self::Pending,
        Self::PreviousHash,
        Self::Proof,
        Self::RecoveryWords,
        Self::Relay,
        Self::Reorganisation,
        Self::Reward,
        Self::RoundTrip,
        Self::Secret,
        Self::Share,
        Self::Spacing,
        Self::Stamp,
        Self::StateRoot,
        Self::Storage,
        Self::Time,
        Self::Tip,
        Self::Unchecked,
        Self::Version,
        Self::ZeroBits,
    ];

    fn key(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Bits => "bits",
            Self::Block => "block",
            Self::Branch => "branch",
            Self::Coin => "coin",
            Self::Confirmation => "confirmation",
            Self::Difficulty => "difficulty",
            Self::Genesis => "genesis",
            Self::Hash => "hash",
            Self::HashRate => "hash-rate",
            Self::Header => "header",
            Self::Height => "height",
            Self::Identity => "identity",
            Self::Lookalike => "lookalike",
            Self::Margin => "margin",
            Self::MerkleRoot => "merkle-root",
            Self::Miner => "miner",
            Self::Mining => "mining",
            Self::Network => "network",
            Self::Node => "node",
            Self::Nonce => "nonce",
            Self::Participant => "participant",
            Self::Peer => "peer",
            Self::Pending => "pending",
            Self::PreviousHash => "previous-hash",
            Self::Proof => "proof",
            Self::RecoveryWords => "recovery-words",
            Self::Relay => "relay",
            Self::Reorganisation => "reorganisation",
            Self::Reward => "reward",
            Self::RoundTrip => "round-trip",
            Self::Secret => "secret",
            Self::Share => "share",
            Self::Spacing => "spacing",
            Self::Stamp => "stamp",
            Self::StateRoot => "state-root",
            Self::Storage => "storage",
            Self::Time => "time",
            Self::Tip => "tip",
            Self::Unchecked => "unchecked",
            Self::Version => "version",
            Self::ZeroBits => "zero-bits",
        }
    }

    /// Id of the message with the word itself.
    pub(crate) fn name_id(self) -> String {
        format!("term-{}", self.key())
    }

    /// Id of the message with the two sentences.
    pub(crate) fn meaning_id(self) -> String {
        format!("meaning-{}", self.key())
    }
}

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// An id for an element that another one names.
#[hook]
pub(crate) fn use_id(prefix: &'static str) -> AttrValue {
    let id = use_memo((), |()| {
        let number = NEXT.replace(NEXT.get() + 1);
        AttrValue::from(format!("{prefix}-{number}"))
    });
    (*id).clone()
}

/// What to explain.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The word.
    pub(crate) term: Term,
    /// Said instead of the word: a value, or the word in another form.
    #[prop_or_default]
    pub(crate) children: Html,
    /// The value's own story.
    #[prop_or_default]
    pub(crate) story: Option<AttrValue>,
}

/// The word with its explanation. The browser's own popover does the opening,
/// the closing (Escape, a click elsewhere), the top layer and the focus.
#[component]
pub(crate) fn Explained(props: &Props) -> Html {
    let words = use_words();
    let id = use_id("term");
    // Hundreds of words stand on a full board: each is written when touched.
    let open = use_state_eq(|| false);
    let name = words.say(&props.term.name_id());
    let ontoggle = {
        let open = open.clone();
        Callback::from(move |event: Event| {
            let state = js_sys::Reflect::get(&event, &"newState".into());
            open.set(state.is_ok_and(|state| state == "open"));
        })
    };
    // The first render must be ready when the browser opens it.
    let onclick = {
        let open = open.clone();
        Callback::from(move |_| open.set(true))
    };
    let plain = props.children == Html::default();
    html! {
        <>
            <button type="button" class="term" popovertarget={id.clone()} {onclick}
                    title={(!plain).then(|| name.clone())}>
                if plain { {name.clone()} } else { {props.children.clone()} }
            </button>
            <span {id} popover="auto" class="meaning" role="note" {ontoggle}>
                if *open {
                    <strong>{name}</strong>
                    <span>{words.say(&props.term.meaning_id())}</span>
                    if let Some(story) = &props.story {
                        <span class="story">{story.clone()}</span>
                    }
                }
            </span>
        </>
    }
}
