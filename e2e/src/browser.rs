//! A browser of its own: its driver, its profile, its tabs.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::bidi::Bidi;
use crate::console::{Console, PRELOAD};
use crate::devtools::DevTools;
use crate::lan::Machine;
use crate::program::Program;
use crate::proxy::Proxy;
use crate::tab::Tab;
use crate::{http, places};

/// Which browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Chromium or Chrome.
    Chromium,
    /// Firefox.
    Firefox,
}

/// A profile's folder; it goes with its last owner.
pub type Profile = Arc<TempDir>;

/// How to start a browser.
#[derive(Debug, Clone)]
pub struct Options {
    kind: Kind,
    profile: Option<Profile>,
    languages: String,
    preferences: Map<String, Value>,
    machine: Option<Machine>,
    gpu: bool,
}

impl Options {
    /// Fresh profile, English, nothing unusual.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            profile: None,
            languages: "en-US,en".to_owned(),
            preferences: Map::new(),
            machine: None,
            gpu: false,
        }
    }

    /// With the profile that another browser left behind.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// On another machine. Its pages must come from there, too.
    pub fn on(mut self, machine: &Machine) -> Self {
        assert_eq!(self.kind, Kind::Chromium, "geckodriver has two ports");
        self.machine = Some(machine.clone());
        self
    }

    /// With WebGPU, by a GPU that Chromium computes itself (SwiftShader).
    pub fn gpu(mut self) -> Self {
        assert_eq!(self.kind, Kind::Chromium, "Firefox has no such GPU");
        self.gpu = true;
        self
    }

    /// Languages that the person reads, best first, such as `es-ES,es`.
    pub fn languages(mut self, languages: &str) -> Self {
        self.languages = languages.to_owned();
        self
    }

    /// A setting of the browser, by the name that it has in its profile.
    pub fn preference(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.preferences.insert(name.to_owned(), value.into());
        self
    }

    /// What pages save comes into this folder, and nobody is asked.
    pub fn downloads(self, folder: &Path) -> Self {
        let folder = folder.display().to_string();
        match self.kind {
            Kind::Chromium => self
                .preference("download.default_directory", folder)
                .preference("download.prompt_for_download", false),
            Kind::Firefox => self
                .preference("browser.download.folderList", 2)
                .preference("browser.download.dir", folder),
        }
    }

    /// Start it.
    pub async fn start(self) -> Browser {
        Browser::start(self).await
    }

    fn capabilities(&self, profile: &TempDir) -> Value {
        match self.kind {
            Kind::Chromium => {
                let mut arguments: Vec<String> = CHROMIUM.iter().map(|&flag| flag.into()).collect();
                arguments.push(format!("--user-data-dir={}", profile.path().display()));
                arguments.push(format!("--accept-lang={}", self.languages));
                if self.gpu {
                    arguments.push(SOFTWARE_GPU.into());
                }
                json!({
                    "browserName": "chrome",
                    "goog:chromeOptions": {
                        "binary": places::chromium(),
                        "args": arguments,
                        "prefs": self.preferences,
                    },
                })
            }
            Kind::Firefox => {
                let mut preferences = self.preferences.clone();
                preferences.insert(
                    "intl.accept_languages".into(),
                    self.languages.clone().into(),
                );
                // Like Chromium's flag: names of mDNS need a network that has it.
                let hidden = "media.peerconnection.ice.obfuscate_host_addresses";
                preferences.insert(hidden.into(), false.into());
                // Like Chromium's flag against floods: 0 is no limit.
                let changes = "dom.navigation.navigationRateLimit.count";
                preferences.insert(changes.into(), 0.into());
                json!({
                    "browserName": "firefox",
                    "moz:firefoxOptions": {
                        "binary": places::firefox(),
                        "args": ["-headless", "-width", "1280", "-height", "900", "-profile", profile.path()],
                        "prefs": preferences,
                    },
                })
            }
        }
    }
}

