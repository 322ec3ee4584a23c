//! Owns the browser of the tests: finding it, starting one for all tests that run at a time, and a
//! page with a record of all that it said, asked of the network, or popped up.
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

/// Nothing takes this long: what does, hangs.
const HANG: Duration = Duration::from_secs(180);

/// The last page says this, after which nothing can be on its way any more.
const LAST_WORD: &str = "the last word of the test";

/// The one browser. Not kept alive by being here: the last test that uses it ends it.
static SHARED: Mutex<Weak<Browser>> = Mutex::new(Weak::new());

/// A page in a tab of its own.
pub(super) struct Opened {
    tab: Arc<Tab>,
    heard: Receiver<Heard>,
    /// After the tab: a browser that is gone cannot close it.
    _browser: Arc<Browser>,
}

/// What a page did besides showing itself.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Said(String),
    Asked(String),
    PoppedUp(String),
}

/// `COVGATE_TEST_CHROMIUM`, or the first of these on PATH. There is no run without one: a test
/// that needs a browser and finds none fails.
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
        // root may not use it, and what is opened is our own.
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

    /// As a reader whose system is light or dark.
    pub(super) fn in_theme(file: &camino::Utf8Path, theme: &str) -> Self {
        let browser = browser();
        let tab = browser.new_tab().unwrap();
        tab.set_default_timeout(HANG);
        let heard = listen(&tab);
        let feature = Emulation::MediaFeature {
            name: "prefers-color-scheme".to_owned(),
            value: theme.to_owned(),
        };
        tab.call_method(Emulation::SetEmulatedMedia { media: None, features: Some(vec![feature]) })
            .unwrap();
        // Several tabs are open at a time: each is to think that it is the one in front.
        tab.call_method(Emulation::SetFocusEmulationEnabled { enabled: true }).unwrap();
        let page = Self { tab, heard, _browser: browser };
        page.show(&format!("file://{file}"));
        page
    }

    /// A new tab is still on its way to an empty page; where that arrives late, it aborts what it
    /// finds under way.
    fn go_to(&self, url: &str) {
        const ABORTED: &str = "Navigate failed: net::ERR_ABORTED";
        let go = || self.tab.navigate_to(url).map(|_| ()).map_err(|error| error.to_string());
        let mut went = go();
        for _ in 0..9 {
            if went.as_ref().err().is_some_and(|error| error == ABORTED) {
                went = go();
            }
        }
        went.unwrap();
    }

    /// Asks again and again instead of once for all: what waits within the empty page is gone with
    /// it, and never answers. Where that page took the file's place, goes there once more.
    fn show(&self, url: &str) {
        let place = "performance.getEntriesByName('covgate-ready').length > 0 || location.protocol";
        let limit = Instant::now() + HANG;
        self.go_to(url);
        loop {
            assert!(Instant::now() < limit, "the page does not get ready");
            match self.tab.evaluate(place, false).ok().and_then(|answer| answer.value) {
                Some(Value::Bool(true)) => return,
                Some(Value::String(protocol)) if protocol == "about:" => self.go_to(url),
                _ => {}
            }
        }
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

    /// The text of the first element that fits.
    pub(super) fn text_of(&self, selector: &str) -> String {
        self.text(&format!("document.querySelector({selector:?}).textContent"))
    }

    /// The texts of all visible elements that fit.
    pub(super) fn texts(&self, selector: &str) -> Vec<String> {
        let all = format!(
            "Array.from(document.querySelectorAll({selector:?})).filter(e => e.checkVisibility())
                .map(e => e.textContent)"
        );
        serde_json::from_value(self.get(&all)).unwrap()
    }

    /// Waits until something is so. What never is, the hang limit ends.
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

    /// Types into what has the focus.
    pub(super) fn type_text(&self, text: &str) {
        self.tab.type_str(text).unwrap();
    }

    /// Presses the mouse on the first element that fits.
    pub(super) fn click(&self, selector: &str) {
        self.tab.find_element(selector).unwrap().click().unwrap();
    }

    /// Ends the test: nothing was said, asked of the network besides the file itself, or popped
    /// up.
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
        // Twice where the first way there was aborted.
        heard.dedup();
        assert_eq!(heard, [own]);
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // It may be the browser that failed the test.
        let _ = self.tab.close(false);
    }
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
                // A redirect would come under the same number.
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
