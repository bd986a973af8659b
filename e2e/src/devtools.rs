//! Chromium's own protocol, for what WebDriver does not reach: the inside of
//! workers (<https://chromedevtools.github.io/devtools-protocol/>).

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::wait::PATIENCE;
use crate::wire::Wire;

/// Chromium crashes no renderer that is just about to give way to another: it is
/// asked again after so long.
const SETTLING: Duration = Duration::from_millis(5);

/// What the category `toplevel` calls a task.
const RUN_TASK: &str = "ThreadControllerImpl::RunTask";

/// A connection to a running Chromium.
#[derive(Debug)]
pub struct DevTools {
    wire: Wire,
    crashed: Arc<Notify>,
    traced: Arc<Mutex<Vec<Value>>>,
    complete: Arc<Notify>,
}

/// What is being looked at.
#[derive(Debug)]
pub struct Sampling(Value);

impl DevTools {
    /// Connect to the browser that runs on this profile.
    pub async fn connect(profile: &Path) -> Result<Self, String> {
        // Where it listens: the port on one line, the path on the next.
        let file = profile.join("DevToolsActivePort");
        let text = tokio::fs::read_to_string(&file).await;
        let text = text.map_err(|error| format!("{}: {error}", file.display()))?;
        let (port, path) = text.split_once('\n').unwrap_or((&text, ""));
        let address = format!("ws://127.0.0.1:{port}{}", path.trim());
        let (crashed, complete) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let traced: Arc<Mutex<Vec<Value>>> = Arc::default();
        let heard = (crashed.clone(), complete.clone(), traced.clone());
        let wire = Wire::connect(&address, move |method, params| match method {
            "Inspector.targetCrashed" => heard.0.notify_one(),
            "Tracing.tracingComplete" => heard.1.notify_one(),
            "Tracing.dataCollected" => {
                let events = params["value"].as_array().into_iter().flatten();
                let wanted = events
                    .filter(|event| event["name"] == "thread_name" || event["name"] == RUN_TASK);
                let mut kept = heard.2.lock().expect("no panic under this lock");
                kept.extend(wanted.cloned());
            }
            _ => {}
        });
        let wire = wire.await?;
        Ok(Self {
            wire,
            crashed,
            traced,
            complete,
        })
    }

    async fn send(&self, session: &Value, method: &str, params: Value) -> Result<Value, String> {
        let mut call = json!({"method": method, "params": params});
        if session.is_string() {
            call["sessionId"] = session.clone();
        }
        let mut answer = self.wire.call(call).await?;
        match &answer["error"] {
            Value::Null => Ok(answer["result"].take()),
            error => Err(format!("{method}: {error}")),
        }
    }

    /// Run an expression inside every worker of the page `context` whose script
    /// is `script`; gives how many there were.
    pub async fn in_workers(
        &self,
        context: &str,
        script: &str,
        expression: &str,
    ) -> Result<usize, String> {
        let workers = self.workers(context, script).await?;
        for worker in &workers {
            let what = json!({"expression": expression});
            self.send(worker, "Runtime.evaluate", what).await?;
        }
        Ok(workers.len())
    }

    /// A session with every such worker.
    async fn workers(&self, context: &str, script: &str) -> Result<Vec<Value>, String> {
        let browser = Value::Null;
        let filter = json!({"filter": [{"type": "worker"}]});
        let found = self.send(&browser, "Target.getTargets", filter).await?;
        let workers = found["targetInfos"].as_array().into_iter().flatten();
        let wanted = workers.filter(|worker| {
            let url = worker["url"].as_str().unwrap_or_default();
            worker["parentFrameId"] == context && url.ends_with(script)
        });
        let mut sessions = Vec::new();
        for worker in wanted {
            sessions.push(self.attach(&worker["targetId"]).await?);
        }
        Ok(sessions)
    }

    async fn attach(&self, target: &Value) -> Result<Value, String> {
        let whom = json!({"targetId": target, "flatten": true});
        let attached = self.send(&Value::Null, "Target.attachToTarget", whom);
        Ok(attached.await?["sessionId"].take())
    }

    /// The processes in which pages and their workers run.
    pub async fn renderers(&self) -> Result<Vec<u32>, String> {
        let told = self.send(&Value::Null, "SystemInfo.getProcessInfo", json!({}));
        let told = told.await?;
        let all = told["processInfo"].as_array().into_iter().flatten();
        let renderers = all.filter(|process| process["type"] == "renderer");
        let ids = renderers.filter_map(|process| process["id"].as_u64()?.try_into().ok());
        Ok(ids.collect())
    }

    /// Begin to look, every millisecond, what the page `context` is at (no script)
    /// or that worker of its whose script is `script`.
    pub async fn sample(&self, context: &str, script: Option<&str>) -> Result<Sampling, String> {
        let session = match script {
            None => self.attach(&json!(context)).await?,
            Some(script) => {
                let workers = self.workers(context, script).await?;
                let worker = workers.into_iter().next();
                worker.ok_or_else(|| format!("no worker runs {script}"))?
            }
        };
        self.send(&session, "Profiler.enable", json!({})).await?;
        self.send(&session, "Profiler.start", json!({})).await?;
        Ok(Sampling(session))
    }

