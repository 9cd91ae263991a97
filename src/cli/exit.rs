//! Exit codes: one enum, and no option changes a meaning.

use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// 0: done, and no gate was asked for or the gate is open.
    Done = 0,
    /// 1: the gate is closed (`--fail-on`, `--fail-under`), or an example of a rule fails.
    Closed = 1,
    /// 2: the work could not be done: usage, pack, input or output.
    CouldNot = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
