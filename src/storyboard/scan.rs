//! The scan: one bounded pass over the YAML events, from bytes to a [`Tree`].
//!
//! Whatever the bytes, it ends soon and takes memory in proportion to the text: depth, nodes and
//! what aliases stand for are limited, and the text is read by an iterative scanner. A mistake that
//! stays within one line is noted, its value is blanked out, and the text is scanned again, so that
//! one missing quote does not hide every other mistake.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::findings::Findings;
use super::syntax;
use super::tree::{Entry, Map, Node, NodeId, Scalar, Style, Tree, Value};
use crate::base::{Diagnostic, Place, Source, Span};

/// How deep collections may lie in one another; a storyboard needs six.
const DEPTH_MAX: usize = 64;
/// How many nodes a text may have: some 100,000 scenes.
const NODES_MAX: usize = 2_000_000;
/// How many nodes aliases may stand for, all together.
const ALIASED_NODES_MAX: u64 = 1_000_000;
/// How many bytes of text aliases may stand for, all together.
const ALIASED_BYTES_MAX: u64 = 16 << 20;
/// How often a text is scanned again after blanking out a value.
const RETRIES_MAX: usize = 50;
/// How many forbidden control characters a text may have and still be taken for one.
const CONTROLS_MAX: usize = 20;
/// How many bytes those scans may read, all together.
const RETRIES_MAX_BYTES: usize = 32 << 20;

/// Reads a text into a tree; what is wrong goes to the findings. `None` when the text as a whole
/// is not YAML.
pub(super) fn scan(source: &Source, findings: &mut Findings) -> Option<Tree> {
    let offsets = Offsets::of(source.text());
    let mut masks = control_characters(source, findings)?;
    let retries = RETRIES_MAX.min(RETRIES_MAX_BYTES / source.text().len().max(1));
    for passes in 0.. {
        let text = masked(source.text(), &masks);
        let mut builder = Builder::new(source, &offsets, &masks);
        match builder.run(&text) {
            Ok(root) => {
                findings.extend(builder.mistakes);
                return Some(Tree { source: source.clone(), nodes: builder.nodes, root });
            }
            Err(Stop::Syntax { info, at, context }) => {
                let mistake = syntax::explain(source, &info, at, context);
                findings.add(mistake.diagnostic);
                match mistake.mask {
                    Some(mask) if passes < retries && !masks.contains(&mask) => {
                        masks.push(mask);
                    }
                    _ => return None,
                }
            }
            Err(Stop::Limit(diagnostic)) => {
                findings.add(*diagnostic);
                return None;
            }
        }
    }
    None
}

/// Reports the control characters that YAML forbids; `None` when there are so many that this is
/// no text.
fn control_characters(source: &Source, findings: &mut Findings) -> Option<Vec<Span>> {
    let is_forbidden = |c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r');
    let found: Vec<(usize, &str)> =
        source.text().match_indices(is_forbidden).take(CONTROLS_MAX + 1).collect();
    let span = |at: usize| Span::new(at, at + 1);
    if let Some((at, _)) = found.first().filter(|_| found.len() > CONTROLS_MAX) {
        findings.add(syntax::not_text(Place::new(source, span(*at))));
        return None;
    }
    for (at, text) in &found {
        let c = text.chars().next().unwrap_or_default();
        findings.add(syntax::control_character(Place::new(source, span(*at)), c));
    }
    Some(found.into_iter().map(|(at, _)| span(at)).collect())
}

/// The text with the masked spans replaced by a plain scalar of the same length in characters.
fn masked<'t>(text: &'t str, masks: &[Span]) -> std::borrow::Cow<'t, str> {
    if masks.is_empty() {
        return text.into();
    }
    let mut masks = masks.to_vec();
    masks.sort_unstable();
    let mut blanked = String::with_capacity(text.len());
    let mut end = 0;
    for mask in masks {
        // A value may hold a character that was masked before.
        let (start, stop) = (mask.start.max(end), mask.end.max(end));
        blanked.push_str(&text[end..start]);
        blanked.extend(text[start..stop].chars().map(|_| 'x'));
        end = stop;
    }
    blanked.push_str(&text[end..]);
    blanked.into()
}

