//! Which of the addresses that a node tells of itself this tab calls.
//!
//! Anybody whose node is dialled tells addresses, and a browser's call carries the
//! cookies of where it goes: so that nobody can have tabs press buttons of other
//! people's servers, only the path of links is called, bare of anything else.

use web_sys::Url;

/// The path of links, at the end of whatever stands before it where a host serves
/// several things.
const PATH: &str = "/peer";

/// Whether to call it from a page that is, or is not, `secure` (https): from such a
/// page browsers let nobody call `ws://`, but for this machine itself.
pub fn may_be_called(address: &str, secure: bool) -> bool {
    let Ok(url) = Url::new(address) else {
        return false;
    };
    let bare = url.username().is_empty()
        && url.password().is_empty()
        && url.search().is_empty()
        && url.hash().is_empty();
    let sealed = match url.protocol().as_str() {
        "wss:" => true,
        "ws:" => false,
        _ => return false,
    };
    bare && url.pathname().ends_with(PATH) && (sealed || !secure || is_here(&url.hostname()))
}

// As the browser has written it: numbers in full, letters small.
fn is_here(host: &str) -> bool {
    let numbers: Vec<&str> = host.split('.').collect();
    let four = numbers.len() == 4 && numbers.iter().all(|part| part.parse::<u8>().is_ok());
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || (four && numbers[0] == "127")
}
