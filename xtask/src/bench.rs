//! `cargo xtask bench`: figures that are printed, never asserted.
//!
//! To come: hashes/s in a tab's worker and natively, blocks/s and posts/s
//! validated, size of the page (gzip), time from opening the page to ready.
//! Until there is something to run, `cli` does not offer the command.
