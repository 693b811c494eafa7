//! The latest of something that is kept elsewhere, for all who want it at once: it is asked
//! for by one of them at a time, and the others are given the one before meanwhile.

/// Seconds after which another one asks: whoever did has left.
const PATIENCE: i64 = 5;

/// Seconds for which it is better than nothing.
const LONGEST: i64 = 60;

#[derive(Debug)]
pub struct Latest<T> {
    last: Option<(i64, T)>,
    asked: Option<i64>,
}

/// What somebody does who wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look<T> {
    Here(T),
    /// Nothing is here that is not too old; somebody asks already.
    Wait,
    /// Ask, and [`Latest::set`] it.
    Ask,
}

impl<T: Clone> Latest<T> {
    #[must_use]
    pub const fn new() -> Self {
        Self {
            last: None,
            asked: None,
        }
    }

    /// It is asked for once a second, if anybody wants it.
    pub fn look(&mut self, now: i64) -> Look<T> {
        let is_asked = self.asked.is_some_and(|at| now < at + PATIENCE);
        match &self.last {
            Some((at, value)) if *at >= now || (is_asked && now < at + LONGEST) => {
                Look::Here(value.clone())
            }
            _ if is_asked => Look::Wait,
            _ => {
                self.asked = Some(now);
                Look::Ask
            }
        }
    }

    pub fn set(&mut self, value: T, now: i64) {
        self.last = Some((now, value));
        self.asked = None;
    }
}

impl<T: Clone> Default for Latest<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn one_asks_and_the_others_have_the_one_before() {
        let mut latest = Latest::new();
        assert_eq!(latest.look(NOW), Look::Ask);
        assert_eq!(latest.look(NOW), Look::Wait);
        latest.set("one", NOW);
        assert_eq!(latest.look(NOW), Look::Here("one"));
        assert_eq!(latest.look(NOW + 1), Look::Ask);
        for _ in 0..1_000 {
            assert_eq!(latest.look(NOW + 2), Look::Here("one"));
        }
        latest.set("two", NOW + 2);
        assert_eq!(latest.look(NOW + 2), Look::Here("two"));
    }

    #[test]
    fn who_asked_may_have_left_and_what_is_old_is_not_given() {
        let mut latest = Latest::new();
        assert_eq!(latest.look(NOW), Look::Ask);
        assert_eq!(latest.look(NOW + PATIENCE - 1), Look::Wait);
        assert_eq!(latest.look(NOW + PATIENCE), Look::Ask);
        latest.set("one", NOW);
        let mut now = NOW;
        // One asks every few seconds, and is not answered.
        while now < NOW + LONGEST - PATIENCE {
            now += PATIENCE;
            assert_eq!(latest.look(now), Look::Ask);
            assert_eq!(latest.look(now + 1), Look::Here("one"));
        }
        // Also of those who come after a quiet minute one asks.
        assert_eq!(latest.look(NOW + LONGEST), Look::Ask);
        for _ in 0..1_000 {
            assert_eq!(latest.look(NOW + LONGEST), Look::Wait);
        }
        assert_eq!(latest.look(NOW + LONGEST + PATIENCE), Look::Ask);
    }
}
