import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type CanaryEvent, type CanaryOptions, canaries } from '../core/canary/canaries.ts';
import { drawLetter } from '../core/canary/draft.ts';
import { fetchLate } from '../core/canary/late.ts';
import type { CanaryOutcome, LateOutcome, SameOutage } from '../core/canary/outcome.ts';
import { readerOf } from '../core/canary/reader.ts';
import { countCanary, newTally, verdictOf } from '../core/canary/tally.ts';
import { dropAt } from '../core/drop/drop.ts';
import type { DropRequest, Transport } from '../core/drop/transport.ts';
import { cellDigest } from '../core/letter/cell.ts';
import { tryLetter } from '../core/read/try-letter.ts';
import { drawLetters } from '../lambdas/decoy-letters.ts';
import { loopback } from '../node/transport/transport.ts';
import { drawCells } from '../wire/drawn-cells.ts';
import { CELL_BYTES, SLOT_SECONDS } from '../wire/sizes.ts';
import { slotAt } from '../wire/slot.ts';
import { formatUploadId } from '../wire/upload-id.ts';
import { FIRST_SLOT, withDrop } from './drop.ts';
import { journalist } from './people.ts';
import { plainDrop } from './plain-drop.ts';
import { simulatedTime } from './simulated-time.ts';
import { chiSquare, chiSquareLimit, seeded } from './statistics.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WAIT = 30 * MINUTE;
const SLOT = SLOT_SECONDS * 1000;

/** What a drop does with a request in place of what it should. */
type Fault = (asked: DropRequest, honest: Transport) => ReturnType<Transport>;

const honestly: Fault = (asked, honest) => honest(asked);
const isRegistration = ({ url }: DropRequest) => url.pathname === '/register-id';
const isFetch = ({ method, url }: DropRequest) => method === 'GET' && url.pathname.startsWith('/uploads/');
type Ended = CanaryOutcome | LateOutcome | SameOutage;
const isLate = (outcome: Ended): outcome is LateOutcome => ['kept', 'deleted', 'unanswered'].includes(outcome.kind);
const isList = ({ url }: DropRequest) => url.searchParams.has('list-type');
const answer = (status: number, body = new Uint8Array()) => Promise.resolve({ status, body });

/** Lets canaries fly in simulated time, over a drop that publishes each five minutes and has this fault. */
async function flown(
  fault: Fault,
  options: Partial<CanaryOptions> & { seed?: string; publishes?: (slot: number) => boolean; keepsFor?: number } = {},
) {
  const { seed = 'canary', publishes = () => true, keepsFor = Number.POSITIVE_INFINITY, ...more } = options;
  const time = simulatedTime();
  const drop = plainDrop();
  let next = time.now() + SLOT;
  const uploaded = new Map<string, number>();
  const keep = () => {
    for (const key of drop.objects.keys()) {
      if (!key.startsWith('uploads/')) continue;
      if (!uploaded.has(key)) uploaded.set(key, time.now());
      if (time.now() - uploaded.get(key)! > keepsFor) drop.objects.delete(key);
    }
  };
  const transport: Transport = async (asked) => {
    for (; next <= time.now(); next += SLOT) {
      const slot = drop.tick();
      if (!publishes(next)) drop.objects.delete(`ids/${slot}`);
    }
    keep();
    return fault(asked, drop.transport);
  };
  const stop = new AbortController();
  const [outcomes, late]: [(CanaryOutcome | SameOutage)[], LateOutcome[]] = [[], []];
  const events: CanaryEvent[] = [];
  const ended = canaries({
    // One try each: waits between tries go by the machine's clock.
    drop: {
      ...dropAt(drop.url, { transport: time.standing(transport) }),
      patience: { tries: 1, firstWaitMilliseconds: 0 },
      signal: stop.signal,
    },
    wait: WAIT,
    take: (outcome) => void (isLate(outcome) ? late.push(outcome) : outcomes.push(outcome)),
    report: (event) => void events.push(event),
    random: seeded(seed).below,
    sleep: time.sleep,
    now: time.now,
    ...more,
  });
  ended.catch(() => {});
  return { time, drop, outcomes, late, events, stop, ended };
}

