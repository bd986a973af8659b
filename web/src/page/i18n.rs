//! The page's words: one Fluent file a language in `web/messages/`, embedded at
//! build. Code names a message by its id; numbers take the reader's own form.

use std::rc::Rc;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;
use yew::prelude::*;

use super::intl;

/// The languages that have a message file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lang {
    /// English.
    En,
    /// Spanish.
    Es,
}

impl Lang {
    /// In the order of the language switch.
    pub(crate) const ALL: [Self; 2] = [Self::En, Self::Es];

    /// For `lang=""` and for the remembered choice.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// In the language itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Español",
        }
    }

    /// From a BCP 47 tag such as `es-MX`.
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }

    fn messages(self) -> &'static str {
        match self {
            Self::En => include_str!("../../messages/en.ftl"),
            Self::Es => include_str!("../../messages/es.ftl"),
        }
    }
}

/// One language, ready to speak. Cheap to clone; compared by language and locale.
#[derive(Clone)]
pub(crate) struct Words(Rc<Inner>);

struct Inner {
    lang: Lang,
    locale: String,
    bundle: FluentBundle<FluentResource>,
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.0.lang == other.0.lang && self.0.locale == other.0.locale
    }
}

impl Words {
    /// The words of `lang`, with numbers and dates as `locale` writes them
    /// (`es-MX` and `es-ES` differ in the thousands separator).
    pub(crate) fn new(lang: Lang, locale: &str) -> Self {
        let resource =
            FluentResource::try_new(lang.messages().to_owned()).unwrap_or_else(|(read, _)| read);
        let tag: LanguageIdentifier = lang.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![tag]);
        // Isolation marks would land in titles and labels; what a stranger
        // wrote is isolated by <bdi> and dir="auto" instead.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(|value, _| match value {
            FluentValue::Number(number) => {
                let digits = number.options.maximum_fraction_digits.unwrap_or(0);
                Some(intl::number(number.value, digits))
            }
            _ => None,
        }));
        bundle.add_resource_overriding(resource);
        intl::set_locale(locale);
        Self(Rc::new(Inner {
            lang,
            locale: locale.to_owned(),
            bundle,
        }))
    }

    /// The language.
    pub(crate) fn lang(&self) -> Lang {
        self.0.lang
    }

    /// A message without values. Its id when there is none, so that a gap is seen.
    pub(crate) fn say(&self, id: &str) -> AttrValue {
        self.maybe(id).unwrap_or_else(|| id.to_owned().into())
    }

    /// A message that may not exist: refusals are translated by their code.
    pub(crate) fn maybe(&self, id: &str) -> Option<AttrValue> {
        self.format(id, None)
    }

    /// A message with values; write `tell!(words, "id", name = value)`.
    pub(crate) fn tell(&self, id: &str, values: &FluentArgs<'_>) -> AttrValue {
        self.format(id, Some(values))
            .unwrap_or_else(|| id.to_owned().into())
    }

    fn format(&self, id: &str, values: Option<&FluentArgs<'_>>) -> Option<AttrValue> {
        let bundle = &self.0.bundle;
        let pattern = bundle.get_message(id)?.value()?;
        let text = bundle.format_pattern(pattern, values, &mut Vec::new());
        Some(text.into_owned().into())
    }
}

/// `tell!(words, "id", n = 3, name = "Ana")`: a message with values.
macro_rules! tell {
    ($words:expr, $id:literal $(, $name:ident = $value:expr)+ $(,)?) => {{
        let mut values = fluent_bundle::FluentArgs::new();
        $(values.set(stringify!($name), $value);)+
        $words.tell($id, &values)
    }};
}
pub(crate) use tell;

