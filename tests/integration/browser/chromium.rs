//! Owns the browser of the tests: finds it, starts one for all tests that run at the same time, and
//! opens pages that record everything they logged, requested from the network, or popped up.
//! Must not know the report.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use headless_chrome::protocol::cdp::types::Event;
use headless_chrome::protocol::cdp::{Emulation, Network, Page};
use headless_chrome::{Browser, LaunchOptions, Tab};
use serde_json::Value;

/// Nothing takes this long unless it hangs, also while other tests keep all processors busy.
const HANG: Duration = Duration::from_secs(600);

/// The last page logs this; after it, no other message can be on its way.
const LAST_WORD: &str = "the last word of the test";

/// The one browser. This does not keep it alive: it ends with the last test that uses it.
static SHARED: Mutex<Weak<Browser>> = Mutex::new(Weak::new());

/// A page in a tab of its own.
pub(super) struct Opened {
    tab: Arc<Tab>,
    heard: Receiver<Heard>,
    turns: Receiver<Turn>,
    /// Dropped after the tab: a browser that is gone cannot close it.
    _browser: Arc<Browser>,
}

/// What a page did besides showing itself.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Said(String),
    Asked(String),
    PoppedUp(String),
}

/// A step in the life of a page.
struct Turn {
    /// Which load of the tab this is.
    loader: String,
    /// `init`, `load`, …
    name: String,
}

/// `COVGATE_TEST_CHROMIUM`, or the first of these on PATH. A test that needs a browser and finds
/// none fails.
fn program() -> PathBuf {
    if let Some(chosen) = std::env::var_os("COVGATE_TEST_CHROMIUM") {
        return chosen.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut files = names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)));
    let is_program = |file: &PathBuf| {
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    files.find(is_program).expect(
        "the tests need a browser: install chromium, or name one in COVGATE_TEST_CHROMIUM \
         (`cargo xtask test` installs it where it may)",
    )
}

fn browser() -> Arc<Browser> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(browser) = shared.upgrade() {
        return browser;
    }
    let options = LaunchOptions::default_builder()
        .path(Some(program()))
        // root may not use the sandbox, and the pages are our own.
        .sandbox(!rustix::process::geteuid().is_root())
        .window_size(Some((1200, 900)))
        .idle_browser_timeout(HANG)
        .args(vec![OsStr::new("--hide-scrollbars")])
        .build()
        .unwrap();
    let browser = Arc::new(Browser::new(options).expect("the browser does not start"));
    *shared = Arc::downgrade(&browser);
    browser
}

impl Opened {
    /// Opens a file and waits until its script has run.
    pub(super) fn new(file: &camino::Utf8Path) -> Self {
        Self::in_theme(file, "light")
    }

    /// Opens a file for a reader whose system is light or dark.
    pub(super) fn in_theme(file: &camino::Utf8Path, theme: &str) -> Self {
        let browser = browser();
        let tab = browser.new_tab().unwrap();
        tab.set_default_timeout(HANG);
        let turns = watch(&tab);
        let heard = listen(&tab);
        let feature = Emulation::MediaFeature {
            name: "prefers-color-scheme".to_owned(),
            value: theme.to_owned(),
        };
        tab.call_method(Emulation::SetEmulatedMedia { media: None, features: Some(vec![feature]) })
            .unwrap();
        // Several tabs are open at the same time: each should behave as if it were in front.
        tab.call_method(Emulation::SetFocusEmulationEnabled { enabled: true }).unwrap();
        let page = Self { tab, heard, turns, _browser: browser };
        page.show(&format!("file://{file}"));
        page
    }

    /// Goes to a page, again if needed, until it is the one that is loaded: a new tab is still
    /// loading an empty page, which may arrive late and replace it.
    ///
    /// It asks the page nothing before that: if a page goes away, its questions are never answered.
    fn show(&self, url: &str) {
        let limit = Instant::now() + HANG;
        let (mut own, mut is_here) = (self.go_to(url), false);
        loop {
            let left = limit.saturating_duration_since(Instant::now());
            let Turn { loader, name } = self.turns.recv_timeout(left).expect("nothing is loaded");
            match (loader == own, name.as_str()) {
                (true, "load") => break,
                (true, _) => is_here = true,
                // Messages about earlier pages may come late.
                (false, "init") if is_here => (own, is_here) = (self.go_to(url), false),
                (false, _) => {}
            }
        }
        self.until("performance.getEntriesByName('covgate-ready').length > 0");
    }

    /// The number of the load that was begun.
    fn go_to(&self, url: &str) -> String {
        for _ in 0..10 {
            let way = Page::Navigate {
                url: url.to_owned(),
                referrer: None,
                transition_Type: None,
                frame_id: None,
                referrer_policy: None,
            };
            let went = self.tab.call_method(way).unwrap();
            // The empty page, if it arrives late, aborts the current load.
            match went.error_text.as_deref() {
                None => return went.loader_id.unwrap(),
                Some("net::ERR_ABORTED") => {}
                Some(error) => panic!("{url}: {error}"),
            }
        }
        panic!("{url}: aborted again and again");
    }

