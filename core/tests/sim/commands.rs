//! What a person asks and is refused: the rule by name, the values, and nothing
//! changed.

use tablon_core::command::{BlockAt, Command, Refusal, Reply};
use tablon_core::hash::BlockHash;
use tablon_core::node::{MAX_DRAFTS, RequestId};
use tablon_core::units::Height;
use tablon_core::view::MiningState;

use crate::net::World;

#[track_caller]
fn refused(result: Result<Reply, Refusal>, code: &str, values: &[&str]) {
    let refusal = result.expect_err("it must be refused");
    assert_eq!(refusal.code, code, "{refusal}");
    for value in values {
        assert!(refusal.message.contains(value), "{refusal} lacks {value}");
    }
}

fn post(body: &str, name: &str, topic: &str) -> Command {
    Command::Post {
        body: body.into(),
        name: name.into(),
        topic: topic.into(),
        reply_to: None,
    }
}

#[test]
fn posts_that_break_a_rule_for_texts_are_refused_at_once() {
    let mut world = World::new(1);
    let tab = world.tab();
    for (command, code, values) in [
        (post("", "", ""), "text_empty", vec!["body"]),
        (post("\n \n", "", ""), "text_empty", vec!["body"]),
        (
            post(&"x".repeat(4_097), "", ""),
            "text_too_long",
            vec!["4097", "4096"],
        ),
        (
            post("a\u{7}", "", ""),
            "text_control_character",
            vec!["U+0007", "byte 1"],
        ),
        (
            post("a", &"n".repeat(49), ""),
            "text_too_long",
            vec!["name", "49", "48"],
        ),
        (
            post("a", "b\nc", ""),
            "text_control_character",
            vec!["name", "U+000A"],
        ),
        (
            post("a", "", "x\u{202e}y"),
            "text_direction_change",
            vec!["topic", "U+202E"],
        ),
    ] {
        refused(world.ask(tab, command), code, &values);
    }
    world.run(5_000);
    assert_eq!(world.pending(tab), []);
    assert!(world.acknowledged.is_empty());
    // What people type is tidied, not refused: line ends, spaces, composed forms.
    let id = world.request(tab, post("\n  e\u{301}ste\r\nsí \n", " Ana ", " "));
    world.run(5_000);
    assert!(matches!(world.at(tab).replies[&id], Ok(Reply::Posted(_))));
    let Ok(Reply::Pending(waiting)) = world.ask(tab, Command::Pending) else {
        panic!("it waits")
    };
    assert_eq!(waiting[0].content, "  éste\nsí");
    assert_eq!(
        (waiting[0].name.as_str(), waiting[0].topic.as_str()),
        ("Ana", "")
    );
}

#[test]
fn a_program_that_writes_too_fast_is_told_to_wait_and_loses_nothing_acknowledged() {
    let mut world = World::new(2);
    let tab = world.tab();
    let ids: Vec<RequestId> = (0..MAX_DRAFTS + 10)
        .map(|number| world.post(tab, &format!("fast {number}")))
        .collect();
    let busy = (ids.iter())
        .filter_map(|id| world.at(tab).replies.get(id))
        .filter(|reply| matches!(reply, Err(refusal) if refusal.code == "busy"));
    // One is being stamped, the bound waits.
    assert_eq!(busy.count(), 9);
    world.run(60_000);
    // And no more than 64 of one author wait for a block.
    let kept = world.pending(tab).len();
    assert_eq!(kept, 64);
    assert_eq!(world.acknowledged.len(), kept);
    let last = &world.at(tab).replies[&ids[MAX_DRAFTS]];
    refused(last.clone(), "pool_too_many", &["number 64", "at most 64"]);
    world.mine(tab, 200);
    world.run_until(600_000, "all are on the chain", |world| {
        world.on_chain(tab).len() == kept
    });
    world.must_be_sound();
}

#[test]
fn questions_about_what_is_not_there_are_refused_with_what_is() {
    let mut world = World::new(3);
    let tab = world.tab();
    let at = BlockAt::Height(Height(9));
    let no_block = world.ask(tab, Command::Block { at });
    refused(no_block, "no_such_block", &["height 9", "the tip has 0"]);
    let at = BlockAt::Hash(BlockHash([0xab; 32]));
    let no_block = world.ask(tab, Command::Block { at });
    refused(no_block, "no_such_block", &["abababab"]);
    let threads = world.ask(tab, Command::Mine { threads: 65 });
    refused(threads, "too_many_threads", &["65", "64"]);
    assert_eq!(world.status(tab).mining.state, MiningState::Off);
    let all = Command::Chain {
        from: Height(0),
        limit: u32::MAX,
    };
    let Ok(Reply::Blocks(blocks)) = world.ask(tab, all) else {
        panic!("genesis is there")
    };
    assert_eq!(blocks.len(), 1);
    assert_eq!(blocks[0].hash, world.params.network_id());
}

#[test]
fn with_nothing_pending_a_miner_that_wants_posts_says_so_and_rests() {
    let mut world = World::new(4);
    let tab = world.tab();
    let only_posts = Command::MineEmpty { allowed: false };
    world.ask(tab, only_posts).unwrap();
    world.mine(tab, 200);
    world.run(60_000);
    assert_eq!(world.status(tab).mining.state, MiningState::NothingToMine);
    assert_eq!(world.tip(tab).0, Height(0));
    world.post(tab, "something");
    world.run_until(600_000, "it is mined", |world| {
        world.on_chain(tab).len() == 1
    });
    world.run(60_000);
    assert_eq!(world.tip(tab).0, Height(1));
    assert_eq!(world.status(tab).mining.state, MiningState::NothingToMine);
}
