//! What the browser tests stand on: the real relay, real browsers driven by
//! their own drivers, proxies that cut and a relay that lies.
//!
//! Both browsers are driven over WebDriver BiDi, the W3C's protocol on one
//! WebSocket: many tabs at once without a "current window", and every uncaught
//! exception, console message and policy violation of page and workers as an
//! event. Nothing here sleeps to let things happen: conditions are polled up to
//! a deadline ([`wait`]), and a test that fails says how every tab stands.
//!
//! ```text
//! Relay ── Proxy ──┐            Browser ── driver process ── browser process
//!   or FakeRelay ──┴─ page ──── Tab (window.tablon, keyboard, console)
//! Node (HTTP) ─────── /peer ───┘
//! ```
//!
//! Every process belongs to a value and ends when that is dropped, on panic too.

pub mod axe;
pub mod bidi;
pub mod browser;
pub mod console;
pub mod devtools;
pub mod fake_relay;
pub mod http;
pub mod lan;
pub mod look;
pub mod miner;
pub mod network;
pub mod node;
pub mod places;
pub mod program;
pub mod proxy;
pub mod relay;
pub mod stranger;
pub mod tab;
pub mod turn;
pub mod wait;
pub mod wire;
