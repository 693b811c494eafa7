//! How many posts are read: what there is, what the operator allows, what the person chose.

use lemon_wire::MAX_POSTS;
use leptos::prelude::*;

use crate::browser;
use crate::edge::{self, EdgeError};

/// Where the browser remembers how many posts are to be read.
const NEWEST: &str = "lemon-newest";

#[derive(Clone, Copy)]
pub struct Terms {
    /// What the operator allows, once it is known.
    pub allowed: RwSignal<Option<lemon_wire::Terms>>,
    /// How many of the newest posts the person chose to have read.
    chosen: RwSignal<Option<u32>>,
}

impl Terms {
    pub fn new() -> Self {
        Self {
            allowed: RwSignal::new(None),
            chosen: RwSignal::new(browser::recall(NEWEST).and_then(|n| n.parse().ok())),
        }
    }

    /// Without an answer one can still begin; the edge holds its limits itself.
    pub async fn ask(self) {
        let _ = self.fetched().await;
    }

    /// What the operator allows, which is asked for if it is not known yet.
    pub async fn known(self) -> Result<lemon_wire::Terms, EdgeError> {
        if let Some(terms) = self.allowed.get_untracked() {
            return Ok(terms);
        }
        self.fetched().await
    }

    async fn fetched(self) -> Result<lemon_wire::Terms, EdgeError> {
        let terms = edge::terms().await?;
        self.allowed.set(Some(terms.clone()));
        Ok(terms)
    }

    /// Has the `newest` posts read; what was begun already keeps its number.
    pub fn choose(self, newest: u32) {
        browser::remember(NEWEST, &newest.to_string());
        self.chosen.set(Some(newest));
    }

    pub fn chosen_now(self) -> Option<u32> {
        self.chosen.get_untracked()
    }

    /// How many of the newest posts are to be read.
    pub fn newest(self) -> u32 {
        let default = || {
            self.allowed
                .get()
                .map_or(MAX_POSTS, |terms| terms.default_posts)
        };
        self.chosen.get().unwrap_or_else(default)
    }

    /// How many of an account's posts are within reach.
    pub fn within_reach(self, posts: Option<u32>) -> Option<u32> {
        let most = self
            .allowed
            .get()
            .map_or(MAX_POSTS, |terms| terms.person_posts);
        Some(posts?.min(MAX_POSTS).min(most))
    }

    /// How many of them are to be read.
    pub fn expected(self, posts: Option<u32>) -> Option<usize> {
        let posts = self.within_reach(posts)?.min(self.newest());
        usize::try_from(posts).ok()
    }
}

pub fn forget() {
    browser::forget(NEWEST);
}
