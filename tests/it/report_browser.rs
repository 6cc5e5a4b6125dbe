//! The report of the demo as a browser shows it: a headless Chromium without network, where there is one.
//!
//! The program is looked for in `PDSIM_BROWSER` and under its usual names; without one the test
//! says that it was skipped. It is spoken to over the two pipes of its debugging protocol
//! (`--remote-debugging-pipe`, chromedevtools.github.io/devtools-protocol): messages are JSON, each
//! ends with a zero byte.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::cli_program::Sandbox;

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome-headless-shell",
];

/// The browser of this machine.
fn installed() -> Option<PathBuf> {
    let named = std::env::var_os("PDSIM_BROWSER").map(PathBuf::from);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let usual = std::env::split_paths(&folders)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    named.or(usual)
}

/// A page in a running browser.
struct Page {
    child: Child,
    to: File,
    from: BufReader<File>,
    asked: u64,
    session: Value,
    /// What the browser told without being asked.
    told: Vec<Value>,
}

impl Page {
    /// Starts a browser, which is ended after a minute whatever it does.
    fn open(browser: &Path, sandbox: &Sandbox) -> Self {
        let (to, from) = (sandbox.path("to"), sandbox.path("from"));
        let made = Command::new("mkfifo").args([&to, &from]).status();
        assert!(made.expect("mkfifo starts").success());
        let log = File::create(sandbox.path("log")).expect("a file");
        let child = Command::new("sh")
            .args(["-c", "exec timeout 60 \"$0\" \"$@\" 3<\"$TO\" 4>\"$FROM\""])
            .arg(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--remote-debugging-pipe"])
            .arg(format!(
                "--user-data-dir={}",
                sandbox.path("profile").display()
            ))
            .env("TO", &to)
            .env("FROM", &from)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("a shell starts");
        let to = File::options().write(true).open(to).expect("a pipe");
        let from = BufReader::new(File::open(from).expect("a pipe"));
        let (session, told) = (Value::Null, Vec::new());
        let mut page = Self {
            child,
            to,
            from,
            asked: 0,
            session,
            told,
        };
        let target = page.ask("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        page.session = page.ask("Target.attachToTarget", &attach)["sessionId"].clone();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.ask(&format!("{domain}.enable"), &json!({}));
        }
        let offline = json!({
            "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0
        });
        page.ask("Network.emulateNetworkConditions", &offline);
        page
    }

    /// The next message of the browser.
    fn hear(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).expect("a pipe");
        assert_eq!(bytes.pop(), Some(0), "the browser ended");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": parameters });
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        write!(self.to, "{message}\0").expect("a pipe");
        loop {
            let heard = self.hear();
            if heard["id"] == self.asked {
                assert!(heard["error"].is_null(), "{method}: {heard}");
                return heard["result"].clone();
            }
            self.told.push(heard);
        }
    }

    /// Waits until the page is loaded.
    fn go(&mut self, file: &Path) {
        let url = format!("file://{}", file.display());
        self.ask("Page.navigate", &json!({ "url": url }));
        let is_loaded = |heard: &Value| heard["method"] == "Page.loadEventFired";
        while !self.told.iter().any(is_loaded) {
            let heard = self.hear();
            self.told.push(heard);
        }
    }

    fn evaluate(&mut self, script: &str) -> String {
        let found = self.ask("Runtime.evaluate", &json!({ "expression": script }));
        let text = found["result"]["value"].as_str();
        text.unwrap_or_else(|| panic!("{found}")).to_owned()
    }

    /// What was told of a kind.
    fn told(&self, method: &str) -> Vec<&Value> {
        let told = self.told.iter().filter(|heard| heard["method"] == method);
        told.map(|heard| &heard["params"]).collect()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // `timeout` ends the browser with itself; both may be gone already.
        let _ = write!(
            self.to,
            "{}\0",
            json!({ "id": 0, "method": "Browser.close" })
        );
        let _ = self.child.wait();
    }
}