/// The words of the page's language, from the nearest provider.
#[hook]
pub(crate) fn use_words() -> Words {
    use_context::<Words>().expect("the app provides words around every component")
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use std::collections::{BTreeMap, BTreeSet};

    use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

    use super::super::place::{NAVIGATION, Place};
    use super::super::term::Term;
    use super::*;

    type Messages = BTreeMap<String, BTreeSet<String>>;

    fn pattern(pattern: &Pattern<&str>, names: &mut BTreeSet<String>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                match expression {
                    Expression::Inline(inline) => self::inline(inline, names),
                    Expression::Select { selector, variants } => {
                        inline(selector, names);
                        for variant in variants {
                            self::pattern(&variant.value, names);
                        }
                    }
                }
            }
        }
    }

    fn inline(expression: &InlineExpression<&str>, names: &mut BTreeSet<String>) {
        match expression {
            InlineExpression::VariableReference { id } => {
                names.insert(id.name.to_owned());
            }
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
            other => panic!("the message files keep to text, values and choices: {other:?}"),
        }
    }

    fn messages(lang: Lang) -> Messages {
        let resource = fluent_syntax::parser::parse(lang.messages())
            .unwrap_or_else(|(_, errors)| panic!("{}.ftl: {errors:?}", lang.code()));
        let mut all = Messages::new();
        for entry in &resource.body {
            if let Entry::Message(message) = entry {
                let mut names = BTreeSet::new();
                pattern(message.value.as_ref().expect("has a text"), &mut names);
                let before = all.insert(message.id.name.to_owned(), names);
                assert!(before.is_none(), "{} stands twice", message.id.name);
            }
        }
        all
    }

    // Embedded, because the test runs in a browser too, which has no files.
    macro_rules! sources {
        ($($name:literal),+ $(,)?) => {
            &[$(($name, include_str!(concat!($name, ".rs")))),+]
        };
    }

    /// Every file of the page but this one.
    const SOURCES: &[(&str, &str)] = sources![
        "app",
        "block",
        "block/header",
        "blocks",
        "board",
        "budget",
        "clock",
        "composer",
        "copy",
        "entry",
        "form_request",
        "estimate",
        "feed",
        "file",
        "fingerprint",
        "forks",
        "forks/layout",
        "format",
        "gradual",
        "hashes",
        "idle",
        "intl",
        "invite",
        "language",
        "letters",
        "letters/conversation",
        "letters/write",
        "linkify",
        "live",
        "map",
        "map/addresses",
        "map/by_hand",
        "map/drawing",
        "map/facts",
        "map/layout",
        "map/legend",
        "masthead",
        "memory",
        "mining",
        "my_node",
        "network",
        "networks",
        "networks/create",
        "networks/join",
        "networks/leave",
        "networks/share",
        "networks/speed",
        "networks/switcher",
        "networks/terms",
        "note",
        "note/menu",
        "notices",
        "offer",
        "pages",
        "peers",
        "people",
        "people/own",
        "proof",
        "place",
        "qr",
        "reduce",
        "refusal",
        "reduce/own_transactions",
        "reduce/chain",
        "reduce/notes",
        "route",
        "sealing",
        "sparkline",
        "state",
        "state/own_transactions",
        "state/notes",
        "state/passed",
        "strip",
        "sync",
        "term",
        "theme",
        "tip",
        "toasts",
        "transfers",
        "wall",
        "wallet",
        "wallet/backup",
        "wallet/export",
        "wallet/field",
        "wallet/forget",
        "wallet/hint",
        "wallet/import",
        "wallet/lock",
        "wallet/password",
        "wallet/pay",
        "wallet/unlock",
        "who"
    ];

    #[wasm_bindgen_test(unsupported = test)]
    fn every_file_of_the_page_is_looked_through() {
        let parents = [("", include_str!("mod.rs"))];
        for (parent, source) in parents.iter().chain(SOURCES) {
            let declared = source.lines().filter_map(|line| line.strip_prefix("mod "));
            for name in declared.filter_map(|line| line.strip_suffix(';')) {
                let name = format!("{parent}/{name}");
                let name = name.trim_start_matches('/');
                let there = SOURCES.iter().any(|(held, _)| *held == name);
                let said = there || name == "i18n" || name.ends_with("/tests");
                assert!(said, "{name} is missing in SOURCES");
            }
        }
    }

    /// Every `say("id")`, `maybe("id")` and `tell!(words, "id", name = ..)`.
    fn uses() -> Messages {
        let text: String = SOURCES.iter().map(|(_, source)| *source).collect();
        let mut uses = Messages::new();
        for (call, with_values) in [("say(", false), ("tell!(", true)] {
            for (at, _) in text.match_indices(call) {
                let rest = &text[at + call.len()..];
                let arguments = &rest[..closing(rest)];
                let ids = literals(arguments);
                if with_values {
                    // Whatever follows the id is a value.
                    let id = ids.into_iter().next().expect("a tell! has an id");
                    uses.entry(id).or_default().extend(named(arguments));
                } else {
                    for id in ids {
                        uses.entry(id).or_default();
                    }
                }
            }
        }
        uses
    }

    /// Where the parenthesis opened just before `text` closes.
    fn closing(text: &str) -> usize {
        let mut depth = 1;
        for (at, letter) in text.char_indices() {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return at;
            }
        }
        text.len()
    }

    /// The message ids among the string literals of a call.
    fn literals(arguments: &str) -> Vec<String> {
        arguments
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(|id| {
                !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            })
            .map(str::to_owned)
            .collect()
    }

    /// The names in `name = value` of a `tell!`.
    fn named(arguments: &str) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (at, _) in arguments.match_indices(" = ") {
            let before = &arguments[..at];
            let start = before
                .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .map_or(0, |at| at + 1);
            names.insert(before[start..].to_owned());
        }
        names
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn every_language_has_the_same_messages_with_the_same_values() {
        let english = messages(Lang::En);
        for lang in Lang::ALL {
            let other = messages(lang);
            for (id, names) in &english {
                let there = other
                    .get(id)
                    .unwrap_or_else(|| panic!("{}.ftl lacks {id}", lang.code()));
                assert_eq!(names, there, "{id} in {}.ftl", lang.code());
            }
            for id in other.keys() {
                assert!(english.contains_key(id), "en.ftl lacks {id}");
            }
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn every_message_is_used_and_every_use_has_its_message() {
        let messages = messages(Lang::En);
        let mut uses = uses();
        for term in Term::ALL {
            for id in [term.name_id(), term.meaning_id()] {
                uses.entry(id).or_default();
            }
        }
        let places = Place::PLAIN.iter().map(|place| place.spec().title);
        for id in places.chain(NAVIGATION.iter().map(|entry| entry.name)) {
            uses.entry(id.to_owned()).or_default();
        }
        for (id, names) in &uses {
            let there = messages
                .get(id)
                .unwrap_or_else(|| panic!("the page says {id}, which no message file has"));
            assert_eq!(there, names, "values of {id}");
        }
        for id in messages.keys() {
            let by_code = id.starts_with("refusal-");
            assert!(by_code || uses.contains_key(id), "nothing says {id}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn plurals_follow_the_language() {
        for (lang, one, many) in [
            (Lang::En, "1 confirmation", "7 confirmations"),
            (Lang::Es, "1 confirmación", "7 confirmaciones"),
        ] {
            let words = Words::new(lang, lang.code());
            assert_eq!(tell!(words, "confirmations", n = 1), one);
            assert_eq!(tell!(words, "confirmations", n = 7), many);
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_browser_language_is_matched_by_its_first_part() {
        assert_eq!(Lang::from_tag("es-MX"), Some(Lang::Es));
        assert_eq!(Lang::from_tag("EN_us"), Some(Lang::En));
        assert_eq!(Lang::from_tag("fr"), None);
    }
}
