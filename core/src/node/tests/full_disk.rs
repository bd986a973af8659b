//! A node whose disk has no more room.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use redb::StorageBackend as _;

use super::{Fed, network, node_at};
use crate::command::{Command, Reply};
use crate::hash::PeerId;
use crate::node::{Input, MinerReport, Output, RequestId};
use crate::store::MemoryBackend;
use crate::testing::{Disk, author, block_on, empty_chain, give, post};
use crate::units::Millis;
use crate::view::{MiningState, Storage};
use crate::wire::Message;

fn fed(disk: &Disk) -> Fed {
    fed_at(disk, Millis(1_800_000_000_000))
}

fn fed_at(disk: &Disk, now: Millis) -> Fed {
    Fed {
        node: node_at(&network(), disk.clone(), now).0,
        now,
        outputs: VecDeque::new(),
    }
}

fn ask(fed: &mut Fed, command: Command) -> Result<Reply, String> {
    fed.owed();
    let id = RequestId(7);
    fed.feed(Input::Command { id, command });
    let stamp = fed.outputs.iter().find_map(|output| match output {
        Output::Stamp { job, work } => Some((*job, work.clone())),
        _ => None,
    });
    if let Some((job, work)) = stamp {
        let stamp = crate::miner::search_stamp(&work, 0, u64::MAX).expect("few bits");
        fed.feed(Input::Miner(MinerReport::Stamped { job, stamp }));
    }
    let replies = fed.owed().into_iter().filter_map(|output| match output {
        Output::Reply { result, .. } => Some(result),
        Output::Stop { reason, .. } => panic!("it stops: {reason}"),
        _ => None,
    });
    let mut replies: Vec<_> = replies.collect();
    assert_eq!(replies.len(), 1, "one answer: {replies:?}");
    replies.remove(0).map_err(|refusal| refusal.code)
}

fn write(body: &str) -> Command {
    Command::Post {
        body: body.into(),
        name: String::new(),
        topic: String::new(),
        reply_to: None,
    }
}

fn waiting(fed: &mut Fed) -> usize {
    match ask(fed, Command::Pending) {
        Ok(Reply::Pending(waiting)) => waiting.len(),
        other => panic!("waiting posts are read: {other:?}"),
    }
}

fn storage(fed: &Fed) -> Storage {
    fed.node.status(fed.now).storage
}

#[test]
fn a_full_disk_refuses_what_writes_reads_on_and_stores_again_by_itself() {
    let disk = Disk::default();
    let mut fed = fed(&disk);
    assert!(matches!(ask(&mut fed, write("kept")), Ok(Reply::Posted(_))));
    disk.fill(true);
    // The first finds it out when its stamp is there, the second at once.
    for _ in 0..2 {
        assert_eq!(ask(&mut fed, write("refused")), Err("store_failed".into()));
    }
    assert!(
        matches!(storage(&fed), Storage::StoreFailed { reason, bytes } if reason == "no room" && bytes > 0)
    );
    assert_eq!(waiting(&mut fed), 1);
    ask(&mut fed, Command::Mine { threads: 1 }).unwrap();
    assert_eq!(
        fed.node.status(fed.now).mining.state,
        MiningState::StoreFailed
    );
    // It does not spin while it waits, and tries at least every five seconds.
    for _ in 0..20 {
        fed.pass(1_000);
        let mut wakes = fed.owed().into_iter().filter_map(|output| match output {
            Output::WakeAt(time) => Some(time.since(fed.now)),
            Output::Mine { job: Some(_) } => panic!("what is mined could not be kept"),
            _ => None,
        });
        assert!(wakes.next_back().is_some_and(|wait| wait >= 100));
    }
    assert_eq!(waiting(&mut fed), 1);
    disk.fill(false);
    fed.pass(5_000);
    assert!(
        matches!(storage(&fed), Storage::Memory { .. }),
        "as it was configured"
    );
    assert!(matches!(ask(&mut fed, write("room")), Ok(Reply::Posted(_))));
    let image = disk.memory.snapshot();
    let again = Disk::over(image, u32::MAX);
    assert_eq!(waiting(&mut self::fed(&again)), 2);
}

#[test]
fn a_post_whose_flush_fails_is_not_acknowledged() {
    let disk = Disk::default();
    let mut fed = fed(&disk);
    disk.flushes_fail.store(true, Ordering::Relaxed);
    assert_eq!(ask(&mut fed, write("refused")), Err("store_failed".into()));
    assert!(
        matches!(storage(&fed), Storage::StoreFailed { reason, .. } if reason.contains("reach the disk"))
    );
    disk.flushes_fail.store(false, Ordering::Relaxed);
    fed.pass(5_000);
    assert!(matches!(ask(&mut fed, write("kept")), Ok(Reply::Posted(_))));
}

#[test]
fn a_store_opened_on_a_full_disk_is_read() {
    let disk = Disk::default();
    let mut first = fed(&disk);
    assert!(matches!(
        ask(&mut first, write("kept")),
        Ok(Reply::Posted(_))
    ));
    let again = Disk::over(disk.memory.snapshot(), 0);
    let before = again.memory.snapshot();
    let mut fed = fed(&again);
    assert!(matches!(storage(&fed), Storage::StoreFailed { .. }));
    assert_eq!(waiting(&mut fed), 1);
    assert_eq!(ask(&mut fed, write("refused")), Err("store_failed".into()));
    let (mut now, mut then) = (Vec::new(), Vec::new());
    again.memory.spoil(|bytes| now.clone_from(bytes));
    before.spoil(|bytes| then.clone_from(bytes));
    assert!(now == then, "nothing was written");
    again.fill(false);
    fed.pass(250);
    assert!(matches!(ask(&mut fed, write("room")), Ok(Reply::Posted(_))));
}

