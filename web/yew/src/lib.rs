//! yew, with one type of component.
//!
//! yew compiles its machinery (scope, life cycle, scheduler) once for each type of
//! component, some 2 KB of wasm each time; the page has a hundred. The crate
//! `tablon-web` knows this one by the name `yew`, so `html!` and `#[component]`
//! there write what they always write, and find here:
//!
//! - [`virtual_dom::VChild`], by which `html!` makes a component out of its
//!   properties. This one makes a [`Part`] of each: the only type that yew's
//!   machinery is compiled for, with the component's function and properties
//!   behind one vtable.
//! - [`ContextProvider`], a component like any other, around yew's own.
//!
//! Everything else is yew's. What changes for who writes components: they are
//! functions, never structs, and a `VChild` cannot be kept or taken apart.

mod child;
mod part;
mod provider;

pub use part::Part;
pub use provider::ContextProvider;
pub use yew::*;

/// yew's, and the [`ContextProvider`] of this crate.
pub mod prelude {
    pub use super::ContextProvider;
    pub use yew::prelude::*;
}

/// yew's, and the [`VChild`](virtual_dom::VChild) of this crate.
pub mod virtual_dom {
    pub use super::child::VChild;
    pub use yew::virtual_dom::*;
}
