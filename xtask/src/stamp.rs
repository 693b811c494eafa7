//! From what something was built, so that it is not built again from the same.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::digest::Hasher;

/// The inputs of one build.
pub struct Stamp {
    file: PathBuf,
    key: String,
}

impl Stamp {
    /// `name` is the output's; `inputs` are everything it depends on.
    pub fn new(folder: &Path, name: &str, inputs: Hasher) -> Self {
        Self {
            file: folder.join(format!("{name}.stamp")),
            key: inputs.digest(),
        }
    }

    /// What [`Stamp::keep`] was told when it was built from these very inputs.
    pub fn kept(&self) -> Option<String> {
        let text = fs::read_to_string(&self.file).ok()?;
        let (key, result) = text.split_once('\n')?;
        (key == self.key).then(|| result.to_owned())
    }

    /// Remembers that `result` was built from these inputs.
    pub fn keep(&self, result: &str) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(&self.file, format!("{}\n{result}", self.key))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_inputs_know_nothing() {
        let folder = std::env::temp_dir().join(format!("lemon-stamp-{}", std::process::id()));
        let stamp = |input| Stamp::new(&folder, "thing", Hasher::default().text(input));
        assert_eq!(stamp("a").kept(), None);
        stamp("a").keep("result").unwrap();
        assert_eq!(stamp("a").kept().as_deref(), Some("result"));
        assert_eq!(stamp("b").kept(), None);
        fs::remove_dir_all(&folder).unwrap();
    }
}
