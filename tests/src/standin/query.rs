use super::problem::Problem;

/// The parameters of a query string or a form, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(
            form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The parameters but those named `without`, encoded again.
    #[must_use]
    pub fn encode_without(&self, without: &[&str]) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(
                self.0
                    .iter()
                    .filter(|(key, _)| !without.contains(&key.as_str())),
            )
            .finish()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The items of a comma-separated parameter.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name)
            .unwrap_or("")
            .split(',')
            .filter(|item| !item.is_empty())
    }

    /// # Errors
    /// X's answer to a parameter that the route does not know.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.iter().find(|(key, _)| !known.contains(key)) {
            None => Ok(()),
            Some((key, _)) => Err(self.invalid(&format!(
                "The query parameter [{key}] is not one of [{}]",
                known.join(",")
            ))),
        }
    }

    /// A 400 that repeats every parameter, as X's does.
    #[must_use]
    pub fn invalid(&self, message: &str) -> Problem {
        Problem::invalid_request(&self.0, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_encoded_again() {
        let query = Query::parse("tweet.fields=lang%2Cid&q=a+b%26c&as=x");
        assert_eq!(query.get("q"), Some("a b&c"));
        assert_eq!(
            query.list("tweet.fields").collect::<Vec<_>>(),
            ["lang", "id"]
        );
        assert_eq!(
            query.encode_without(&["as"]),
            "tweet.fields=lang%2Cid&q=a+b%26c"
        );
    }

    #[test]
    fn unknown_parameters_are_refused() {
        assert!(Query::parse("ids=1").only(&["ids"]).is_ok());
        assert!(Query::parse("ids=1&x=2").only(&["ids"]).is_err());
    }
}
