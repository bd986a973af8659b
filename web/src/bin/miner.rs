//! A miner worker.

fn main() {
    tablon_web::miner::run();
}
