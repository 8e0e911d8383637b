import { weigh } from '../draft.ts';
import { faultOf } from '../fault.ts';
import { checkWords, printOf } from '../mailbox.ts';
import { forgetLetter, type Wanted } from '../visit.ts';
import { answersScreen } from './answers.ts';
import type { App, Screen, Sentence } from './app.ts';
import { confirmScreen } from './confirm.ts';
import { button, choice, el, field } from './element.ts';
import { sentenceOf } from './fault-words.ts';
import { filesPart } from './files.ts';
import { openingScreen } from './opening.ts';
import { personScreen } from './person.ts';
import { wordsScreen } from './words.ts';

/** A letter, or an answer: its text, its files, and whether an answer is wanted. */
export const writeScreen: Screen = (app) => {
  const { t, visit } = app;
  const name = visit.person!.name;
  const textArea = el('textarea', { rows: '10', dir: 'auto' });
  textArea.value = visit.text;
  const text = field(app, 'text', t.write.text, textArea, t.write.textHint);
  textArea.addEventListener('input', () => {
    visit.text = textArea.value;
    text.clear();
  });
  const files = filesPart(app);
  const answer = visit.answering === undefined ? answerPart(app) : undefined;
  const next = () => {
    try {
      weigh(visit);
    } catch (error) {
      const fault = faultOf(error);
      const place = ['nothing', 'noText', 'textTooLong'].includes(fault.kind) ? text : files;
      return place.fail(sentenceOf(fault));
    }
    goOn(app, answer);
  };
  const back = () => {
    const isAnswer = visit.answering !== undefined;
    if (isAnswer) forgetLetter(visit);
    app.show(isAnswer ? answersScreen : personScreen);
  };
  const discard = () => {
    forgetLetter(visit);
    app.show(personScreen);
  };
  return {
    title: visit.answering ? t.write.answerTitle(name) : t.write.title(name),
    body: [
      text.root,
      files.root,
      answer?.root,
      el(
        'div',
        { class: 'actions' },
        button(t.common.next, next, { class: 'main' }),
        button(t.common.back, back),
        visit.answering ? undefined : button(t.write.discard, discard, { class: 'quiet' }),
      ),
    ],
  };
};

interface AnswerPart {
  readonly root: HTMLElement;
  /** Says what is wrong with the words that were typed. */
  fail(sentence: Sentence): void;
}

/** Whether an answer is wanted, and under which words. */
function answerPart(app: App): AnswerPart {
  const { t, visit } = app;
  const area = el('textarea', { rows: '3', dir: 'ltr', lang: 'en' });
  area.value = visit.typedWords;
  const words = field(app, 'words', t.write.words, area, t.read.wordsHint);
  const isTyped = (value: Wanted) => value === 'have' && visit.mailbox === undefined;
  words.root.hidden = !isTyped(visit.wanted);
  area.addEventListener('input', () => {
    visit.typedWords = area.value;
    words.clear();
  });
  const options: readonly (readonly [Wanted, string])[] = visit.mailbox
    ? [
        ['no', t.write.answerNo],
        ['have', t.write.answerSame(printOf(visit.mailbox))],
      ]
    : [
        ['no', t.write.answerNo],
        ['new', t.write.answerNew],
        ['have', t.write.answerHave],
      ];
  const wanted = choice(app, 'wanted', t.write.answer, options, visit.wanted, (value) => {
    visit.wanted = value;
    words.root.hidden = !isTyped(value);
  });
  wanted.root.append(el('p', { class: 'hint' }, t.write.answerHint));
  return { root: el('div', {}, wanted.root, words.root), fail: words.fail };
}

/** What comes before the letter is sent. */
function goOn(app: App, answer: AnswerPart | undefined): void {
  const { visit } = app;
  const isDecided = answer === undefined || visit.wanted === 'no' || visit.mailbox !== undefined;
  if (isDecided) app.show(confirmScreen);
  else if (visit.wanted === 'new') app.show(wordsScreen);
  else {
    try {
      checkWords(visit.typedWords);
      app.show(openingScreen(confirmScreen, writeScreen));
    } catch (error) {
      answer.fail(sentenceOf(faultOf(error)));
    }
  }
}
