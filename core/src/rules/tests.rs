//! Every rule refused once: by its name, with the value required and the value
//! received, and with nothing changed.

use super::{RuleError, time_not_ahead};
use crate::block::{Block, MAX_BLOCK};
use crate::chain::{Chain, Entry, InsertError};
use crate::hash::{BlockHash, TxId};
use crate::header::ROLLED_BITS;
use crate::params::{HEADER_VERSION, Params};
use crate::target::CompactTarget;
use crate::testing::{
    act, author, block_by, block_on, branch, easy_network, empty_chain, entry, give, post, post_of,
    seal, solve,
};
use crate::transaction::{
    Action, Join, MAX_TRANSACTION, Post, Secret, Stamp, Transaction, Transfer,
};
use crate::units::{Amount, Height, Millis, Timestamp};

/// A network whose stamps need a few bits.
fn stamped_network() -> Params {
    Params {
        stamp_bits: 6,
        ..easy_network()
    }
}

/// A chain of three blocks whose second holds a post.
fn chain(params: &Params) -> (Chain, Entry) {
    let (mut chain, _) = empty_chain(params);
    let mut parent = chain.tip().clone();
    for number in 0..3 {
        let posts = match number {
            1 => vec![post(params, &author(1), 0, "first")],
            _ => Vec::new(),
        };
        let block = block_on(params, &parent, 10, posts);
        assert!(give(&mut chain, std::slice::from_ref(&block)).moved());
        parent = entry(&chain, &block);
    }
    (chain, parent)
}

#[track_caller]
fn says(error: &RuleError, code: &str, values: &[String]) {
    assert_eq!(error.code(), code, "{error}");
    let text = error.to_string();
    for value in values {
        assert!(text.contains(value.as_str()), "{text:?} lacks {value:?}");
    }
}

/// Spoil the header of a sound block; the chain must refuse it and stay.
#[track_caller]
fn header_refused(
    code: &str,
    spoil: impl FnOnce(&mut Block, &Entry),
    values: impl FnOnce(&Block, &Entry) -> Vec<String>,
) {
    let params = stamped_network();
    let (mut chain, parent) = chain(&params);
    let mut block = block_on(&params, &parent, 10, Vec::new());
    spoil(&mut block, &parent);
    let before = (chain.store().contents(), chain.tree().missing());
    let Err(InsertError::Rule(error)) = chain.insert_header(block.header) else {
        panic!("the header was not refused by rule");
    };
    says(&error, code, &values(&block, &parent));
    assert_eq!((chain.store().contents(), chain.tree().missing()), before);
    assert_eq!(chain.tip().hash, parent.hash);
    assert!(!chain.tree().contains(block.header.hash()));
}

/// Spoil the body of a sound block, seal it, and give it: by its own rules it is
/// refused before the ledger sees it.
#[track_caller]
fn body_refused(
    code: &str,
    spoil: impl FnOnce(&mut Block, &Params),
    values: impl FnOnce(&Block) -> Vec<String>,
) {
    let params = stamped_network();
    let (mut chain, parent) = chain(&params);
    let posts = vec![post(&params, &author(2), 0, "hola")];
    let mut block = block_on(&params, &parent, 10, posts);
    spoil(&mut block, &params);
    chain.insert_header(block.header).expect("a sound header");
    let before = chain.store().contents();
    let refused = chain.check_body(block.clone()).expect("a known header");
    says(&refused.expect_err("a bad body"), code, &values(&block));
    assert_eq!(chain.store().contents(), before);
    assert_eq!(chain.tip().hash, parent.hash);
}

/// Put a spoilt transaction into a block that is otherwise sound.
#[track_caller]
fn transaction_refused(
    code: &str,
    spoil: impl FnOnce(Transaction, &Params) -> Transaction,
    values: impl FnOnce(&Transaction) -> Vec<String>,
) {
    body_refused(
        code,
        |block, params| {
            let sound = block.transactions.remove(0);
            block.transactions.push(spoil(sound, params));
            seal(block);
        },
        |block| values(&block.transactions[0]),
    );
}

fn bits_of(bits: CompactTarget) -> String {
    format!("0x{:08x}", bits.0)
}

#[test]
fn a_version_without_the_fixed_bits_is_refused_and_a_rolled_one_is_taken() {
    for version in [0, 1, HEADER_VERSION | 1, HEADER_VERSION | 0x4000_0000] {
        header_refused(
            "version",
            |block, _| {
                block.header.version = version;
                solve(block);
            },
            |_, _| vec!["0x20000000".into(), format!("0x{version:08x}")],
        );
    }
    let params = easy_network();
    let (mut chain, parent) = chain(&params);
    let mut rolled = block_on(&params, &parent, 10, Vec::new());
    rolled.header.version |= ROLLED_BITS;
    solve(&mut rolled);
    assert!(give(&mut chain, &[rolled]).moved());
}

