//! The real relay, as a process of its own.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;
use tablon_core::params::Params;
use tokio::process::Command;

use crate::program::Program;
use crate::{http, places};

/// A running `tablon-relay` on a free port of this machine.
#[derive(Debug)]
pub struct Relay {
    program: Program,
    address: SocketAddr,
}

impl Relay {
    /// Start one that serves the page just built.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Start one with nothing but its own binary.
    pub async fn start_alone() -> Self {
        Self::run(Self::command()).await
    }

    /// Start one that serves the page just built, with these words on its command
    /// line as well.
    pub async fn start_with(arguments: &[&str]) -> Self {
        let mut command = Self::command();
        command.arg("--page").arg(places::dist()).args(arguments);
        Self::run(command).await
    }

    /// Start one that serves another page.
    pub async fn serving(page: &Path) -> Self {
        let mut command = Self::command();
        command.arg("--page").arg(page);
        Self::run(command).await
    }

    fn command() -> Command {
        let mut command = Command::new(places::relay());
        command.args(["--listen", "127.0.0.1:0", "--quiet"]);
        command
    }

    async fn run(command: Command) -> Self {
        let (program, address) = Program::start("tablon-relay", command, |line| {
            line.strip_prefix("listening on http://")?.parse().ok()
        })
        .await;
        Self { program, address }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a board on it.
    pub fn board(&self, network: &Params) -> String {
        board(self.address, network)
    }

    /// What `/stats.json` says.
    pub async fn stats(&self) -> Value {
        http::json(self.address, "GET", "/stats.json", None)
            .await
            .expect("a running relay tells its figures")
    }

    /// End it as the power switch would.
    pub async fn kill(self) {
        self.program.kill().await;
    }

    /// Ask it to stop, and wait until it has.
    pub async fn stop(self) {
        self.program.terminate();
        self.program.ended().await;
    }
}

/// The address of a board on whatever serves it at `address`.
pub fn board(address: SocketAddr, network: &Params) -> String {
    format!("http://{address}/#/n/{}", network.to_link())
}
