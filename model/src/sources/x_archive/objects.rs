//! The objects in one of an archive's files, while it comes.

/// Longest object that is read, in bytes. A post of 25,000 characters, each written as an
/// escape, with all that stands around it is a third of this.
pub const MAX_OBJECT: usize = 1024 * 1024;

/// Cuts a file, such as `window.YTD.tweets.part0 = [ { … }, { … } ]`, into its objects. Whatever
/// is in front of the list is passed over; a file that is one object has that one.
#[derive(Debug, Default)]
pub struct Objects {
    at: At,
    /// The object that has begun, as far as it has come; nothing of one that is too long.
    begun: Vec<u8>,
    is_too_long: bool,
    /// It stands in no list.
    is_alone: bool,
    /// Objects that were too long.
    left_out: usize,
    /// What the file began with, white space aside.
    first: Option<u8>,
}

/// What the next byte is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    /// What is in front of the list.
    #[default]
    Front,
    /// The list, between two objects.
    List,
    Object(Place),
    /// Behind the list.
    End,
}

/// Where in an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    /// How many objects and lists are open around it, the object aside.
    depth: usize,
    is_text: bool,
    /// Behind a backslash in a text.
    is_escaped: bool,
}

/// What a file turned out to be when all of it had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Whole,
    /// It breaks off, inside of an object or between two.
    BrokenOff,
    /// There is no list in it; perhaps it is a page, as servers send in place of a file.
    NoList {
        is_page: bool,
    },
}

impl Objects {
    /// Takes the next piece of the file; `take` is given each object that ends in it.
    pub fn push(&mut self, piece: &[u8], mut take: impl FnMut(&[u8])) {
        // Where in `piece` the present object begins, as far as it is not in `begun`.
        let mut from = 0;
        for (i, &byte) in piece.iter().enumerate() {
            match self.at {
                At::Front => self.front(byte, i, &mut from),
                At::List => match byte {
                    b'{' => self.begin(i, &mut from),
                    b']' => self.at = At::End,
                    _ => {}
                },
                At::Object(place) => {
                    if let Some(place) = place.behind(byte) {
                        self.at = At::Object(place);
                    } else {
                        self.keep(&piece[from..=i]);
                        self.end(&mut take);
                    }
                }
                At::End => return,
            }
        }
        if matches!(self.at, At::Object(_)) {
            self.keep(&piece[from..]);
        }
    }

    /// How many objects were too long, and what the file was, now that it has ended.
    #[must_use]
    pub fn end_of_file(&self) -> (usize, Ending) {
        let ending = match self.at {
            At::End => Ending::Whole,
            At::Front => Ending::NoList {
                is_page: self.first == Some(b'<'),
            },
            At::List | At::Object(_) => Ending::BrokenOff,
        };
        (self.left_out, ending)
    }

    fn front(&mut self, byte: u8, i: usize, from: &mut usize) {
        // Behind a mark of byte order, which has none of these.
        if self.first.is_none() && byte.is_ascii() && !byte.is_ascii_whitespace() {
            self.first = Some(byte);
        }
        if self.first == Some(b'<') {
            return;
        }
        match byte {
            b'[' => self.at = At::List,
            b'{' => {
                self.begin(i, from);
                self.is_alone = true;
            }
            _ => {}
        }
    }

    fn begin(&mut self, i: usize, from: &mut usize) {
        self.at = At::Object(Place::default());
        self.begun.clear();
        self.is_too_long = false;
        *from = i;
    }

    fn keep(&mut self, part: &[u8]) {
        if self.begun.len() + part.len() > MAX_OBJECT {
            self.is_too_long = true;
            self.begun.clear();
        }
        if !self.is_too_long {
            self.begun.extend_from_slice(part);
        }
    }

    fn end(&mut self, take: &mut impl FnMut(&[u8])) {
        self.at = if self.is_alone { At::End } else { At::List };
        if self.is_too_long {
            self.left_out += 1;
        } else {
            take(&self.begun);
        }
    }
}

