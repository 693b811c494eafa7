//! The page, built by Trunk.

use std::fs;

use anyhow::{Context, Result};
use lemon_keeper::rules::{PAGE, PAGES, SCRIPT};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::digest::Hasher;
use crate::folder;
use crate::program::{program, search_path};
use crate::project::Project;
use crate::setup::Kit;
use crate::stamp::Stamp;
use crate::step::step;
use crate::tools::{TRUNK, WASM_BINDGEN};
use crate::web_worker::{Engine, PIECES, rustflags};

const INPUTS: [&str; 12] = [
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    "app",
    "model/src",
    "model/Cargo.toml",
    "given",
    "wire",
    "xtask/npm",
    "xtask/src/tools.rs",
    "xtask/src/page.rs",
    "xtask/src/web_worker.rs",
];

/// Where the page finds the rest of its build, and in how many pieces; `app/` reads this while
/// it compiles.
pub fn paths(engine: &str, model: &str, demo: &str) -> [(&'static str, String); 4] {
    [
        ("LEMON_MODULE_PIECES", PIECES.to_string()),
        ("LEMON_ENGINE_PATH", format!("/engine/{engine}/")),
        ("LEMON_MODEL_PATH", format!("/model/{model}/")),
        ("LEMON_DEMO_PATH", format!("/demo/{demo}/")),
    ]
}

/// Builds `dist/`: the page with everything of `public/` and its service worker's script.
pub fn ensure(project: &Project, kit: &Kit, engine: &str, keeper: &str) -> Result<()> {
    step(project, "page", |step| {
        let dist = project.at("dist");
        let paths = paths(engine, &kit.model()?, &kit.demo()?);
        let mut inputs = Hasher::default().text(keeper);
        for (_, path) in &paths {
            inputs = inputs.text(path);
        }
        for path in INPUTS {
            inputs = inputs.path(&project.at(path))?;
        }
        // Built folders are told by their names above.
        for entry in fs::read_dir(project.at("public"))? {
            let path = entry?.path();
            if path.is_file() {
                inputs = inputs.text(&path.to_string_lossy()).path(&path)?;
            }
        }
        let stamp = Stamp::new(&project.local.join("xtask"), "page", inputs);
        if stamp.kept().is_some() && dist.join("index.html").exists() {
            step.note("unchanged");
            return Ok(());
        }
        kit.tools()?;
        let mut trunk = program(project, TRUNK.path(project));
        kit.wasm()?.apply(&mut trunk);
        trunk
            .args(["build", "--release", "--offline"])
            .env(
                "PATH",
                search_path(&[
                    WASM_BINDGEN.folder(project),
                    kit.npm()?.modules.join(".bin"),
                ]),
            )
            // Components without their types are an eighth smaller.
            .env(
                "RUSTFLAGS",
                format!("{} --cfg erase_components", rustflags(Engine::Any)),
            )
            .envs(paths)
            // Trunk stops at the value that other programs expect here.
            .env_remove("NO_COLOR");
        step.run(&mut trunk, "the compiler says why")?;

        let index = dist.join("index.html");
        let html = fs::read_to_string(&index)
            .with_context(|| format!("cannot read {}", index.display()))?;
        let (html, scripts) = move_scripts_out(&html);
        for script in scripts {
            fs::write(dist.join(script.name), script.text)?;
        }
        folder::copy(&project.at("public"), &dist)?;
        fs::write(dist.join(&SCRIPT[1..]), keeper)?;
        let icon = project.at(ICON);
        let icon = fs::read(&icon).with_context(|| format!("cannot read {}", icon.display()))?;
        for size in SIZES {
            fs::write(dist.join(format!("icon-{size}.png")), drawn(&icon, size)?)?;
        }
        fs::write(index, &html)?;
        for page in PAGES.iter().filter(|page| **page != PAGE) {
            let html = if *page == BOT {
                with_card_of_bot(&html)
            } else {
                html.clone()
            };
            fs::write(dist.join(format!("{}.html", &page[1..])), html)?;
        }
        stamp.keep("")
    })
}

/// What systems show of the page where it is installed, drawn so that any shape may be cut out of
/// it, and how wide they want it in pixels: as in `public/manifest.webmanifest`.
const ICON: &str = "app/icon.svg";
const SIZES: [u32; 2] = [192, 512];

/// The picture as PNG.
fn drawn(svg: &[u8], size: u32) -> Result<Vec<u8>> {
    let tree = Tree::from_data(svg, &Options::default()).context("the icon is no SVG")?;
    let mut canvas = Pixmap::new(size, size).context("the icon has no size")?;
    // As wide as high.
    #[allow(clippy::cast_precision_loss)]
    let scale = size as f32 / tree.size().width();
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut canvas.as_mut(),
    );
    canvas.encode_png().context("the icon cannot be written")
}

