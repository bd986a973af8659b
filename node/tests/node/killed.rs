//! Signals at any moment: what was acknowledged is there after `kill -9`, and SIGTERM
//! ends a node in order.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::common::{post, start};

const TIMES: u32 = 100;

#[test]
fn a_hundred_kills_lose_nothing_that_was_acknowledged() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(5);
    eprintln!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let mut kept: Vec<String> = Vec::new();
    for time in 0..TIMES {
        let node = start(&store, &["--mine", "1"]);
        let there = node.posts();
        for post in &kept {
            assert!(
                there.contains(post),
                "kill {time}, seed {seed}: {post} is lost"
            );
        }
        let dead = AtomicBool::new(false);
        let pause = Duration::from_micros(rng.random_range(0..250_000));
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut acknowledged = Vec::new();
                for number in 0..1_000 {
                    if dead.load(Ordering::Relaxed) {
                        break;
                    }
                    let text = format!("{time}-{number}");
                    let json = [("content-type", "application/json")];
                    let body = post("Ana", &text);
                    match node.try_send("POST", "/new_transaction", &json, &body) {
                        Ok(answer) if answer.status == 201 => acknowledged.push(text),
                        // 64 of one author wait already.
                        Ok(_) => thread::sleep(Duration::from_millis(20)),
                        Err(_) => break,
                    }
                }
                acknowledged
            });
            thread::sleep(pause);
            let id = node.id().to_string();
            let killed = std::process::Command::new("kill")
                .args(["-9", &id])
                .status();
            assert!(killed.unwrap().success());
            dead.store(true, Ordering::Relaxed);
            kept.extend(writer.join().unwrap());
        });
    }
    let node = start(&store, &[]);
    let there = node.posts();
    assert!(kept.iter().all(|post| there.contains(post)), "seed {seed}");
    eprintln!("{} posts were acknowledged in {TIMES} lives", kept.len());
    assert!(kept.len() > TIMES as usize);
    let unique: std::collections::BTreeSet<_> = there.iter().collect();
    assert_eq!(unique.len(), there.len(), "a post is there twice");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

// A service manager may change its mind at once: a signal that comes before anybody waits
// for it would end the process as a crash does.
#[test]
fn a_node_that_is_told_to_stop_the_moment_it_listens_stops_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for life in 0..20 {
        start(&folder.path().join(format!("{life}")), &[]).terminate();
    }
}
