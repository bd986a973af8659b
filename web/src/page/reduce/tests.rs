//! Situations, as a table of events and what the page then holds.

use wasm_bindgen_test::wasm_bindgen_test;

use tablon_core::hash::{BlockHash, MerkleRoot, PeerId, StateRoot};
use tablon_core::keys::{Address, PublicKey};
use tablon_core::units::{Amount, Height, Timestamp};
use tablon_core::view::{ClockView, Mining, MiningState, News, StampView, Storage, SyncProgress};

use super::super::state::{NOTES_KEPT, OwnTransactionEvent, Standing, threads};
use super::*;

/// The wallet's.
const ME: Address = Address([1; 20]);
/// Somebody else's.
const ANA: Address = Address([9; 20]);

fn id(number: u32) -> TxId {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&number.to_le_bytes());
    TxId(id)
}

/// A post that answers that one, if any; number 0 is my own.
pub(crate) fn post(number: u32, reply_to: Option<u32>) -> TransactionView {
    TransactionView {
        id: id(number),
        kind: Kind::Post,
        author: Address([1; 20]),
        key: PublicKey([2; 32]),
        name: String::new(),
        joined: false,
        topic: String::new(),
        content: format!("note {number}"),
        reply_to: reply_to.map(id),
        tips: Amount::ZERO,
        to: None,
        amount: None,
        tip: None,
        sealed: None,
        timestamp: Timestamp(number),
        seq: 0,
        stamp_bits: 16,
        own: number == 0,
    }
}

/// Of another kind than a post: from Ana to me, or the other way round when own.
fn other(kind: Kind, number: u32, own: bool) -> TransactionView {
    let addressed = matches!(kind, Kind::Transfer | Kind::Secret);
    TransactionView {
        kind,
        author: if own { ME } else { ANA },
        content: String::new(),
        to: addressed.then_some(if own { ANA } else { ME }),
        amount: (kind == Kind::Transfer).then_some(Amount(5)),
        sealed: (kind == Kind::Secret).then_some(80),
        own,
        ..post(number, None)
    }
}

fn block(height: u32, branch: u8, posts: &[u32]) -> BlockView {
    let transactions = posts.iter().map(|n| post(*n, None)).collect();
    block_of(height, branch, transactions)
}

fn block_of(height: u32, branch: u8, transactions: Vec<TransactionView>) -> BlockView {
    let mut hash = [branch; 32];
    hash[..4].copy_from_slice(&height.to_le_bytes());
    BlockView {
        index: Height(height),
        hash: BlockHash(hash),
        previous_hash: BlockHash([0; 32]),
        merkle_root: MerkleRoot([0; 32]),
        version: 1,
        timestamp: Timestamp(height * 15),
        bits: 0x1f00_8000,
        nonce: 0,
        difficulty_bits: 17,
        zero_bits: 17,
        header: String::new(),
        miner: None,
        state_root: StateRoot([0; 32]),
        on_best_chain: true,
        size: 100,
        transactions,
    }
}

fn tip(fork: u32, disconnected: &[BlockView], connected: Vec<BlockView>) -> Event {
    let last = connected.last().unwrap();
    Event::Show(Delta::Tip {
        fork: Height(fork),
        disconnected: disconnected.iter().map(|block| block.hash).collect(),
        height: last.index,
        hash: last.hash,
        connected,
    })
}

fn pending(number: u32) -> Event {
    waiting(post(number, None))
}

fn waiting(post: TransactionView) -> Event {
    Event::Show(Delta::Post {
        post,
        loosened: false,
    })
}

fn dropped(number: u32) -> Event {
    Event::Show(Delta::Dropped {
        id: id(number),
        reason: "too old".to_owned(),
    })
}

/// The node runs, with a wallet at [`ME`].
fn started() -> Event {
    Event::Started {
        slot: 0,
        status: Box::new(status(ME)),
    }
}

