//! The identity: its address, its coins, and how to keep it.

mod backup;
mod export;
mod field;
mod forget;
mod hint;
mod import;
mod lock;
mod password;
mod pay;
mod unlock;

use std::rc::Rc;

use tablon_core::keys::Address;
use tablon_core::view::{AccountView, Status};
use tablon_core::wallet;
use yew::prelude::*;

pub(crate) use field::Under;
pub(crate) use hint::SafetyHint;
pub(crate) use unlock::Unlock;

use self::backup::Backup;
use self::export::Export;
use self::field::Fold;
use self::forget::Forget;
use self::import::{FromFile, FromWords, Shows};
use self::lock::Locking;
use self::password::SetPassword;
use self::pay::Pay;
use super::copy::Copy;
use super::fingerprint::Fingerprint;
use super::i18n::{Words, tell, use_words};
use super::invite;
use super::qr::Qr;
use super::route::{Place, use_route};
use super::term::{Explained, Term};
use crate::threads::WalletState;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The node, once it has started.
    pub(crate) status: Option<Rc<Status>>,
    /// The wallet, once the node has said how it is.
    pub(crate) wallet: Option<WalletState>,
    /// Whether the node has stopped.
    pub(crate) stopped: bool,
    /// Participants.
    pub(crate) people: Rc<Vec<AccountView>>,
    /// Whom to pay, when the page's address says so.
    #[prop_or_default]
    pub(crate) to: Option<Address>,
    /// The identity that the page's address brought.
    #[prop_or_default]
    pub(crate) identity: Option<String>,
    /// Whether the tab is on other boards too.
    pub(crate) others: bool,
}

