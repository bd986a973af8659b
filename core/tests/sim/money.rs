//! Accounts, participants, secrets and proofs among tabs.

use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::TxId;
use tablon_core::keys::{Address, SecretKey};
use tablon_core::node::{Input, Wallet};
use tablon_core::units::{Amount, Height};
use tablon_core::view::{AccountView, Kind, Membership, ProofView, SecretView};

use crate::agree::settle;
use crate::net::{MINUTE, World};
use crate::seeds::seeds;

fn pay(to: Address, amount: u64) -> Command {
    Command::Transfer {
        to,
        amount: Amount(amount),
        tip: None,
    }
}

fn account(world: &mut World, who: usize, of: Address) -> AccountView {
    let address = Some(of);
    match world.ask(who, Command::Account { address }) {
        Ok(Reply::Account(view)) => *view,
        other => panic!("{other:?}"),
    }
}

fn secrets(world: &mut World, who: usize) -> Vec<SecretView> {
    let all = Command::Secrets {
        before: None,
        limit: 100,
    };
    match world.ask(who, all) {
        Ok(Reply::Secrets(list)) => list,
        other => panic!("{other:?}"),
    }
}

/// Ask for something to be signed, and wait until it is stored.
fn sign(world: &mut World, who: usize, command: Command) -> Result<TxId, Refusal> {
    let id = world.request(who, command);
    world.run_until(MINUTE, "it is stamped or refused", |world| {
        world.at(who).replies.contains_key(&id)
    });
    match world.at(who).replies[&id].clone() {
        Ok(Reply::Posted(id)) => Ok(id),
        Err(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(result: Result<TxId, Refusal>, code: &str, values: &[String]) {
    let refusal = result.expect_err("it must be refused");
    assert_eq!(refusal.code, code, "{refusal}");
    for value in values {
        assert!(
            refusal.message.contains(value.as_str()),
            "{refusal} lacks {value}"
        );
    }
}

fn mined(world: &mut World, who: usize, blocks: u32) {
    let from = world.status(who).height.0;
    world.mine(who, 100);
    world.run_until(20 * MINUTE, "blocks are mined", |world| {
        world.status(who).height.0 >= from + blocks
    });
    world.mine(who, 0);
}

/// Two tabs that know each other, the first of which has mined three blocks.
fn two(seed: u64) -> (World, [usize; 2], [Address; 2]) {
    let mut world = World::new(seed);
    let (a, b) = (world.tab(), world.tab());
    world.run_until(MINUTE, "the tabs find each other", |world| {
        world.linked(a, b)
    });
    mined(&mut world, a, 3);
    world.run_until(MINUTE, "both have the blocks", |world| world.agreed());
    let addresses = [a, b].map(|who| world.status(who).address);
    (world, [a, b], addresses)
}

#[test]
fn one_tab_pays_another_and_both_see_both_balances() {
    seeds(
        "one_tab_pays_another_and_both_see_both_balances",
        4,
        |seed| {
            let (mut world, [a, b], [ana, ben]) = two(seed);
            let before = world.status(a).balance;
            assert_eq!(before, world.status(a).supply);
            assert!(before >= Amount(150));
            sign(&mut world, a, pay(ben, 40)).unwrap();
            world.run(MINUTE);
            // On its way, and seen so by both.
            for who in [a, b] {
                let of_ana = account(&mut world, who, ana);
                assert_eq!((of_ana.balance, of_ana.outgoing), (before, Amount(40)));
                let of_ben = account(&mut world, who, ben);
                assert_eq!((of_ben.balance, of_ben.incoming), (Amount(0), Amount(40)));
            }
            mined(&mut world, b, 1);
            settle(&mut world);
            let status = world.status(b);
            let mined_by_ben = status.supply.saturating_sub(before);
            assert_eq!(status.balance, mined_by_ben.saturating_add(Amount(40)));
            for who in [a, b] {
                let of_ana = account(&mut world, who, ana);
                assert_eq!(of_ana.balance, before.saturating_sub(Amount(40)));
                assert_eq!(of_ana.outgoing, Amount(0));
                let all = Command::Transfers {
                    of: Some(ben),
                    before: None,
                    limit: 10,
                };
                let Ok(Reply::Notes(transfers)) = world.ask(who, all) else {
                    panic!("there is one")
                };
                assert_eq!(transfers.len(), 1);
                let transfer = &transfers[0].post;
                assert_eq!(transfer.kind, Kind::Transfer);
                assert_eq!((transfer.author, transfer.to), (ana, Some(ben)));
                assert_eq!(transfer.amount, Some(Amount(40)));
            }
        },
    );
}

#[test]
fn who_has_too_little_is_refused_with_balance_and_amount_also_over_what_waits() {
    let (mut world, [a, b], [ana, ben]) = two(1);
    let result = sign(&mut world, b, pay(ana, 1));
    let values = [ben.to_string(), "has 0 coins".into(), "1 are".into()];
    refused(result, "overspent", &values);
    let result = sign(&mut world, a, pay(ben, 0));
    refused(result, "nothing_transferred", &["at least 1 coin".into()]);
    let balance = world.status(a).balance.0;
    sign(&mut world, a, pay(ben, balance - 10)).unwrap();
    let result = sign(&mut world, a, pay(ben, 11));
    refused(
        result,
        "overspent",
        &["has 10 coins".into(), "11 are".into()],
    );
    // What is on its way in cannot be spent yet, and posting costs no coins.
    let result = sign(&mut world, b, pay(ana, 1));
    refused(result, "overspent", &["has 0 coins".into()]);
    world.post(b, "poor but talkative");
    sign(&mut world, a, pay(ben, 10)).unwrap();
    mined(&mut world, b, 2);
    settle(&mut world);
    assert_eq!(world.status(a).balance, Amount(0));
    sign(&mut world, b, pay(ana, balance)).unwrap();
    settle(&mut world);
}

#[test]
fn a_tip_is_counted_at_its_post_and_taken_back_by_a_reorganisation() {
    let (mut world, [a, b], [ana, ben]) = two(2);
    let Ok(post) = sign(
        &mut world,
        b,
        Command::Post {
            body: "tip me".into(),
            name: String::new(),
            topic: String::new(),
            reply_to: None,
        },
    ) else {
        panic!("a sound post")
    };
    mined(&mut world, a, 1);
    world.run_until(MINUTE, "both have the block", |world| world.agreed());
    let tips = |world: &mut World, who| {
        let newest = Command::Notes {
            before: None,
            limit: 1,
        };
        match world.ask(who, newest) {
            Ok(Reply::Notes(notes)) => notes[0].post.tips,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(tips(&mut world, a), Amount(0));
    world.divide(&[&[a], &[b]]);
    for amount in [3, 4] {
        let tip = Command::Transfer {
            to: ben,
            amount: Amount(amount),
            tip: Some(post),
        };
        sign(&mut world, a, tip).unwrap();
    }
    // Coins for another under the name of the post are no tip of it.
    let stray = Command::Transfer {
        to: ana,
        amount: Amount(5),
        tip: Some(post),
    };
    sign(&mut world, a, stray).unwrap();
    mined(&mut world, a, 1);
    assert_eq!(tips(&mut world, a), Amount(7));
    assert_eq!(tips(&mut world, b), Amount(0));
    // The other side's chain is heavier: the tips wait again, then come again.
    mined(&mut world, b, 4);
    world.heal();
    world.run_until(10 * MINUTE, "the heavier side wins", |world| world.agreed());
    assert_eq!(tips(&mut world, a), Amount(0));
    world.run_until(MINUTE, "the tips wait at both", |world| {
        world.pending(a).len() == 3 && world.pending(b).len() == 3
    });
    mined(&mut world, b, 1);
    settle(&mut world);
    assert_eq!(tips(&mut world, a), Amount(7));
    assert_eq!(tips(&mut world, b), Amount(7));
}

#[test]
fn participants_join_take_another_name_leave_and_come_back() {
    let (mut world, [a, b], [ana, _]) = two(3);
    let join = |name: &str| Command::Join { name: name.into() };
    let result = sign(&mut world, a, Command::Leave);
    refused(result, "not_a_participant", &[ana.to_string()]);
    let result = sign(&mut world, a, join("pаypal"));
    refused(result, "text_mixed_scripts", &["Cyrillic".into()]);
    let result = sign(&mut world, a, join(" "));
    refused(result, "text_empty", &["name".into()]);
    for name in ["Ana", "Ana María"] {
        sign(&mut world, a, join(name)).unwrap();
        mined(&mut world, a, 1);
        world.run_until(MINUTE, "both have it", |world| world.agreed());
        let seen = account(&mut world, b, ana);
        assert_eq!(
            (seen.membership, seen.name.as_str()),
            (Membership::Joined, name)
        );
        assert_eq!(world.status(a).joined.as_deref(), Some(name));
    }
    let listed = |world: &mut World| {
        let all = Command::Participants {
            after: None,
            limit: 10,
        };
        match world.ask(b, all) {
            Ok(Reply::Accounts(list)) => list.len(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(listed(&mut world), 1);
    sign(&mut world, a, Command::Leave).unwrap();
    // From the moment that it waits, not only when it is mined.
    let result = sign(&mut world, a, pay(ana, 1));
    refused(result, "has_left", &[ana.to_string()]);
    mined(&mut world, a, 1);
    world.run_until(MINUTE, "both have it", |world| world.agreed());
    assert_eq!(listed(&mut world), 0);
    assert_eq!(account(&mut world, b, ana).membership, Membership::Left);
    sign(&mut world, a, join("Ana again")).unwrap();
    sign(&mut world, a, pay(ana, 1)).unwrap();
    settle(&mut world);
    mined(&mut world, a, 1);
    settle(&mut world);
    assert_eq!(listed(&mut world), 1);
}

#[test]
fn a_secret_is_read_by_its_reader_and_its_author_and_by_nobody_else() {
    let (mut world, [a, b], [_, ben]) = two(4);
    let eve = world.tab();
    let secret = |text: &str| Command::Secret {
        to: ben,
        text: text.into(),
    };
    let unknown = sign(&mut world, a, secret("¿quedamos?"));
    refused(unknown, "no_such_participant", &[ben.to_string()]);
    sign(&mut world, b, Command::Join { name: "Ben".into() }).unwrap();
    mined(&mut world, a, 1);
    world.run_until(MINUTE, "all have it", |world| world.agreed());
    let empty = sign(&mut world, a, secret(" \n"));
    refused(empty, "text_empty", &[]);
    let long = sign(&mut world, a, secret(&"x".repeat(2_049)));
    refused(long, "text_too_long", &["2049".into(), "2048".into()]);
    sign(&mut world, a, secret("¿quedamos?")).unwrap();
    world.run(MINUTE);
    for who in [a, b] {
        let waiting = secrets(&mut world, who);
        assert_eq!(waiting[0].text.as_deref(), Some("¿quedamos?"), "it waits");
        assert_eq!(waiting[0].height, None);
    }
    mined(&mut world, a, 1);
    settle(&mut world);
    for who in [a, b] {
        let opened = secrets(&mut world, who);
        assert_eq!(opened.len(), 1);
        assert_eq!(opened[0].text.as_deref(), Some("¿quedamos?"));
        assert_eq!(opened[0].transaction.to, Some(ben));
        // What everybody sees is how long it is.
        assert_eq!(
            opened[0].transaction.sealed,
            Some("¿quedamos?".len() as u32 + 40)
        );
        assert_eq!(opened[0].transaction.content, "");
    }
    assert_eq!(secrets(&mut world, eve), []);
}

#[test]
fn a_locked_wallet_reads_and_mines_and_signs_nothing() {
    let (mut world, [a, b], [ana, ben]) = two(5);
    sign(&mut world, b, Command::Join { name: "Ben".into() }).unwrap();
    mined(&mut world, a, 1);
    let secret = Command::Secret {
        to: ben,
        text: "hola".into(),
    };
    sign(&mut world, a, secret).unwrap();
    mined(&mut world, a, 1);
    settle(&mut world);
    world.feed(b, Input::Wallet(Wallet::Locked(ben)));
    assert!(world.status(b).locked);
    for command in [
        pay(ana, 1),
        Command::Leave,
        Command::Join { name: "Ben".into() },
        Command::Secret {
            to: ana,
            text: "hola".into(),
        },
    ] {
        refused(sign(&mut world, b, command), "wallet_locked", &[]);
    }
    let closed = secrets(&mut world, b);
    assert_eq!(closed[0].text, None);
    assert!(closed[0].problem.as_ref().unwrap().contains("locked"));
    let before = world.status(b);
    mined(&mut world, b, 1);
    let brought = |from: Height, to: Height| Amount(50 * u64::from(to.above(from)));
    let now = world.status(b);
    let earned = brought(before.height, now.height);
    assert_eq!(now.balance, before.balance.saturating_add(earned));
    let key = world.at(b).wallet();
    assert_eq!(key.public().address(), ben, "the second tab's");
    world.feed(b, Input::Wallet(Wallet::Open(key)));
    assert_eq!(secrets(&mut world, b)[0].text.as_deref(), Some("hola"));
    sign(&mut world, b, Command::Leave).unwrap();
    // Another identity: its own balance, and it mines for itself.
    let other = SecretKey::from_seed([77; 32]);
    let address = other.public().address();
    world.feed(b, Input::Wallet(Wallet::Open(other)));
    let status = world.status(b);
    assert_eq!((status.address, status.balance), (address, Amount(0)));
    mined(&mut world, b, 1);
    let earned = brought(status.height, world.status(b).height);
    assert_eq!(world.status(b).balance, earned);
}

#[test]
fn a_proof_of_publication_convinces_another_tab_and_a_changed_byte_does_not() {
    let (mut world, [a, b], [ana, _]) = two(6);
    let id = sign(
        &mut world,
        a,
        Command::Post {
            body: "I was here".into(),
            name: "Ana".into(),
            topic: String::new(),
            reply_to: None,
        },
    );
    let id = id.unwrap();
    let waiting = world.ask(a, Command::Proof { id }).unwrap_err();
    assert_eq!(waiting.code, "no_such_transaction");
    mined(&mut world, a, 4);
    settle(&mut world);
    let Ok(Reply::Proof(file)) = world.ask(a, Command::Proof { id }) else {
        panic!("it is on the chain")
    };
    let verify = |world: &mut World, proof: Vec<u8>| -> Result<ProofView, Refusal> {
        match world.ask(b, Command::VerifyProof { proof })? {
            Reply::Verified(view) => Ok(*view),
            other => panic!("{other:?}"),
        }
    };
    let proven = verify(&mut world, file.proof.clone()).unwrap();
    assert_eq!(proven.transaction.id, id);
    assert_eq!(proven.transaction.content, "I was here");
    assert_eq!(proven.transaction.author, ana);
    assert_eq!(proven.on_best_chain, Some(true));
    assert_eq!(proven.named, world.tip(b).1);
    assert!(proven.blocks >= 4);
    for at in (0..file.proof.len()).step_by(7) {
        let mut changed = file.proof.clone();
        changed[at] ^= 0x20;
        let refusal = verify(&mut world, changed).unwrap_err();
        assert!(refusal.code.starts_with("proof_"), "{refusal}");
    }
    // A tab of another network reads it as well, and says that it cannot tell.
    let mut params = world.params.clone();
    params.name = "another".into();
    let mut elsewhere = World::with(params, 6);
    let other = elsewhere.tab();
    let proof = file.proof;
    let Ok(Reply::Verified(view)) = elsewhere.ask(other, Command::VerifyProof { proof }) else {
        panic!("it is sound")
    };
    assert_eq!(view.on_best_chain, None);
    assert_eq!(view.network_name, "simulation");
}