fn status(address: Address) -> Status {
    Status {
        network: Default::default(),
        network_name: "test".to_owned(),
        network_link: String::new(),
        spacing: 15,
        slot: 0,
        node: PeerId([0; 32]),
        address,
        locked: false,
        balance: Amount::ZERO,
        outgoing: Amount::ZERO,
        incoming: Amount::ZERO,
        joined: None,
        reward: Amount(50),
        supply: Amount::ZERO,
        state_root: StateRoot([0; 32]),
        height: Height(0),
        tip: BlockHash([0; 32]),
        tip_time: Timestamp(0),
        difficulty_bits: 0,
        expected_hashes: 1,
        peers: 0,
        known_nodes: 1,
        clock: ClockView {
            offset: 0,
            samples: 0,
            corrected: false,
        },
        pending: 0,
        stamp: StampView {
            required_bits: 14,
            enter_bits: 14,
            next_block_bits: 14,
        },
        mining: Mining {
            threads: 0,
            hashrate: 0,
            state: MiningState::Off,
            empty_blocks: true,
            found: 0,
        },
        storage: Storage::Memory {
            reason: String::new(),
        },
        sync: SyncProgress {
            syncing: false,
            have: Height(0),
            want: Height(0),
            rate: 0,
            seconds_left: None,
        },
    }
}

fn apply(state: &mut State, events: Vec<Event>) {
    state.apply(Action::Events {
        now: Millis(0),
        events,
    });
}

fn affair(state: &State, number: u32) -> &Standing {
    &state.own_transactions.held.by_id[&id(number)].standing
}

fn after(events: Vec<Event>) -> State {
    let mut state = State::default();
    state.apply(Action::Events {
        now: Millis(0),
        events,
    });
    state
}

fn standing(state: &State, number: u32) -> &Standing {
    &state.notes.held.by_id[&post(number, None).id].standing
}

#[wasm_bindgen_test(unsupported = test)]
fn a_note_is_pinned_comes_loose_and_is_pinned_again() {
    let losing = block(1, 1, &[7]);
    let mut state = after(vec![pending(7), tip(0, &[], vec![losing.clone()])]);
    let pinned = |height| Standing::Pinned {
        height: Height(height),
        place: 0,
    };
    assert_eq!(*standing(&state, 7), pinned(1));

    state.apply(Action::Events {
        now: Millis(1),
        events: vec![tip(0, &[losing], vec![block(1, 2, &[]), block(2, 2, &[])])],
    });
    assert!(matches!(
        standing(&state, 7),
        Standing::Pending { loosened: true, .. }
    ));
    assert_eq!(state.fork.as_ref().unwrap().blocks.len(), 1);
    assert!(matches!(
        state.notices[0].what,
        What::Reorganised {
            blocks: 1,
            loosened: 1
        }
    ));

    state.apply(Action::Events {
        now: Millis(2),
        events: vec![tip(2, &[], vec![block(3, 2, &[7])])],
    });
    assert_eq!(*standing(&state, 7), pinned(3));
    assert_eq!(state.height(), Height(3));
}

