import { expect, it } from 'vitest';
import { runPage } from '../../../client/run-html.ts';

it('the page allows its own script and style and nothing else', () => {
  const page = runPage({ nonce: 'abc', source: 'https://webview', script: 's.js', styles: ['s.css'], run: '/a"><b>' });
  const policy = /content="(default-src[^"]+)"/.exec(page)![1]!;
  expect(policy.split('; ').sort()).toEqual([
    "default-src 'none'",
    'font-src https://webview',
    "script-src 'nonce-abc'",
    'style-src https://webview',
  ]);
  expect(page).toContain('data-run="/a&quot;>&lt;b>"');
  expect(page).not.toMatch(/<script(?! nonce="abc")| style=|<style| on\w+=/);
});
