//! The page's side.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Array, Uint8Array};
use lemon_model::protocol;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

/// Why a worker gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Its files are not there, or this browser can do nothing with them.
    #[error("the worker does not start")]
    NotStarted,
    /// It ran out of memory, or fell over.
    #[error("the worker is gone")]
    Gone,
    /// What it said is not of the protocol.
    #[error("the worker's answer cannot be read")]
    Unreadable,
}

/// A worker that takes `Q` and gives `A`. It ends when this is dropped.
pub struct Caller<Q, A> {
    state: Rc<State>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
    speaks: PhantomData<fn(Q) -> A>,
}

struct State {
    worker: Worker,
    next: Cell<u32>,
    waiting: RefCell<HashMap<u32, oneshot::Sender<Vec<u8>>>>,
    /// Who waits for its hello.
    hello: RefCell<Option<oneshot::Sender<()>>>,
    gone: Cell<bool>,
}

impl<Q: Serialize, A: DeserializeOwned + 'static> Caller<Q, A> {
    /// Starts the module worker at `url`. `unasked` hears what it says by itself.
    ///
    /// # Errors
    /// [`CallError::NotStarted`] if it ends before it says hello.
    pub async fn start(url: &str, unasked: impl Fn(A) + 'static) -> Result<Self, CallError> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(url, &options).map_err(|_| CallError::NotStarted)?;
        let (hello, started) = oneshot::channel();
        let state = Rc::new(State {
            worker,
            next: Cell::new(protocol::UNASKED + 1),
            waiting: RefCell::default(),
            hello: RefCell::new(Some(hello)),
            gone: Cell::new(false),
        });
        let listener = Rc::clone(&state);
        let on_message = Closure::new(move |event: MessageEvent| {
            let message = Uint8Array::new(&event.data()).to_vec();
            if message.is_empty() {
                listener.started();
                return;
            }
            match protocol::split(&message) {
                Some((protocol::UNASKED, value)) => {
                    if let Some(said) = protocol::read(value) {
                        unasked(said);
                    }
                }
                Some((number, _)) => listener.answered(number, message),
                None => {}
            }
        });
        let listener = Rc::clone(&state);
        let on_error = Closure::new(move |_: ErrorEvent| listener.fall());
        state
            .worker
            .set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        state
            .worker
            .set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let caller = Self {
            state,
            _on_message: on_message,
            _on_error: on_error,
            speaks: PhantomData,
        };
        started.await.map_err(|_| CallError::NotStarted)?;
        Ok(caller)
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.state.gone.get()
    }

    /// Ends it before it is dropped.
    pub fn end(&self) {
        self.state.worker.terminate();
        self.state.fall();
    }

    /// Hands something of the browser's over, which the next question is about.
    pub fn hand(&self, thing: &JsValue) {
        if self.state.worker.post_message(thing).is_err() {
            self.state.fall();
        }
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// [`CallError::Gone`] if the worker ends before it answers, and for every call
    /// after that.
    pub async fn ask(&self, question: &Q) -> Result<A, CallError> {
        if self.state.gone.get() {
            return Err(CallError::Gone);
        }
        let number = self.state.next.get();
        self.state
            .next
            .set(number.checked_add(1).unwrap_or(protocol::UNASKED + 1));
        let message = protocol::write(number, question).map_err(|_| CallError::Unreadable)?;
        let (sender, receiver) = oneshot::channel();
        self.state.waiting.borrow_mut().insert(number, sender);
        self.state.post(&Uint8Array::from(message.as_slice()));
        let answer = receiver.await.map_err(|_| CallError::Gone)?;
        protocol::split(&answer)
            .and_then(|(_, value)| protocol::read(value))
            .ok_or(CallError::Unreadable)
    }
}

impl State {
    fn post(&self, message: &Uint8Array) {
        let posted = self
            .worker
            .post_message_with_transfer(message, &Array::of1(&message.buffer()));
        if posted.is_err() {
            self.fall();
        }
    }

    fn started(&self) {
        if let Some(hello) = self.hello.borrow_mut().take() {
            // Nobody waits any more when what wanted it was given up.
            let _ = hello.send(());
        }
    }

    /// Who asked decodes it.
    fn answered(&self, number: u32, message: Vec<u8>) {
        if let Some(sender) = self.waiting.borrow_mut().remove(&number) {
            // Nobody waits any more when the component that asked is gone.
            let _ = sender.send(message);
        }
    }

    /// Dropping the senders tells everybody who waits.
    fn fall(&self) {
        self.gone.set(true);
        self.hello.borrow_mut().take();
        self.waiting.borrow_mut().clear();
    }
}

impl<Q, A> Drop for Caller<Q, A> {
    fn drop(&mut self) {
        self.state.worker.set_onmessage(None);
        self.state.worker.set_onerror(None);
        self.state.worker.terminate();
        self.state.fall();
    }
}
