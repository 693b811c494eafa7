//! What an index learns of its items, and whether that helps with some that it has not seen.

use std::mem;

use serde::{Deserialize, Serialize};

use super::block::Slot;
use super::{Index, Kept};
use crate::answers::every;
use crate::answers::frame::{Frame, Frames};
use crate::answers::map::{self, Learner, PASSES, Pair};
use crate::answers::spread::float;

/// Most pairs that are held out, and which share of all.
const HELD_OUT: usize = 128;
const SHARE: usize = 5;

/// Most replies among which theirs are looked for.
const AMONG: usize = 1_000;

/// A reply is found if it is one of so many nearest.
const NEAREST: usize = 10;

/// How often somebody's own reply was found to what they had been told, of pairs of which
/// nothing was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// How many were looked for, and among how many replies.
    pub asked: usize,
    pub among: usize,
    /// How many were one of the ten nearest, before anything was learned and after it.
    pub before: usize,
    pub after: usize,
}

/// By what questions are compared, and how well that was found to work; nothing is known of that
/// where there are few pairs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    pub frames: Frames,
    pub check: Option<Check>,
}

impl Learned {
    /// Whether it is what somebody learned, whoever wrote it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let is_count = |it: &Check| it.before.max(it.after) <= it.asked && it.asked <= it.among;
        self.frames.said.is_sound()
            && self.frames.reply.is_sound()
            && self.check.as_ref().is_none_or(is_count)
    }
}

/// Learning, a part at a time: a question that comes meanwhile need not wait for all of it.
#[derive(Debug)]
pub struct Learning {
    next: Next,
    pairs: Vec<Slots>,
    trial: Trial,
}

/// What is held out, and among what it is looked for.
#[derive(Debug)]
struct Trial {
    held_out: Vec<Slots>,
    rest: Vec<Slots>,
    among: Vec<Slot>,
}

/// What comes next.
#[derive(Debug, Default)]
enum Next {
    /// What can be learned of few pairs.
    #[default]
    Few,
    /// Learning of all but what is held out.
    Rest,
    /// And how that leads, so many times more.
    MapOfRest(Box<Tried>, Learner, usize),
    /// The map of all pairs.
    Map(Box<Learned>, Learner, usize),
}

/// Frames of what is not held out, and how it is found before anything is learned and by them.
#[derive(Debug)]
struct Tried {
    frames: Frames,
    common: Vec<usize>,
    ranks: Vec<usize>,
}

/// Parts of learning that are not a pass over all pairs.
const OTHERS: usize = 3;

impl Learning {
    /// Of what `index` has now.
    #[must_use]
    pub fn new(index: &Index) -> Self {
        let pairs = pairs(index);
        let (mut held_out, mut rest) = (Vec::new(), Vec::new());
        let step = every(pairs.len(), HELD_OUT).max(SHARE);
        for (at, pair) in pairs.iter().enumerate() {
            let part = if at % step == 0 {
                &mut held_out
            } else {
                &mut rest
            };
            part.push(*pair);
        }
        let next = if pairs.len() < map::FEWEST {
            Next::Few
        } else {
            Next::Rest
        };
        let among = among(index, &held_out);
        Self {
            next,
            pairs,
            trial: Trial {
                held_out,
                rest,
                among,
            },
        }
    }

    /// Which share of it is done.
    #[must_use]
    pub fn share(&self) -> f32 {
        let done = match self.next {
            Next::Few | Next::Rest => 0,
            Next::MapOfRest(_, _, left) => 1 + PASSES - left,
            Next::Map(_, _, left) => 2 + PASSES + PASSES - left,
        };
        float(done) / float(OTHERS + 2 * PASSES)
    }

    /// The next part, of the same index. Gives what was learned, once that is all.
    pub fn go_on(&mut self, index: &Index) -> Option<Learned> {
        let trial = &self.trial;
        self.next = match mem::take(&mut self.next) {
            Next::Few => {
                return Some(Learned {
                    frames: frames(index, &|_| true),
                    check: None,
                });
            }
            Next::Rest => {
                let common = trial.ranks(index, &Frames::default());
                let frames = frames(index, &|kept| !trial.holds_out(*kept));
                let ranks = trial.ranks(index, &frames);
                // It is what all people have in common with something of one's own: right
                // unless it was seen to be wrong.
                if gain(&common, &ranks).is_some_and(|(gain, error)| gain < -error) {
                    return Some(Learned {
                        frames: Frames::default(),
                        check: Some(trial.check(&common, &common)),
                    });
                }
                let tried = Box::new(Tried {
                    frames,
                    common,
                    ranks,
                });
                Next::MapOfRest(tried, Learner::new(trial.rest.len()), PASSES)
            }
            Next::MapOfRest(tried, mut map, left @ 1..) => {
                map.pass(pair(index, &tried.frames.reply, &trial.rest));
                Next::MapOfRest(tried, map, left - 1)
            }
            Next::MapOfRest(tried, map, 0) => {
                let Tried {
                    frames: mut of_rest,
                    common,
                    ranks,
                } = *tried;
                of_rest.reply.map = Some(map.map());
                let mapped = trial.ranks(index, &of_rest);
                // It is something new: wrong unless it was seen to be right.
                let leads = gain(&ranks, &mapped).is_some_and(|(gain, error)| gain > error);
                let after = if leads { &mapped } else { &ranks };
                let learned = Learned {
                    frames: frames(index, &|_| true),
                    check: Some(trial.check(&common, after)),
                };
                if !leads {
                    return Some(learned);
                }
                Next::Map(Box::new(learned), Learner::new(self.pairs.len()), PASSES)
            }
            Next::Map(learned, mut map, left @ 1..) => {
                map.pass(pair(index, &learned.frames.reply, &self.pairs));
                Next::Map(learned, map, left - 1)
            }
            Next::Map(mut learned, map, 0) => {
                learned.frames.reply.map = Some(map.map());
                return Some(*learned);
            }
        };
        None
    }
}

