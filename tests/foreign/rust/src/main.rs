// Serves the probe service with tonic. What it is told on stdin and answers on stdout stands in tests/foreign/support/servers.py.

use std::collections::HashMap;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::Arc;
use std::time::Duration;

use prost::Message;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::codec::CompressionEncoding;
use tonic::metadata::{KeyAndValueRef, MetadataValue};
use tonic::{transport::Server, Code, Request, Response, Status};
use tonic_health::ServingStatus;

mod probe {
    tonic::include_proto!("probe.v1");
}
use probe::probe_server::{Probe, ProbeServer};

/// google.rpc.Status, the message of grpc-status-details-bin.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

#[derive(Default)]
struct Calls {
    started: AtomicU64,
    finished: AtomicU64,
    cancelled: AtomicU64,
}

/// Counts a call whose future is dropped before its end: that is how tonic cancels.
struct Running<'a> {
    calls: &'a Calls,
    ended: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let count = if self.ended { &self.calls.finished } else { &self.calls.cancelled };
        count.fetch_add(1, Relaxed);
    }
}

#[derive(Clone)]
struct Service {
    name: String,
    calls: Arc<Calls>,
}

fn text(value: &str) -> Result<MetadataValue<tonic::metadata::Ascii>, Status> {
    value.parse().map_err(|_| Status::invalid_argument("no text of metadata"))
}

#[tonic::async_trait]
impl Probe for Service {
    async fn echo(&self, request: Request<probe::EchoRequest>) -> Result<Response<probe::EchoReply>, Status> {
        Ok(Response::new(probe::EchoReply { request: Some(request.into_inner()), server: self.name.clone() }))
    }

    async fn slow(&self, request: Request<probe::SlowRequest>) -> Result<Response<probe::SlowReply>, Status> {
        self.calls.started.fetch_add(1, Relaxed);
        let mut running = Running { calls: &self.calls, ended: false };
        tokio::time::sleep(Duration::from_millis(request.into_inner().ms as u64)).await;
        running.ended = true;
        Ok(Response::new(probe::SlowReply { server: self.name.clone() }))
    }

    async fn fail(&self, request: Request<probe::FailRequest>) -> Result<Response<probe::EchoReply>, Status> {
        let probe::FailRequest { code, message, details } = request.into_inner();
        if details.is_empty() {
            return Err(Status::new(Code::from(code), message));
        }
        let bytes = RpcStatus { code, message: message.clone(), details }.encode_to_vec();
        Err(Status::with_details(Code::from(code), message, bytes.into()))
    }

    async fn large(&self, request: Request<probe::LargeRequest>) -> Result<Response<probe::LargeReply>, Status> {
        let text = ('a'..='z').cycle().take(request.into_inner().bytes as usize).collect();
        Ok(Response::new(probe::LargeReply { text }))
    }

    // Headers alone: tonic's unary replies have no trailers of their own.
    async fn metadata(&self, request: Request<probe::MetadataRequest>) -> Result<Response<probe::MetadataReply>, Status> {
        let mut entries = Vec::new();
        for field in request.metadata().iter() {
            let (key, value) = match field {
                KeyAndValueRef::Ascii(key, value) => (key.to_string(), value.as_bytes().to_vec()),
                KeyAndValueRef::Binary(key, value) => {
                    let bytes = value.to_bytes().map_err(|_| Status::invalid_argument("no base64"))?;
                    (key.to_string(), bytes.to_vec())
                }
            };
            entries.push(probe::metadata_reply::Entry { key, value });
        }
        let request = request.into_inner();
        let mut response = Response::new(probe::MetadataReply { entries });
        response.metadata_mut().insert("x-header", text(&request.header)?);
        response.metadata_mut().insert_bin("x-header-bin", MetadataValue::from_bytes(&request.header_bin));
        Ok(response)
    }
}

fn say(line: std::fmt::Arguments) {
    println!("{line}");
    std::io::stdout().flush().expect("stdout");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let flags: HashMap<String, String> = std::env::args()
        .skip(1)
        .filter_map(|flag| flag.strip_prefix("--")?.split_once('=').map(|(name, value)| (name.into(), value.into())))
        .collect();
    let calls = Arc::new(Calls::default());
    let service = Service { name: flags.get("name").cloned().unwrap_or("rust".into()), calls: calls.clone() };
    let mut probe = ProbeServer::new(service);
    let (reporter, mut health) = tonic_health::server::health_reporter();
    reporter.set_service_status("", ServingStatus::Serving).await;
    let compression = flags.get("compression").map(|name| match name.as_str() {
        "gzip" => CompressionEncoding::Gzip,
        "deflate" => CompressionEncoding::Deflate,
        _ => panic!("unknown compression {name}"),
    });
    if let Some(compression) = compression {
        probe = probe.send_compressed(compression);
        health = health.send_compressed(compression);
    }

    let mut builder = Server::builder();
    if let Some(count) = flags.get("max-streams") {
        builder = builder.max_concurrent_streams(count.parse::<u32>()?);
    }
    if let Some(ms) = flags.get("max-age-ms") {
        builder = builder
            .max_connection_age(Duration::from_millis(ms.parse()?))
            .max_connection_age_grace(Duration::from_secs(5));
    }
    let router = builder.add_service(health).add_service(probe);

    let mut router = Some(router);
    let mut stop: Option<(oneshot::Sender<()>, tokio::task::JoinHandle<_>)> = None;
    let mut commands = BufReader::new(tokio::io::stdin()).lines();
    say(format_args!("ready"));
    while let Some(line) = commands.next_line().await? {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["listen", port] => {
                let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
                let bound = listener.local_addr()?.port();
                let (sender, receiver) = oneshot::channel();
                let serving = router.take().expect("listens once").serve_with_incoming_shutdown(
                    TcpListenerStream::new(listener),
                    async { drop(receiver.await) },
                );
                stop = Some((sender, tokio::spawn(serving)));
                say(format_args!("listening {bound}"));
            }
            ["health", status] => {
                let status = if status == "SERVING" { ServingStatus::Serving } else { ServingStatus::NotServing };
                reporter.set_service_status("", status).await;
                say(format_args!("ok"));
            }
            ["calls"] => {
                let [started, finished, cancelled] =
                    [&calls.started, &calls.finished, &calls.cancelled].map(|count| count.load(Relaxed));
                say(format_args!("calls {started} {finished} {cancelled}"));
            }
            ["stop"] => {
                if let Some((sender, serving)) = stop.take() {
                    drop(sender);
                    serving.await??;
                }
                break;
            }
            _ => panic!("unknown command {line}"),
        }
    }
    std::process::exit(0)
}
