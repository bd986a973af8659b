//! What `html!` calls for `<Name a={b} />`.

use std::marker::PhantomData;
use std::rc::Rc;

use yew::functional::FunctionProvider;
use yew::html::Html;
use yew::virtual_dom::{Key, VComp};

use crate::part::{Drawing, Of, Part};

/// A name under which `html!` finds [`VChild::new`]; there are no values of it.
pub struct VChild<C>(PhantomData<C>);

impl<C: FunctionProvider + 'static> VChild<C> {
    /// The component `C` with these properties, as a [`Part`].
    // `html!` wants nothing of it but that it goes into a node, which this is.
    #[expect(clippy::new_ret_no_self, reason = "the name is what html! calls")]
    pub fn new(properties: C::Properties, key: Option<Key>) -> Html {
        node(Drawing::of(Rc::new(Of::<C>(properties))), key)
    }
}

// Not generic: compiled once.
fn node(drawing: Drawing, key: Option<Key>) -> Html {
    VComp::new::<Part>(Rc::new(drawing), key).into()
}
