import { readFileSync } from 'node:fs';
import type { Frame } from 'puppeteer-core';
import { expect } from 'vitest';

/** axe-core, which the policy lets nobody but WebDriver put into the page. */
const AXE = readFileSync(new URL(import.meta.resolve('axe-core')), 'utf8');

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const RULES = [...WCAG, 'best-practice'];

interface Found {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/**
 * Fails unless what a frame shows is as WCAG 2.2 AA has it, as far as a program can tell; and is good practice, where it is
 * more than a frame around another.
 */
export async function expectAccessible(frame: Frame, state: string, isFrameOnly = false): Promise<void> {
  if (!(await frame.evaluate(`typeof axe === 'object'`))) await frame.evaluate(AXE);
  const { violations, passes } = (await frame.evaluate(
    `axe.run(document, { iframes: false, runOnly: ${JSON.stringify(isFrameOnly ? WCAG : RULES)} }).then(({ violations, passes }) => ({
      passes: passes.length,
      violations: violations.map(({ id, help, nodes }) => ({
        id, help, nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })),
      })),
    }))`,
  )) as { violations: Found[]; passes: number };
  expect(violations, state).toEqual([]);
  expect(passes, state).toBeGreaterThan(5);
}
