//! The headless node of `cargo xtask serve --with-node`: it runs as long as the
//! relay beside it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::{places, process};

/// Where people look for it: the port of the tutorial's `curl` lines.
const PORT: u16 = 8000;

/// A headless node that has just been started.
pub(crate) struct HeadlessNode {
    keeper: Child,
    /// Where its HTTP is.
    pub(crate) address: SocketAddr,
}

impl HeadlessNode {
    /// Start one of the page's default network, on the same addresses of this machine
    /// as the relay that is to listen there. Its board stays from one run to the next.
    pub(crate) fn start(relay: SocketAddr) -> Result<Self> {
        let folder = places::target()?.join("serve");
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let listen = SocketAddr::new(relay.ip(), free_port(relay.ip()));
        let mut node = process::command(places::node()?);
        node.args(["--quiet", "--listen", &listen.to_string()])
            .args(["--relay", &format!("http://{}", called(relay))])
            .arg("--data")
            .arg(folder.join("board.redb"));
        let mut keeper = kept(&node)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run `{}`", process::shown(&node)))?;
        let mut line = String::new();
        if let Some(output) = keeper.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.and_then(|address| address.parse().ok());
        let Some(address) = address else {
            // It has said why.
            bail!("`{}` did not start", process::shown(&node));
        };
        Ok(Self { keeper, address })
    }

    /// Have the relay take this process over; the node ends when the relay does,
    /// however that ends: it holds the only other end of a pipe.
    pub(crate) fn serve_beside(mut self, mut relay: Command) -> Result<ExitCode> {
        if let Some(pipe) = self.keeper.stdin.take() {
            relay.stdin(pipe);
        }
        crate::serve::become_program(relay)
    }
}

/// The node under a shell that stops it in order at the end of its own input. In a
/// process group of its own, so that Ctrl-C reaches the relay, and this by its end.
#[cfg(unix)]
fn kept(node: &Command) -> Command {
    use std::os::unix::process::CommandExt;
    let mut shell = process::command("sh");
    let script = r#""$@" </dev/null & node=$!; exec >/dev/null; cat; kill "$node"; wait "$node""#;
    shell.args(["-c", script, "sh"]).arg(node.get_program());
    shell.args(node.get_args()).process_group(0);
    shell
}

#[cfg(not(unix))]
fn kept(node: &Command) -> Command {
    let mut same = process::command(node.get_program());
    same.args(node.get_args());
    same
}

#[cfg(not(unix))]
impl Drop for HeadlessNode {
    fn drop(&mut self) {
        // What it has said is stored, is stored.
        let _ = self.keeper.kill();
    }
}

/// Where this machine itself calls what listens there.
fn called(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn free_port(ip: IpAddr) -> u16 {
    let usual = TcpListener::bind((ip, PORT)).is_ok();
    // Somebody has it: one of the system's choice.
    if usual { PORT } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relay_is_called_where_it_listens() {
        for (listen, expected) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("192.0.2.1:80", "192.0.2.1:80"),
        ] {
            let called = called(listen.parse().unwrap());
            assert_eq!(called.to_string(), expected);
        }
    }

    #[test]
    fn a_port_that_is_taken_is_not_asked_for() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, PORT));
        assert_eq!(free_port(Ipv4Addr::LOCALHOST.into()), 0);
        drop(taken);
    }

    /// Ends with its keeper's input, as when the relay is killed.
    #[cfg(unix)]
    #[test]
    fn what_is_kept_ends_when_nobody_holds_its_pipe() {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "trap 'echo stopped; exit' TERM; echo started; while :; do sleep 0.1; done",
        ]);
        let mut keeper = kept(&command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(keeper.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "started");
        drop(keeper.stdin.take());
        assert_eq!(lines.next().unwrap().unwrap(), "stopped");
        keeper.wait().unwrap();
    }
}
