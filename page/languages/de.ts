import { countingIn } from './counting.ts';
import type { Catalog } from './en.ts';
import { isolated } from './isolated.ts';

const { number, size, day, moment, of } = countingIn('de');

const files = (count: number) => `${number(count)} ${of(count, { one: 'Datei', other: 'Dateien' })}`;
const minutes = (count: number) => `${number(count)} ${of(count, { one: 'Minute', other: 'Minuten' })}`;
const answers = (count: number) => `${number(count)} ${of(count, { one: 'Antwort', other: 'Antworten' })}`;

/** German. A drop is a Briefkasten, since a dead drop is a toter Briefkasten; a mailbox is a Postfach. */
export const de: Catalog = {
  language: 'Sprache',
  unreviewed:
    'Diese Übersetzung hat noch niemand geprüft, dessen Muttersprache Deutsch ist. Lesen Sie im Zweifel den englischen Text.',

  common: {
    back: 'Zurück',
    next: 'Weiter',
    stop: 'Anhalten',
    tryAgain: 'Fortsetzen',
    copy: 'Kopieren',
    copied: 'Kopiert.',
    copyByHand: 'Der Browser kopiert nicht. Markieren Sie den Text, und kopieren Sie ihn selbst.',
    endVisit: 'Diesen Besuch beenden',
    busy: 'Bitte warten Sie.',
  },

  plain: {
    keepOpen:
      'Lassen Sie diesen Tab offen. Wenn Sie ihn schließen, ist ein Brief verloren, der nicht gesendet ist, und nichts davon bleibt erhalten.',
    linked:
      'Alles, was Sie bei diesem Besuch tun, läuft über einen einzigen Tor-Kanal. Es lässt sich miteinander verknüpfen, aber nicht mit Ihnen.',
    falsePage:
      'Eine gefälschte Seite kann Ihnen alles zeigen. Vergleichen Sie den Fingerabdruck oben und den Hash dieser Datei mit dem, was Sie auf anderem Weg bekommen haben: gedruckt, am Telefon, persönlich.',
    standsOut: (cells) =>
      `Dieser Brief hat ${number(cells)} Teile zu 1 MB. Briefe mit mehr als 8 Teilen fallen unter den anderen auf: Wer den Briefkasten beobachtet, kann erkennen, dass ein großer Brief kam, und wann.`,
    safer: 'Auf der Sicherheitsstufe „Sicherer“ dauert das etwa eine halbe Minute.',
  },

  refused: {
    title: 'Diese Seite funktioniert nur im Tor Browser',
    engine: 'Das ist nicht der Tor Browser. Es wurde nichts gesendet.',
    firefox:
      'Das sieht nach einem gewöhnlichen Firefox aus, oder nach einem Tor Browser, dessen Schutz abgeschaltet wurde. Es wurde nichts gesendet.',
    why: 'Ein anderer Browser verrät mehr über Sie und bewahrt mehr von dem auf, was Sie tun.',
    how: 'Holen Sie sich den Tor Browser von torproject.org, lassen Sie seine Einstellungen, wie sie sind, und öffnen Sie diese Datei damit.',
    broken: 'Diese Seite ist beschädigt',
    brokenHow:
      'Sie kann nicht verwendet werden. Holen Sie sie noch einmal dort, wo Sie sie gefunden haben, und vergleichen Sie ihren Hash.',
    revokedTitle: 'Mit dieser Seite soll niemand mehr schreiben',
    revoked: (print: string, when: number) =>
      `Wem der Fingerabdruck ${isolated(print)} gehört, hat ihn am ${day(when)} widerrufen. Von hier wurde nichts gesendet.`,
    revokedHow: 'Fragen Sie auf anderem Weg, wem Sie jetzt schreiben können.',
  },

  noScript:
    'Diese Seite braucht Skripte, und auf der Sicherheitsstufe „Am sichersten“ gibt es keine. Stellen Sie im Tor Browser die Stufe „Sicherer“ ein, oder schreiben Sie mit dem Befehl dead-drop. Es wurde nichts gesendet.',

  choose: {
    title: 'Wem möchten Sie schreiben?',
    lead: 'Wählen Sie eine Person. Was Sie senden, kann nur diese Person lesen.',
  },

  person: {
    title: (name) => `An ${isolated(name)} schreiben`,
    lead: 'Was Sie schreiben, wird hier in Ihrem Browser verschlüsselt. Nur die Person kann es lesen, und niemand sonst sieht, wer es geschrieben hat.',
    fingerprint: 'Fingerabdruck',
    inWords: 'Dasselbe in englischen Wörtern',
    compare: 'Ist er derselbe wie der Fingerabdruck, den Sie auf anderem Weg bekommen haben?',
    same: 'Ja, alles daran ist gleich',
    unknown: 'Ich habe nichts, womit ich ihn vergleichen kann',
    chooseOne: 'Wählen Sie eines von beiden.',
    unknownMeans: 'Dann wissen Sie nicht, wer Ihren Brief liest: Es ist, wer diese Seite gemacht hat.',
    doWhat: 'Was möchten Sie tun?',
    write: 'Einen Brief schreiben',
    read: 'Antworten lesen',
    register: 'Einen Brief anmelden, der schon hochgeladen ist',
  },

  write: {
    title: (name) => `Ihr Brief an ${isolated(name)}`,
    answerTitle: (name) => `Ihre Antwort an ${isolated(name)}`,
    text: 'Text',
    textHint: 'Was Sie schreiben, kann zeigen, wer Sie sind: Namen, Orte, die Art, wie Sie schreiben.',
    files: 'Dateien',
    pick: 'Dateien hinzufügen',
    drop: 'Oder legen Sie Dateien hier ab.',
    noFolder: 'Ein Ordner kann nicht gesendet werden. Packen Sie ihn zuerst in ein Archiv.',
    remove: (name) => `${isolated(name)} entfernen`,
    total: (count, bytes) => `${files(count)}, ${size(bytes)}`,
    added: (count) => `${files(count)} hinzugefügt.`,
    removed: (name) => `${isolated(name)} ist entfernt.`,
    names:
      'Die Namen Ihrer Dateien gehen mit, so wie sie hier stehen. Benennen Sie eine Datei um, bevor Sie sie hinzufügen, wenn ihr Name zu viel verrät.',
    reading: 'Die Datei wird angesehen …',
    answer: 'Möchten Sie eine Antwort?',
    answerNo: 'Nein',
    answerNew: 'Ja: Geben Sie mir dafür zwölf neue Wörter (auf Englisch)',
    answerHave: 'Ja: Ich habe zwölf Wörter von einem früheren Brief an diese Person',
    answerSame: (print) => `Ja: unter den Wörtern dieses Besuchs, deren Postfach mit ${isolated(print)} beginnt`,
    answerHint:
      'Antworten warten im Briefkasten. Mit zwölf Wörtern können Sie sie später lesen, auf jedem Gerät. Nehmen Sie für jede Person, der Sie schreiben, andere Wörter.',
    words: 'Ihre zwölf Wörter',
    discard: 'Diesen Brief verwerfen',
  },

  metadata: {
    tells: 'Diese Datei verrät:',
    notAll: 'Es kann mehr sein, das hier nicht steht.',
    none: 'In ihr wurde nichts gefunden, was etwas über ihren Urheber verrät. Es kann trotzdem etwas darin sein.',
    unknown: 'Es ist nicht bekannt, was diese Datei über ihren Urheber verrät.',
    advice:
      'In Fotos und Dokumenten stehen oft Namen, Orte und Zeiten. Wer Ihren Brief liest, sieht sie. Senden Sie eine Kopie ohne sie, wenn Sie können.',
    what: {
      author: 'Urheber',
      editor: 'Geändert oder gespeichert von',
      company: 'Firma',
      program: 'Programm',
      camera: 'Kamera',
      owner: 'Besitzer der Kamera',
      serial: 'Seriennummer',
      place: 'Ort der Aufnahme',
      time: 'Zeit',
      title: 'Titel',
      comment: 'Kommentar',
      preview: 'Kleine Vorschau, die zeigen kann, was später abgeschnitten wurde',
    },
  },

  secrets: {
    words: 'Hier stehen die zwölf Wörter eines Postfachs. Wer sie hat, liest alle Antworten, die dorthin gehen.',
    key: 'Hier steht ein geheimer Schlüssel von Dead Drop, der nur für seinen Besitzer ist.',
    unsent: 'Hier steht ein Brief, der noch nicht gesendet wurde. Er ist nur für den, der ihn schreibt.',
    invitation: 'Hier steht eine Einladung in eine Redaktion. Niemand sonst soll sie haben.',
    takeOut: 'Nehmen Sie das heraus, wenn Sie es nicht senden wollen.',
  },

  words: {
    title: 'Ihre zwölf Wörter',
    lead: 'Schreiben Sie diese Wörter auf Papier, in dieser Reihenfolge, bevor Sie weitergehen. Sie sind Ihr einziger Weg zu den Antworten. Es sind englische Wörter, in jeder Sprache dieser Seite.',
    secret:
      'Wer sie hat, liest alle Antworten an Sie. Zeigen Sie sie niemandem, und bewahren Sie sie nicht auf diesem Gerät auf.',
    lost: 'Von ihnen bleibt hier nichts erhalten. Wenn Sie sie verlieren, kann niemand die Antworten lesen, auch Sie nicht.',
    done: 'Ich habe sie aufgeschrieben',
  },

  ask: {
    title: 'Geben Sie drei Ihrer Wörter ein',
    lead: 'Damit Sie sicher sind, was Sie aufgeschrieben haben. Die Wörter sind englisch.',
    word: (place) => `Wort ${number(place)}`,
    wrong: (place) => `Das ist nicht Wort ${number(place)}. Sehen Sie nach, was Sie aufgeschrieben haben.`,
    showAgain: 'Die Wörter noch einmal zeigen',
  },

  opening: {
    title: 'Ihr Postfach wird geöffnet',
    lead: 'Aus Ihren Wörtern werden Schlüssel gemacht.',
  },

  confirm: {
    title: 'Bereit zum Senden',
    to: 'An',
    fingerprint: 'Fingerabdruck',
    content: 'Brief',
    text: (characters) => `Text mit ${number(characters)} ${of(characters, { other: 'Zeichen' })}`,
    noText: 'Kein Text',
    answer: 'Antwort',
    wanted: (print) =>
      `Man kann Ihnen antworten. Ihr Postfach beginnt mit ${isolated(print)}: Schreiben Sie das zu Ihren Wörtern.`,
    notWanted: 'Eine Antwort ist nicht möglich.',
    size: 'Größe auf dem Weg',
    parts: (cells) => `${number(cells)} ${of(cells, { one: 'Teil', other: 'Teile' })} zu 1 MB`,
    time: 'Dauer',
    roughly: (least, most) =>
      `Ungefähr ${number(least)} bis ${minutes(most)}. Genauer ist es bekannt, wenn der erste Teil gesendet ist.`,
    send: 'Jetzt senden',
    later: 'Jetzt hochladen, später anmelden',
    laterHint:
      'Ein Brief kommt erst an, wenn er angemeldet ist. Das können Sie an einem anderen Tag tun, von einem anderen Ort.',
    change: 'Den Brief ändern',
  },

  sending: {
    title: 'Ihr Brief wird gesendet',
    uploadTitle: 'Ihr Brief wird hochgeladen',
    parts: (done, total) =>
      `${number(done)} von ${number(total)} ${of(total, { one: 'Teil', other: 'Teilen' })} gesendet`,
    registering: 'Alle Teile sind gesendet. Es fehlt die Anmeldung: Ohne sie kommt der Brief nicht an.',
    first: 'Der erste Teil ist unterwegs.',
    rate: (bytes) => `${size(bytes)} in der Sekunde`,
    left: (count) => `Noch etwa ${minutes(count)}`,
    leftLittle: 'Noch weniger als eine Minute',
    progress: 'Fortschritt',
    work: (seconds) =>
      `Der Briefkasten verlangt von diesem Browser etwas Arbeit, weil er überflutet wird: jedes Mal etwa ${number(seconds)} ${of(seconds, { one: 'Sekunde', other: 'Sekunden' })}.`,
    stopped: 'Wird angehalten …',
  },

  waits: {
    unreachable: 'Der Briefkasten ist nicht zu erreichen.',
    busy: 'Der Briefkasten ist beschäftigt.',
    fault: 'Der Briefkasten hat einen Fehler.',
    captive: 'Etwas auf dem Weg antwortet anstelle des Briefkastens.',
    since: (what, seconds) => `Neue Versuche seit ${moment(seconds)} UTC. Gewartet wird auf Folgendes: ${what}.`,
    place: 'ein Platz für einen Teil',
    upload: 'die Ankunft eines Teils im Briefkasten',
    registration: 'die Anmeldung',
    list: 'die Liste der Stapel',
    answer: 'die Herausgabe von etwas aus dem Briefkasten',
  },

  sent: {
    title: 'Ihr Brief ist gesendet',
    lead: (name) => `Er wartet im Briefkasten, bis ${isolated(name)} ihn liest.`,
    what: (cells) =>
      `${number(cells)} ${of(cells, { one: 'Teil wurde', other: 'Teile wurden' })} gesendet und angemeldet.`,
    kept: 'Davon bleibt hier nichts erhalten.',
    now: 'Was Sie jetzt tun sollten',
    close: 'Beenden Sie diesen Besuch, und schließen Sie diesen Tab.',
    newIdentity: 'Wählen Sie „Neue Identität“ im Menü des Tor Browsers.',
    files: 'Denken Sie an die Dateien, die noch auf diesem Gerät sind.',
    look: 'Sehen Sie in ein bis zwei Tagen nach einer Antwort. Sie wartet 14 Tage, oder weniger, wenn der Betreiber des Briefkastens es so gewählt hat. Jedes Mal brauchen Sie dazu Ihre zwölf Wörter.',
    mailbox: (print) =>
      `Ihr Postfach beginnt mit ${isolated(print)}. Das ist jedes Mal gleich: Wenn nicht, ist ein Wort falsch getippt.`,
  },

  uploaded: {
    title: 'Ihr Brief ist hochgeladen, aber nicht angemeldet',
    lead: 'Er kommt nicht an, bevor diese versiegelte Kennung angemeldet ist. Bewahren Sie sie auf, oder übergeben Sie sie auf anderem Weg: Sie sagt anderen nichts, aber wer sie sieht, weiß, dass es einen Brief gibt.',
    sealedId: 'Versiegelte Kennung',
    to: (name) => `Sie gehört zu einem Brief an ${isolated(name)}.`,
    until:
      'Melden Sie sie innerhalb einer Woche an. Nach 14 Tagen, oder früher, wenn der Betreiber des Briefkastens es so gewählt hat, ist der Brief weg.',
    how: 'Öffnen Sie diese Seite ein anderes Mal, und wählen Sie „Einen Brief anmelden, der schon hochgeladen ist“.',
  },

  failed: {
    title: 'Ihr Brief ist nicht gesendet',
    uploadTitle: 'Ihr Brief ist nicht hochgeladen',
    none: 'Kein Teil davon wurde ganz gesendet. Niemand kann etwas davon lesen.',
    some: (done, total) =>
      `${number(done)} von ${number(total)} ${of(total, { one: 'Teil', other: 'Teilen' })} gesendet. Niemand kann etwas davon lesen, und der Brief kommt nicht an.`,
    perhaps:
      'Alle Teile sind gesendet, aber vielleicht ist der Brief nicht angemeldet. Setzen Sie fort, um ihn noch einmal anzumelden. Das schadet nicht.',
    keepId: 'Sie können auch diese versiegelte Kennung aufbewahren und sie ein anderes Mal anmelden.',
    goOn: 'Sie können dort fortsetzen, wo es aufgehört hat, solange dieser Tab offen ist.',
    anew: 'Der Brief muss von vorn gesendet werden.',
    goBack: 'Zurück zum Brief',
  },

  read: {
    title: (name) => `Antworten von ${isolated(name)}`,
    words: 'Ihre zwölf Wörter',
    wordsHint: 'In ihrer Reihenfolge, mit Leerzeichen dazwischen. Es sind englische Wörter.',
    since: 'Wie weit zurück?',
    today: 'Ein Tag',
    threeDays: 'Drei Tage',
    week: 'Eine Woche',
    fortnight: 'Zwei Wochen: Mehr bewahrt ein Briefkasten nicht auf',
    look: 'Nach Antworten suchen',
    lookHint:
      'Der Briefkasten erfährt nicht, ob es eine Antwort für Sie gibt, bevor eine geholt wird. Er sieht, dass jemand liest.',
  },

  extent: {
    title: 'Wie viel zu lesen ist',
    lead: (bytes) => `Um Ihre Antworten zu finden, müssen etwa ${size(bytes)} gelesen werden.`,
    go: 'Lesen',
    less: 'Weniger weit zurück suchen',
    mailbox: (print) =>
      `Ihr Postfach beginnt mit ${isolated(print)}. Wenn Sie es anders kennen, ist ein Wort falsch getippt.`,
  },

  reading: {
    title: 'Antworten werden gesucht',
    listing: 'Es wird gefragt, was da ist.',
    batches: (done, total) =>
      `${number(done)} von ${number(total)} ${of(total, { one: 'Stapel', other: 'Stapeln' })} gelesen`,
    found: (count) => `${answers(count)} gefunden`,
  },

  answers: {
    title: (count) => (count === 0 ? 'Noch keine Antwort' : answers(count)),
    upTo: (seconds) => `Gelesen bis ${moment(seconds)} UTC.`,
    nothingThere: 'Der Briefkasten führt für diese Zeit keine Stapel auf.',
    again: 'Eine Antwort, die eben erst gesendet wurde, braucht einige Minuten. Sie können noch einmal suchen.',
    heading: (count, seconds) => `Antwort ${number(count)}, vom ${moment(seconds)} UTC`,
    signed: (name) => `Sie ist von ${isolated(name)} unterschrieben.`,
    unasked: 'Sie antwortet auf keinen Brief, den Sie mit diesen Wörtern geschrieben haben.',
    text: 'Text der Antwort',
    noText: 'Sie hat keinen Text.',
    files: (count, bytes) => `${files(count)}, ${size(bytes)}`,
    fetch: (bytes) => `Die Dateien holen (${size(bytes)})`,
    fetching: (done, total) => `${size(done)} von ${size(total)} geholt`,
    fetchTitle: 'Die Dateien werden geholt',
    save: (name) => `${isolated(name)} speichern`,
    saveHint:
      'Eine Datei, die Sie speichern, bleibt auf diesem Gerät. Wenn Sie sie öffnen, können andere das erfahren: Gehen Sie vorher offline.',
    renamed: (name) => `Ihr Name war ${isolated(name)}.`,
    answer: 'Darauf antworten',
    look: 'Noch einmal suchen',
    older: (count: number) =>
      `${number(count)} ältere ${of(count, { one: 'Antwort ist', other: 'Antworten sind' })} noch nicht zu sehen.`,
    more: (count: number) => `${number(count)} weitere zeigen`,
    unfetched: (count) =>
      `${number(count)} ${of(count, { one: 'Stück konnte', other: 'Stücke konnten' })} nicht geholt werden. Suchen Sie noch einmal, jetzt oder später.`,
    leftOut: (count) =>
      `${number(count)} ${of(count, { one: 'Brief wird', other: 'Briefe werden' })} nicht gezeigt: beschädigt, oder nicht von dieser Person.`,
    gone: (count) =>
      `${number(count)} ${of(count, { one: 'Stapel fehlt', other: 'Stapel fehlen' })} im Briefkasten. Antworten darin sind verloren.`,
    listWrong: 'Die Liste des Briefkastens ist nicht, wie sie sein sollte. Antworten können fehlen.',
  },

  register: {
    title: 'Einen Brief anmelden',
    label: 'Versiegelte Kennung',
    hint: 'Die Zeile mit 108 Zeichen, die Sie aufbewahrt haben, als der Brief hochgeladen wurde.',
    onlyTo: (name) =>
      `Die Personen auf dieser Seite haben verschiedene Briefkästen: Nur ein Brief an ${isolated(name)} kommt an, wenn er hier angemeldet wird.`,
    go: 'Anmelden',
    working: 'Der Brief wird angemeldet',
    done: 'Der Brief ist angemeldet',
    doneLead:
      'Er kommt an, wenn er vor nicht mehr als einer Woche hochgeladen wurde. Der Briefkasten sagt nicht, ob er den Brief hat.',
    failed: 'Der Brief ist vielleicht nicht angemeldet',
    failedLead: 'Melden Sie ihn noch einmal an. Das schadet nicht.',
  },

  end: {
    title: 'Dieser Besuch ist beendet',
    lead: 'Was Sie hier eingegeben haben, ist von dieser Seite verschwunden.',
    close: 'Schließen Sie jetzt diesen Tab.',
    newIdentity: 'Wählen Sie dann „Neue Identität“ im Menü des Tor Browsers: Der Browser vergisst den Rest.',
    again: 'Einen neuen Besuch beginnen',
  },

  faults: {
    unreachable:
      'Der Briefkasten ist nicht zu erreichen. Sehen Sie nach, ob der Tor Browser verbunden ist, und versuchen Sie es später noch einmal.',
    busy: 'Der Briefkasten ist beschäftigt. Versuchen Sie es später noch einmal.',
    fault: 'Der Briefkasten hat einen Fehler. Versuchen Sie es später noch einmal.',
    captive:
      'Etwas auf dem Weg antwortet anstelle des Briefkastens. Versuchen Sie es später noch einmal, oder aus einem anderen Netz.',
    noDrop: 'Was antwortet, ist kein Briefkasten. Vielleicht ist er außer Betrieb, oder diese Seite ist veraltet.',
    astray: 'Der Briefkasten führt woandershin. Verwenden Sie diese Seite nicht.',
    tooMuchWork: 'Der Briefkasten verlangt mehr Arbeit, als ein Briefkasten darf. Verwenden Sie diese Seite nicht.',
    tooLate:
      'Es hat so lange gedauert, dass der Anfang des Briefs vielleicht weg ist, bevor er gelesen wird. Senden Sie ihn von vorn.',
    stopped: 'Sie haben es angehalten.',
    own: 'Diese Seite hat einen Fehler. Es ist nicht bekannt, wobei er auftrat.',
    contactDamaged:
      'Der Kontakt in dieser Seite ist beschädigt. Holen Sie die Seite noch einmal dort, wo Sie sie gefunden haben.',
    contactOver: (when, now) =>
      `Mit dieser Seite kann niemand mehr schreiben: Ihr Kontakt endete am ${day(when)}, und die Uhr dieses Geräts sagt ${day(now)}. Sehen Sie nach, ob die Uhr richtig geht. Wenn ja, suchen Sie dort, wo Sie diese Seite gefunden haben, nach einer neueren. Antworten können Sie weiter lesen.`,
    contactEarly: (when, now) =>
      `Der Kontakt in dieser Seite beginnt am ${day(when)}, und die Uhr dieses Geräts sagt ${day(now)}. Stellen Sie die Uhr richtig.`,
    wordCount: (count) =>
      `Es müssen zwölf Wörter sein, und das ${of(count, { one: 'ist', other: 'sind' })} ${number(count)}.`,
    word: (place) => `Wort ${number(place)} steht nicht auf der Liste. Sehen Sie nach, ob es falsch getippt ist.`,
    misfit:
      'Die zwölf Wörter passen nicht zusammen: Eines von ihnen ist ein anderes Wort, oder ihre Reihenfolge ist falsch.',
    sealedId:
      'Das ist keine versiegelte Kennung: Sie hat 108 Zeichen, Buchstaben, Ziffern, Bindestriche und Unterstriche, und endet mit =. Sehen Sie nach, ob sie vollständig da ist.',
    nothing: 'In diesem Brief steht nichts. Schreiben Sie etwas, oder fügen Sie eine Datei hinzu.',
    noText: 'Im Text steht ein halbes Zeichen. Löschen Sie es, oder fügen Sie den Text neu ein.',
    textTooLong: 'Der Text ist länger als 1 MB. Senden Sie ihn als Datei.',
    fileCount: (count) =>
      `Ein Brief nimmt ${number(1000)} Dateien auf, und das sind ${number(count)}. Packen Sie sie in ein Archiv.`,
    fileName: (name) =>
      `Der Name dieser Datei ist zu lang, oder er ist kein Text: ${isolated(name)}. Benennen Sie sie um, und fügen Sie sie noch einmal hinzu.`,
    file: (name) =>
      `Diese Datei hat sich geändert, oder sie kann nicht mehr gelesen werden: ${isolated(name)}. Entfernen Sie sie, und fügen Sie sie wieder hinzu, wenn nichts mehr in sie schreibt.`,
    tooLarge: 'Das ist mehr, als ein Brief fassen kann. Senden Sie mehrere Briefe.',
    letterGone: 'Die Antwort ist beschädigt oder nicht mehr im Briefkasten. Ihre Dateien können nicht geholt werden.',
    notAnswerable:
      'Auf diese Antwort kann nicht geantwortet werden: Der Kontakt darin ist abgelaufen. Holen Sie dort, wo Sie diese Seite gefunden haben, eine neuere.',
    otherDrop:
      'Der Kontakt in dieser Antwort nennt einen anderen Briefkasten als diese Seite. Von hier wird nicht darauf geantwortet.',
  },
};
