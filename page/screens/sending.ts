import type { UploadProgress } from '../../core/send/send.ts';
import { CELL_BYTES } from '../../wire/sizes.ts';
import { canGoOn, type Fault, faultOf } from '../fault.ts';
import { rateOf } from '../rate.ts';
import type { Sending } from '../sending.ts';
import { forgetLetter, type Visit } from '../visit.ts';
import { type App, doing, type Screen } from './app.ts';
import { button, el, p, warning } from './element.ts';
import { faultWords } from './fault-words.ts';
import { newProgress } from './progress.ts';
import { sealedIdPart } from './sealed-id.ts';
import { sentScreen, uploadedScreen } from './sent.ts';
import { writeScreen } from './write.ts';

/** Sends a letter, or goes on with it. @param cells - all that it has */
export function sendingScreen(letter: Sending, toRegister: boolean, cells: number): Screen {
  const progress = newProgress();

  const send = async (visit: Visit) => {
    const begun = Date.now();
    const first = letter.cellsDone();
    const tell = ({ cellsDone, cellsTotal }: UploadProgress) => {
      const milliseconds = Date.now() - begun;
      const steps = cellsTotal + Number(toRegister);
      progress.set(cellsDone, steps, (shown) =>
        linesOf(shown, { first, now: cellsDone, total: cellsTotal }, milliseconds),
      );
    };
    try {
      await letter.go({ progress: tell, ...progress.watch(visit) });
    } catch (error) {
      const fault = faultOf(
        error,
        visit.files.map(({ name }) => name),
      );
      return failedScreen(letter, toRegister, cells, fault);
    }
    forgetLetter(visit);
    return toRegister ? sentScreen(letter, cells) : uploadedScreen(letter);
  };

  return doing(send, (app) => ({
    title: toRegister ? app.t.sending.title : app.t.sending.uploadTitle,
    body: [progress.draw(app), p(app.t.plain.keepOpen)],
  }));
}

/** What is said of the cells that are there. */
function linesOf(
  { t }: App,
  done: { readonly first: number; readonly now: number; readonly total: number },
  milliseconds: number,
): string[] {
  if (done.now === done.total) return [t.sending.parts(done.now, done.total), t.sending.registering];
  const rate = rateOf(done, milliseconds, CELL_BYTES);
  if (rate === undefined) return [t.sending.parts(done.now, done.total), t.sending.first];
  const left = rate.secondsLeft < 60 ? t.sending.leftLittle : t.sending.left(Math.ceil(rate.secondsLeft / 60));
  return [t.sending.parts(done.now, done.total), t.sending.rate(rate.bytesPerSecond), left];
}

/** What was not sent, and what can be done. */
function failedScreen(letter: Sending, toRegister: boolean, cells: number, fault: Fault): Screen {
  return (app) => {
    const { t } = app;
    const sealedId = fault.kind === 'tooLate' ? undefined : letter.sealedId();
    const done = letter.cellsDone();
    const isOpen = sealedId !== undefined || canGoOn(fault);
    const so = sealedId !== undefined ? t.failed.perhaps : done > 0 ? t.failed.some(done, cells) : t.failed.none;
    const goOn = () => app.show(sendingScreen(letter, toRegister, cells));
    const end = sealedId === undefined ? undefined : sealedIdPart(app, sealedId);
    return {
      title: toRegister ? t.failed.title : t.failed.uploadTitle,
      body: [
        warning(faultWords(t, fault)),
        p(so),
        p(isOpen ? t.failed.goOn : t.failed.anew),
        el(
          'div',
          { class: 'actions' },
          isOpen ? button(t.common.tryAgain, goOn, { class: 'main' }) : undefined,
          button(t.failed.goBack, () => app.show(writeScreen)),
        ),
        ...(end ? [p(t.failed.keepId), end] : []),
      ],
    };
  };
}
