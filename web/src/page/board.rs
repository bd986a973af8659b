//! The board: the composer, and the notes newest first.

use std::collections::HashSet;
use std::rc::Rc;

use gloo::events::EventListener;
use tablon_core::hash::TxId;
use web_sys::{ScrollBehavior, ScrollToOptions};
use yew::prelude::*;

use super::composer::Composer;
use super::gradual::{Drawn, use_gradually};
use super::i18n::{Words, tell, use_words};
use super::note::NoteCard;
use super::reduce::Action;
use super::route::{Place, use_route};
use super::state::{Note, Notes, Standing, State, Thread, threads, topics};

/// Scrolled further than this, new notes wait behind a pill (CSS pixels).
const TOP: f64 = 160.0;

/// Answers of a thread that are shown folded: the newest ones.
const SHOWN_ANSWERS: usize = 3;

/// Topics offered as filters, at most.
const SHOWN_TOPICS: usize = 12;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The posts.
    pub(crate) notes: Rc<Notes>,
    /// Height of the tip.
    pub(crate) tip: u32,
    /// Whether the node runs.
    pub(crate) ready: bool,
    /// Whether it has stopped.
    pub(crate) stopped: bool,
    /// Whether the chain is being fetched.
    pub(crate) fetching: bool,
    /// Whether no block has come for long and this node does not mine.
    pub(crate) nobody_mines: bool,
    /// Where actions go.
    pub(crate) dispatch: UseReducerDispatcher<State>,
    /// Asks for older notes.
    pub(crate) onolder: Callback<()>,
    /// Whether older notes have been asked for and are on their way.
    pub(crate) loading_older: bool,
    /// Shown below the first note: how to invite, what is wrong.
    #[prop_or_default]
    pub(crate) children: Html,
}

/// The threads that one saw when one scrolled down: they stay where they are.
#[derive(Debug, Clone, PartialEq)]
struct Frozen {
    order: Vec<TxId>,
}

/// The board.
#[component]
pub(crate) fn Board(props: &Props) -> Html {
    let words = use_words();
    let topic = use_state(|| None::<String>);
    let answering = use_state(|| None::<TxId>);
    let frozen = use_state(|| None::<Rc<Frozen>>);
    let at_top = use_at_top();

    let all = use_memo(props.notes.clone(), |notes| threads(notes));
    let known_topics = use_memo(props.notes.clone(), |notes| topics(notes));
    let wanted: Vec<&Thread> = all
        .iter()
        .filter(|thread| topic.as_deref().is_none_or(|topic| is_about(thread, topic)))
        .collect();
    let (shown, fresh) = match &*frozen {
        Some(frozen) => as_frozen(&wanted, frozen),
        None => (wanted, 0),
    };

    // Freeze when one leaves the top, thaw when one is back.
    {
        let (frozen, dispatch) = (frozen.clone(), props.dispatch.clone());
        let order: Vec<_> = all.iter().map(|thread| thread.root.post.id).collect();
        use_effect_with(at_top, move |at_top| {
            if *at_top {
                frozen.set(None);
                dispatch.dispatch(Action::BackAtTop);
            } else {
                frozen.set(Some(Rc::new(Frozen { order })));
            }
        });
    }

    let onreply = use_callback((), {
        let answering = answering.setter();
        move |id, ()| answering.set(Some(id))
    });
    let ondone = use_callback((), {
        let answering = answering.setter();
        move |(), ()| answering.set(None)
    });
    let ontopic = use_callback((), {
        let topic = topic.setter();
        move |picked, ()| topic.set(Some(picked))
    });
    let onforget = use_callback(props.dispatch.clone(), |id, dispatch| {
        dispatch.dispatch(Action::Forget(id));
    });

    let empty = shown.is_empty() && fresh == 0;
    // Beside what is one's own stands a button for that.
    let (own, others) = waiting(&shown);
    let hint = (props.nobody_mines && others && !own).then(|| html! { <NobodyMines /> });
    let drawn = use_gradually(&shown, props.tip);
    // What one has just written stands where one looks: all else comes after the first.
    let mut leaves: Vec<Leaf> = drawn.into_iter().map(Leaf::Thread).collect();
    leaves.insert(leaves.len().min(1), Leaf::Panels);
    html! { <>
        <Composer ready={props.ready} />
        if !known_topics.is_empty() {
            {topic_chips(&words, &known_topics, &topic)}
        }
        <div class="pill-place" aria-live="polite">
            if fresh > 0 {
                <button type="button" class="pill" onclick={|_| to_top()}>
                    {tell!(words, "new-notes", n = fresh)}
                </button>
            }
        </div>
        <section class="notes" aria-label={words.say("notes")}>
            if empty {
                <div class="empty">
                    if props.stopped {
                        <p>{words.say("node-stopped")}</p>
                    } else if !props.ready {
                        <p>{words.say("node-opening")}</p>
                    } else if props.fetching {
                        <p>{words.say("board-fetching")}</p>
                    } else if topic.is_some() {
                        <p>{words.say("board-empty-topic")}</p>
                    } else {
                        <p>{words.say("board-empty")}</p>
                    }
                </div>
            }
            // A list of its own, as `{ for ... }` is none: among neighbours without
            // keys yew looks at none, and draws all of them anew when one comes.
            for leaf in leaves {
                {match leaf {
                    Leaf::Thread(drawn) => html! {
                        <ThreadView key={drawn.thread.root.post.id.to_string()}
                            drawn={drawn.clone()}
                            answering={(*answering).filter(|id| is_in(&drawn.thread, *id))}
                            ready={props.ready}
                            onreply={onreply.clone()} ondone={ondone.clone()}
                            ontopic={ontopic.clone()} onforget={onforget.clone()} />
                    },
                    Leaf::Panels => html! {
                        <div key="panels" class="panels">
                            {hint.clone()}
                            {props.children.clone()}
                        </div>
                    },
                }}
            }
            if props.fetching && !empty {
                <p class="end">{words.say("board-fetching")}</p>
            } else if props.ready && !props.notes.complete && !empty {
                <button type="button" class="older" disabled={props.loading_older} onclick={
                    let onolder = props.onolder.clone();
                    move |_| onolder.emit(())
                }>
                    { if props.loading_older { words.say("older-loading") } else { words.say("older-load") } }
                </button>
            } else if props.notes.complete && !empty {
                <p class="end">{words.say("older-none")}</p>
            }
        </section>
    </> }
}

