//! The server: yaml-language-server as a process, driven as editors do (Language Server Protocol
//! 3.17, on its standard streams).

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Far longer than any answer needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server, and the messages that it sends.
pub struct Server {
    process: Child,
    requests: ChildStdin,
    messages: Receiver<Value>,
    last: u64,
}

/// A document as an editor sends it.
pub struct Document {
    uri: String,
    text: String,
}

impl Server {
    /// Starts the server; `None` if it is not installed, which fails in CI.
    pub fn start() -> Option<Server> {
        let script = root().join("target/editor/node_modules/.bin/yaml-language-server");
        if !script.exists() {
            assert!(std::env::var_os("CI").is_none(), "no {}", script.display());
            eprintln!("skipped: no yaml-language-server, see the head of tests/editor/main.rs");
            return None;
        }
        let mut process = Command::new(script)
            .arg("--stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let requests = process.stdin.take().unwrap();
        let mut answers = BufReader::new(process.stdout.take().unwrap());
        let (send, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = message(&mut answers) {
                if send.send(message).is_err() {
                    break;
                }
            }
        });
        let mut server = Server { process, requests, messages, last: 0 };
        let capabilities = json!({ "textDocument": {
            "completion": { "completionItem": { "documentationFormat": ["markdown"] } },
            "hover": { "contentFormat": ["markdown"] }
        } });
        server.ask(
            "initialize",
            &json!({ "processId": null, "rootUri": null, "capabilities": capabilities }),
        );
        server.tell("initialized", &json!({}));
        let settings = json!({ "yaml": { "schemaStore": { "enable": false } } });
        server.tell("workspace/didChangeConfiguration", &json!({ "settings": settings }));
        Some(server)
    }

    /// Opens a text under a path; the server does not read the file.
    pub fn open(&mut self, path: &Path, text: &str) -> Document {
        let uri = format!("file://{}", path.display());
        let document = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", &json!({ "textDocument": document }));
        Document { uri, text: text.to_string() }
    }

    /// The errors that the server reports in a document: the line from 1, and the message.
    pub fn mistakes(&mut self, document: &Document) -> Vec<(u64, String)> {
        let published = self.until(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == document.uri
        });
        let found = published["params"]["diagnostics"].as_array().unwrap().iter();
        let line = |one: &Value| one["range"]["start"]["line"].as_u64().unwrap() + 1;
        found.map(|one| (line(one), one["message"].as_str().unwrap().to_string())).collect()
    }

    /// The hover text over the first occurrence of `text`.
    pub fn hover(&mut self, document: &Document, text: &str) -> String {
        let (line, character) = document.place(text, 0);
        self.hover_at(document, line, character)
    }

    /// The hover text over a character of a line, both from 0.
    pub fn hover_at(&mut self, document: &Document, line: usize, character: usize) -> String {
        let answer = self.ask("textDocument/hover", &document.position(line, character));
        let shown = answer["contents"]["value"].as_str().unwrap_or_default();
        // The last line is a link to the schema's file, wherever that is.
        shown.split("\n\nSource: ").next().unwrap_or_default().to_string()
    }

    /// The completions after the first occurrence of `text`: each word, and its description.
    pub fn completions(&mut self, document: &Document, text: &str) -> Vec<(String, String)> {
        let (line, character) = document.place(text, text.len());
        let answer = self.ask("textDocument/completion", &document.position(line, character));
        let said = |item: &Value| match &item["documentation"] {
            Value::String(text) => text.clone(),
            markup => markup["value"].as_str().unwrap_or_default().to_string(),
        };
        let items = answer["items"].as_array().unwrap().iter();
        items.map(|item| (item["label"].as_str().unwrap().to_string(), said(item))).collect()
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let answer = self.until(|message| message["id"] == id && message.get("method").is_none());
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.requests, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.requests.flush().unwrap();
    }

    /// The next expected message; requests from the server to the editor get an empty answer.
    fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("the server answers");
            if wanted(&message) {
                return message;
            }
            if message.get("method").is_some() && message.get("id").is_some() {
                let items = message["params"]["items"].as_array().map_or(0, Vec::len);
                let nothing = json!({ "jsonrpc": "2.0", "id": message["id"], "result": vec![Value::Null; items] });
                self.send(&nothing);
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Document {
    /// The line and the character of a text, both from 0, the latter in units of UTF-16.
    fn place(&self, text: &str, behind: usize) -> (usize, usize) {
        let at = self.text.find(text).unwrap_or_else(|| panic!("no `{text}`")) + behind;
        let line_start = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let character = self.text[line_start..at].encode_utf16().count();
        (self.text[..at].matches('\n').count(), character)
    }

    fn position(&self, line: usize, character: usize) -> Value {
        json!({
            "textDocument": { "uri": self.uri },
            "position": { "line": line, "character": character }
        })
    }
}

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn message(answers: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if answers.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some(("Content-Length", bytes)) => length = bytes.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut bytes = vec![0; length];
    answers.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}
