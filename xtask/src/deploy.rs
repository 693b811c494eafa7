//! The product on Cloudflare.

use std::env;
use std::fs;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::build::build;
use crate::earlier::Beside;
use crate::npm::Npm;
use crate::project::Project;
use crate::setup::Kit;
use crate::step::{Step, last_lines, step};

/// Without it nobody can sign in.
const SECRET: &str = "SESSION_KEY";
const CLIENT: &str = "X_CLIENT_ID";

/// What an operator spends at most; X bills all that is read where nothing is said.
const DOLLARS: &str = "MONTHLY_DOLLARS";

/// Variables of the edge that are no numbers, and the values of the last one.
const TEXTS: [&str; 4] = ["X_AUTHORIZE_URL", "X_API_URL", CLIENT, "BLUESKY"];
const SIGN_UPS: &str = "SIGN_UPS";
const OPEN_OR_CLOSED: [&str; 2] = ["open", "closed"];

/// Names the account, where there are several.
const ACCOUNT: &str = "CLOUDFLARE_ACCOUNT_ID";

/// What Cloudflare answers when nobody has agreed to pay for R2 yet.
const R2_IS_OFF: &str = "[code: 10042]";
const NO_SUCH_BUCKET: &str = "[code: 10006]";
/// It is made with its first secret.
const NO_SUCH_WORKER: [&str; 2] = ["[code: 10007]", "[code: 10090]"];
const NO_SUBDOMAIN: &str = "register a workers.dev subdomain";

/// Lines of wrangler's own words that are shown beside ours.
const SHOWN_LINES: usize = 12;

/// Checks that the account has what the edge needs, builds, and deploys.
pub fn deploy(project: &Project) -> Result<()> {
    let kit = Kit::ensure(project)?;
    let npm = kit.npm()?;
    let cloudflare = Cloudflare::new(project, &npm)?;
    let account = env::var(ACCOUNT).ok().filter(|account| !account.is_empty());
    step(project, "settings", |step| {
        settings(&cloudflare.config, step)
    })?;
    step(project, "account", |step| {
        cloudflare.account(step, account.as_deref())
    })?;
    step(project, "bucket", |step| cloudflare.bucket(step))?;
    step(project, "secrets", |step| cloudflare.secrets(step))?;
    build(project)?;
    let now = SystemTime::UNIX_EPOCH.elapsed()?.as_secs();
    step(project, "deploy", |step| cloudflare.deploy(step, now))
}

/// Cloudflare's tool, and what it is told about the edge.
struct Cloudflare<'a> {
    project: &'a Project,
    npm: &'a Npm,
    config: String,
}

impl<'a> Cloudflare<'a> {
    fn new(project: &'a Project, npm: &'a Npm) -> Result<Self> {
        let config = fs::read_to_string(project.at("edge/wrangler.toml"))
            .context("edge/wrangler.toml is missing")?;
        Ok(Self {
            project,
            npm,
            config,
        })
    }

    fn wrangler(&self, arguments: &[&str]) -> Command {
        let mut command = self.npm.wrangler(self.project);
        command.args(arguments);
        command
    }

    /// What a person is to type.
    fn typed(&self, words: &str) -> String {
        format!("`{} {words}` in edge/", self.npm.path("wrangler").display())
    }

    fn named(&self, name: &str) -> Result<&str> {
        value(&self.config, name).with_context(|| format!("edge/wrangler.toml has no {name}"))
    }

