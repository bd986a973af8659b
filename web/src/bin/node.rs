//! The node worker.

fn main() {
    tablon_web::worker::run();
}
