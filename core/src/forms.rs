//! Enums with two forms. JSON tells a variant by a tag among its fields, or by
//! its fields alone: good to read and to write by hand. Bytes ([`crate::encode`])
//! have no names, so there a variant is told by its number.

/// Takes an enum whose serde attributes say its form for people, `remote = "Self"`
/// among them, and gives it that form where a format is human readable (JSON, the
/// values of JavaScript), and elsewhere the one that serde derives without
/// attributes. Which one is known to the compiler, and the other is left out.
macro_rules! two_forms {
    (
        $(#[$attribute:meta])*
        $visible:vis enum $name:ident { $($variants:tt)* }
    ) => {
        $(#[$attribute])*
        $visible enum $name { $($variants)* }

        const _: () = {
            // `remote` wants the name in quotes.
            type This = $name;

            #[derive(serde::Serialize, serde::Deserialize)]
            #[serde(remote = "This")]
            #[allow(clippy::large_enum_variant, reason = "never made")]
            enum Compact { $($variants)* }

            // By path, `serialize` and `deserialize` are what serde derives for
            // `remote`.
            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                    if to.is_human_readable() {
                        This::serialize(self, to)
                    } else {
                        Compact::serialize(self, to)
                    }
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    if from.is_human_readable() {
                        This::deserialize(from)
                    } else {
                        Compact::deserialize(from)
                    }
                }
            }
        };
    };
}

pub(crate) use two_forms;

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use crate::command::{BlockAt, Command, Reply};
    use crate::encode::{decode, encode};
    use crate::units::Height;

    two_forms! {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        #[serde(remote = "Self", tag = "kind", rename_all = "snake_case")]
        enum Shape {
            Nothing,
            RoundThing {
                radius: u8,
            },
        }
    }

    #[test]
    fn json_tells_a_variant_by_its_tag_and_bytes_by_its_number() {
        let round = Shape::RoundThing { radius: 7 };
        let json = r#"{"kind":"round_thing","radius":7}"#;
        assert_eq!(serde_json::to_string(&round).unwrap(), json);
        assert_eq!(serde_json::from_str::<Shape>(json).unwrap(), round);
        assert_eq!(encode(&round), [1, 7]);
        assert_eq!(decode::<Shape>("a shape", &[1, 7], 2), Ok(round));
        assert_eq!(encode(&Shape::Nothing), [0]);
        assert!(decode::<Shape>("a shape", &[2, 7], 2).is_err());
    }

    #[test]
    fn what_json_cannot_tell_apart_bytes_can() {
        for reply in [Reply::Peers(vec![]), Reply::Blocks(vec![])] {
            assert_eq!(serde_json::to_string(&reply).unwrap(), "[]");
            assert_eq!(decode("a reply", &encode(&reply), 2), Ok(reply));
        }
    }

    #[test]
    fn a_form_within_another_is_of_its_kind() {
        let at = BlockAt::Height(Height(3));
        let block = Command::Block { at };
        let json = r#"{"command":"block","at":3}"#;
        assert_eq!(serde_json::to_string(&block).unwrap(), json);
        assert_eq!(serde_json::from_str::<Command>(json).unwrap(), block);
        assert_eq!(decode("a command", &encode(&block), 3), Ok(block));
    }
}