/// Byte offsets of characters, for the scanner counts characters.
struct Offsets {
    /// The byte offset of every `STEP`th character; empty where all characters are single bytes.
    checkpoints: Vec<u32>,
    text_len: usize,
}

impl Offsets {
    const STEP: usize = 64;

    fn of(text: &str) -> Self {
        let checkpoints = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().step_by(Self::STEP).map(|(at, _)| at as u32).collect()
        };
        Offsets { checkpoints, text_len: text.len() }
    }

    fn byte(&self, text: &str, chars: usize) -> usize {
        if self.checkpoints.is_empty() {
            return chars.min(self.text_len);
        }
        let Some(start) = self.checkpoints.get(chars / Self::STEP) else { return self.text_len };
        let start = *start as usize;
        let after = text[start..].char_indices().nth(chars % Self::STEP);
        after.map_or(self.text_len, |(at, _)| start + at)
    }
}

/// Why a pass ended early.
enum Stop {
    /// The text is not YAML: the scanner's words, where, and what it had read.
    Syntax { info: String, at: usize, context: syntax::Context },
    /// A limit was passed.
    Limit(Box<Diagnostic>),
}

/// How much a node holds when its aliases are written out.
#[derive(Clone, Copy, Default)]
struct Weight {
    nodes: u64,
    bytes: u64,
    /// How many collections lie in one another.
    depth: usize,
}

impl Weight {
    fn add(&mut self, other: Weight) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    /// Adds what stands inside.
    fn hold(&mut self, inner: Weight) {
        self.add(inner);
        self.depth = self.depth.max(inner.depth + 1);
    }
}

/// A collection whose end has not come yet.
struct Open {
    anchor: usize,
    start: usize,
    items: Items,
    weight: Weight,
}

enum Items {
    List(Vec<NodeId>),
    Map { map: Map, key: Option<NodeId>, merged: Vec<NodeId>, broken: bool },
}

impl Items {
    fn map() -> Self {
        Items::Map { map: Map::default(), key: None, merged: Vec::new(), broken: false }
    }
}

