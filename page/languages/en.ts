import { countingIn } from './counting.ts';
import { isolated } from './isolated.ts';

const { number, size, day, moment, of } = countingIn('en');

const files = (count: number) => `${number(count)} ${of(count, { one: 'file', other: 'files' })}`;
const minutes = (count: number) => `${number(count)} ${of(count, { one: 'minute', other: 'minutes' })}`;

/**
 * Every sentence of the page, in English. The other languages have the same ones, which `Catalog` sees to. What stands in
 * a sentence is given by those who use it: names of people and files as they are, counts as numbers, sizes in bytes,
 * moments in seconds since 1970.
 */
export const en = {
  /** Of the choice of language, and of a translation that nobody who speaks it has read. */
  language: 'Language',
  unreviewed: '',

  common: {
    back: 'Back',
    next: 'Continue',
    stop: 'Stop',
    tryAgain: 'Go on',
    copy: 'Copy',
    copied: 'Copied.',
    copyByHand: 'The browser does not copy. Select the text and copy it yourself.',
    endVisit: 'End this visit',
    busy: 'Please wait.',
  },

  /** Shown on the first screen, and where it matters. */
  plain: {
    keepOpen: 'Keep this tab open. If you close it, a letter that is not sent is lost, and nothing of it is kept.',
    linked: 'All that you do in this visit uses one path through Tor. It can be linked together, though not to you.',
    falsePage:
      'A false page can show you anything. Compare the fingerprint above, and the hash of this file, with what you got another way: in print, by telephone, in person.',
    standsOut: (cells: number) =>
      `This letter has ${number(cells)} parts of 1 MB. Letters of more than 8 parts stand out among the others: somebody who watches the drop can tell that a large letter came, and when.`,
    safer: 'At the security level Safer, this takes about half a minute.',
  },

  refused: {
    title: 'This page works in Tor Browser only',
    engine: 'This is not Tor Browser. Nothing was sent from here.',
    firefox:
      'This looks like an ordinary Firefox, or like a Tor Browser with its protection switched off. Nothing was sent from here.',
    why: 'Another browser tells more about you, and keeps more of what you do.',
    how: 'Get Tor Browser from torproject.org, leave its settings as they are, and open this file with it.',
    broken: 'This page is damaged',
    brokenHow: 'It cannot be used. Get it again from where you found it, and compare its hash.',
    revokedTitle: 'Nobody is to write with this page any more',
    revoked: (print: string, when: number) =>
      `The owner of the fingerprint ${isolated(print)} revoked it on ${day(when)}. Nothing was sent from here.`,
    revokedHow: 'Ask another way to whom to write now.',
  },

  /** Shown where no script runs: it stands in the file itself. */
  noScript:
    'This page needs scripts, and at the security level Safest there are none. Set the level to Safer in Tor Browser, or write with the command dead-drop. Nothing was sent.',

  choose: {
    title: 'To whom do you want to write?',
    lead: 'Choose one person. What you send can be read by them only.',
  },

  person: {
    title: (name: string) => `Write to ${isolated(name)}`,
    lead: 'What you write is encrypted here, in your browser. Only the person can read it, and nobody else sees who wrote it.',
    fingerprint: 'Fingerprint',
    inWords: 'The same in words',
    compare: 'Is it the same as the fingerprint that you got another way?',
    same: 'Yes, all of it is the same',
    unknown: 'I have nothing to compare it with',
    chooseOne: 'Choose one of the two.',
    unknownMeans: 'Then you do not know who reads your letter: it is the maker of this page.',
    doWhat: 'What do you want to do?',
    write: 'Write a letter',
    read: 'Read answers',
    register: 'Register a letter that is uploaded already',
  },

  write: {
    title: (name: string) => `Your letter to ${isolated(name)}`,
    answerTitle: (name: string) => `Your answer to ${isolated(name)}`,
    text: 'Text',
    textHint: 'What you write may show who you are: names, places, how you write.',
    files: 'Files',
    pick: 'Add files',
    drop: 'Or drop files here.',
    noFolder: 'A folder cannot be sent. Pack it into an archive first.',
    remove: (name: string) => `Remove ${isolated(name)}`,
    total: (count: number, bytes: number) => `${files(count)}, ${size(bytes)}`,
    added: (count: number) => `${files(count)} added.`,
    removed: (name: string) => `${isolated(name)} is removed.`,
    names:
      'The names of your files go with them, as they are shown here. Rename a file before you add it if its name tells too much.',
    reading: 'Looking into the file…',
    answer: 'Do you want an answer?',
    answerNo: 'No',
    answerNew: 'Yes: give me twelve new words for it',
    answerHave: 'Yes: I have twelve words from an earlier letter to this person',
    answerSame: (print: string) => `Yes: under the words of this visit; their mailbox begins with ${isolated(print)}`,
    answerHint:
      'Answers wait at the drop. With twelve words you can read them later, on any machine. Use other words for each person to whom you write.',
    words: 'Your twelve words',
    discard: 'Discard this letter',
  },

  /** What a file tells of its author. `what` names it, and what was found follows. */
  metadata: {
    tells: 'This file tells:',
    notAll: 'There may be more that is not shown here.',
    none: 'Nothing was found in it that tells of its author. There may be something all the same.',
    unknown: 'Nothing is known of what this file tells of its author.',
    advice:
      'Photos and documents often carry names, places and times. The reader of your letter sees them. Send a copy without them if you can.',
    what: {
      author: 'Author',
      editor: 'Changed or saved by',
      company: 'Company',
      program: 'Program',
      camera: 'Camera',
      owner: 'Owner of the camera',
      serial: 'Serial number',
      place: 'Place where it was taken',
      time: 'Time',
      title: 'Title',
      comment: 'Comment',
      preview: 'Small preview, which may show what was cut away later',
    },
  },

  /** Of what is its owner's to keep, in a text or a file. */
  secrets: {
    words: 'This holds the twelve words of a mailbox. Anybody who has them can read all answers to it.',
    key: 'This holds a secret key of Dead Drop, which is for its owner only.',
    unsent: 'This holds a letter that was not sent yet, which is for its writer only.',
    invitation: 'This holds an invitation to a desk. Nobody else is to have it.',
    takeOut: 'Take it out, unless you mean to send it.',
  },

  words: {
    title: 'Your twelve words',
    lead: 'Write these words down on paper, in this order, before you go on. They are the only way to your answers.',
    secret:
      'Anybody who has them can read all answers to you. Show them to nobody, and do not keep them on this machine.',
    lost: 'Nothing of them is kept. If you lose them, nobody can read the answers, you neither.',
    done: 'I have written them down',
  },

  ask: {
    title: 'Type three of your words',
    lead: 'So that you can be sure of what you wrote down.',
    word: (place: number) => `Word ${number(place)}`,
    wrong: (place: number) => `This is not word ${number(place)}. See what you wrote down.`,
    showAgain: 'Show the words again',
  },

  opening: {
    title: 'Your mailbox is being opened',
    lead: 'This makes keys of your words.',
  },

  confirm: {
    title: 'Ready to send',
    to: 'To',
    fingerprint: 'Fingerprint',
    content: 'Letter',
    text: (characters: number) =>
      `Text of ${number(characters)} ${of(characters, { one: 'character', other: 'characters' })}`,
    noText: 'No text',
    answer: 'Answer',
    wanted: (print: string) =>
      `You can be answered. Your mailbox begins with ${isolated(print)}: write that down with your words.`,
    notWanted: 'No answer is possible.',
    size: 'Size on the way',
    parts: (cells: number) => `${number(cells)} ${of(cells, { one: 'part', other: 'parts' })} of 1 MB`,
    time: 'Time',
    roughly: (least: number, most: number) =>
      `Roughly ${number(least)} to ${minutes(most)}. It is known better when the first part is sent.`,
    send: 'Send now',
    later: 'Upload now, register later',
    laterHint: 'A letter arrives only when it is registered. You can do that on another day, from another place.',
    change: 'Change the letter',
  },

  sending: {
    title: 'Your letter is being sent',
    uploadTitle: 'Your letter is being uploaded',
    parts: (done: number, total: number) =>
      `${number(done)} of ${number(total)} ${of(total, { one: 'part', other: 'parts' })} sent`,
    registering: 'All parts are sent. The registration is left: without it, the letter does not arrive.',
    first: 'The first part is on its way.',
    rate: (bytes: number) => `${size(bytes)} a second`,
    left: (count: number) => `About ${minutes(count)} left`,
    leftLittle: 'Less than a minute left',
    progress: 'Progress',
    work: (seconds: number) =>
      `The drop asks this browser for some work, because of floods: about ${number(seconds)} ${of(seconds, { one: 'second', other: 'seconds' })} each time.`,
    stopped: 'Stopping…',
  },

  /** Why a request is tried again, and since when. */
  waits: {
    unreachable: 'The drop cannot be reached.',
    busy: 'The drop is busy.',
    fault: 'The drop has a fault.',
    captive: 'Something on the way answers in place of the drop.',
    since: (what: string, seconds: number) => `Trying again since ${moment(seconds)} UTC. Waiting for ${what}.`,
    place: 'a place for a part',
    upload: 'a part to reach the drop',
    registration: 'the registration',
    list: 'the list of batches',
    answer: 'the drop to hand something out',
  },

  sent: {
    title: 'Your letter is sent',
    lead: (name: string) => `It waits at the drop until ${isolated(name)} reads it.`,
    what: (cells: number) =>
      `${number(cells)} ${of(cells, { one: 'part was', other: 'parts were' })} sent and registered.`,
    kept: 'Nothing of it is kept here.',
    now: 'What to do now',
    close: 'End this visit, and close this tab.',
    newIdentity: 'Choose “New Identity” in the menu of Tor Browser.',
    files: 'Think of the files that are still on this machine.',
    look: 'Look for an answer in a day or two. It waits for 14 days, or less if the operator of the drop chose so. Each look needs your twelve words.',
    mailbox: (print: string) =>
      `Your mailbox begins with ${isolated(print)}. It shows the same each time: if not, a word is mistyped.`,
  },

  uploaded: {
    title: 'Your letter is uploaded, and not registered',
    lead: 'It does not arrive before this sealed id is registered. Keep it, or hand it over another way: it says nothing to others, but anybody who sees it knows that there is a letter.',
    sealedId: 'Sealed id',
    to: (name: string) => `It belongs to a letter to ${isolated(name)}.`,
    until:
      'Register it within a week. After 14 days, or sooner if the operator of the drop chose so, the letter is gone.',
    how: 'Open this page again another time, and choose “Register a letter that is uploaded already”.',
  },

  failed: {
    title: 'Your letter is not sent',
    uploadTitle: 'Your letter is not uploaded',
    none: 'No part of it was sent whole. Nobody can read anything of it.',
    some: (done: number, total: number) =>
      `${number(done)} of ${number(total)} parts were sent. Nobody can read them, and the letter does not arrive.`,
    perhaps:
      'All parts are sent, but perhaps it is not registered. Go on to register it once more, which does no harm.',
    keepId: 'You can also keep this sealed id, and register it another time.',
    goOn: 'You can go on where it stopped, as long as this tab is open.',
    anew: 'It has to be sent anew.',
    goBack: 'Back to the letter',
  },

  read: {
    title: (name: string) => `Answers of ${isolated(name)}`,
    words: 'Your twelve words',
    wordsHint: 'In their order, with blanks between them.',
    since: 'How far back?',
    today: 'One day',
    threeDays: 'Three days',
    week: 'A week',
    fortnight: 'A fortnight, which is all that a drop keeps',
    look: 'Look for answers',
    lookHint:
      'The drop does not learn whether there is an answer for you before one is fetched. It sees that somebody reads.',
  },

  extent: {
    title: 'How much there is to read',
    lead: (bytes: number) => `To find your answers, about ${size(bytes)} have to be read.`,
    go: 'Read it',
    less: 'Look less far back',
    mailbox: (print: string) =>
      `Your mailbox begins with ${isolated(print)}. If that is not what you know of it, a word is mistyped.`,
  },

  reading: {
    title: 'Looking for answers',
    listing: 'Asking what there is.',
    batches: (done: number, total: number) => `${number(done)} of ${number(total)} batches read`,
    found: (count: number) => `${number(count)} ${of(count, { one: 'answer', other: 'answers' })} found`,
  },

  answers: {
    title: (count: number) =>
      count === 0 ? 'No answer yet' : `${number(count)} ${of(count, { one: 'answer', other: 'answers' })}`,
    upTo: (seconds: number) => `Read up to ${moment(seconds)} UTC.`,
    nothingThere: 'The drop lists no batches for this time.',
    again: 'An answer that was sent a moment ago takes some minutes to come. You can look again.',
    heading: (count: number, seconds: number) => `Answer ${number(count)}, of ${moment(seconds)} UTC`,
    signed: (name: string) => `It is signed by ${isolated(name)}.`,
    unasked: 'It answers no letter that you wrote with these words.',
    text: 'Text of the answer',
    noText: 'It has no text.',
    files: (count: number, bytes: number) => `${files(count)}, ${size(bytes)}`,
    fetch: (bytes: number) => `Fetch the files (${size(bytes)})`,
    fetching: (done: number, total: number) => `${size(done)} of ${size(total)} fetched`,
    fetchTitle: 'The files are being fetched',
    save: (name: string) => `Save ${isolated(name)}`,
    saveHint: 'A file that you save stays on this machine. Opening it may tell others that you did: go offline first.',
    renamed: (name: string) => `It was named ${isolated(name)}.`,
    answer: 'Answer this',
    look: 'Look again',
    older: (count: number) =>
      `${number(count)} older ${of(count, { one: 'answer is', other: 'answers are' })} not shown yet.`,
    more: (count: number) => `Show ${number(count)} more`,
    unfetched: (count: number) =>
      `${number(count)} ${of(count, { one: 'thing', other: 'things' })} could not be fetched. Look again, now or later.`,
    leftOut: (count: number) =>
      `${number(count)} ${of(count, { one: 'letter is', other: 'letters are' })} not shown: damaged, or not from this person.`,
    gone: (count: number) =>
      `${number(count)} ${of(count, { one: 'batch is', other: 'batches are' })} missing at the drop. Answers in them are lost.`,
    listWrong: 'The list of the drop is not as it should be. Answers may be missing.',
  },

  register: {
    title: 'Register a letter',
    label: 'Sealed id',
    hint: 'The line of 108 characters that you kept when the letter was uploaded.',
    onlyTo: (name: string) =>
      `The people of this page have different drops: only a letter to ${isolated(name)} arrives when it is registered here.`,
    go: 'Register it',
    working: 'The letter is being registered',
    done: 'The letter is registered',
    doneLead:
      'It will arrive, if it was uploaded not more than a week ago. The drop does not say whether it has the letter.',
    failed: 'The letter is perhaps not registered',
    failedLead: 'Register it once more. That does no harm.',
  },

  end: {
    title: 'This visit has ended',
    lead: 'What you typed here is gone from this page.',
    close: 'Close this tab now.',
    newIdentity: 'Then choose “New Identity” in the menu of Tor Browser: the browser forgets the rest.',
    again: 'Begin a new visit',
  },

  faults: {
    unreachable: 'The drop cannot be reached. See whether Tor Browser is connected, and try again later.',
    busy: 'The drop is busy. Try again later.',
    fault: 'The drop has a fault. Try again later.',
    captive: 'Something on the way answers in place of the drop. Try again later, or from another network.',
    noDrop: 'What answers is no drop. It may be down, or this page may be out of date.',
    astray: 'The drop leads somewhere else. Do not use this page.',
    tooMuchWork: 'The drop asks for more work than any drop may. Do not use this page.',
    tooLate: 'It took so long that the beginning of the letter may be gone before it is read. Send it anew.',
    stopped: 'You stopped it.',
    own: 'This page has a fault. Nothing is known of what it was doing.',
    contactDamaged: 'The contact in this page is damaged. Get the page again from where you found it.',
    contactOver: (when: number, now: number) =>
      `Nobody can write with this page any more: its contact ended on ${day(when)}, and the clock of this machine says ${day(now)}. See whether the clock is right. If it is, look for a newer page where you found this one. You can still read answers.`,
    contactEarly: (when: number, now: number) =>
      `The contact in this page begins on ${day(when)}, and the clock of this machine says ${day(now)}. Set the clock right.`,
    wordCount: (count: number) => `It takes twelve words, and these are ${number(count)}.`,
    word: (place: number) => `Word ${number(place)} is not on the list. See whether it is mistyped.`,
    misfit: 'The twelve words do not fit together: one of them is another word, or their order is wrong.',
    sealedId:
      'This is no sealed id: it has 108 characters, letters, digits, dashes and lines, and ends with =. See whether all of it is there.',
    nothing: 'There is nothing in this letter. Write something, or add a file.',
    noText: 'There is half a character in the text. Delete it, or paste the text anew.',
    textTooLong: 'The text is longer than 1 MB. Send it as a file.',
    fileCount: (count: number) =>
      `A letter takes 1,000 files, and these are ${number(count)}. Pack them into an archive.`,
    fileName: (name: string) =>
      `The name of this file is too long, or is no text: ${isolated(name)}. Rename it and add it again.`,
    file: (name: string) =>
      `This file changed, or cannot be read any more: ${isolated(name)}. Remove it, and add it again when nothing writes to it.`,
    tooLarge: 'This is more than one letter can hold. Send several letters.',
    letterGone: 'The answer is damaged, or gone from the drop. Its files cannot be fetched.',
    notAnswerable:
      'This answer cannot be answered: the contact in it has ended. Get a newer page from where you found this one.',
    otherDrop: 'The contact in this answer names another drop than this page does. It is not answered from here.',
  },
};

/** What every language has. */
export type Catalog = typeof en;
