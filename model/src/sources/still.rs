//! When the places that a source gives lead nowhere.

/// Pages in a row on which posts are and none is new, after which they are taken to.
const STILL: u32 = 3;

/// The same of pages without any post. Of somebody who only reposts, or posts to few, all are
/// so: a hundred thousand of them are read.
const EMPTY: u32 = 2_500;

/// How a reading goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    On,
    /// All that is behind was there before.
    Known,
    /// There may be more, and the source does not lead to it.
    Stalled,
}

/// Pages in a row that brought nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Still {
    known: u32,
    empty: u32,
}

impl Still {
    /// What is to be done after a page with so many `posts`, of which some are `new` or none, if
    /// it is not the last one. `was_done` if all was there before.
    pub fn after(&mut self, posts: usize, new: bool, was_done: bool) -> Step {
        if new {
            *self = Self::default();
            return Step::On;
        }
        if posts > 0 {
            self.known += 1;
        } else {
            self.empty += 1;
        }
        match (posts > 0, was_done) {
            (true, true) => Step::Known,
            _ if self.known >= STILL || self.empty >= EMPTY => Step::Stalled,
            _ => Step::On,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_bring_nothing_end_it() {
        let mut still = Still::default();
        assert_eq!(still.after(5, true, false), Step::On);
        assert_eq!(still.after(5, false, false), Step::On);
        assert_eq!(still.after(5, false, false), Step::On);
        assert_eq!(still.after(1, true, false), Step::On);
        for expected in [Step::On, Step::On, Step::Stalled] {
            // Empty ones between them do not hide that.
            assert_eq!(still.after(0, false, false), Step::On);
            assert_eq!(still.after(5, false, false), expected);
        }
    }

    #[test]
    fn what_was_there_ends_what_was_done_before() {
        let mut still = Still::default();
        assert_eq!(still.after(5, true, true), Step::On);
        assert_eq!(still.after(0, false, true), Step::On);
        assert_eq!(still.after(5, false, true), Step::Known);
    }

    #[test]
    fn empty_pages_do_not_go_on_for_ever() {
        let mut still = Still::default();
        let pages = (0..).take_while(|_| still.after(0, false, false) == Step::On);
        assert_eq!(pages.count(), 2_499);
    }
}
