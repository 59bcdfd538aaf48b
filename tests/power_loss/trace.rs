//! Traces: a program's system calls in order, as `strace -f -yy` prints them.
//!
//! A call has a start and an end, because calls of several threads overlap. "Before" always means
//! that one call had ended when the other began.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The calls that `strace` records: those that create, write, sync, rename and send.
pub const CALLS: &str = "openat,mkdir,mkdirat,write,writev,pwrite64,copy_file_range,sendfile,ioctl,\
                         ftruncate,fsync,fdatasync,rename,renameat,renameat2,sendto,sendmsg";

/// What a call did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Created a folder.
    MadeFolder(PathBuf),
    /// Created a file, or opened it with the flag to create it.
    Created(PathBuf),
    /// Changed a file's bytes; the text is what was written, as `strace` prints it.
    Wrote(PathBuf, String),
    /// Made the contents of a file or folder durable.
    Synced(PathBuf),
    /// Renamed a file.
    Renamed(PathBuf, PathBuf),
    /// Sent bytes on a connection; the text is what was sent.
    Sent(String),
}

/// A call and when it happened, in lines of the trace.
#[derive(Clone, Debug)]
pub struct Call {
    /// What it did.
    pub deed: Deed,
    /// The line on which it began.
    pub start: usize,
    /// The line on which it ended.
    pub end: usize,
}

/// Reads the calls that succeeded, in the order of their ends. Relative paths are under `cwd`.
pub fn read(trace: &str, cwd: &Path) -> Vec<Call> {
    let mut unfinished: HashMap<(&str, &str), (usize, &str)> = HashMap::new();
    let mut calls = Vec::new();
    for (number, line) in trace.lines().enumerate() {
        let Some((process, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if let Some(begun) = call.strip_suffix(" <unfinished ...>") {
            let name = begun.split('(').next().unwrap();
            unfinished.insert((process, name), (number, begun));
            continue;
        }
        let (start, text) = match call.strip_prefix("<... ") {
            Some(rest) => {
                let (name, rest) = rest.split_once(" resumed>").expect("`name resumed>`");
                let (start, begun) = unfinished.remove(&(process, name)).expect("it was begun");
                (start, format!("{begun}{rest}"))
            }
            None => (number, call.to_string()),
        };
        let Some((text, result)) = text.rsplit_once(" = ") else { continue };
        if !result.starts_with('-') {
            calls.extend(deed(text.trim_end(), cwd).map(|deed| Call { deed, start, end: number }));
        }
    }
    calls
}

fn deed(text: &str, cwd: &Path) -> Option<Deed> {
    let (name, arguments) = text.split_once('(')?;
    let quoted = |nth: usize| Some(cwd.join(arguments.split('"').nth(2 * nth + 1)?));
    let file = |nth: usize| behind(arguments, nth).filter(|file| file.starts_with('/'));
    let socket = || behind(arguments, 0).is_some_and(|file| file.starts_with("TCP"));
    Some(match name {
        "mkdir" | "mkdirat" => Deed::MadeFolder(quoted(0)?),
        "openat" if arguments.contains("O_CREAT") => Deed::Created(quoted(0)?),
        "write" | "writev" | "sendto" | "sendmsg" if socket() => Deed::Sent(arguments.into()),
        "write" | "writev" | "pwrite64" | "ftruncate" => {
            Deed::Wrote(file(0)?.into(), arguments.into())
        }
        "ioctl" if arguments.contains("FICLONE") => Deed::Wrote(file(0)?.into(), String::new()),
        "sendfile" => Deed::Wrote(file(0)?.into(), String::new()),
        "copy_file_range" => Deed::Wrote(file(1)?.into(), String::new()),
        "fsync" | "fdatasync" => Deed::Synced(file(0)?.into()),
        "rename" | "renameat" | "renameat2" => Deed::Renamed(quoted(0)?, quoted(1)?),
        _ => return None,
    })
}

/// The target of the `nth` file descriptor: `4</tmp/x>` or `4<TCP:[a->b]>`.
fn behind(arguments: &str, nth: usize) -> Option<&str> {
    let mut rest = arguments;
    for skipped in 0.. {
        let open = rest.find('<')?;
        let end =
            open + rest[open..].find(if rest[open..].starts_with("<TCP") { "]>" } else { ">" })?;
        if skipped == nth {
            return Some(&rest[open + 1..end]);
        }
        rest = &rest[end + 1..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_several_threads_are_separated() {
        let trace = "\
7  openat(AT_FDCWD</p>, \"a.txt\", O_RDWR|O_CREAT|O_EXCL, 0600) = 4</p/a.txt>
7  write(4</p/a.txt>, \"one\", 3 <unfinished ...>
8  writev(5<TCP:[127.0.0.1:1->127.0.0.1:2]>, [{iov_base=\"GET /\", iov_len=5}], 1) = 5
7  <... write resumed>)      = 3
7  fsync(4</p/a.txt>)                = 0
8  mkdir(\"b\", 0777)        = -1 EEXIST (File exists)
7  renameat(AT_FDCWD</p>, \"/p/a.txt\", AT_FDCWD</p>, \"/p/b.txt\") = 0
8  copy_file_range(4</p/a>, NULL, 5</p/b>, NULL, 9, 0) = 9
";
        let calls = read(trace, Path::new("/p"));
        let path = PathBuf::from;
        let deeds: Vec<Deed> = calls.iter().map(|call| call.deed.clone()).collect();
        let sent = "5<TCP:[127.0.0.1:1->127.0.0.1:2]>, [{iov_base=\"GET /\", iov_len=5}], 1)";
        assert_eq!(
            deeds,
            [
                Deed::Created(path("/p/a.txt")),
                Deed::Sent(sent.into()),
                Deed::Wrote(path("/p/a.txt"), "4</p/a.txt>, \"one\", 3)".into()),
                Deed::Synced(path("/p/a.txt")),
                Deed::Renamed(path("/p/a.txt"), path("/p/b.txt")),
                Deed::Wrote(path("/p/b"), String::new()),
            ]
        );
        assert_eq!((calls[2].start, calls[2].end), (1, 3));
    }
}