/** The end of one canary. */
async function ending(fault: Fault, options: Parameters<typeof flown>[1] = {}): Promise<CanaryOutcome> {
  const { time, ended, outcomes } = await flown(fault, options);
  await time.run(ended);
  expect(outcomes).toHaveLength(1);
  return outcomes[0] as CanaryOutcome;
}

test('a canary comes back from an honest drop, run as it would be, with all that it was', async () => {
  const drop = await withDrop();
  const time = simulatedTime(Date.parse('2026-11-22T11:25:00Z'));
  const outcomes: Ended[] = [];
  let published = time.now();
  const transport: Transport = async (asked) => {
    while (time.now() - published >= SLOT) {
      await drop.tick();
      published += SLOT;
    }
    return loopback(asked);
  };
  const way = dropAt(drop.url, { transport: time.standing(transport) });
  await time.run(
    canaries({
      drop: way,
      wait: WAIT,
      firstCells: 3,
      take: (outcome) => void (isLate(outcome) || outcomes.push(outcome)),
      random: seeded('honest').below,
      sleep: time.sleep,
      now: time.now,
    }),
  );
  expect(outcomes).toEqual([
    { kind: 'back', slot: expect.any(String), ticks: 1, seconds: expect.any(Number), cells: 3 },
  ]);
  const [{ slot, seconds }] = outcomes as [Extract<CanaryOutcome, { kind: 'back' }>];
  expect(drop.batches().has(slot)).toBe(true);
  expect(slot >= FIRST_SLOT).toBe(true);
  expect(seconds).toBeGreaterThan(0);
  expect(drop.objects('uploads/')).toHaveLength(3);
});

