//! What is stored: a row for each thing that changes by itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Deref, RangeBounds},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Budget, Endpoint, Month, Person, app::App, bots::Shelf, sign_out::Ended, user::User,
    window::Windows,
};

/// What a row holds; as JSON it is the row's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Row {
    App,
    Month,
    Endpoint(Endpoint),
    User(Person),
    Ended(Person),
    Turn(Person),
    Step(i64),
    Bots,
    Uploads(Person),
}

/// A value that knows whether it has changed since it was written down.
#[derive(Clone, Debug)]
pub struct Kept<T> {
    value: T,
    has_changed: bool,
}

/// Values by their keys, of which is known which have changed or gone since they were
/// written down.
#[derive(Clone, Debug)]
pub struct Table<K, V> {
    rows: BTreeMap<K, V>,
    changed: BTreeSet<K>,
}

impl<T> Kept<T> {
    pub fn new(value: T) -> Self {
        Self {
            value,
            has_changed: false,
        }
    }

    /// The value, to be changed.
    pub fn change(&mut self) -> &mut T {
        self.has_changed = true;
        &mut self.value
    }

    /// Lets `change` say whether it did.
    pub fn change_if(&mut self, change: impl FnOnce(&mut T) -> bool) {
        self.has_changed |= change(&mut self.value);
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }
}

impl<K: Copy + Ord, V> Table<K, V> {
    pub fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.rows.iter()
    }

    pub fn range(&self, keys: impl RangeBounds<K>) -> impl Iterator<Item = (&K, &V)> {
        self.rows.range(keys)
    }

    /// The value of `key`, to be changed; a `new` one if there is none.
    pub fn change(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        self.changed.insert(key);
        self.rows.entry(key).or_insert_with(new)
    }

    /// A value that is not worth being written down now; it is with whatever comes next.
    pub fn touch(&mut self, key: K, value: V) {
        self.rows.insert(key, value);
    }

    /// The value of `key`, to be changed without being written down now; a `new` one if
    /// there is none.
    pub fn glimpse(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        self.rows.entry(key).or_insert_with(new)
    }

    /// The value of `key` is to be written down.
    pub fn mark(&mut self, key: K) {
        self.changed.insert(key);
    }

    pub fn last(&self) -> Option<K> {
        self.rows.last_key_value().map(|(key, _)| *key)
    }

    /// Answers with the value that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.changed.insert(key);
        self.rows.insert(key, value)
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        let removed = self.rows.remove(key);
        if removed.is_some() {
            self.changed.insert(*key);
        }
        removed
    }

    pub fn pop_first(&mut self) -> Option<(K, V)> {
        let first = self.rows.pop_first()?;
        self.changed.insert(first.0);
        Some(first)
    }

    /// Removes what `is_over`.
    pub fn forget(&mut self, is_over: impl Fn(&V) -> bool) {
        let changed = &mut self.changed;
        self.rows.retain(|key, value| {
            let is_over = is_over(value);
            if is_over {
                changed.insert(*key);
            }
            !is_over
        });
    }

    /// Takes back what was written down.
    pub fn restore(&mut self, key: K, value: V) {
        self.rows.insert(key, value);
    }
}

/// Keys with their values, or with none if they are to be forgotten.
#[derive(Default)]
struct Changes(Vec<(String, Option<String>)>);

impl Changes {
    fn of<T: Serialize>(&mut self, row: Row, kept: &mut Kept<T>) {
        if std::mem::take(&mut kept.has_changed) {
            self.push(row, Some(&kept.value));
        }
    }

    fn of_all<K: Copy + Ord, V: Serialize>(
        &mut self,
        row: impl Fn(K) -> Row,
        table: &mut Table<K, V>,
    ) {
        for key in std::mem::take(&mut table.changed) {
            self.push(row(key), table.rows.get(&key));
        }
    }

    fn push(&mut self, row: Row, value: Option<&impl Serialize>) {
        let value = value.and_then(|value| serde_json::to_string(value).ok());
        if let Ok(key) = serde_json::to_string(&row) {
            self.0.push((key, value));
        }
    }
}

