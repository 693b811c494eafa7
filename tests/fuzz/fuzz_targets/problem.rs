//! What the page reads of the edge, or of whatever answers in its place: a problem, and
//! the bodies of answers that went well.

#![no_main]

use std::fmt::Debug;

use lemon_wire::{Me, PostsPage, Problem, Status, Stored, Terms};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

fuzz_target!(|data: &[u8]| {
    again::<Problem>(data);
    again::<Status>(data);
    again::<PostsPage>(data);
    again::<Me>(data);
    again::<Terms>(data);
    again::<Stored>(data);
    if let Ok(problem) = serde_json::from_slice::<Problem>(data) {
        // What the page counts down from.
        let wait = problem.wait();
        assert!(wait.is_none_or(|seconds| (5..=31 * 24 * 60 * 60).contains(&seconds)));
        assert_eq!(wait.is_some(), problem.retry_in.is_some());
    }
});

/// What is read is written and read as the same.
fn again<T: Serialize + DeserializeOwned + PartialEq + Debug>(data: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(data) {
        let written = serde_json::to_vec(&value).expect("it has no maps");
        let read: T = serde_json::from_slice(&written).expect("it was just written");
        assert_eq!(read, value);
    }
}