describe('a drop that fails a letter is told by how it does', () => {
  test('swallowed, when it says that it registered it and publishes batches without it', async () => {
    const swallowing: Fault = (asked, honest) => (isRegistration(asked) ? answer(204) : honest(asked));
    const outcome = await ending(swallowing);
    expect(outcome).toMatchObject({ kind: 'swallowed' });
    expect(outcome.kind === 'swallowed' && outcome.ticks).toBeGreaterThanOrEqual(6);
  });

  test('withheld, when its line is there and a cell is missing', async () => {
    const missing: Fault = (asked, honest) => (isFetch(asked) ? answer(403) : honest(asked));
    expect(await ending(missing)).toMatchObject({ kind: 'withheld', why: 'missing' });
  });

  test('withheld, when one of its further cells is missing, and the root is there', async () => {
    let fetched = 0;
    const missing: Fault = (asked, honest) => (isFetch(asked) && fetched++ % 3 === 2 ? answer(404) : honest(asked));
    expect(await ending(missing, { firstCells: 3 })).toMatchObject({ kind: 'withheld', why: 'missing' });
  });

  test('withheld, when a cell is damaged, in one bit', async () => {
    const damaging: Fault = async (asked, honest) => {
      const { status, body } = await honest(asked);
      if (!isFetch(asked)) return { status, body };
      const damaged = new Uint8Array(body);
      damaged[CELL_BYTES - 100]! ^= 1;
      return { status, body: damaged };
    };
    expect(await ending(damaging, { firstCells: 2 })).toMatchObject({ kind: 'withheld', why: 'damaged' });
  });

  test('withheld, when it gives out another cell in place of the right one', async () => {
    const other: Fault = (asked, honest) => (isFetch(asked) ? answer(200, randomBytes(CELL_BYTES)) : honest(asked));
    expect(await ending(other)).toMatchObject({ kind: 'withheld', why: 'damaged' });
  });

  test('withheld, when it answers requests for cells with a fault, and all others well', async () => {
    const refusing: Fault = (asked, honest) => (isFetch(asked) ? answer(503) : honest(asked));
    expect(await ending(refusing)).toMatchObject({ kind: 'withheld', why: 'not given out' });
  });

  test('but a cell that an exit damaged once is fetched again, and the canary is back', async () => {
    let fetched = 0;
    const once: Fault = (asked, honest) => (isFetch(asked) && fetched++ === 0 ? answer(403) : honest(asked));
    expect(await ending(once)).toMatchObject({ kind: 'back', ticks: 1 });
  });

  test('gaps, when batches are missing, in one of which it may have stood', async () => {
    const swallowing: Fault = (asked, honest) => (isRegistration(asked) ? answer(204) : honest(asked));
    const outcome = await ending(swallowing, { publishes: (slot) => (slot / SLOT) % 3 !== 0 });
    expect(outcome).toMatchObject({ kind: 'gaps', missing: 2 });
  });

  test('gaps, when no batch comes any more', async () => {
    expect(await ending(honestly, { publishes: () => false })).toEqual({ kind: 'gaps', missing: 6, of: 6 });
  });

  test('gaps, when batches are listed and not given out, or are no batches', async () => {
    for (const status of [403, 200]) {
      const withholding: Fault = (asked, honest) =>
        asked.url.pathname.startsWith('/ids/') ? answer(status, Buffer.from('no batch')) : honest(asked);
      expect(await ending(withholding)).toMatchObject({ kind: 'gaps' });
    }
  });

  test('gaps, when the one batch that may hold it is listed and never given out', async () => {
    for (const seed of ['one', 'two', 'three', 'four', 'five']) {
      let registered: number | undefined;
      const made = await flown(
        (asked, honest) => {
          if (isRegistration(asked)) registered = made.time.now();
          const next = registered && `/ids/${slotAt(new Date(registered + SLOT))}`;
          return asked.url.pathname === next ? answer(404) : honest(asked);
        },
        { seed },
      );
      await made.time.run(made.ended);
      expect(made.outcomes).toMatchObject([{ kind: 'gaps', missing: 1 }]);
    }
  });

  test('but not by a batch or a cell that the transport spoiled once, whenever luck has it asked for again: of 100', async () => {
    const ends: Record<string, number> = {};
    for (let run = 0; run < 100; run += 1) {
      const spoiled = new Set<string>();
      const once: Fault = (asked, honest) => {
        const { pathname } = asked.url;
        const isToSpoil = pathname.startsWith('/ids/') || (run % 2 === 0 && isFetch(asked));
        if (!isToSpoil || spoiled.has(pathname)) return honest(asked);
        spoiled.add(pathname);
        return answer(404);
      };
      const { kind } = await ending(once, { seed: `spoiled ${run}`, firstCells: 1 });
      ends[kind] = (ends[kind] ?? 0) + 1;
    }
    expect(ends).toEqual({ back: 100 });
  });

  test('withheld, each for its own reason, whatever is wrong with others in the batch', async () => {
    const { ends, ask, slot, end } = inOneBatch('missing', 'another one', 'missing, and at last refused');
    for (let i = 0; i < 2; i += 1) {
      await ask(0, () => answer(404));
      await ask(1, () => answer(200, randomBytes(CELL_BYTES)));
      await ask(2, () => answer(404));
    }
    await ask(2, () => answer(503));
    await end();
    expect(await Promise.all(ends)).toEqual([
      { kind: 'withheld', slot, why: 'missing' },
      { kind: 'withheld', slot, why: 'damaged' },
      { kind: 'withheld', slot, why: 'missing' },
    ]);
  });

  test('gaps, when it refuses to list batches', async () => {
    const refusing: Fault = (asked, honest) => (isList(asked) ? answer(403) : honest(asked));
    expect(await ending(refusing)).toMatchObject({ kind: 'gaps' });
  });

  test('refused, when it does not take the upload, or the registration', async () => {
    const of = (what: (asked: DropRequest) => boolean, status: number): Fault => {
      return (asked, honest) => (what(asked) ? answer(status) : honest(asked));
    };
    const upload = (asked: DropRequest) => asked.url.pathname === '/upload-url';
    const cell = (asked: DropRequest) => asked.method === 'PUT' && !isRegistration(asked);
    expect(await ending(of(upload, 404))).toMatchObject({ kind: 'refused', step: 'upload' });
    expect(await ending(of(cell, 403))).toMatchObject({ kind: 'refused', step: 'upload' });
    expect(await ending(of(isRegistration, 400))).toMatchObject({ kind: 'refused', step: 'registration' });
  });
});

