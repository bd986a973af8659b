//! Machines on one wire: network namespaces of this computer, joined by a switch
//! (Linux, root). What is dropped between them is dropped by the kernel, as a bad
//! cable or a firewall would.
//!
//! ```text
//! machine 0 ── 10.77.0.1 ──┐
//! machine 1 ── 10.77.0.2 ──┼── switch 10.77.0.254
//!        ...               ┘
//! ```
//! Nothing of it touches the networks of this computer: page and driver cross by
//! a [`Proxy`](crate::proxy::Proxy) with one end in the namespace.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::places;

/// Where `ip netns` keeps them.
const NAMESPACES: &str = "/run/netns";

/// All names begin so; the test's process id follows.
const PREFIX: &str = "tablon-e2e-";

/// The switch's last byte.
const SWITCH: u8 = 254;

/// Whether namespaces can be had here. Where not, says so on the terminal, past
/// the test runner's capture; where `TABLON_NAMESPACES` demands them, panics.
pub fn is_to_be_had(also: &[&str]) -> bool {
    let Err(reason) = possible(also) else {
        return true;
    };
    assert!(
        std::env::var_os("TABLON_NAMESPACES").is_none(),
        "TABLON_NAMESPACES demands network namespaces: {reason}"
    );
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(io::stderr(), "{name}: skipped: {reason}");
    false
}

fn possible(also: &[&str]) -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("only Linux has network namespaces".into());
    }
    if !rustix::process::geteuid().is_root() {
        return Err("only root may make network namespaces".into());
    }
    for program in ["ip", "nft"].iter().chain(also) {
        if places::on_the_path(program).is_none() {
            return Err(format!(
                "{program} is not on the PATH (Debian: apt-get install iproute2 nftables coturn)"
            ));
        }
    }
    Ok(())
}

/// The wire. Dropping it takes its machines away.
#[derive(Debug)]
pub struct Lan {
    machines: Vec<Machine>,
    switch: Machine,
}

/// A machine; clones are the same one.
#[derive(Debug, Clone)]
pub struct Machine(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    address: Ipv4Addr,
}

impl Lan {
    /// So many machines.
    pub async fn new(count: u8) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        sweep();
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let front = format!("{PREFIX}{}-{number}", std::process::id());
        let machine = |last: u8| {
            Machine(Arc::new(Inner {
                name: format!("{front}-{last}"),
                address: Ipv4Addr::new(10, 77, 0, last),
            }))
        };
        // Owned before they are made: what fails half-way is taken away as well.
        let lan = Self {
            machines: (1..=count).map(machine).collect(),
            switch: machine(SWITCH),
        };
        let switch = lan.switch.name();
        ip(&format!("netns add {switch}")).await;
        ip(&format!("-n {switch} link set lo up")).await;
        ip(&format!("-n {switch} link add wire type bridge")).await;
        let address = lan.switch.address();
        ip(&format!("-n {switch} address add {address}/24 dev wire")).await;
        ip(&format!("-n {switch} link set wire up")).await;
        for machine in &lan.machines {
            let (name, address) = (machine.name(), machine.address());
            let port = format!("port{}", address.octets()[3]);
            ip(&format!("netns add {name}")).await;
            ip(&format!("-n {name} link set lo up")).await;
            ip(&format!(
                "-n {switch} link add {port} type veth peer name wire netns {name}"
            ))
            .await;
            ip(&format!("-n {switch} link set {port} master wire up")).await;
            ip(&format!("-n {name} address add {address}/24 dev wire")).await;
            ip(&format!("-n {name} link set wire up")).await;
            // Browsers ask the default route for the address that they offer.
            let gateway = lan.switch.address();
            ip(&format!("-n {name} route add default via {gateway}")).await;
        }
        lan
    }

    /// The machine of this number, from 0 on.
    pub fn machine(&self, number: usize) -> &Machine {
        &self.machines[number]
    }

    /// The one in the middle, which all reach.
    pub fn switch(&self) -> &Machine {
        &self.switch
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        for machine in self.machines.iter().chain([&self.switch]) {
            remove(machine.name());
        }
    }
}

impl Machine {
    /// Its address on the wire.
    pub fn address(&self) -> Ipv4Addr {
        self.0.address
    }

    fn name(&self) -> &str {
        &self.0.name
    }

    /// A command that runs there.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", self.name()]).arg(program);
        command
    }

    /// From now on what it sends to these addresses, and they to it, is lost.
    pub async fn part_from(&self, others: &[Ipv4Addr]) {
        let others: Vec<String> = others.iter().map(Ipv4Addr::to_string).collect();
        let others = others.join(", ");
        self.nft(&format!(
            "table ip parted {{
                chain from {{
                    type filter hook input priority 0;
                    ip saddr {{ {others} }} drop
                }}
                chain to {{
                    type filter hook output priority 0;
                    ip daddr {{ {others} }} drop
                }}
            }}"
        ))
        .await;
    }

    /// Nothing is lost any more.
    pub async fn rejoin(&self) {
        self.nft("delete table ip parted").await;
    }

    async fn nft(&self, rules: &str) {
        let mut command = self.command(Path::new("nft"));
        let mut child = command
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("nft starts");
        let mut input = child.stdin.take().expect("its input is a pipe");
        let written = input.write_all(format!("{rules}\n").as_bytes()).await;
        drop(input);
        let output = child.wait_with_output().await.expect("nft ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && written.is_ok(),
            "{rules}\n{said}"
        );
    }

    /// A socket there that listens.
    pub(crate) fn listen(&self) -> io::Result<TcpListener> {
        self.within(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
    }

    /// A connection made there.
    pub(crate) fn connect(&self, to: SocketAddr) -> io::Result<TcpStream> {
        self.within(move || TcpStream::connect(to))
    }

    // A socket stays in the namespace in which its thread made it, wherever it is
    // used; the thread is for that alone.
    fn within<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let path = PathBuf::from(NAMESPACES).join(self.name());
        let thread = std::thread::spawn(move || {
            enter(&path)?;
            make()
        });
        thread.join().expect("making a socket does not panic")
    }
}

#[cfg(target_os = "linux")]
fn enter(namespace: &Path) -> io::Result<()> {
    use std::os::fd::AsFd;

    use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

    let file = std::fs::File::open(namespace)?;
    move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn enter(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

async fn ip(arguments: &str) {
    let mut command = Command::new("ip");
    command.args(arguments.split(' ')).stdin(Stdio::null());
    let output = command.output().await.expect("ip starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ip {arguments}: {said}");
}

fn remove(name: &str) {
    if Path::new(NAMESPACES).join(name).exists() {
        let mut command = std::process::Command::new("ip");
        // What is left is swept by the next test that needs one.
        let _ = command.args(["netns", "delete", name]).output();
    }
}

/// Take away what tests left that were killed themselves.
fn sweep() {
    let names = std::fs::read_dir(NAMESPACES).into_iter().flatten();
    for name in names.filter_map(|entry| entry.ok()?.file_name().into_string().ok()) {
        let of = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next());
        if of.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
            remove(&name);
        }
    }
}
