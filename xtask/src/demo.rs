//! The bots of people who do not exist, made with the page's model.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::digest::Hasher;
use crate::folder::place;
use crate::model;
use crate::program::cargo;
use crate::project::Project;
use crate::stamp::Stamp;
use crate::step::step;

const PEOPLE: &str = "app/demo";

/// What decides what they are, beside the model.
const RECIPE: [&str; 3] = [PEOPLE, "model/src", "Cargo.lock"];

/// Makes them unless they are current, and puts them into `public/demo/`. Answers with the
/// folder's name, a hash of what is inside.
pub fn ensure(project: &Project, model: &str) -> Result<String> {
    step(project, "bots to try", |step| {
        let mut recipe = Hasher::default().text(model);
        for path in RECIPE {
            recipe = recipe.path(&project.at(path))?;
        }
        let out = project.local.join("demo");
        fs::create_dir_all(&out)?;
        let stamp = Stamp::new(&out, "demo", recipe);
        let kept = stamp.kept().filter(|made| Path::new(made).is_dir());
        let made = if let Some(made) = kept {
            step.note("there already");
            made
        } else {
            // With the features of the model's tests, so that the engine is compiled once.
            let words = "run --package lemon-model --features encoder,files --bin demo-bots";
            let mut command = cargo(project, words);
            command
                .args(["--", "--model"])
                .arg(model::folder(project, model))
                .arg("--people")
                .arg(project.at(PEOPLE))
                .arg("--out")
                .arg(&out);
            let output = step.output(&mut command, "the tool that makes them says why")?;
            let made = output.lines().last().unwrap_or_default().trim().to_owned();
            if !Path::new(&made).is_dir() {
                bail!(
                    "the tool that makes the bots named no folder; its output is in {}",
                    step.log().display()
                );
            }
            stamp.keep(&made)?;
            made
        };
        let made = Path::new(&made);
        let name = made.file_name().and_then(|name| name.to_str());
        let name = name.context("the bots' folder has no name")?;
        place(made, &project.at("public/demo"), name)?;
        Ok(name.to_owned())
    })
}
