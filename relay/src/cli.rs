//! The command line.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tablon_core::relay::IceServer;
use tokio::net::TcpListener;
use tracing::Level;

use crate::limits::{MAX_SOCKETS, MAX_SOCKETS_PER_ADDRESS};
use crate::{Config, Limits, Page, serve, shutdown};

const EXAMPLES: &str = "\
Examples:
  tablon-relay                             this machine only: http://127.0.0.1:8080
  tablon-relay --listen 0.0.0.0:8080       for a local network
  tablon-relay --page dist                 serve a page built just now
  tablon-relay --ice stun:stun.example:3478
                                           so that tabs on different networks meet
  tablon-relay --behind-proxy --listen 127.0.0.1:8080
                                           behind Caddy or nginx, which adds TLS

Browsers give storage and workers in full only to https:// pages and to localhost.
The relay prints one line on standard output, `listening on http://ADDRESS:PORT`, and
logs on standard error. It stops at Ctrl-C and at SIGTERM.";

/// Introduces the tabs of a Tablón board to each other and serves the page.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Args {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(
        long,
        env = "TABLON_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT"
    )]
    listen: SocketAddr,

    /// Folder of the built page, instead of the one in this binary.
    #[arg(long, env = "TABLON_PAGE", value_name = "DIR")]
    page: Option<PathBuf>,

    /// STUN server told to every tab; may be given more than once.
    #[arg(long, env = "TABLON_ICE", value_name = "URL", value_delimiter = ',', value_parser = ice_url)]
    ice: Vec<String>,

    /// Take a tab's address from the last X-Forwarded-For entry. Only behind a
    /// proxy that sets it.
    #[arg(long, env = "TABLON_BEHIND_PROXY")]
    behind_proxy: bool,

    /// Tabs at once.
    #[arg(long, env = "TABLON_MAX_SOCKETS", value_name = "N", default_value_t = MAX_SOCKETS)]
    max_sockets: usize,

    /// Tabs at once from one address: a school is often one.
    #[arg(long, env = "TABLON_MAX_SOCKETS_PER_ADDRESS", value_name = "N", default_value_t = MAX_SOCKETS_PER_ADDRESS)]
    max_sockets_per_address: usize,

    /// Log errors only.
    #[arg(long, env = "TABLON_QUIET", conflicts_with = "verbose")]
    quiet: bool,

    /// Log the end of every socket and its reason.
    #[arg(long, env = "TABLON_VERBOSE")]
    verbose: bool,
}

/// Why the relay did not start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("--page names a folder: {} is none", .0.display())]
    NoFolder(PathBuf),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    #[error("cannot start: {0}")]
    Runtime(io::Error),
}

/// Run the relay until it is told to stop.
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
        .init();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<(), StartError> {
    let listen = args.listen;
    let config = config(args)?;
    raise_file_limit(&config.limits);
    let runtime = tokio::runtime::Runtime::new().map_err(StartError::Runtime)?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| StartError::Listen(listen, error))?;
        let address = listener.local_addr().map_err(StartError::Runtime)?;
        announce(address).map_err(StartError::Runtime)?;
        serve(config, listener, stop()).await;
        Ok(())
    });
    // A file being read must not hold up the exit.
    runtime.shutdown_timeout(Duration::from_millis(100));
    served
}

fn config(args: Args) -> Result<Config, StartError> {
    let page = match args.page {
        Some(folder) if !folder.is_dir() => return Err(StartError::NoFolder(folder)),
        Some(folder) => Page::Folder(folder),
        None => Page::default(),
    };
    let mut ice = Vec::new();
    if !args.ice.is_empty() {
        ice.push(IceServer {
            urls: args.ice,
            username: None,
            credential: None,
        });
    }
    Ok(Config {
        page,
        ice,
        behind_proxy: args.behind_proxy,
        limits: Limits {
            sockets: args.max_sockets,
            sockets_per_address: args.max_sockets_per_address,
            // In the proportions of the defaults.
            connections: args.max_sockets.saturating_mul(2),
            connections_per_address: args.max_sockets_per_address.saturating_mul(4),
            rooms: (args.max_sockets / 2).max(1),
            peers_per_room: (args.max_sockets / 2).max(2),
            ..Limits::default()
        },
    })
}

/// The line that scripts and tests wait for.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on http://{address}")?;
    out.flush()
}

async fn stop() {
    match shutdown::asked_to_stop().await {
        Ok(signal) => tracing::info!(signal, "stopping"),
        Err(error) => {
            // Serve on: without signals the process can still be killed.
            tracing::warn!(%error, "signals cannot be waited for");
            std::future::pending().await
        }
    }
}

/// Every connection is a file to the system, whose usual limit is 1,024.
fn raise_file_limit(limits: &Limits) {
    // Files of the page, the runtime's own, standard streams.
    const OTHERS: u64 = 64;
    let wanted = limits.connections as u64 + OTHERS;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit >= wanted => {}
        Ok(limit) => tracing::warn!(
            limit,
            wanted,
            "the system allows fewer open files than the relay's bounds need"
        ),
        Err(error) => tracing::warn!(%error, wanted, "the open-file limit is unknown"),
    }
}

/// A page whose `RTCConfiguration` has a bad server cannot make any connection,
/// so a bad one is refused here.
fn ice_url(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some(("stun" | "stuns", host)) if !host.is_empty() => Ok(text.to_owned()),
        Some(("turn" | "turns", _)) => Err("TURN needs credentials, which this version does not \
            give out yet: a stun: or stuns: address is needed"
            .to_owned()),
        _ => Err("a stun: or stuns: address is needed, as in stun:stun.example:3478".to_owned()),
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

    #[test]
    fn an_ice_server_that_would_break_every_page_is_refused() {
        assert!(ice_url("stun:stun.example:3478").is_ok());
        for text in ["turn:turn.example", "http://x", "stun:", ""] {
            assert!(ice_url(text).is_err(), "{text}");
        }
    }
}