/** Canaries of one batch, whose cells are asked for one try at a time. */
function inOneBatch(...names: string[]) {
  let now = Date.parse('2026-11-22T11:26:00Z');
  const reader = readerOf(journalist('http://127.0.0.1:1').identity, WAIT, () => now);
  const { bookmark, save } = reader.watching;
  const [slot, state] = ['2026-11-22T11:30:00Z', { kind: 'new', luck: 0 } as const];
  const ends = names.map((name) => {
    const cells = [{ id: randomBytes(32), digest: randomBytes(32) }];
    const flight = { name, body: new Uint8Array(), cells, since: now };
    const ended = reader.expect(flight);
    reader.registered(flight);
    bookmark.pending.set(name, { name, id: formatUploadId(cells[0]!.id), slot, keys: [...bookmark.keys][0]!, state });
    return ended;
  });
  return {
    slot,
    ends,
    /** Tries one. */
    async ask(index: number, transport: Transport) {
      const drop = { url: 'http://127.0.0.1:1', transport, patience: { tries: 1, firstWaitMilliseconds: 0 } };
      await tryLetter({ ...reader.watching, drop }, bookmark.pending.get(names[index]!)!);
    },
    /** They are kept in the air no longer. */
    async end() {
      now += 4 * WAIT;
      await save!(bookmark);
    },
  };
}

describe('where the transport fails, nothing is said of the drop', () => {
  const down = () => Promise.reject(new Error('down'));

  test.each<[string, string, (asked: DropRequest) => boolean]>([
    ['for everything', 'upload', () => true],
    ['for registrations', 'registration', isRegistration],
    ['for cells', 'cells', isFetch],
    ['for lists', 'batches', isList],
    ['for batches', 'batches', ({ url }) => url.pathname.startsWith('/ids/')],
  ])('%s', async (_, step, what) => {
    expect(await ending((asked, honest) => (what(asked) ? down() : honest(asked)))).toEqual({
      kind: 'unreachable',
      step,
    });
  });

  test('for cells that are answered with 429, as anybody can bring about by a flood', async () => {
    const busy: Fault = (asked, honest) => (isFetch(asked) ? answer(429) : honest(asked));
    expect(await ending(busy)).toEqual({ kind: 'unreachable', step: 'cells' });
  });

  test('for one canary, whatever the drop answers to requests for another', async () => {
    const { ends, ask, slot, end } = inOneBatch('lost on the way', 'refused', 'refused by a throttle');
    await ask(1, () => answer(503));
    await ask(0, () => answer(503));
    await ask(0, down);
    await ask(1, () => answer(503));
    await ask(2, () => answer(429));
    await ask(1, () => answer(503));
    await end();
    expect(await Promise.all(ends)).toEqual([
      { kind: 'unreachable', step: 'cells' },
      { kind: 'withheld', slot, why: 'not given out' },
      { kind: 'unreachable', step: 'cells' },
    ]);
  });

  test('for the second cell, where the first was given out', async () => {
    const roots = new Set<string>();
    const outcome = await ending(
      (asked, honest) => {
        if (!isFetch(asked)) return honest(asked);
        if (roots.size === 0) roots.add(asked.url.pathname);
        return roots.has(asked.url.pathname) ? honest(asked) : down();
      },
      { firstCells: 2 },
    );
    expect(outcome).toEqual({ kind: 'unreachable', step: 'cells' });
  });

  test('and a transport that is down for an hour loses no canary that is on its way', async () => {
    let registered = Number.POSITIVE_INFINITY;
    const { time, ended, outcomes } = await flown((asked, honest) => {
      if (isRegistration(asked)) registered = time.now();
      const since = time.now() - registered;
      return since > 0 && since < 60 * MINUTE ? down() : honest(asked);
    });
    await time.run(ended);
    expect(outcomes).toMatchObject([{ kind: 'back', ticks: 1 }]);
  });
});