#[test]
fn bits_other_than_the_schedules_are_refused() {
    for received in [0x207f_fffe, 0x2000_ffff, 0x1d00_ffff, 0, 0xff12_3456] {
        header_refused(
            "bits",
            |block, _| block.header.bits = CompactTarget(received),
            |block, parent| {
                let params = stamped_network();
                let time = block.header.time;
                let required = crate::difficulty::required_bits(&params, &parent.as_parent(), time);
                vec![bits_of(required), bits_of(CompactTarget(received))]
            },
        );
    }
}

#[test]
fn a_hash_above_its_target_is_refused() {
    header_refused(
        "proof",
        |block, _| {
            let target = block.header.bits.target().unwrap();
            while target.is_met_by(block.header.hash()) {
                block.header.nonce = block.header.nonce.wrapping_add(1);
            }
        },
        |block, _| {
            let target = block.header.bits.target().unwrap();
            vec![target.to_string(), block.header.hash().to_string()]
        },
    );
}

#[test]
fn a_time_not_after_the_parents_is_refused() {
    for back in [0, 1, 1_000_000] {
        header_refused(
            "time_not_after_parent",
            |block, parent| {
                block.header.time = Timestamp(parent.header.time.0 - back);
                solve(block);
            },
            |block, parent| {
                let times = [parent.header.time, block.header.time];
                times.iter().map(ToString::to_string).collect()
            },
        );
    }
}

#[test]
fn two_blocks_within_half_a_spacing_of_their_grandparent_are_refused() {
    let params = easy_network();
    let (mut chain, parent) = chain(&params);
    // One may come at once; with the next it takes half of 10 s.
    let first = branch(&mut chain, &parent, 1, 1).remove(0);
    let first = entry(&chain, &first);
    for after in 1..4 {
        let block = block_on(&params, &first, after, Vec::new());
        let Err(InsertError::Rule(error)) = chain.insert_header(block.header) else {
            panic!("{after} s after the parent were taken");
        };
        let values = [parent.header.time.0 + 5, block.header.time.0];
        says(
            &error,
            "shortest_spacing",
            &values.map(|value| value.to_string()),
        );
    }
    let due = block_on(&params, &first, 4, Vec::new());
    chain.insert_header(due.header).expect("half a spacing");
}

#[test]
fn a_block_older_than_its_network_is_refused() {
    let params = Params {
        born: Timestamp(1_700_000_015),
        ..easy_network()
    };
    let (mut chain, _) = empty_chain(&params);
    let genesis = chain.tip().clone();
    let block = block_on(&params, &genesis, 14, Vec::new());
    let Err(InsertError::Rule(error)) = chain.insert_header(block.header) else {
        panic!("a block from before was taken");
    };
    let values = ["1700000014".into(), "1700000015".into()];
    says(&error, "time_before_birth", &values);
    let block = block_on(&params, &genesis, 15, Vec::new());
    chain
        .insert_header(block.header)
        .expect("as old as its network");
}

#[test]
fn a_header_on_nothing_known_is_no_rule_but_an_orphan() {
    let params = easy_network();
    let (mut chain, parent) = chain(&params);
    let mut block = block_on(&params, &parent, 10, Vec::new());
    block.header.previous = BlockHash([9; 32]);
    solve(&mut block);
    let hash = block.header.hash();
    assert_eq!(
        chain.insert_header(block.header).unwrap_err(),
        InsertError::Orphan {
            hash,
            previous: BlockHash([9; 32])
        }
    );
}

#[test]
fn a_time_ahead_of_the_clock_is_refused_until_it_is_due() {
    let params = easy_network();
    let time = Timestamp(1_700_000_021);
    let error = time_not_ahead(&params, Millis(1_700_000_000_999), time).unwrap_err();
    let values = ["1700000021".into(), "1700000020".into()];
    says(&error, "time_ahead", &values);
    assert_eq!(
        time_not_ahead(&params, Millis(1_700_000_001_000), time),
        Ok(())
    );
    assert_eq!(
        time_not_ahead(&params, Millis(u64::MAX), Timestamp(u32::MAX)),
        Ok(())
    );
}

