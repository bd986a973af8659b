//! The figures as a table to read and as JSON to keep.

use std::fmt::Write as _;

use super::fastest;
use super::figure::{Figure, Group};
use super::run::Measured;
use super::sources::{BASE, TWINS};

/// A part for each group that has figures; ratios where a base was measured.
pub(super) fn text(machine: &str, measured: &Measured) -> String {
    let mut text = format!("\n{machine}\n");
    let figures = &measured.figures;
    for group in Group::ALL {
        let mut rows = figures.iter().filter(|f| f.group == group).peekable();
        if rows.peek().is_none() {
            continue;
        }
        let _ = writeln!(text, "\n{}", group.name());
        for figure in rows {
            let Figure {
                what, value, unit, ..
            } = figure;
            let _ = write!(text, "  {what:<52} {value:>14} {unit:<12}");
            if let Some((base, ratio)) = ratio(figure, figures) {
                let _ = write!(text, " {ratio:>8.2} x {base}");
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
    }
    let fastest = fastest::ratios(figures);
    if !fastest.is_empty() {
        text.push_str("\nthe fastest kernel\n");
    }
    for fastest::Ratio {
        fastest,
        over,
        ratio,
    } in fastest
    {
        let _ = writeln!(text, "  {fastest:<52} {ratio:>14.2} x {over}");
    }
    if !measured.missing.is_empty() {
        text.push_str("\nnot measured\n");
    }
    for (what, why) in &measured.missing {
        let _ = writeln!(text, "  {what}: {why}");
    }
    text
}

pub(super) fn json(machine: &str, measured: &Measured) -> String {
    let figures = &measured.figures;
    let rows = figures.iter().map(|figure| {
        let Figure {
            group,
            what,
            value,
            unit,
        } = figure;
        let (group, what, unit) = (quoted(group.name()), quoted(what), quoted(unit));
        let ratio = match ratio(figure, figures) {
            Some((base, ratio)) => format!(", \"base\": {}, \"ratio\": {ratio:.4}", quoted(base)),
            None => String::new(),
        };
        format!(
            "{{\"group\": {group}, \"what\": {what}, \"value\": {value}, \"unit\": {unit}{ratio}}}"
        )
    });
    let fastest = fastest::ratios(figures).into_iter().map(|row| {
        let (what, over, ratio) = (quoted(row.fastest), quoted(row.over), row.ratio);
        format!("{{\"what\": {what}, \"over\": {over}, \"ratio\": {ratio:.4}}}")
    });
    let missing = measured.missing.iter().map(|(what, why)| {
        let (what, why) = (quoted(what), quoted(why));
        format!("{{\"what\": {what}, \"why\": {why}}}")
    });
    format!(
        "{{\n  \"machine\": {},\n  \"figures\": {},\n  \"fastest\": {},\n  \"missing\": {}\n}}\n",
        quoted(machine),
        list(rows),
        list(fastest),
        list(missing)
    )
}

// Nothing is compared with itself, or with what was not measured.
fn ratio<'f>(figure: &Figure, all: &'f [Figure]) -> Option<(&'f str, f64)> {
    let find = |is_it: &dyn Fn(&str) -> bool| {
        let like = |f: &&Figure| f.group == figure.group && f.unit == figure.unit;
        all.iter().filter(like).find(|f| is_it(&f.what))
    };
    let twins = TWINS.iter();
    let twin = (twins.filter(|(from, _)| figure.what.contains(from))).find_map(|(from, to)| {
        let twin = figure.what.replacen(from, to, 1);
        find(&|what| what == twin)
    });
    let here = figure.what.split_once(": ").map(|(place, _)| place);
    let of_here = |what: &str| {
        let place = what
            .strip_suffix(BASE)
            .and_then(|what| what.strip_suffix(": "));
        place.is_some() && place == here
    };
    let base = twin
        .or_else(|| find(&of_here))
        .or_else(|| find(&|what| what.ends_with(BASE)))?;
    let comparable = base.what != figure.what && base.value > 0;
    comparable.then(|| (base.what.as_str(), figure.value as f64 / base.value as f64))
}

fn list(rows: impl Iterator<Item = String>) -> String {
    let rows: Vec<String> = rows.map(|row| format!("\n    {row}")).collect();
    match rows.is_empty() {
        true => "[]".into(),
        false => format!("[{}\n  ]", rows.join(",")),
    }
}

// RFC 8259, section 7: a failure's text may hold anything.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figure;

    fn measured() -> Measured {
        let figures = [
            (
                "native kernel: sha2 crate, naive\t100\thashes/s",
                Group::Kernels,
            ),
            ("native kernel: avx2\t250\thashes/s", Group::Kernels),
            ("open\t7\tms", Group::StartUp),
        ];
        let figures = figures.map(|(line, group)| figure::read(line, group).unwrap());
        Measured {
            figures: figures.into(),
            missing: vec![("cpuminer", "no \"network\"\n".into())],
        }
    }

    #[test]
    fn groups_have_their_rows_and_rows_their_ratio() {
        assert_eq!(
            text("a machine", &measured()),
            "
a machine

kernels
  native kernel: sha2 crate, naive                                100 hashes/s
  native kernel: avx2                                             250 hashes/s         2.50 x native kernel: sha2 crate, naive

start-up
  open                                                              7 ms

the fastest kernel
  native kernel: avx2                                            2.50 x native kernel: sha2 crate, naive

not measured
  cpuminer: no \"network\"

"
        );
    }

    #[test]
    fn a_long_chains_figure_is_compared_with_the_short_ones() {
        let lines = [
            "at height 1000, a block checked\t40\tus",
            "at height 1000, a block put\t10\tus",
            "at height 100000, a block put\t11\tus",
        ];
        let figures = lines.map(|line| figure::read(line, Group::Acceptance).unwrap());
        let compared: Vec<_> = figures.iter().map(|f| ratio(f, &figures)).collect();
        let base = "at height 1000, a block put";
        assert_eq!(compared, [None, None, Some((base, 1.1))]);
    }

    #[test]
    fn a_kernel_is_compared_with_the_naive_one_of_the_same_place() {
        let lines = [
            "native kernel: sha2 crate, naive\t100\thashes/s",
            "the Python tutorial's loop\t5\thashes/s",
            "Firefox: sha2 crate, naive\t10\thashes/s",
            "Firefox: simd 4\t40\thashes/s",
        ];
        let figures = lines.map(|line| figure::read(line, Group::Kernels).unwrap());
        let compared: Vec<_> = figures.iter().map(|f| ratio(f, &figures)).collect();
        let (native, firefox) = (
            "native kernel: sha2 crate, naive",
            "Firefox: sha2 crate, naive",
        );
        let expected = [None, Some((native, 0.05)), None, Some((firefox, 4.0))];
        assert_eq!(compared, expected);
    }

    #[test]
    fn the_file_holds_the_same_and_escapes_what_json_must() {
        assert_eq!(
            json("a machine", &measured()),
            r#"{
  "machine": "a machine",
  "figures": [
    {"group": "kernels", "what": "native kernel: sha2 crate, naive", "value": 100, "unit": "hashes/s"},
    {"group": "kernels", "what": "native kernel: avx2", "value": 250, "unit": "hashes/s", "base": "native kernel: sha2 crate, naive", "ratio": 2.5000},
    {"group": "start-up", "what": "open", "value": 7, "unit": "ms"}
  ],
  "fastest": [
    {"what": "native kernel: avx2", "over": "native kernel: sha2 crate, naive", "ratio": 2.5000}
  ],
  "missing": [
    {"what": "cpuminer", "why": "no \"network\"\u000a"}
  ]
}
"#
        );
    }
}
