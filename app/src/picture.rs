//! A talk of two bots as a picture, in which it is plain that bots spoke.

use lemon_model::duet::{Line, Side, wrapped};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement};

use crate::browser;

/// What its file is called.
const FILE: &str = "lemon-toolbox-bots.png";

/// In pixels of the picture, which is as wide as feeds show pictures.
const WIDTH: f64 = 1_080.0;
const MARGIN: f64 = 48.0;
const PADDING: f64 = 26.0;
const BUBBLE: f64 = 780.0;
const LINE: f64 = 50.0;
const NAME: f64 = 40.0;
const GAP: f64 = 26.0;

/// Browsers draw no higher pictures everywhere.
const HIGHEST: f64 = 8_000.0;

const TITLE_FONT: &str = "600 38px system-ui, sans-serif";
const NAME_FONT: &str = "26px system-ui, sans-serif";
const TEXT_FONT: &str = "36px system-ui, sans-serif";

/// A line with its words broken.
struct Bubble {
    of: Side,
    rows: Vec<String>,
}

impl Bubble {
    fn height(&self) -> f64 {
        NAME + 2.0 * PADDING + LINE * count(&self.rows) + GAP
    }
}

/// The newest lines that a picture has room for; none where the browser draws nothing.
pub fn draw(title: &str, names: [&str; 2], lines: &[Line]) -> Option<HtmlCanvasElement> {
    let document = web_sys::window()?.document()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    let context = canvas.get_context("2d").ok()??;
    let context: CanvasRenderingContext2d = context.dyn_into().ok()?;
    let measured = |text: &str| {
        let metrics = context.measure_text(text);
        metrics.map_or(f64::INFINITY, |metrics| metrics.width())
    };
    context.set_font(TITLE_FONT);
    let title = wrapped(title, WIDTH - 2.0 * MARGIN, measured);
    context.set_font(TEXT_FONT);
    let head = 2.0 * MARGIN + LINE * count(&title);
    let mut height = head + MARGIN;
    let mut bubbles = Vec::new();
    for line in lines.iter().rev() {
        let bubble = Bubble {
            of: line.of,
            rows: wrapped(&line.text, BUBBLE - 2.0 * PADDING, measured),
        };
        if height + bubble.height() > HIGHEST {
            break;
        }
        height += bubble.height();
        bubbles.push(bubble);
    }
    canvas.set_width(pixels(WIDTH));
    canvas.set_height(pixels(height));

    let fill = |color: &str, x: f64, y: f64, width: f64, height: f64| {
        context.set_fill_style_str(color);
        context.fill_rect(x, y, width, height);
    };
    // What cannot be drawn is missing, and the rest is there.
    let write = |font: &str, color: &str, text: &str, x: f64, y: f64| {
        context.set_font(font);
        context.set_fill_style_str(color);
        // A long name is narrower, so that it is seen to be a bot's.
        let _ = context.fill_text_with_max_width(text, x, y, WIDTH - MARGIN - x);
    };
    fill("#fff9e0", 0.0, 0.0, WIDTH, height);
    let mut y = MARGIN + LINE;
    for row in &title {
        write(TITLE_FONT, "#2b2714", row, MARGIN, y);
        y += LINE;
    }
    y = head;
    for bubble in bubbles.iter().rev() {
        let (x, color, name) = match bubble.of {
            Side::Mine => (WIDTH - MARGIN - BUBBLE, "#ffe270", names[0]),
            Side::Theirs => (MARGIN, "#ffffff", names[1]),
        };
        write(NAME_FONT, "#6f673f", name, x, y + NAME * 0.7);
        let body = 2.0 * PADDING + LINE * count(&bubble.rows);
        fill(color, x, y + NAME, BUBBLE, body);
        for (place, row) in (0_u32..).zip(&bubble.rows) {
            let row_y = y + NAME + PADDING + LINE * (f64::from(place) + 0.72);
            write(TEXT_FONT, "#2b2714", row, x + PADDING, row_y);
        }
        y += bubble.height();
    }
    Some(canvas)
}

/// Saves it as a file.
pub fn save(canvas: &HtmlCanvasElement) {
    let take = Closure::once_into_js(|blob: Option<Blob>| {
        if let Some(blob) = blob {
            browser::save_blob(FILE, &blob);
        }
    });
    // A picture that is too large is none.
    let _ = canvas.to_blob(take.unchecked_ref());
}

fn count(rows: &[String]) -> f64 {
    f64::from(u32::try_from(rows.len()).unwrap_or(u32::MAX))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most the highest picture"
)]
fn pixels(length: f64) -> u32 {
    length as u32
}
