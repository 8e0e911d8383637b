import type { Visit } from '../visit.ts';
import type { Wait, Watching } from '../waits.ts';
import type { App } from './app.ts';
import { button, el, warning } from './element.ts';

/** How often what goes on is said to those who hear the page. */
const SAY_MILLISECONDS = 20_000;

/** Something that takes a while, and can be stopped. What is known of it outlives a change of the language. */
export interface Progress {
  /** Sets how far it is. @param say - what is said of it, in the language of the page */
  set(done: number, total: number, say: (app: App) => readonly string[]): void;
  /** What is told of its requests, and what ends them: to stop it, or the end of the visit. */
  watch(visit: Visit): Watching & { readonly signal: AbortSignal };
  /** What is seen of it. */
  draw(app: App): HTMLElement;
}

export function newProgress(): Progress {
  const stop = new AbortController();
  let [done, total, isStopping, said] = [0, 0, false, 0];
  let words: (app: App) => readonly string[] = () => [];
  let wait: Wait | undefined;
  let work: number | undefined;
  let update = () => {};

  const troublesIn = ({ t }: App) => [
    ...(wait ? [`${t.waits[wait.why]} ${t.waits.since(t.waits[wait.what], wait.since / 1000)}`] : []),
    ...(work === undefined ? [] : [t.sending.work(work)]),
  ];

  const draw = (app: App): HTMLElement => {
    const { t, visit } = app;
    const bar = el('progress', { 'aria-label': t.sending.progress });
    const lines = el('div', { class: 'lines' });
    const trouble = el('div', {});
    const stopButton = button(t.common.stop, () => {
      isStopping = true;
      stop.abort();
      update();
    });
    update = () => {
      if (visit.end.signal.aborted) return; // who comes next hears nothing of it
      bar.max = Math.max(total, 1);
      bar.value = done; // one without a value moves, and some people cannot look at that
      lines.replaceChildren(...words(app).map((text) => el('p', {}, text)));
      trouble.replaceChildren(...troublesIn(app).map(warning));
      stopButton.disabled = isStopping;
      stopButton.textContent = isStopping ? t.sending.stopped : t.common.stop;
      const now = Date.now();
      if (now - said < SAY_MILLISECONDS) return;
      said = now;
      app.announce(() => [...words(app), ...troublesIn(app)].join(' '));
    };
    update();
    return el('div', {}, bar, lines, trouble, el('div', { class: 'actions' }, stopButton));
  };

  return {
    set(now, of, say) {
      [done, total, words] = [now, of, say];
      update();
    },
    watch: ({ end }) => ({
      signal: AbortSignal.any([stop.signal, end.signal]),
      waiting: (failed) => {
        if (wait === undefined) said = 0; // a trouble that begins is said at once
        wait = failed;
        update();
      },
      working: (seconds) => {
        if (work !== undefined) return;
        work = seconds;
        update();
      },
    }),
    draw,
  };
}
