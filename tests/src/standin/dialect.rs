use serde_json::{Map, Value};

use super::{problem::Problem, query::Query};

/// Which of X's two vocabularies a request is written in, and so its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `tweet.fields`, `referenced_tweets`, `includes.tweets`, `note_tweet`.
    Tweet,
    /// `post.fields`, `referenced_posts`, `includes.posts`, `note_post`.
    Post,
}

/// What a request wants to be told of each post and user.
#[derive(Clone, Debug)]
pub struct Selection {
    pub dialect: Dialect,
    post_fields: Vec<String>,
    user_fields: Vec<String>,
    expansions: Vec<String>,
}

/// Fields that both dialects call the same.
const POST_FIELDS: [&str; 19] = [
    "article",
    "attachments",
    "author_id",
    "context_annotations",
    "conversation_id",
    "created_at",
    "display_text_range",
    "edit_controls",
    "entities",
    "geo",
    "id",
    "in_reply_to_user_id",
    "lang",
    "possibly_sensitive",
    "public_metrics",
    "reply_settings",
    "source",
    "text",
    "withheld",
];

const USER_FIELDS: [&str; 16] = [
    "affiliation",
    "created_at",
    "description",
    "entities",
    "id",
    "location",
    "most_recent_tweet_id",
    "name",
    "pinned_tweet_id",
    "profile_banner_url",
    "profile_image_url",
    "protected",
    "public_metrics",
    "url",
    "username",
    "verified",
];

const EXPANSIONS: [&str; 5] = [
    "author_id",
    "in_reply_to_user_id",
    "entities.mentions.username",
    REFERENCED[0],
    REFERENCED[1],
];

/// The expansion that includes what a post refers to, as X's own clients ask for it. Unlike
/// its longer form it is understood in both dialects, whichever it is of.
const REFERENCED: [&str; 2] = ["referenced_tweets", "referenced_posts"];

impl Dialect {
    pub const ALL: [Self; 2] = [Self::Tweet, Self::Post];

    #[must_use]
    pub fn of(query: &Query) -> Self {
        if query.get(Self::Post.fields()).is_some() && query.get(Self::Tweet.fields()).is_none() {
            Self::Post
        } else {
            Self::Tweet
        }
    }

    /// The query parameter that lists fields.
    #[must_use]
    pub fn fields(self) -> &'static str {
        self.word("tweet.fields", "post.fields")
    }

    /// The member that lists what a post refers to.
    #[must_use]
    pub fn references(self) -> &'static str {
        self.word("referenced_tweets", "referenced_posts")
    }

    /// The member of `includes` that holds posts.
    #[must_use]
    pub fn includes(self) -> &'static str {
        self.word("tweets", "posts")
    }

    /// The member that holds the whole text of a long post.
    #[must_use]
    pub fn note(self) -> &'static str {
        self.word("note_tweet", "note_post")
    }

    #[must_use]
    pub fn history(self) -> &'static str {
        self.word("edit_history_tweet_ids", "edit_history_post_ids")
    }

    /// What `errors` call a post.
    #[must_use]
    pub fn resource(self) -> &'static str {
        self.word("tweet", "post")
    }

    /// The expansion that includes what a post refers to.
    #[must_use]
    pub fn parents(self) -> &'static str {
        self.word("referenced_tweets.id", "referenced_posts.id")
    }

    /// The expansion that includes the authors of what a post refers to.
    #[must_use]
    pub fn parent_authors(self) -> &'static str {
        self.word(
            "referenced_tweets.id.author_id",
            "referenced_posts.id.author_id",
        )
    }

    fn word(self, tweet: &'static str, post: &'static str) -> &'static str {
        match self {
            Self::Tweet => tweet,
            Self::Post => post,
        }
    }
}

