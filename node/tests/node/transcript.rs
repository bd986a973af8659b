//! A whole chain as lines of JSON.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::common::{post, quick, start};

fn run(task: &str, data: &Path, input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tablon-node"))
        .env_clear()
        .args([task, "--network", &quick().to_link(), "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

#[test]
fn a_chain_goes_out_and_comes_in_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (store, copy) = (folder.path().join("store"), folder.path().join("copy"));
    let node = start(&store, &[]);
    for text in ["one", "two", "three"] {
        assert_eq!(
            node.post("/new_transaction", &post("Ana", text)).status,
            201
        );
        assert_eq!(node.get("/mine").status, 200);
    }
    let tip = node.tip();
    let busy = run("export", &store, b"");
    assert!(!busy.status.success() && busy.stdout.is_empty());
    node.terminate();

    let exported = run("export", &store, b"");
    assert!(exported.status.success());
    let lines = exported.stdout;
    for _ in 0..2 {
        let imported = run("import", &copy, &lines);
        assert!(imported.status.success(), "{imported:?}");
    }
    assert_eq!(run("export", &copy, b"").stdout, lines);
    assert_eq!(start(&copy, &[]).tip(), tip);
}

#[test]
fn an_import_names_the_line_and_the_rule_and_keeps_what_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let node = start(&store, &[]);
    for text in ["one", "two"] {
        assert_eq!(
            node.post("/new_transaction", &post("Ana", text)).status,
            201
        );
        assert_eq!(node.get("/mine").status, 200);
    }
    node.terminate();
    let lines = String::from_utf8(run("export", &store, b"").stdout).unwrap();
    let (first, second) = lines.trim().split_once('\n').unwrap();
    let end = second.rfind('"').unwrap();
    let forged = format!("{}0\"}}", &second[..end - 1]);
    let forged = match forged == second {
        true => format!("{}1\"}}", &second[..end - 1]),
        false => forged,
    };
    for (number, (input, complaint)) in [
        (format!("{first}\n{forged}\n"), "line 2: block"),
        (format!("{second}\n"), "line 1: the parent"),
        (format!("{first}\nnonsense\n"), "line 2 is no JSON object"),
        (
            format!("{{\"index\": 7, {}\n", &first[11..]),
            "line 1: `index` is 7",
        ),
        ("x".repeat(300_000), "line 1 has more than"),
    ]
    .into_iter()
    .enumerate()
    {
        let copy = folder.path().join(format!("copy-{number}"));
        let imported = run("import", &copy, input.as_bytes());
        let said = String::from_utf8_lossy(&imported.stderr);
        assert!(
            !imported.status.success() && said.contains(complaint),
            "{complaint}: {said}"
        );
    }
    let missing = run("export", &folder.path().join("missing"), b"");
    assert!(!missing.status.success() && !folder.path().join("missing").exists());
}
