//! The program over real sockets and in real processes, all on loopback, every loop
//! bounded.

mod api;
mod common;
mod crowd;
mod files;
mod getwork;
mod killed;
mod library;
mod links;
mod mining;
mod strangers;
mod transcript;
mod tutorial;