/// What a machine without screen, sandbox and outside network needs. The last
/// one keeps connections between tabs on addresses that need no multicast.
const CHROMIUM: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    // It drops what comes after 200 changes of the address in ten seconds.
    "--disable-ipc-flooding-protection",
    // A laptop's screen, on which board and node are side by side.
    "--window-size=1280,900",
    "--hide-scrollbars",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
];

const SOFTWARE_GPU: &str = "--enable-unsafe-webgpu";

/// A port of this machine that is free in IPv4 and IPv6, as chromedriver wants
/// it: given none, it takes one of the system's choice in one of the two and
/// fails when somebody has it in the other. Below the range from which systems
/// give ports to outgoing connections, nobody takes it before the driver does.
fn free_port() -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    // Different processes begin at different places.
    let begin = std::process::id() as u16 % PORTS.len() as u16;
    loop {
        let step = begin.wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start + step % PORTS.len() as u16;
        let free = |address: IpAddr| match TcpListener::bind((address, port)) {
            Err(error) => error.kind() != io::ErrorKind::AddrInUse,
            Ok(_) => true,
        };
        if free(Ipv4Addr::LOCALHOST.into()) && free(Ipv6Addr::LOCALHOST.into()) {
            return port;
        }
    }
}

const PORTS: Range<u16> = 20_000..30_000;

/// A running browser. Dropping it ends it.
#[derive(Debug)]
pub struct Browser {
    kind: Kind,
    profile: Profile,
    console: Console,
    bidi: Bidi,
    /// The tab that every browser starts with.
    first: (String, AtomicBool),
    session: String,
    address: SocketAddr,
    /// The way to a driver on another machine.
    _door: Option<Proxy>,
    // Last, so that the session's socket is closed before its driver is killed.
    driver: Program,
}

impl Browser {
    /// Chromium with a fresh profile.
    pub async fn chromium() -> Self {
        Options::new(Kind::Chromium).start().await
    }

    /// Firefox with a fresh profile.
    pub async fn firefox() -> Self {
        Options::new(Kind::Firefox).start().await
    }

