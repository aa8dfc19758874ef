import { expect, it } from 'vitest';
import { pageHtml } from '../../../client/page-html.ts';

it('the page allows its own script and style and nothing else', () => {
  const about = { title: '<i>', data: { run: '/a"><b>' } };
  const page = pageHtml({ ...about, nonce: 'abc', source: 'https://webview', script: 's.js', styles: ['s.css'] });
  const policy = /content="(default-src[^"]+)"/.exec(page)![1]!;
  expect(policy.split('; ').sort()).toEqual([
    "default-src 'none'",
    'font-src https://webview',
    "script-src 'nonce-abc'",
    'style-src https://webview',
  ]);
  expect(page).toContain('data-run="/a&quot;>&lt;b>"');
  expect(page).toContain('<title>&lt;i></title>');
  expect(page).not.toMatch(/<script(?! nonce="abc")| style=|<style| on\w+=/);
});