impl Place {
    /// What comes behind this byte; none if the object ends with it.
    fn behind(self, byte: u8) -> Option<Self> {
        if self.is_text {
            return Some(Self {
                is_text: self.is_escaped || byte != b'"',
                is_escaped: !self.is_escaped && byte == b'\\',
                ..self
            });
        }
        match byte {
            b'"' => Some(Self {
                is_text: true,
                ..self
            }),
            b'{' | b'[' => Some(Self {
                depth: self.depth + 1,
                ..self
            }),
            b'}' | b']' => Some(Self {
                depth: self.depth.checked_sub(1)?,
                ..self
            }),
            _ => Some(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// In pieces of `length` bytes.
    fn cut(file: &[u8], length: usize) -> (Vec<String>, usize, Ending) {
        let mut objects = Objects::default();
        let mut all = Vec::new();
        for piece in file.chunks(length) {
            objects.push(piece, |object| {
                all.push(String::from_utf8_lossy(object).into_owned());
            });
        }
        let (left_out, ending) = objects.end_of_file();
        (all, left_out, ending)
    }

    #[test]
    fn a_file_is_cut_into_its_objects() {
        let (a, b) = (r#"{"a":"}\"]{\\"}"#, r#"{ "b": [{}, [1]] }"#);
        let whole = |front: &str| format!("{front}[ {a},\n{b} ]\n");
        let cases = [
            (whole("window.YTD.tweets.part0 = "), 2, Ending::Whole),
            (
                whole("\u{FEFF}window.YTD.tweets.part0 = "),
                2,
                Ending::Whole,
            ),
            (
                whole("Grailbird.data.tweets_2012_05 = \n"),
                2,
                Ending::Whole,
            ),
            (whole(""), 2, Ending::Whole),
            (format!("{};", whole("x = ")), 2, Ending::Whole),
            ("window.YTD.tweets.part0 = [ ]".into(), 0, Ending::Whole),
            (format!("var user_details = {a}"), 1, Ending::Whole),
            (format!("x = [ {a}, 7, null, {b} ]"), 2, Ending::Whole),
            (format!("x = [ {a}, "), 1, Ending::BrokenOff),
            (format!("x = [ {a}, {}", &b[..9]), 1, Ending::BrokenOff),
            (format!("x = [ {a}"), 1, Ending::BrokenOff),
            (String::new(), 0, Ending::NoList { is_page: false }),
            ("nothing".into(), 0, Ending::NoList { is_page: false }),
            (
                format!("\n<!doctype html>{a}"),
                0,
                Ending::NoList { is_page: true },
            ),
        ];
        for (file, count, ending) in cases {
            for length in [1, 2, 7, 4096] {
                let (objects, left_out, how) = cut(file.as_bytes(), length);
                assert_eq!((left_out, how), (0, ending), "{file}");
                assert_eq!(objects, [a, b][..count], "{file}");
            }
        }
    }

    #[test]
    fn an_object_that_is_too_long_costs_itself_alone() {
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(MAX_OBJECT));
        let file = format!(r#"x = [{{"b":1}},{long},{{"c":2}}]"#);
        for length in [1000, 64 * 1024, file.len()] {
            let (objects, left_out, ending) = cut(file.as_bytes(), length);
            assert_eq!(objects, [r#"{"b":1}"#, r#"{"c":2}"#]);
            assert_eq!((left_out, ending), (1, Ending::Whole));
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<i32>().prop_map(|number| json!(number)),
            "[a-z가-힣\"\\\\{}\\[\\]🍋\n]{0,9}".prop_map(|text| json!(text)),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
            let object = prop::collection::hash_map("[a-z\"{]{0,3}", inner, 0..4);
            prop_oneof![list, object.prop_map(|map| map.into_iter().collect())]
        })
    }

    proptest! {
        #[test]
        fn what_is_cut_is_what_was_written(
            objects in prop::collection::vec(prop::collection::hash_map("[a-z]{1,3}", value(), 0..4), 0..6),
            length in 1_usize..200,
            is_pretty in any::<bool>(),
        ) {
            let objects: Vec<Value> = objects.into_iter().map(|map| map.into_iter().collect()).collect();
            let list = if is_pretty { serde_json::to_string_pretty(&objects) } else { serde_json::to_string(&objects) };
            let file = format!("window.YTD.tweets.part0 = {}", list.unwrap());
            let (cut, left_out, ending) = cut(file.as_bytes(), length);
            let read: Vec<Value> = cut.iter().map(|object| serde_json::from_str(object).unwrap()).collect();
            prop_assert_eq!(read, objects);
            prop_assert_eq!((left_out, ending), (0, Ending::Whole));
        }

        #[test]
        fn nothing_stops_it(file in prop::collection::vec(any::<u8>(), 0..300), length in 1_usize..40) {
            cut(&file, length);
        }
    }
}
