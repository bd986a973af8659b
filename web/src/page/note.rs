//! One note on the board.

mod menu;

use std::rc::Rc;

use tablon_core::command::BlockAt;
use tablon_core::hash::TxId;
use tablon_core::view::TransactionView;
use yew::prelude::*;

use super::clock::Ago;
use super::fingerprint::Fingerprint;
use super::format;
use super::i18n::{tell, use_words};
use super::linkify::{Stretch, linkify};
use super::route::{Place, use_route};
use super::sealing::SealNow;
use super::state::{Note, Standing};
use super::term::{Explained, Term};
use super::tip::{TipForm, Tips};
use super::who::Alike;
use menu::Menu;

/// Confirmations after which a pin grows no darker.
const DARKEST: u32 = 6;

/// A longer note is folded: this many bytes or lines are shown.
const FOLD_BYTES: usize = 1_200;
const FOLD_LINES: usize = 14;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The note.
    pub(crate) note: Rc<Note>,
    /// Height of the tip.
    pub(crate) tip: u32,
    /// The name of the one it answers, where that is not the note above it.
    #[prop_or_default]
    pub(crate) answers: Option<AttrValue>,
    /// Asks for a composer under it.
    #[prop_or_default]
    pub(crate) onreply: Option<Callback<TxId>>,
    /// Asks for the notes of its topic.
    #[prop_or_default]
    pub(crate) ontopic: Option<Callback<String>>,
    /// The person has read why it was dropped.
    #[prop_or_default]
    pub(crate) onforget: Option<Callback<TxId>>,
    /// To be read from afar: nothing can be done with it.
    #[prop_or_default]
    pub(crate) plain: bool,
}

/// The note: who, when, what, and how firmly it is pinned.
#[component]
pub(crate) fn NoteCard(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let note = &props.note;
    let post = &note.post;
    let tipping = use_state_eq(|| false);
    let dropped = matches!(note.standing, Standing::Dropped { .. });
    let unverified = matches!(note.standing, Standing::Unverified { .. });
    let pinned = matches!(note.standing, Standing::Pinned { .. });
    let confirmations = match note.standing {
        Standing::Pinned { height, .. } => props.tip.saturating_sub(height.0) + 1,
        _ => 0,
    };
    let (state, class) = match note.standing {
        Standing::Pinned { .. } => ("confirmed", "pinned"),
        Standing::Pending { loosened: true, .. } => ("loosened", "loose loosened"),
        Standing::Pending { .. } => ("pending", "loose"),
        Standing::Unverified { .. } => ("unverified", "unverified"),
        Standing::Dropped { .. } => ("dropped", "loose dropped"),
    };
    let standing = match &note.standing {
        Standing::Pinned { height, .. } => html! { <>
            <Pin confirmations={confirmations} />
            <Explained term={Term::Confirmation}
                story={tell!(words, "story-confirmations", n = confirmations)}>
                <span class="figures">{tell!(words, "confirmations", n = confirmations)}</span>
            </Explained>
            <a class="figures" href={route.href(Place::Block(BlockAt::Height(*height)))}>
                {tell!(words, "block-number", n = height.0)}
            </a>
        </> },
        Standing::Unverified { height, .. } => html! { <>
            <Pin confirmations={0} />
            <Explained term={Term::Unchecked}>{words.say("note-unverified")}</Explained>
            // Its block is no place to go to yet.
            <span class="figures">{tell!(words, "block-number", n = height.0)}</span>
        </> },
        Standing::Pending { loosened, .. } => html! { <>
            <Pin confirmations={0} />
            <Explained term={Term::Pending} story={stamp_story(&words, post)}>
                { if *loosened { words.say("note-loosened-short") } else { words.say("note-pending") } }
            </Explained>
        </> },
        Standing::Dropped { .. } => html! { <>
            <Pin confirmations={0} />
            <span>{words.say("note-dropped-short")}</span>
        </> },
    };
    let waits = matches!(note.standing, Standing::Pending { .. });
    let why = match &note.standing {
        Standing::Pending { loosened: true, .. } => Some(html! { {words.say("note-loosened")} }),
        Standing::Dropped { reason, .. } => Some(html! { <>
            {words.say("note-dropped")}{" "}<small lang="en">{format!("({reason})")}</small>
        </> }),
        Standing::Pending { .. } | Standing::Pinned { .. } | Standing::Unverified { .. } => None,
    };
    html! {
        <article class={classes!("note", class, post.own.then_some("own"))}
                 data-id={post.id.to_string()} data-state={state}
                 data-confirmations={confirmations.to_string()}>
            <header>
                <Author post={post.clone()} />
                <Ago at={post.timestamp.0} />
            </header>
            if let Some(name) = &props.answers {
                <p class="answers">{tell!(words, "note-answers", name = name.as_str())}</p>
            }
            <Text text={post.content.clone()} />
            if let Some(why) = why {
                <p class="why">{why}</p>
            }
            if waits && post.own && !props.plain {
                <SealNow />
            }
            <footer>
                <span class="standing">{standing}</span>
                <span class="actions">
                    if !post.topic.is_empty() {
                        <Topic topic={post.topic.clone()} onpick={props.ontopic.clone()} />
                    }
                    if post.tips.0 > 0 {
                        <Tips amount={post.tips} own={post.own} />
                    }
                    if pinned && !post.own && !props.plain {
                        <button type="button" class="quiet" aria-expanded={tipping.to_string()} onclick={
                            let tipping = tipping.clone();
                            move |_| tipping.set(!*tipping)
                        }>{words.say("tip-give")}</button>
                    }
                    if let (false, Some(onreply)) = (dropped || unverified, props.onreply.clone()) {
                        <button type="button" class="quiet" onclick={
                            let id = post.id;
                            move |_| onreply.emit(id)
                        }>{words.say("reply")}</button>
                    }
                    if let (true, Some(onforget)) = (dropped, props.onforget.clone()) {
                        <button type="button" class="quiet" onclick={
                            let id = post.id;
                            move |_| onforget.emit(id)
                        }>{words.say("take-away")}</button>
                    }
                    if pinned && !props.plain {
                        <Menu id={post.id} author={post.author} own={post.own} />
                    }
                </span>
            </footer>
            if *tipping && pinned {
                <TipForm post={post.id} to={post.author} onclose={
                    let tipping = tipping.clone();
                    move |()| tipping.set(false)
                } />
            }
        </article>
    }
}

