//! Tests with real browsers. One binary, since each costs a link.

mod agreement;
mod api;
mod page;
mod partition;
mod persistence;
mod refusals;
mod relay_trouble;
mod support;
mod workers;
