//! `cargo xtask serve`: the board on this machine, in the foreground.

use std::net::SocketAddr;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::kit::Kit;
use crate::node::HeadlessNode;
use crate::steps::Steps;
use crate::{build, places, process};

/// What to serve, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) listen: SocketAddr,
    /// A headless node as well.
    pub(crate) with_node: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            with_node: false,
        }
    }
}

pub(crate) fn run(plan: &Plan) -> Result<ExitCode> {
    let mut steps = Steps::new();
    let kit = Kit::for_page(&mut steps)?;
    build::all(&kit, &mut steps)?;
    if plan.with_node {
        build::node(&kit, &mut steps)?;
    }
    steps.finish();

    let mut relay = process::command(places::relay()?);
    relay
        .args(["--listen", &plan.listen.to_string(), "--page"])
        .arg(places::dist());
    println!("Tablón is on {} (Ctrl-C stops it)", url(plan.listen));
    if plan.with_node {
        let node = HeadlessNode::start(plan.listen)?;
        println!("its headless node is on {}", url(node.address));
        return node.serve_beside(relay);
    }
    become_program(relay)
}

/// A page needs a secure context for its workers' storage, and browsers grant it to
/// the name `localhost` over plain HTTP.
fn url(listen: SocketAddr) -> String {
    let ip = listen.ip();
    match ip.is_loopback() || ip.is_unspecified() {
        true => format!("http://localhost:{}", listen.port()),
        false => format!("http://{listen}"),
    }
}

/// Hands this process over: a signal for `cargo xtask serve` then reaches the relay
/// itself, which shuts down in order, and nothing is left running behind it.
#[cfg(unix)]
pub(crate) fn become_program(mut program: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    let error = program.exec();
    Err(anyhow::Error::new(error).context(format!("cannot run `{}`", process::shown(&program))))
}

#[cfg(not(unix))]
pub(crate) fn become_program(mut program: Command) -> Result<ExitCode> {
    process::run(&mut program)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_one_that_browsers_trust_where_there_is_one() {
        for (listen, expected) in [
            ("127.0.0.1:8080", "http://localhost:8080"),
            ("0.0.0.0:80", "http://localhost:80"),
            ("[::]:8080", "http://localhost:8080"),
            ("192.0.2.1:8080", "http://192.0.2.1:8080"),
        ] {
            assert_eq!(url(listen.parse().unwrap()), expected);
        }
    }
}
