//! The command line: what the user typed, as a value.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::sim::Plan;
use crate::{bench, build, ci, serve, sim, test};

const HELP: &str = "\
Tablón's chores. Each command first does the set-up it needs, and skips what is done.

usage: cargo xtask <command>

  serve [--listen ADDR]  build, then serve the page and the relay (127.0.0.1:8080)
  build                  write dist/ and target/release/tablon-relay
  test                   every test: native, wasm in a browser, real browsers end to end
  ci                     formatting, lints, licences, then everything of `test`
  sim [--seeds N] [--first N] [--scenario NAME]
                         simulated worlds full of faults, on all cores (100 from seed 1)
  bench                  figures, printed and written to target/bench.json
  help                   this text

Tools are kept in the user's cache directory (XDG_CACHE_HOME or ~/.cache) and shared
between clones. CHROMIUM, CHROMEDRIVER, FIREFOX and GECKODRIVER name others to use.";

#[derive(Debug, PartialEq, Eq)]
enum Command {
    Serve { listen: String },
    Build,
    Test,
    Ci,
    Sim(Plan),
    Bench,
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
        Command::Serve { listen } => serve::run(&listen),
        Command::Build => build::run(),
        Command::Test => test::run(),
        Command::Ci => ci::run(),
        Command::Sim(plan) => sim::run(&plan),
        Command::Bench => bench::run(),
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
        "serve" => Command::Serve {
            listen: listen(&mut args)?,
        },
        "build" => Command::Build,
        "test" => Command::Test,
        "ci" => Command::Ci,
        "sim" => return Ok(Command::Sim(plan(args)?)),
        "bench" => Command::Bench,
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

fn listen(args: &mut impl Iterator<Item = String>) -> Result<String> {
    let address = match args.next() {
        None => return Ok(serve::DEFAULT_LISTEN.to_owned()),
        Some(flag) if flag == "--listen" => args.next(),
        Some(flag) => match flag.strip_prefix("--listen=") {
            Some(address) => Some(address.to_owned()),
            None => bail!("`serve` takes `--listen ADDR`; found `{flag}`"),
        },
    };
    match address {
        Some(address) if address.parse::<std::net::SocketAddr>().is_ok() => Ok(address),
        Some(address) => {
            bail!("--listen needs an address and a port such as 0.0.0.0:8080; found `{address}`")
        }
        None => bail!("--listen needs an address and a port such as 0.0.0.0:8080; found nothing"),
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
            "--seeds" => plan.seeds = number()?,
            "--first" => plan.first = number()?,
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

    fn serve_on(listen: &str) -> Command {
        Command::Serve {
            listen: listen.to_owned(),
        }
    }

    #[test]
    fn serve_listens_on_the_loopback_unless_told_otherwise() {
        assert_eq!(parsed("serve").unwrap(), serve_on("127.0.0.1:8080"));
        assert_eq!(
            parsed("serve --listen 0.0.0.0:80").unwrap(),
            serve_on("0.0.0.0:80")
        );
        assert_eq!(
            parsed("serve --listen=[::1]:9000").unwrap(),
            serve_on("[::1]:9000")
        );
    }

    #[test]
    fn worlds_are_chosen_by_seed_and_scenario() {
        assert_eq!(parsed("sim").unwrap(), Command::Sim(Plan::default()));
        let plan = Plan {
            first: 7,
            seeds: 1,
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
            ("test fast", "`fast`"),
            ("serve --port 1", "`--port`"),
            ("serve --listen 8080", "`8080`"),
            ("serve --listen", "found nothing"),
            ("sim --seeds many", "`many`"),
            ("sim --fast", "`--fast`"),
        ] {
            let message = parsed(line).unwrap_err().to_string();
            assert!(message.contains(word), "{line}: {message}");
        }
    }
}
