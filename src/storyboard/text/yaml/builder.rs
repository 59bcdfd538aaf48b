//! The builder: turns the scanner's events into the nodes of a tree, within limits.

use crate::storyboard::limits::NODES_MAX;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::messages;
use super::offsets::Offsets;
use super::scalar::{ScalarText, Style};
use super::syntax::Context;
use super::tree::{Map, MapEntry, Node, NodeId, Tree, Value};
use crate::base::{Diagnostic, Place, Source, Span};
use crate::storyboard::text::diagnostics::Diagnostics;

/// The maximum nesting of collections; a storyboard needs six.
const DEPTH_MAX: usize = 64;
/// The most nodes that all aliases together may expand to.
const ALIASED_NODES_MAX: u64 = 1_000_000;
/// The most bytes of text that all aliases together may expand to.
const ALIASED_BYTES_MAX: u64 = 16 << 20;

/// Why a pass ended early.
pub(super) enum ParseStop {
    /// The text is not YAML: the scanner's message, its position, and the context.
    Syntax { info: String, at: usize, context: Context },
    /// A limit was exceeded.
    Limit(Box<Diagnostic>),
}

/// The size of a node with its aliases expanded.
#[derive(Clone, Copy, Default)]
struct NodeCost {
    nodes: u64,
    bytes: u64,
    /// The nesting depth of its collections.
    depth: usize,
}

impl NodeCost {
    fn add(&mut self, other: NodeCost) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    /// Adds the size of a child.
    fn hold(&mut self, inner: NodeCost) {
        self.add(inner);
        self.depth = self.depth.max(inner.depth + 1);
    }
}

/// A collection that is still open.
struct OpenCollection {
    anchor: usize,
    start: usize,
    items: OpenItems,
    weight: NodeCost,
}

enum OpenItems {
    List(Vec<NodeId>),
    Map { map: Map, key: Option<NodeId>, merged: Vec<NodeId>, broken: bool },
}

impl OpenItems {
    fn map() -> Self {
        OpenItems::Map { map: Map::default(), key: None, merged: Vec::new(), broken: false }
    }
}

pub(super) struct TreeBuilder<'s> {
    source: &'s Source,
    offsets: &'s Offsets,
    masks: &'s [Span],
    nodes: Vec<Node>,
    weights: Vec<NodeCost>,
    /// By anchor number; `None` while the anchored collection is still open.
    anchors: Vec<Option<NodeId>>,
    aliased: NodeCost,
    mistakes: Vec<Diagnostic>,
    open: Vec<OpenCollection>,
    last_key: Option<NodeId>,
}

impl<'s> TreeBuilder<'s> {
    /// A builder that has read nothing; scalars inside a mask are broken.
    pub fn new(source: &'s Source, offsets: &'s Offsets, masks: &'s [Span]) -> Self {
        TreeBuilder {
            source,
            offsets,
            masks,
            nodes: Vec::new(),
            weights: Vec::new(),
            anchors: Vec::new(),
            aliased: NodeCost::default(),
            mistakes: Vec::new(),
            open: Vec::new(),
            last_key: None,
        }
    }

