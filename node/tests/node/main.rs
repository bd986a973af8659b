//! The program over real sockets and in real processes, all on loopback, every loop
//! bounded.

mod api;
mod common;
mod crowd;
mod examples;
mod files;
mod getwork;
mod killed;
mod library;
mod links;
mod mining;
mod openapi;
mod relay;
mod rtc;
mod strangers;
mod tls;
mod transcript;
mod tutorial;
