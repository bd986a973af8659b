//! Tests with real browsers. One binary, since each costs a link.

mod access;
mod agreement;
mod api;
mod api_people;
mod coins;
mod forms;
mod letters;
mod networks;
mod page;
mod partition;
mod people;
mod persistence;
mod proof;
mod refusals;
mod relay_trouble;
mod support;
mod wallet;
mod workers;
