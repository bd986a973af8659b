//! The program over real sockets and in real processes, all on loopback, every loop
//! bounded.

mod addresses;
mod api;
mod common;
mod crowd;
mod doors;
mod examples;
mod files;
mod getwork;
#[cfg(target_os = "linux")]
mod hostile;
mod killed;
mod library;
mod links;
mod mining;
mod nginx;
mod openapi;
mod readers;
mod relay;
mod rtc;
mod strangers;
mod tls;
mod token;
mod transcript;
mod tutorial;