/// Where what was said and the reply to it lie.
type Slots = (Slot, Slot);

/// Those of some items, all over them, that reply something of their own.
fn pairs(index: &Index) -> Vec<Slots> {
    let mut is_new = vec![true; index.numbers()];
    let with_said = index
        .vectors
        .iter()
        .filter_map(|kept| Some((kept.said?, kept.reply)));
    let own: Vec<Slots> = with_said
        .filter(|(said, reply)| {
            index.said.store.has_direction(*said) && index.reply.store.has_direction(*reply)
        })
        .filter(|(_, reply)| mem::take(&mut is_new[reply.index()]))
        .collect();
    let every = every(own.len(), map::MOST);
    own.into_iter().step_by(every).collect()
}

/// By what all people have in common, and what those items have of which `may_know` is true.
pub(super) fn frames(index: &Index, may_know: &dyn Fn(&Kept) -> bool) -> Frames {
    let known = || index.vectors.iter().filter(|kept| may_know(kept));
    let said = index.said.once(known().filter_map(|kept| kept.said));
    let reply = index.reply.once(known().map(|kept| kept.reply));
    Frames::learn(index.said.known(&said), index.reply.known(&reply))
}

/// The pairs as a frame sees them.
fn pair(index: &Index, frame: &Frame, pairs: &[Slots]) -> impl Fn(usize) -> Pair {
    move |at| {
        let (said, reply) = pairs[at];
        let said = index.said.store.vector(said).floats();
        let reply = index.reply.store.scaled(reply);
        (frame.question(&said), frame.vector(reply))
    }
}

/// Some of all replies, and those that are looked for.
fn among(index: &Index, held_out: &[Slots]) -> Vec<Slot> {
    let mut some = index
        .reply
        .once(index.vectors.iter().map(|kept| kept.reply));
    let every = every(some.len(), AMONG);
    some = some.into_iter().step_by(every).collect();
    let mut is_new = vec![true; index.numbers()];
    let looked_for = held_out.iter().map(|(_, reply)| *reply);
    let all = looked_for.chain(some);
    all.filter(|slot| mem::take(&mut is_new[slot.index()]))
        .collect()
}

impl Trial {
    fn holds_out(&self, kept: Kept) -> bool {
        let mut held_out = self.held_out.iter();
        held_out.any(|(said, reply)| kept.said == Some(*said) || kept.reply == *reply)
    }

    fn check(&self, before: &[usize], after: &[usize]) -> Check {
        Check {
            asked: self.held_out.len(),
            among: self.among.len(),
            before: found(before),
            after: found(after),
        }
    }

    /// How many replies are nearer to what was said than the right one, by these frames.
    fn ranks(&self, index: &Index, Frames { reply: frame, .. }: &Frames) -> Vec<usize> {
        let scaled = |slot: &Slot| index.reply.store.scaled(*slot);
        let nearness = |slot: &Slot| frame.nearness(scaled(slot));
        let nearnesses: Vec<f32> = self.among.iter().map(nearness).collect();
        let rank = |(said, reply): &Slots| {
            let question = index.said.store.vector(*said).floats();
            let against = frame.against(&question);
            let own = against.cosine(scaled(reply), nearness(reply));
            let all = self.among.iter().zip(&nearnesses);
            let nearer =
                all.filter(|(slot, nearness)| against.cosine(scaled(slot), **nearness) > own);
            nearer.count()
        };
        self.held_out.iter().map(rank).collect()
    }
}

/// How many are among the nearest.
fn found(ranks: &[usize]) -> usize {
    ranks.iter().filter(|rank| **rank < NEAREST).count()
}

