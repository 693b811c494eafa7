//! What an endpoint is asked for, checked as Misskey checks it: the first thing that is wrong
//! is named by its place in the schema.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::problem::Problem;

/// The parameters of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Params<'a>(&'a Value);

impl<'a> Params<'a> {
    /// # Errors
    /// For what is no object.
    pub fn new(body: &'a Value) -> Result<Self, Problem> {
        if body.is_object() {
            Ok(Self(body))
        } else {
            Err(Problem::invalid_param("#/type", "must be object"))
        }
    }

    #[must_use]
    pub fn is_null(self, name: &str) -> bool {
        self.0.get(name).is_some_and(Value::is_null)
    }

    /// # Errors
    /// For what is no text.
    pub fn text(self, name: &str) -> Result<Option<&'a str>, Problem> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let text = value.as_str();
        text.map(Some)
            .ok_or_else(|| wrong(name, "type", "must be string"))
    }

    /// # Errors
    /// For what has not the form of an id.
    pub fn id(self, name: &str) -> Result<Option<&'a str>, Problem> {
        let id = self.text(name)?;
        let is_id =
            |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if id.is_none_or(is_id) {
            Ok(id)
        } else {
            Err(wrong(name, "format", "must match format \"misskey:id\""))
        }
    }

    /// # Errors
    /// For what is neither true nor false.
    pub fn flag(self, name: &str, default: bool) -> Result<bool, Problem> {
        let Some(value) = self.0.get(name) else {
            return Ok(default);
        };
        value
            .as_bool()
            .ok_or_else(|| wrong(name, "type", "must be boolean"))
    }

    /// # Errors
    /// For what is no whole number.
    pub fn integer(self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let integer = value.as_i64();
        integer
            .map(Some)
            .ok_or_else(|| wrong(name, "type", "must be integer"))
    }

    /// # Errors
    /// For what is no whole number, or out of range.
    pub fn within(
        self,
        name: &str,
        range: &RangeInclusive<i64>,
        default: i64,
    ) -> Result<i64, Problem> {
        let value = self.integer(name)?.unwrap_or(default);
        if value < *range.start() {
            let reason = format!("must be >= {}", range.start());
            return Err(wrong(name, "minimum", &reason));
        }
        if value > *range.end() {
            let reason = format!("must be <= {}", range.end());
            return Err(wrong(name, "maximum", &reason));
        }
        Ok(value)
    }
}

/// # Errors
/// If it is not there.
pub(crate) fn required<T>(name: &str, value: Option<T>) -> Result<T, Problem> {
    value.ok_or_else(|| {
        let reason = format!("must have required property '{name}'");
        Problem::invalid_param("#/required", &reason)
    })
}

fn wrong(name: &str, keyword: &str, reason: &str) -> Problem {
    Problem::invalid_param(&format!("#/properties/{name}/{keyword}"), reason)
}