#[test]
fn a_file_that_grew_by_a_part_of_a_page_when_the_room_ended_is_no_damage() {
    let disk = Disk::default();
    let mut first = fed(&disk);
    assert!(matches!(
        ask(&mut first, write("kept")),
        Ok(Reply::Posted(_))
    ));
    for (full, code) in [(true, Err("store_failed".into())), (false, Ok(()))] {
        let memory = disk.memory.snapshot();
        memory.spoil(|bytes| bytes.resize(bytes.len() + 2_048, 0));
        let takes = if full { 0 } else { u32::MAX };
        let mut fed = fed(&Disk::over(memory, takes));
        assert_eq!(waiting(&mut fed), 1);
        assert_eq!(ask(&mut fed, write("more")).map(|_| ()), code);
    }
}

#[test]
fn a_disk_that_fills_at_any_moment_of_the_opening_is_read_and_has_what_was_acknowledged() {
    let disk = Disk::default();
    let mut first = fed(&disk);
    // More than the free pages of a store take: writing it once more makes the file grow.
    let body = "x".repeat(3_500);
    for _ in 0..30 {
        assert!(matches!(
            ask(&mut first, write(&body)),
            Ok(Reply::Posted(_))
        ));
    }
    let mut takes = 0;
    loop {
        let disk = Disk::over(disk.memory.snapshot(), takes);
        let mut fed = fed(&disk);
        match storage(&fed) {
            Storage::StoreFailed { reason, .. } => assert_eq!(reason, "no room"),
            Storage::Memory { .. } => break, // as it was configured
            other => panic!("{takes} writes: {other:?}"),
        }
        assert_eq!(waiting(&mut fed), 30, "{takes} writes");
        disk.fill(false);
        fed.pass(5_000);
        assert!(matches!(ask(&mut fed, write("room")), Ok(Reply::Posted(_))));
        takes += 1;
    }
    assert!(takes > 3, "the opening writes {takes} times");
}

/// A store of which one more block would make the file grow, and its size.
fn nearly_full() -> (MemoryBackend, u64) {
    let (params, body) = (network(), "x".repeat(3_500));
    let (mut chain, memory) = empty_chain(&params);
    let size = memory.len().unwrap();
    let mut before = memory.snapshot();
    for height in 0_u8.. {
        let posts = (0..10).map(|seq| post(&params, &author(height), seq, &body));
        let block = block_on(&params, &chain.tip().clone(), 10, posts.collect());
        give(&mut chain, &[block]);
        if memory.len().unwrap() > size {
            break;
        }
        before = memory.snapshot();
    }
    (before, size)
}

// What is kept anew at the opening may need more than there is, though there is some.
#[test]
fn a_store_at_its_quota_is_opened_again_and_has_what_was_acknowledged() {
    let (memory, size) = nearly_full();
    let disk = Disk::over(memory, u32::MAX);
    disk.most_bytes.store(size, Ordering::Relaxed);
    let mut first = fed(&disk);
    let mut stored = 0;
    loop {
        match ask(&mut first, write(&"x".repeat(3_500))) {
            Ok(Reply::Posted(_)) => stored += 1,
            Err(code) if code == "store_failed" => break,
            other => panic!("{other:?}"),
        }
        assert!(stored < 35, "no more wait of one author");
    }
    assert!(stored > 0);
    let again = Disk::over(disk.memory.snapshot(), u32::MAX);
    again.most_bytes.store(size, Ordering::Relaxed);
    let mut fed = fed(&again);
    assert_eq!(waiting(&mut fed), stored);
    assert!(matches!(storage(&fed), Storage::StoreFailed { .. }));
    again.most_bytes.store(u64::MAX, Ordering::Relaxed);
    fed.pass(5_000);
    assert!(matches!(ask(&mut fed, write("room")), Ok(Reply::Posted(_))));
    let third = Disk::over(again.memory.snapshot(), u32::MAX);
    assert_eq!(waiting(&mut self::fed(&third)), stored + 1);
}

#[test]
fn neighbours_stay_while_nothing_can_be_stored_and_what_they_send_is_let_go() {
    let disk = Disk::default();
    let mut fed = fed(&disk);
    let peer = PeerId([5; 32]);
    fed.meet(peer, crate::target::Work::default());
    disk.fill(true);
    assert_eq!(ask(&mut fed, write("refused")), Err("store_failed".into()));
    let news = post(&network(), &author(3), 0, "news");
    for seq in 0..3 {
        let more = post(&network(), &author(4), seq, "more");
        fed.hear(peer, &Message::Transactions(vec![news.clone(), more]));
    }
    let gone = fed
        .owed()
        .into_iter()
        .find(|output| matches!(output, Output::Disconnect { .. } | Output::Stop { .. }));
    assert_eq!(gone, None);
    disk.fill(false);
    fed.pass(5_000);
    fed.hear(peer, &Message::Transactions(vec![news]));
    assert_eq!(waiting(&mut fed), 1);
}
