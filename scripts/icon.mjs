// Draws client/media/icon.png (128 px, what the gallery shows) from icon.svg: `node scripts/icon.mjs` after changing the drawing.
import { readFileSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { ensureChromium } from './tools.mjs';

const folder = 'client/media';
const browser = await chromium.launch({ executablePath: ensureChromium(), args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
await page.setContent(`<body style="margin:0">${readFileSync(`${folder}/icon.svg`, 'utf8')}`);
writeFileSync(`${folder}/icon.png`, await page.screenshot({ omitBackground: true }));
await browser.close();