impl Budget {
    /// Takes back what [`Budget::changes`] gave; what cannot be read is left out. But if that
    /// is the month, it is closed to its end: what was spent in it nobody knows. Whether the
    /// month is sound.
    #[must_use]
    pub fn restore<'a>(&mut self, rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> bool {
        let mut is_sound = true;
        for (key, value) in rows {
            let Ok(key) = serde_json::from_str(key) else {
                continue;
            };
            let rules = &self.rules;
            match key {
                Row::App => read(value, |app: App| self.app = Kept::new(app.under(rules))),
                Row::Month => {
                    let month = serde_json::from_str(value);
                    is_sound = month.is_ok();
                    self.month = Kept::new(month.unwrap_or_else(|_| Month::lost()));
                }
                Row::Endpoint(endpoint) => read(value, |windows: Windows| {
                    self.endpoints.restore(endpoint, windows);
                }),
                Row::User(person) => read(value, |user: User| {
                    self.users.restore(person, user.under(rules));
                }),
                Row::Ended(session) => read(value, |ended: Ended| {
                    self.ended.restore(session, ended);
                }),
                Row::Turn(person) => read(value, |turn| self.line.restore(person, turn)),
                Row::Uploads(who) => read(value, |uploads| self.uploads.restore(who, uploads)),
                Row::Bots => {
                    read(value, |shelf| self.shelf = Kept::new(shelf));
                    // The first form.
                    read(value, |bots| self.shelf = Kept::new(Shelf::of(bots)));
                }
                Row::Step(step) => read(value, |moment| self.history.steps.restore(step, moment)),
            }
        }
        is_sound
    }

    /// What has changed since this was last asked: keys with their values, or with none
    /// if they are to be forgotten.
    pub fn changes(&mut self) -> Vec<(String, Option<String>)> {
        let mut changes = Changes::default();
        changes.of(Row::App, &mut self.app);
        changes.of(Row::Month, &mut self.month);
        changes.of_all(Row::Endpoint, &mut self.endpoints);
        changes.of_all(Row::User, &mut self.users);
        changes.of_all(Row::Ended, &mut self.ended);
        changes.of_all(Row::Turn, &mut self.line.turns);
        changes.of_all(Row::Step, &mut self.history.steps);
        changes.of(Row::Bots, &mut self.shelf);
        changes.of_all(Row::Uploads, &mut self.uploads);
        changes.0
    }
}

fn read<T: DeserializeOwned>(value: &str, set: impl FnOnce(T)) {
    if let Ok(value) = serde_json::from_str(value) {
        set(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{
        Decision, Rules,
        fixture::{FREE, NOW, page, person, rules, said},
    };

    #[test]
    fn other_rules_hold_after_a_restart_but_what_x_said_stays() {
        let mut budget = Budget::new(rules(10, 100));
        assert_eq!(budget.ask(person(1).wants(1), NOW), Decision::Go);
        let rows = |budget: &mut Budget| -> Vec<(String, String)> {
            let rows = budget.changes().into_iter();
            rows.filter_map(|(key, value)| Some((key, value?)))
                .collect()
        };
        let restored = |rows: &[(String, String)], rules: Rules| {
            let mut budget = Budget::new(rules);
            assert!(budget.restore(rows.iter().map(|(key, value)| (&key[..], &value[..]))));
            budget
        };
        let stored = rows(&mut budget);
        let mut other = restored(&stored, rules(1, 100));
        assert!(matches!(
            other.ask(person(2).wants(1), NOW + 1),
            Decision::Wait { .. }
        ));
        budget.tell(person(1), FREE, page(1, false), said(10, 7, NOW + 900), NOW);
        budget.tell(person(1), FREE, page(2, false), said(10, 7, NOW + 900), NOW);
        let stored = rows(&mut budget);
        let mut other = restored(&stored, rules(1, 100));
        assert_eq!(other.ask(person(2).wants(1), NOW + 1), Decision::Go);
    }

    #[test]
    fn a_table_knows_what_is_to_be_written_down() {
        let mut table = Table::default();
        let changed = |table: &mut Table<i64, u32>| {
            let mut changes = Changes::default();
            changes.of_all(Row::Step, table);
            let values = changes.0.into_iter().map(|(_, value)| value);
            values.collect::<Vec<_>>()
        };
        let text = |value: u32| Some(value.to_string());
        table.restore(1, 10);
        assert_eq!(changed(&mut table), []);
        *table.change(1, || 0) += 1;
        *table.change(2, || 20) += 1;
        table.insert(3, 30);
        assert_eq!(changed(&mut table), [text(11), text(21), text(30)]);
        assert_eq!(changed(&mut table), []);
        table.forget(|value| *value == 21);
        assert_eq!(table.remove(&4), None);
        assert_eq!(table.pop_first(), Some((1, 11)));
        assert_eq!(changed(&mut table), [None, None]);
        table.insert(5, 50);
        table.remove(&5);
        assert_eq!(changed(&mut table), [None]);
        table.touch(6, 60);
        *table.glimpse(6, || 0) += 1;
        *table.glimpse(7, || 70) += 1;
        assert_eq!((changed(&mut table), table.last()), (vec![], Some(7)));
        table.mark(6);
        table.mark(7);
        assert_eq!(changed(&mut table), [text(61), text(71)]);
    }
}
