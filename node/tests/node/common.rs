//! A node as a process, and a client without a library's opinions.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tablon_core::params::{Birth, Choices, Params};
use tablon_core::units::Timestamp;

/// Nothing here takes so long, unless it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What has a node call others on this machine when they say that they are there.
pub(crate) const LOCAL: [&str; 2] = ["--private-network", "127.0.0.0/8"];

/// A board whose posts and blocks cost nothing: 4 bits a stamp, 8 bits a block at first,
/// and no more than two blocks in 3 s once it is 10 s ahead of the clock.
pub(crate) fn quick() -> Params {
    network("quick", 5, 8)
}

/// A board of this spacing whose first blocks take so many bits.
pub(crate) fn network(name: &str, spacing: u32, first_bits: u32) -> Params {
    let choices = Choices {
        spacing,
        first_bits,
        stamp_bits: 4,
        ..Choices::usual(name)
    };
    let birth = Birth {
        salt: [7; 16],
        born: Timestamp(1_700_000_000),
    };
    Params::custom(&choices, birth).unwrap()
}

/// A node that runs until it is dropped.
pub(crate) struct Program {
    child: Child,
    /// What the node drew into `FILE.token`, unless it was given one.
    pub(crate) token: Option<String>,
    pub(crate) address: SocketAddr,
}

/// The command, without environment of the caller's.
pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tablon-node"));
    command
        .env_clear()
        .args(["--network", &quick().to_link(), "--data"])
        .arg(data)
        .stdin(Stdio::null());
    command
}

/// Start a node on a free port and wait until it listens.
pub(crate) fn start(data: &Path, more: &[&str]) -> Program {
    let mut command = command(data);
    if !more.contains(&"--listen") {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    command.arg("--quiet").args(more);
    spawn(command)
}

/// Wait until the command listens.
pub(crate) fn spawn(mut command: Command) -> Program {
    let data = (command.get_args().zip(command.get_args().skip(1)))
        .find(|(name, _)| *name == "--data")
        .map(|(_, data)| data.to_owned());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let out = child.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://");
    let address = address.unwrap_or_else(|| panic!("{line:?} from {command:?}"));
    Program {
        address: address.parse().unwrap(),
        token: data.and_then(token_beside),
        child,
    }
}

fn token_beside(data: OsString) -> Option<String> {
    let mut file = data;
    file.push(".token");
    let text = std::fs::read_to_string(file).ok()?;
    Some(text.trim_end().to_owned())
}

impl Program {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// As `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As a service manager does; the exit must be clean and soon.
    pub(crate) fn terminate(mut self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let ended = wait_until(|| self.child.try_wait().unwrap());
        assert!(ended.success(), "{ended}");
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "")
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], body)
    }

    /// The token is sent along to what always needs it, unless `headers` say else.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        self.try_send(method, path, headers, body).unwrap()
    }

    pub(crate) fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> std::io::Result<Answer> {
        let has = |wanted: &str| headers.iter().any(|(name, _)| *name == wanted);
        let mut more = Vec::new();
        if let Some(token) = &self.token
            && path.starts_with("/api/v1/")
            && !matches!(method, "GET" | "HEAD")
            && !has("authorization")
        {
            more.push(("authorization", format!("Bearer {token}")));
        }
        let more = more.iter().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<(&str, &str)> = headers.iter().copied().chain(more).collect();
        exchange(self.address, method, path, &headers, body)
    }

    /// The whole chain, as JSON.
    pub(crate) fn chain(&self) -> Value {
        self.get("/chain").json()
    }

    /// Hash of the tip, as `/chain` tells it.
    pub(crate) fn tip(&self) -> String {
        let chain = self.chain();
        chain["chain"].as_array().unwrap().last().unwrap()["hash"].to_string()
    }

    /// All posts, on the chain and then waiting. What waits is read first: a block
    /// that comes between shows a post twice, which is once too often, not too few.
    pub(crate) fn posts(&self) -> Vec<String> {
        let (pending, chain) = (self.get("/pending_tx").json(), self.chain());
        let text = |post: &Value| post["content"].as_str().unwrap().to_owned();
        let blocks = chain["chain"].as_array().unwrap();
        let mined = blocks
            .iter()
            .flat_map(|block| block["transactions"].as_array().unwrap());
        let mut posts: Vec<String> = mined.map(text).collect();
        let waiting = pending.as_array().unwrap().iter().map(text);
        let waiting: Vec<String> = waiting.filter(|post| !posts.contains(post)).collect();
        posts.extend(waiting);
        posts
    }
}

/// One request as a program of this machine sends it, and nothing added.
pub(crate) fn exchange(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        request += &format!("host: {address}\r\n");
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let broken = |what: &str| std::io::Error::other(format!("{what} from {method} {path}"));
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let head = head.ok_or_else(|| broken("no answer"))?;
    let (head, body) = (&bytes[..head], &bytes[head + 4..]);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let body = match head.contains("transfer-encoding: chunked") {
        true => joined(body).ok_or_else(|| broken("half an answer"))?,
        false => body.to_vec(),
    };
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Ok(Answer {
        status: status.ok_or_else(|| broken("no status"))?,
        body: String::from_utf8(body).map_err(|_| broken("bytes"))?,
    })
}

/// The chunks of a body; nothing unless the last one is there.
fn joined(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = std::str::from_utf8(&rest[..end]).ok()?;
        let length = usize::from_str_radix(length.split(';').next()?, 16).ok()?;
        rest = &rest[end + 2..];
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..length)?);
        rest = rest.get(length + 2..)?;
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of an error.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

/// Run `curl` as a person types it; standard output.
pub(crate) fn curl(line: &str) -> String {
    let line = format!("{line} --silent --show-error");
    let out = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(out.status.success(), "{line}: {out:?}");
    String::from_utf8(out.stdout).unwrap()
}

/// What a process has in memory.
#[cfg(target_os = "linux")]
pub(crate) fn resident_mib(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.unwrap().parse::<usize>().unwrap() / 1_024
}

/// Look every few milliseconds, at most [`PATIENCE`].
pub(crate) fn wait_until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begin.elapsed() < PATIENCE, "waited in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn post(author: &str, content: &str) -> String {
    serde_json::json!({ "author": author, "content": content }).to_string()
}