    /// What it was at: a CPU profile, as the protocol has it.
    pub async fn sampled(&self, sampling: Sampling) -> Result<Value, String> {
        let mut told = self.send(&sampling.0, "Profiler.stop", json!({})).await?;
        Ok(told["profile"].take())
    }

    /// Begin to note every task of every thread of this browser.
    pub async fn trace_tasks(&self) -> Result<(), String> {
        let what = json!({"traceConfig": {"includedCategories": ["toplevel"]}});
        self.send(&Value::Null, "Tracing.start", what)
            .await
            .map(drop)
    }

    /// The tasks since then of the busiest main thread of a page, in microseconds of
    /// its own processor's time: what else the machine does is not in them.
    pub async fn traced_tasks(&self) -> Result<Vec<u64>, String> {
        self.send(&Value::Null, "Tracing.end", json!({})).await?;
        let told = timeout(PATIENCE, self.complete.notified()).await;
        told.map_err(|_| "the trace is never complete".to_owned())?;
        let events = std::mem::take(&mut *self.traced.lock().expect("no panic under this lock"));
        let thread = |event: &Value| (event["pid"].as_u64(), event["tid"].as_u64());
        let main = (events.iter())
            .filter(|event| event["args"]["name"] == "CrRendererMain")
            .map(thread);
        let of = |of| {
            let tasks = events.iter().filter(move |event| thread(event) == of);
            let times = tasks.filter_map(|task| task["tdur"].as_u64());
            times.collect::<Vec<_>>()
        };
        let busiest = main.map(of).max_by_key(|tasks| tasks.iter().sum::<u64>());
        busiest.ok_or_else(|| "no page was traced".to_owned())
    }

    /// Bytes of wasm memory of the page `context`, and of its workers whose script
    /// is `script`.
    pub async fn wasm_memory(&self, context: &str, script: &str) -> Result<[u64; 2], String> {
        let page = self.attach(&json!(context)).await?;
        let page = self.wasm_memory_in(&page).await?;
        let mut workers = 0;
        for worker in self.workers(context, script).await? {
            workers += self.wasm_memory_in(&worker).await?;
        }
        Ok([page, workers])
    }

    /// Bytes that JavaScript holds in the page `context` and in its workers whose
    /// script is `script`, garbage and buffers included.
    pub async fn script_memory(&self, context: &str, script: &str) -> Result<[u64; 2], String> {
        let page = self.attach(&json!(context)).await?;
        let page = self.script_memory_in(&page).await?;
        let mut workers = 0;
        for worker in self.workers(context, script).await? {
            workers += self.script_memory_in(&worker).await?;
        }
        Ok([page, workers])
    }

    async fn script_memory_in(&self, session: &Value) -> Result<u64, String> {
        let usage = self.send(session, "Runtime.getHeapUsage", json!({}));
        let usage = usage.await?;
        let parts = ["usedSize", "embedderHeapUsedSize", "backingStorageSize"];
        let bytes = parts.map(|part| usage[part].as_f64().unwrap_or_default());
        Ok(bytes.iter().sum::<f64>() as u64)
    }

    async fn wasm_memory_in(&self, session: &Value) -> Result<u64, String> {
        let what = json!({"expression": "WebAssembly.Memory.prototype"});
        let kind = self.send(session, "Runtime.evaluate", what).await?;
        let of = json!({"prototypeObjectId": kind["result"]["objectId"]});
        let all = self.send(session, "Runtime.queryObjects", of).await?;
        let sum = json!({
            "objectId": all["objects"]["objectId"],
            "functionDeclaration": "function() {
                return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
            }",
            "returnByValue": true,
        });
        let sum = self.send(session, "Runtime.callFunctionOn", sum).await?;
        let bytes = sum["result"]["value"].as_f64();
        bytes
            .map(|bytes| bytes as u64)
            .ok_or_else(|| format!("a number of bytes, not {sum}"))
    }

    /// Crash the renderer of the page `context`: page and workers end in the middle
    /// of whatever they do.
    pub async fn crash(&self, context: &str) -> Result<(), String> {
        let session = self.attach(&json!(context)).await?;
        self.send(&session, "Inspector.enable", json!({})).await?;
        let begun = Instant::now();
        loop {
            // The command itself is never answered.
            let refused = tokio::select! {
                () = self.crashed.notified() => return Ok(()),
                answer = self.send(&session, "Page.crash", json!({})) => match answer {
                    Ok(_) => return Ok(()),
                    Err(refused) => refused,
                },
            };
            if !refused.contains("pending navigations") || begun.elapsed() > PATIENCE {
                return Err(refused);
            }
            sleep(SETTLING).await;
        }
    }

    /// Close the page `context` without asking it.
    pub async fn close(&self, context: &str) -> Result<(), String> {
        let whom = json!({"targetId": context});
        let closed = self.send(&Value::Null, "Target.closeTarget", whom).await;
        closed.map(drop)
    }
}
