//! The chain's file: another's, another network's, torn, full.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::{command, network, post, spawn, start, wait_until};

/// Run it to its end, which must be soon; what it says on standard error.
fn fails(mut command: Command) -> String {
    command
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let out = command.spawn().unwrap().wait_with_output().unwrap();
    assert!(!out.status.success());
    String::from_utf8(out.stderr).unwrap()
}

#[test]
fn a_second_process_on_the_same_file_is_told_so_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let first = start(&store, &[]);
    let said = fails(command(&store));
    assert!(said.contains("in use by another process"), "{said}");
    assert_eq!(
        first
            .post("/new_transaction", &post("Ana", "still here"))
            .status,
        201
    );
}

#[test]
fn a_file_of_another_network_is_named_and_still_serves_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let node = start(&store, &[]);
    assert_eq!(
        node.post("/new_transaction", &post("Ana", "of quick"))
            .status,
        201
    );
    node.terminate();
    let link = network("another", 5, 8).to_link();
    let mut other = Command::new(env!("CARGO_BIN_EXE_tablon-node"));
    other
        .env_clear()
        .args(["--network", &link, "--data"])
        .arg(&store);
    let said = fails(other);
    assert!(said.contains("is of network"), "{said}");
    assert_eq!(start(&store, &[]).posts(), ["of quick"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn a_letter_named_by_mistake_stays_a_letter() {
    let folder = tempfile::tempdir().unwrap();
    let letter = folder.path().join("letter.txt");
    fs::write(&letter, "Dear Luis").unwrap();
    let said = fails(command(&letter));
    assert!(said.contains("is not a chain's file"), "{said}");
    assert_eq!(fs::read(&letter).unwrap(), b"Dear Luis");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_torn_file_is_put_aside_and_the_chain_comes_back_from_a_peer() {
    let folder = tempfile::tempdir().unwrap();
    let (store, other) = (folder.path().join("store"), folder.path().join("other"));
    let node = start(&store, &[]);
    assert_eq!(
        node.post("/new_transaction", &post("Ana", "kept twice"))
            .status,
        201
    );
    assert_eq!(node.get("/mine").status, 200);
    let peer = start(&other, &["--peer", &node.url()]);
    wait_until(|| (peer.posts().len() == 1).then_some(()));
    let key = fs::read(folder.path().join("store.key")).unwrap();
    node.terminate();

    let whole = fs::read(&store).unwrap();
    fs::write(&store, &whole[..whole.len() / 2]).unwrap();
    let node = start(&store, &["--peer", &peer.url()]);
    wait_until(|| (node.posts() == ["kept twice"]).then_some(()));
    let names = fs::read_dir(folder.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let aside: Vec<String> = names.filter(|name| name.contains("damaged")).collect();
    assert_eq!(aside.len(), 1);
    let aside = fs::read(folder.path().join(&aside[0])).unwrap();
    assert!(
        aside == whole[..whole.len() / 2],
        "what was put aside is another"
    );
    assert_eq!(fs::read(folder.path().join("store.key")).unwrap(), key);
}

// `ulimit` as Linux has it, and util-linux's `prlimit`.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_so_and_nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    // No file may grow beyond this many KiB; the signal that comes with it is
    // ignored, so that the write fails as on a full disk.
    let node = command(&store);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -S -f 2600; exec \"$@\"", "sh"]);
    limited.arg(node.get_program()).args(node.get_args());
    limited
        .args(["--listen", "127.0.0.1:0", "--quiet", "--mine", "1"])
        .env_clear();
    limited.env("PATH", "/usr/bin:/bin").stderr(Stdio::null());
    let node = spawn(limited);
    let mut kept = Vec::new();
    let text = "x".repeat(4_000);
    let refused = (0..2_000).find_map(|number| {
        let content = format!("{number} {text}");
        let answer = node.post("/new_transaction", &post("Ana", &content));
        match answer.status {
            201 => kept.push(content),
            _ if answer.code() == "store_failed" => return Some(answer),
            _ => std::thread::sleep(std::time::Duration::from_millis(50)),
        }
        None
    });
    let refused = refused.expect("the file reaches its limit");
    assert_eq!(refused.status, 503, "{refused:?}");
    // It lives, and says so again as often as it is asked.
    for _ in 0..10 {
        let answer = node.get("/chain?limit=1");
        assert!([200, 503].contains(&answer.status), "{answer:?}");
    }
    // Room again: it writes again by itself.
    let id = node.id().to_string();
    let mut raise = Command::new("prlimit");
    raise.args(["--pid", &id, "--fsize=unlimited:unlimited"]);
    assert!(raise.status().unwrap().success());
    wait_until(|| {
        let answer = node.post("/new_transaction", &post("Ana", "room again"));
        (answer.status == 201).then_some(())
    });
    let there = node.posts();
    assert!(kept.len() > 50 && kept.iter().all(|post| there.contains(post)));
    assert!(there.contains(&"room again".to_owned()));
}
