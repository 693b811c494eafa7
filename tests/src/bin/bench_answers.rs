//! `cargo xtask bench answers`: how well answers are found. For each set of pairs and questions
//! how often, and how far in front, a right answer is, by every way of comparing, and how well
//! what can be answered is told from what cannot, as a table and as `bench/answers.json` in the
//! target folder. It asserts nothing: figures are for people.
//!
//! A set is an object, or one of a list of them, with `name`; `pairs` of `said`, which may be
//! null, and `reply`; `questions` with `text`, the positions of the pairs that are `right` and,
//! if only these may be given, `among`; and `none`, questions without an answer, with `text` and
//! their `kind`.
//!
//! A set of which everything that was said is known is measured once more with half of that.
//!
//! A file may also be a list of talks, in which something is `asked`, `answered`, and `then` asked,
//! which `leans` on that or is a new subject, and to which a certain reply is `right`. Their
//! figures are in `bench/talks.json`.
//!
//! Arguments are the files of the sets, or `common`, a file of made-up texts and where what all
//! people have in common is to be written (`model/src/answers/common.rs`). `LEMON_DIST` names the
//! folder of the product, whose encoder embeds them in Chromium. Vectors are kept beside the
//! figures for the next run.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use lemon_model::answers::common::Kept;
use lemon_model::answers::letters::Rarity;
use lemon_model::answers::{self, gist};
use lemon_model::bot::about::About;
use lemon_model::bot::{Bot, Line, Owner};
use lemon_model::corpus::Entry;
use lemon_model::index::{Index, Item};
use lemon_model::protocol::{self, Role, Text};
use lemon_model::talk::Talk;
use lemon_model::vector::{DIM, Vector};
use lemon_tests::embedder::Embedder;
use lemon_tests::report;
use serde::{Deserialize, Serialize};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How many answers are looked at for whether a right one is among them.
const FEW: usize = 8;

/// What the ranking that was there before it learned took a reply for, beside what was said, and
/// how many vectors it saw from their mean.
const REPLY_BEFORE: f32 = 0.8;
const FEWEST_TO_CENTRE: usize = 20;

#[derive(Deserialize)]
#[serde(untagged)]
enum Sets {
    Several(Vec<Set>),
    One(Set),
    Talks(Vec<Spoken>),
}

#[derive(Clone, Deserialize)]
struct Set {
    name: String,
    pairs: Vec<Pair>,
    questions: Vec<Question>,
    #[serde(default)]
    none: Vec<Other>,
}

#[derive(Clone, Deserialize)]
struct Pair {
    said: Option<String>,
    reply: String,
}

#[derive(Clone, Deserialize)]
struct Question {
    text: String,
    right: Vec<usize>,
    among: Option<Vec<usize>>,
}

/// A talk of somebody with a bot.
#[derive(Deserialize)]
struct Spoken {
    language: String,
    asked: String,
    answered: String,
    then: String,
    right: String,
    leans: bool,
}

/// A question that cannot be answered.
#[derive(Clone, Deserialize)]
struct Other {
    text: String,
    kind: String,
}

/// How well right answers are found, in percent.
#[derive(Clone, Copy, Default, Serialize)]
struct Found {
    top1: f64,
    mrr: f64,
    top8: f64,
}