/// What stands in the list of notes.
enum Leaf {
    Thread(Rc<Drawn>),
    /// How to invite, what is wrong.
    Panels,
}

/// Said once, not under every note that waits.
#[component]
fn NobodyMines() -> Html {
    let words = use_words();
    let route = use_route();
    html! {
        <p class="why">
            {words.say("nobody-mines")}{" "}<a href={route.href(Place::Node)}>{words.say("my-node")}</a>
        </p>
    }
}

/// Whether something waits for a block: of one's own, of others.
fn waiting(threads: &[&Thread]) -> (bool, bool) {
    let notes = threads
        .iter()
        .flat_map(|thread| std::iter::once(&thread.root).chain(&thread.replies));
    let pending = notes.filter(|note| matches!(note.standing, Standing::Pending { .. }));
    pending.fold((false, false), |(own, others), note| {
        (own || note.post.own, others || !note.post.own)
    })
}

fn is_about(thread: &Thread, topic: &str) -> bool {
    thread.root.post.topic == topic || thread.replies.iter().any(|note| note.post.topic == topic)
}

fn is_in(thread: &Thread, id: TxId) -> bool {
    thread.root.post.id == id || thread.replies.iter().any(|note| note.post.id == id)
}

/// Threads in the order in which they stood, older ones that paging brought
/// after them, and how many new ones wait.
fn as_frozen<'a>(wanted: &[&'a Thread], frozen: &Frozen) -> (Vec<&'a Thread>, usize) {
    let mut shown: Vec<&Thread> = frozen
        .order
        .iter()
        .filter_map(|id| {
            wanted
                .iter()
                .find(|thread| thread.root.post.id == *id)
                .copied()
        })
        .collect();
    let known: HashSet<TxId> = frozen.order.iter().copied().collect();
    let floor = shown
        .iter()
        .map(|thread| thread.root.standing.order())
        .min();
    let mut fresh = 0;
    for thread in wanted
        .iter()
        .filter(|thread| !known.contains(&thread.root.post.id))
    {
        if floor.is_some_and(|floor| thread.root.standing.order() < floor) {
            shown.push(thread);
        } else {
            fresh += 1;
        }
    }
    (shown, fresh)
}

