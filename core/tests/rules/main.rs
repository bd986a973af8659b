//! What must stay as it is: golden bytes, inputs that fuzzing found, and what the
//! rules promise of difficulty.

mod corpus;
mod margin;
mod mixed_chain;
mod swing;
mod vectors;
mod wallet_vectors;
