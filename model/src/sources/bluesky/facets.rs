//! What stands in a text beside its words, by ranges of its bytes.

use std::ops::Range;

use lemon_given::lenient::{Kind, List, Maybe, Object};
use serde::Deserialize;

use crate::text::LINK;

/// What links are called.
const LINKS: &str = "app.bsky.richtext.facet#link";

/// A range of a text, and what it is.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Facet {
    index: Maybe<Object<Index>>,
    features: List<Object<Feature>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Index {
    byte_start: Maybe<Byte>,
    byte_end: Maybe<Byte>,
}

/// A place in a text, in bytes of UTF-8.
struct Byte(usize);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Feature {
    #[serde(rename = "$type")]
    kind: Maybe<String>,
}

/// `text` with [`LINK`] in place of its links, which are shown cut. A range that is none, that
/// cuts a character or overlaps one before it, is passed over.
pub fn plain<'a>(text: &str, facets: impl Iterator<Item = &'a Facet>) -> String {
    let mut links: Vec<Range<usize>> = facets
        .filter_map(Facet::link)
        .filter(|link| link.start < link.end && text.get(link.clone()).is_some())
        .collect();
    links.sort_unstable_by_key(|link| (link.start, link.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for link in links {
        if link.start >= at {
            out.push_str(&text[at..link.start]);
            out.push_str(LINK);
            out.push(' ');
            at = link.end;
        }
    }
    out.push_str(&text[at..]);
    out
}

impl Facet {
    fn link(&self) -> Option<Range<usize>> {
        let Object(index) = self.index.0.as_ref()?;
        let range = index.byte_start.0.as_ref()?.0..index.byte_end.0.as_ref()?.0;
        let mut kinds = self.features.0.iter();
        kinds
            .any(|Object(feature)| feature.kind.0.as_deref() == Some(LINKS))
            .then_some(range)
    }
}

impl Kind<'_> for Byte {
    fn of_integer(integer: i128) -> Option<Self> {
        usize::try_from(integer).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::text;

    fn facet(start: impl Into<Value>, end: impl Into<Value>, kind: &str) -> Facet {
        let facet = json!({
            "index": { "byteStart": start.into(), "byteEnd": end.into() },
            "features": [{ "$type": kind, "uri": "https://example.com/abcdef" }],
        });
        serde_json::from_str(&facet.to_string()).unwrap()
    }

    #[test]
    fn links_are_cut_out_where_they_are() {
        let said = "저도요 example.com/abc… 봐";
        let (start, end) = (10, 28);
        let cases = [
            (vec![facet(start, end, LINKS)], "저도요 봐"),
            (vec![facet(start, end, "app.bsky.richtext.facet#tag")], said),
            // What cannot be is passed over.
            (vec![facet(1, end, LINKS)], said),
            (vec![facet(start, 500, LINKS)], said),
            (vec![facet(end, start, LINKS)], said),
            (vec![facet(-1, end, LINKS)], said),
            (vec![facet("x", end, LINKS)], said),
            (vec![facet(start, start, LINKS)], said),
            (
                vec![facet(start, end, LINKS), facet(start, end, LINKS)],
                "저도요 봐",
            ),
            (
                vec![facet(20, end, LINKS), facet(start, end, LINKS)],
                "저도요 봐",
            ),
        ];
        for (facets, expected) in cases {
            assert_eq!(text::clean(&plain(said, facets.iter())), expected);
        }
        let whole = plain("example.com", [facet(0, 11, LINKS)].iter());
        assert_eq!(text::clean(&whole), "");
    }

    proptest! {
        #[test]
        fn no_range_stops_it(said in any::<String>(), ranges in prop::collection::vec((0_usize..40, 0_usize..40), 0..6)) {
            let facets: Vec<Facet> = ranges.into_iter().map(|(start, end)| facet(start, end, LINKS)).collect();
            plain(&said, facets.iter());
        }
    }
}
