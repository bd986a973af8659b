//! The tutorial's story, in one program: two nodes, a post, a block, and a board that
//! outlives the node on which it began.
//!
//! ```sh
//! cargo run -p tablon-node --example two_nodes
//! ```
//!
//! `two_nodes.sh` beside this file tells the same with processes and `curl`.

use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tablon_core::command::{Command, Reply};
use tablon_core::params::{Birth, Choices, Params};
use tablon_core::units::{Height, Timestamp};
use tablon_core::view::Delta;
use tablon_node::{Config, News, Node, Watch};
use tokio::time::timeout;

/// Nothing here takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main]
#[allow(clippy::print_stdout, reason = "what the example is for")]
async fn main() -> Result<(), Box<dyn Error>> {
    for line in tell().await? {
        println!("{line}");
    }
    Ok(())
}

/// The story; what happened, a line each.
pub(crate) async fn tell() -> Result<Vec<String>, Box<dyn Error>> {
    let mut told = Vec::new();

    // A board of its own, easy to mine: blocks of some 256 hashes at first. Two boards
    // of one name differ by their salt, which somebody who makes one draws.
    let choices = Choices {
        spacing: 5, // seconds
        first_bits: 8,
        stamp_bits: 4,
        ..Choices::usual("two nodes")
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let birth = Birth {
        salt: *b"two nodes' board",
        born: Timestamp(u32::try_from(now)?),
    };
    let board = Config {
        network: Params::custom(&choices, birth)?,
        listen: Some("127.0.0.1:0".parse()?), // a free port
        ..Config::default()                   // in memory
    };
    let first = Node::start(board.clone()).await?;
    let address = first.address().ok_or("the first node listens")?;
    told.push("the first node listens".to_owned());

    // The second needs to know one address. With `relays` it would need none.
    let second = Node::start(Config {
        peers: vec![format!("http://{address}").parse()?],
        threads: 1,
        ..board
    })
    .await?;
    let mut news = second.watch();

    // Posted at the first, mined by the second.
    first.ask(post("Is anybody here?")).await?;
    let height = mined(&mut news, "Is anybody here?").await?;
    told.push(format!(
        "the second has mined the first's post into block {height}"
    ));

    // The first dies; the second has the whole board, and goes on.
    first.stop().await;
    second.ask(post("Still here.")).await?;
    mined(&mut news, "Still here.").await?;
    told.push("the first is gone, the second carries on".to_owned());

    let chain = Command::Chain {
        from: Height(0),
        limit: u32::MAX,
    };
    if let Reply::Blocks(blocks) = second.ask(chain).await? {
        for block in blocks {
            for post in block.transactions {
                told.push(format!("block {}: {}", block.index, post.content));
            }
        }
    }
    second.stop().await;
    Ok(told)
}

fn post(body: &str) -> Command {
    Command::Post {
        body: body.into(),
        name: "Ana".into(),
        topic: String::new(),
        reply_to: None,
    }
}

/// Wait for the block that has the post; its height.
async fn mined(news: &mut Watch, content: &str) -> Result<u32, Box<dyn Error>> {
    let waiting = async {
        while let Some(heard) = news.next().await {
            let News::Delta(delta) = heard else { continue };
            let Delta::Tip { connected, .. } = &*delta else {
                continue;
            };
            for block in connected {
                if block
                    .transactions
                    .iter()
                    .any(|post| post.content == content)
                {
                    return Ok(block.index.0);
                }
            }
        }
        Err("the node has stopped".into())
    };
    timeout(PATIENCE, waiting).await?
}
