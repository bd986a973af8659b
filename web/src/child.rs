//! A worker, as the thread that started it has it.

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::messages::{self, Message};
use crate::own_program;
use crate::thrown::explain;

/// What comes from a worker.
#[derive(Debug)]
pub enum Said<T> {
    /// A message.
    Message(T),
    /// Its last words: it is of no use any more.
    Death(String),
}

/// A running worker; dropping it ends it, and nothing is heard of it from then on.
#[derive(Debug)]
pub struct Child {
    worker: Worker,
    _listeners: [EventListener; 3],
}

impl Drop for Child {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl Child {
    /// Start the module `script`, found beside the one that runs here.
    pub fn start<T: Message + 'static>(
        script: &'static str,
        name: &str,
        hear: impl Fn(Said<T>) + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(name);
        let worker = Worker::new_with_options(script, &options).map_err(|error| explain(&error))?;
        let hear = Rc::new(hear);
        let listen = |event: &'static str, said: fn(&'static str, &Event) -> Said<T>| {
            let hear = hear.clone();
            // An error that is not prevented goes on to the console as well.
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&worker, event, options, move |event| {
                event.prevent_default();
                hear(said(script, event));
            })
        };
        let listeners = [
            listen("message", message),
            listen("error", |script, event| {
                Said::Death(last_words(script, event))
            }),
            listen("messageerror", |_, _| {
                Said::Death("one of its messages could not be read".into())
            }),
        ];
        Ok(Self {
            worker,
            _listeners: listeners,
        })
    }

    /// Start the program that runs here in a worker.
    pub fn start_own<T: Message + 'static>(
        name: &str,
        hear: impl Fn(Said<T>) + 'static,
    ) -> Result<Self, String> {
        let child = Self::start(own_program::SCRIPT, name, hear)?;
        let program = own_program::message();
        let sent = child.worker.post_message(&program);
        sent.map_err(|error| explain(&error))?;
        Ok(child)
    }

    /// Send it a message.
    pub fn send<T: Message>(&self, message: &T) {
        messages::send(&self.worker, message);
    }
}

fn message<T: Message>(script: &'static str, event: &Event) -> Said<T> {
    let data = event.unchecked_ref::<MessageEvent>().data();
    match messages::read(&data) {
        Ok(message) => Said::Message(message),
        Err(error) => Said::Death(format!("{script} said what is no message: {error}")),
    }
}

fn last_words(script: &str, event: &Event) -> String {
    // A script that cannot be fetched gives a plain Event without a message.
    event
        .dyn_ref::<ErrorEvent>()
        .map(ErrorEvent::message)
        .filter(|message| !message.is_empty())
        .unwrap_or_else(|| format!("{script} could not be loaded"))
}
