//! How much may be asked of X, and who asks when.
//!
//! A state machine without clock or storage: whoever asks says what time it is, and
//! [`Budget::changes`] says what is to be written down. Its parts:
//!
//! - **Windows** (`window`, of the `app` and of each `user`). X counts requests in 15 minutes
//!   and in a day. Each window is counted here too, and X is not asked once one is used up.
//! - **Turns** (`turn`, and the `line` of them). An import is let in as a whole, in the first
//!   window that has room for it. Who must wait is told when their turn begins.
//! - **Outcomes** (`outcome`). What came of each request corrects what was counted.
//! - **Endpoints** (`endpoint`). What signing in and out asks of X waits in no line.
//! - **Money** (`month`, and the `page`s of each `user`). What X may bill counts when it is
//!   asked, and is corrected when somebody says what came of it.
//! - **Outages** (`outage`) and **closing** (`closing`). While X fails, everybody waits and
//!   keeps their turn; when the `month` or the money is used up, nobody is served.
//! - The operator's `rules`, the `status` for everybody, what is `stored`, and how the
//!   object that keeps it all is told, by `message`.

mod app;
mod bots;
mod closing;
mod decision;
mod endpoint;
#[cfg(test)]
mod fixture;
mod line;
mod message;
mod month;
mod outage;
mod outcome;
mod page;
mod person;
mod rules;
mod sign_out;
mod status;
mod stored;
#[cfg(test)]
mod tests;
mod turn;
mod user;
mod window;

use std::collections::BTreeMap;

use lemon_wire::Limit;

use self::{
    app::App,
    bots::{ONCE, Shelf, Uploads},
    endpoint::Silence,
    line::Line,
    month::{Cost, Month},
    outage::Outage,
    sign_out::Ended,
    status::History,
    stored::{Kept, Table},
    turn::Turn,
    user::User,
    window::Windows,
};
pub use self::{
    bots::{Bots, Stock, Upload, Uploader},
    closing::PROBE,
    decision::Decision,
    endpoint::Endpoint,
    line::{MAX_TURNS, PACE},
    message::{Fault, Message},
    month::next_month,
    outage::{AGAIN, FAILURES},
    outcome::{Outcome, Said},
    page::{Page, Wanted},
    person::Person,
    rules::Rules,
    sign_out::Leaving,
    turn::{GRACE, HELD},
};
pub use crate::x::{DAY, QUARTER};

/// See the module.
#[derive(Clone, Debug)]
pub struct Budget {
    rules: Rules,
    app: Kept<App>,
    month: Kept<Month>,
    /// Their windows of the app.
    endpoints: Table<Endpoint, Windows>,
    /// How X fails to say who somebody is. It is not written down.
    silence: Silence,
    users: Table<Person, User>,
    /// Sessions that are over before their time.
    ended: Table<Person, Ended>,
    line: Line,
    history: History,
    shelf: Kept<Shelf>,
    /// Bots that were deleted just now, and when. It is not written down.
    removed: BTreeMap<Person, i64>,
    /// By address or person.
    uploads: Table<Person, Uploads>,
    tidied: i64,
}

