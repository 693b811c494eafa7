//! Chromium and Firefox without a window, each with a profile of its own.

use std::env;
use std::fmt::Debug;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Deref;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use thirtyfour::{
    BrowserLogEntry, By, ChromiumLikeCapabilities, DesiredCapabilities, WebDriver, WebElement,
    common::command::{Command as DriverCommand, ExtensionCommand},
    error::WebDriverResult,
};
use tokio::time::{Instant, sleep};

/// How long a browser may take to start, or an element to come that depends on nothing
/// but the page.
const SOON: Duration = Duration::from_mins(1);

/// How long one attempt to load a page may take: the development server may take a request and
/// end, and whoever asked waits for minutes.
const LOADING: Duration = Duration::from_secs(20);

/// How long all attempts may take.
const ARRIVAL: Duration = Duration::from_mins(2);

/// How often a state is looked at.
const TICK: Duration = Duration::from_millis(100);

/// How often the page is looked for before it is loaded again.
const PATIENCE: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Chromium,
    Firefox,
}

/// What a browser can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Can {
    Everything,
    /// As one that is locked down.
    NoWebAssembly,
    /// Everything, and it calls itself so.
    Agent(&'static str),
}

/// Why a browser cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// An environment variable names the browser or its driver, and it is not set.
    #[error("{0} is not set: `cargo xtask test` sets it")]
    Unset(&'static str),
    #[error("{0} cannot be started: {1}")]
    Start(String, std::io::Error),
    #[error("the driver does not answer")]
    Silent,
    #[error(transparent)]
    Driver(#[from] thirtyfour::error::WebDriverError),
}

/// What Firefox has written down of our pages' scripts that failed, and of rules that a page
/// broke, in the form in which Chromium's driver hands it out.
const COMPLAINTS: &str = "
    return Services.console.getMessageArray()
        .filter((message) => message instanceof Ci.nsIScriptError)
        .filter(({ flags }) => !(flags & Ci.nsIScriptError.warningFlag))
        .filter(({ sourceName }) => /^http:\\/\\/(localhost|127\\.0\\.0\\.1):/.test(sourceName))
        .map(({ category, errorMessage, sourceName, timeStamp }) => ({
            level: 'SEVERE',
            message: `${sourceName} ${errorMessage}`,
            source: category,
            timestamp: timeStamp,
        }));
";

/// Has Firefox run scripts in pages (`content`), or among its own (`chrome`).
#[derive(Debug)]
struct Context(&'static str);

impl ExtensionCommand for Context {
    fn parameters_json(&self) -> Option<Value> {
        Some(json!({ "context": self.0 }))
    }

    fn method(&self) -> reqwest::Method {
        reqwest::Method::POST
    }

    fn endpoint(&self) -> Arc<str> {
        "/moz/context".into()
    }
}

/// An open browser; it ends when this is dropped.
pub struct Browser {
    driver: WebDriver,
    kind: Kind,
    _process: Driver,
}

/// The driver and all that it started, as one process group.
struct Driver(Child);

impl Browser {
    /// Opens a browser that has never been anywhere, 390 by 844 pixels, in English.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn open(kind: Kind) -> Result<Self, BrowserError> {
        Self::open_with(kind, Can::Everything).await
    }

    /// As [`Browser::open`], but one that has no WebAssembly.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn open_without_webassembly(kind: Kind) -> Result<Self, BrowserError> {
        Self::open_with(kind, Can::NoWebAssembly).await
    }

    /// As [`Browser::open`], but one that calls itself `agent`.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn open_as(kind: Kind, agent: &'static str) -> Result<Self, BrowserError> {
        Self::open_with(kind, Can::Agent(agent)).await
    }

    async fn open_with(kind: Kind, can: Can) -> Result<Self, BrowserError> {
        let (driver_variable, browser_variable) = match kind {
            Kind::Chromium => ("LEMON_CHROMEDRIVER", "LEMON_CHROMIUM"),
            Kind::Firefox => ("LEMON_GECKODRIVER", "LEMON_FIREFOX"),
        };
        let path = |name: &'static str| env::var(name).map_err(|_| BrowserError::Unset(name));
        let (program, browser) = (path(driver_variable)?, path(browser_variable)?);
        let port = free_port().map_err(|error| BrowserError::Start(program.clone(), error))?;
        let process = Driver::start(&program, kind, port)
            .map_err(|error| BrowserError::Start(program, error))?;
        let address = format!("http://127.0.0.1:{port}");
        let deadline = Instant::now() + SOON;
        // The driver opens its port a moment after it was started.
        while tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .is_err()
        {
            if Instant::now() > deadline {
                return Err(BrowserError::Silent);
            }
            sleep(TICK).await;
        }
        let driver = match kind {
            Kind::Chromium => WebDriver::new(address, chromium(&browser, can)?).await?,
            Kind::Firefox => WebDriver::new(address, firefox(&browser, can)?).await?,
        };
        driver.set_window_rect(0, 0, 390, 844).await?;
        driver.set_page_load_timeout(LOADING).await?;
        Ok(Self {
            driver,
            kind,
            _process: process,
        })
    }

    /// What the console holds. Chromium's driver tells of each entry once, and of everything;
    /// Firefox of scripts that failed and rules that were broken, each time.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn console(&self) -> WebDriverResult<Vec<BrowserLogEntry>> {
        if self.kind == Kind::Chromium {
            return self.driver.browser_log().await;
        }
        let enter = |context| DriverCommand::ExtensionCommand(Box::new(Context(context)));
        self.driver.cmd(enter("chrome")).await?;
        let told = self.driver.execute(COMPLAINTS, Vec::new()).await;
        self.driver.cmd(enter("content")).await?;
        told?.convert()
    }

    /// The element that `css` selects, once it is there and shown.
    ///
    /// # Panics
    /// If it does not come within a minute.
    pub async fn shown(&self, css: &str) -> WebElement {
        self.shown_within(css, SOON).await
    }

    /// The element that `css` selects, once it is there and shown.
    ///
    /// # Panics
    /// If it does not come within `time`; the message says what the page shows.
    pub async fn shown_within(&self, css: &str, time: Duration) -> WebElement {
        self.until(css, time, async || {
            let element = self.driver.find(By::Css(css)).await.ok()?;
            element.is_displayed().await.ok()?.then_some(element)
        })
        .await
    }

    /// What `look` gives once it gives something.
    ///
    /// # Panics
    /// If it gives nothing within `time`; the message says what the page shows.
    pub async fn until<T>(
        &self,
        what: impl Debug,
        time: Duration,
        look: impl AsyncFn() -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + time;
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(
                Instant::now() < deadline,
                "{what:?} did not come within {time:?}; the page shows:\n{}",
                self.page_text().await
            );
            sleep(TICK).await;
        }
    }

    /// Goes to `url` and waits until the page is there.
    ///
    /// # Panics
    /// If it does not come within two minutes.
    pub async fn visit(&self, url: &str) {
        self.until(url, ARRIVAL, async || self.goto(url).await.ok())
            .await;
        self.arrive().await;
    }

    /// Loads the page again and waits until it is there.
    ///
    /// # Panics
    /// If it does not come within two minutes.
    pub async fn reload(&self) {
        self.until("a reload", ARRIVAL, async || self.refresh().await.ok())
            .await;
        self.arrive().await;
    }

    async fn arrive(&self) {
        self.loaded("the page", SOON, async || {
            self.find(By::Css("main")).await.is_ok()
        })
        .await;
    }

    /// Waits for a page that loads itself again, whose `css` then `says` something.
    ///
    /// # Panics
    /// If it does not come within two minutes.
    pub async fn came_back(&self, css: &str, says: &str) {
        self.loaded(says, ARRIVAL, async || self.text(css).await.contains(says))
            .await;
    }

    /// The development server ends now and then when a page is left with requests under
    /// way, and is started again; the browser then shows an error instead of the page. A
    /// person loads it again.
    async fn loaded(&self, what: &str, time: Duration, is_there: impl AsyncFn() -> bool) {
        self.until(what, time, async || {
            for _ in 0..PATIENCE {
                if is_there().await {
                    return Some(());
                }
                sleep(TICK).await;
            }
            self.refresh().await.ok()?;
            None
        })
        .await;
    }

    /// Clicks what `css` selects once it is shown.
    ///
    /// # Panics
    /// If it does not come, or cannot be clicked.
    pub async fn click(&self, css: &str) {
        // What a page draws anew between the look and the click is looked for again.
        self.until(css, SOON, async || self.shown(css).await.click().await.ok())
            .await;
    }

    /// The text of what `css` selects; empty while it is not there.
    pub async fn text(&self, css: &str) -> String {
        match self.driver.find(By::Css(css)).await {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Everything the page says.
    pub async fn page_text(&self) -> String {
        self.text("body").await
    }

    /// Ends the browser.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn close(self) -> WebDriverResult<()> {
        let Self {
            driver, _process, ..
        } = self;
        driver.quit().await
    }
}

