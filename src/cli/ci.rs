//! The formats that CI systems read: the same for every result that is a run of rules.

use super::delivery::Format;
use crate::audit::{GateReport, Report};
use crate::output::ci::{Run, checkstyle, github, gitlab, junit, sarif, summary};
use std::marker::PhantomData;

/// A result that CI systems are told of.
pub(super) trait Told {
    /// What it says of its rules.
    fn run(&self) -> Run<'_>;
}

impl Told for Report {
    fn run(&self) -> Run<'_> {
        Run::of_audit(self)
    }
}

impl Told for GateReport {
    fn run(&self) -> Run<'_> {
        Run::of_gate(self)
    }
}

/// The rows of a command's table of formats.
pub(super) struct Ci<R>(PhantomData<R>);

impl<R: Told> Ci<R> {
    pub(super) const SARIF: Format<R> = Format {
        name: "sarif",
        write: |out, told, look| sarif::write(out, &told.run().seen_from(look), sarif::Waived::Left, look.lang),
    };
    pub(super) const SARIF_WAIVED: Format<R> = Format {
        name: "sarif-waived",
        write: |out, told, look| sarif::write(out, &told.run().seen_from(look), sarif::Waived::Suppressed, look.lang),
    };
    pub(super) const JUNIT: Format<R> =
        Format { name: "junit", write: |out, told, look| junit::write(out, &told.run().seen_from(look), look.lang) };
    pub(super) const GITLAB: Format<R> =
        Format { name: "gitlab", write: |out, told, look| gitlab::write(out, &told.run().seen_from(look), look.lang) };
    pub(super) const GITHUB: Format<R> =
        Format { name: "github", write: |out, told, look| github::write(out, &told.run().seen_from(look), look.lang) };
    pub(super) const GITHUB_SUMMARY: Format<R> = Format {
        name: "github-summary",
        write: |out, told, look| summary::write(out, &told.run().seen_from(look), look.lang),
    };
    pub(super) const CHECKSTYLE: Format<R> = Format {
        name: "checkstyle",
        write: |out, told, look| checkstyle::write(out, &told.run().seen_from(look), look.lang),
    };
}