#[test]
fn a_body_that_is_not_the_headers_own_is_refused() {
    body_refused(
        "merkle_root",
        |block, _| block.transactions[0].signature.0[0] ^= 1,
        |block| {
            let roots = [block.header.merkle_root, block.merkle_root()];
            roots.iter().map(ToString::to_string).collect()
        },
    );
}

#[test]
fn a_block_above_128_kib_is_refused_and_one_just_below_is_taken() {
    let params = easy_network();
    let (mut chain, parent) = chain(&params);
    let full = |count: u32| {
        let posts = (0..count)
            .map(|seq| post(&params, &author(3), seq, &"x".repeat(4_096)))
            .collect();
        block_on(&params, &parent, 10, posts)
    };
    let (taken, refused) = (full(30), full(31));
    let size = crate::encode::encode(&refused).len();
    assert!(crate::encode::encode(&taken).len() <= MAX_BLOCK && size > MAX_BLOCK);
    chain.insert_header(refused.header).unwrap();
    let error = chain.check_body(refused).unwrap().unwrap_err();
    let values = [size.to_string(), MAX_BLOCK.to_string()];
    says(&error, "block_too_large", &values);
    assert!(give(&mut chain, &[taken]).moved());
}

#[test]
fn a_coinbase_that_states_another_height_is_refused() {
    for received in [0, 3, 5, u32::MAX] {
        body_refused(
            "coinbase_height",
            |block, _| {
                block.coinbase.height = Height(received);
                seal(block);
            },
            |_| vec!["stands at 4".into(), format!("says height {received}")],
        );
    }
}

#[test]
fn a_transaction_above_its_size_is_refused() {
    // Texts have their own bounds, and the largest of all is taken; so the bound
    // can be passed only by texts that are too long as well.
    transaction_refused(
        "transaction_too_large",
        |_, params| {
            let post = Post {
                name: String::new(),
                topic: String::new(),
                body: "x".repeat(MAX_TRANSACTION),
                reply_to: None,
            };
            post_of(params, &author(2), 0, post)
        },
        |transaction| {
            let size = crate::encode::encode(transaction).len();
            vec![size.to_string(), MAX_TRANSACTION.to_string()]
        },
    );
    let params = easy_network();
    let largest = Post {
        name: "n".repeat(48),
        topic: "t".repeat(48),
        body: "b".repeat(4_096),
        reply_to: Some(TxId([0xff; 32])),
    };
    let largest = post_of(&params, &author(2), u32::MAX, largest);
    let network = params.network_id();
    super::check_transaction(&params, network, largest).expect("it keeps every bound");
}

#[test]
fn a_transaction_of_another_network_is_refused() {
    transaction_refused(
        "other_network",
        |_, _| {
            let other = Params {
                name: "another".into(),
                ..stamped_network()
            };
            post(&other, &author(2), 0, "hola")
        },
        |transaction| {
            let ours = stamped_network().network_id();
            vec![ours.to_string(), transaction.network.to_string()]
        },
    );
}

#[test]
fn texts_that_break_a_rule_are_refused_in_a_block_as_in_a_command() {
    let plain = || Post {
        name: "Ana".into(),
        topic: "lunes".into(),
        body: "hola".into(),
        reply_to: None,
    };
    let with = |change: fn(&mut Post)| {
        let mut post = plain();
        change(&mut post);
        post
    };
    for (code, post, values) in [
        ("text_empty", with(|p| p.body = " \n".into()), vec!["body"]),
        (
            "text_too_long",
            with(|p| p.body = "x".repeat(4_097)),
            vec!["body", "4097", "4096"],
        ),
        (
            "text_too_long",
            with(|p| p.name = "x".repeat(49)),
            vec!["name", "49", "48"],
        ),
        (
            "text_too_long",
            with(|p| p.topic = "x".repeat(49)),
            vec!["topic", "49", "48"],
        ),
        (
            "text_control_character",
            with(|p| p.body = "a\tb".into()),
            vec!["body", "U+0009", "byte 1"],
        ),
        (
            "text_control_character",
            with(|p| p.name = "a\nb".into()),
            vec!["name", "U+000A", "byte 1"],
        ),
        (
            "text_direction_change",
            with(|p| p.topic = "ab\u{202e}c".into()),
            vec!["topic", "U+202E", "byte 2"],
        ),
        (
            "text_untrimmed",
            with(|p| p.name = "Ana ".into()),
            vec!["name"],
        ),
        (
            "text_not_composed",
            with(|p| p.body = "e\u{301}".into()),
            vec!["body", "form C"],
        ),
    ] {
        transaction_refused(
            code,
            |_, params| post_of(params, &author(2), 0, post),
            |_| values.into_iter().map(Into::into).collect(),
        );
    }
}

