//! Shell scripts: what `completions SHELL` prints. Each asks the program at every completion, so it
//! never has to be printed again.

use clap::CommandFactory;
use clap_complete::CompleteEnv;
use clap_complete::Shell;
use clap_complete::env::Shells;

use super::args::Arguments;
use super::completion::VARIABLE;

/// The name under which the program is completed and called.
const PROGRAM: &str = "kling-build";

/// The script for bash. Bash splits words at `:` and `=`, so the words are put together again from
/// the line, and candidates are cut where bash begins its own last word.
const BASH: &str = r#"_kling_build() {
    local line=${COMP_LINE:0:COMP_POINT} words=() i before word
    for ((i = 0; i <= COMP_CWORD; i++)); do
        before=$line
        line=${line#"${line%%[![:space:]]*}"}
        if ((i == COMP_CWORD)); then word=$line; else word=${COMP_WORDS[i]}; fi
        if ((i > 0)) && [[ $before == "$line" ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        line=${line#"$word"}
    done
    local index=$((${#words[@]} - 1)) breaks=${COMP_WORDBREAKS//[^:=]/} cut=
    word=${words[index]}
    if [[ -n $breaks ]]; then cut=${word%"${word##*[$breaks]}"}; fi
    COMPREPLY=()
    while IFS= read -r word || [[ -n $word ]]; do
        COMPREPLY+=("${word#"$cut"}")
    done < <(VARIABLE=bash _CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX=$index \
        kling-build -- "${words[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/=:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o bashdefault -o nosort -F _kling_build kling-build 2>/dev/null ||
    complete -o bashdefault -F _kling_build kling-build
"#;

/// Answers a shell that asks for completions and ends the process; does nothing in any other run.
pub fn answer() {
    CompleteEnv::with_factory(Arguments::command).var(VARIABLE).complete();
}

/// The script for a shell.
pub fn script(shell: Shell) -> String {
    if shell == Shell::Bash {
        return BASH.replace("VARIABLE", VARIABLE);
    }
    let shells = Shells::builtins();
    let completer = shells.completer(&shell.to_string()).expect("every shell has a completer");
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)
        .expect("writing to memory does not fail");
    String::from_utf8(script).expect("the scripts are text")
}
