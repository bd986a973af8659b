//! Long chains on an easy network, made once by the core's example, and the two
//! headless nodes that give them away.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use tablon_core::params::Params;
use tablon_e2e::node::Node;
use tablon_e2e::relay::Relay;

/// What there is on a chain.
pub(crate) struct Length {
    pub(crate) blocks: u32,
    /// In each block.
    pub(crate) posts: u32,
}

/// A chain's file.
pub(crate) struct Chain {
    pub(crate) network: Params,
    pub(crate) length: Length,
    file: PathBuf,
}

/// The chain of this length, made if it is not there yet.
pub(crate) fn ensure(length: &Length) -> Chain {
    let &Length { blocks, posts } = length;
    let link = said(Command::new(program()).arg("link"));
    let network = Params::from_link(link.trim()).expect("the example tells its network's link");
    let folder = PathBuf::from(env::var_os("TABLON_KEPT").expect("TABLON_KEPT names a folder"));
    fs::create_dir_all(&folder).expect("a folder that can be made");
    // Other rules are another network; another layout of the store, another program.
    let made_by = fs::metadata(program()).and_then(|file| file.modified());
    let made_by = made_by.expect("the example has a file");
    let id = network.network_id().to_string();
    let file = folder.join(format!("{blocks}x{posts}-{}", &id[id.len() - 8..]));
    let newer = |file: &Path| {
        let made = fs::metadata(file).and_then(|file| file.modified());
        made.is_ok_and(|made| made > made_by)
    };
    if !newer(&file) {
        // Under its name once it is whole.
        let growing = file.with_extension("growing");
        let _ = fs::remove_file(&growing);
        let mut make = Command::new(program());
        make.arg("make").arg(&growing);
        said(make.args([blocks.to_string(), posts.to_string()]));
        fs::rename(&growing, &file).expect("a file of this program's own");
    }
    Chain {
        network,
        length: Length { blocks, posts },
        file,
    }
}

impl Chain {
    /// A headless node with a copy of it.
    pub(crate) async fn node(&self, arguments: &[&str]) -> Node {
        let node = Node::holding(&self.network, &self.file, arguments).await;
        let height = node.status().await.height.0;
        assert_eq!(height, self.length.blocks, "the chain is whole");
        node
    }
}

fn program() -> PathBuf {
    PathBuf::from(env::var_os("TABLON_CHAINS").expect("TABLON_CHAINS names the example"))
}

fn said(command: &mut Command) -> String {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    assert!(output.status.success(), "{command:?} failed: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// A relay, and two headless nodes that have the chain and are found there.
pub(crate) struct Givers {
    pub(crate) relay: Relay,
    nodes: [Node; 2],
}

impl Givers {
    pub(crate) async fn start(chain: &Chain) -> Self {
        Self::with(chain, Relay::start().await).await
    }

    /// The same at this relay.
    pub(crate) async fn with(chain: &Chain, relay: Relay) -> Self {
        let at = format!("http://{}", relay.address());
        let one = chain.node(&["--relay", &at]).await;
        let two = chain.node(&["--relay", &at]).await;
        Self {
            relay,
            nodes: [one, two],
        }
    }

    pub(crate) async fn stop(self) {
        for node in self.nodes {
            node.stop().await;
        }
        self.relay.stop().await;
    }
}
