//! How much of what is nobody's business is flagged, and how much else: by `tests/flags/`.
//!
//! A line there is a post; what is to be flagged stands in braces behind its kind.

#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

use std::{collections::BTreeMap, fmt::Write, fs, ops::Range, path::Path};

use lemon_model::flags::{Flag, Kind, Watch};

/// What is to be found of each kind, and how much of what is flagged has to be one.
const MIN_RECALL: f64 = 0.95;
const MIN_PRECISION: f64 = 0.8;

/// A post, and what is in it.
struct Line {
    text: String,
    marks: Vec<(Kind, Range<usize>)>,
}

impl Line {
    fn parse(line: &str) -> Self {
        let (mut text, mut marks) = (String::new(), Vec::new());
        let mut rest = line;
        while let Some((before, marked)) = rest.split_once('{') {
            let (marked, after) = marked.split_once('}').unwrap();
            let (kind, words) = marked.split_once(' ').unwrap();
            text.push_str(before);
            let kind = serde_json::from_str(&format!("\"{}\"", capital(kind)));
            marks.push((kind.unwrap(), text.len()..text.len() + words.len()));
            text.push_str(words);
            rest = after;
        }
        text.push_str(rest);
        Self { text, marks }
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

#[derive(Default)]
struct Count {
    marked: u32,
    found: u32,
    flagged: u32,
    right: u32,
}

impl Count {
    fn recall(&self) -> f64 {
        f64::from(self.found) / f64::from(self.marked.max(1))
    }

    fn precision(&self) -> f64 {
        f64::from(self.right) / f64::from(self.flagged.max(1))
    }
}

/// By kind, and what went wrong in words.
fn measure(set: &str) -> (BTreeMap<Kind, Count>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/flags")
        .join(set);
    let (mut counts, mut wrong) = (BTreeMap::<Kind, Count>::new(), String::new());
    for language in ["ko", "ja", "en"] {
        let lines = fs::read_to_string(folder.join(language).with_extension("txt")).unwrap();
        for line in lines.lines().map(Line::parse) {
            let flags = Watch::default().flags(&line.text);
            let is_one = |(kind, mark): &(Kind, Range<usize>), flag: &Flag| {
                *kind == flag.kind && flag.at.start < mark.end && mark.start < flag.at.end
            };
            for mark in &line.marks {
                let count = counts.entry(mark.0).or_default();
                count.marked += 1;
                if flags.iter().any(|flag| is_one(mark, flag)) {
                    count.found += 1;
                } else {
                    let _ = writeln!(
                        wrong,
                        "missed {:?} {:?} in {}",
                        mark.0,
                        &line.text[mark.1.clone()],
                        line.text
                    );
                }
            }
            for flag in &flags {
                let count = counts.entry(flag.kind).or_default();
                count.flagged += 1;
                if line.marks.iter().any(|mark| is_one(mark, flag)) {
                    count.right += 1;
                } else {
                    let _ = writeln!(
                        wrong,
                        "none   {:?} {:?} in {}",
                        flag.kind,
                        &line.text[flag.at.clone()],
                        line.text
                    );
                }
            }
        }
    }
    (counts, wrong)
}

fn report(counts: &BTreeMap<Kind, Count>) -> String {
    let mut report = String::new();
    for (kind, count) in counts {
        let _ = writeln!(
            report,
            "{kind:?}: recall {:.3} of {}, precision {:.3} of {}",
            count.recall(),
            count.marked,
            count.precision(),
            count.flagged,
        );
    }
    report
}

/// Of ordinary posts, ours and those of somebody who had not seen what looks for them.
#[test]
fn what_is_nobodys_business_is_flagged_and_little_else() {
    for set in ["own", "natural"] {
        let (counts, wrong) = measure(set);
        assert_eq!(counts.len(), Kind::ALL.len() - 1);
        let report = report(&counts);
        for count in counts.values() {
            assert!(
                count.recall() >= MIN_RECALL && count.precision() >= MIN_PRECISION,
                "{set}\n{report}\n{wrong}"
            );
        }
    }
}

/// Of posts whose writers do what they can so that nothing is found.
#[test]
fn of_what_hides_most_is_found() {
    let (counts, wrong) = measure("hard");
    let report = report(&counts);
    for (kind, count) in &counts {
        let least = if *kind == Kind::Name { 0.7 } else { 0.85 };
        assert!(
            count.recall() >= least && count.precision() >= MIN_PRECISION,
            "{report}\n{wrong}"
        );
    }
}
