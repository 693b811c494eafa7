//! Who the operator is.

use ctutils::CtEq;
use http::{HeaderMap, Uri, header};
use sha2::{Digest, Sha256};

use crate::{bot::BotId, error::Error};

/// The secret that the operator shows.
pub const TOKEN: &str = "OPERATOR_TOKEN";

/// Fewer characters could be guessed.
const SHORTEST: usize = 32;

/// Lets pass who shows `token`. Takes the same time for every wrong one; without a token, or with
/// one that is too short, nobody is the operator.
///
/// # Errors
/// [`Error::NotOperator`], [`Error::Config`].
pub fn check(token: Option<&str>, headers: &HeaderMap) -> Result<(), Error> {
    let token = token.filter(|token| !token.is_empty());
    let token = token.ok_or(Error::NotOperator)?;
    if token.len() < SHORTEST {
        return Err(Error::Config("OPERATOR_TOKEN has fewer than 32 characters"));
    }
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let hash = |text: &str| -> [u8; 32] { Sha256::digest(text).into() };
    if hash(shown.unwrap_or_default())
        .ct_eq(&hash(token))
        .to_bool()
    {
        Ok(())
    } else {
        Err(Error::NotOperator)
    }
}

/// Behind which report a list goes on.
///
/// # Errors
/// [`Error::BadRequest`] if that is no id.
pub fn after(uri: &Uri) -> Result<Option<BotId>, Error> {
    let query = uri.query().unwrap_or_default();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let after = pairs.find(|(name, _)| *name == "after");
    after.map(|(_, id)| id.parse()).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn with(shown: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, shown.parse().unwrap())])
    }

    #[test]
    fn only_who_shows_the_token_is_the_operator() {
        let right = format!("Bearer {SECRET}");
        assert_eq!(check(Some(SECRET), &with(&right)), Ok(()));
        let longer = format!("{right}0");
        for wrong in ["", "Bearer ", "Bearer x", SECRET, &right[..38], &longer] {
            let told = check(Some(SECRET), &with(wrong));
            assert_eq!(told, Err(Error::NotOperator), "{wrong}");
        }
        let none = check(Some(SECRET), &HeaderMap::new());
        assert_eq!(none, Err(Error::NotOperator));
    }

    #[test]
    fn without_a_token_nobody_is_the_operator() {
        for token in [None, Some("")] {
            for shown in ["Bearer ", ""] {
                assert_eq!(check(token, &with(shown)), Err(Error::NotOperator));
            }
        }
        let short = check(
            Some(&SECRET[1..]),
            &with(&format!("Bearer {}", &SECRET[1..])),
        );
        assert!(matches!(short, Err(Error::Config(_))));
    }

    #[test]
    fn a_list_goes_on_behind_an_id() {
        let after = |query: &str| after(&format!("/api/operator/reports{query}").parse().unwrap());
        assert!(after("").unwrap().is_none());
        assert!(after("?other=1").unwrap().is_none());
        let id = "AAAAAAAAAAAAAAAAAAAAAA";
        let found = after(&format!("?x=1&after={id}")).unwrap().unwrap();
        assert_eq!(found.key(), format!("bots/{id}"));
        assert!(after("?after=").is_err());
        assert!(after("?after=../bots").is_err());
    }
}