/// Looks for titles and units, sorts the metrics by their mean, points at a shape, reads the links, and counts what is there.
const READER: &str = r##"(function () {
  var found = [];
  function say(what, is) { found.push(what + "=" + is); }
  document.querySelectorAll("details").forEach(function (d) { d.open = true; });
  var seen = Array.from(document.querySelectorAll("figure svg")).filter(function (svg) {
    var box = svg.getBoundingClientRect();
    return box.width > 300 && box.height > 80;
  });
  say("charts", seen.length);
  var figures = Array.from(document.querySelectorAll("figure"));
  say("titled", figures.every(function (figure) { return figure.querySelector("h2").textContent.length > 5; }));
  say("units", figures.every(function (figure) {
    return /\((percent|seconds)/.test(figure.querySelector("svg").textContent);
  }));
  var table = document.querySelector("#metrics table.sortable");
  var head = table.querySelectorAll("th")[2];
  function means() {
    return Array.from(table.tBodies[0].rows).map(function (row) {
      var v = row.cells[2].getAttribute("data-v");
      return v === "" ? -Infinity : Number(v);
    });
  }
  function isSorted(list) { return list.every(function (v, i) { return i === 0 || list[i - 1] <= v; }); }
  say("unsorted", !isSorted(means()));
  head.click();
  say("ascending", isSorted(means()));
  head.click();
  say("descending", isSorted(means().reverse()));
  var spot = document.querySelector("#funnel svg .hot > *");
  var text = spot.querySelector("title").textContent;
  spot.dispatchEvent(new MouseEvent("mouseenter", { clientX: 10, clientY: 10 }));
  var tip = document.getElementById("tip");
  say("told", !tip.hidden && tip.textContent === text && text.length > 0);
  spot.dispatchEvent(new MouseEvent("mouseleave", {}));
  say("hidden", tip.hidden);
  var links = Array.from(document.querySelectorAll("a.data"));
  say("links", links.length > 0 && links.every(function (a) {
    var rows = decodeURIComponent(a.href.split(",").slice(1).join(",")).trim().split("\n");
    var shown = a.parentElement.querySelectorAll("tbody tr").length;
    return a.download.endsWith(".csv") && shown === Math.min(rows.length - 1, 30);
  }));
  return found.join(" ");
})()"##;

#[test]
fn a_browser_shows_sorts_tells_and_prints_the_report() {
    let Some(browser) = installed() else {
        eprintln!("skipped: no Chromium on this machine (set PDSIM_BROWSER to one)");
        return;
    };
    let sandbox = Sandbox::new();
    sandbox.succeed("demo");
    let mut page = Page::open(&browser, &sandbox);
    page.go(&sandbox.path("results/demo/report.html"));
    assert_eq!(
        page.evaluate(READER),
        "charts=8 titled=true units=true unsorted=true ascending=true descending=true told=true hidden=true links=true"
    );
    let pdf = page.ask("Page.printToPDF", &json!({}));
    let pdf = pdf["data"].as_str().expect("a document");
    // Base64 of "%PDF-".
    assert!(
        pdf.starts_with("JVBERi0") && pdf.len() > 10_000,
        "{} letters",
        pdf.len()
    );
    for complaint in [
        "Runtime.consoleAPICalled",
        "Runtime.exceptionThrown",
        "Log.entryAdded",
    ] {
        assert!(
            page.told(complaint).is_empty(),
            "{:?}",
            page.told(complaint)
        );
    }
    let requests = page.told("Network.requestWillBeSent");
    let urls = requests
        .iter()
        .filter_map(|request| request["request"]["url"].as_str());
    let outside: Vec<&str> = urls
        .filter(|url| !url.starts_with("file:") && !url.starts_with("data:"))
        .collect();
    assert!(outside.is_empty(), "{outside:?}");
}