#[derive(Serialize)]
struct Report {
    name: String,
    #[serde(flatten)]
    found: Found,
    /// By what all people have in common alone.
    unlearned: Found,
    /// The ranking as it was before it learned.
    before: Found,
    /// As a visitor's browser finds it, which has vectors in four bits and no words of others; and
    /// the same with these words, which is what four bits cost.
    visited: Found,
    four_bits: Found,
    /// Bytes that an entry takes in a bot.
    entry_bytes: f64,
    /// By each way of comparing alone.
    channels: BTreeMap<&'static str, Found>,
    /// How likely a question that can be answered has a surer answer than one of a kind that
    /// cannot.
    auc: BTreeMap<String, f64>,
    /// How many of those that can be answered are, and how many of a kind that cannot are not,
    /// where answers are as sure as they have to be.
    kept: f64,
    refused: BTreeMap<String, f64>,
    learn_s: f64,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    if let [first, from, to] = &arguments[..]
        && first == "common"
    {
        return make_common(Path::new(from), Path::new(to)).await;
    }
    let (mut sets, mut talks) = (Vec::new(), Vec::new());
    for file in arguments.into_iter().map(PathBuf::from) {
        let json = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let read = serde_json::from_slice(&json);
        match read.map_err(|error| format!("{}: {error}", file.display()))? {
            Sets::Several(more) => sets.extend(more),
            Sets::One(set) => sets.push(set),
            Sets::Talks(more) => talks.extend(more),
        }
    }
    let halves: Vec<Set> = sets.iter().filter_map(Set::half).collect();
    sets.extend(halves);
    let talks = sets_of(&talks);
    let known = embedded(sets.iter().chain(&talks).flat_map(Set::texts)).await?;
    let mut reports = Vec::new();
    for set in &sets {
        let report = measure(set, &known);
        report.show();
        reports.push(report);
    }
    report::keep("answers.json", &reports)?;
    let found = talks.iter().map(|set| {
        let mut index = unlearned(set, &known);
        index.learn_all();
        let found = set.found(|at| {
            let text = &set.questions[at].text;
            let vector = known.of(Role::Query, [text.as_str()].into_iter());
            let vector = vector.first().map_or(Vec::new(), Vector::floats);
            ranked(&index, text, &vector)
        });
        show(&set.name, "", &found);
        (set.name.as_str(), found)
    });
    report::keep("talks.json", &found.collect::<BTreeMap<_, _>>())?;
    Ok(())
}

/// What was asked last in the talks of each language, those that lean and those that do not, as
/// the product understands it, alone, and together with all that went before. The bot has said
/// what it answered before, so it says something else.
fn sets_of(talks: &[Spoken]) -> Vec<Set> {
    type Understand = fn(&Spoken) -> String;
    let ways: [(&str, Understand); 3] = [
        ("understood", |talk| {
            let mut said: Talk<()> = Talk::default();
            said.ask(talk.asked.clone());
            said.answer(answered(&talk.answered), 0.0);
            said.ask(talk.then.clone());
            said.open_in_context().unwrap_or_default()
        }),
        ("alone", |talk| talk.then.clone()),
        ("together", |talk| {
            [&*talk.asked, &talk.answered, &talk.then].join("\n")
        }),
    ];
    let languages: BTreeSet<&str> = talks.iter().map(|talk| &*talk.language).collect();
    let kinds = [("leans", true), ("new", false)];
    let mut sets = Vec::new();
    for language in languages {
        let all: Vec<&Spoken> = talks.iter().filter(|it| it.language == language).collect();
        for (kind, leans) in kinds {
            for (way, understand) in ways {
                let answer = |talk: &&Spoken| Pair {
                    said: Some(talk.asked.clone()),
                    reply: talk.answered.clone(),
                };
                let right = |talk: &&Spoken| Pair {
                    said: None,
                    reply: talk.right.clone(),
                };
                let answers = all.iter().map(answer);
                let asked = all.iter().enumerate().filter(|(_, it)| it.leans == leans);
                sets.push(Set {
                    name: format!("{language} {kind} {way}"),
                    questions: asked
                        .map(|(at, talk)| Question {
                            text: understand(talk),
                            right: vec![all.len() + at],
                            among: Some((0..2 * all.len()).filter(|it| *it != at).collect()),
                        })
                        .collect(),
                    pairs: answers.chain(all.iter().map(right)).collect(),
                    none: Vec::new(),
                });
            }
        }
    }
    sets
}

fn answered(reply: &str) -> protocol::Found {
    let answer = protocol::Answer {
        entry: Entry {
            id: "".into(),
            reply: reply.into(),
            said: None,
            at: 0,
        },
        similarity: 1.0,
        confidence: 1.0,
        occasions: 1,
    };
    protocol::Found {
        answers: vec![answer],
        shrugs: Vec::new(),
    }
}

fn show(set: &str, what: &str, Found { top1, mrr, top8 }: &Found) {
    println!("{set:<20} {what:<20} {top1:>6.1} {mrr:>6.1} {top8:>6.1}");
}

/// What nobody has said, by language.
#[derive(Deserialize)]
struct MadeUp {
    questions: BTreeMap<String, Vec<String>>,
    replies: BTreeMap<String, Vec<String>>,
}

