//! Where posts come from, as the page reads them.

pub mod archive;
pub mod x;

use lemon_model::feed::{Feed, Source};
use lemon_model::library::{Import, Page, Standing};
use leptos::prelude::*;

use crate::flow::{Flow, Stop};
use crate::sources::archive::{Archive, Refused};
use crate::trouble::Trouble;

/// What is written down.
pub enum Pages {
    One(Page),
    /// One that was packed, which passes through here as it is.
    Packed(Vec<u8>),
}

impl Pages {
    /// That the import of a feed is so far.
    fn mark(feed: &Feed, next: Import) -> Self {
        Self::One(Page::mark(feed.clone(), next))
    }
}

/// All of them.
#[derive(Clone, Copy)]
pub struct Sources {
    pub x: x::reading::Source,
    pub archive: Archive,
}

impl Sources {
    pub fn new() -> Self {
        Self {
            x: x::reading::Source::new(),
            archive: Archive::new(),
        }
    }

    /// Reads what is to be read of `person`'s posts, as it stands. `write` writes each page down
    /// before the next one is taken, and says how it stands then.
    ///
    /// # Errors
    /// What keeps the rest away.
    pub async fn read(
        self,
        flow: Flow,
        person: &str,
        mut standing: Standing,
        mut write: impl AsyncFnMut(Pages) -> Result<Standing, Trouble>,
    ) -> Result<(), Stop> {
        let x = Feed::new(Source::X, person);
        let archive = Feed::new(Source::XArchive, person);
        if untrack(|| self.archive.is_being_read()) {
            return self.read_archive(flow, archive, x, standing, write).await;
        }
        if let Import::At(_) = standing.import_of(&archive) {
            if !self.archive.take_enough() {
                return Err(Trouble::ArchiveCut.into());
            }
            let all = if standing.posts == 0 {
                Import::Start
            } else {
                Import::Done
            };
            standing = write(Pages::mark(&archive, all)).await?;
            if standing.is_unbegun() {
                return Ok(());
            }
        }
        let import = standing.import_of(&x);
        if import == Import::Start && !standing.is_unbegun() {
            // Others feed this bot.
            return Ok(());
        }
        let written = async |page| {
            let standing = write(Pages::One(page)).await?;
            Ok(standing.import_of(&x))
        };
        self.x.read(flow, person, import, written).await
    }

    /// Reads the archive that was given. What of it X itself had still to give is not asked for.
    async fn read_archive(
        self,
        flow: Flow,
        archive: Feed,
        x: Feed,
        standing: Standing,
        mut write: impl AsyncFnMut(Pages) -> Result<Standing, Trouble>,
    ) -> Result<(), Stop> {
        let before = standing.import_of(&archive);
        if matches!(before, Import::Start | Import::Done) {
            // From here on a tab that is closed has left it half-read.
            write(Pages::mark(&archive, Import::anew())).await?;
        }
        let written = async |page, is_last| {
            if is_last && matches!(standing.import_of(&x), Import::At(_)) {
                write(Pages::mark(&x, Import::Done)).await?;
            }
            write(Pages::Packed(page)).await.map(drop)
        };
        match self.archive.read(flow, &archive, written).await {
            // It is told where a file is given; there is no more to it than before.
            Err(Stop::For(Trouble::Archive(Refused::NoPosts)))
                if before == Import::anew() || !matches!(before, Import::At(_)) =>
            {
                let back = if before == Import::Start || standing.posts == 0 {
                    Import::Start
                } else {
                    Import::Done
                };
                write(Pages::mark(&archive, back)).await?;
                Ok(())
            }
            Err(Stop::For(Trouble::Archive(_))) => Err(Trouble::ArchiveCut.into()),
            read => read,
        }
    }
}