    /// Somebody is logged in, and it is clear for which account; `chosen` is the one that the
    /// environment names.
    fn account(&self, step: &Step, chosen: Option<&str>) -> Result<()> {
        let advice = format!(
            "to log in, run {}, or set CLOUDFLARE_API_TOKEN to a token that may edit Workers and R2",
            self.typed("login")
        );
        let said = step.output(&mut self.wrangler(&["whoami", "--json"]), &advice)?;
        let said: Value = serde_json::from_str(&said)
            .with_context(|| format!("`wrangler whoami --json` said no JSON; {advice}"))?;
        if said["loggedIn"] != true {
            bail!("nobody is logged in at Cloudflare; {advice}");
        }
        let accounts: Vec<(&str, &str)> = said["accounts"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|account| Some((account["id"].as_str()?, account["name"].as_str()?)))
            .collect();
        let lines = accounts
            .iter()
            .map(|(id, name)| format!("\n  {id}  {name}"));
        let list = lines.collect::<Vec<_>>().concat();
        let chosen = value(&self.config, "account_id").or(chosen);
        let is_known = |chosen| accounts.iter().any(|(id, _)| *id == chosen);
        match chosen {
            // Not every token may list accounts.
            Some(chosen) if !accounts.is_empty() && !is_known(chosen) => bail!(
                "the account {chosen}, which {ACCOUNT} or edge/wrangler.toml names, is none of who is logged in:{list}"
            ),
            None if accounts.len() > 1 => {
                bail!("there are several accounts; set {ACCOUNT} to the one that is meant:{list}")
            }
            _ => Ok(()),
        }
    }

    /// R2 is on, and the bucket is there.
    fn bucket(&self, step: &Step) -> Result<()> {
        let bucket = self.named("bucket_name")?;
        if step.succeeds(&mut self.wrangler(&["r2", "bucket", "info", bucket]))? {
            return Ok(());
        }
        let said = step.written()?;
        if said.contains(R2_IS_OFF) {
            bail!(
                "R2 is not enabled for the account; enable it at https://dash.cloudflare.com/?to=/:account/r2, which asks for a means of payment, also for what is free"
            );
        }
        let create = self.typed(&format!("r2 bucket create {bucket}"));
        if said.contains(NO_SUCH_BUCKET) {
            bail!("the account has no bucket {bucket}; run {create}");
        }
        bail!(
            "wrangler cannot tell whether there is a bucket {bucket}; if there is none, run {create}; a token needs to be allowed to edit R2\n{}",
            last_lines(&said, SHOWN_LINES)
        );
    }

    /// The session key and the client's id are there, and nothing is there twice.
    fn secrets(&self, step: &Step) -> Result<()> {
        let put = |name: &str| {
            let typed = self.typed(&format!("secret put {name}"));
            format!("run {typed}; docs/deploy.md says what it holds")
        };
        let advice = "wrangler says why; a token needs to be allowed to edit Workers";
        let listed = match step.output(&mut self.wrangler(&["secret", "list"]), advice) {
            Ok(listed) => {
                serde_json::from_str(&listed).context("`wrangler secret list` said no JSON")?
            }
            Err(error) => {
                let said = step.written()?;
                if !NO_SUCH_WORKER.iter().any(|code| said.contains(code)) {
                    return Err(error);
                }
                Value::Null
            }
        };
        let secrets: Vec<&str> = listed
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|secret| secret["name"].as_str())
            .collect();
        // A deploy puts the variable, also an empty one, in the secret's place without a word.
        if let Some((name, value)) =
            variables(&self.config).find(|(name, _)| secrets.contains(name))
        {
            let delete = self.typed(&format!("secret delete {name}"));
            let is = if value.is_empty() {
                " and empty there"
            } else {
                ""
            };
            bail!(
                "{name} is a secret, and also a variable in edge/wrangler.toml{is}, which would take the secret's place: remove its line from edge/wrangler.toml, or write its value there and run {delete}"
            );
        }
        if !secrets.contains(&SECRET) {
            bail!("the secret {SECRET} is missing; {}", put(SECRET));
        }
        let client = variables(&self.config).find(|(name, _)| *name == CLIENT);
        let has_client = client.is_some_and(|(_, value)| !value.is_empty());
        if !has_client && !secrets.contains(&CLIENT) {
            bail!(
                "{CLIENT} is empty in edge/wrangler.toml; docs/deploy.md says where X gives one out"
            );
        }
        Ok(())
    }

    /// Uploads what was built, beside what stays of earlier builds; `now` is in seconds since
    /// 1970.
    fn deploy(&self, step: &Step, now: u64) -> Result<()> {
        let store = self
            .project
            .cache
            .join("deployed")
            .join(self.named("name")?);
        let is_first = !store.exists();
        let folder = self.project.local.join("deploy");
        let beside = Beside::lay(&self.project.at("dist"), &store, &folder, now)?;
        let mut command = self.wrangler(&["deploy", "--assets"]);
        command.arg(&beside.folder);
        let said = match step.output(&mut command, "wrangler says why") {
            Ok(said) => said,
            Err(error) if step.written()?.contains(NO_SUBDOMAIN) => {
                return Err(error.context(
                    "the account has no workers.dev subdomain yet; open Workers at https://dash.cloudflare.com/?to=/:account/workers once, which gives it one, or set workers_dev = false and a route of your own in edge/wrangler.toml",
                ));
            }
            Err(error) => return Err(error),
        };
        beside.deployed()?;
        let address = said
            .split_whitespace()
            .find(|word| word.starts_with("https://"))
            .unwrap_or_default();
        let earlier = match (is_first, beside.earlier()) {
            (true, _) => "; no earlier build is known here, so none stays".to_owned(),
            (false, 0) => String::new(),
            (false, count) => format!("; {count} files and folders of earlier builds stay"),
        };
        step.note(format!("{address}{earlier}"));
        Ok(())
    }
}