fn stamp_story(words: &super::i18n::Words, post: &TransactionView) -> AttrValue {
    let tries = format::number(1u64 << post.stamp_bits.min(50));
    tell!(words, "story-stamp", bits = post.stamp_bits, tries = tries)
}

/// Who wrote it.
#[derive(Properties, PartialEq)]
pub(crate) struct AuthorProps {
    /// The post.
    pub(crate) post: TransactionView,
}

/// The name, which anybody may claim, and the key, which nobody else has.
#[component]
pub(crate) fn Author(props: &AuthorProps) -> Html {
    let words = use_words();
    let post = &props.post;
    html! {
        <span class="author">
            <Fingerprint of={post.author.0.to_vec()} />
            if post.name.is_empty() {
                <span class="nameless">{words.say("nameless")}</span>
            } else {
                <bdi class="name">{post.name.clone()}</bdi>
            }
            if post.joined {
                <span class="joined"><Explained term={Term::Participant}>{words.say("joined")}</Explained></span>
            } else {
                <Alike name={post.name.clone()} address={post.author} />
            }
            <code class="key" title={post.author.to_string()}>{format::short_key(&post.author)}</code>
            if post.own {
                <span class="you">{words.say("you")}</span>
            }
        </span>
    }
}

#[derive(Properties, PartialEq)]
struct TopicProps {
    topic: String,
    onpick: Option<Callback<String>>,
}

#[component]
fn Topic(props: &TopicProps) -> Html {
    let words = use_words();
    let topic = props.topic.clone();
    match props.onpick.clone() {
        Some(onpick) => {
            let label = tell!(words, "topic-only", topic = topic.as_str());
            let shown = topic.clone();
            html! {
                <button type="button" class="topic" aria-label={label}
                        onclick={move |_| onpick.emit(topic.clone())}><bdi>{shown}</bdi></button>
            }
        }
        None => html! { <span class="topic"><bdi>{topic}</bdi></span> },
    }
}

#[derive(Properties, PartialEq)]
struct PinProps {
    confirmations: u32,
}

/// A pin that darkens with confirmations; hollow while the note is loose.
#[component]
fn Pin(props: &PinProps) -> Html {
    let depth = props.confirmations.min(DARKEST);
    html! {
        <svg class={classes!("pin", format!("pin-{depth}"))} viewBox="0 0 12 12"
             aria-hidden="true" focusable="false">
            <circle cx="6" cy="6" r="4.5" />
        </svg>
    }
}

/// What was written.
#[derive(Properties, PartialEq)]
pub(crate) struct TextProps {
    /// As its author wrote it.
    pub(crate) text: String,
}

/// A post's text: nothing in it is ever markup. Long ones are folded.
#[component]
pub(crate) fn Text(props: &TextProps) -> Html {
    let words = use_words();
    let unfolded = use_state(|| false);
    let fold = fold_at(&props.text).filter(|_| !*unfolded);
    let shown = &props.text[..fold.unwrap_or(props.text.len())];
    let unfold = {
        let unfolded = unfolded.clone();
        Callback::from(move |_| unfolded.set(true))
    };
    html! { <>
        <p class="text" dir="auto">
            { for linkify(shown).into_iter().map(|stretch| match stretch {
                Stretch::Text(text) => html! { {text.to_owned()} },
                Stretch::Link(link) => html! {
                    <a href={link.to_owned()} target="_blank"
                       rel="noopener noreferrer nofollow ugc">{link.to_owned()}</a>
                },
            }) }
            if fold.is_some() { {" …"} }
        </p>
        if fold.is_some() {
            <button type="button" class="quiet" onclick={unfold}>{words.say("unfold")}</button>
        }
    </> }
}

/// Where a long text is folded: at the end of a line or word before the bound.
fn fold_at(text: &str) -> Option<usize> {
    let by_lines = text.match_indices('\n').nth(FOLD_LINES).map(|(at, _)| at);
    let by_bytes = (text.len() > FOLD_BYTES + FOLD_BYTES / 4).then(|| {
        let mut at = FOLD_BYTES;
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        text[..at]
            .rfind(char::is_whitespace)
            .filter(|cut| *cut > at / 2)
            .unwrap_or(at)
    });
    match (by_lines, by_bytes) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn long_texts_fold_between_letters() {
        assert_eq!(fold_at("short"), None);
        assert_eq!(fold_at(&"line\n".repeat(30)), Some(14 * 5 + 4));
        let wide = "á".repeat(2_000);
        assert!(wide.is_char_boundary(fold_at(&wide).unwrap()));
        let words = "palabra ".repeat(300);
        assert!(words[fold_at(&words).unwrap()..].starts_with(' '));
    }
}
