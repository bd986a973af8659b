//! Tests with real browsers. One binary, since each costs a link.

mod access;
mod agreement;
mod api;
mod api_people;
mod coins;
mod forms;
mod hostile;
mod kills;
mod letters;
mod mesh;
mod namespaces;
mod networks;
mod page;
mod partition;
mod people;
mod persistence;
mod proof;
mod refusals;
mod relay_trouble;
mod siblings;
mod support;
mod tunnel;
mod turn;
mod wallet;
mod workers;