async fn make_common(from: &Path, to: &Path) -> Outcome<()> {
    let made_up: MadeUp = serde_json::from_slice(&fs::read(from)?)?;
    let of = |texts: &BTreeMap<String, Vec<String>>| -> Vec<String> {
        texts.values().flatten().cloned().collect()
    };
    let (questions, replies) = (of(&made_up.questions), of(&made_up.replies));
    let as_query = questions.iter().map(|text| (Role::Query, text.as_str()));
    let as_passage = replies.iter().map(|text| (Role::Passage, text.as_str()));
    let known = embedded(as_query.chain(as_passage)).await?;
    let kept = Kept::of(
        &known.of(Role::Query, questions.iter().map(String::as_str)),
        &known.of(Role::Passage, replies.iter().map(String::as_str)),
    );
    fs::write(to, kept.write()?)?;
    println!("{}", to.display());
    Ok(())
}

impl Report {
    fn show(&self) {
        let all = [
            ("found", &self.found),
            ("unlearned", &self.unlearned),
            ("before", &self.before),
            ("visited", &self.visited),
            ("four bits", &self.four_bits),
        ];
        let channels = self.channels.iter().map(|(name, found)| (*name, found));
        for (name, found) in all.into_iter().chain(channels) {
            show(&self.name, name, found);
        }
        for (kind, auc) in &self.auc {
            let refused = 100.0 * self.refused[kind];
            println!(
                "{:<20} {kind:<20} {auc:>6.3} refused {refused:.0} %",
                self.name
            );
        }
        println!(
            "{:<20} {:<20} {:>6.1} %",
            self.name,
            "kept",
            100.0 * self.kept
        );
        println!(
            "{:<20} {:<20} {:>6.0} bytes",
            self.name, "an entry", self.entry_bytes
        );
        println!(
            "{:<20} {:<20} {:>6.2} s",
            self.name, "learned in", self.learn_s
        );
    }
}

fn measure(set: &Set, known: &Known) -> Report {
    let asked: Vec<&str> = set.questions.iter().map(|it| it.text.as_str()).collect();
    let vectors = known.of(Role::Query, asked.iter().copied());
    let vectors: Vec<Vec<f32>> = vectors.iter().map(Vector::floats).collect();
    let mut index = unlearned(set, known);
    let found = |index: &Index| set.found(|at| ranked(index, asked[at], &vectors[at]));
    let unlearned = found(&index);
    let begun = Instant::now();
    index.learn_all();
    let learn_s = begun.elapsed().as_secs_f64();
    let by = |scores: &dyn Fn(usize) -> Vec<f32>| set.found(|at| in_order(&scores(at)));
    let likeness = |at: usize| {
        let near = index.near(&vectors[at]);
        let items = 0..set.pairs.len();
        let of = items.map(|item| index.likeness(&near, item));
        of.collect::<Vec<_>>()
    };
    let letters = |of: &dyn Fn(&Pair) -> String| {
        let texts: Vec<String> = set.pairs.iter().map(of).collect();
        let rarity = Rarity::of(texts.iter().map(String::as_str));
        by(&|at| {
            let wanted = rarity.wanted(asked[at]);
            texts.iter().map(|text| wanted.likeness(text)).collect()
        })
    };
    let before = Before::of(&index);
    let (visited, four_bits, entry_bytes) = sealed(&index);
    let best = |text: &str, vector: &[f32]| {
        let hits = answers::find(&index, &answers::Question { text, vector }, 1);
        hits.first().map_or(0.0, |hit| hit.confidence)
    };
    let answerable = asked.iter().zip(&vectors);
    let answerable: Vec<f32> = answerable
        .map(|(text, vector)| best(text, vector))
        .collect();
    let mut kinds: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for other in &set.none {
        for vector in known.of(Role::Query, [other.text.as_str()].into_iter()) {
            let best = best(&other.text, &vector.floats());
            kinds.entry(other.kind.clone()).or_default().push(best);
        }
    }
    let share = |confidences: &[f32], is: &dyn Fn(&f32) -> bool| {
        count(confidences.iter().filter(|it| is(it)).count()) / count(confidences.len().max(1))
    };
    let refused = kinds.iter().map(|(kind, others)| {
        let refused = share(others, &|it| *it < answers::SURE);
        (kind.clone(), refused)
    });
    Report {
        name: set.name.clone(),
        found: found(&index),
        unlearned,
        visited: found(&visited),
        four_bits: found(&four_bits),
        entry_bytes,
        before: by(&|at| before.scores(&vectors[at])),
        channels: BTreeMap::from([
            (
                "said",
                by(&|at| likeness(at).iter().map(|it| it.0.unwrap_or(-1.0)).collect()),
            ),
            (
                "reply",
                by(&|at| likeness(at).iter().map(|it| it.1).collect()),
            ),
            (
                "letters of said",
                letters(&|pair| pair.said.clone().unwrap_or_default()),
            ),
            ("letters of replies", letters(&|pair| pair.reply.clone())),
        ]),
        kept: share(&answerable, &|it| *it >= answers::SURE),
        refused: refused.collect(),
        auc: kinds
            .iter()
            .map(|(kind, others)| (kind.clone(), auc(&answerable, others)))
            .collect(),
        learn_s,
    }
}

