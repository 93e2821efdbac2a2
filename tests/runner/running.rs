//! A step while it runs: its log is read line by line, and it can be cancelled.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use super::finished::Finished;
use super::folders::Folders;

/// What the runner does to a step that shall stop, and how long it waits after each.
const LADDER: [(&str, Duration); 3] = [
    ("INT", Duration::from_millis(7500)),
    ("TERM", Duration::from_millis(2500)),
    ("KILL", Duration::from_secs(1)),
];
const TICK: Duration = Duration::from_millis(5);

pub(crate) struct Running {
    child: Child,
    /// What clears away what is left of it.
    sweep: Option<Command>,
    log: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
    folders: Option<Folders>,
    secrets: Vec<String>,
    started: Instant,
}

impl Running {
    /// No terminal, no input, both streams read to their ends.
    pub(crate) fn start(mut command: Command, folders: Folders, secrets: Vec<String>) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the action starts");
        let log = Arc::<Mutex<Vec<String>>>::default();
        let readers = vec![
            follow(child.stdout.take().unwrap(), &log),
            follow(child.stderr.take().unwrap(), &log),
        ];
        Self {
            child,
            sweep: None,
            log,
            readers,
            folders: Some(folders),
            secrets,
            started: Instant::now(),
        }
    }

    /// What ends with it, however it ends.
    pub(crate) fn leaving(mut self, sweep: Command) -> Self {
        self.sweep = Some(sweep);
        self
    }

    #[track_caller]
    pub(crate) fn wait(mut self, limit: Duration) -> Finished {
        match self.ended_within(limit) {
            Some(status) => self.finish(status, None),
            None => panic!(
                "still running after {limit:?}:\n{}",
                self.log.lock().unwrap().join("\n")
            ),
        }
    }

    /// The number of its process, for [`signal`].
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end, however it comes; what it left behind is judged by nobody.
    #[track_caller]
    pub(crate) fn died(mut self, limit: Duration) {
        assert!(self.ended_within(limit).is_some(), "still running");
    }

    /// Someone clicked "Cancel workflow".
    #[track_caller]
    pub(crate) fn cancel(mut self) -> Finished {
        for (name, patience) in LADDER {
            signal(self.child.id(), name);
            if let Some(status) = self.ended_within(patience) {
                return self.finish(status, Some(name));
            }
        }
        panic!("not even SIGKILL ended it")
    }

    fn ended_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            sleep(TICK);
        }
        None
    }

    #[track_caller]
    fn finish(&mut self, status: ExitStatus, stopped_by: Option<&'static str>) -> Finished {
        self.readers
            .drain(..)
            .for_each(|reader| reader.join().unwrap());
        let log = std::mem::take(&mut *self.log.lock().unwrap());
        let folders = self.folders.take().unwrap();
        Finished::judge(
            status.code(),
            stopped_by,
            self.started.elapsed(),
            &log,
            &folders,
            &self.secrets,
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.sweep.as_mut().map(Command::output);
    }
}

/// Sends a signal to a process.
#[track_caller]
pub(crate) fn signal(process: u32, name: &str) {
    let mut kill = Command::new("kill");
    let sent = kill.args(["-s", name, &process.to_string()]).status();
    assert!(sent.unwrap().success(), "kill -s {name}");
}

fn follow(mut stream: impl Read + Send + 'static, log: &Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    let log = Arc::clone(log);
    spawn(move || {
        let (mut pending, mut chunk) = (Vec::new(), [0; 4096]);
        while let Ok(length @ 1..) = stream.read(&mut chunk) {
            pending.extend_from_slice(&chunk[..length]);
            // A line ends where .NET's ReadLine says: at \n, at \r\n, and at a lone \r.
            while let Some(end) = pending
                .iter()
                .position(|byte| matches!(byte, b'\n' | b'\r'))
            {
                let line: Vec<u8> = pending.drain(..=end).collect();
                push(&log, &line[..end]);
            }
        }
        push(&log, &pending);
    })
}

/// Blank lines are left out: they say nothing, and \r\n leaves one.
fn push(log: &Mutex<Vec<String>>, line: &[u8]) {
    if !line.is_empty() {
        log.lock()
            .unwrap()
            .push(String::from_utf8_lossy(line).into_owned());
    }
}