describe('a poll that is not over proves nothing', () => {
  test('when it is interrupted while it reads what came in the hour that the transport was down', async () => {
    let since: number | undefined;
    let isReading = false;
    const made = await flown((asked, honest) => {
      if (isRegistration(asked)) since = made.time.now();
      if (since === undefined) return honest(asked);
      if (made.time.now() < since + 2 * WAIT) return isList(asked) ? Promise.reject(new Error('away')) : honest(asked);
      isReading ||= asked.url.pathname.startsWith('/ids/');
      if (isReading) made.stop.abort(new Error('enough'));
      return honest(asked);
    });
    await expect(made.time.run(made.ended)).rejects.toThrow('enough');
    expect([isReading, made.outcomes]).toEqual([true, []]);
  });

  test('when a letter is saved in its middle', async () => {
    let now = Date.parse('2026-11-22T11:25:00Z');
    const reader = readerOf(journalist('http://127.0.0.1:1').identity, WAIT, () => now);
    const flight = { name: 'canary', body: new Uint8Array(), cells: [], since: now };
    const outcomes: CanaryOutcome[] = [];
    const ended = reader.expect(flight).then((outcome) => outcomes.push(outcome));
    reader.registered(flight);
    now += WAIT + MINUTE;
    const { bookmark, save, polled } = reader.watching;
    await save!(bookmark);
    await new Promise((resolve) => setImmediate(resolve));
    expect(outcomes).toEqual([]);
    polled!(now);
    await save!(bookmark);
    await ended;
    expect(outcomes).toMatchObject([{ kind: 'gaps' }]);
  });
});

describe('whoever waits is told that it takes longer', () => {
  const overdue = async (fault: Fault) => {
    const { time, ended, events, outcomes } = await flown(fault);
    await time.run(ended);
    return { overdue: events.filter(({ kind }) => kind === 'overdue'), outcomes };
  };

  test('once, where a batch of the time is not given out, and how long at most', async () => {
    const isBatch = ({ url }: DropRequest) => url.pathname.startsWith('/ids/');
    const found = await overdue((asked, honest) => (isBatch(asked) ? answer(503) : honest(asked)));
    expect(found.overdue).toEqual([{ kind: 'overdue', most: 3 * WAIT }]);
    expect(found.outcomes).toHaveLength(1);
  });

  test('and not where it comes back in time', async () => {
    expect((await overdue(honestly)).overdue).toEqual([]);
  });
});

describe('an interruption ends it at once, and nothing is told of what is in the air', () => {
  test.each<[string, (events: readonly CanaryEvent[], asked: readonly DropRequest[]) => boolean]>([
    ['before anything is sent', (_, asked) => asked.length === 2],
    ['in the middle of the upload', (_, asked) => asked.some(({ method }) => method === 'PUT')],
    ['while it is waited for', (events) => events.some(({ kind }) => kind === 'registered')],
    ['while it is fetched', (_, asked) => asked.some(isFetch)],
  ])('%s', async (_, isTime) => {
    const asked: DropRequest[] = [];
    const { time, ended, outcomes, events, stop } = await flown(
      (request, honest) => {
        asked.push(request);
        if (isTime(events, asked)) stop.abort(new Error('enough'));
        return honest(request);
      },
      { every: 5 * MINUTE },
    );
    const requests = () => asked.length;
    await expect(time.run(ended)).rejects.toThrow('enough');
    const before = requests();
    expect(outcomes).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(requests()).toBe(before);
  });

  test('and so does a tally that cannot be written', async () => {
    const fault = new Error('no space');
    const take = () => Promise.reject(fault);
    const { time, ended } = await flown(honestly, { take, every: 5 * MINUTE });
    await expect(time.run(ended)).rejects.toBe(fault);
  });
});

