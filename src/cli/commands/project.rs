//! `init`, `catalog`, `schema`, `completions` and `man`: commands that do not need a storyboard.

use clap::ValueEnum;

use crate::base::quoted;
use crate::catalog::Catalog;
use crate::cli::args::project::{CatalogArgs, CompletionsArgs, InitArgs, ManArgs, SchemaFormat};
use crate::cli::man_pages::man_pages;
use crate::cli::runtime::runtime;
use crate::cli::shell_scripts;
use crate::cli::terminal::print;
use crate::cli::{environment, terminal};
use crate::report::{CatalogDifferences, CatalogDocument, catalog_table, count, schema_of};
use crate::runner::{Exit, NewProject, Refusal, listed_models, read_catalog_file};
use crate::store::{Disk, LocalDisk, write_atomically};
use crate::storyboard::{json_schema, json_schema_of_included};

/// Writes a small starter film.
pub fn init(arguments: &InitArgs) -> Result<Exit, Refusal> {
    let schema = format!("{:#}\n", json_schema().to_value());
    let folder = arguments.folder.strip_prefix(".").unwrap_or(&arguments.folder);
    let project = NewProject::write(&LocalDisk, folder, &schema, arguments.api)?;
    for path in &project.written {
        terminal::message(format_args!("wrote {}\n", path.display()));
    }
    if let Some(path) = &project.lacks_ignore {
        terminal::message(format_args!(
            "note: add `/build/` to {}: videos do not belong in git\n",
            path.display()
        ));
    }
    let enter = match folder.as_os_str().is_empty() {
        true => String::new(),
        false => format!("cd {} && ", quoted(&folder.display().to_string())),
    };
    terminal::message(format_args!("next: {enter}kling-build --preview\n"));
    Ok(Exit::Done)
}

/// Prints how the API's list of models differs from the catalog, and writes what is new to a file if
/// told to. A file that is there already is itself a catalog, and keeps all that it says.
fn refresh(arguments: &CatalogArgs) -> Result<Exit, Refusal> {
    let (file, environment) = (arguments.write.as_deref(), environment::read(None)?);
    let present = file.filter(|file| LocalDisk.has_file(file));
    let present = present.map(|file| read_catalog_file(&LocalDisk, file)).transpose()?;
    let names_catalog = arguments.catalog.is_some() || environment.catalog.is_some();
    let catalog = match &present {
        Some((_, own)) if !names_catalog => own,
        _ => environment::catalog(arguments.catalog.as_deref())?,
    };
    let listed = runtime()?.block_on(listed_models(&environment, catalog))?;
    let found = CatalogDifferences::of(&listed, catalog);
    print(&found.print())?;
    let Some(file) = file else { return Ok(Exit::Done) };
    let shown = file.display();
    let text = match present {
        None => found.file(),
        Some(_) => {
            // The API took its time, and the file may have been saved meanwhile.
            let (source, own) = read_catalog_file(&LocalDisk, file)?;
            let added = found.without(own).added_to(&source);
            let Some(text) = added.map_err(|error| Refusal::usage(*error))? else {
                terminal::message(format_args!(
                    "{shown} mentions every new model already; nothing was changed\n"
                ));
                return Ok(Exit::Done);
            };
            text
        }
    };
    write_atomically(&LocalDisk, file, text.as_bytes()).map_err(|error| {
        let what = format!("`{shown}` cannot be written: {error}");
        Refusal::machine("write", what, "name a file in a folder that can be written")
    })?;
    terminal::message(format_args!("wrote {shown}\n"));
    Ok(Exit::Done)
}

/// Prints the models.
pub fn catalog(arguments: &CatalogArgs) -> Result<Exit, Refusal> {
    if arguments.print {
        return print(&Catalog::printed());
    }
    if arguments.refresh {
        return refresh(arguments);
    }
    let catalog = environment::catalog(arguments.catalog.as_deref())?;
    print(&if arguments.json {
        CatalogDocument::of(catalog).print()
    } else {
        catalog_table(catalog)
    })
}

/// Prints a schema.
pub fn schema(format: SchemaFormat) -> Result<Exit, Refusal> {
    let schema = match format {
        SchemaFormat::Storyboard => Some(serde_json::Value::from(json_schema())),
        SchemaFormat::Include => Some(serde_json::Value::from(json_schema_of_included())),
        // Each format has the name of its schema.
        format => format.to_possible_value().and_then(|value| schema_of(value.get_name())),
    };
    let schema = schema.expect("every format that the arguments know has a schema");
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    print(&text)
}

/// Prints the script that completes the program in a shell.
pub fn completions(arguments: &CompletionsArgs) -> Result<Exit, Refusal> {
    print(&shell_scripts::script(arguments.shell))
}

/// Prints the program's man page, or writes all pages into a folder.
pub fn man(arguments: &ManArgs) -> Result<Exit, Refusal> {
    let pages = man_pages();
    let Some(folder) = &arguments.out else {
        return print(&String::from_utf8_lossy(&pages[0].roff));
    };
    for page in &pages {
        let path = folder.join(&page.file);
        write_atomically(&LocalDisk, &path, &page.roff).map_err(|error| {
            let what = format!("`{}` cannot be written: {error}", path.display());
            Refusal::machine("man", what, "name a folder that you may write to")
        })?;
    }
    let (written, folder) = (count(pages.len(), "page"), folder.display());
    terminal::message(format_args!("wrote {written} to {folder}\n"));
    Ok(Exit::Done)
}
