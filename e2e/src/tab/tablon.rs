//! What scripts see of a tab: `window.tablon`, with its values as types.

use data_encoding::BASE64;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tablon_core::hash::NetworkId;
use tablon_core::keys::Address;
use tablon_core::view::{AccountView, BlockView, PeerView, SecretView, Status, TransactionView};

use super::{Refused, Tab};

/// Milliseconds within which the node answers a call, however busy it is.
const ANSWER: u32 = 30_000;

/// How a wallet is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wallet {
    /// Its account.
    pub address: Address,
    /// It signs nothing.
    pub locked: bool,
    /// It is sealed.
    pub has_password: bool,
    /// The words are on paper, or there is a file.
    pub backed_up: bool,
    /// It is kept on disk.
    pub durable: bool,
}

/// A network of a tab.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Its genesis' hash.
    pub id: NetworkId,
    /// What follows `#/n/`.
    pub link: String,
    /// Its name.
    pub name: String,
    /// It is shown.
    pub current: bool,
    /// `opening`, `running`, `stopped` or `asking`.
    pub state: String,
    /// Of its tip.
    pub height: u32,
    /// Connected neighbours.
    pub peers: u32,
    /// Posts of others since it was shown.
    pub unread: u32,
}

/// A file as an argument: see [`Tab::try_eval`].
pub fn file(bytes: &[u8]) -> Value {
    json!({"base64": BASE64.encode(bytes)})
}

impl Tab {
    /// Call a method of `window.tablon`, such as `status` or `wallet.unlock`.
    pub async fn call(&self, method: &str, arguments: Value) -> Result<Value, Refused> {
        let call = json!({"method": method, "arguments": arguments, "patience": ANSWER});
        let function = "({method, arguments: list, patience}) => Promise.race([
            method.split('.').reduce((object, name) => object[name], tablon)(...list),
            new Promise((_, reject) => setTimeout(reject, patience, new Error(
                `tablon.${method} has not answered within ${patience} ms`))),
        ])";
        self.try_eval(function, &call).await
    }

    /// Call a method that is not refused, and read its answer.
    pub async fn told<T: DeserializeOwned>(&self, method: &str, arguments: Value) -> T {
        let value = self.call(method, arguments).await;
        let value = value.unwrap_or_else(|refused| {
            panic!("tab {}: {method} was refused: {refused:?}", self.name)
        });
        serde_json::from_value(value.clone())
            .unwrap_or_else(|error| panic!("tab {}: {method} gave {value}: {error}", self.name))
    }

    /// Call a method that gives a file.
    pub async fn file(&self, method: &str, arguments: Value) -> Vec<u8> {
        let value: Value = self.told(method, arguments).await;
        let bytes = value["base64"].as_str().map(str::as_bytes);
        bytes
            .and_then(|text| BASE64.decode(text).ok())
            .unwrap_or_else(|| panic!("tab {}: {method} gave no file: {value}", self.name))
    }

    /// Call a method that is refused, with this code.
    pub async fn refused(&self, method: &str, arguments: Value, code: &str) -> Refused {
        match self.call(method, arguments.clone()).await {
            Err(refused) if refused.code == code => refused,
            other => panic!(
                "tab {}: {method} {arguments} is not refused as {code}: {other:?}",
                self.name
            ),
        }
    }

    /// `status()`.
    pub async fn status(&self) -> Status {
        self.told("status", json!([])).await
    }

    /// `status()`, or none while the node is away.
    pub async fn try_status(&self) -> Option<Status> {
        let value = self.call("status", json!([])).await.ok()?;
        serde_json::from_value(value).ok()
    }

    /// Post and give the id.
    pub async fn post(&self, body: &str) -> String {
        let options = json!({"name": self.name});
        self.told("post", json!([body, options])).await
    }

    /// Mine with so many threads; 0 stops.
    pub async fn mine(&self, threads: u32) {
        self.told("mine", json!([threads])).await
    }

    /// `pending()`.
    pub async fn pending(&self) -> Vec<TransactionView> {
        self.told("pending", json!([])).await
    }

    /// `peers()`.
    pub async fn peers(&self) -> Vec<PeerView> {
        self.told("peers", json!([])).await
    }

    /// Every block from genesis on, asked for in pages.
    pub async fn chain(&self) -> Vec<BlockView> {
        let mut chain: Vec<BlockView> = Vec::new();
        loop {
            let page = json!([{"from": chain.len(), "limit": 100}]);
            let more: Vec<BlockView> = self.told("chain", page).await;
            if more.is_empty() {
                return chain;
            }
            chain.extend(more);
        }
    }

    /// Ids of all transactions on the chain, oldest first.
    pub async fn confirmed(&self) -> Vec<String> {
        let chain = self.chain().await;
        let posts = chain.iter().flat_map(|block| &block.transactions);
        posts.map(|post| post.id.to_string()).collect()
    }

    /// `account()`: the wallet's.
    pub async fn account(&self) -> AccountView {
        self.told("account", json!([])).await
    }

    /// `secrets()`.
    pub async fn secrets(&self) -> Vec<SecretView> {
        self.told("secrets", json!([])).await
    }

    /// `wallet.state()`.
    pub async fn wallet(&self) -> Wallet {
        self.told("wallet.state", json!([])).await
    }

    /// `networks.list()`.
    pub async fn networks(&self) -> Vec<Network> {
        self.told("networks.list", json!([])).await
    }
}