    /// Reads a text, which is the source with its masked spans blanked out; returns the top node.
    pub fn run(&mut self, text: &str) -> Result<NodeId, ParseStop> {
        let mut root = None;
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let at = self.offsets.byte(self.source.text(), error.marker().index());
                let key = self.last_key.map(|key| self.nodes[key.0 as usize].span);
                let flow = self.open.last().map(|open| open.start).filter(|at| self.is_flow(*at));
                let flow = flow.map(|start| Span::new(start, start + 1));
                let context = Context { key, flow };
                ParseStop::Syntax { info: error.info().to_string(), at, context }
            })?;
            let span = self.span(span);
            let done = match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(self.limit(messages::second_document(self.place(span))));
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
                    self.begin(anchor, span, OpenItems::List(Vec::new()))?;
                    None
                }
                Event::MappingStart(anchor, tag) => {
                    self.style(ScalarStyle::Plain, tag.as_deref(), span);
                    self.begin(anchor, span, OpenItems::map())?;
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
            None => self.push(Span::new(0, 0), Value::Broken, NodeCost::default()),
        }
    }

    /// The tree with that top node; errors go to the findings.
    pub fn finish(self, root: NodeId, findings: &mut Diagnostics) -> Tree {
        findings.extend(self.mistakes);
        Tree::new(self.source.clone(), self.nodes, root)
    }

    /// Stops reading; the errors so far go to the findings.
    pub fn give_up(self, findings: &mut Diagnostics) {
        findings.extend(self.mistakes);
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let text = self.source.text();
        let start = self.offsets.byte(text, span.start.index());
        Span::new(start, self.offsets.byte(text, span.end.index()).max(start))
    }

    fn place(&self, span: Span) -> Place {
        Place::new(self.source, span)
    }

    fn limit(&self, diagnostic: Diagnostic) -> ParseStop {
        ParseStop::Limit(Box::new(diagnostic))
    }

    fn is_flow(&self, start: usize) -> bool {
        matches!(self.source.text().as_bytes().get(start), Some(b'{' | b'['))
    }

    /// The style of a scalar; reports unsupported tags.
    fn style(&mut self, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Style {
        const KNOWN: [&str; 7] = ["str", "int", "float", "bool", "null", "map", "seq"];
        let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
        match (tag, core) {
            (Some(_), Some(name)) if KNOWN.contains(&name) => {}
            (Some(tag), _) => {
                let found = tag.to_string();
                self.mistakes.push(messages::tag(self.place(span), &found));
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

    fn push(&mut self, span: Span, value: Value, weight: NodeCost) -> Result<NodeId, ParseStop> {
        if self.nodes.len() >= NODES_MAX {
            return Err(self.limit(messages::too_many_nodes(self.place(span), NODES_MAX)));
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
    ) -> Result<NodeId, ParseStop> {
        let masked = self.masks.iter().any(|mask| mask.start <= span.start && span.end <= mask.end);
        let weight = NodeCost { nodes: 1, bytes: text.len() as u64, depth: 0 };
        let span = self.content(span, style, anchor != 0 || style == Style::TaggedText);
        let value = if masked && span.start < span.end {
            Value::Broken
        } else {
            Value::Scalar(ScalarText { text: text.into(), style })
        };
        let id = self.push(span, value, weight)?;
        self.set_anchor(anchor, Some(id));
        Ok(id)
    }

    /// The span of a scalar's text alone: the scanner's span includes anchor, tag and a block's
    /// header, and extends to the next key.
    fn content(&self, span: Span, style: Style, is_marked: bool) -> Span {
        let text = &self.source.text()[..span.end];
        let mut start = span.start;
        while is_marked && text[start..].starts_with(['&', '!']) {
            let rest = &text[start..];
            let mark = rest.find(char::is_whitespace).unwrap_or(rest.len());
            start += rest.len() - rest[mark..].trim_start().len();
        }
        if is_marked && style == Style::Block && text[start..].starts_with(['|', '>']) {
            start += text[start..].find('\n').map_or(0, |line| line + 1);
            start += text[start..].len() - text[start..].trim_start().len();
        }
        let content = text[start..].trim_end().len();
        Span::new(start, start + content)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<NodeId, ParseStop> {
        let Some(target) = self.anchors.get(anchor).copied().flatten() else {
            self.mistakes.push(messages::alias_of_itself(self.place(span)));
            return self.push(span, Value::Broken, NodeCost::default());
        };
        let weight = self.weights[target.0 as usize];
        self.aliased.add(weight);
        if self.aliased.nodes > ALIASED_NODES_MAX || self.aliased.bytes > ALIASED_BYTES_MAX {
            return Err(self.limit(messages::alias_bomb(self.place(span))));
        }
        self.push(span, Value::Alias(target), weight)
    }

    fn begin(&mut self, anchor: usize, span: Span, items: OpenItems) -> Result<(), ParseStop> {
        if self.open.len() >= DEPTH_MAX {
            return Err(self.limit(messages::too_deep(self.place(span), DEPTH_MAX)));
        }
        self.set_anchor(anchor, None);
        let weight = NodeCost { nodes: 1, bytes: 0, depth: 0 };
        self.open.push(OpenCollection { anchor, start: span.start, items, weight });
        Ok(())
    }

    /// Ends the innermost collection.
    fn end(&mut self, span: Span) -> Result<NodeId, ParseStop> {
        let open = self.open.pop().expect("the scanner pairs starts and ends");
        // Aliases can cause deeper nesting than the text shows.
        if open.weight.depth > DEPTH_MAX {
            let place = self.place(Span::new(open.start, open.start));
            return Err(self.limit(messages::too_deep(place, DEPTH_MAX)));
        }
        let text = self.source.text();
        let end = if self.is_flow(open.start) {
            span.end
        } else {
            let rest = &text[open.start..span.end.max(open.start)];
            open.start + rest.lines().next().map_or(0, |line| line.trim_end().len())
        };
        let value = match open.items {
            OpenItems::List(items) => Value::List(items),
            OpenItems::Map { broken: true, .. } => Value::Broken,
            // The keys of an alias that could not be read are unknown.
            OpenItems::Map { merged, .. } if merged.iter().any(|node| self.is_broken(*node)) => {
                Value::Broken
            }
            OpenItems::Map { mut map, merged, .. } => {
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

    /// Whether a node, or an item of a list at it, could not be read.
    fn is_broken(&self, node: NodeId) -> bool {
        match &self.nodes[self.follow(node).0 as usize].value {
            Value::Broken => true,
            Value::List(items) => items.iter().any(|item| self.is_broken(*item)),
            _ => false,
        }
    }

    /// Adds a finished node to the collection around it.
    fn attach(&mut self, node: NodeId) {
        let weight = self.weights[node.0 as usize];
        let Some(mut open) = self.open.pop() else { return };
        open.weight.hold(weight);
        match &mut open.items {
            OpenItems::List(items) => items.push(node),
            OpenItems::Map { map, key, merged, broken } => match key.take() {
                None => {
                    self.last_key = Some(node);
                    *key = Some(node);
                }
                Some(key) if self.is_unquoted_template(key) => *broken = true,
                Some(key) => self.insert(map, merged, MapEntry { key, value: node }),
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
                self.mistakes.push(messages::unquoted_template(place, template));
                true
            }
            None => false,
        }
    }

    fn insert(&mut self, map: &mut Map, merged: &mut Vec<NodeId>, entry: MapEntry) {
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
                self.mistakes.push(messages::odd_key(place));
                return;
            }
        };
        if let Err(first) = map.insert(&text, entry) {
            let first = Place::new(self.source, self.nodes[first.key.0 as usize].span);
            self.mistakes.push(messages::duplicate_key(&text, place, first));
        }
    }

    /// Adds the maps that `<<` names; the map's own keys take precedence.
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
                self.mistakes.push(messages::bad_merge(place));
                continue;
            };
            for entry in from.entries() {
                if let Value::Scalar(key) = &self.nodes[entry.key.0 as usize].value {
                    // An existing key takes precedence, as `<<` requires.
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
