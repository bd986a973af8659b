//! Which of the addresses that a node tells of itself this tab can call; how often, and
//! how far in, is [`tablon_core::links::CallLimits`]'s.
//!
//! Anybody whose node is dialled tells addresses, and a browser's call carries the
//! cookies of where it goes: so that nobody can have tabs press buttons of other
//! people's servers, only the path of links is called, bare of anything else.

use tablon_core::links::Space;
use web_sys::Url;

/// The path of links, at the end of whatever stands before it where a host serves
/// several things.
const PATH: &str = "/peer";

/// The host to call, as the browser writes it (numbers in full, letters small), from a
/// page that is, or is not, `secure` (https): from such a page browsers let nobody call
/// `ws://`, but for this machine itself. None when it may not be called.
pub fn called_host(address: &str, secure: bool) -> Option<String> {
    let url = Url::new(address).ok()?;
    let bare = url.username().is_empty()
        && url.password().is_empty()
        && url.search().is_empty()
        && url.hash().is_empty();
    let sealed = match url.protocol().as_str() {
        "wss:" => true,
        "ws:" => false,
        _ => return None,
    };
    let host = url.hostname();
    let is_here = Space::of_host(&host) == Space::Loopback;
    let called = bare && url.pathname().ends_with(PATH) && (sealed || !secure || is_here);
    called.then_some(host)
}