struct Builder<'s> {
    source: &'s Source,
    offsets: &'s Offsets,
    masks: &'s [Span],
    nodes: Vec<Node>,
    weights: Vec<Weight>,
    /// By anchor number; `None` while the anchored collection is still open.
    anchors: Vec<Option<NodeId>>,
    aliased: Weight,
    mistakes: Vec<Diagnostic>,
    open: Vec<Open>,
    last_key: Option<NodeId>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Source, offsets: &'s Offsets, masks: &'s [Span]) -> Self {
        Builder {
            source,
            offsets,
            masks,
            nodes: Vec::new(),
            weights: Vec::new(),
            anchors: Vec::new(),
            aliased: Weight::default(),
            mistakes: Vec::new(),
            open: Vec::new(),
            last_key: None,
        }
    }

    fn run(&mut self, text: &str) -> Result<NodeId, Stop> {
        let mut root = None;
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let at = self.offsets.byte(self.source.text(), error.marker().index());
                let key = self.last_key.map(|key| self.nodes[key.0 as usize].span);
                let flow = self.open.last().map(|open| open.start).filter(|at| self.is_flow(*at));
                let flow = flow.map(|start| Span::new(start, start + 1));
                let context = syntax::Context { key, flow };
                Stop::Syntax { info: error.info().to_string(), at, context }
            })?;
            let span = self.span(span);
            let done = match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(self.limit(syntax::second_document(self.place(span))));
                    }
                    None
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let style = self.style(style, tag.as_deref(), span);
                    Some(self.scalar(&text, style, anchor, span)?)
                }
                Event::Alias(anchor) => Some(self.alias(anchor, span)?),
                Event::SequenceStart(anchor, tag) => {
                    self.style(ScalarStyle::Plain, tag.as_deref(), span);
                    self.begin(anchor, span, Items::List(Vec::new()))?;
                    None
                }
                Event::MappingStart(anchor, tag) => {
                    self.style(ScalarStyle::Plain, tag.as_deref(), span);
                    self.begin(anchor, span, Items::map())?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => Some(self.end(span)?),
                _ => None,
            };
            if let Some(node) = done {
                match self.open.last_mut() {
                    None => root = Some(node),
                    Some(_) => self.attach(node),
                }
            }
        }
        match root {
            Some(root) => Ok(root),
            None => self.push(Span::new(0, 0), Value::Broken, Weight::default()),
        }
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let text = self.source.text();
        let start = self.offsets.byte(text, span.start.index());
        Span::new(start, self.offsets.byte(text, span.end.index()).max(start))
    }

    fn place(&self, span: Span) -> Place {
        Place::new(self.source, span)
    }

    fn limit(&self, diagnostic: Diagnostic) -> Stop {
        Stop::Limit(Box::new(diagnostic))
    }

    fn is_flow(&self, start: usize) -> bool {
        matches!(self.source.text().as_bytes().get(start), Some(b'{' | b'['))
    }

    /// The style of a scalar; reports tags that mean nothing here.
    fn style(&mut self, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Style {
        const KNOWN: [&str; 7] = ["str", "int", "float", "bool", "null", "map", "seq"];
        let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
        match (tag, core) {
            (Some(_), Some(name)) if KNOWN.contains(&name) => {}
            (Some(tag), _) => {
                let found = tag.to_string();
                self.mistakes.push(syntax::tag(self.place(span), &found));
            }
            (None, _) => {}
        }
        match style {
            ScalarStyle::Plain if core == Some("str") => Style::TaggedText,
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        }
    }

    fn push(&mut self, span: Span, value: Value, weight: Weight) -> Result<NodeId, Stop> {
        if self.nodes.len() >= NODES_MAX {
            return Err(self.limit(syntax::too_many_nodes(self.place(span), NODES_MAX)));
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node { span, value });
        self.weights.push(weight);
        Ok(id)
    }

    fn set_anchor(&mut self, anchor: usize, node: Option<NodeId>) {
        if anchor == 0 {
            return;
        }
        if self.anchors.len() <= anchor {
            self.anchors.resize(anchor + 1, None);
        }
        self.anchors[anchor] = node;
    }

    fn scalar(
        &mut self,
        text: &str,
        style: Style,
        anchor: usize,
        span: Span,
    ) -> Result<NodeId, Stop> {
        let masked = self.masks.iter().any(|mask| mask.start <= span.start && span.end <= mask.end);
        let weight = Weight { nodes: 1, bytes: text.len() as u64, depth: 0 };
        // The span of a block ends where the next key starts; the line breaks between are not its.
        let written = &self.source.text()[span.start..span.end];
        let span = Span::new(span.start, span.start + written.trim_end().len());
        let value = if masked && span.start < span.end {
            Value::Broken
        } else {
            Value::Scalar(Scalar { text: text.into(), style })
        };
        let id = self.push(span, value, weight)?;
        self.set_anchor(anchor, Some(id));
        Ok(id)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<NodeId, Stop> {
        let Some(target) = self.anchors.get(anchor).copied().flatten() else {
            self.mistakes.push(syntax::alias_of_itself(self.place(span)));
            return self.push(span, Value::Broken, Weight::default());
        };
        let weight = self.weights[target.0 as usize];
        self.aliased.add(weight);
        if self.aliased.nodes > ALIASED_NODES_MAX || self.aliased.bytes > ALIASED_BYTES_MAX {
            return Err(self.limit(syntax::alias_bomb(self.place(span))));
        }
        self.push(span, Value::Alias(target), weight)
    }

    fn begin(&mut self, anchor: usize, span: Span, items: Items) -> Result<(), Stop> {
        if self.open.len() >= DEPTH_MAX {
            return Err(self.limit(syntax::too_deep(self.place(span), DEPTH_MAX)));
        }
        self.set_anchor(anchor, None);
        let weight = Weight { nodes: 1, bytes: 0, depth: 0 };
        self.open.push(Open { anchor, start: span.start, items, weight });
        Ok(())
    }

    /// Ends the innermost collection.
    fn end(&mut self, span: Span) -> Result<NodeId, Stop> {
        let open = self.open.pop().expect("the scanner pairs starts and ends");
        // Aliases can make deeper nests than the text shows.
        if open.weight.depth > DEPTH_MAX {
            let place = self.place(Span::new(open.start, open.start));
            return Err(self.limit(syntax::too_deep(place, DEPTH_MAX)));
        }
        let text = self.source.text();
        let end = if self.is_flow(open.start) {
            span.end
        } else {
            let rest = &text[open.start..span.end.max(open.start)];
            open.start + rest.lines().next().map_or(0, |line| line.trim_end().len())
        };
        let value = match open.items {
            Items::List(items) => Value::List(items),
            Items::Map { broken: true, .. } => Value::Broken,
            Items::Map { mut map, merged, .. } => {
                for node in merged {
                    self.merge(&mut map, node);
                }
                Value::Map(map)
            }
        };
        let id = self.push(Span::new(open.start, end.max(open.start)), value, open.weight)?;
        self.set_anchor(open.anchor, Some(id));
        Ok(id)
    }

    /// Gives a finished node to the collection it stands in.
    fn attach(&mut self, node: NodeId) {
        let weight = self.weights[node.0 as usize];
        let Some(mut open) = self.open.pop() else { return };
        open.weight.hold(weight);
        match &mut open.items {
            Items::List(items) => items.push(node),
            Items::Map { map, key, merged, broken } => match key.take() {
                None => {
                    self.last_key = Some(node);
                    *key = Some(node);
                }
                Some(key) if self.is_unquoted_template(key) => *broken = true,
                Some(key) => self.insert(map, merged, Entry { key, value: node }),
            },
        }
        self.open.push(open);
    }

    /// Whether a key is the inner map of an unquoted `{{name}}`; reports it if so.
    fn is_unquoted_template(&mut self, key: NodeId) -> bool {
        let Node { span, value: Value::Map(_) | Value::Broken } = self.nodes[key.0 as usize] else {
            return false;
        };
        let text = self.source.text();
        let template = span.start.checked_sub(1).and_then(|at| text.get(at..span.end + 1));
        match template.filter(|text| text.starts_with("{{") && text.ends_with("}}")) {
            Some(template) => {
                let place = self.place(Span::new(span.start - 1, span.end + 1));
                self.mistakes.push(syntax::unquoted_template(place, template));
                true
            }
            None => false,
        }
    }

    fn insert(&mut self, map: &mut Map, merged: &mut Vec<NodeId>, entry: Entry) {
        let key = &self.nodes[entry.key.0 as usize];
        let place = Place::new(self.source, key.span);
        let text = match &key.value {
            Value::Scalar(scalar) if &*scalar.text == "<<" && scalar.style == Style::Plain => {
                merged.push(entry.value);
                return;
            }
            Value::Scalar(scalar) => scalar.text.clone(),
            Value::Broken => return,
            _ => {
                self.mistakes.push(syntax::odd_key(place));
                return;
            }
        };
        if let Err(first) = map.insert(&text, entry) {
            let first = Place::new(self.source, self.nodes[first.key.0 as usize].span);
            self.mistakes.push(syntax::duplicate_key(&text, place, first));
        }
    }

    /// Adds what `<<` names; keys that the map has itself win.
    fn merge(&mut self, map: &mut Map, node: NodeId) {
        let target = self.follow(node);
        let maps = match &self.nodes[target.0 as usize].value {
            Value::Map(_) => vec![target],
            Value::List(items) => items.iter().map(|item| self.follow(*item)).collect(),
            _ => vec![target],
        };
        for merged in maps {
            let Value::Map(from) = &self.nodes[merged.0 as usize].value else {
                let place = Place::new(self.source, self.nodes[node.0 as usize].span);
                self.mistakes.push(syntax::bad_merge(place));
                continue;
            };
            for entry in from.entries() {
                if let Value::Scalar(key) = &self.nodes[entry.key.0 as usize].value {
                    // A key that stands in the map already wins, which is what `<<` means.
                    let _ = map.insert(&key.text, *entry);
                }
            }
        }
    }

    fn follow(&self, node: NodeId) -> NodeId {
        match self.nodes[node.0 as usize].value {
            Value::Alias(target) => self.follow(target),
            _ => node,
        }
    }
}
