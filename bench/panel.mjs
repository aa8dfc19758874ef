// A panel's page in headless Chromium, for the benchmarks of panels. Drawing is the processor's: headless Chromium here has no GPU.
import { pathToFileURL } from 'node:url';
import { openBrowser } from '../test/e2e/host/browser.mjs';
import { bundle } from './processes.mjs';

/** A TypeScript module, whichever Node runs the benchmark. */
export const loadModule = async (entry, work) => import(pathToFileURL(await bundle(entry, work)).href);

/** @param script the page's, a name in dist/webviews, and that of its styles. @param data what the page is about. */
export async function openPanel(script, work, data) {
  const { servePage, openPage, applyTheme } = await loadModule('test/e2e/preview/page.ts', work);
  const pages = await servePage(script, ['base', 'charts', script], data);
  let browser;
  const close = async () => {
    pages.close();
    await browser?.close();
  };
  try {
    browser = await openBrowser({ width: 1280, height: 900 });
    const complaints = [];
    const page = await openPage(browser.page.context(), (message) => complaints.push(message));
    await page.goto(pages.base);
    await applyTheme(page, 'dark');
    const cdp = await page.context().newCDPSession(page);
    // Processor time of the page's thread: what neighbours do to the clock does not count.
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    return {
      page,
      cdp,
      /** Milliseconds that the page's thread has worked so far. */
      async worked() {
        const { metrics } = await cdp.send('Performance.getMetrics');
        return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
      },
      /** Throws where the page's policy or its script complained. */
      check() {
        if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('; ')}`);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export function warnOfLoad({ load, cores }) {
  if (load > cores / 4)
    console.log(`The machine was not quiet: load ${load.toFixed(1)} before the start. Measure again when it is.`);
}
