//! Components of the page are all of one type to yew (`web/yew`), and nobody can
//! tell.

use std::cell::RefCell;

use gloo::timers::future::sleep;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

/// What is drawn in these tests, by which the root knows what to show.
#[derive(Clone, PartialEq, Properties)]
struct Scene {
    shown: &'static str,
    #[prop_or_default]
    names: Vec<&'static str>,
    #[prop_or_default]
    number: u32,
}

thread_local! {
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn tell(what: impl Into<String>) {
    TOLD.with_borrow_mut(|told| told.push(what.into()));
}

fn told() -> Vec<String> {
    TOLD.take()
}

#[derive(PartialEq, Properties)]
struct NameProps {
    name: AttrValue,
}

/// Remembers the first name that it was given, and tells of its life.
#[component]
fn First(props: &NameProps) -> Html {
    let first = use_state(|| props.name.clone());
    tell(format!("first drawn for {}", props.name));
    use_effect_with((), |()| {
        tell("first begins");
        || tell("first ends")
    });
    html! { <label>{(*first).clone()}<input /></label> }
}

/// The same hooks as [`First`]: what it was given it would find there.
#[component]
fn Second(props: &NameProps) -> Html {
    let first = use_state(|| props.name.clone());
    use_effect_with((), |()| {
        tell("second begins");
        || tell("second ends")
    });
    html! { <label>{(*first).clone()}<input /></label> }
}

#[derive(PartialEq, Properties)]
struct BoxProps {
    #[prop_or_default]
    children: Html,
}

#[component]
fn Boxed(props: &BoxProps) -> Html {
    html! { <b>{props.children.clone()}</b> }
}

#[component]
fn Number() -> Html {
    let number = use_context::<u32>().expect("the scene provides it");
    html! { {number} }
}

#[component]
fn Root(scene: &Scene) -> Html {
    let name = scene.names.first().copied().unwrap_or_default();
    match scene.shown {
        "first" => html! { <First {name} /> },
        "second" => html! { <Second {name} /> },
        "list" => html! {
            <ol>{ for scene.names.iter().map(|name| html! { <First key={*name} name={*name} /> }) }</ol>
        },
        "list among others" => html! {
            <ol>
                if scene.number > 0 {
                    {scene.number}
                }
                for name in &scene.names {
                    <First key={*name} name={*name} />
                }
                <li>{"end"}</li>
            </ol>
        },
        "context" => html! {
            <ContextProvider<u32> context={scene.number}>
                <Boxed>{"number "}<Number /></Boxed>
            </ContextProvider<u32>>
        },
        other => panic!("no scene is called {other}"),
    }
}

fn scene(shown: &'static str, names: &[&'static str]) -> Scene {
    Scene {
        shown,
        names: names.to_vec(),
        number: 0,
    }
}

struct Stage {
    place: Element,
    app: AppHandle<Root>,
}

impl Stage {
    async fn of(scene: Scene) -> Self {
        told();
        let place = gloo::utils::document().create_element("div").unwrap();
        gloo::utils::body().append_child(&place).unwrap();
        let app = yew::Renderer::with_root_and_props(place.clone(), scene).render();
        drawn().await;
        Self { place, app }
    }

    async fn show(&mut self, scene: Scene) {
        self.app.update(scene);
        drawn().await;
    }

    fn inputs(&self) -> Vec<HtmlInputElement> {
        let found = self.place.query_selector_all("input").unwrap();
        let all = (0..found.length()).filter_map(|at| found.item(at));
        all.map(JsCast::unchecked_into).collect()
    }

    fn text(&self) -> String {
        self.place.text_content().unwrap_or_default()
    }
}

async fn drawn() {
    sleep(std::time::Duration::from_millis(30)).await;
}

#[wasm_bindgen_test]
async fn a_component_in_the_place_of_another_begins_afresh_and_the_other_ends() {
    let mut stage = Stage::of(scene("first", &["ana"])).await;
    assert_eq!(told(), ["first drawn for ana", "first begins"]);
    stage.inputs()[0].set_value("typed");

    stage.show(scene("second", &["luis"])).await;
    assert_eq!(stage.text(), "luis");
    assert_eq!(told(), ["first ends", "second begins"]);
    assert_eq!(stage.inputs()[0].value(), "");
    stage.inputs()[0].set_value("typed as well");

    // And back: what was there before is over, not waiting.
    stage.show(scene("first", &["eva"])).await;
    assert_eq!(stage.text(), "eva");
    assert_eq!(
        told(),
        ["second ends", "first drawn for eva", "first begins"]
    );
    assert_eq!(stage.inputs()[0].value(), "");

    stage.app.destroy();
    drawn().await;
    assert_eq!(told(), ["first ends"]);
}

#[wasm_bindgen_test]
async fn a_component_with_equal_properties_is_not_drawn_again_and_keeps_its_state() {
    let mut stage = Stage::of(scene("first", &["ana"])).await;
    told();
    let mut again = scene("first", &["ana"]);
    again.number = 1;
    stage.show(again).await;
    assert_eq!(told(), [""; 0]);

    stage.inputs()[0].set_value("typed");
    stage.show(scene("first", &["luis"])).await;
    assert_eq!(told(), ["first drawn for luis"]);
    assert_eq!(stage.text(), "ana");
    assert_eq!(stage.inputs()[0].value(), "typed");
}

#[wasm_bindgen_test]
async fn a_list_goes_by_its_keys() {
    let mut stage = Stage::of(scene("list", &["ana", "luis"])).await;
    stage.inputs()[0].set_value("of ana");
    told();
    stage.show(scene("list", &["eva", "luis", "ana"])).await;
    assert_eq!(stage.text(), "evaluisana");
    assert_eq!(stage.inputs()[2].value(), "of ana");
    assert_eq!(told(), ["first drawn for eva", "first begins"]);
    stage.show(scene("list", &["luis"])).await;
    assert_eq!(told(), ["first ends", "first ends"]);
}

#[wasm_bindgen_test]
async fn a_list_among_others_without_keys_goes_by_its_keys_too() {
    let mut stage = Stage::of(scene("list among others", &["ana", "luis"])).await;
    stage.inputs()[0].set_value("of ana");
    told();
    let mut longer = scene("list among others", &["eva", "ana", "luis", "leo"]);
    longer.number = 4;
    stage.show(longer).await;
    assert_eq!(stage.text(), "4evaanaluisleoend");
    assert_eq!(stage.inputs()[1].value(), "of ana");
    let told = told();
    assert!(told.iter().all(|told| told != "first ends"), "{told:?}");
}

#[wasm_bindgen_test]
async fn what_is_provided_reaches_components_inside_others_and_changes_there() {
    let mut provided = scene("context", &[]);
    let mut stage = Stage::of(provided.clone()).await;
    assert_eq!(stage.text(), "number 0");
    provided.number = 7;
    stage.show(provided).await;
    assert_eq!(stage.text(), "number 7");
}
