//! `/api/v1` against its own description: requests are made from it, and each answer
//! is held against it. `docs/headless.md` says how to let schemathesis do the same.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value};

use crate::api::with_posts;
use crate::common::{Answer, Program};

const ROUNDS: usize = 40;

/// The patterns of the description.
const ID: &str = "^[0-9a-f]{64}$";
const HEADER: &str = "^[0-9a-f]{160}$";
const ADDRESS: &str = "^tablon1[02-9ac-hj-np-z]+$";
const PLACE: &str = "^[0-9]{1,9}-[0-9]{1,9}$";

/// What no parameter takes, or few do.
const ODD: [&str; 18] = [
    "0",
    "1",
    "-1",
    "4294967295",
    "4294967296",
    "1e3",
    "%00",
    "%ff",
    "%F0%9F%8C%B5",
    "null",
    "12-0",
    "12-",
    "-",
    "%2e%2e%2f",
    "tablon1qqqq",
    "0x10",
    "NaN",
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
];

/// The description, and names of things that there are.
struct Described {
    all: Value,
    ids: Vec<String>,
    address: String,
}

/// One operation of it.
struct Operation<'a> {
    path: &'a str,
    method: String,
    is: &'a Value,
}

impl Described {
    fn by(node: &Program) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let notes = node.get("/api/v1/transactions?limit=1").json();
        let status = node.get("/api/v1/status").json();
        Self {
            all: node.get("/api/v1/openapi.json").json(),
            ids: vec![text(&notes[0]["post"]["id"]), text(&status["tip"])],
            address: text(&status["address"]),
        }
    }

    /// All but the stream of events, which does not end.
    fn operations(&self) -> Vec<Operation<'_>> {
        let mut found = Vec::new();
        for (path, operations) in self.all["paths"].as_object().unwrap() {
            for (method, is) in operations.as_object().unwrap() {
                let method = method.to_uppercase();
                found.push(Operation { path, method, is });
            }
        }
        found.retain(|operation| !operation.path.ends_with("/events"));
        found
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(name) => self.all.pointer(&name[1..]).expect(name),
            None => schema,
        }
    }

    /// What of the schema the value breaks, if anything. A word that is not known
    /// here fails the test: the description must not say what nobody checks.
    fn broken(&self, schema: &Value, value: &Value) -> Option<String> {
        let schema = self.resolve(schema).as_object()?;
        schema.iter().find_map(|(word, said)| {
            let holds = match word.as_str() {
                "description" | "format" => true,
                "type" => is_of_type(value, said.as_str().unwrap()),
                "const" => value == said,
                "enum" => said.as_array().unwrap().contains(value),
                // Of other types these say nothing.
                "minimum" => value.as_u64().is_none_or(|it| it >= said.as_u64().unwrap()),
                "maximum" => value.as_u64().is_none_or(|it| it <= said.as_u64().unwrap()),
                "maxItems" => {
                    let length = value.as_array().map(|items| items.len() as u64);
                    length.is_none_or(|it| it <= said.as_u64().unwrap())
                }
                "pattern" => {
                    let text = value.as_str();
                    text.is_none_or(|text| matches(said.as_str().unwrap(), text))
                }
                "required" => {
                    let mut names = said.as_array().unwrap().iter();
                    names.all(|name| value.get(name.as_str().unwrap()).is_some())
                }
                "oneOf" => {
                    let ways = said.as_array().unwrap().iter();
                    ways.filter(|way| self.broken(way, value).is_none()).count() == 1
                }
                "items" => {
                    let mut items = value.as_array().into_iter().flatten();
                    return items.find_map(|item| self.broken(said, item));
                }
                "properties" => {
                    let mut fields = said.as_object().unwrap().iter();
                    return fields.find_map(|(name, schema)| {
                        let broken = self.broken(schema, value.get(name)?)?;
                        Some(format!("{name}: {broken}"))
                    });
                }
                other => panic!("this test knows no {other:?}"),
            };
            (!holds).then(|| format!("{word} {said}, received {value}"))
        })
    }

    /// A value that the schema allows.
    fn make(&self, rng: &mut StdRng, schema: &Value) -> Value {
        let schema = self.resolve(schema);
        if let Some(ways) = schema["oneOf"].as_array() {
            let way = ways.choose(rng).unwrap();
            return self.make(rng, way);
        }
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        match schema["type"].as_str() {
            Some("integer") => {
                let least = schema["minimum"].as_u64().unwrap_or(0);
                let most = schema["maximum"].as_u64().unwrap_or(u64::MAX);
                let edges = [least, most, least + 1, least + 2];
                match rng.random_bool(0.7) {
                    true => (*edges.choose(rng).unwrap()).into(),
                    false => rng.random_range(least..=most).into(),
                }
            }
            Some("object") => {
                let mut made = Map::new();
                let required = schema["required"].as_array();
                for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                    let must = required.is_some_and(|all| all.contains(&name.as_str().into()));
                    if must || rng.random_bool(0.5) {
                        made.insert(name.clone(), self.make(rng, field));
                    }
                }
                made.into()
            }
            Some("null") => Value::Null,
            _ => self.text(rng, schema["pattern"].as_str()).into(),
        }
    }

    fn text(&self, rng: &mut StdRng, pattern: Option<&str>) -> String {
        match pattern {
            Some(ID) => match rng.random_bool(0.7) {
                true => self.ids.choose(rng).unwrap().clone(),
                false => format!("{:064x}", rng.random::<u128>()),
            },
            Some(ADDRESS) => match rng.random_bool(0.7) {
                true => self.address.clone(),
                false => "tablon1qqqq".into(),
            },
            Some(PLACE) => format!("{}-{}", rng.random_range(0..4), rng.random_range(0..3)),
            Some(other) => panic!("this test makes no {other:?}"),
            None => {
                let words = ["x", "Ana", "two words", "ñ 🌵", ""];
                (*words.choose(rng).unwrap()).into()
            }
        }
    }

    /// A request of the operation: most of it as described, now and then not.
    fn request(&self, rng: &mut StdRng, operation: &Operation) -> Request {
        let mut path = operation.path.to_owned();
        let mut query = Vec::new();
        let parameters = operation.is["parameters"].as_array();
        for parameter in parameters.into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let value = match rng.random_bool(0.7) {
                true => match self.make(rng, &parameter["schema"]) {
                    Value::String(text) => text,
                    other => other.to_string(),
                },
                false => (*ODD.choose(rng).unwrap()).to_owned(),
            };
            if parameter["in"] == "path" {
                path = path.replace(&format!("{{{name}}}"), &value);
            } else if rng.random_bool(0.5) {
                query.push(format!("{name}={value}"));
            }
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let content = operation.is["requestBody"]["content"].as_object();
        let (kind, body) = match content.and_then(|content| content.iter().next()) {
            None => (None, String::new()),
            Some((kind, said)) => {
                let body = match self.make(rng, &said["schema"]) {
                    Value::String(text) => text.repeat(rng.random_range(0..20)),
                    other => other.to_string(),
                };
                let body = if rng.random_bool(0.3) {
                    spoiled(rng, body)
                } else {
                    body
                };
                (Some(kind.clone()), body)
            }
        };
        Request { path, kind, body }
    }

    /// The answer must be one of those described.
    fn judge(&self, operation: &Operation, answer: &Answer, asked: &Request) {
        let responses = &operation.is["responses"];
        let response = &responses[answer.status.to_string()];
        assert!(!response.is_null(), "{asked:?}: {answer:?}");
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_null() {
            return; // a file
        }
        let broken = self.broken(schema, &answer.json());
        assert_eq!(broken, None, "{asked:?}: {answer:?}");
    }
}

