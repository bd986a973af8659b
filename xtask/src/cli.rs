//! The command line: what the user typed, as a value.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::sim::{Plan, Seeds};
use crate::{bench, build, ci, serve, sim, test};

const HELP: &str = "\
Tablón's build and test tasks. Each command first does the set-up it needs, and skips what is done.

usage: cargo xtask <command>

  serve [--listen ADDR] [--with-node]
                         build, then serve the page and the relay (127.0.0.1:8080), and a
                         headless node beside them that keeps the board
  build                  write dist/ and target/release/tablon-relay
  test [NAME]            every test: native, wasm in a browser, real browsers end to end;
                         or one part (native, worlds, imports, wasm, e2e), or the tests
                         with NAME in their name
  ci                     formatting, lints, licences, then everything of `test`
  sim [--seeds N] [--first N] [--scenario NAME]
                         simulated worlds full of faults, on all cores (100 from seed 1)
  bench [NAME]           figures, printed and written to target/bench.json; all of
                         them, or of the sources with NAME in their name or group
  help                   this text

Tools are kept in the user's cache directory (XDG_CACHE_HOME or ~/.cache) and shared
between clones. CHROMIUM, CHROMEDRIVER, FIREFOX and GECKODRIVER name others to use.";

#[derive(Debug, PartialEq, Eq)]
enum Command {
    Serve(serve::Plan),
    Build,
    Test { wanted: String },
    Ci,
    Sim(Plan),
    Bench { wanted: String },
    Help,
}

/// Runs what `args` ask for. Every failure ends here: as a message, never a panic.
pub(crate) fn run(args: impl Iterator<Item = String>) -> ExitCode {
    match parse(args).and_then(dispatch) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(plan) => serve::run(&plan),
        Command::Build => build::run(),
        Command::Test { wanted } => test::run(&wanted),
        Command::Ci => ci::run(),
        Command::Sim(plan) => sim::run(&plan),
        Command::Bench { wanted } => bench::run(&wanted),
        Command::Help => {
            println!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Command> {
    let Some(name) = args.next() else {
        return Ok(Command::Help);
    };
    let command = match name.as_str() {
        "serve" => return Ok(Command::Serve(served(args)?)),
        "build" => Command::Build,
        "test" => Command::Test {
            wanted: args.next().unwrap_or_default(),
        },
        "ci" => Command::Ci,
        "sim" => return Ok(Command::Sim(plan(args)?)),
        "bench" => Command::Bench {
            wanted: args.next().unwrap_or_default(),
        },
        "help" | "--help" | "-h" => Command::Help,
        other => {
            bail!(
                "expected one of serve, build, test, ci, sim, bench, help; found `{other}`\n\n{HELP}"
            )
        }
    };
    match args.next() {
        None => Ok(command),
        Some(extra) => bail!("`{name}` takes no `{extra}`; `cargo xtask help` lists what it takes"),
    }
}

fn served(mut args: impl Iterator<Item = String>) -> Result<serve::Plan> {
    let mut plan = serve::Plan::default();
    while let Some(flag) = args.next() {
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag.as_str(), None),
        };
        match (name, value) {
            ("--listen", value) => plan.listen = listen(value.or_else(|| args.next()))?,
            ("--with-node", None) => plan.with_node = true,
            _ => bail!("`serve` takes `--listen ADDR` and `--with-node`; found `{flag}`"),
        }
    }
    Ok(plan)
}

fn listen(address: Option<String>) -> Result<SocketAddr> {
    let Some(address) = address else {
        bail!("--listen needs an address and a port such as 0.0.0.0:8080; found nothing")
    };
    match address.parse() {
        Ok(address) => Ok(address),
        Err(_) => {
            bail!("--listen needs an address and a port such as 0.0.0.0:8080; found `{address}`")
        }
    }
}

fn plan(mut args: impl Iterator<Item = String>) -> Result<Plan> {
    let mut plan = Plan::default();
    while let Some(flag) = args.next() {
        let Some(value) = args.next() else {
            bail!("`sim` takes `--seeds N`, `--first N` and `--scenario NAME`; found `{flag}`")
        };
        let number = || match value.parse::<u64>() {
            Ok(number) => Ok(number),
            Err(_) => bail!("{flag} needs a number; found `{value}`"),
        };
        match flag.as_str() {
            "--seeds" => plan.seeds = Seeds::Number(number()?),
            "--first" => plan.first = Some(number()?),
            "--scenario" => plan.scenario = value,
            _ => {
                bail!("`sim` takes `--seeds N`, `--first N` and `--scenario NAME`; found `{flag}`")
            }
        }
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    fn serve_on(listen: &str, with_node: bool) -> Command {
        let listen = listen.parse().unwrap();
        Command::Serve(serve::Plan { listen, with_node })
    }

    #[test]
    fn serve_listens_on_the_loopback_unless_told_otherwise() {
        for (line, listen, with_node) in [
            ("serve", "127.0.0.1:8080", false),
            ("serve --listen 0.0.0.0:80", "0.0.0.0:80", false),
            ("serve --listen=[::1]:9000", "[::1]:9000", false),
            ("serve --with-node", "127.0.0.1:8080", true),
            ("serve --with-node --listen [::]:80", "[::]:80", true),
        ] {
            assert_eq!(parsed(line).unwrap(), serve_on(listen, with_node), "{line}");
        }
    }

    #[test]
    fn worlds_are_chosen_by_seed_and_scenario() {
        assert_eq!(parsed("sim").unwrap(), Command::Sim(Plan::default()));
        let plan = Plan {
            first: Some(7),
            seeds: Seeds::Number(1),
            scenario: "rooms".into(),
        };
        assert_eq!(
            parsed("sim --first 7 --seeds 1 --scenario rooms").unwrap(),
            Command::Sim(plan)
        );
    }

    #[test]
    fn no_command_shows_the_help() {
        assert_eq!(parsed("").unwrap(), Command::Help);
    }

    #[test]
    fn a_refusal_names_what_was_found() {
        for (line, word) in [
            ("sevre", "`sevre`"),
            ("test fast slow", "`slow`"),
            ("serve --port 1", "`--port`"),
            ("serve --listen 8080", "`8080`"),
            ("serve --listen", "found nothing"),
            ("serve --with-node=2", "`--with-node=2`"),
            ("sim --seeds many", "`many`"),
            ("sim --fast", "`--fast`"),
        ] {
            let message = parsed(line).unwrap_err().to_string();
            assert!(message.contains(word), "{line}: {message}");
        }
    }
}