#[test]
fn a_stamp_with_too_few_bits_is_refused() {
    transaction_refused(
        "stamp",
        |mut transaction, params| {
            let enough = params.required_stamp_bits(200);
            let bits =
                |transaction: &Transaction| crate::miner::leading_zero_bits(&transaction.id().0);
            while bits(&transaction) >= enough {
                let next = u64::from_le_bytes(transaction.stamp.0).wrapping_add(1);
                transaction.stamp = Stamp(next.to_le_bytes());
            }
            transaction
        },
        |transaction| {
            let bits = crate::miner::leading_zero_bits(&transaction.id().0);
            vec![
                transaction.id().to_string(),
                format!("with {bits} zero bits"),
                "requires 6".into(),
            ]
        },
    );
}

#[test]
fn a_signature_by_another_or_over_another_text_is_refused() {
    transaction_refused(
        "signature",
        |mut transaction, _| {
            transaction.signature.0[40] ^= 0x10;
            transaction
        },
        |transaction| vec![transaction.id().to_string(), transaction.author.to_string()],
    );
    transaction_refused(
        "signature",
        |transaction, params| Transaction {
            signature: post(params, &author(2), 0, "something else").signature,
            ..transaction
        },
        |transaction| vec![transaction.author.to_string()],
    );
}

/// Put these into a block that is otherwise sound: the ledger must refuse it, and
/// the parent goes on without it.
#[track_caller]
fn ledger_refuses(transactions: Vec<Transaction>, code: &str, values: &[String]) {
    ledger_refuses_block(
        |params, parent| block_on(params, parent, 10, transactions),
        code,
        values,
    );
}

#[track_caller]
fn ledger_refuses_block(
    make: impl FnOnce(&Params, &Entry) -> Block,
    code: &str,
    values: &[String],
) {
    let params = easy_network();
    let (mut chain, parent) = chain(&params);
    let block = make(&params, &parent);
    let before = chain.store().contents();
    let change = give(&mut chain, std::slice::from_ref(&block));
    assert!(!change.moved());
    let [(hash, error)] = change.invalid.as_slice() else {
        panic!("{:?}", change.invalid)
    };
    assert_eq!(*hash, block.header.hash());
    says(error, code, values);
    assert_eq!(chain.store().contents(), before);
    assert_eq!(chain.tip().hash, parent.hash);
    assert!(matches!(
        chain.insert_header(block.header),
        Err(InsertError::Invalid(_))
    ));
    let next = branch(&mut chain, &parent, 11, 1);
    assert!(give(&mut chain, &next).moved());
}

fn by(who: u8, seq: u32, action: Action) -> Transaction {
    act(&easy_network(), &author(who), seq, action)
}

fn join(name: &str) -> Action {
    Action::Join(Join { name: name.into() })
}

fn pay(to: u8, amount: u64) -> Action {
    Action::Transfer(Transfer {
        to: author(to).public().address(),
        amount: Amount(amount),
        tip: None,
    })
}

#[test]
fn nobody_spends_more_than_they_have_also_not_in_two_parts_nor_what_the_block_itself_brings() {
    let address = |who| author(who).public().address().to_string();
    // Author 2 has nothing.
    let values = [address(2), "has 0 coins".into(), "1 are".into()];
    ledger_refuses(vec![by(2, 0, pay(3, 1))], "overspent", &values);
    ledger_refuses(vec![by(2, 0, pay(2, 1))], "overspent", &values);
    let values = [address(2), format!("{} are", u64::MAX)];
    ledger_refuses(vec![by(2, 0, pay(3, u64::MAX))], "overspent", &values);

    // Author 1 mines a block, which brings 50.
    let params = easy_network();
    let rich = |chain: &mut Chain, parent: &Entry| {
        let miner = author(1).public().address();
        let block = block_by(&params, parent, 10, miner, Vec::new());
        assert!(give(chain, std::slice::from_ref(&block)).moved());
        entry(chain, &block)
    };
    for (spent, balance, amount) in [
        (vec![by(1, 1, pay(2, 51))], 50, 51),
        (vec![by(1, 1, pay(2, 30)), by(1, 2, pay(3, 30))], 20, 30),
        (vec![by(1, 1, pay(2, 30)), by(2, 0, pay(3, 31))], 30, 31),
    ] {
        let (mut chain, parent) = chain(&params);
        let parent = rich(&mut chain, &parent);
        let block = block_on(&params, &parent, 10, spent);
        let change = give(&mut chain, &[block]);
        assert!(!change.moved());
        let values = [format!("has {balance} coins"), format!("{amount} are")];
        says(&change.invalid[0].1, "overspent", &values);
        // As much as there is can be spent, also what came earlier in the block.
        let all = vec![by(1, 1, pay(2, 50)), by(2, 0, pay(3, 50))];
        let block = block_on(&params, &parent, 11, all);
        assert!(give(&mut chain, &[block]).moved());
    }
    // A block's own reward comes after its transactions.
    let miner = author(2).public().address();
    let spend = vec![by(2, 0, pay(3, 50))];
    let (mut chain, parent) = chain(&params);
    let block = block_by(&params, &parent, 10, miner, spend);
    let change = give(&mut chain, &[block]);
    says(&change.invalid[0].1, "overspent", &["has 0 coins".into()]);
}