/// All items, the best answer to a question first.
fn ranked(index: &Index, text: &str, vector: &[f32]) -> Vec<usize> {
    let hits = answers::find(index, &answers::Question { text, vector }, usize::MAX);
    hits.iter().map(|hit| hit.item).collect()
}

/// What others are given of an index, as they have it and with what was said beside, and the bytes
/// of an entry.
fn sealed(index: &Index) -> (Index, Index, f64) {
    let learned = index.learned();
    let bot = Bot {
        model: String::new(),
        owner: Owner {
            name: String::new(),
            handle: String::new(),
        },
        made_at: 0,
        suggested: Vec::new(),
        lines: index
            .items()
            .map(|item| Line::of(&item, &learned))
            .collect(),
        learned,
        about: About::default(),
    };
    let bytes = bot.pack().map_or(0, |packed| packed.len());
    let visited = bot.index();
    let items = visited.items().zip(index.entries());
    let items = items.map(|(item, entry)| Item {
        entry: entry.clone(),
        ..item
    });
    let four_bits = Index::of(items, visited.learned());
    (
        visited,
        four_bits,
        count(bytes) / count(index.entries().len()),
    )
}

/// Its index as it is before it learns.
fn unlearned(set: &Set, known: &Known) -> Index {
    let mut index = Index::default();
    for (at, pair) in set.pairs.iter().enumerate() {
        let said = pair.said.as_deref().into_iter();
        let said = known.of(Role::Query, said).pop();
        for reply in known.of(Role::Passage, [pair.reply.as_str()].into_iter()) {
            let entry = Entry {
                id: at.to_string().into(),
                reply: pair.reply.as_str().into(),
                said: pair.said.as_deref().map(Into::into),
                at: 0,
            };
            let kept = index.keep(said.as_ref(), &reply);
            index.add(entry, kept);
        }
    }
    index
}

/// The ranking as it was before it learned: each channel seen from its mean, and the better one
/// counts.
struct Before {
    items: Vec<Item>,
    said: Vec<f32>,
    reply: Vec<f32>,
}

impl Before {
    fn of(index: &Index) -> Self {
        let items: Vec<Item> = index.items().collect();
        let mean = |vectors: &mut dyn Iterator<Item = &Vector>| {
            let mut known = HashSet::new();
            let (mut mean, mut times) = (vec![0.0; DIM], 0.0);
            for vector in vectors {
                if known.insert((vector.scale.to_bits(), &vector.values)) {
                    vector.add_to(&mut mean);
                    times += 1.0;
                }
            }
            let share = if known.len() < FEWEST_TO_CENTRE {
                0.0
            } else {
                1.0 / times
            };
            for value in &mut mean {
                *value *= share;
            }
            mean
        };
        Self {
            said: mean(&mut items.iter().filter_map(|item| item.said.as_ref())),
            reply: mean(&mut items.iter().map(|item| &item.reply)),
            items,
        }
    }

    fn scores(&self, question: &[f32]) -> Vec<f32> {
        let cosine = |vector: &Vector, mean: &[f32]| {
            let from = |numbers: &[f32]| -> Vec<f32> {
                numbers.iter().zip(mean).map(|(v, m)| v - m).collect()
            };
            let (a, b) = (from(question), from(&vector.floats()));
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
        };
        let score = |item: &Item| {
            let reply = REPLY_BEFORE * cosine(&item.reply, &self.reply);
            let said = item.said.as_ref().map(|said| cosine(said, &self.said));
            said.map_or(reply, |said| said.max(reply))
        };
        self.items.iter().map(score).collect()
    }
}

/// Positions, those with the highest score first.
fn in_order(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    order
}

