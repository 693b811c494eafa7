//! When somebody wrote what there is of them, for a picture of it.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::Library;
use crate::answers::Language;

const DAY: i64 = 24 * 60 * 60;

/// Months that are counted, from January 1990 to December 2099. A time that an odd source gives may
/// be any.
const FIRST: i32 = 1990 * 12;
const END: i32 = 2100 * 12;

/// What is there by month of UTC, and by language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Months {
    /// The first month: years times twelve and its number from 0.
    pub first: i32,
    /// One by one, also those of which there is nothing.
    pub counts: Vec<Count>,
    /// The most first, and none that there is nothing of.
    pub languages: Vec<(Language, u32)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Entries that answer something.
    pub replies: u32,
    pub others: u32,
}

impl Count {
    #[must_use]
    pub fn all(self) -> u32 {
        self.replies + self.others
    }
}

impl Months {
    /// The month with the most, the earliest of equals, and its place.
    #[must_use]
    pub fn most(&self) -> Option<(i32, Count)> {
        let counts = (self.first..).zip(self.counts.iter().copied());
        counts.max_by_key(|(month, count)| (count.all(), Reverse(*month)))
    }

    /// By year: what it is called, and what there is of it.
    #[must_use]
    pub fn years(&self) -> Vec<(i32, Count)> {
        let mut years: Vec<(i32, Count)> = Vec::new();
        for (month, count) in (self.first..).zip(&self.counts) {
            let year = month.div_euclid(12);
            if years.last().is_none_or(|(last, _)| *last != year) {
                years.push((year, Count::default()));
            }
            if let Some((_, sum)) = years.last_mut() {
                sum.replies += count.replies;
                sum.others += count.others;
            }
        }
        years
    }
}

impl Library {
    /// What there is of all entries, whether they have vectors or not.
    #[must_use]
    pub fn months(&self) -> Months {
        let mut written: Vec<(i32, bool)> = Vec::with_capacity(self.entries.len());
        let mut languages =
            [Language::Korean, Language::Japanese, Language::Latin].map(|it| (it, 0));
        for entry in &self.entries {
            let month = month(entry.at);
            if (FIRST..END).contains(&month) {
                written.push((month, entry.said.is_some()));
            }
            let language = Language::of(&entry.reply);
            for (one, count) in &mut languages {
                *count += u32::from(language == Some(*one));
            }
        }
        let mut languages = languages.to_vec();
        languages.retain(|(_, count)| *count > 0);
        languages.sort_by_key(|(_, count)| Reverse(*count));
        let months = written.iter().map(|(month, _)| *month);
        let Some((first, last)) = months.clone().min().zip(months.max()) else {
            return Months {
                languages,
                ..Months::default()
            };
        };
        let length = usize::try_from(last - first).unwrap_or_default() + 1;
        let mut counts = vec![Count::default(); length];
        for (month, is_reply) in written {
            let count = usize::try_from(month - first)
                .ok()
                .and_then(|at| counts.get_mut(at));
            if let Some(count) = count {
                count.replies += u32::from(is_reply);
                count.others += u32::from(!is_reply);
            }
        }
        Months {
            first,
            counts,
            languages,
        }
    }
}

/// The month of a time: years times twelve and its number from 0. By Hinnant's days of the civil
/// calendar (<https://howardhinnant.github.io/date_algorithms.html>), in which years begin in March.
fn month(at: i64) -> i32 {
    let days = at.div_euclid(DAY) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let in_year = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * in_year + 2) / 153;
    let months = (era * 400 + year) * 12 + from_march + 2;
    i32::try_from(months).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Post;
    use crate::corpus::tests::{feed, post, reply, shown};
    use crate::library::{Import, Page};
    use proptest::prelude::*;

    /// The month that comes so many days after another one begins.
    fn days_of(month: i32) -> i64 {
        let year = month.div_euclid(12);
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        match month.rem_euclid(12) {
            1 => 28 + i64::from(is_leap),
            3 | 5 | 8 | 10 => 30,
            _ => 31,
        }
    }

    #[test]
    fn each_day_is_of_its_month() {
        let mut day = 0;
        for month_of_day in 1970 * 12..END {
            for _ in 0..days_of(month_of_day) {
                assert_eq!(month(day * DAY), month_of_day, "day {day}");
                assert_eq!(month(day * DAY + DAY - 1), month_of_day, "day {day}");
                day += 1;
            }
        }
        assert_eq!(month(-1), 1969 * 12 + 11);
    }

    proptest! {
        #[test]
        fn no_time_is_too_odd(at in any::<i64>()) {
            let _ = month(at);
        }
    }

    fn library(posts: Vec<Post>) -> Library {
        let mut library = Library::default();
        library.add_page(Page {
            posts,
            ..Page::mark(feed(), Import::Done)
        });
        library
    }

    #[test]
    fn what_was_written_is_counted_by_month_kind_and_language() {
        // 2024-02-29, 2024-04-01, and a time that no clock shows.
        let (leap, april, odd) = (1_709_164_800, 1_711_929_600, i64::MAX / 2);
        let library = library(vec![
            Post {
                at: leap,
                ..reply(1, "레몬 좋아", 9, shown("9", "뭐가 좋아?"))
            },
            post_at(2, "오늘은 레몬", leap),
            post_at(3, "レモンを買った", april),
            post_at(4, "lemons again", odd),
        ]);
        let months = library.months();
        let (one, none) = (
            Count {
                replies: 0,
                others: 1,
            },
            Count::default(),
        );
        assert_eq!(months.first, 2024 * 12 + 1);
        assert_eq!(
            months.counts,
            [
                Count {
                    replies: 1,
                    others: 1
                },
                none,
                one
            ]
        );
        assert_eq!(
            months.most(),
            Some((
                2024 * 12 + 1,
                Count {
                    replies: 1,
                    others: 1
                }
            ))
        );
        assert_eq!(
            months.years(),
            [(
                2024,
                Count {
                    replies: 1,
                    others: 2
                }
            )]
        );
        let languages = [
            (Language::Korean, 2),
            (Language::Japanese, 1),
            (Language::Latin, 1),
        ];
        assert_eq!(months.languages, languages);
    }

    #[test]
    fn of_nothing_there_is_nothing() {
        assert_eq!(Library::default().months(), Months::default());
        assert_eq!(Months::default().most(), None);
        assert!(Months::default().years().is_empty());
    }

    fn post_at(id: u32, text: &str, at: i64) -> Post {
        Post {
            at,
            ..post(id, text)
        }
    }
}
