//! `tablon-relay`: see `--help`.

fn main() -> std::process::ExitCode {
    tablon_relay::cli::main()
}
