import { expect, test } from 'vitest';
import { withDrop } from './drop.ts';
import { OWN_DOMAIN } from './own-domain.ts';

test('a drop with a domain of its own runs here, and its decoys come by that door', async () => {
  const drop = await withDrop({ props: OWN_DOMAIN });
  const time = new Date(Date.now() - 60_000).toISOString();
  drop.invoke('decoy', { time, decoysPerMinute: 60, looseCellsPerMinute: 60 }).catch(() => {}); // ends with the drop
  await expect.poll(() => drop.objects('uploads/').length, { timeout: 60_000 }).toBeGreaterThan(0);
  await expect.poll(() => drop.waiting(), { timeout: 60_000 }).toBeGreaterThan(0);
  await drop.tick();
  expect(drop.batches().size).toBe(1);
});
