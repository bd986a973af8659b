//! A thousand at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

use crate::common::{Program, post, start};

const CLIENTS: usize = 1_000;

#[test]
fn a_thousand_clients_at_once_are_all_answered() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &["--mine", "1"]);
    rlimit::increase_nofile_limit(4_096).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let begin = Instant::now();
    let posted = runtime.block_on(crowd(&node));
    eprintln!("{CLIENTS} clients in {:?}, {posted} posts", begin.elapsed());
    assert_eq!(node.posts().len(), posted);
    node.terminate();
}

async fn crowd(node: &Program) -> usize {
    let all = Arc::new(Barrier::new(CLIENTS));
    let clients = (0..CLIENTS).map(|number| {
        let (address, all) = (node.address, Arc::clone(&all));
        let token = node.token.clone().unwrap();
        tokio::spawn(async move {
            let mut first = Some(TcpStream::connect(address).await.unwrap());
            all.wait().await; // every connection is open now
            let (method, path, body) = match number % 10 {
                0 => ("POST", "/new_transaction", post("Ana", &format!("number {number}"))),
                1 => ("GET", "/pending_tx", String::new()),
                _ => ("GET", "/chain", String::new()),
            };
            for _ in 0..200 {
                let mut stream = match first.take() {
                    Some(stream) => stream,
                    None => TcpStream::connect(address).await.unwrap(),
                };
                let request = format!(
                    "{method} {path} HTTP/1.0\r\nhost: {address}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.unwrap();
                match &answer[9..12] {
                    "200" => return 0,
                    "201" => return 1,
                    // As many as may wait of one author do.
                    "503" => tokio::time::sleep(Duration::from_millis(100)).await,
                    _ => panic!("{answer}"),
                }
            }
            panic!("{number} was never heard")
        })
    });
    let clients: Vec<_> = clients.collect();
    let mut posted = 0;
    for client in clients {
        posted += client.await.unwrap();
    }
    posted
}