#[derive(Debug)]
struct Request {
    path: String,
    kind: Option<String>,
    body: String,
}

impl Request {
    fn send(&self, node: &Program, method: &str) -> std::io::Result<Answer> {
        let kind = self.kind.as_deref().map(|kind| ("content-type", kind));
        let headers: Vec<(&str, &str)> = kind.into_iter().collect();
        node.try_send(method, &self.path, &headers, &self.body)
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "null" => value.is_null(),
        other => panic!("this test knows no type {other:?}"),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let digits = |text: &str, length: usize| {
        let plain = |letter: u8| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter);
        text.len() == length && text.bytes().all(plain)
    };
    match pattern {
        ID => digits(text, 64),
        HEADER => digits(text, 160),
        ADDRESS => text.strip_prefix("tablon1").is_some_and(|rest| {
            let known = "023456789acdefghjklmnpqrstuvwxyz";
            !rest.is_empty() && rest.chars().all(|letter| known.contains(letter))
        }),
        PLACE => text.split_once('-').is_some_and(|(height, place)| {
            let number = |text: &str| {
                (1..=9).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit())
            };
            number(height) && number(place)
        }),
        other => panic!("this test knows no pattern {other:?}"),
    }
}

fn spoiled(rng: &mut StdRng, mut body: String) -> String {
    let mut at = rng.random_range(0..=body.len());
    while !body.is_char_boundary(at) {
        at -= 1;
    }
    let odd = ["\"", "{", "\u{202e}", "9", ",", "\\u0000"];
    match rng.random_bool(0.5) {
        true => body.truncate(at),
        false => body.insert_str(at, odd.choose(rng).unwrap()),
    }
    body
}

