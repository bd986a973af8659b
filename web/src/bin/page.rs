//! The page's main thread.

fn main() {
    tablon_web::page::run();
}
