//! Parts that more than one page has, or that have a state of their own.

pub mod about;
pub mod archive_door;
pub mod codes;
pub mod conversation;
pub mod days;
pub mod doors;
pub mod duet;
pub mod entries;
pub mod feeds;
pub mod filters;
pub mod held;
pub mod language;
pub mod later;
pub mod learned;
pub mod listed_words;
pub mod made_of;
pub mod manner;
pub mod manners;
pub mod marks;
pub mod notice;
pub mod privacy_points;
pub mod progress;
pub mod qr;
pub mod share_line;
pub mod share_panel;
pub mod way_out;
