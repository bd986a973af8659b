//! Who is who: an address is shown with its picture, both its ends, and the name
//! under which its owner is a participant.

use std::collections::HashMap;
use std::rc::Rc;

use js_sys::JsString;
use tablon_core::keys::Address;
use tablon_core::node::MAX_EXTRA_STAMP_BITS;
use tablon_core::text::skeleton;
use tablon_core::units::Amount;
use tablon_core::view::{AccountView, StampView, Status};
use yew::prelude::*;

use super::fingerprint::Fingerprint;
use super::format;
use super::i18n::use_words;
use super::term::{Explained, Term};

/// The wallet, as far as writing needs to know it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Me {
    /// Its address, once the node has started.
    pub(crate) address: Option<Address>,
    /// The name under which its owner is a participant.
    pub(crate) joined: Option<String>,
    /// Coins on the chain.
    pub(crate) balance: Amount,
    /// Of these, coins that waiting transfers will take.
    pub(crate) outgoing: Amount,
    /// Coins that waiting transfers will bring.
    pub(crate) incoming: Amount,
    /// Coins that a block brings.
    pub(crate) reward: Amount,
    /// It signs nothing until it is unlocked.
    pub(crate) locked: bool,
    /// Bits that its next stamp is given beyond the network's least, because much waits.
    pub(crate) extra_stamp_bits: u32,
}

impl Me {
    /// As the node says.
    pub(crate) fn of(status: &Status) -> Self {
        Self {
            address: Some(status.address),
            joined: status.joined.clone(),
            balance: status.balance,
            outgoing: status.outgoing,
            incoming: status.incoming,
            reward: status.reward,
            locked: status.locked,
            extra_stamp_bits: extra_stamp_bits(status.stamp),
        }
    }

    /// What can still be spent.
    pub(crate) fn available(&self) -> Amount {
        self.balance.saturating_sub(self.outgoing)
    }
}

/// What the node adds to a stamp so that it is in the next block.
fn extra_stamp_bits(stamp: StampView) -> u32 {
    let extra = stamp.next_block_bits.saturating_sub(stamp.required_bits);
    extra.min(MAX_EXTRA_STAMP_BITS)
}

/// The wallet, from the nearest provider.
#[hook]
pub(crate) fn use_me() -> Me {
    use_context::<Me>().unwrap_or_default()
}

/// What the eye sees of a name.
fn look(name: &str) -> String {
    let decomposed = JsString::from(name).normalize("NFKD");
    skeleton(&String::from(decomposed))
}

/// Participants by address, and which names look alike. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct People(Rc<Index>);

#[derive(Debug, Default)]
struct Index {
    names: HashMap<Address, AttrValue>,
    /// By what the eye sees of their names.
    looks: HashMap<String, Vec<Address>>,
}

impl PartialEq for People {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl People {
    /// Of the participants that the node lists.
    pub(crate) fn of(participants: &[AccountView]) -> Self {
        let mut index = Index::default();
        for account in participants {
            let name = AttrValue::from(account.name.clone());
            index.names.insert(account.address, name);
            let look = index.looks.entry(look(&account.name)).or_default();
            look.push(account.address);
        }
        Self(Rc::new(index))
    }

    /// The name under which the owner of `address` is a participant.
    pub(crate) fn name(&self, address: &Address) -> Option<AttrValue> {
        self.0.names.get(address).cloned()
    }

    /// Whether a participant other than `address` has a name that looks like `name`.
    pub(crate) fn looks_like_another(&self, name: &str, address: &Address) -> bool {
        let alike = self.0.looks.get(&look(name));
        alike.is_some_and(|alike| alike.iter().any(|other| other != address))
    }
}

/// The participants, from the nearest provider.
#[hook]
pub(crate) fn use_people() -> People {
    use_context::<People>().unwrap_or_default()
}

/// Whom to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Whose address.
    pub(crate) address: Address,
    /// Without the name: another one stands beside it.
    #[prop_or_default]
    pub(crate) nameless: bool,
}

/// Picture, name where there is one, and both ends of the address.
#[component]
pub(crate) fn Who(props: &Props) -> Html {
    let words = use_words();
    let people = use_people();
    let own = use_me().address == Some(props.address);
    html! {
        <span class="author who">
            <Fingerprint of={props.address.0.to_vec()} />
            if let Some(name) = people.name(&props.address).filter(|_| !props.nameless) {
                <bdi class="name">{name}</bdi>
            }
            <code class="key" title={props.address.to_string()}>{format::short_key(&props.address)}</code>
            if own {
                <span class="you">{words.say("you")}</span>
            }
        </span>
    }
}

/// Whose name.
#[derive(Properties, PartialEq)]
pub(crate) struct AlikeProps {
    /// The name.
    pub(crate) name: AttrValue,
    /// Who uses it.
    pub(crate) address: Address,
}

/// A warning where a participant has a name that looks the same.
#[component]
pub(crate) fn Alike(props: &AlikeProps) -> Html {
    let words = use_words();
    let people = use_people();
    if props.name.is_empty() || !people.looks_like_another(&props.name, &props.address) {
        return Html::default();
    }
    html! {
        <span class="alike"><Explained term={Term::Lookalike}>{words.say("name-alike")}</Explained></span>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use tablon_core::view::Membership;

    use super::*;

    fn participant(name: &str, byte: u8) -> AccountView {
        AccountView {
            address: Address([byte; 20]),
            key: None,
            balance: Amount::ZERO,
            outgoing: Amount::ZERO,
            incoming: Amount::ZERO,
            transactions: 1,
            membership: Membership::Joined,
            name: name.to_owned(),
            since: None,
            own: false,
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_name_that_looks_like_a_participants_is_told_unless_it_is_theirs() {
        let (ana, eve) = (Address([1; 20]), Address([2; 20]));
        let people = People::of(&[participant("Ana", 1), participant("Bea", 3)]);
        assert_eq!(people.name(&ana).as_deref(), Some("Ana"));
        assert_eq!(people.name(&eve), None);
        assert!(people.looks_like_another("Ana", &eve));
        assert!(!people.looks_like_another("Ana", &ana));
        assert!(!people.looks_like_another("Carla", &eve));
        let twice = People::of(&[participant("Ana", 1), participant("Ana", 2)]);
        assert!(twice.looks_like_another("Ana", &ana));
    }
}