    /// The value of a JavaScript expression.
    pub(super) fn get(&self, expression: &str) -> Value {
        let wrapped = format!("(async () => JSON.stringify(await ({expression})))()");
        let result = self.tab.evaluate(&wrapped, true);
        let result = result.unwrap_or_else(|error| panic!("{expression}: {error:#}"));
        match result.value {
            Some(Value::String(json)) => serde_json::from_str(&json).unwrap(),
            _ => Value::Null,
        }
    }

    /// A value that is text.
    pub(super) fn text(&self, expression: &str) -> String {
        match self.get(expression) {
            Value::String(text) => text,
            other => panic!("{expression} is no text but {other}"),
        }
    }

    /// The text of the first element that matches.
    pub(super) fn text_of(&self, selector: &str) -> String {
        self.text(&format!("document.querySelector({selector:?}).textContent"))
    }

    /// The texts of all visible elements that match.
    pub(super) fn texts(&self, selector: &str) -> Vec<String> {
        let all = format!(
            "Array.from(document.querySelectorAll({selector:?})).filter(e => e.checkVisibility())
                .map(e => e.textContent)"
        );
        serde_json::from_value(self.get(&all)).unwrap()
    }

    /// Waits until a condition is true; the hang limit ends the wait.
    pub(super) fn until(&self, condition: &str) {
        let turn = "new Promise((done) => setTimeout(done))";
        self.get(&format!("(async () => {{ while (!({condition})) await {turn}; }})()"));
    }

    /// Presses keys, one after the other, as a keyboard does.
    pub(super) fn press(&self, keys: &[&str]) {
        for key in keys {
            self.tab.press_key(key).unwrap();
        }
    }

    /// Types into the focused element.
    pub(super) fn type_text(&self, text: &str) {
        self.tab.type_str(text).unwrap();
    }

    /// Clicks on the first element that matches.
    pub(super) fn click(&self, selector: &str) {
        self.tab.find_element(selector).unwrap().click().unwrap();
    }

    /// Ends the test; checks that the page logged nothing, requested nothing from the network but
    /// the file itself, and opened nothing.
    #[track_caller]
    pub(super) fn was_quiet(self) {
        self.get(&format!("console.debug({LAST_WORD:?})"));
        let said = Heard::Said(LAST_WORD.to_owned());
        let own = Heard::Asked(self.text("location.href.split('#')[0]"));
        let mut heard = Vec::new();
        loop {
            match self.heard.recv_timeout(HANG).expect("the page does not answer") {
                last if last == said => break,
                other => heard.push(other),
            }
        }
        // The file was requested twice if the first load was aborted.
        heard.dedup();
        assert_eq!(heard, [own]);
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // The browser itself may have failed the test.
        let _ = self.tab.close(false);
    }
}

fn watch(tab: &Tab) -> Receiver<Turn> {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let listener = move |event: &Event| {
        if let Event::PageLifecycleEvent(event) = event {
            let (loader, name) = (event.params.loader_id.clone(), event.params.name.clone());
            // Nobody listens any more once the page has loaded.
            let _ = sender.lock().unwrap().send(Turn { loader, name });
        }
    };
    tab.add_event_listener(Arc::new(listener)).unwrap();
    receiver
}

fn listen(tab: &Tab) -> Receiver<Heard> {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let seen = Mutex::new(BTreeSet::new());
    let listener = move |event: &Event| {
        let heard = match event {
            Event::RuntimeConsoleAPICalled(event) => {
                let words = event.params.args.iter().filter_map(|arg| arg.value.as_ref());
                let words: Vec<String> =
                    words.map(|word| word.as_str().unwrap_or_default().to_owned()).collect();
                Heard::Said(words.join(" "))
            }
            Event::RuntimeExceptionThrown(event) => {
                Heard::Said(format!("{:?}", event.params.exception_details))
            }
            Event::LogEntryAdded(event) => Heard::Said(event.params.entry.text.clone()),
            Event::NetworkRequestWillBeSent(event) => {
                // A redirect would have the same number.
                let request = (event.params.request_id.clone(), event.params.request.url.clone());
                if !seen.lock().unwrap().insert(request) {
                    return;
                }
                Heard::Asked(event.params.request.url.clone())
            }
            Event::PageJavascriptDialogOpening(event) => {
                Heard::PoppedUp(event.params.message.clone())
            }
            _ => return,
        };
        // Nobody listens any more once the test has ended.
        let _ = sender.lock().unwrap().send(heard);
    };
    tab.add_event_listener(Arc::new(listener)).unwrap();
    tab.enable_runtime().unwrap();
    tab.enable_log().unwrap();
    tab.call_method(Page::Enable { enable_file_chooser_opened_event: None }).unwrap();
    tab.call_method(Network::Enable {
        max_total_buffer_size: None,
        max_resource_buffer_size: None,
        max_post_data_size: None,
        report_direct_socket_traffic: None,
        enable_durable_messages: None,
    })
    .unwrap();
    receiver
}