/// The address that links to bots lead to.
const BOT: &str = "/b";

/// What messengers and search engines tell of the page, and of the one that a bot is on: that one
/// is there, and nothing else, as nothing else is known without the link's key.
const CARD: &str = "나와 대화하는 봇을 내 브라우저 안에서. 自分と話せるボットを、自分のブラウザの中で。 A bot of yourself, made in your own browser.";
const CARD_OF_BOT: &str = "누군가 자기 글로 만든 봇이 여기 있어요. 말을 걸어 보세요. だれかが自分の投稿から作ったボットです。話しかけてみてください。 Somebody has made a bot of their own posts. Say something to it.";

fn with_card_of_bot(html: &str) -> String {
    html.replace(CARD, CARD_OF_BOT)
}

/// A script that was part of a page.
struct Script {
    name: String,
    text: String,
}

/// Gives every script inside the page a file of its own, since the page's content
/// security policy lets no other run.
fn move_scripts_out(html: &str) -> (String, Vec<Script>) {
    let mut rest = html;
    let mut page = String::with_capacity(html.len());
    let mut scripts = Vec::new();
    while let Some((before, tag, text, after)) = next_script(rest) {
        page.push_str(before);
        page.push_str("<script");
        page.push_str(tag);
        if text.trim().is_empty() {
            page.push('>');
            page.push_str(text);
        } else {
            let name = format!("start-{}.js", Hasher::default().text(text).name());
            page.extend([" src=\"/", &name, "\">"]);
            scripts.push(Script {
                name,
                text: text.to_owned(),
            });
        }
        page.push_str("</script>");
        rest = after;
    }
    page.push_str(rest);
    (page, scripts)
}

/// What is before the next script, its attributes, its text, and what comes after.
fn next_script(html: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, rest) = html.split_once("<script")?;
    let (tag, rest) = rest.split_once('>')?;
    let (text, after) = rest.split_once("</script>")?;
    Some((before, tag, text, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_get_files_of_their_own() {
        let (page, scripts) = move_scripts_out(
            "<head><script src=\"/a.js\"></script></head><body>\n<script type=\"module\">\nstart();\n</script>b</body>",
        );
        assert_eq!(scripts.len(), 1);
        assert_eq!(scripts[0].text, "\nstart();\n");
        assert_eq!(
            page,
            format!(
                "<head><script src=\"/a.js\"></script></head><body>\n<script type=\"module\" src=\"/{}\"></script>b</body>",
                scripts[0].name
            )
        );
    }

    #[test]
    fn other_scripts_have_other_names() {
        let name = |html| move_scripts_out(html).1.remove(0).name;
        assert_ne!(name("<script>a</script>"), name("<script>b</script>"));
    }

    #[test]
    fn a_bots_page_has_a_card_of_its_own() {
        let page = include_str!("../../app/index.html");
        assert_eq!(page.matches(CARD).count(), 2);
        let of_bot = with_card_of_bot(page);
        assert!(!of_bot.contains(CARD));
        assert_eq!(of_bot.matches(CARD_OF_BOT).count(), 2);
        assert!(PAGES.contains(&BOT));
    }

    #[test]
    fn the_icon_is_as_large_as_the_manifest_says() {
        let svg = include_bytes!("../../app/icon.svg");
        let manifest = include_str!("../../public/manifest.webmanifest");
        for size in SIZES {
            let png = drawn(svg, size).unwrap();
            // Width and height stand at the same place in every PNG.
            assert_eq!(png[16..20], size.to_be_bytes());
            assert_eq!(png[20..24], size.to_be_bytes());
            assert!(manifest.contains(&format!("\"/icon-{size}.png\"")));
            assert!(manifest.contains(&format!("\"{size}x{size}\"")));
        }
    }

    #[test]
    fn page_without_scripts_stays() {
        let html = "<p>no end <script";
        assert_eq!(move_scripts_out(html).0, html);
    }

    /// The page puts the same in its place.
    #[test]
    fn what_is_seen_first_is_what_the_page_says() {
        let words = include_str!("../../app/src/words.rs");
        let html = include_str!("../../app/index.html");
        let (_, first) = html.split_once("<div id=\"first\">").unwrap();
        let (first, _) = first.split_once("<script>").unwrap();
        let mut seen = 0;
        for text in first.split("<span lang=\"").skip(1) {
            let (_, text) = text.split_once("\">").unwrap();
            let (text, _) = text.split_once("</span>").unwrap();
            assert!(words.contains(&format!("\"{text}\"")), "{text}");
            seen += 1;
        }
        assert_eq!(seen, 9);
    }
}
