use std::rc::Rc;

use crate::encoder::Encoder;
use crate::library::Library;

/// The two kinds of worker, once both can be asked.
#[derive(Clone)]
pub struct Engine {
    pub library: Rc<Library>,
    pub encoder: Rc<Encoder>,
}