fn topic_chips(
    words: &Words,
    topics: &[(String, usize)],
    picked: &UseStateHandle<Option<String>>,
) -> Html {
    let chip = |name: AttrValue, value: Option<String>, count: Option<usize>| {
        let pressed = **picked == value;
        let picked = picked.setter();
        html! {
            <button type="button" class="chip" aria-pressed={pressed.to_string()}
                    onclick={move |_| picked.set(value.clone())}>
                <bdi>{name}</bdi>
                if let Some(count) = count { <span class="figures count">{super::format::number(count as u64)}</span> }
            </button>
        }
    };
    html! {
        <div class="chips" role="group" aria-label={words.say("topics")}>
            {chip(words.say("topics-all"), None, None)}
            { for topics.iter().take(SHOWN_TOPICS).map(|(topic, count)| {
                chip(topic.clone().into(), Some(topic.clone()), Some(*count))
            }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ThreadProps {
    drawn: Rc<Drawn>,
    answering: Option<TxId>,
    ready: bool,
    onreply: Callback<TxId>,
    ondone: Callback<()>,
    ontopic: Callback<String>,
    onforget: Callback<TxId>,
}

/// A note with its answers, the older of them folded.
#[component]
fn ThreadView(props: &ThreadProps) -> Html {
    let words = use_words();
    let unfolded = use_state(|| false);
    let Thread { root, replies } = &props.drawn.thread;
    let hidden = if *unfolded || replies.len() <= SHOWN_ANSWERS + 1 {
        0
    } else {
        replies.len() - SHOWN_ANSWERS
    };
    let card = |note: &Rc<Note>, answers: Option<AttrValue>| {
        let composing = props.answering == Some(note.post.id);
        html! {
            <div class="leaf" key={note.post.id.to_string()}>
                <NoteCard note={note.clone()} tip={props.drawn.tip} {answers}
                    onreply={props.onreply.clone()} ontopic={props.ontopic.clone()}
                    onforget={props.onforget.clone()} />
                if composing {
                    <Composer reply_to={note.post.id} ondone={props.ondone.clone()} ready={props.ready} />
                }
            </div>
        }
    };
    let root_answers = root.post.reply_to.map(|_| words.say("note-elsewhere"));
    html! {
        <div class="thread">
            {card(root, root_answers)}
            if !replies.is_empty() {
                <div class="replies">
                    if hidden > 0 {
                        <button type="button" class="quiet" onclick={
                            let unfolded = unfolded.setter();
                            move |_| unfolded.set(true)
                        }>{tell!(words, "replies-folded", n = hidden)}</button>
                    }
                    for note in &replies[hidden..] {
                        {card(note, answered_name(&words, props, note))}
                    }
                </div>
            }
        </div>
    }
}

/// Whom a note answers, unless it answers the first note of its thread.
fn answered_name(words: &Words, props: &ThreadProps, note: &Note) -> Option<AttrValue> {
    let to = note.post.reply_to?;
    if to == props.drawn.thread.root.post.id {
        return None;
    }
    let parent = props
        .drawn
        .thread
        .replies
        .iter()
        .find(|held| held.post.id == to)?;
    Some(if parent.post.name.is_empty() {
        tell!(
            words,
            "nameless-key",
            key = super::format::short_key(&parent.post.author)
        )
    } else {
        parent.post.name.clone().into()
    })
}

fn to_top() {
    let options = ScrollToOptions::new();
    options.set_top(0.0);
    let window = gloo::utils::window();
    let still = window
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches());
    options.set_behavior(if still {
        ScrollBehavior::Instant
    } else {
        ScrollBehavior::Smooth
    });
    window.scroll_to_with_scroll_to_options(&options);
}

/// Whether the page is scrolled to its top.
#[hook]
fn use_at_top() -> bool {
    let at_top = use_state_eq(|| true);
    {
        let set = at_top.setter();
        use_effect_with((), move |()| {
            let window = gloo::utils::window();
            let listener = EventListener::new(&window.clone(), "scroll", move |_| {
                set.set(window.scroll_y().unwrap_or(0.0) < TOP);
            });
            move || drop(listener)
        });
    }
    *at_top
}