    async fn start(options: Options) -> Self {
        let profile = options.profile.clone().unwrap_or_else(|| {
            let folder = tempfile::Builder::new().prefix("tablon-e2e-").tempdir();
            Arc::new(folder.expect("a temporary folder"))
        });
        let (driver, port) = match options.kind {
            Kind::Chromium => {
                let chromedriver = places::chromedriver();
                let mut command = match &options.machine {
                    Some(machine) => machine.command(&chromedriver),
                    None => Command::new(chromedriver),
                };
                command.arg(format!("--port={}", free_port()));
                Program::start("chromedriver", command, |line| {
                    let (_, port) = line.split_once("started successfully on port ")?;
                    port.trim_end_matches('.').parse::<u16>().ok()
                })
                .await
            }
            Kind::Firefox => {
                let mut command = Command::new(places::geckodriver());
                command.args(["--port", "0", "--websocket-port", "0"]);
                Program::start("geckodriver", command, |line| {
                    let (_, port) = line.split_once("Listening on 127.0.0.1:")?;
                    port.trim().parse::<u16>().ok()
                })
                .await
            }
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let door = match &options.machine {
            Some(machine) => Some(Proxy::into(machine, address).await),
            None => None,
        };
        let mut wanted = options.capabilities(&profile);
        wanted["webSocketUrl"] = true.into();
        let body = json!({"capabilities": {"alwaysMatch": wanted}});
        let started = http::json(address, "POST", "/session", Some(&body)).await;
        let session = match &started {
            Ok(answer) if answer["value"]["sessionId"].is_string() => &answer["value"],
            other => panic!("{:?} does not start: {other:?}", options.kind),
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let socket = text(&session["capabilities"]["webSocketUrl"]);
        let console = Console::default();
        let heard = console.clone();
        let bidi = Bidi::connect(&socket, move |method, params| {
            if method == "log.entryAdded" {
                heard.heard(params);
            }
        })
        .await
        .unwrap_or_else(|error| panic!("{error}"));
        let ask = async |method, params| {
            let answer = bidi.send(method, params).await;
            answer.unwrap_or_else(|error| panic!("{:?}: {error}", options.kind))
        };
        ask("session.subscribe", json!({"events": ["log.entryAdded"]})).await;
        let preload = json!({"functionDeclaration": PRELOAD});
        ask("script.addPreloadScript", preload).await;
        let tree = ask("browsingContext.getTree", json!({})).await;
        let first = text(&tree["contexts"][0]["context"]);
        Self {
            kind: options.kind,
            profile,
            console,
            first: (first, AtomicBool::new(false)),
            session: text(&session["sessionId"]),
            bidi,
            address,
            _door: door,
            driver,
        }
    }

    /// Which it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it was told.
    pub fn console(&self) -> &Console {
        &self.console
    }

    /// An empty tab, which messages call `name`.
    pub async fn blank(&self, name: &str) -> Tab {
        let context = if self.first.1.swap(true, Ordering::Relaxed) {
            create(&self.bidi, name, json!({"type": "tab"})).await
        } else {
            self.first.0.clone()
        };
        Tab::new(name, self.kind, context, self.bidi.clone())
    }

    /// Another person's part of the browser.
    pub async fn person(&self) -> Person {
        let made = self.bidi.send("browser.createUserContext", json!({})).await;
        let made = made.unwrap_or_else(|error| panic!("{:?}: {error}", self.kind));
        Person {
            kind: self.kind,
            context: made["userContext"].as_str().unwrap_or_default().to_owned(),
            bidi: self.bidi.clone(),
        }
    }

    /// Run this function in every document to come, before its own scripts.
    pub async fn preload(&self, function: &str) {
        let preload = json!({"functionDeclaration": function});
        let added = self.bidi.send("script.addPreloadScript", preload).await;
        added.unwrap_or_else(|error| panic!("{:?}: {error}", self.kind));
    }

    /// A tab with this page in it.
    pub async fn open(&self, url: &str, name: &str) -> Tab {
        let tab = self.blank(name).await;
        tab.go(url).await;
        tab
    }

    /// A tab whose board is ready; it is joined if this browser does not know it.
    pub async fn open_board(&self, url: &str, name: &str) -> Tab {
        let tab = self.open(url, name).await;
        tab.enter().await;
        tab
    }

    /// Chromium's own protocol.
    pub async fn devtools(&self) -> DevTools {
        assert_eq!(self.kind, Kind::Chromium, "only Chromium speaks this");
        let connected = DevTools::connect(self.profile.path()).await;
        connected.unwrap_or_else(|error| panic!("no DevTools: {error}"))
    }

    /// Close it as a person does.
    pub async fn close(self) -> Profile {
        let path = format!("/session/{}", self.session);
        let closed = http::json(self.address, "DELETE", &path, None).await;
        closed.unwrap_or_else(|error| panic!("{:?} does not close: {error}", self.kind));
        self.driver.kill().await;
        self.profile
    }

    /// End it as the power switch would.
    pub async fn kill(self) -> Profile {
        self.driver.kill().await;
        self.profile
    }

    /// The end of a test: the console was told nothing unexpected.
    pub async fn finish(self) {
        let console = self.console.clone();
        self.close().await;
        console.check();
    }
}

/// Tabs with files, storage and channels apart from all others, as those of
/// another profile are, in the same process: less memory than a browser each.
#[derive(Debug)]
pub struct Person {
    kind: Kind,
    context: String,
    bidi: Bidi,
}

impl Person {
    /// A tab whose board is ready; it is joined if this person does not know it.
    pub async fn open_board(&self, url: &str, name: &str) -> Tab {
        let tab = json!({"type": "tab", "userContext": self.context});
        let context = create(&self.bidi, name, tab).await;
        let tab = Tab::new(name, self.kind, context, self.bidi.clone());
        tab.go(url).await;
        tab.enter().await;
        tab
    }
}

async fn create(bidi: &Bidi, name: &str, tab: Value) -> String {
    let created = bidi.send("browsingContext.create", tab).await;
    let created = created.unwrap_or_else(|error| panic!("{name}: {error}"));
    created["context"].as_str().unwrap_or_default().to_owned()
}
