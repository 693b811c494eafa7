use std::collections::{HashMap, HashSet};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::{journal::Route, problem::Problem};

const DAY: i64 = 86_400;

/// How often each route may be asked. The defaults are X's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Seconds from a window's first request to its reset.
    pub window_seconds: i64,
    pub me: Quota,
    pub posts: Quota,
    pub lookup: Quota,
    /// Requests within 24 hours, all routes together; none is no limit, and
    /// then no 24-hour headers are sent.
    pub app_day: Option<u32>,
    pub user_day: Option<u32>,
    /// Posts read until the reset; the same post counts once a UTC day.
    pub month_posts: Option<usize>,
}

/// Requests a window; none is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quota {
    pub user: Option<u32>,
    pub app: Option<u32>,
}

/// What the operator pays for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Posts read, each once a UTC day. Posts in `includes` are not counted.
    pub posts: usize,
    pub users: usize,
}

/// What has been asked of each limit.
#[derive(Debug, Default)]
pub struct Windows {
    used: HashMap<Bucket, Window>,
    /// UTC day and post.
    posts: HashSet<(i64, u64)>,
    users: HashSet<(i64, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Bucket {
    /// The 15 minutes of a route, of a user or (none) the app.
    Quarter(Route, Option<u64>),
    /// The day of a user or the app.
    Day(Option<u64>),
}

#[derive(Clone, Copy, Debug)]
struct Window {
    limit: u32,
    used: u32,
    reset: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            window_seconds: 900,
            me: Quota {
                user: Some(75),
                app: None,
            },
            posts: Quota {
                user: Some(900),
                app: Some(10_000),
            },
            lookup: Quota {
                user: Some(5_000),
                app: None,
            },
            app_day: None,
            user_day: None,
            month_posts: None,
        }
    }
}

impl Limits {
    fn quota(&self, route: Route) -> Quota {
        match route {
            Route::Me => self.me,
            Route::Posts => self.posts,
            Route::Lookup => self.lookup,
            _ => Quota::default(),
        }
    }
}

impl Windows {
    /// Counts a request by `user` and gives the headers of its answer.
    ///
    /// # Errors
    /// X's 429 if a window, a day or the month is used up; nothing is counted.
    pub fn admit(
        &mut self,
        limits: &Limits,
        route: Route,
        user: u64,
        now: i64,
    ) -> (HeaderMap, Result<(), Problem>) {
        let quota = limits.quota(route);
        let quarters = [(quota.user, Some(user)), (quota.app, None)].map(|(limit, whose)| {
            limit.map(|limit| (Bucket::Quarter(route, whose), limit, limits.window_seconds))
        });
        let days = [(limits.user_day, Some(user)), (limits.app_day, None)]
            .map(|(limit, whose)| limit.map(|limit| (Bucket::Day(whose), limit, DAY)));
        for (bucket, limit, length) in quarters.into_iter().chain(days).flatten() {
            let window = self.used.entry(bucket).or_insert(Window {
                limit,
                used: 0,
                reset: now + length,
            });
            if now >= window.reset {
                (window.used, window.reset) = (0, now + length);
            }
            window.limit = limit;
        }
        let windows = |buckets: [Option<(Bucket, u32, i64)>; 2], used: &HashMap<_, Window>| {
            buckets.map(|bucket| bucket.and_then(|(bucket, ..)| used.get(&bucket).copied()))
        };
        let spent = |windows: [Option<Window>; 2]| {
            windows
                .into_iter()
                .flatten()
                .any(|window| window.remaining() == 0)
        };
        let refusal = if spent(windows(quarters, &self.used)) {
            Some(Problem::window())
        } else if spent(windows(days, &self.used)) {
            Some(Problem::day())
        } else if limits
            .month_posts
            .is_some_and(|most| self.posts.len() >= most)
        {
            Some(Problem::usage_capped())
        } else {
            None
        };
        if refusal.is_none() {
            for (bucket, ..) in quarters.into_iter().chain(days).flatten() {
                if let Some(window) = self.used.get_mut(&bucket) {
                    window.used += 1;
                }
            }
        }
        let mut headers = HeaderMap::new();
        let tightest = windows(quarters, &self.used)
            .into_iter()
            .flatten()
            .min_by_key(Window::remaining);
        if let Some(window) = tightest {
            window_headers(
                &mut headers,
                "x-rate-limit",
                window.limit,
                window.remaining(),
                window.reset,
            );
        }
        let [user_day, app_day] = windows(days, &self.used);
        for (prefix, window) in [
            ("x-user-limit-24hour", user_day),
            ("x-app-limit-24hour", app_day),
        ] {
            if let Some(window) = window {
                window_headers(
                    &mut headers,
                    prefix,
                    window.limit,
                    window.remaining(),
                    window.reset,
                );
            }
        }
        (headers, refusal.map_or(Ok(()), Err))
    }