/// What the edge would not understand, and answer nobody for, is not deployed.
fn settings(config: &str, step: &Step) -> Result<()> {
    if let Some(name) = without_quotes(config) {
        bail!("{name} has no quotation marks around its value in edge/wrangler.toml");
    }
    let settings = variables(config).filter(|(name, _)| !TEXTS.contains(name));
    for (name, value) in settings.filter(|(_, value)| !value.is_empty()) {
        let (is_sound, wanted) = if name == SIGN_UPS {
            (OPEN_OR_CLOSED.contains(&value), "neither open nor closed")
        } else {
            (value.parse::<u32>().is_ok(), "no whole number")
        };
        if !is_sound {
            bail!("{name} is \"{value}\" in edge/wrangler.toml, which is {wanted}");
        }
    }
    if value(config, DOLLARS).is_none_or(str::is_empty) {
        step.note(format!(
            "no {DOLLARS}: X may bill for all the posts that MONTHLY_POSTS allows"
        ));
    }
    Ok(())
}

/// The text that a line of a TOML file gives to a name.
fn value<'a>(config: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = config.lines().filter_map(pair);
    lines.find_map(|(key, value)| (key == name).then_some(value))
}

/// The lines of the table `[vars]`.
fn lines_of_variables(config: &str) -> impl Iterator<Item = &str> {
    let lines = config.lines().skip_while(|line| line.trim() != "[vars]");
    lines
        .skip(1)
        .take_while(|line| !line.trim_start().starts_with('['))
}

/// The names and texts of the table `[vars]`.
fn variables(config: &str) -> impl Iterator<Item = (&str, &str)> {
    lines_of_variables(config).filter_map(pair)
}

fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once('=')?;
    let value = value.trim();
    let text = value
        .strip_prefix('"')
        .and_then(|text| text.split_once('"'));
    Some((key.trim(), text.map_or(value, |(text, _)| text)))
}

