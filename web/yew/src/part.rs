//! The one type of component.

use std::any::Any;
use std::rc::Rc;

use yew::functional::{FunctionComponent, FunctionProvider, HookContext};
use yew::html::{BaseComponent, Context, HtmlResult, Properties};
use yew::virtual_dom::{Key, VComp};

/// A component with its properties, whichever it is.
trait Drawn: Any {
    fn run(&self, hooks: &mut HookContext) -> HtmlResult;
    fn equals(&self, other: &dyn Drawn) -> bool;
}

/// The component `C` with these properties.
pub(crate) struct Of<C: FunctionProvider>(pub(crate) C::Properties);

impl<C: FunctionProvider + 'static> Drawn for Of<C> {
    fn run(&self, hooks: &mut HookContext) -> HtmlResult {
        C::run(hooks, &self.0)
    }

    fn equals(&self, other: &dyn Drawn) -> bool {
        let other: &dyn Any = other;
        other
            .downcast_ref::<Self>()
            .is_some_and(|other| self.0 == other.0)
    }
}

/// The properties of a [`Part`]: what it draws.
#[derive(Clone, Properties)]
pub struct Drawing {
    what: Rc<dyn Drawn>,
}

impl Drawing {
    pub(crate) fn of<C: FunctionProvider + 'static>(what: Rc<Of<C>>) -> Self {
        Self { what }
    }

    // By type and not by function: who has the same code as another is still
    // another component.
    fn is_of_the_component_of(&self, other: &Self) -> bool {
        let (a, b): (&dyn Any, &dyn Any) = (&*self.what, &*other.what);
        a.type_id() == b.type_id()
    }
}

/// The same component with equal properties, which is not drawn again.
impl PartialEq for Drawing {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.what, &other.what) || self.what.equals(&*other.what)
    }
}

/// A component: any. Its state is the hooks of the one that it draws.
#[derive(Debug)]
pub struct Part {
    hooks: FunctionComponent<Self>,
    swaps: u32,
}

impl FunctionProvider for Part {
    type Properties = Drawing;

    fn run(hooks: &mut HookContext, drawing: &Drawing) -> HtmlResult {
        drawing.what.run(hooks)
    }
}

impl BaseComponent for Part {
    type Message = ();
    type Properties = Drawing;

    fn create(ctx: &Context<Self>) -> Self {
        Self {
            hooks: FunctionComponent::new(ctx),
            swaps: 0,
        }
    }

    fn update(&mut self, _: &Context<Self>, (): ()) -> bool {
        true
    }

    // To yew, a component that stands where another one stood is the same one
    // with new properties. It must have nothing of the former: neither its state
    // nor its elements with what was typed, focused or scrolled there.
    fn changed(&mut self, ctx: &Context<Self>, former: &Drawing) -> bool {
        if !ctx.props().is_of_the_component_of(former) {
            self.hooks.destroy();
            self.swaps += 1;
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> HtmlResult {
        if self.swaps == 0 {
            return self.hooks.render(ctx.props());
        }
        // Another key each time, so yew takes the former one away with all its
        // elements.
        let key = Key::from(format!("in place of {}", self.swaps));
        let next = VComp::new::<Self>(Rc::new(ctx.props().clone()), Some(key));
        Ok(next.into())
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        self.hooks.rendered();
    }

    fn destroy(&mut self, _: &Context<Self>) {
        self.hooks.destroy();
    }

    fn prepare_state(&self) -> Option<String> {
        self.hooks.prepare_state()
    }
}
