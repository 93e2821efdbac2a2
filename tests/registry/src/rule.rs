use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use hyper::header::{HeaderName, HeaderValue};

use crate::call::Call;
use crate::fault::{At, Effect, End};

/// A rule: which requests it matches, which of those it strikes, and what happens to them.
///
/// It holds from the moment `Registry::on` returns it; each method changes it in place. Without [`Rule::nth`],
/// [`Rule::times`] or [`Rule::from`] it strikes every request it matches. Of several rules that strike the same
/// request the oldest that does something to it wins; all of them count it and run their closures.
#[derive(Clone)]
pub struct Rule(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    method: Option<Method>,
    path: String,
    query: String,
    host: String,
    first: u64,
    times: Option<u64>,
    seen: u64,
    struck: u64,
    /// `None` as long as the rule only counts.
    effect: Option<Effect>,
    hook: Option<Hook>,
}

type Hook = Arc<dyn Fn() + Send + Sync>;

/// Which requests are struck.
#[allow(clippy::return_self_not_must_use)]
impl Rule {
    pub(crate) fn new(method: Option<Method>, path: &str) -> Self {
        let state = State {
            method,
            path: path.to_owned(),
            first: 1,
            ..State::default()
        };
        Self(Arc::new(Mutex::new(state)))
    }

    fn set(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.0.lock().expect("no one panics with the lock"));
        self
    }

    fn effect(self, change: impl FnOnce(&mut Effect)) -> Self {
        self.set(|state| change(state.effect.get_or_insert_default()))
    }

    /// Only requests whose query contains this.
    pub fn query(self, part: &str) -> Self {
        self.set(|state| part.clone_into(&mut state.query))
    }

    /// Only requests whose `Host` contains this.
    pub fn host(self, part: &str) -> Self {
        self.set(|state| part.clone_into(&mut state.host))
    }

    /// Strikes the n-th match only, counted from 1; with [`Rule::times`], so many from there on.
    pub fn nth(self, n: u64) -> Self {
        self.set(|state| {
            state.first = n;
            state.times = state.times.or(Some(1));
        })
    }

    /// Strikes so many matches.
    pub fn times(self, times: u64) -> Self {
        self.set(|state| state.times = Some(times))
    }

    /// Strikes the n-th match and all after it.
    pub fn from(self, n: u64) -> Self {
        self.set(|state| {
            state.first = n;
            state.times = None;
        })
    }

    /// How many requests it has struck.
    pub fn struck(&self) -> u64 {
        self.0.lock().expect("no one panics with the lock").struck
    }

    /// How many requests it has matched.
    pub fn seen(&self) -> u64 {
        self.0.lock().expect("no one panics with the lock").seen
    }

    /// Counts a request, and says what is to be run and what happens to it if it is struck.
    fn meet(&self, call: &Call) -> Option<(Option<Hook>, Option<Effect>)> {
        let mut state = self.0.lock().expect("no one panics with the lock");
        if !state.matches(call) {
            return None;
        }
        state.seen += 1;
        let past = state.seen.checked_sub(state.first)?;
        if state.times.is_some_and(|times| past >= times) {
            return None;
        }
        state.struck += 1;
        Some((state.hook.clone(), state.effect.clone()))
    }
}

impl State {
    fn matches(&self, call: &Call) -> bool {
        let method = self.method.as_ref();
        method.is_none_or(|method| *method == call.method)
            && call.path.contains(&self.path)
            && call.query.contains(&self.query)
            && call.host.contains(&self.host)
    }
}

/// What happens to them.
#[allow(clippy::return_self_not_must_use)]
impl Rule {
    /// Answers this status at once; the request is not carried out.
    pub fn status(self, status: u16) -> Self {
        self.effect(|effect| {
            effect.skipped = true;
            effect.end = End::Status(status);
        })
    }

    /// Closes the connection without an answer; the request is not carried out.
    pub fn close(self) -> Self {
        self.effect(|effect| {
            effect.skipped = true;
            effect.end = End::Close;
        })
    }

    /// Never answers; the request is not carried out.
    pub fn hang(self) -> Self {
        self.effect(|effect| {
            effect.skipped = true;
            effect.end = End::Hang;
        })
    }

