/** Pictures of a page of the extension, without an editor; anything that its policy or its script complains about fails. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { applyTheme, openPage, send, servePage, type ThemeName } from './page.ts';

export type Screen = BrowserContext;
export type Gesture = (page: Page) => Promise<void>;

export interface Picture {
  theme: ThemeName;
  messages: readonly unknown[];
  /** With "whole" in it the page is shown to its end. */
  name: string;
  gesture?: Gesture | undefined;
  /** What the page's clock shows, in ms since 1970. */
  now?: number;
}

export interface PictureOptions {
  styles: string[];
  data?: Record<string, string>;
  output: string;
  /** Only the pictures whose names contain one of these; all when there are none. */
  wanted?: readonly string[];
  /** Milliseconds before and after the gesture. */
  settle: readonly [number, number];
}

/** @param script the page's, a name in dist/webviews. */
export async function startPictures(script: string, { styles, data, output, wanted = [], settle }: PictureOptions) {
  mkdirSync(output, { recursive: true });
  const complaints: string[] = [];
  const { base, close } = await servePage(script, styles, data);
  const browser = await chromium.launch({
    executablePath: process.env.RANKWISE_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
  });
  return {
    screen: (width: number, height: number) =>
      browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' }),
    async picture(screen: Screen, { theme, messages, name, gesture, now }: Picture): Promise<void> {
      if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) return;
      const page = await openPage(screen, (message) => complaints.push(`${name}: ${message}`));
      if (now !== undefined) await page.clock.setFixedTime(now);
      await page.goto(base);
      await applyTheme(page, theme);
      await send(page, messages);
      await page.locator('main h1').waitFor({ state: 'visible' });
      // What lies outside of the window is drawn when it comes into it.
      if (name.includes('whole')) {
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width: page.viewportSize()!.width, height });
      }
      await page.waitForTimeout(settle[0]);
      await gesture?.(page);
      await page.waitForTimeout(settle[1]);
      await page.screenshot({ path: path.join(output, `${name}.png`), fullPage: name.includes('whole') });
      await page.close();
    },
    /** The exit status says whether nothing complained. */
    async finish(): Promise<void> {
      await browser.close();
      close();
      for (const complaint of complaints) console.error(complaint);
      process.exitCode = complaints.length === 0 ? 0 : 1;
    },
  };
}