describe('canaries sent again and again', () => {
  /** Lets canaries fly for days, and counts them. */
  // Seeds draw the faults and the moments; which of two answers comes first is this machine's doing. So what comes out is
  // another each time, and once in some 25 times not what is most likely. What is wrong fails three times in a row.
  const AGAIN = { retry: 2 };

  async function tallied(fault: Fault, days: number, every: number, seed: string) {
    const { time, ended, outcomes } = await flown(fault, { every, lasting: days * DAY, seed });
    await time.run(ended);
    const tallies = [newTally('2026-11-22')];
    for (const { kind } of outcomes) tallies.push(countCanary(tallies.at(-1)!, kind, '2026-11-22'));
    return { outcomes, tallies, verdict: verdictOf(tallies.at(-1)!) };
  }

  test('find an honest drop honest: all come back in the next batch, in whatever order, and the bound says how sure', async () => {
    const { outcomes, verdict } = await tallied(honestly, 1, 40 * MINUTE, 'honest days');
    expect(outcomes.length).toBeGreaterThan(20);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'back', ticks: 1 });
    expect(verdict.swallowed).toEqual({
      lost: 0,
      trials: outcomes.length,
      atMost: expect.closeTo(1 - 0.05 ** (1 / outcomes.length), 8),
    });
    expect(verdict.alarm).toBeUndefined();
  });

  test(
    'find out a drop that swallows half of the registrations within 16, which fails once in 500 seeds',
    AGAIN,
    async () => {
      const { uniform } = seeded('half');
      const half: Fault = (asked, honest) => (isRegistration(asked) && uniform() < 0.5 ? answer(204) : honest(asked));
      const { tallies, verdict } = await tallied(half, 1, 60 * MINUTE, 'swallowing');
      expect(tallies.findIndex(({ alarm }) => alarm !== undefined)).toBeLessThanOrEqual(16);
      expect(verdict.alarm).toBe('2026-11-22');
      expect(verdict.swallowed.lost).toBe(verdict.all.lost);
      expect(verdict.round.atLeast).toBeGreaterThan(0.03);
    },
  );

  test('find out a drop that withholds half of the uploads', AGAIN, async () => {
    const withheld = new Map<string, boolean>();
    const { uniform } = seeded('withheld');
    const half: Fault = (asked, honest) => {
      if (!isFetch(asked)) return honest(asked);
      const { pathname } = asked.url;
      if (!withheld.has(pathname)) withheld.set(pathname, uniform() < 0.5);
      return withheld.get(pathname) ? answer(403) : honest(asked);
    };
    const { verdict } = await tallied(half, 1, 90 * MINUTE, 'withholding');
    expect(verdict.alarm).toBe('2026-11-22');
    expect(verdict.withheld.lost).toBeGreaterThan(2);
    expect(verdict.swallowed.lost).toBe(0);
  });

  /** Refuses or swallows from one minute to another of the first day. */
  const during = (spans: [from: number, to: number][], fault: Fault) => {
    let start: number | undefined;
    const outage: Fault = (asked, honest) => {
      start ??= now();
      const minute = (now() - start) / MINUTE;
      return spans.some(([from, to]) => minute >= from && minute < to) ? fault(asked, honest) : honest(asked);
    };
    let now = () => 0;
    return { outage, clock: (of: () => number) => (now = of) };
  };
  const swallow: Fault = (asked, honest) => (isRegistration(asked) ? answer(204) : honest(asked));
  const refuse: Fault = (asked, honest) => (asked.url.pathname === '/upload-url' ? answer(404) : honest(asked));

  test.each<[what: string, fault: Fault, spans: [number, number][], lost: number]>([
    ['swallows all for an hour', swallow, [[180, 240]], 1],
    ['refuses all for an hour', refuse, [[180, 240]], 1],
    ['refuses all for four hours', refuse, [[180, 420]], 1],
    ['swallows all twice, an hour each', swallow, [[180, 240], [420, 480]], 2], // biome-ignore format: a table
  ])('count one loss for an outage, of a drop that %s', AGAIN, async (_, fault, spans, lost) => {
    const { outage, clock } = during(spans, fault);
    const { time, ended, outcomes } = await flown((asked, honest) => outage(asked, honest), {
      every: 5 * MINUTE,
      lasting: (spans.at(-1)![1] + 120) * MINUTE,
      seed: 'outage',
    });
    clock(time.now);
    await time.run(ended);
    const tally = outcomes.reduce((sum, { kind }) => countCanary(sum, kind, '2026-11-22'), newTally('2026-11-22'));
    expect(outcomes.filter(({ kind }) => kind === 'same outage').length).toBeGreaterThan(1);
    expect(verdictOf(tally)).toMatchObject({ all: { lost }, alarm: undefined });
  });

  test('find out a drop that loses everything, as one outage does not last for ever', async () => {
    const { verdict } = await tallied(swallow, 1, 10 * MINUTE, 'everything');
    expect(verdict.alarm).toBe('2026-11-22');
    expect(verdict.all.lost).toBeLessThan(6);
  });

  test('say nothing of a drop that is down half of the time: that is no loss', async () => {
    const { uniform } = seeded('down');
    const half: Fault = (asked, honest) => (uniform() < 0.5 ? Promise.reject(new Error('down')) : honest(asked));
    const { verdict } = await tallied(half, 1, 60 * MINUTE, 'down');
    expect(verdict.unreachable).toBeGreaterThan(5);
    expect(verdict.all.lost).toBe(0);
  });

  test('leave at moments of a Poisson process, about as many as were asked for', async () => {
    // Nothing is taken, so that nothing takes time.
    const starts: number[] = [];
    const refusing: Fault = (asked, honest) => (asked.url.pathname === '/upload-url' ? answer(404) : honest(asked));
    const { time, ended } = await flown(refusing, {
      every: 30 * MINUTE,
      lasting: 2 * DAY,
      look: 3600,
      report: ({ kind }) => kind === 'begun' && starts.push(time.now()),
      seed: 'poisson',
    });
    await time.run(ended);
    expect(Math.abs(starts.length - 96)).toBeLessThan(5 * Math.sqrt(96));
    const counts = [0, 0, 0, 0];
    for (const [i, start] of starts.slice(1).entries()) {
      counts[Math.min(3, Math.floor(4 * (1 - Math.exp(-(start - starts[i]!) / (30 * MINUTE)))))]! += 1;
    }
    expect(chiSquare(counts, Array(4).fill((starts.length - 1) / 4))).toBeLessThan(chiSquareLimit(4));
  });
});