    /// Carries the request out, then closes the connection without an answer.
    pub fn apply_then_close(self) -> Self {
        self.effect(|effect| effect.end = End::Close)
    }

    /// Carries the request out, then never answers.
    pub fn apply_then_hang(self) -> Self {
        self.effect(|effect| effect.end = End::Hang)
    }

    /// Carries the request out, then answers this status.
    pub fn apply_then_status(self, status: u16) -> Self {
        self.effect(|effect| effect.end = End::Status(status))
    }

    /// Waits so long before doing anything.
    pub fn delay(self, delay: Duration) -> Self {
        self.effect(|effect| effect.delay = delay)
    }

    /// Runs this when the request has arrived, before anything else is done about it.
    pub fn run(self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.set(|state| state.hook = Some(Arc::new(hook)))
    }

    /// Sets a header of the answer; a real answer keeps its status and its other headers.
    pub fn header(self, name: &str, value: impl fmt::Display) -> Self {
        let name = HeaderName::try_from(name).expect("a header name");
        let value = HeaderValue::try_from(value.to_string()).expect("a header value");
        self.effect(|effect| effect.headers.push((name, Some(value))))
    }

    /// Leaves a header of the answer out.
    pub fn without_header(self, name: &str) -> Self {
        let name = HeaderName::try_from(name).expect("a header name");
        self.effect(|effect| effect.headers.push((name, None)))
    }

    /// Sets `Retry-After`: seconds or a date.
    pub fn retry_after(self, value: impl fmt::Display) -> Self {
        self.header("retry-after", value)
    }

    /// Replaces the answer's body.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        self.effect(|effect| effect.body = Some(body))
    }

    /// Closes the connection after `n` bytes of the answer's body.
    pub fn cut_body_at(self, n: u64) -> Self {
        self.effect(|effect| effect.answer.cut = Some(At::Byte(n)))
    }

    /// Lets the answer's body stand still for ever at its half; an answer without a body never comes.
    pub fn stall(self) -> Self {
        self.effect(|effect| effect.answer.stall = Some(At::Half))
    }

    /// Lets the answer's body stand still for ever after `n` bytes.
    pub fn stall_at(self, n: u64) -> Self {
        self.effect(|effect| effect.answer.stall = Some(At::Byte(n)))
    }

    /// Sends the answer's body so slowly.
    pub fn slow(self, bytes_per_second: u64) -> Self {
        self.effect(|effect| effect.answer.rate = Some(bytes_per_second))
    }

    /// Flips a bit in the middle of the answer's body.
    pub fn corrupt_body(self) -> Self {
        self.effect(|effect| effect.answer.flip = Some(At::Half))
    }

    /// Reads `n` bytes of the request's body, then closes the connection.
    pub fn cut_request_at(self, n: u64) -> Self {
        self.effect(|effect| effect.request.cut = Some(At::Byte(n)))
    }

    /// Reads `n` bytes of the request's body, then reads no more.
    pub fn stall_request_at(self, n: u64) -> Self {
        self.effect(|effect| effect.request.stall = Some(At::Byte(n)))
    }

    /// Reads the request's body so slowly.
    pub fn slow_request(self, bytes_per_second: u64) -> Self {
        self.effect(|effect| effect.request.rate = Some(bytes_per_second))
    }

    /// Answers, or closes, before the request's body was read.
    pub fn unread(self) -> Self {
        self.effect(|effect| effect.unread = true)
    }
}

/// All rules, oldest first.
#[derive(Default)]
pub(crate) struct Rules(Mutex<Vec<Rule>>);

impl Rules {
    pub(crate) fn add(&self, rule: Rule) {
        self.0
            .lock()
            .expect("no one panics with the lock")
            .push(rule);
    }

    pub(crate) fn clear(&self) {
        self.0.lock().expect("no one panics with the lock").clear();
    }

    /// Runs what is to be run, and says what happens to this request.
    pub(crate) fn strike(&self, call: &Call) -> Effect {
        let rules = self.0.lock().expect("no one panics with the lock").clone();
        let struck = rules.iter().filter_map(|rule| rule.meet(call));
        let (hooks, effects): (Vec<_>, Vec<_>) = struck.unzip();
        hooks.iter().flatten().for_each(|hook| hook());
        effects.into_iter().flatten().next().unwrap_or_default()
    }
}
