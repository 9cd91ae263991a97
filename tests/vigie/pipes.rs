//! What happens when nobody reads, or when there is no room to write.

#[cfg(unix)]
#[test]
fn a_broken_pipe_is_a_silent_success() {
    use std::process::Stdio;
    let folder = tempfile::tempdir().unwrap();
    let mut command = crate::support::vigie(folder.path(), &Default::default());
    let mut child = command.args(["completions", "zsh"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

/// Whoever pipes into `head` or `true` still learns that a gate is closed.
#[cfg(unix)]
#[test]
fn a_broken_pipe_opens_no_gate() {
    use std::process::Stdio;
    let folder = tempfile::tempdir().unwrap();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    for (line, code) in [
        (format!("gate {fixtures}/manifests/essai-soins-8.2.0.toml"), 1),
        (format!("gate {fixtures}/manifests/essai-soins-9.0.0.toml"), 0),
        (format!("audit {fixtures}/parc-demo.csv --fail-on blocking --format json"), 1),
        (format!("audit {fixtures}/parc-demo.csv --format json"), 0),
        (format!("rates {fixtures}/parc-national.csv --by profession --fail-under 99.9%"), 1),
    ] {
        let mut command = crate::support::vigie(folder.path(), &Default::default());
        command.args(line.split(' ')).args(["--as-of", "2026-11-22", "--quiet"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(code), &b""[..]), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = crate::support::vigie(folder.path(), &Default::default());
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command.args(["schema", "audit"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error[output/write]: cannot write to the standard output: no space left"), "{stderr}");
}