/// How much better reciprocal ranks became, in the mean, and the error of that; none where
/// nothing was asked.
fn gain(before: &[usize], after: &[usize]) -> Option<(f32, f32)> {
    let reciprocal = |rank: usize| 1.0 / (float(rank) + 1.0);
    let gains = before
        .iter()
        .zip(after)
        .map(|(b, a)| reciprocal(*a) - reciprocal(*b));
    let count = float(before.len());
    let mean = gains.clone().sum::<f32>() / count;
    let squares = gains.map(|gain| (gain - mean) * (gain - mean)).sum::<f32>();
    let error = (squares / count / count).sqrt();
    mean.is_finite().then_some((mean, error))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::index::tests::made_of;
    use crate::vector::tests::made_up;
    use crate::vector::{DIM, Vector};
    use proptest::prelude::*;

    /// What somebody is asked about `topic` in one of many ways, or replies to it.
    fn about(topic: usize, way: usize, turn: usize) -> Vector {
        let own = made_up(&format!("{topic} {way} {turn}"), 0.85).floats();
        let of = made_up(&format!("topic {topic} {turn}"), 0.85).floats();
        let both: Vec<f32> = own
            .iter()
            .zip(of)
            .map(|(own, of)| 0.5 * own + 0.5 * of)
            .collect();
        Vector::quantise(&both)
    }

    /// Pairs about a few topics: a question leads to replies of its topic, which lie elsewhere.
    pub(crate) fn of_topics(count: usize) -> Index {
        let mut index = Index::default();
        for item in 0..count {
            let (said, reply) = (about(item % 8, item, 0), about(item % 8, item, 1));
            let kept = index.keep(Some(&said), &reply);
            let entry = made_of(item, Some("?"), &item.to_string(), |_| reply.clone()).entry;
            index.add(entry, kept);
        }
        index
    }

    #[test]
    fn what_follows_from_what_is_learned_and_found_to_help() {
        let mut index = of_topics(400);
        index.learn_all();
        let check = index.check().unwrap();
        assert_eq!((check.asked, check.among), (80, 400));
        // Of fifty replies of a topic one is right, and ten are looked at.
        assert!(check.before < 15, "{check:?}");
        assert!(check.after >= check.before + 5, "{check:?}");
        assert!(index.learned().frames.reply.map.is_some());
    }

    #[test]
    fn what_does_not_help_is_not_used() {
        let mut index = Index::default();
        for item in 0..300 {
            let vector = |turn: &str| made_up(&format!("{item} {turn}"), 0.85);
            let kept = index.keep(Some(&vector("said")), &vector("reply"));
            index.add(
                made_of(item, Some("?"), "!", |_| vector("reply")).entry,
                kept,
            );
        }
        index.learn_all();
        // Replies have nothing to do with what they answer.
        assert!(index.check().is_some());
        assert_eq!(index.learned().frames.reply.map, None);
    }

    #[test]
    fn few_pairs_are_not_tried_nor_one_reply_to_everybody() {
        let mut index = of_topics(map::FEWEST - 1);
        index.learn_all();
        assert_eq!(index.check(), None);
        let mut same = Index::default();
        for item in 0..300 {
            let reply = made_up("고마워요", 0.85);
            let kept = same.keep(Some(&made_up(&item.to_string(), 0.85)), &reply);
            same.add(
                made_of(item, Some("?"), "고마워요", |_| reply.clone()).entry,
                kept,
            );
        }
        same.learn_all();
        assert_eq!(same.check(), None);
    }

    #[test]
    fn it_is_learned_in_parts_and_the_same_is_learned_again() {
        let index = of_topics(200);
        let mut learning = Learning::new(&index);
        let mut shares = vec![learning.share()];
        let learned = loop {
            if let Some(learned) = learning.go_on(&index) {
                break learned;
            }
            shares.push(learning.share());
        };
        assert!(shares.is_sorted() && shares.len() > 10, "{shares:?}");
        assert!(shares.iter().all(|share| (0.0..1.0).contains(share)));
        assert!(learned.is_sound());
        let mut again = of_topics(200);
        again.learn_all();
        assert_eq!(again.learned(), learned);
        // As it is kept and travels.
        let bytes = postcard::to_allocvec(&learned).unwrap();
        assert!(bytes.len() < 60_000, "{}", bytes.len());
        assert_eq!(postcard::from_bytes::<Learned>(&bytes).unwrap(), learned);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        /// Whatever vectors are, what is learned of them is numbers.
        #[test]
        fn nothing_spoils_it(scales in proptest::collection::vec(proptest::num::f32::ANY, 70..90)) {
            let mut index = Index::default();
            for (item, scale) in scales.into_iter().enumerate() {
                let scale = if scale.is_finite() { scale } else { 0.0 };
                let said = Vector { scale, ..made_up(&item.to_string(), 0.85) };
                let reply = Vector { values: vec![1; DIM], ..said.clone() };
                let kept = index.keep(Some(&said), &reply);
                index.add(made_of(item, Some("?"), "!", |_| reply.clone()).entry, kept);
            }
            index.learn_all();
            prop_assert!(index.learned().is_sound());
        }
    }
}
