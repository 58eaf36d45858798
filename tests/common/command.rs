//! Running other programs: their output is kept, and shown whole when they fail.

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than the slowest program of the tests (a whole pytest run) takes on a
/// slow machine: who needs more has stopped.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What a program printed, and how it ended.
pub struct Captured {
    pub stdout: String,
    pub stderr: String,
    pub status: ExitStatus,
    command: String,
}

impl Captured {
    /// Runs the command to its end, whatever that is.
    pub fn of(command: &mut Command) -> Captured {
        let shown = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start {shown}: {e}"));
        let stdout = reader(child.stdout.take().expect("a piped stdout"));
        let stderr = reader(child.stderr.take().expect("a piped stderr"));
        let deadline = Instant::now() + PATIENCE;
        let mut nap = Duration::from_millis(1);
        let status = loop {
            if let Some(status) = child.try_wait().expect("the state of a child") {
                break status;
            }
            if Instant::now() > deadline {
                child.kill().expect("a child that can be killed");
                break child.wait().expect("the end of a killed child");
            }
            thread::sleep(nap);
            nap = (nap * 2).min(Duration::from_millis(50));
        };
        Captured {
            stdout: stdout.join().expect("all of stdout"),
            stderr: stderr.join().expect("all of stderr"),
            status,
            command: shown,
        }
    }

    /// The command, how it ended and all that it printed.
    pub fn report(&self) -> String {
        format!(
            "{}\nended with {}\n--- stdout ---\n{}--- stderr ---\n{}---",
            self.command, self.status, self.stdout, self.stderr
        )
    }
}

/// Runs a command that has to succeed; panics with all of its output otherwise.
pub fn run(command: &mut Command) -> Captured {
    let captured = Captured::of(command);
    assert!(captured.status.success(), "{}", captured.report());
    captured
}

fn reader(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("a readable pipe");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
