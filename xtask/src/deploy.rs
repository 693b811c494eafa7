//! The product on Cloudflare.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::build::build;
use crate::project::Project;
use crate::setup::Kit;
use crate::step::step;

/// Without it nobody can sign in.
const SECRET: &str = "SESSION_KEY";
const VARIABLE: &str = "X_CLIENT_ID";

/// Checks that the account has what the edge needs, builds, and deploys.
pub fn deploy(project: &Project) -> Result<()> {
    let kit = Kit::ensure(project)?;
    let npm = kit.npm()?;
    let wrangler = npm.path("wrangler");
    let wrangler = wrangler.display();
    let config = fs::read_to_string(project.at("edge/wrangler.toml"))
        .context("edge/wrangler.toml is missing")?;

    step(project, "account", |step| {
        let said = step.output(npm.wrangler(project).arg("whoami"), "wrangler must run")?;
        if said.contains("not authenticated") {
            bail!(
                "nobody is logged in at Cloudflare; run `{wrangler} login`, or set CLOUDFLARE_API_TOKEN"
            );
        }
        Ok(())
    })?;
    step(project, "bucket", |step| {
        let bucket =
            value(&config, "bucket_name").context("edge/wrangler.toml names no bucket_name")?;
        let advice = format!(
            "the account has no bucket {bucket}; run `{wrangler} r2 bucket create {bucket}`"
        );
        step.run(
            npm.wrangler(project).args(["r2", "bucket", "info", bucket]),
            &advice,
        )
    })?;
    step(project, "secrets", |step| {
        let put = |name| {
            format!(
                "run `{wrangler} secret put {name}` in edge/; docs/deploy.md says what it holds"
            )
        };
        let listed = step.output(npm.wrangler(project).args(["secret", "list"]), &put(SECRET))?;
        let has = |name: &str| listed.contains(&format!("\"{name}\""));
        if !has(SECRET) {
            bail!("the secret {SECRET} is missing; {}", put(SECRET));
        }
        if !has(VARIABLE) && value(&config, VARIABLE).is_none_or(str::is_empty) {
            bail!(
                "{VARIABLE} is empty in edge/wrangler.toml; docs/deploy.md says where X gives one out"
            );
        }
        Ok(())
    })?;
    build(project)?;
    step(project, "deploy", |step| {
        let said = step.output(npm.wrangler(project).arg("deploy"), "wrangler says why")?;
        step.note(
            said.split_whitespace()
                .find(|word| word.starts_with("https://"))
                .unwrap_or_default(),
        );
        Ok(())
    })
}

/// The text that a line of a TOML file gives to a name.
fn value<'a>(config: &'a str, name: &str) -> Option<&'a str> {
    config.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_configuration() {
        let config = "# bucket_name = \"no\"\n[[r2_buckets]]\nbucket_name = \"bots\"\n[vars]\nX_CLIENT_ID = \"\"\n";
        assert_eq!(value(config, "bucket_name"), Some("bots"));
        assert_eq!(value(config, "X_CLIENT_ID"), Some(""));
        assert_eq!(value(config, "X_API_URL"), None);
    }
}
