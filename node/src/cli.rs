//! The command line.

use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tablon_core::params::LinkError;
use tablon_server::{StopSignals, until_stopped};
use tokio::runtime;
use tracing::Level;

use crate::handle::StartError;
use crate::settings::{Given, SettingsError, network};
use crate::transcript::{self, TranscriptError};
use crate::{Node, http};

const EXAMPLES: &str = "\
Examples:
  tablon-node                                   the default board, http://127.0.0.1:8000
  tablon-node --mine 2                          and mine it on two threads
  tablon-node --listen 127.0.0.1:8001 --data second.redb --peer http://127.0.0.1:8000
                                                a second node, linked to the first
  tablon-node --network 'https://board.example/#/n/AwdUYW...' --wallet ana.tablon-id
                                                another board, with a wallet from a tab
  tablon-node export --data first.redb > board.jsonl
  tablon-node import --data copy.redb < board.jsonl

  curl -X POST http://127.0.0.1:8000/new_transaction -H 'Content-Type: application/json' \\
       -d '{\"author\": \"Ana\", \"content\": \"Is anybody here?\"}'
  curl http://127.0.0.1:8000/mine
  curl http://127.0.0.1:8000/chain

Each option can also stand in the file of --config (mine = 2) or in the environment
(TABLON_MINE=2). The command line goes first, then the environment, then the file.
The node prints one line on standard output, `listening on http://ADDRESS:PORT`, and
logs on standard error. It closes its store and stops at Ctrl-C and at SIGTERM.";

/// Tasks that a thread runs before it looks what has come over the network. Of tokio's
/// own number, 61, each may read for a turn: whoever is not among them waits for all.
const TASKS_BETWEEN_LOOKS: u32 = 8;

/// A headless full node of a Tablón board, with HTTP.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    task: Option<Task>,

    #[command(flatten)]
    node: Given,

    /// Log errors only.
    #[arg(long, env = "TABLON_QUIET", global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Log also why each link and request ended.
    #[arg(long, env = "TABLON_VERBOSE", global = true)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Write the best chain to standard output, a block a line, and exit. The node
    /// must not run.
    Export(Store),
    /// Read such lines from standard input, verify each block, keep it, and exit.
    /// The node must not run.
    Import(Store),
}

#[derive(Debug, clap::Args)]
struct Store {
    /// File of the chain.
    #[arg(long, env = "TABLON_DATA", value_name = "FILE")]
    data: PathBuf,

    /// Network: its link.
    #[arg(long, env = "TABLON_NETWORK", value_name = "LINK")]
    network: Option<String>,
}

/// Why the program ended.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("--network: {0}")]
    Network(#[from] LinkError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    #[error("cannot start: {0}")]
    Runtime(io::Error),
}

/// Run the node until it is told to stop, or do the task.
pub fn main() -> ExitCode {
    let args = Args::parse();
    let level = match (args.quiet, args.verbose) {
        (true, _) => Level::ERROR,
        (_, true) => Level::DEBUG,
        _ => Level::INFO,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    let done = match args.task {
        None => run(args.node),
        Some(Task::Export(store)) => export(store),
        Some(Task::Import(store)) => import(store),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(given: Given) -> Result<(), Failure> {
    let config = given.config()?;
    raise_file_limit();
    let runtime = runtime::Builder::new_multi_thread()
        .enable_all()
        .event_interval(TASKS_BETWEEN_LOOKS)
        .build()
        .map_err(Failure::Runtime)?;
    let served = runtime.block_on(async {
        let signals = StopSignals::listen();
        let node = Node::start(config).await?;
        tracing::info!(network = %node.network(), "the node runs");
        if let Some(address) = node.address() {
            announce(address).map_err(Failure::Runtime)?;
        }
        until_stopped(signals).await;
        node.stop().await;
        Ok(())
    });
    runtime.shutdown_timeout(Duration::from_millis(100));
    served
}

fn export(store: Store) -> Result<(), Failure> {
    let params = network(store.network.as_deref())?;
    let blocks = transcript::export(&store.data, params, &mut io::stdout().lock())?;
    tracing::info!(blocks, "exported");
    Ok(())
}

fn import(store: Store) -> Result<(), Failure> {
    let params = network(store.network.as_deref())?;
    let imported = transcript::import(&store.data, params, &mut io::stdin().lock())?;
    tracing::info!(
        new = imported.new,
        known = imported.known,
        height = imported.height.0,
        "imported"
    );
    Ok(())
}

/// The line that scripts and tests wait for.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on http://{address}")?;
    out.flush()
}

/// Every connection is a file to the system, whose usual limit is 1,024.
fn raise_file_limit() {
    // The store, links, the runtime's own, standard streams.
    const OTHERS: u64 = 256;
    let wanted = http::MAX_CONNECTIONS as u64 + OTHERS;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit >= wanted => {}
        Ok(limit) => tracing::warn!(
            limit,
            wanted,
            "the system allows fewer open files than the node's bounds need"
        ),
        Err(error) => tracing::warn!(%error, wanted, "the open-file limit is unknown"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }
}