#[test]
fn all_that_is_described_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let node = with_posts(&folder);
    let described = Described::by(&node);
    for operation in described.operations() {
        if operation.method != "GET" || operation.path.contains("/proofs/") {
            continue; // written, or bytes: in the other tests
        }
        let path = operation
            .path
            .replace("{at}", "1")
            .replace("{address}", &described.address)
            .replace("{id}", &described.ids[0]);
        let asked = Request {
            path,
            kind: None,
            body: String::new(),
        };
        let answer = asked.send(&node, "GET").unwrap();
        assert_eq!(answer.status, 200, "{asked:?} {answer:?}");
        described.judge(&operation, &answer, &asked);
    }
}

#[test]
fn whatever_is_asked_the_answer_is_one_of_those_described() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(6);
    eprintln!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let node = with_posts(&folder);
    let described = Described::by(&node);
    let (mut asked, mut answered) = (0, 0);
    for _ in 0..ROUNDS {
        for operation in described.operations() {
            let request = described.request(&mut rng, &operation);
            asked += 1;
            // A proof is a file, not text.
            if let Ok(answer) = request.send(&node, &operation.method) {
                described.judge(&operation, &answer, &request);
                answered += usize::from(answer.status < 300);
            }
        }
    }
    assert!(asked >= 13 * ROUNDS, "{asked}");
    assert!(answered > asked / 4, "{answered} of {asked} were granted");
    assert_eq!(node.get("/api/v1/status").status, 200);
}

#[test]
fn a_method_that_is_not_described_is_refused_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let node = with_posts(&folder);
    let described = Described::by(&node);
    let operations = described.operations();
    for operation in &operations {
        for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"] {
            let mut same = operations
                .iter()
                .filter(|other| other.path == operation.path);
            if same.any(|other| other.method == method) {
                continue;
            }
            let path = operation
                .path
                .replace("{at}", "1")
                .replace("{address}", &described.address)
                .replace("{id}", &described.ids[0]);
            let headers = [("content-type", "application/json")];
            let answer = node.send(method, &path, &headers, "{}");
            assert_eq!(answer.status, 405, "{method} {path} {answer:?}");
            assert_eq!(answer.code(), "no_such_method", "{method} {path}");
        }
    }
}
