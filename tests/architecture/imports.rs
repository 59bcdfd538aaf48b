//! Which module imports which.

use std::collections::BTreeMap;

use super::source::{Names, SourceFile};

/// The modules of the program, each with the children that its file declares, in order.
pub struct ModuleTree(BTreeMap<Names, Names>);

impl ModuleTree {
    /// The tree of these files.
    pub fn of(files: &[SourceFile]) -> ModuleTree {
        ModuleTree(files.iter().map(|file| (file.module.clone(), file.children())).collect())
    }

    /// Whether a module, or one above it, is declared for tests only.
    pub fn is_for_tests(&self, module: &Names) -> bool {
        (1..=module.len()).any(|length| {
            let (name, folder) = module[..length].split_last().expect("it has a name");
            self.0.get(folder).is_some_and(|declared| !declared.contains(name))
        })
    }

    /// The modules that a file imports from, with `super` and `self` resolved.
    pub fn imports(&self, file: &SourceFile) -> Vec<Names> {
        let mut imports: Vec<Names> =
            file.paths().iter().filter_map(|path| self.target(file, path)).collect();
        imports.sort();
        imports.dedup();
        imports.retain(|target| *target != file.module);
        imports
    }

    fn target(&self, file: &SourceFile, path: &Names) -> Option<Names> {
        let mut rest = path.as_slice();
        let mut target = match rest.first()?.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => file.module.clone(),
            child if file.children().iter().any(|name| name == child) => file.module.clone(),
            _ => return None,
        };
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "crate" | "self" => {}
                "super" => {
                    // Inside an inline module, `super` is this file.
                    target.pop();
                }
                _ => break,
            }
            rest = others;
        }
        for name in rest {
            target.push(name.clone());
            if !self.0.contains_key(&target) {
                target.pop();
                break;
            }
        }
        Some(target)
    }

    /// Why one module must not import another, if there is a reason.
    pub fn fault(&self, from: &SourceFile, to: &Names) -> Option<String> {
        let (source, target) = (&from.module, to);
        let shared = source.iter().zip(target).take_while(|(a, b)| a == b).count();
        let folder = &source[..shared];
        let (below, above) = (source.get(shared), target.get(shared));
        let (Some(below), Some(above)) = (below, above) else {
            // The `mod.rs` of a folder re-exports what is in the folder.
            let is_own_child = below.is_none() && from.is_front();
            let names = target.join("::");
            return (!is_own_child).then(|| format!("imports through `{names}`, its own folder"));
        };
        let order = &self.0[folder];
        let place = |name: &String| order.iter().position(|child| child == name);
        (place(above) >= place(below)).then(|| {
            let folder = if folder.is_empty() { "lib.rs".into() } else { folder.join("/") };
            format!("imports `{}`: {folder} declares `{above}` below `{below}`", target.join("::"))
        })
    }
}
