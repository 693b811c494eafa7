//! What must hold before anything is called ready: a text whose answer is known finds it.

use crate::index::Index;
use crate::protocol::{Probe, Role, Text};
use crate::vector::Vector;

/// A probe's entry is found by its reply at least this well, as a cosine. It is asked as a
/// question, which is seen from elsewhere than replies are, so that it does not come to one.
const FOUND: f32 = 0.75;

/// Two vectors of one text are alike by this much at least, as an uncentred cosine: the same
/// model makes the same of it everywhere. Those of two texts are near 0.85.
const SAME: f32 = 0.99;

/// The reply of the first entry of which the model knows something, or of the first one: every
/// entry has one, and it is ours to embed again. None if there is no entry.
#[must_use]
pub fn probe(index: &Index) -> Option<Probe> {
    let mut items = 0..index.entries().len();
    let item = items.find(|item| index.reply(*item).has_direction());
    let entry = index.entries().get(item.unwrap_or(0))?;
    Some(Probe {
        entry: entry.id.to_string(),
        text: Text {
            role: Role::Passage,
            text: entry.reply.to_string(),
        },
    })
}

/// Whether `vector`, which the probe's text has by now, finds its entry, or one that replies
/// the same, and is what that entry has of it. Others may be nearer: somebody else may have
/// said just that. And that it is found is not enough: of few entries none is far from any
/// text. Where the model knows nothing of any text, that is what every entry has.
#[must_use]
pub fn holds(index: &Index, probe: &Probe, vector: &Vector) -> bool {
    let entries = index.entries().iter().enumerate();
    let mut own = entries
        .filter(|(_, entry)| *entry.id == *probe.entry || *entry.reply == *probe.text.text)
        .map(|(item, _)| item);
    if !vector.has_direction() {
        return own.any(|item| !index.reply(item).has_direction());
    }
    let floats = vector.floats();
    let is_same = |reply: &Vector| {
        let lengths = (vector.norm_squared() * reply.norm_squared()).sqrt();
        // No number, where one of them has no length, is less than anything.
        reply.dot(&floats) / lengths >= SAME
    };
    let same: Vec<usize> = own.filter(|item| is_same(&index.reply(*item))).collect();
    let found = index.like_reply(&floats, &same);
    found.iter().any(|reply| *reply >= FOUND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::common::Common;
    use crate::answers::{self, Question};
    use crate::bot::about::About;
    use crate::bot::{Bot, Line, Opened, Owner};
    use crate::index::Item;
    use crate::index::learning::tests::of_topics;
    use crate::index::tests::made_of;
    use crate::seal::{self, LinkSecret};
    use crate::vector::DIM;
    use crate::vector::tests::made_up;

    /// How alike any two texts are to this encoder, as a cosine.
    const ALIKE: f32 = 0.85;

    fn vector(text: &str) -> Vector {
        made_up(text, ALIKE)
    }

    fn item(id: usize, said: Option<&str>, reply: &str) -> Item {
        made_of(id, said, reply, vector)
    }

    /// `n` entries whose replies differ, the first one's being `레몬 0`.
    fn different(n: usize) -> Vec<Item> {
        (0..n)
            .map(|i| {
                let said = format!("뭐 {i}?");
                let said = (i % 2 == 0).then_some(said.as_str());
                item(i, said, &format!("레몬 {i}"))
            })
            .collect()
    }

    fn is_proven(index: &Index) -> bool {
        let probe = probe(index).unwrap();
        let vector = vector(&probe.text.text);
        holds(index, &probe, &vector)
    }

    #[test]
    fn an_index_that_answers_is_proven() {
        for entries in [1, 2, 19, 20, 300] {
            assert!(is_proven(&Index::new(different(entries))), "{entries}");
        }
    }

    /// Where questions lead elsewhere than to what is like them.
    #[test]
    fn an_index_that_leads_far_is_proven() {
        let mut index = of_topics(400);
        index.learn_all();
        assert!(index.learned().frames.reply.map.is_some());
        for entry in index.entries() {
            let probe = Probe {
                entry: entry.id.to_string(),
                text: Text {
                    role: Role::Passage,
                    text: entry.reply.to_string(),
                },
            };
            let vector = index.reply(entry.reply.parse().unwrap());
            assert!(holds(&index, &probe, &vector), "{}", entry.reply);
        }
    }

    /// What somebody always says is what their bot says.
    #[test]
    fn equal_replies_are_proven_and_can_be_shared() {
        for (equal, others) in [
            (1, 0),
            (19, 0),
            (20, 0),
            (25, 0),
            (3_000, 0),
            (3_000, 19),
            (3_000, 200),
        ] {
            let gm = (0..equal).map(|i| item(i, None, "gm"));
            let rest = different(others).into_iter();
            let index = Index::new(gm.chain(rest).collect());
            assert!(is_proven(&index), "{equal} and {others}");

            let secret = LinkSecret::new([7; 16]);
            let bot = Bot {
                model: "m".into(),
                owner: Owner {
                    name: "n".into(),
                    handle: "h".into(),
                },
                made_at: 0,
                learned: index.learned(),
                suggested: Vec::new(),
                lines: index
                    .items()
                    .map(|it| Line::of(&it, &index.learned()))
                    .collect(),
                about: About::default(),
            };
            let file = seal::seal(&bot, &secret, [9; 12]).unwrap();
            let visited = Opened::from(seal::open(&file, &secret).unwrap());
            assert!(is_proven(&visited.index), "{equal} and {others}, shared");
        }
    }

    /// A person who writes in a script that the model does not know has a bot all the same.
    #[test]
    fn what_the_model_does_not_know_is_not_what_it_is_tried_with() {
        let unknown = |id| {
            made_of(id, None, "สวัสดี", |_| {
                Vector::quantise(&[0.0; DIM])
            })
        };
        let index = Index::new((0..3).map(unknown).collect());
        let asked = probe(&index).unwrap();
        assert!(holds(&index, &asked, &Vector::quantise(&[0.0; DIM])));
        assert!(!holds(&index, &asked, &vector("레몬 0")));
        let mut items = vec![unknown(9)];
        items.extend(different(3));
        assert_eq!(probe(&Index::new(items)).unwrap().text.text, "레몬 0");
    }

    #[test]
    fn an_entry_that_replies_the_same_will_do() {
        let mut items = different(40);
        items.push(item(40, None, "레몬 0"));
        // The probe's own entry has the vector of something else.
        items[0].reply = vector("바다");
        assert!(is_proven(&Index::new(items)));
    }

    #[test]
    fn somebody_who_said_just_that_may_be_nearer() {
        let mut items = different(40);
        items.push(item(40, Some("레몬 0"), "응"));
        let index = Index::new(items);
        let question = Question {
            text: "레몬 0",
            vector: &vector("레몬 0").floats(),
        };
        assert_eq!(answers::find(&index, &question, 1)[0].item, 40);
        assert!(is_proven(&index));
    }

    #[test]
    fn an_index_that_does_not_answer_is_not_proven() {
        for entries in [5, 40] {
            let index = Index::new(different(entries));
            let sound = probe(&index).unwrap();

            let of_others = vector("레몬 1");
            assert!(!holds(&index, &sound, &of_others), "another text's vector");
            let nothing = Vector::quantise(&[0.0; DIM]);
            assert!(!holds(&index, &sound, &nothing), "no vector");
            let mut wrong = vector("레몬 0");
            wrong.values.rotate_left(1);
            assert!(!holds(&index, &sound, &wrong), "an encoder that errs");

            let gone = Index::new(different(entries).split_off(1));
            assert!(
                !holds(&gone, &sound, &vector("레몬 0")),
                "the entry is gone"
            );

            let mut shifted = different(entries);
            for (i, item) in shifted.iter_mut().enumerate() {
                item.reply = vector(&format!("레몬 {}", i + 1));
            }
            assert!(!is_proven(&Index::new(shifted)), "vectors of other entries");
        }
    }

    /// Where the vector of the probe is the mean that all are seen from, the index finds nothing
    /// by it: that the entry has this very vector is not enough.
    #[test]
    fn an_index_that_finds_nothing_is_not_proven() {
        let mean = Vector::quantise(&Common::get().replies);
        let items = vec![Item {
            reply: mean.clone(),
            ..item(0, None, "레몬 0")
        }];
        let index = Index::new(items);
        let probe = probe(&index).unwrap();
        assert!(!holds(&index, &probe, &mean));
    }

    #[test]
    fn nothing_is_no_proof() {
        assert_eq!(probe(&Index::default()), None);
        let index = Index::new(different(3));
        let sound = probe(&index).unwrap();
        assert!(!holds(&Index::default(), &sound, &vector("레몬 0")));
    }
}
