//! A process that ends with the value that owns it, its descendants included:
//! a driver that is killed leaves its browser running otherwise.

use std::collections::VecDeque;
use std::fs;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

/// From the start to the line that is waited for.
const START: Duration = Duration::from_secs(60);

/// Last lines kept for the message of a failure.
const KEPT_LINES: usize = 40;

/// A running process.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
}

impl Program {
    /// Start it and wait for the line of its output in which `find` finds
    /// something, such as the port that it took.
    pub async fn start<T: Clone + Send + Sync + 'static>(
        name: &str,
        mut command: Command,
        find: impl Fn(&str) -> Option<T> + Send + Sync + Copy + 'static,
    ) -> (Self, T) {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name} ({command:?}): {error}"));
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let (found, mut finding) = watch::channel(None);
        let found = Arc::new(found);
        let outputs: [Option<Box<dyn AsyncRead + Send + Unpin>>; 2] = [
            child.stdout.take().map(|output| Box::new(output) as _),
            child.stderr.take().map(|output| Box::new(output) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let (lines, found) = (lines.clone(), found.clone());
            // Read to the end: a program whose output nobody reads stands still.
            tokio::spawn(async move {
                let mut output = BufReader::new(output).lines();
                while let Ok(Some(line)) = output.next_line().await {
                    if let Some(value) = find(&line) {
                        found.send_replace(Some(value));
                    }
                    let mut lines = lines.lock().expect("no panic under this lock");
                    if lines.len() == KEPT_LINES {
                        lines.pop_front();
                    }
                    lines.push_back(line);
                }
            });
        }
        drop(found);
        let program = Self {
            name: name.to_owned(),
            child,
        };
        let value = match timeout(START, finding.wait_for(Option::is_some)).await {
            Ok(Ok(value)) => (*value).clone(),
            _ => None,
        };
        let value = value.unwrap_or_else(|| {
            let lines = lines.lock().expect("no panic under this lock");
            panic!("{name} did not say that it is ready; its output:\n{lines:#?}")
        });
        (program, value)
    }

    /// The process, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// End it and all that it started, as the power switch would.
    pub async fn kill(mut self) {
        self.kill_tree();
        let _ = timeout(START, self.child.wait()).await;
    }

    /// Wait for its end after it was asked to stop.
    pub async fn ended(mut self) {
        if timeout(START, self.child.wait()).await.is_err() {
            panic!(
                "{} was asked to stop and has not within {START:?}",
                self.name
            );
        }
    }

    /// Ask it to stop in good order.
    pub fn terminate(&self) {
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(id as i32)) {
            // It may just have ended.
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    fn kill_tree(&mut self) {
        // Gone already, or not reaped yet and then still ours.
        let Some(id) = self.child.id() else { return };
        for id in descendants(id) {
            if let Some(pid) = Pid::from_raw(id as i32) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        let _ = self.child.start_kill();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill_tree();
    }
}

/// Children, their children and so on, by what `/proc` says of each process;
/// where there is no `/proc`, none.
fn descendants(of: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let id = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            // The name, in brackets, may hold anything: what follows has a fixed form.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
            Some((id, parent.parse().ok()?))
        })
        .collect();
    let mut family = vec![of];
    let mut at = 0;
    while let Some(&parent) = family.get(at) {
        family.extend(
            parents
                .iter()
                .filter(|(_, of)| *of == parent)
                .map(|(id, _)| id),
        );
        at += 1;
    }
    family.split_off(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_dropped_program_takes_its_children_with_it() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 1000 & echo child $!; wait"]);
        let (program, child) = Program::start("sh", command, |line| {
            line.strip_prefix("child ")?.parse::<u32>().ok()
        })
        .await;
        assert_eq!(descendants(program.child.id().unwrap()), [child]);
        drop(program);
        // A killed process stays as a zombie until its new parent has noticed.
        let gone = || {
            fs::read_to_string(format!("/proc/{child}/stat"))
                .map_or(true, |stat| stat.contains(") Z "))
        };
        for _ in 0..1_000 {
            if gone() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("process {child} outlived its parent");
    }
}
