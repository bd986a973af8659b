//! The headless node, as a process of its own.

use std::collections::BTreeMap;
use std::env;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tablon_core::hash::PeerId;
use tablon_core::params::Params;
use tablon_core::view::{LinkKind, PeerState, PeerView, Status};
use tempfile::TempDir;
use tokio::process::Command;

use crate::program::Program;
use crate::{http, places};

const STORE: &str = "board.redb";

/// A running `tablon-node` on a free port of this machine. Dropping it ends it.
#[derive(Debug)]
pub struct Node {
    program: Program,
    address: SocketAddr,
    started_in: Duration,
    data: TempDir,
}

impl Node {
    /// Start one of this network with an empty store, with these words on its
    /// command line as well.
    pub async fn start(network: &Params, arguments: &[&str]) -> Self {
        Self::run(network, data(), arguments).await
    }

    /// Start one with a copy of this store.
    pub async fn holding(network: &Params, store: &Path, arguments: &[&str]) -> Self {
        let data = data();
        let copied = std::fs::copy(store, data.path().join(STORE));
        copied.unwrap_or_else(|error| panic!("cannot copy {}: {error}", store.display()));
        Self::run(network, data, arguments).await
    }

    async fn run(network: &Params, data: TempDir, arguments: &[&str]) -> Self {
        let mut command = Command::new(places::node());
        // What its own variables say is for others: TABLON_RELAY is a program here.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("TABLON_") {
                command.env_remove(name);
            }
        }
        command
            .args(["--listen", "127.0.0.1:0", "--quiet"])
            .args(["--network", &network.to_link(), "--data"])
            .arg(data.path().join(STORE))
            .args(arguments);
        let begun = Instant::now();
        let (program, address) = Program::start("tablon-node", command, |line| {
            line.strip_prefix("listening on http://")?.parse().ok()
        })
        .await;
        Self {
            program,
            address,
            started_in: begun.elapsed(),
            data,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From its start to the line that says where it listens: its chain is open then.
    pub fn started_in(&self) -> Duration {
        self.started_in
    }

    /// The process.
    ///
    /// # Panics
    /// If it has ended.
    pub fn process(&self) -> u32 {
        self.program.id().expect("the node runs")
    }

    /// As other nodes are told of it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = http::json(self.address, "GET", path, None).await;
        let answer = answer.unwrap_or_else(|error| panic!("{error}"));
        serde_json::from_value(answer.clone())
            .unwrap_or_else(|error| panic!("{path} gave {answer}: {error}"))
    }

    /// How it stands.
    pub async fn status(&self) -> Status {
        self.ask("/api/v1/status").await
    }

    /// Its connected neighbours, and by what each is reached.
    pub async fn links(&self) -> BTreeMap<PeerId, LinkKind> {
        let peers: Vec<PeerView> = self.ask("/api/v1/peers").await;
        let connected = peers.into_iter();
        let connected = connected.filter(|peer| peer.state == PeerState::Connected);
        connected.map(|peer| (peer.id, peer.link)).collect()
    }

    /// What the posts of `/chain` say, oldest first.
    pub async fn contents(&self) -> Vec<String> {
        let chain: Value = self.ask("/chain").await;
        let blocks = chain["chain"].as_array().into_iter().flatten();
        let posts = blocks.flat_map(|block| block["transactions"].as_array().into_iter().flatten());
        let content = |post: &Value| post["content"].as_str().unwrap_or_default().to_owned();
        posts.map(content).collect()
    }

    // Drawn by the node beside its store; writing in the wallet's name needs it.
    fn token(&self) -> String {
        let file = self.data.path().join(format!("{STORE}.token"));
        let token = std::fs::read_to_string(&file);
        let token = token.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        token.trim_end().to_owned()
    }

    /// Post by HTTP and give the id.
    pub async fn post(&self, name: &str, body: &str) -> String {
        let post = json!({"command": "post", "name": name, "body": body, "topic": ""});
        let path = "/api/v1/transactions";
        let token = self.token();
        let answer = http::json_as(self.address, "POST", path, Some(&post), Some(&token)).await;
        match answer.as_ref().map(|answer| &answer["id"]) {
            Ok(Value::String(id)) => id.clone(),
            _ => panic!("the node takes no post: {answer:?}"),
        }
    }

    /// Ask it to stop, and wait until it has.
    pub async fn stop(self) {
        self.program.terminate();
        self.program.ended().await;
    }
}

fn data() -> TempDir {
    let data = tempfile::Builder::new().prefix("tablon-e2e-").tempdir();
    data.expect("a temporary folder")
}