impl Selection {
    /// # Errors
    /// X's 400 for a name that neither dialect knows. One of the other dialect
    /// is no error: it is as if it had not been sent.
    pub fn parse(query: &Query) -> Result<Self, Problem> {
        let dialect = Dialect::of(query);
        let both = |words: [fn(Dialect) -> &'static str; 2]| {
            Dialect::ALL
                .into_iter()
                .flat_map(move |dialect| words.map(|word| word(dialect)))
        };
        let check = |parameter: &str, known: &[&str], dialects: &[&str]| {
            let names: Vec<String> = query.list(parameter).map(str::to_owned).collect();
            match names
                .iter()
                .find(|name| !known.contains(&name.as_str()) && !dialects.contains(&name.as_str()))
            {
                None => Ok(names),
                Some(name) => Err(query.invalid(&format!(
                    "The `{parameter}` query parameter value [{name}] is not one of [{}]",
                    known.join(",")
                ))),
            }
        };
        let post_words: Vec<&str> = both([Dialect::references, Dialect::note])
            .chain(Dialect::ALL.map(Dialect::history))
            .collect();
        let expansion_words: Vec<&str> =
            both([Dialect::parents, Dialect::parent_authors]).collect();
        Ok(Self {
            dialect,
            post_fields: check(dialect.fields(), &POST_FIELDS, &post_words)?,
            user_fields: check("user.fields", &USER_FIELDS, &[])?,
            expansions: check("expansions", &EXPANSIONS, &expansion_words)?,
        })
    }

    /// Whether a post's `field` was asked for. An expansion asks for the field
    /// that it expands.
    #[must_use]
    pub fn post(&self, field: &str) -> bool {
        let named = |field: &str| self.post_fields.iter().any(|name| name == field);
        named(field)
            || self.expands(field)
            || (field == self.dialect.references()
                && (self.expands_parents() || self.expands(self.dialect.parent_authors())))
            || (field == "author_id" && self.expands(self.dialect.parent_authors()))
    }

    #[must_use]
    pub fn user(&self, field: &str) -> bool {
        self.user_fields.iter().any(|name| name == field)
    }

    /// Whether what a post refers to is to be included.
    #[must_use]
    pub fn expands_parents(&self) -> bool {
        let mut short = REFERENCED.iter();
        self.expands(self.dialect.parents()) || short.any(|expansion| self.expands(expansion))
    }

    #[must_use]
    pub fn expands(&self, expansion: &str) -> bool {
        self.expansions.iter().any(|name| name == expansion)
    }
}

/// Takes from a page what a request in the wrong dialect would not have been
/// told: references, long texts, and what `includes` holds.
pub fn silence(page: &mut Value) {
    let Some(page) = page.as_object_mut() else {
        return;
    };
    page.remove("includes");
    page.remove("errors");
    for post in page
        .get_mut("data")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        silence_post(post);
    }
}

fn silence_post(post: &mut Map<String, Value>) {
    for dialect in Dialect::ALL {
        post.remove(dialect.references());
        post.remove(dialect.note());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_of_the_request_decides() {
        for (query, dialect) in [
            ("", Dialect::Tweet),
            ("tweet.fields=lang", Dialect::Tweet),
            ("post.fields=lang", Dialect::Post),
            ("tweet.fields=lang&post.fields=lang", Dialect::Tweet),
            ("expansions=referenced_posts.id", Dialect::Tweet),
        ] {
            assert_eq!(Dialect::of(&Query::parse(query)), dialect, "{query}");
        }
    }

    #[test]
    fn words_of_the_other_dialect_ask_for_nothing() {
        let selection = Selection::parse(&Query::parse(
            "tweet.fields=referenced_posts,note_post,lang&expansions=referenced_posts.id",
        ))
        .unwrap();
        assert!(selection.post("lang"));
        assert!(!selection.post("referenced_tweets"));
        assert!(!selection.post("note_tweet"));
        assert!(!selection.expands_parents());
    }

    #[test]
    fn the_short_expansion_is_understood_in_both_dialects() {
        for fields in ["tweet.fields=lang", "post.fields=lang", "max_results=5"] {
            for expansion in REFERENCED {
                let query = Query::parse(&format!("{fields}&expansions={expansion}"));
                let selection = Selection::parse(&query).unwrap();
                assert!(selection.expands_parents(), "{fields} {expansion}");
                assert!(selection.post(selection.dialect.references()));
            }
        }
    }

    #[test]
    fn unknown_words_are_refused() {
        for query in [
            "tweet.fields=colour",
            "post.fields=colour",
            "user.fields=colour",
            "expansions=colour",
        ] {
            assert!(Selection::parse(&Query::parse(query)).is_err(), "{query}");
        }
    }

    #[test]
    fn silence_leaves_what_both_dialects_share() {
        let mut page = serde_json::json!({
            "data": [{ "id": "1", "referenced_tweets": [], "note_post": {}, "lang": "ko" }],
            "includes": { "tweets": [] },
            "meta": { "result_count": 1 },
        });
        silence(&mut page);
        assert_eq!(
            page,
            serde_json::json!({
                "data": [{ "id": "1", "lang": "ko" }],
                "meta": { "result_count": 1 },
            })
        );
    }
}