describe('a cell of a canary that came back is fetched once more, days later', () => {
  const DAYS = { every: 3 * 60 * MINUTE, retentionDays: 3, lasting: 4 * DAY };

  async function fetched(options: Parameters<typeof flown>[1]) {
    const asked = new Map<string, string[]>();
    const noting: Fault = (request, honest) => {
      const { method, headers, answerMaxBytes } = request;
      const { pathname } = request.url;
      if (isFetch(request))
        asked.set(pathname, [...(asked.get(pathname) ?? []), JSON.stringify([method, headers, answerMaxBytes])]);
      return honest(request);
    };
    const { time, ended, outcomes, late } = await flown(noting, { ...DAYS, ...options });
    await time.run(ended);
    let tally = newTally('2026-11-22');
    for (const { kind } of [...outcomes, ...late]) tally = countCanary(tally, kind, '2026-11-22');
    return { outcomes, late, asked: [...asked.values()], verdict: verdictOf(tally) };
  }

  test('and is there on an honest drop, at all ages, asked for as before', async () => {
    const { outcomes, late, asked, verdict } = await fetched({ seed: 'kept' });
    expect(late.length).toBeGreaterThan(10);
    expect(late.length).toBeLessThan(outcomes.length); // what is young when it ends is not waited for
    expect(new Set(late.map(({ kind }) => kind))).toEqual(new Set(['kept']));
    const ages = late.map(({ seconds }) => (seconds * 1000) / DAY);
    expect(Math.min(...ages)).toBeLessThan(0.5);
    expect(Math.max(...ages)).toBeGreaterThan(1.5);
    expect(Math.max(...ages)).toBeLessThan(2);
    expect(verdict).toMatchObject({ all: { lost: 0 }, deleted: { lost: 0, trials: late.length }, alarm: undefined });
    const twice = asked.filter(({ length }) => length > 1);
    expect(twice).toHaveLength(late.length);
    for (const [first, second, ...more] of twice) {
      expect(second).toBe(first);
      expect(more).toEqual([]);
    }
  });

  test('and is missing on a drop that deletes uploads after three hours, which is found out by nothing else', async () => {
    const { outcomes, late, verdict } = await fetched({ keepsFor: 3 * 60 * MINUTE, seed: 'deleted' });
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['back']));
    expect(verdict.all.lost).toBe(0);
    expect(verdict.deleted.lost).toBeGreaterThan(late.length / 2);
    expect(verdict.alarm).toBe('2026-11-22');
    expect(verdict.lateRound.atLeast).toBeGreaterThan(0.3);
  });

  /** Fetches a cell late over a drop that answers so, one try a request. */
  async function lateOver(transport: Transport, cell: Uint8Array, retentionDays = 14, sleeps = 1) {
    let now = Date.parse('2026-11-22T11:26:00Z');
    const sleep = async (milliseconds: number) => {
      now += milliseconds * sleeps;
    };
    const drop = { url: 'http://127.0.0.1:1', transport, patience: { tries: 1, firstWaitMilliseconds: 0 } };
    const entry = { id: randomBytes(32), digest: await cellDigest(cell) };
    const { below: random } = seeded('late');
    return fetchLate(drop, entry, now - 20 * MINUTE, { retentionDays, random, sleep, now: () => now });
  }

  const cell = randomBytes(CELL_BYTES);
  test.each<[string, object | undefined, Transport]>([
    ['which is there', { kind: 'kept' }, () => answer(200, cell)],
    ['which is missing, or forbidden', { kind: 'deleted', why: 'missing' }, () => answer(403)],
    ['which is missing', { kind: 'deleted', why: 'missing' }, () => answer(404)],
    ['which is another one', { kind: 'deleted', why: 'damaged' }, () => answer(200, randomBytes(CELL_BYTES))],
    ['which is refused', { kind: 'deleted', why: 'not given out' }, () => answer(410)],
    ['while the drop is busy', { kind: 'unanswered' }, () => answer(429)],
    ['while the drop has a fault', { kind: 'unanswered' }, () => answer(503)],
    ['while the transport is down', { kind: 'unanswered' }, () => Promise.reject(new Error('down'))],
  ])('a cell %s', async (_, expected, transport) => {
    expect(await lateOver(transport, cell)).toMatchObject({ ...expected, seconds: expect.any(Number) });
  });

  test('but not on the last day, when a drop may be deleting it: not after a sleep either', async () => {
    const never: Transport = () => Promise.reject(new TypeError('asked'));
    expect(await lateOver(never, cell, 1)).toBeUndefined();
    expect(await lateOver(never, cell, 14, 1000)).toBeUndefined();
  });

  test('at moments that are uniform: chi-square of 1,000, wrongly refused once in a million', async () => {
    const { below: random } = seeded('uniform');
    const counts = Array<number>(13).fill(0);
    for (let i = 0; i < 1000; i += 1) {
      let now = 0;
      const sleep = async (milliseconds: number) => {
        now += milliseconds;
      };
      const drop = {
        url: 'http://127.0.0.1:1',
        transport: () => answer(404),
        patience: { tries: 1, firstWaitMilliseconds: 0 },
      };
      await fetchLate(drop, { id: randomBytes(32), digest: randomBytes(32) }, 0, {
        retentionDays: 14,
        random,
        sleep,
        now: () => now,
      });
      counts[Math.floor(now / DAY)]! += 1;
    }
    expect(chiSquare(counts, Array(13).fill(1000 / 13))).toBeLessThan(chiSquareLimit(13));
  });
});

