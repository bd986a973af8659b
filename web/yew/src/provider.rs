//! Values for all components below.

use std::rc::Rc;

use yew::context::{ContextProvider as Provider, ContextProviderProps};
use yew::prelude::*;
use yew::virtual_dom::{VComp, VNode};

/// What to provide, and to whom.
#[derive(Properties)]
pub struct Props<T: Clone + PartialEq> {
    /// The value.
    pub context: T,
    /// Who can ask for it.
    pub children: Html,
}

// yew's provider compares both by itself; twice would be once too often for
// children that are the whole page.
impl<T: Clone + PartialEq> PartialEq for Props<T> {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

/// yew's provider of context. It has to be a type of its own, by which
/// [`use_context`] finds it.
#[component]
pub fn ContextProvider<T: Clone + PartialEq + 'static>(props: &Props<T>) -> Html {
    let provided = ContextProviderProps {
        context: props.context.clone(),
        children: props.children.clone(),
    };
    VNode::from(VComp::new::<Provider<T>>(Rc::new(provided), None))
}