#[test]
fn whoever_has_left_does_nothing_but_join_again() {
    let left = |after: Action| {
        vec![
            by(2, 0, join("Ana")),
            by(2, 1, Action::Leave),
            by(2, 2, after),
        ]
    };
    let address = author(2).public().address().to_string();
    let values = [address, "left in block 4".to_string()];
    for after in [Action::Leave, pay(1, 1), Action::Post(words("hola"))] {
        ledger_refuses(left(after), "has_left", &values);
    }
    let mut back = left(join("Ana again"));
    back.push(by(2, 3, Action::Post(words("hola"))));
    let params = easy_network();
    let (mut chain, parent) = chain(&params);
    let block = block_on(&params, &parent, 10, back);
    assert!(give(&mut chain, &[block]).moved());
}

fn words(body: &str) -> Post {
    Post {
        name: String::new(),
        topic: String::new(),
        body: body.into(),
        reply_to: None,
    }
}

#[test]
fn only_a_participant_can_leave() {
    let address = author(2).public().address().to_string();
    ledger_refuses(
        vec![by(2, 0, Action::Leave)],
        "not_a_participant",
        &[address],
    );
}

#[test]
fn a_state_root_other_than_the_ledgers_is_refused() {
    for spoil in [[0; 32], [0xee; 32]] {
        let spoilt = crate::hash::StateRoot(spoil);
        let values = ["says state root ".to_owned() + &spoilt.to_string()];
        let make = |params: &Params, parent: &Entry| {
            let mut block = block_on(params, parent, 10, Vec::new());
            block.coinbase.state_root = spoilt;
            seal(&mut block);
            block
        };
        ledger_refuses_block(make, "state_root", &values);
    }
}

#[test]
fn transactions_of_every_kind_keep_rules_of_their_own() {
    let nothing = pay(1, 0);
    let secret = |bytes: usize| {
        Action::Secret(Secret {
            to: author(1).public().address(),
            sealed: vec![1; bytes],
        })
    };
    for (code, action, values) in [
        ("nothing_transferred", nothing, vec!["at least 1 coin"]),
        ("secret_size", secret(40), vec!["41", "2088", "received 40"]),
        (
            "secret_size",
            secret(2_089),
            vec!["41", "2088", "received 2089"],
        ),
        ("text_empty", join(""), vec!["name"]),
        (
            "text_mixed_scripts",
            join("pаypal"),
            vec!["name", "Cyrillic", "Latin"],
        ),
        (
            "text_direction_change",
            join("a\u{202e}b"),
            vec!["name", "U+202E"],
        ),
    ] {
        transaction_refused(
            code,
            |_, params| act(params, &author(2), 0, action),
            |_| values.into_iter().map(Into::into).collect(),
        );
    }
    let params = stamped_network();
    for bytes in [41, 2_088] {
        let sound = act(&params, &author(2), 0, secret(bytes));
        super::check_transaction(&params, params.network_id(), sound).unwrap();
    }
}

#[test]
fn a_number_repeated_skipped_or_used_in_the_block_is_refused_by_the_ledger() {
    let params = easy_network();
    // Author 1 has one post on the chain, author 2 none.
    for (who, numbers, required, received) in [
        (1, vec![0], 1, 0),
        (1, vec![2], 1, 2),
        (2, vec![1], 0, 1),
        (2, vec![0, 0], 1, 0),
        (2, vec![0, 1, 3], 2, 3),
    ] {
        let posts = (numbers.iter().zip('a'..))
            .map(|(seq, text)| post(&params, &author(who), *seq, &text.to_string()))
            .collect();
        let values = [format!("number {received}"), format!("next is {required}")];
        ledger_refuses(posts, "sequence", &values);
    }
}
