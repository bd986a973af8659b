//! Random transactions of every kind, sound on the ledger that they are made for.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::ledger::Ledger;
use super::{act, author};
use crate::keys::Address;
use crate::ledger::Overlay;
use crate::params::Params;
use crate::rules::check_transaction;
use crate::sealed;
use crate::transaction::{Action, Join, Post, Secret, Transaction, Transfer};
use crate::units::{Amount, Height};

/// Who writes and mines.
pub(crate) const AUTHORS: u8 = 5;

pub(crate) fn below(rng: &mut ChaCha8Rng, bound: u32) -> u32 {
    rng.next_u32() % bound
}

pub(crate) fn somebody(rng: &mut ChaCha8Rng) -> u8 {
    below(rng, AUTHORS.into()) as u8 + 1
}

pub(crate) fn address(who: u8) -> Address {
    author(who).public().address()
}

fn action(rng: &mut ChaCha8Rng, so_far: &[Transaction]) -> Action {
    let some = |rng: &mut ChaCha8Rng| {
        let count = so_far.len() as u32;
        (count > 0).then(|| &so_far[below(rng, count) as usize])
    };
    let to = match below(rng, 8) {
        0 => Address([rng.next_u32() as u8; 20]),
        _ => address(somebody(rng)),
    };
    match below(rng, 10) {
        0..=2 => Action::Post(Post {
            name: "Ana".into(),
            topic: String::new(),
            body: format!("note {}", rng.next_u32()),
            reply_to: some(rng).map(Transaction::id),
        }),
        3 => Action::Join(Join {
            name: format!("Ana {}", rng.next_u32() % 9),
        }),
        4 => Action::Leave,
        5 => Action::Secret(Secret {
            to,
            sealed: vec![7; sealed::OVERHEAD + 1 + below(rng, 9) as usize],
        }),
        _ => {
            let tipped = some(rng).filter(|_| rng.next_u32() & 1 == 0);
            Action::Transfer(Transfer {
                to: tipped.map_or(to, |post| post.author.address()),
                amount: Amount((1 + below(rng, 120)).into()),
                tip: tipped.map(Transaction::id),
            })
        }
    }
}

/// Up to `count` transactions that the ledger takes one after another, `wished`
/// ones first.
pub(crate) fn transactions(
    params: &Params,
    rng: &mut ChaCha8Rng,
    ledger: &Ledger,
    height: Height,
    wished: &[Transaction],
    count: u32,
) -> Vec<Transaction> {
    let mut overlay = Overlay::new(ledger);
    let mut taken = Vec::new();
    let network = params.network_id();
    let mut offer = |transaction: Transaction, overlay: &mut Overlay<'_, Ledger>| {
        let checked = check_transaction(params, network, transaction.clone());
        if overlay
            .apply(height, &checked.expect("sound by itself"))
            .is_ok()
        {
            taken.push(transaction);
        }
        taken.clone()
    };
    for transaction in wished {
        offer(transaction.clone(), &mut overlay);
    }
    let mut so_far = Vec::new();
    for _ in 0..count {
        let who = somebody(rng);
        let seq = overlay.account(address(who)).expect("memory").next_seq;
        let action = action(rng, &so_far);
        so_far = offer(act(params, &author(who), seq, action), &mut overlay);
    }
    taken
}
