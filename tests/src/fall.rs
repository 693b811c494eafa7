//! Workers that fall on demand, as those do whose memory the system takes.

use thirtyfour::error::WebDriverResult;

use crate::browser::Browser;

/// A worker that falls when it is told to, as one does that the system takes the memory from:
/// from then on it hears nothing.
pub const FALLS: &str = "{
    const told = new BroadcastChannel('fall');
    let fallen = false;
    addEventListener('message', (event) => fallen && event.stopImmediatePropagation());
    told.onmessage = ({ data }) => {
        if (data !== 'fall') return;
        fallen = true;
        told.postMessage('fallen');
        setTimeout(() => { throw new Error('gone'); });
    };
}
";

/// Has a worker fall, and waits until it has.
///
/// # Errors
/// Those of the driver, also if there is no such worker.
pub async fn fall(browser: &Browser) -> WebDriverResult<()> {
    const FALL: &str = "
        const [done] = arguments;
        const told = new BroadcastChannel('fall');
        told.onmessage = ({ data }) => {
            if (data !== 'fallen') return;
            told.close();
            done();
        };
        told.postMessage('fall');";
    browser.execute_async(FALL, Vec::new()).await?;
    Ok(())
}