/// The place.
#[component]
pub(crate) fn Wallet(props: &Props) -> Html {
    let words = use_words();
    let (Some(status), Some(wallet)) = (&props.status, props.wallet) else {
        return html! {
            <div class="wallet-place">
                <h2>{words.say("wallet")}</h2>
                <p class="card">
                    { if props.stopped { words.say("node-stopped") } else { words.say("node-opening") } }
                </p>
            </div>
        };
    };
    html! {
        <div class="wallet-place">
            <h2><Explained term={Term::Identity}>{words.say("wallet")}</Explained></h2>
            <p>{words.say("wallet-lead")}</p>
            if !wallet.durable {
                <p class="banner grave">{words.say("wallet-not-durable")}</p>
            }
            if let Some(text) = &props.identity {
                <Arrived text={text.clone()} address={wallet.address} />
            }
            if wallet.locked {
                <section class="card" id="wallet-unlock" aria-labelledby="unlock-title">
                    <h3 id="unlock-title">{words.say("unlock-title")}</h3>
                    <Unlock />
                    <p class="small">{words.say("unlock-forgotten")}</p>
                </section>
            }
            <Coins status={status.clone()} />
            <MyAddress status={status.clone()} address={wallet.address} />
            <section class="card" aria-labelledby="pay-title">
                <h3 id="pay-title">{words.say("pay-title")}</h3>
                if wallet.locked {
                    <p>{words.say("pay-locked")}</p>
                } else {
                    <Pay to={props.to} people={props.people.clone()} />
                }
            </section>
            <Safety {wallet} />
            <Moving {wallet} status={status.clone()} others={props.others} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct CoinsProps {
    status: Rc<Status>,
}

/// What the account has.
#[component]
fn Coins(props: &CoinsProps) -> Html {
    let words = use_words();
    let route = use_route();
    let status = &props.status;
    let coins = |n: u64| html! { <dd class="figures">{tell!(words, "coins", n = n)}</dd> };
    html! {
        <section class="card" aria-labelledby="coins-title">
            <h3 id="coins-title"><Explained term={Term::Coin}
                story={story(&words, status)}>
                {words.say("coins-title")}</Explained></h3>
            <p class="wallet-balance figures" id="balance">{tell!(words, "coins", n = status.balance.0)}</p>
            <dl class="facts">
                <div><dt>{words.say("coins-incoming")}</dt>{coins(status.incoming.0)}</div>
                <div><dt>{words.say("coins-outgoing")}</dt>{coins(status.outgoing.0)}</div>
            </dl>
            <p><a href={route.href(Place::Transfers)}>{words.say("pay-sent-link")}</a></p>
            if status.balance.0 == 0 && status.incoming.0 == 0 && status.reward.0 > 0 {
                <p class="small">{tell!(words, "coins-none", n = status.reward.0)}</p>
            }
        </section>
    }
}

fn story(words: &Words, status: &Status) -> AttrValue {
    let coins = |n: u64| tell!(words, "coins", n = n).to_string();
    tell!(
        words,
        "story-coin",
        reward = coins(status.reward.0),
        supply = coins(status.supply.0)
    )
}

#[derive(Properties, PartialEq)]
struct AddressProps {
    status: Rc<Status>,
    address: Address,
}

/// How one is paid, and how one is known.
#[component]
fn MyAddress(props: &AddressProps) -> Html {
    let words = use_words();
    let route = use_route();
    let text = props.address.to_string();
    // A link that pays, where a phone can follow it.
    let code = if invite::is_local() {
        text.clone()
    } else {
        invite::page() + &route.href(Place::Pay(props.address))
    };
    html! {
        <section class="card" aria-labelledby="address-title">
            <h3 id="address-title"><Explained term={Term::Address}>{words.say("wallet-address")}</Explained></h3>
            <div class="beside">
                <div class="grow">
                    <div class="with-identity">
                        <Fingerprint of={props.address.0.to_vec()} huge={true} />
                        <p>{ match &props.status.joined {
                            Some(name) => tell!(words, "wallet-joined", name = name.as_str()),
                            None => words.say("wallet-not-joined"),
                        } }
                        {" "}<a href={route.href(Place::People)}>
                            { if props.status.joined.is_some() { words.say("wallet-part") } else { words.say("wallet-join") } }
                        </a></p>
                    </div>
                    <Copy text={text} label={words.say("wallet-address-copy")} />
                </div>
                <figure>
                    <Qr text={code} label={words.say("wallet-qr")} />
                    <figcaption class="small">{words.say("wallet-qr-caption")}</figcaption>
                </figure>
            </div>
        </section>
    }
}

/// Which line is open: one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Password,
    Words,
    Copy,
    FromFile,
    FromWords,
    Forget,
}

/// Opens and closes lines.
fn toggle(open: &UseStateHandle<Option<Line>>, line: Line) -> Callback<bool> {
    let open = open.setter();
    Callback::from(move |wanted: bool| open.set(wanted.then_some(line)))
}

#[derive(Properties, PartialEq)]
struct SafetyProps {
    wallet: WalletState,
}

/// The steps, led but not forced.
#[component]
fn Safety(props: &SafetyProps) -> Html {
    let words = use_words();
    let WalletState {
        address,
        locked,
        has_password,
        backed_up,
        ..
    } = props.wallet;
    let open = use_state_eq(|| None::<Line>);
    let shut = {
        let open = open.setter();
        Callback::from(move |()| open.set(None))
    };
    let is = |line| *open == Some(line);
    html! {
        <section class="card" id="wallet-safety" aria-labelledby="safety-title">
            <h3 id="safety-title">{words.say("safety-title")}</h3>
            <p>{safety_lead(&words, &props.wallet)}</p>
            <Fold title={if has_password { words.say("password-change") } else { words.say("password-first") }}
                  standing={if has_password { words.say("password-is-set") } else { words.say("password-is-not") }}
                  done={has_password} open={is(Line::Password)} ontoggle={toggle(&open, Line::Password)}>
                <SetPassword change={has_password} ondone={shut.clone()} />
            </Fold>
            <Fold title={words.say("words-title")}
                  standing={if backed_up { words.say("words-are-written") } else { words.say("words-are-not") }}
                  done={backed_up} open={is(Line::Words)} ontoggle={toggle(&open, Line::Words)}>
                <Backup {has_password} ondone={shut} />
            </Fold>
            <Fold title={words.say("export-title")} open={is(Line::Copy)} ontoggle={toggle(&open, Line::Copy)}>
                <Export {address} {has_password} />
            </Fold>
            if has_password && !locked {
                <Locking />
            }
        </section>
    }
}

fn safety_lead(words: &Words, wallet: &WalletState) -> AttrValue {
    match (wallet.has_password, wallet.backed_up) {
        (false, false) => words.say("safety-neither"),
        (true, false) => words.say("safety-password-only"),
        (false, true) => words.say("safety-words-only"),
        (true, true) => words.say("safety-both"),
    }
}

#[derive(Properties, PartialEq)]
struct MovingProps {
    wallet: WalletState,
    status: Rc<Status>,
    others: bool,
}

/// Another identity, or none.
#[component]
fn Moving(props: &MovingProps) -> Html {
    let words = use_words();
    let address = props.wallet.address;
    let open = use_state_eq(|| None::<Line>);
    let forgotten = use_state_eq(|| None::<Address>);
    let shut = {
        let (open, forgotten) = (open.setter(), forgotten.setter());
        Callback::from(move |()| {
            open.set(None);
            forgotten.set(Some(address));
        })
    };
    let is = |line| *open == Some(line);
    // Shown once the address is another: "cancel" closes the line as well.
    let gone = forgotten.is_some_and(|former| former != address);
    html! {
        <section class="card" id="wallet-other" aria-labelledby="other-title">
            <h3 id="other-title">{words.say("other-title")}</h3>
            if props.others {
                <p class="small">{words.say("wallet-boards")}</p>
            }
            <Fold title={words.say("import-file-title")} open={is(Line::FromFile)}
                  ontoggle={toggle(&open, Line::FromFile)}>
                <FromFile {address} />
            </Fold>
            <Fold title={words.say("import-words-title")} open={is(Line::FromWords)}
                  ontoggle={toggle(&open, Line::FromWords)}>
                <FromWords {address} />
            </Fold>
            <Fold title={words.say("forget-title")} open={is(Line::Forget)}
                  ontoggle={toggle(&open, Line::Forget)}>
                <Forget wallet={props.wallet} status={props.status.clone()} ondone={shut} />
            </Fold>
            <p class="small" role="status">
                if gone { {words.say("forget-done")} }
            </p>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ArrivedProps {
    text: String,
    address: Address,
}

/// An identity that the page's address brought, mostly from a QR code.
#[component]
fn Arrived(props: &ArrivedProps) -> Html {
    let words = use_words();
    let file = use_memo(props.text.clone(), |text| {
        let file = wallet::from_text(text).ok()?;
        let address = wallet::address_in(&file).ok()?;
        Some((file, address))
    });
    html! {
        <section class="card" id="wallet-arrived" aria-labelledby="arrived-title">
            <h3 id="arrived-title">{words.say("arrived-title")}</h3>
            if let Some((file, address)) = (*file).clone() {
                <Shows {address} />
                <FromFile address={props.address} {file} />
            } else {
                <p class="refused">{words.say("arrived-damaged")}</p>
            }
        </section>
    }
}
