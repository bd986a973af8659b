//! `tablon-node`: see `--help`.

fn main() -> std::process::ExitCode {
    tablon_node::cli::main()
}