/// The first of the variables that is no text: what is not one the edge does not read, and says
/// nothing.
fn without_quotes(config: &str) -> Option<&str> {
    let mut lines = lines_of_variables(config)
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split_once('='));
    let (name, _) = lines.find(|(_, value)| !value.trim_start().starts_with('"'))?;
    Some(name.trim())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::folder::remove;

    const CONFIG: &str = "name = \"lemon\"\n# bucket_name = \"no\"\n[[r2_buckets]]\nbucket_name = \"bots\"\n[vars]\nX_CLIENT_ID = \"\"\nAPP_DAY = \"\"\n[other]\nSESSION_KEY = \"none\"\n";
    const WITH_CLIENT: &str =
        "name = \"lemon\"\nbucket_name = \"bots\"\n[vars]\nX_CLIENT_ID = \"lemon\"\n";
    const DAY: u64 = 24 * 60 * 60;
    const NOW: u64 = 1_800_000_000;

    /// A checkout in a folder of its own, and a stand-in for wrangler.
    struct Place {
        root: PathBuf,
        project: Project,
        npm: Npm,
    }

    impl Place {
        fn new(name: &str, config: &str) -> Self {
            let root = env::temp_dir().join(format!("lemon-deploy-{name}-{}", std::process::id()));
            remove(&root).unwrap();
            let modules = root.join("npm/node_modules");
            for folder in ["edge", "dist", "npm/node_modules/.bin"] {
                fs::create_dir_all(root.join(folder)).unwrap();
            }
            fs::write(root.join("edge/wrangler.toml"), config).unwrap();
            let fake = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/deploy/wrangler.sh");
            symlink(fake, modules.join(".bin/wrangler")).unwrap();
            let project = Project {
                root: root.clone(),
                cache: root.join("cache"),
                target: root.join("target"),
                local: root.join("target"),
            };
            Self {
                root,
                project,
                npm: Npm { modules },
            }
        }

        /// What wrangler says to a command, and, in the second text, why it fails.
        fn says(&self, command: &str, output: &str, error: &str) {
            let file = |kind| self.root.join(format!("npm/{command}.{kind}"));
            fs::write(file("out"), output).unwrap();
            if error.is_empty() {
                remove(&file("err")).unwrap();
            } else {
                fs::write(file("err"), error).unwrap();
            }
        }

        /// What a person is told; nothing if all is well.
        fn told(&self, work: impl FnOnce(&Cloudflare, &Step) -> Result<()>) -> String {
            let cloudflare = Cloudflare::new(&self.project, &self.npm).unwrap();
            let told = RefCell::new(String::new());
            step(&self.project, "test", |step| {
                if let Err(error) = work(&cloudflare, step) {
                    told.replace(format!("{error:#}"));
                }
                Ok(())
            })
            .unwrap();
            told.take()
        }

        /// What the last command was.
        fn asked(&self) -> String {
            let asked = fs::read_to_string(self.root.join("npm/asked")).unwrap();
            asked.lines().last().unwrap_or_default().to_owned()
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        /// Another build in the place of the last one.
        fn build(&self, name: &str) {
            remove(&self.root.join("dist")).unwrap();
            self.write("dist/index.html", name);
            self.write(&format!("dist/lemon-app-{name}.js"), name);
            self.write(&format!("dist/engine/{name}/lead/worker.js"), name);
            for segment in 0..4 {
                let path = format!("dist/model/{name}/sent/{segment}");
                self.write(&path, &format!("{name} {segment}"));
            }
        }

        fn deploy(&self, now: u64) {
            assert_eq!(
                self.told(|cloudflare, step| cloudflare.deploy(step, now)),
                ""
            );
        }

        /// What a browser is given at an address.
        fn online(&self, path: &str) -> Option<String> {
            fs::read_to_string(self.root.join("npm/online").join(path)).ok()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = remove(&self.root);
        }
    }

    fn assert_told(told: &str, expected: &[&str]) {
        for expected in expected {
            assert!(told.contains(expected), "no {expected:?} in: {told}");
        }
    }

    #[test]
    fn values_of_a_configuration() {
        assert_eq!(value(CONFIG, "bucket_name"), Some("bots"));
        assert_eq!(value(CONFIG, "X_API_URL"), None);
        let variables: Vec<_> = variables(CONFIG).collect();
        assert_eq!(variables, [("X_CLIENT_ID", ""), ("APP_DAY", "")]);
    }

    #[test]
    fn what_the_edge_would_not_understand_is_not_deployed() {
        let own = include_str!("../../edge/wrangler.toml");
        let place = Place::new("settings", own);
        let told = || place.told(|cloudflare, step| settings(&cloudflare.config, step));
        assert_eq!(told(), "");
        for (name, before, value, why) in [
            (DOLLARS, "", "$20", "no whole number"),
            (DOLLARS, "", "1.5", "no whole number"),
            ("BOTS_DAY", "", "-1", "no whole number"),
            ("BOTS_DAY", "", "5000000000", "no whole number"),
            (SIGN_UPS, "open", "no", "neither open nor closed"),
        ] {
            let line = format!("{name} = \"{before}\"");
            assert!(own.contains(&line), "{line}");
            let other = own.replace(&line, &format!("{name} = \"{value}\""));
            place.write("edge/wrangler.toml", &other);
            assert_told(&told(), &[name, value, why]);
        }
        let line = format!("{DOLLARS} = \"\"");
        let bare = own.replace(&line, &format!("{DOLLARS} = 20"));
        place.write("edge/wrangler.toml", &bare);
        assert_told(&told(), &[DOLLARS, "quotation marks"]);
        let sound = own.replace(&line, &format!("{DOLLARS} = \"20\" # enough"));
        place.write("edge/wrangler.toml", &sound);
        assert_eq!(told(), "");
    }

    #[test]
    fn who_is_not_logged_in_is_told_how_to() {
        let place = Place::new("login", CONFIG);
        let told = || place.told(|cloudflare, step| cloudflare.account(step, None));
        let how = ["wrangler login`", "CLOUDFLARE_API_TOKEN"];
        place.says("whoami", "{\"loggedIn\": false}", "");
        assert_told(&told(), &how);
        place.says("whoami", "", "no connection");
        assert_told(&told(), &["no connection", how[0], how[1]]);
        place.says("whoami", "Getting User settings...", "");
        assert_told(&told(), &how);
        place.says(
            "whoami",
            "{\"loggedIn\": true, \"accounts\": [{\"id\": \"1a\", \"name\": \"One\"}]}",
            "",
        );
        assert_eq!(told(), "");
        assert_eq!(place.asked(), "whoami --json");
    }

    #[test]
    fn of_several_accounts_one_is_chosen() {
        let place = Place::new("accounts", CONFIG);
        let accounts = "{\"loggedIn\": true, \"accounts\": [{\"id\": \"1a\", \"name\": \"One\"}, {\"id\": \"2b\", \"name\": \"Two\"}]}";
        place.says("whoami", accounts, "");
        let told = |chosen| place.told(|cloudflare, step| cloudflare.account(step, chosen));
        let list = ["CLOUDFLARE_ACCOUNT_ID", "1a  One", "2b  Two"];
        assert_told(&told(None), &list);
        assert_told(&told(Some("3c")), &["3c", list[1], list[2]]);
        assert_eq!(told(Some("2b")), "");
        place.write(
            "edge/wrangler.toml",
            &format!("account_id = \"1a\"\n{CONFIG}"),
        );
        assert_eq!(told(None), "");
        // A token that may not list them.
        place.says("whoami", "{\"loggedIn\": true, \"accounts\": []}", "");
        assert_eq!(told(Some("2b")), "");
    }

    #[test]
    fn r2_and_the_bucket_are_told_apart() {
        let place = Place::new("bucket", CONFIG);
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method is one of a single lifetime"
        )]
        let told = || place.told(|cloudflare, step| cloudflare.bucket(step));
        place.says(
            "r2",
            "",
            "Please enable R2 through the Cloudflare Dashboard. [code: 10042]",
        );
        assert_told(
            &told(),
            &["enable", "means of payment", "https://dash.cloudflare.com/"],
        );
        place.says(
            "r2",
            "",
            "The specified bucket does not exist. [code: 10006]",
        );
        let create = "r2 bucket create bots`";
        assert_told(&told(), &["no bucket bots", create]);
        place.says("r2", "", "Authentication error [code: 10000]");
        assert_told(
            &told(),
            &["Authentication error [code: 10000]", create, "token"],
        );
        place.says("r2", "name: bots", "");
        assert_eq!(told(), "");
        assert_eq!(place.asked(), "r2 bucket info bots");
    }

    #[test]
    fn secrets_that_are_missing_or_there_twice_are_named() {
        let place = Place::new("secrets", WITH_CLIENT);
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method is one of a single lifetime"
        )]
        let told = || place.told(|cloudflare, step| cloudflare.secrets(step));
        let put = "secret put SESSION_KEY`";
        let missing = "This Worker does not exist on your account. [code: 10007]";
        place.says("secret", "", missing);
        assert_told(&told(), &["the secret SESSION_KEY is missing", put]);
        place.says("secret", "", "Authentication error [code: 10000]");
        assert_told(&told(), &["Authentication error"]);
        place.says("secret", "[]", "");
        assert_told(&told(), &["the secret SESSION_KEY is missing", put]);
        let key = "[{\"name\": \"SESSION_KEY\", \"type\": \"secret_text\"}]";
        place.says("secret", key, "");
        assert_eq!(told(), "");

        place.write("edge/wrangler.toml", CONFIG);
        assert_told(&told(), &["X_CLIENT_ID is empty"]);
        let both = "[{\"name\": \"SESSION_KEY\"}, {\"name\": \"X_CLIENT_ID\"}]";
        place.says("secret", both, "");
        let twice = ["X_CLIENT_ID is a secret, and also a variable", "and empty"];
        assert_told(&told(), &twice);
        assert_told(&told(), &["remove its line", "secret delete X_CLIENT_ID`"]);
        place.write("edge/wrangler.toml", WITH_CLIENT);
        assert_told(&told(), &twice[..1]);
        // Whatever it is called.
        place.write("edge/wrangler.toml", &format!("{CONFIG}[vars]\n"));
        place.says("secret", "[{\"name\": \"APP_DAY\"}]", "");
        assert_told(&told(), &["APP_DAY is a secret, and also a variable"]);
        place.write("edge/wrangler.toml", "bucket_name = \"bots\"\n[vars]\n");
        place.says("secret", both, "");
        assert_eq!(told(), "");
    }

    #[test]
    fn what_keeps_a_deploy_is_told_and_changes_nothing_here() {
        let place = Place::new("fails", CONFIG);
        place.build("a");
        place.says(
            "deploy",
            "",
            "You need to register a workers.dev subdomain before publishing to workers.dev",
        );
        let told = || place.told(|cloudflare, step| cloudflare.deploy(step, NOW));
        assert_told(&told(), &["workers.dev", "https://dash.cloudflare.com/"]);
        place.says("deploy", "", "too large");
        assert_told(&told(), &["too large"]);
        // It never was online, and counts as if it had been until it is replaced.
        place.says("deploy", "", "");
        place.build("b");
        place.deploy(NOW + 30 * DAY);
        assert!(place.online("engine/a/lead/worker.js").is_some());
    }

    /// A deploy between two segments of the model, two workers, and a page and its module.
    #[test]
    fn a_tab_in_the_middle_of_a_build_comes_to_its_end() {
        let place = Place::new("tab", CONFIG);
        place.build("a");
        place.says("deploy", "Deployed lemon\n  https://lemon.test\n", "");
        place.deploy(NOW);
        assert_eq!(place.online("index.html").unwrap(), "a");
        let segment =
            |name: &str, number: usize| place.online(&format!("model/{name}/sent/{number}"));
        for number in 0..2 {
            assert_eq!(segment("a", number), Some(format!("a {number}")));
        }

        // It was the current one for a month, and somebody has just loaded it.
        place.build("b");
        let replaced = NOW + 30 * DAY;
        place.deploy(replaced);
        assert_eq!(place.online("index.html").unwrap(), "b");
        for name in ["a", "b"] {
            for number in 0..4 {
                assert_eq!(segment(name, number), Some(format!("{name} {number}")));
            }
            let worker = place.online(&format!("engine/{name}/lead/worker.js"));
            assert_eq!(worker.as_deref(), Some(name));
            let module = place.online(&format!("lemon-app-{name}.js"));
            assert_eq!(module.as_deref(), Some(name));
        }
        assert!(place.root.join("dist/model/b").exists());
        assert!(!place.root.join("dist/model/a").exists());

        // The same build once more, and another: what was replaced first is given up first.
        place.deploy(replaced + 6 * DAY);
        assert!(place.online("engine/a/lead/worker.js").is_some());
        place.build("c");
        place.deploy(replaced + 7 * DAY);
        assert_eq!(place.online("engine/a/lead/worker.js"), None);
        assert_eq!(place.online("lemon-app-a.js"), None);
        assert_eq!(place.online("engine/b/lead/worker.js").unwrap(), "b");
        // Links to bots of that model live on.
        assert_eq!(segment("a", 3).unwrap(), "a 3");
        place.deploy(replaced + 97 * DAY);
        assert_eq!(segment("a", 3), None);
        assert_eq!(segment("b", 3).unwrap(), "b 3");
        assert!(!place.root.join("cache/deployed/lemon/model/a").exists());
    }
}
