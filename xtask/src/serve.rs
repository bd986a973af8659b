//! `cargo xtask serve`: the board on this machine, in the foreground.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::kit::Kit;
use crate::steps::Steps;
use crate::{build, places, process};

pub(crate) const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

pub(crate) fn run(listen: &str) -> Result<ExitCode> {
    let mut steps = Steps::new();
    let kit = Kit::for_page(&mut steps)?;
    build::all(&kit, &mut steps)?;
    steps.finish();

    println!("Tablón is on {} (Ctrl-C stops it)", url(listen));
    let mut relay = process::command(places::relay()?);
    relay
        .args(["--listen", listen, "--page"])
        .arg(places::dist());
    become_program(relay)
}

/// A page needs a secure context for its workers' storage, and browsers grant it to
/// the name `localhost` over plain HTTP.
fn url(listen: &str) -> String {
    for local in ["127.0.0.1:", "0.0.0.0:", "[::]:", "[::1]:"] {
        if let Some(port) = listen.strip_prefix(local) {
            return format!("http://localhost:{port}");
        }
    }
    format!("http://{listen}")
}

/// Hands this process over: a signal for `cargo xtask serve` then reaches the relay
/// itself, which shuts down in order, and nothing is left running behind it.
#[cfg(unix)]
fn become_program(mut program: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    let error = program.exec();
    Err(anyhow::Error::new(error).context(format!("cannot run `{}`", process::shown(&program))))
}

#[cfg(not(unix))]
fn become_program(mut program: Command) -> Result<ExitCode> {
    process::run(&mut program)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_one_that_browsers_trust_where_there_is_one() {
        assert_eq!(url("127.0.0.1:8080"), "http://localhost:8080");
        assert_eq!(url("0.0.0.0:80"), "http://localhost:80");
        assert_eq!(url("192.0.2.1:8080"), "http://192.0.2.1:8080");
    }
}
