//! Tablón's build and test tasks: `cargo xtask <command>` sets a machine up, then builds,
//! serves, tests or checks the workspace. `cargo xtask help` lists the commands.

#![expect(
    clippy::print_stdout,
    reason = "a command-line program: its output is for the terminal"
)]

mod bench;
mod beside;
mod browsers;
mod build;
mod ci;
mod cli;
mod fingerprint;
mod imports;
mod install;
mod kit;
mod lints;
mod lockfile;
mod node;
mod outcome;
mod pack;
mod places;
mod process;
mod report;
mod serve;
mod sim;
mod steps;
mod suite;
mod tally;
mod test;
mod tools;
mod wanted;

fn main() -> std::process::ExitCode {
    cli::run(std::env::args().skip(1))
}