impl Deref for Browser {
    type Target = WebDriver;

    fn deref(&self) -> &WebDriver {
        &self.driver
    }
}

fn chromium(browser: &str, can: Can) -> WebDriverResult<thirtyfour::ChromeCapabilities> {
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_binary(browser)?;
    // Without a sandbox, because continuous integration runs as root; the rest keeps it
    // from speaking to anybody but the page.
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=en-GB",
        "--accept-lang=en-GB",
    ] {
        capabilities.add_arg(argument)?;
    }
    if can == Can::NoWebAssembly {
        // So does Lockdown Mode: without its compiler the engine has none of it.
        capabilities.add_arg("--js-flags=--jitless")?;
    }
    if let Can::Agent(agent) = can {
        capabilities.add_arg(&format!("--user-agent={agent}"))?;
    }
    Ok(capabilities)
}

fn firefox(browser: &str, can: Can) -> WebDriverResult<thirtyfour::FirefoxCapabilities> {
    let mut preferences = thirtyfour::common::capabilities::firefox::FirefoxPreferences::new();
    preferences.set("intl.accept_languages", "en-GB")?;
    if can == Can::NoWebAssembly {
        preferences.set("javascript.options.wasm", false)?;
    }
    if let Can::Agent(agent) = can {
        preferences.set("general.useragent.override", agent)?;
    }
    let mut capabilities = DesiredCapabilities::firefox();
    capabilities.set_firefox_binary(browser)?;
    capabilities.set_preferences(preferences)?;
    capabilities.add_arg("-headless")?;
    Ok(capabilities)
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

impl Driver {
    fn start(program: &str, kind: Kind, port: u16) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        command
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if kind == Kind::Firefox {
            // Its own connection to the browser, which otherwise is the same for all.
            let marionette = free_port()?;
            command.arg(format!("--marionette-port={marionette}"));
            // What its console holds only its own scripts see.
            command.arg("--allow-system-access");
        }
        command.process_group(0).spawn().map(Self)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The group has the browser in it, which would outlive its driver.
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}
