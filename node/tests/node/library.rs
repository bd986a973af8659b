//! Nodes from a program.

use std::time::Duration;

use tablon_core::command::{Command, Reply};
use tablon_core::view::Delta;
use tablon_node::{Config, News, Node, StartError};
use tokio::time::timeout;

use crate::common::{PATIENCE, quick};

fn config() -> Config {
    Config {
        network: quick(),
        listen: Some("127.0.0.1:0".parse().unwrap()),
        ..Config::default()
    }
}

fn post(body: &str) -> Command {
    Command::Post {
        body: body.into(),
        name: String::new(),
        topic: String::new(),
        reply_to: None,
    }
}

#[tokio::test]
async fn a_program_starts_two_nodes_and_hears_what_one_says_at_the_other() {
    let first = Node::start(config()).await.unwrap();
    let address = format!("http://{}", first.address().unwrap());
    let second = Node::start(Config {
        peers: vec![address.parse().unwrap()],
        ..config()
    })
    .await
    .unwrap();
    let mut news = second.watch();
    let Reply::Posted(id) = first.ask(post("hello")).await.unwrap() else {
        panic!("a post is answered with its id");
    };
    let heard = async {
        loop {
            if let Some(News::Delta(delta)) = news.next().await
                && let Delta::Post { post, .. } = &*delta
            {
                return post.id;
            }
        }
    };
    assert_eq!(timeout(PATIENCE, heard).await.unwrap(), id);
    let refused = first.ask(post("")).await.unwrap_err();
    assert_eq!(refused.code, "text_empty");
    first.stop().await;
    second.stop().await;
    // Whoever still watches is told the end.
    let rest = async { while news.next().await.is_some() {} };
    timeout(Duration::from_secs(5), rest).await.unwrap();
}

#[tokio::test]
async fn a_node_that_was_stopped_leaves_its_file_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Config {
        data: Some(folder.path().join("store")),
        ..config()
    };
    let node = Node::start(kept.clone()).await.unwrap();
    node.ask(post("kept")).await.unwrap();
    let second = Node::start(kept.clone()).await;
    assert!(matches!(second, Err(StartError::Store(_))));
    node.stop().await;
    let node = Node::start(kept).await.unwrap();
    let Reply::Pending(waiting) = node.ask(Command::Pending).await.unwrap() else {
        panic!("what waits is a list");
    };
    assert_eq!(waiting[0].content, "kept");
    let taken = Node::start(Config {
        listen: node.address(),
        ..config()
    });
    assert!(matches!(taken.await, Err(StartError::Listen(..))));
    let crowd = Config {
        threads: 65,
        ..config()
    };
    assert!(matches!(
        Node::start(crowd).await,
        Err(StartError::Threads(65))
    ));
}
