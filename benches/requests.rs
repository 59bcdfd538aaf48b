//! Requests per second and processor time per request against a local server that answers at once:
//! what the client itself costs, in both dialects of the API.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kling_build::base::TaskId;
use kling_build::catalog::{AspectRatio, Dialect, ModelId, Resolution, SceneType};
use kling_build::plan::{ProviderFamily, Recipe};
use kling_build::provider::kie::{KieConfig, KieProvider};
use kling_build::provider::{Order, Provider};
use kling_build::store::LocalDisk;
use kling_build::storyboard::ClipSettings;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How many requests are made of each kind.
const REQUESTS: usize = 2_000;
/// How many are under way at once, as many as the API lets tasks run.
const AT_ONCE: usize = 10;
/// A record that both dialects can read.
const ANSWER: &str = concat!(
    r#"{"code":200,"msg":"success","data":{"taskId":"kling_1","#,
    r#""status":0,"state":"generating"}}"#
);

fn main() {
    let server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let server = server.expect("a runtime for the server");
    let listener = server.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    server.spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(answer(connection));
        }
    });
    let client = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let client = client.expect("a runtime for the client");
    let key = SecretString::from("bench".to_string());
    let base = format!("http://{address}");
    println!("{:<30} {:>12} {:>18}", "request", "per second", "both sides' CPU");
    for dialect in Dialect::ALL.iter().copied() {
        let config = KieConfig::from_values(Some(&base), None, &key, dialect);
        let config = config.expect("a loopback address");
        let provider = Arc::new(KieProvider::new(config, Arc::new(LocalDisk)).expect("a client"));
        let submit =
            |provider: Arc<KieProvider>| async move { provider.submit(&order()).await.map(drop) };
        measure(&format!("{dialect}: submit (never pooled)"), &client, &provider, submit);
        let poll = move |provider: Arc<KieProvider>| async move {
            provider.status(&TaskId::new("kling_1"), dialect).await.map(drop)
        };
        measure(&format!("{dialect}: poll"), &client, &provider, poll);
    }
}

fn measure<F, W>(
    what: &str,
    runtime: &tokio::runtime::Runtime,
    provider: &Arc<KieProvider>,
    request: F,
) where
    F: Fn(Arc<KieProvider>) -> W + Clone + Send + 'static,
    W: Future<Output = Result<(), kling_build::base::Fault>> + Send,
{
    let (begun, cpu) = (Instant::now(), processor_time());
    runtime.block_on(async {
        let workers = (0..AT_ONCE).map(|_| {
            let (provider, request) = (Arc::clone(provider), request.clone());
            tokio::spawn(async move {
                for _ in 0..REQUESTS / AT_ONCE {
                    request(Arc::clone(&provider)).await.expect("the server answers");
                }
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            worker.await.expect("no request breaks");
        }
    });
    let seconds = begun.elapsed().as_secs_f64();
    let each = (processor_time() - cpu).as_secs_f64() * 1e6 / REQUESTS as f64;
    println!("{what:<30} {:>12.0} {each:>13.0} µs each", REQUESTS as f64 / seconds);
}

/// Answers every request of a connection with the same task, and reads nothing into it.
async fn answer(mut connection: TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    let mut held = 0;
    while let Ok(read @ 1..) = connection.read(&mut buffer[held..]).await {
        held += read;
        let Some(end) = request_end(&buffer[..held]) else { continue };
        buffer.copy_within(end..held, 0);
        held -= end;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
        let text = format!("{head}{}\r\n\r\n{ANSWER}", ANSWER.len());
        if connection.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Where the first request of some bytes ends, once it is whole.
fn request_end(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.split("content-length: ").nth(1).map_or(0, |rest| {
        rest.lines().next().and_then(|line| line.trim().parse().ok()).unwrap_or(0)
    });
    (bytes.len() >= head + length).then_some(head + length)
}

fn order() -> Order {
    let recipe = Recipe {
        family: ProviderFamily::KlingRehearsal,
        scene_type: SceneType::T2v,
        model: ModelId::new("kling-2-5-turbo"),
        prompt: Some("a lighthouse keeper climbs a stair".into()),
        duration: Some(5),
        resolution: Resolution::P720,
        aspect_ratio: Some(AspectRatio::WIDE),
        seed: Some(45_678),
        salt: None,
        adopted: None,
        settings: ClipSettings::new(),
        shots: Vec::new(),
        inputs: BTreeMap::new(),
        preview: None,
    };
    Order { recipe, inputs: BTreeMap::new(), callback: None }
}

/// The processor time that this process has used, the server's included.
fn processor_time() -> Duration {
    // SAFETY: `rusage` is plain numbers, for which zeroes are valid.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let of = |time: libc::timeval| {
        Duration::new(time.tv_sec as u64, 0) + Duration::from_micros(time.tv_usec as u64)
    };
    of(usage.ru_utime) + of(usage.ru_stime)
}