describe('how long a canary is', () => {
  const DRAWS = 20_000;
  const expected = Array.from({ length: 8 }, (_, i) => DRAWS * 0.5 ** Math.min(i + 1, 7));
  const distance = (draw: () => number) => {
    const observed = Array<number>(8).fill(0);
    for (let i = 0; i < DRAWS; i += 1) observed[draw() - 1]! += 1;
    return chiSquare(observed, expected);
  };

  test('is drawn as that of the decoys is: chi-square of 20,000 draws, wrongly refused once in a million', () => {
    const { below } = seeded('cells');
    expect(distance(() => drawCells(below))).toBeLessThan(chiSquareLimit(8));
    const decoys = function* () {
      for (;;) for (const { cells } of drawLetters(5, below)) yield cells.length;
    };
    const lengths = decoys();
    expect(distance(() => lengths.next().value!)).toBeLessThan(chiSquareLimit(8));
  });

  test('would be told from that of canaries of one cell, or of one more each time', () => {
    const { below } = seeded('cells');
    expect(distance(() => 1)).toBeGreaterThan(chiSquareLimit(8));
    expect(distance(() => 1 + below(2))).toBeGreaterThan(chiSquareLimit(8));
  });

  test('is what was drawn, whatever its text and file', () => {
    const { below } = seeded('lengths');
    for (let cells = 1; cells <= 8; cells += 1) {
      for (const random of [below, () => 0, (limit: number) => limit - 1]) {
        expect(drawLetter(cells, random).cells).toBe(cells);
      }
    }
  });
});
