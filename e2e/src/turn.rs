//! coturn, a TURN server, as a process of its own on the switch of a [`Lan`].

use tempfile::TempDir;

use crate::lan::Lan;
use crate::places;
use crate::program::Program;

/// What it shares with the relay, which makes credentials from it.
pub const SECRET: &str = "between the relay and the TURN server";

/// A running `turnserver`.
#[derive(Debug)]
pub struct TurnServer {
    program: Program,
    url: String,
    /// Where it writes what it usually writes to the system's folders.
    _files: TempDir,
}

impl TurnServer {
    /// Start it where every machine reaches it.
    pub async fn start(lan: &Lan) -> Self {
        let turnserver = places::on_the_path("turnserver").expect("whoever asks has looked");
        let address = lan.switch().address();
        let files = tempfile::tempdir().expect("a temporary folder");
        let mut command = lan.switch().command(&turnserver);
        command
            .args(["-n", "--no-cli", "--log-file=stdout", "--realm=test.local"])
            .args(["-L", &address.to_string(), "-E", &address.to_string()])
            .args(["--use-auth-secret", "--static-auth-secret", SECRET])
            .args(["--no-tls", "--no-dtls", "--verbose"])
            .arg("--pidfile")
            .arg(files.path().join("pid"))
            .arg("--userdb")
            .arg(files.path().join("users"));
        let (program, ()) = Program::start("turnserver", command, |line| {
            line.contains("UDP listener opened on").then_some(())
        })
        .await;
        let url = format!("turn:{address}:3478?transport=udp");
        Self {
            program,
            url,
            _files: files,
        }
    }

    /// What browsers are told.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// End it.
    pub async fn kill(self) {
        self.program.kill().await;
    }
}
