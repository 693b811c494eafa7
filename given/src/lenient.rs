//! JSON whose values may be of another kind than expected. Such a value is none, and
//! costs nothing around it.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;

/// What can be made of a value, by what it is in JSON; of all others nothing.
pub trait Kind<'de>: Sized {
    #[must_use]
    fn of_text(_text: &str) -> Option<Self> {
        None
    }

    #[must_use]
    fn of_integer(_integer: i128) -> Option<Self> {
        None
    }

    #[must_use]
    fn of_flag(_flag: bool) -> Option<Self> {
        None
    }

    /// # Errors
    /// Those of `list`.
    fn of_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    /// # Errors
    /// Those of `object`.
    fn of_object<A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// A value, or none if there is none or it is of another kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maybe<T>(pub Option<T>);

/// The elements of a list that are of the right kind; none of what is no list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

/// The elements of a list, each read by itself: one that is none of them costs no other. For
/// texts that are read from memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart<T>(pub Vec<T>);

/// An element that is read by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Each<T>(pub Option<T>);

/// An object that is read field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object<T>(pub T);

/// Numbers are taken for what they look like.
impl Kind<'_> for String {
    fn of_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn of_integer(integer: i128) -> Option<Self> {
        Some(integer.to_string())
    }
}

impl Kind<'_> for u32 {
    fn of_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn of_integer(integer: i128) -> Option<Self> {
        Self::try_from(integer).ok()
    }
}

impl Kind<'_> for bool {
    fn of_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn of_flag(flag: bool) -> Option<Self> {
        Some(flag)
    }
}

/// Elements are as they come.
impl<'de, T: Deserialize<'de>> Kind<'de> for Vec<T> {
    fn of_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut elements = Self::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(Some(elements))
    }
}

impl<'de, T: Deserialize<'de>> Kind<'de> for Object<T> {
    fn of_object<A: MapAccess<'de>>(object: A) -> Result<Option<Self>, A::Error> {
        let object = T::deserialize(MapAccessDeserializer::new(object))?;
        Ok(Some(Self(object)))
    }
}

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Kind<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any(PhantomData)).map(Self)
    }
}

impl<'de, T: Kind<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Maybe(list) = Maybe::<Vec<Maybe<T>>>::deserialize(deserializer)?;
        let elements = list
            .into_iter()
            .flatten()
            .filter_map(|Maybe(element)| element);
        Ok(Self(elements.collect()))
    }
}

impl<T> Default for Apart<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Apart<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Maybe(list) = Maybe::<Vec<Each<T>>>::deserialize(deserializer)?;
        let elements = list.into_iter().flatten();
        Ok(Self(elements.filter_map(|Each(element)| element).collect()))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Each<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let element = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(element.get()).ok()))
    }
}

struct Any<T>(PhantomData<T>);

impl<'de, T: Kind<'de>> Visitor<'de> for Any<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::of_text(text))
    }

    fn visit_i64<E: Error>(self, integer: i64) -> Result<Self::Value, E> {
        Ok(T::of_integer(integer.into()))
    }

    fn visit_u64<E: Error>(self, integer: u64) -> Result<Self::Value, E> {
        Ok(T::of_integer(integer.into()))
    }

    /// An id that was written as such has lost its end.
    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(T::of_flag(flag))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::of_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        T::of_object(object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Row {
        name: Maybe<String>,
        is_old: Maybe<bool>,
        tags: List<String>,
        inner: Maybe<Object<Inner>>,
        last: Maybe<String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        #[serde(default)]
        name: Maybe<String>,
    }

    fn read(value: &Value) -> Row {
        // From its bytes: serde_json reads values of its own otherwise.
        serde_json::from_str(&value.to_string()).unwrap()
    }

    #[test]
    fn a_value_of_another_kind_costs_itself_alone() {
        let sound = json!({
            "name": "a", "is_old": true, "tags": ["b", "c"], "inner": { "name": "d" }, "last": "z",
        });
        let wrong = [
            json!(null),
            json!(true),
            json!(7),
            json!(-7),
            json!(7.5),
            json!("x"),
            json!([[1], { "a": [2] }]),
            json!({ "a": { "b": [3] } }),
        ];
        for key in ["name", "is_old", "tags", "inner"] {
            for value in &wrong {
                let mut odd = sound.clone();
                odd[key] = value.clone();
                let row = read(&odd);
                assert_eq!(row.last.0.as_deref(), Some("z"), "{odd}");
            }
            let mut without = sound.clone();
            without.as_object_mut().unwrap().remove(key);
            let mut null = sound.clone();
            null[key] = json!(null);
            assert_eq!(read(&without), read(&null));
        }
    }

    #[test]
    fn of_a_list_that_is_read_apart_an_odd_element_costs_itself() {
        let sound = r#"{"name":"a"}"#;
        for odd in [
            "7",
            "null",
            r#"{"name":"\ud83c"}"#,
            r#"{"name":"a","name":"b"}"#,
        ] {
            let list = format!("[{sound},{odd},{sound}]");
            let Apart(inner) = serde_json::from_str::<Apart<Inner>>(&list).unwrap();
            assert_eq!(inner.len(), 2, "{odd}");
        }
        for none in ["null", "7", "{}"] {
            assert_eq!(serde_json::from_str::<Apart<Inner>>(none).unwrap().0, []);
        }
    }

    #[test]
    fn numbers_and_texts_stand_for_each_other_where_nothing_is_lost() {
        let row = read(&json!({
            "name": 1_790_000_000_000_000_001_u64, "is_old": "true", "tags": [1, "b", null, [2], 3.5],
        }));
        assert_eq!(row.name.0.as_deref(), Some("1790000000000000001"));
        assert_eq!(row.is_old.0, Some(true));
        assert_eq!(row.tags.0, ["1", "b"]);
        assert_eq!(read(&json!({ "name": 1e30 })).name.0, None);
        assert_eq!(read(&json!({ "is_old": "maybe" })).is_old.0, None);
    }
}
