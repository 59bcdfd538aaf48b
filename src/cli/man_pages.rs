//! Man pages: the program's own and one for each command, made from the arguments.

use clap::{Command as ClapCommand, CommandFactory};
use clap_mangen::Man;

use super::args::Arguments;

/// A man page.
pub struct ManPage {
    /// Its file name, such as `kling-build-plan.1`.
    pub file: String,
    /// Its text, in roff.
    pub roff: Vec<u8>,
}

/// The program's page, then one for each command and each command of a command, in the order of
/// `--help`.
pub fn man_pages() -> Vec<ManPage> {
    let mut program = Arguments::command();
    program.build();
    let mut pages = Vec::new();
    add(&program, &mut pages);
    pages
}

fn add(command: &ClapCommand, pages: &mut Vec<ManPage>) {
    // A page says `kling-build-plan(1)`; the commands of clap itself have no page.
    let man = Man::new(command.clone()).manual("kling-build");
    let mut roff = Vec::new();
    man.render(&mut roff).expect("writing to memory does not fail");
    pages.push(ManPage { file: man.get_filename(), roff });
    command.get_subcommands().filter(|inner| inner.get_name() != "help").for_each(|inner| {
        add(inner, pages);
    });
}