impl Set {
    /// How far in front right answers are if `order` gives the pairs that answer a question, the
    /// best first. Replies in the same words are one answer.
    fn found(&self, order: impl Fn(usize) -> Vec<usize>) -> Found {
        let gists: Vec<String> = self.pairs.iter().map(|pair| gist(&pair.reply)).collect();
        let mut all = Found::default();
        for (at, question) in self.questions.iter().enumerate() {
            let of = |positions: &[usize]| -> HashSet<&String> {
                positions.iter().filter_map(|it| gists.get(*it)).collect()
            };
            let right = of(&question.right);
            let among = question.among.as_deref().map(of);
            let mut others = HashSet::new();
            let mut before = None;
            for item in order(at) {
                let gist = &gists[item];
                if right.contains(gist) {
                    before = Some(others.len());
                    break;
                }
                if among.as_ref().is_none_or(|among| among.contains(gist)) {
                    others.insert(gist);
                }
            }
            if let Some(before) = before {
                all.top1 += f64::from(u8::from(before == 0));
                all.top8 += f64::from(u8::from(before < FEW));
                all.mrr += 1.0 / (count(before) + 1.0);
            }
        }
        let share = 100.0 / count(self.questions.len().max(1));
        Found {
            top1: all.top1 * share,
            mrr: all.mrr * share,
            top8: all.top8 * share,
        }
    }
}

/// How likely one of `answerable` is larger than one of `others`; equals count half.
fn auc(answerable: &[f32], others: &[f32]) -> f64 {
    let mut larger = 0.0;
    for one in answerable {
        for other in others {
            larger += match one.total_cmp(other) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    larger / count(answerable.len().max(1)) / count(others.len().max(1))
}

// Counts of a set are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn count(n: usize) -> f64 {
    n as f64
}

/// Vectors of texts, each with its role.
#[derive(Default, Serialize, Deserialize)]
struct Known(HashMap<(Role, String), Vector>);

impl Known {
    fn of<'a>(&self, role: Role, texts: impl Iterator<Item = &'a str>) -> Vec<Vector> {
        let vector = |text: &str| self.0.get(&(role, text.to_owned()));
        texts.filter_map(vector).cloned().collect()
    }
}

/// The vectors of `texts`. Those that were embedded before are kept in a file.
async fn embedded<'a>(texts: impl Iterator<Item = (Role, &'a str)>) -> Outcome<Known> {
    let dist = PathBuf::from(env::var_os("LEMON_DIST").ok_or("LEMON_DIST is not set")?);
    let file = report::folder()?.join("answers.vectors");
    let mut known = kept(&file).unwrap_or_default();
    let mut new = HashSet::new();
    for (role, text) in texts {
        let key = (role, text.to_owned());
        if !known.0.contains_key(&key) {
            new.insert(key);
        }
    }
    let text = |(role, text)| Text { role, text };
    let new: Vec<Text> = new.into_iter().map(text).collect();
    if !new.is_empty() {
        let embedder = Embedder::start(&dist).await?;
        let vectors = embedder.embed(&new).await?;
        embedder.close().await?;
        let texts = new.into_iter().map(|it| (it.role, it.text));
        known.0.extend(texts.zip(vectors));
        fs::write(&file, protocol::write(protocol::UNASKED, &known)?)?;
    }
    Ok(known)
}

fn kept(file: &Path) -> Option<Known> {
    let bytes = fs::read(file).ok()?;
    protocol::read(protocol::split(&bytes)?.1)
}

impl Set {
    /// The same person as most people are: of every other pair nobody knows what was said. None
    /// if there is more of which that is not known.
    fn half(&self) -> Option<Self> {
        let mut half = self.clone();
        half.name.push_str(" half");
        let are_pairs = self.pairs.iter().all(|pair| pair.said.is_some());
        for pair in half.pairs.iter_mut().step_by(2) {
            pair.said = None;
        }
        are_pairs.then_some(half)
    }

    fn texts(&self) -> impl Iterator<Item = (Role, &str)> {
        let said = self.pairs.iter().filter_map(|pair| pair.said.as_deref());
        let asked = self.questions.iter().map(|it| it.text.as_str());
        let none = self.none.iter().map(|it| it.text.as_str());
        let queries = said.chain(asked).chain(none);
        let replies = self.pairs.iter().map(|pair| pair.reply.as_str());
        let queries = queries.map(|text| (Role::Query, text));
        queries.chain(replies.map(|text| (Role::Passage, text)))
    }
}
