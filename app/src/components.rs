//! Parts that more than one page has, or that have a state of their own.

pub mod about;
pub mod archive_door;
pub mod conversation;
pub mod doors;
pub mod entries;
pub mod feeds;
pub mod filters;
pub mod language;
pub mod later;
pub mod learned;
pub mod listed_words;
pub mod manner;
pub mod marks;
pub mod notice;
pub mod privacy_points;
pub mod progress;
pub mod share_panel;