impl Budget {
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            app: Kept::new(App::new(&rules)),
            month: Kept::new(Month::default()),
            endpoints: Table::default(),
            silence: Silence::default(),
            users: Table::default(),
            ended: Table::default(),
            line: Line::default(),
            history: History::default(),
            shelf: Kept::new(Shelf::default()),
            removed: BTreeMap::new(),
            uploads: Table::default(),
            tidied: 0,
            rules,
        }
    }

    /// May somebody ask X for the page that they want? [`Decision::Go`] is counted as asked,
    /// and as billed; [`Budget::tell`] must say what came of it.
    pub fn ask(&mut self, wanted: Wanted, now: i64) -> Decision {
        self.tidy(now);
        if self.has_ended(wanted.session) {
            return Decision::Ended;
        }
        let decision = self.decide(wanted, now);
        let waiting = self.line.waiting();
        let moment = match decision {
            Decision::Go => self.history.moment(now),
            _ => self.history.glimpse(now),
        };
        moment.waiting = moment.waiting.max(waiting);
        match decision {
            Decision::Go => moment.requests += 1,
            _ => moment.refusals += 1,
        }
        let before = self.app.waiting_since;
        let since = match decision {
            Decision::Go => before.filter(|_| waiting > 0),
            Decision::Wait {
                limit: Limit::AppQuarter | Limit::AppDay,
                ..
            } => before.or(Some(now)),
            _ => before,
        };
        if since != before {
            self.app.change().waiting_since = since;
        }
        decision
    }

    fn decide(&mut self, wanted: Wanted, now: i64) -> Decision {
        let Wanted { person, page, .. } = wanted;
        let user = self.users.get(&person);
        let posts = user.map_or(page.posts, |user| user.cost(page, now));
        if let Some(shut) = self.shut(Cost { posts, users: 0 }, now) {
            return shut.into();
        }
        if let Some((until, limit)) = user.and_then(|user| self.own_limit(person, user, page, now))
        {
            self.line.end(person);
            return Decision::Wait { until, limit };
        }
        if let Some(outage) = self.outage(Some(person), now) {
            self.line.see(person, now);
            return Decision::Wait {
                // Not all at once when it is over.
                until: outage.again + person.lot(AGAIN),
                limit: Limit::Source,
            };
        }
        let turn = self.line.come(&wanted, &self.app, now);
        if turn.has_begun(now) && self.app.windows.left(now) > 0 {
            self.grant(person, page, turn, now);
            return Decision::Go;
        }
        // X may have said less than was planned with: the next room there is.
        let turn = if turn.has_begun(now) {
            self.line.again(&wanted, turn, &self.app, now)
        } else {
            turn
        };
        Decision::Wait {
            until: turn.at.max(now + 1),
            limit: self.app.why(turn.at),
        }
    }

    /// Until when this person has had all they may have, and of what.
    fn own_limit(&self, person: Person, user: &User, page: Page, now: i64) -> Option<(i64, Limit)> {
        user.spent(person, now).or_else(|| {
            let has_had = user.has_had(page, &self.rules, now);
            has_had.then(|| (User::tomorrow(person, now), Limit::UserDay))
        })
    }

    fn grant(&mut self, person: Person, page: Page, turn: Turn, now: i64) {
        let app = self.app.change();
        app.windows.take(now);
        // One finds out for all.
        if let Some(closed) = &mut app.closed {
            closed.probe = now + PROBE;
        }
        if let Some(trouble) = &mut app.trouble {
            trouble.again = now + AGAIN;
        }
        let user = self.user_mut(person);
        user.windows.take(now);
        let posts = user.open(page, now);
        if posts > 0 {
            self.month.change().at(now).add_posts(i64::from(posts));
        }
        self.line.take(person, turn, self.app.ordinal);
    }

    fn outage(&self, person: Option<Person>, now: i64) -> Option<Outage> {
        self.app.trouble.as_ref()?.outage(person, now)
    }

    fn user_mut(&mut self, person: Person) -> &mut User {
        let rules = &self.rules;
        self.users.change(person, || User::new(rules))
    }

    /// Ends the turns of those who left, and forgets what is over.
    fn tidy(&mut self, now: i64) {
        self.line.advance(now);
        self.app.change_if(|app| app.roll(&self.rules, now));
        self.month.change_if(|month| month.settle_lost(now));
        if self.tidied == now {
            return;
        }
        self.tidied = now;
        self.line.tidy(now);
        self.app.change_if(|app| {
            let trouble = app.trouble.take_if(|trouble| trouble.is_over(now));
            trouble.is_some()
        });
        self.users.forget(|user| user.is_over(now));
        self.removed.retain(|_, at| now < *at + ONCE);
        self.ended.forget(|ended| ended.is_over(now));
        let today = now.div_euclid(DAY);
        self.uploads.forget(|uploads| !uploads.are_of(today));
    }
}
