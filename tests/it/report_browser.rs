//! The report as a browser shows it: a headless Chromium without network, where there is one.
//!
//! The program is looked for in `PDSIM_BROWSER` and under its usual names; without one the test
//! says that it was skipped. A script that only the test adds to a copy of the page clicks and
//! points as a reader would, and writes what it finds into the title.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cli_program::Sandbox;
use crate::report::WAVE;

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome-headless-shell",
];

/// A browser that takes longer than a minute hangs.
const MOST_WAITS: u32 = 600;

/// The browser of this machine.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("PDSIM_BROWSER").map(PathBuf::from);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let usual = std::env::split_paths(&folders)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    named.or(usual)
}

/// What the browser prints on standard output and standard error.
fn browse(browser: &Path, sandbox: &Sandbox, arguments: &[&str], page: &str) -> (String, String) {
    let (out, err) = (sandbox.path("seen"), sandbox.path("logged"));
    let file = |path: &Path| std::fs::File::create(path).expect("a file");
    let mut child = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
        ])
        .args([
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--virtual-time-budget=5000",
        ])
        .arg(format!(
            "--user-data-dir={}",
            sandbox.path("profile").display()
        ))
        .args(arguments)
        .arg(format!("file://{}", sandbox.path(page).display()))
        .stdout(file(&out))
        .stderr(file(&err))
        .spawn()
        .expect("the browser starts");
    let ended = (0..MOST_WAITS).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        child.try_wait().expect("a child").is_some()
    });
    if !ended {
        child.kill().expect("a child");
    }
    let text = |path| String::from_utf8_lossy(&std::fs::read(path).expect("a file")).into_owned();
    assert!(ended, "the browser hangs: {}", text(&err));
    (text(&out), text(&err))
}

/// Sorts the metrics by their mean, points at a shape, and counts what is there.
const READER: &str = r##"<script>
window.addEventListener("load", function () {
  var found = [];
  function say(what, is) { found.push(what + "=" + is); }
  document.querySelectorAll("details").forEach(function (d) { d.open = true; });
  say("charts", document.querySelectorAll("figure svg").length);
  var table = document.querySelector("#metrics table.sortable");
  var head = table.querySelectorAll("th")[2];
  function means() {
    return Array.from(table.tBodies[0].rows).map(function (row) {
      var v = row.cells[2].getAttribute("data-v");
      return v === "" ? -Infinity : Number(v);
    });
  }
  function isSorted(list) { return list.every(function (v, i) { return i === 0 || list[i - 1] <= v; }); }
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
    return decodeURIComponent(a.href.split(",").slice(1).join(",")).split("\n").length > 2;
  }));
  document.title = found.join(";");
});
</script></body>"##;

#[test]
fn a_browser_shows_sorts_tells_and_prints_the_report() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium on this machine (set PDSIM_BROWSER to one)");
        return;
    };
    let sandbox = Sandbox::with("wave.toml", WAVE);
    sandbox.succeed("run wave.toml");
    let page = sandbox.read("results/wave/report.html");
    sandbox.write("read.html", page.replace("</body>", READER));
    let (seen, logged) = browse(&browser, &sandbox, &["--dump-dom"], "read.html");
    let title = seen
        .split("<title>")
        .nth(1)
        .and_then(|rest| rest.split("</title>").next());
    assert_eq!(
        title,
        Some("charts=6;ascending=true;descending=true;told=true;hidden=true;links=true"),
        "{logged}"
    );
    // What a page says on its console is logged with this word.
    assert!(!logged.contains("CONSOLE"), "{logged}");
    let print = format!("--print-to-pdf={}", sandbox.path("report.pdf").display());
    let arguments = [print.as_str()];
    browse(&browser, &sandbox, &arguments, "results/wave/report.html");
    let pdf = std::fs::read(sandbox.path("report.pdf")).expect("it prints");
    assert!(
        pdf.starts_with(b"%PDF-") && pdf.len() > 10_000,
        "{} bytes",
        pdf.len()
    );
}