#[wasm_bindgen_test(unsupported = test)]
fn what_came_loose_is_counted_though_the_node_tells_it_before_the_tip() {
    let payment = other(Kind::Transfer, 8, true);
    let loosened = |post| {
        Event::Show(Delta::Post {
            post,
            loosened: true,
        })
    };
    let losing = block_of(1, 1, vec![post(7, None), payment.clone()]);
    let state = after(vec![
        started(),
        tip(0, &[], vec![losing.clone()]),
        loosened(post(7, None)),
        loosened(payment),
        tip(0, &[losing], vec![block(1, 2, &[]), block(2, 2, &[])]),
    ]);
    assert!(matches!(
        state.notices[0].what,
        What::Reorganised {
            blocks: 1,
            loosened: 1
        }
    ));
    assert_eq!(
        state.own_transactions.news[0].what,
        OwnTransactionEvent::Reorg
    );
    assert!(state.loosened.is_empty());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_losing_branch_is_shown_until_it_is_buried() {
    let losing = block(1, 1, &[]);
    let mut state = after(vec![
        tip(0, &[], vec![losing.clone()]),
        tip(0, &[losing], vec![block(1, 2, &[]), block(2, 2, &[])]),
    ]);
    for height in 3..=9 {
        assert!(state.fork.is_some());
        let events = vec![tip(height - 1, &[], vec![block(height, 2, &[])])];
        state.apply(Action::Events {
            now: Millis(0),
            events,
        });
    }
    assert!(state.fork.is_some());
    state.apply(Action::Events {
        now: Millis(0),
        events: vec![tip(9, &[], vec![block(10, 2, &[])])],
    });
    assert!(state.fork.is_none());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_leap_of_the_chain_asks_for_what_was_missed() {
    let state = after(vec![
        tip(0, &[], vec![block(1, 1, &[])]),
        tip(1, &[], vec![block(100, 1, &[]), block(101, 1, &[])]),
    ]);
    assert_eq!(state.missed, 1);
    let heights: Vec<_> = state.blocks.iter().map(|block| block.index.0).collect();
    assert_eq!(heights, [101, 100]);
}

#[wasm_bindgen_test(unsupported = test)]
fn posts_of_a_leap_are_asked_for_and_not_drawn_in_between() {
    let state = after(vec![
        started(),
        pending(1),
        tip(0, &[], vec![block(96, 1, &[1, 2])]),
    ]);
    // What waited here is known to have come on the chain.
    assert!(matches!(standing(&state, 1), Standing::Pinned { .. }));
    assert_eq!(state.notes.held.by_id.len(), 1);
    assert_eq!((state.missed, state.notes.complete), (1, false));
}

#[wasm_bindgen_test(unsupported = test)]
fn nor_are_posts_of_a_few_blocks_when_thousands_are_to_come() {
    let mut state = after(vec![
        started(),
        fetching(0, 10_000),
        tip(0, &[], vec![block(1, 1, &[1])]),
    ]);
    assert!(state.notes.held.by_id.is_empty());
    assert_eq!((state.missed, state.notes.heard), (1, 0));
    // The last blocks are news as ever.
    apply(
        &mut state,
        vec![
            fetching(9_990, 10_000),
            tip(9_990, &[], vec![block(9_991, 1, &[2])]),
        ],
    );
    assert_eq!(state.notes.held.by_id.len(), 1);
}

#[wasm_bindgen_test(unsupported = test)]
fn lists_keep_to_their_bounds() {
    let mut state = after((1..=700).map(pending).collect());
    assert_eq!(state.notes.held.by_id.len(), NOTES_KEPT);
    assert!(matches!(standing(&state, 700), Standing::Pending { .. }));
    for height in 1..200 {
        let events = vec![tip(height - 1, &[], vec![block(height, 1, &[])])];
        state.apply(Action::Events {
            now: Millis(0),
            events,
        });
    }
    assert_eq!(state.blocks.len(), BLOCKS_KEPT);
}

#[wasm_bindgen_test(unsupported = test)]
fn paging_back_holds_more_until_one_is_back_at_the_top() {
    let note = |number: u32| NoteView {
        height: Height(number),
        place: 0,
        post: post(number, None),
    };
    let mut state = State::default();
    for (page, older) in [(3, false), (2, true), (1, true)] {
        state.apply(Action::Notes {
            notes: (0..400).map(|n| note(page * 1_000 - n)).collect(),
            limit: 400,
            older,
        });
    }
    assert_eq!(state.notes.held.by_id.len(), 1_200);
    assert!(!state.notes.complete);
    state.apply(Action::BackAtTop);
    assert_eq!(state.notes.held.by_id.len(), NOTES_KEPT);
    assert_eq!(state.notes.oldest(), Some((Height(1_901), 0)));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_dropped_post_stays_for_its_author_alone() {
    let mut state = after(vec![pending(0), pending(1), dropped(0), dropped(1)]);
    assert!(matches!(standing(&state, 0), Standing::Dropped { .. }));
    assert_eq!(state.notes.held.by_id.len(), 1);
    state.apply(Action::Forget(post(0, None).id));
    assert!(state.notes.held.by_id.is_empty());
}

#[wasm_bindgen_test(unsupported = test)]
fn answers_fold_under_their_first_note_and_lift_it() {
    let mut state = after(vec![pending(1), pending(2)]);
    let answer = |number, to| {
        Event::Show(Delta::Post {
            post: post(number, Some(to)),
            loosened: false,
        })
    };
    state.apply(Action::Events {
        now: Millis(0),
        events: vec![answer(3, 1), answer(4, 3), answer(5, 99)],
    });
    let shape: Vec<Vec<u32>> = threads(&state.notes)
        .iter()
        .map(|thread| {
            std::iter::once(&thread.root)
                .chain(&thread.replies)
                .map(|note| note.post.timestamp.0)
                .collect()
        })
        .collect();
    assert_eq!(shape, [vec![5], vec![1, 3, 4], vec![2]]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_worker_that_dies_twice_is_one_notice() {
    let died = || {
        Event::Notice(Notice::NodeRestarted {
            reason: "unreachable".to_owned(),
        })
    };
    let state = after(vec![died(), died()]);
    assert_eq!(state.notices.len(), 1);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_board_holds_posts_alone() {
    let all = vec![
        post(1, None),
        other(Kind::Join, 2, false),
        other(Kind::Secret, 3, false),
        other(Kind::Transfer, 4, true),
    ];
    let mut state = after(vec![started()]);
    apply(&mut state, all.iter().cloned().map(waiting).collect());
    assert_eq!(state.notes.held.by_id.len(), 1);
    // Somebody else's join concerns nobody else.
    assert_eq!(state.own_transactions.held.by_id.len(), 2);
    assert_eq!(state.notes.heard, 1);

    state.apply(Action::Pending(all.clone()));
    assert_eq!(state.notes.held.by_id.len(), 1);
    apply(&mut state, vec![tip(0, &[], vec![block_of(1, 1, all)])]);
    assert_eq!(state.notes.held.by_id.len(), 1);
    assert_eq!(state.notes.heard, 1);
    assert_eq!(state.blocks[0].transactions.len(), 4);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_payment_waits_is_confirmed_comes_loose_and_is_dropped() {
    let payment = other(Kind::Transfer, 7, true);
    let told = |state: &State| {
        state
            .own_transactions
            .news
            .front()
            .map(|news| news.what.clone())
    };
    let mut state = after(vec![started(), waiting(payment.clone())]);
    assert_eq!(told(&state), None);
    assert_eq!(state.own_transactions.unconfirmed(Kind::Transfer).len(), 1);

    let losing = block_of(1, 1, vec![payment]);
    apply(&mut state, vec![tip(0, &[], vec![losing.clone()])]);
    assert!(matches!(affair(&state, 7), Standing::Pinned { .. }));
    assert_eq!(
        told(&state),
        Some(OwnTransactionEvent::Confirmed(Height(1)))
    );
    assert!(
        state
            .own_transactions
            .unconfirmed(Kind::Transfer)
            .is_empty()
    );

    let winning = vec![block(1, 2, &[]), block(2, 2, &[])];
    apply(&mut state, vec![tip(0, &[losing], winning)]);
    assert!(matches!(
        affair(&state, 7),
        Standing::Pending { loosened: true, .. }
    ));
    assert_eq!(told(&state), Some(OwnTransactionEvent::Reorg));

    apply(&mut state, vec![dropped(7)]);
    assert!(matches!(affair(&state, 7), Standing::Dropped { .. }));
    assert_eq!(
        told(&state),
        Some(OwnTransactionEvent::Dropped("too old".to_owned()))
    );
    assert_eq!(state.own_transactions.news.len(), 1);

    state.apply(Action::Forget(id(7)));
    assert!(state.own_transactions.held.by_id.is_empty());
    assert!(state.own_transactions.news.is_empty());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_secret_is_news_when_it_comes_and_old_blocks_are_none() {
    let secret = other(Kind::Secret, 7, false);
    let mut state = after(vec![started(), waiting(secret.clone())]);
    assert_eq!(
        state.own_transactions.news[0].what,
        OwnTransactionEvent::Came
    );
    state.apply(Action::Told(0));
    let changes = state.own_transactions.changes;
    apply(
        &mut state,
        vec![tip(0, &[], vec![block_of(1, 1, vec![secret])])],
    );
    assert!(state.own_transactions.news.is_empty());
    assert!(state.own_transactions.changes > changes);

    // An hour later the page fetches a block of which it had not heard.
    let block = block_of(2, 1, vec![other(Kind::Transfer, 8, false)]);
    state.apply(Action::Events {
        now: Millis(3_600_000),
        events: vec![tip(1, &[], vec![block])],
    });
    assert!(state.own_transactions.news.is_empty());
    assert!(matches!(affair(&state, 8), Standing::Pinned { .. }));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_tip_that_comes_or_goes_asks_for_its_note_again() {
    let gift = TransactionView {
        tip: Some(id(1)),
        ..other(Kind::Transfer, 2, false)
    };
    let unknown = TransactionView {
        tip: Some(id(99)),
        ..other(Kind::Transfer, 3, false)
    };
    let mut state = after(vec![started(), tip(0, &[], vec![block(1, 1, &[1])])]);
    let losing = block_of(2, 1, vec![gift, unknown]);
    apply(&mut state, vec![tip(1, &[], vec![losing.clone()])]);
    assert_eq!(state.tipped.iter().copied().collect::<Vec<_>>(), [id(1)]);

    let tipped = NoteView {
        height: Height(1),
        place: 0,
        post: TransactionView {
            tips: Amount(5),
            ..post(1, None)
        },
    };
    state.apply(Action::Asked(vec![id(1)]));
    state.apply(Action::Fresh(tipped.clone()));
    assert!(state.tipped.is_empty());
    let tips = |state: &State| state.notes.held.by_id[&id(1)].post.tips;
    assert_eq!(tips(&state), Amount(5));

    let winning = vec![block(2, 2, &[]), block(3, 2, &[])];
    apply(&mut state, vec![tip(1, &[losing], winning)]);
    assert_eq!(state.tipped.len(), 1);

    // Loose, it has no tips, and a late answer does not pin it.
    let winning = vec![block(1, 3, &[]), block(2, 3, &[])];
    apply(&mut state, vec![tip(0, &[block(1, 1, &[1])], winning)]);
    state.apply(Action::Fresh(tipped));
    assert_eq!(tips(&state), Amount::ZERO);
    assert!(matches!(standing(&state, 1), Standing::Pending { .. }));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_note_is_marked_while_its_author_is_a_participant_under_its_name() {
    let note = TransactionView {
        name: "Ana".to_owned(),
        author: ANA,
        ..post(1, None)
    };
    let join = |number, name: &str| TransactionView {
        name: name.to_owned(),
        ..other(Kind::Join, number, false)
    };
    let mut state = after(vec![started(), waiting(note)]);
    let due = state.people_due;
    for (height, transaction, joined) in [
        (1, join(2, "Ana"), true),
        (2, join(3, "Anna"), false),
        (3, join(4, "Ana"), true),
        (4, other(Kind::Leave, 5, false), false),
    ] {
        let block = block_of(height, 1, vec![transaction]);
        apply(&mut state, vec![tip(height - 1, &[], vec![block])]);
        let note = &state.notes.held.by_id[&id(1)];
        assert_eq!(note.post.joined, joined, "after block {height}");
    }
    assert_eq!(state.people_due, due + 4);
}

#[wasm_bindgen_test(unsupported = test)]
fn another_identity_begins_anew() {
    let mut state = after(vec![started(), waiting(other(Kind::Transfer, 7, true))]);
    let missed = state.missed;
    apply(
        &mut state,
        vec![Event::Show(Delta::Status(Box::new(status(ANA))))],
    );
    assert!(state.own_transactions.held.by_id.is_empty());
    assert_eq!(state.missed, missed + 1);
}

/// The newest posts of a chain that is being fetched: number, height.
fn unverified(posts: &[(u32, u32)]) -> Event {
    let posts = posts.iter().map(|(number, height)| NoteView {
        height: Height(*height),
        place: 0,
        post: post(*number, None),
    });
    Event::Show(Delta::Unverified {
        posts: posts.collect(),
    })
}

fn fetching(have: u32, want: u32) -> Event {
    let mut status = status(ME);
    status.sync = SyncProgress {
        syncing: have < want,
        have: Height(have),
        want: Height(want),
        rate: 100,
        seconds_left: Some(want - have),
    };
    Event::Show(Delta::Status(Box::new(status)))
}

#[wasm_bindgen_test(unsupported = test)]
fn the_newest_posts_are_shown_unverified_and_stay_when_the_ledger_reaches_them() {
    let mut state = after(vec![started(), unverified(&[(9, 90), (8, 80)])]);
    let place = |height| Standing::Unverified {
        height: Height(height),
        place: 0,
    };
    assert_eq!(*standing(&state, 9), place(90));
    assert_eq!(state.notes.heard, 0);

    // Another list replaces the former one.
    apply(&mut state, vec![unverified(&[(10, 91), (9, 90)])]);
    assert_eq!(state.notes.held.by_id.len(), 2);
    assert_eq!(*standing(&state, 10), place(91));

    // The ledger has one of them; the other is still to be asked for.
    let missed = state.missed;
    apply(
        &mut state,
        vec![tip(90, &[], vec![block(91, 1, &[10])]), unverified(&[])],
    );
    assert!(matches!(standing(&state, 10), Standing::Pinned { .. }));
    assert_eq!(*standing(&state, 9), place(90));
    assert_eq!(state.missed, missed + 1);

    let confirmed = NoteView {
        height: Height(90),
        place: 0,
        post: post(9, None),
    };
    let loaded = |older| Action::Notes {
        notes: vec![confirmed.clone()],
        limit: 100,
        older,
    };
    state.apply(loaded(false));
    assert!(matches!(standing(&state, 9), Standing::Pinned { .. }));
    assert_eq!(state.notes.held.by_id.len(), 2);
}

#[wasm_bindgen_test(unsupported = test)]
fn what_turns_out_to_stand_on_no_chain_goes_once_the_confirmed_ones_are_there() {
    let mut state = after(vec![started(), unverified(&[(9, 90)]), unverified(&[])]);
    let none = |older| Action::Notes {
        notes: Vec::new(),
        limit: 100,
        older,
    };
    state.apply(none(true));
    assert_eq!(state.notes.held.by_id.len(), 1);
    state.apply(none(false));
    assert!(state.notes.held.by_id.is_empty());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_note_that_waits_here_or_is_pinned_is_not_shown_unverified() {
    let state = after(vec![
        started(),
        tip(0, &[], vec![block(1, 1, &[1])]),
        pending(2),
        unverified(&[(1, 1), (2, 90), (3, 90)]),
    ]);
    assert!(matches!(standing(&state, 1), Standing::Pinned { .. }));
    assert!(matches!(standing(&state, 2), Standing::Pending { .. }));
    assert!(matches!(standing(&state, 3), Standing::Unverified { .. }));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_long_fetch_is_told_at_once_and_a_short_lag_only_when_it_lasts() {
    let long = after(vec![started(), fetching(0, 10_000)]);
    assert_eq!(long.fetching().map(|sync| sync.want.0), Some(10_000));
    let mut short = after(vec![started(), fetching(100, 110)]);
    assert_eq!(short.fetching(), None);
    short.apply(Action::Events {
        now: Millis(3_000),
        events: vec![fetching(101, 110)],
    });
    assert!(short.fetching().is_some());
    apply(&mut short, vec![fetching(110, 110)]);
    assert_eq!(short.fetching(), None);
}

#[wasm_bindgen_test(unsupported = test)]
fn what_passes_is_counted_and_only_the_last_of_it_kept() {
    let passed = |_| {
        Event::Show(Delta::Passed {
            what: News::Block,
            from: None,
            to: vec![PeerId([7; 32])],
        })
    };
    let state = after((0..100).map(passed).collect());
    assert_eq!(state.passed.count, 100);
    assert_eq!(state.passed.held.back().unwrap().number, 100);
    assert!(state.passed.held.len() < 20);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_tree_of_branches_is_asked_for_again_when_a_tip_or_a_branch_comes() {
    let mut state = after(vec![started()]);
    let mut due = state.branches_due;
    let aside = Event::Show(Delta::Branch {
        height: Height(1),
        hash: BlockHash([5; 32]),
    });
    for event in [tip(0, &[], vec![block(1, 1, &[])]), aside] {
        apply(&mut state, vec![event]);
        assert!(state.branches_due > due);
        due = state.branches_due;
    }
    apply(&mut state, vec![pending(3)]);
    assert_eq!(state.branches_due, due);
}
