//! The command line.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tablon_core::relay::IceServer;
use tablon_server::{StopSignals, until_stopped};
use tracing::Level;

use crate::limits::{
    MAX_SOCKETS, MAX_SOCKETS_PER_ADDRESS, MIN_TUNNEL_RATE, TUNNEL_RATE, TUNNEL_TOTAL,
};
use crate::{Config, Limits, Page, Turn, serve};

const EXAMPLES: &str = "\
Examples:
  tablon-relay                             this machine only: http://127.0.0.1:8080
  tablon-relay --listen 0.0.0.0:8080       for a local network
  tablon-relay --page dist                 serve a page built just now
  tablon-relay --ice stun:stun.example:3478
                                           so that tabs on different networks meet
  tablon-relay --turn turn:turn.example:3478
                                           so that tabs behind strict NATs meet; the
                                           secret shared with coturn is in TABLON_TURN_SECRET
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

    /// TURN server told to every tab with credentials good for an hour; may be given
    /// more than once. Needs the secret.
    #[arg(long, env = "TABLON_TURN", value_name = "URL", value_delimiter = ',', value_parser = turn_url, requires = "turn_secret")]
    turn: Vec<String>,

    /// Secret shared with the TURN server (coturn: use-auth-secret and
    /// static-auth-secret). Better given in the environment: other users of this
    /// machine see a command line.
    #[arg(
        long,
        env = "TABLON_TURN_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    turn_secret: Option<String>,

    /// Bytes a second carried through this relay for a tab that no direct link
    /// connects, sealed; 0 carries none. At the default a tab that uses it to the
    /// full costs 64 KiB x 86,400 s = 5.3 GiB a day in, and as much out.
    #[arg(long, env = "TABLON_TUNNEL_RATE", value_name = "BYTES_PER_SECOND", default_value_t = TUNNEL_RATE, value_parser = tunnel_rate)]
    tunnel_rate: u32,

    /// The same for all tabs together. The default serves 8 MiB / 64 KiB = 128 tabs
    /// at full rate, 67 Mbit/s in and as much out; more tabs share it in turn.
    #[arg(long, env = "TABLON_TUNNEL_TOTAL", value_name = "BYTES_PER_SECOND", default_value_t = TUNNEL_TOTAL, value_parser = tunnel_rate)]
    tunnel_total: u32,

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
        let signals = StopSignals::listen();
        let listener =
            tablon_server::listen(listen).map_err(|error| StartError::Listen(listen, error))?;
        let address = listener.local_addr().map_err(StartError::Runtime)?;
        announce(address).map_err(StartError::Runtime)?;
        serve(config, listener, until_stopped(signals)).await;
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
    let turn = (args.turn_secret.filter(|_| !args.turn.is_empty())).map(|secret| Turn {
        urls: args.turn,
        secret,
    });
    Ok(Config {
        page,
        ice,
        turn,
        behind_proxy: args.behind_proxy,
        limits: Limits {
            sockets: args.max_sockets,
            sockets_per_address: args.max_sockets_per_address,
            // In the proportions of the defaults.
            connections: args.max_sockets.saturating_mul(2),
            connections_per_address: args.max_sockets_per_address.saturating_mul(4),
            rooms: (args.max_sockets / 2).max(1),
            peers_per_room: (args.max_sockets / 2).max(2),
            // A tab gets no more than there is, and is told so.
            tunnel_rate: args.tunnel_rate.min(args.tunnel_total),
            tunnel_total: args.tunnel_total,
            tunnel_per_address: (args.tunnel_total / 4).max(args.tunnel_rate),
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
        Some(("turn" | "turns", _)) => {
            Err("a TURN server needs credentials: give it with --turn".to_owned())
        }
        _ => Err("a stun: or stuns: address is needed, as in stun:stun.example:3478".to_owned()),
    }
}

fn turn_url(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some(("turn" | "turns", host)) if !host.is_empty() => Ok(text.to_owned()),
        _ => Err("a turn: or turns: address is needed, as in turn:turn.example:3478".to_owned()),
    }
}

fn tunnel_rate(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(rate @ 1..MIN_TUNNEL_RATE) => Err(format!(
            "at {rate} bytes a second no full frame goes in time: 0, or {MIN_TUNNEL_RATE} at least"
        )),
        Ok(rate) => Ok(rate),
        Err(error) => Err(error.to_string()),
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

    #[test]
    fn a_turn_server_comes_with_its_secret() {
        let given = |args: &[&str]| {
            let args = [&["tablon-relay"], args].concat();
            Args::try_parse_from(args).map(|args| config(args).unwrap().turn.is_some())
        };
        let url = "turn:turn.example:3478";
        assert!(given(&["--turn", url, "--turn-secret", "s"]).unwrap());
        assert!(!given(&["--turn-secret", "s"]).unwrap());
        for args in [
            &["--turn", url][..],
            &["--turn", "stun:x", "--turn-secret", "s"],
            &["--turn", "turn:", "--turn-secret", "s"],
        ] {
            assert!(given(args).is_err(), "{args:?}");
        }
    }

    #[test]
    fn a_tunnel_carries_full_frames_or_nothing() {
        let rates = |args: &[&str]| {
            let args = [&["tablon-relay"], args].concat();
            let limits = config(Args::try_parse_from(args)?).unwrap().limits;
            Ok::<_, clap::Error>((limits.tunnel_rate, limits.tunnel_total))
        };
        assert_eq!(rates(&[]).unwrap(), (65_536, 8_388_608));
        assert_eq!(rates(&["--tunnel-rate", "0"]).unwrap(), (0, 8_388_608));
        assert_eq!(rates(&["--tunnel-total", "0"]).unwrap(), (0, 0));
        assert_eq!(rates(&["--tunnel-total", "5000"]).unwrap(), (5_000, 5_000));
        for rate in ["4095", "1", "-1", "fast"] {
            assert!(rates(&["--tunnel-rate", rate]).is_err(), "{rate}");
        }
    }
}
