//! The page's main thread and, started once more by it, its node worker.

fn main() {
    if web_sys::window().is_some() {
        tablon_web::page::run();
    } else {
        tablon_web::worker::run();
    }
}