    pub fn read_posts(&mut self, ids: impl IntoIterator<Item = u64>, now: i64) {
        let day = now.div_euclid(DAY);
        self.posts.extend(ids.into_iter().map(|id| (day, id)));
    }

    pub fn read_user(&mut self, id: u64, now: i64) {
        self.users.insert((now.div_euclid(DAY), id));
    }

    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage {
            posts: self.posts.len(),
            users: self.users.len(),
        }
    }
}

impl Window {
    fn remaining(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

/// Adds `{prefix}-limit`, `-remaining` and `-reset`.
pub fn window_headers(
    headers: &mut HeaderMap,
    prefix: &str,
    limit: u32,
    remaining: u32,
    reset: i64,
) {
    for (name, value) in [
        ("limit", i64::from(limit)),
        ("remaining", i64::from(remaining)),
        ("reset", reset),
    ] {
        if let Ok(name) = HeaderName::try_from(format!("{prefix}-{name}")) {
            headers.insert(name, HeaderValue::from(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn limits(user: u32, app: u32) -> Limits {
        Limits {
            posts: Quota {
                user: Some(user),
                app: Some(app),
            },
            ..Limits::default()
        }
    }

    #[test]
    fn a_window_begins_with_its_first_request_and_ends_after_fifteen_minutes() {
        let limits = limits(2, 100);
        let mut windows = Windows::default();
        let mut ask = |now| windows.admit(&limits, Route::Posts, 1, now);
        let (headers, admitted) = ask(NOW);
        assert!(admitted.is_ok());
        assert_eq!(headers["x-rate-limit-limit"], "2");
        assert_eq!(headers["x-rate-limit-remaining"], "1");
        assert_eq!(headers["x-rate-limit-reset"], (NOW + 900).to_string());
        assert!(ask(NOW + 10).1.is_ok());
        let (headers, admitted) = ask(NOW + 899);
        assert_eq!(admitted, Err(Problem::window()));
        assert_eq!(headers["x-rate-limit-remaining"], "0");
        assert_eq!(headers["x-rate-limit-reset"], (NOW + 900).to_string());
        assert!(ask(NOW + 900).1.is_ok());
    }

    #[test]
    fn the_app_is_counted_over_all_users_and_each_user_alone() {
        let limits = limits(2, 3);
        let mut windows = Windows::default();
        let mut ask = |user| windows.admit(&limits, Route::Posts, user, NOW).1.is_ok();
        assert!(ask(1) && ask(1) && !ask(1));
        assert!(ask(2) && !ask(2));
    }

    #[test]
    fn days_have_headers_of_their_own() {
        let limits = Limits {
            app_day: Some(5),
            user_day: Some(1),
            ..Limits::default()
        };
        let mut windows = Windows::default();
        assert!(windows.admit(&limits, Route::Me, 1, NOW).1.is_ok());
        let (headers, admitted) = windows.admit(&limits, Route::Me, 1, NOW + 900);
        assert_eq!(admitted, Err(Problem::day()));
        assert_eq!(headers["x-user-limit-24hour-remaining"], "0");
        assert_eq!(headers["x-app-limit-24hour-remaining"], "4");
        assert_eq!(headers["x-rate-limit-remaining"], "75");
        assert!(windows.admit(&limits, Route::Me, 1, NOW + DAY).1.is_ok());
    }

    #[test]
    fn the_same_post_is_paid_for_once_a_day() {
        let limits = Limits {
            month_posts: Some(3),
            ..Limits::default()
        };
        let mut windows = Windows::default();
        windows.read_posts([1, 2], NOW);
        windows.read_posts([1, 2], NOW);
        assert_eq!(windows.usage().posts, 2);
        assert!(windows.admit(&limits, Route::Posts, 1, NOW).1.is_ok());
        windows.read_posts([1], NOW + DAY);
        assert_eq!(
            windows.admit(&limits, Route::Posts, 1, NOW).1,
            Err(Problem::usage_capped())
        );
    }
}
