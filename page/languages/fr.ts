import { countingIn } from './counting.ts';
import type { Catalog } from './en.ts';
import { isolated } from './isolated.ts';

const { number, size, day, moment, of } = countingIn('fr');

const files = (count: number) => `${number(count)} ${of(count, { one: 'fichier', other: 'fichiers' })}`;
const minutes = (count: number) => `${number(count)} ${of(count, { one: 'minute', other: 'minutes' })}`;
const answers = (count: number) => `${number(count)} ${of(count, { one: 'réponse', other: 'réponses' })}`;

/** French. A drop is a point de dépôt; a mailbox is a boîte aux lettres; to register is inscrire, as enregistrer saves. */
export const fr: Catalog = {
  language: 'Langue',
  unreviewed:
    'Cette traduction n’a pas encore été relue par une personne dont le français est la langue maternelle. En cas de doute, lisez le texte anglais.',

  common: {
    back: 'Retour',
    next: 'Continuer',
    stop: 'Arrêter',
    tryAgain: 'Reprendre',
    copy: 'Copier',
    copied: 'Copié.',
    copyByHand: 'Le navigateur ne copie pas. Sélectionnez le texte et copiez-le vous-même.',
    endVisit: 'Terminer cette visite',
    busy: 'Veuillez patienter.',
  },

  plain: {
    keepOpen:
      'Gardez cet onglet ouvert. Si vous le fermez, une lettre qui n’est pas envoyée est perdue, et il n’en reste rien.',
    linked:
      'Tout ce que vous faites pendant cette visite passe par un seul circuit Tor. On peut relier ces actions entre elles, mais pas à vous.',
    falsePage:
      'Une fausse page peut vous montrer n’importe quoi. Comparez l’empreinte ci-dessus et le hachage (hash) de ce fichier avec ce que vous avez obtenu par une autre voie : sur papier, par téléphone, en personne.',
    standsOut: (cells) =>
      `Cette lettre a ${number(cells)} parties de 1 Mo. Les lettres de plus de 8 parties se remarquent parmi les autres : qui observe le point de dépôt peut savoir qu’une grande lettre est arrivée, et quand.`,
    safer: 'Au niveau de sécurité « Plus sûr », cela prend environ une demi-minute.',
  },

  refused: {
    title: 'Cette page ne fonctionne que dans le Navigateur Tor',
    engine: 'Ceci n’est pas le Navigateur Tor. Rien n’a été envoyé.',
    firefox:
      'Ceci ressemble à un Firefox ordinaire, ou à un Navigateur Tor dont la protection a été désactivée. Rien n’a été envoyé.',
    why: 'Un autre navigateur en dit plus sur vous, et garde plus de ce que vous faites.',
    how: 'Obtenez le Navigateur Tor sur torproject.org, laissez ses paramètres tels quels, et ouvrez ce fichier avec lui.',
    broken: 'Cette page est endommagée',
    brokenHow: 'Elle ne peut pas servir. Reprenez-la là où vous l’avez trouvée, et comparez son hachage (hash).',
    revokedTitle: 'Plus personne ne doit écrire avec cette page',
    revoked: (print: string, when: number) =>
      `Le propriétaire de l’empreinte ${isolated(print)} l’a révoquée le ${day(when)}. Rien n’a été envoyé d’ici.`,
    revokedHow: 'Demandez par une autre voie à qui écrire maintenant.',
  },

  noScript:
    'Cette page a besoin de scripts, et il n’y en a pas au niveau de sécurité « Le plus sûr ». Choisissez le niveau « Plus sûr » dans le Navigateur Tor, ou écrivez avec la commande dead-drop. Rien n’a été envoyé.',

  choose: {
    title: 'À qui voulez-vous écrire ?',
    lead: 'Choisissez une personne. Elle seule peut lire ce que vous envoyez.',
  },

  person: {
    title: (name) => `Écrire à ${isolated(name)}`,
    lead: 'Ce que vous écrivez est chiffré ici, dans votre navigateur. Seule cette personne peut le lire, et nul autre ne voit qui l’a écrit.',
    fingerprint: 'Empreinte',
    inWords: 'La même en mots anglais',
    compare: 'Est-ce la même que l’empreinte que vous avez obtenue par une autre voie ?',
    same: 'Oui, elle est tout entière la même',
    unknown: 'Je n’ai rien pour la comparer',
    chooseOne: 'Choisissez l’une des deux réponses.',
    unknownMeans: 'Alors vous ne savez pas qui lit votre lettre : c’est la personne qui a fait cette page.',
    doWhat: 'Que voulez-vous faire ?',
    write: 'Écrire une lettre',
    read: 'Lire les réponses',
    register: 'Inscrire une lettre déjà téléversée',
  },

  write: {
    title: (name) => `Votre lettre à ${isolated(name)}`,
    answerTitle: (name) => `Votre réponse à ${isolated(name)}`,
    text: 'Texte',
    textHint: 'Ce que vous écrivez peut montrer qui vous êtes : les noms, les lieux, votre façon d’écrire.',
    files: 'Fichiers',
    pick: 'Ajouter des fichiers',
    drop: 'Ou déposez des fichiers ici.',
    noFolder: 'Un dossier ne peut pas être envoyé. Mettez-le d’abord dans une archive.',
    remove: (name) => `Retirer ${isolated(name)}`,
    total: (count, bytes) => `${files(count)}, ${size(bytes)}`,
    added: (count) => `${files(count)} ${of(count, { one: 'ajouté', other: 'ajoutés' })}.`,
    removed: (name) => `${isolated(name)} est retiré.`,
    names:
      'Les noms de vos fichiers partent avec eux, tels qu’ils sont affichés ici. Renommez un fichier avant de l’ajouter si son nom en dit trop.',
    reading: 'Examen du fichier…',
    answer: 'Voulez-vous une réponse ?',
    answerNo: 'Non',
    answerNew: 'Oui : donnez-moi pour cela douze nouveaux mots (en anglais)',
    answerHave: 'Oui : j’ai douze mots d’une lettre précédente à cette personne',
    answerSame: (print) =>
      `Oui : sous les mots de cette visite, dont la boîte aux lettres commence par ${isolated(print)}`,
    answerHint:
      'Les réponses attendent au point de dépôt. Avec douze mots, vous pouvez les lire plus tard, sur n’importe quel appareil. Prenez d’autres mots pour chaque personne à qui vous écrivez.',
    words: 'Vos douze mots',
    discard: 'Abandonner cette lettre',
  },

  metadata: {
    tells: 'Ce fichier révèle :',
    notAll: 'Il peut y avoir autre chose qui n’est pas affiché ici.',
    none: 'Rien n’y a été trouvé qui renseigne sur son auteur. Il peut tout de même y avoir quelque chose.',
    unknown: 'On ne sait rien de ce que ce fichier révèle de son auteur.',
    advice:
      'Les photos et les documents portent souvent des noms, des lieux et des heures. Qui lit votre lettre les voit. Envoyez une copie qui n’en a pas, si vous le pouvez.',
    what: {
      author: 'Auteur',
      editor: 'Modifié ou enregistré par',
      company: 'Société',
      program: 'Programme',
      camera: 'Appareil photo',
      owner: 'Propriétaire de l’appareil photo',
      serial: 'Numéro de série',
      place: 'Lieu de la prise de vue',
      time: 'Heure',
      title: 'Titre',
      comment: 'Commentaire',
      preview: 'Petit aperçu, qui peut montrer ce qui a été coupé ensuite',
    },
  },

  secrets: {
    words: 'Ceci contient les douze mots d’une boîte aux lettres. Qui les possède lit toutes les réponses qui y vont.',
    key: 'Ceci contient une clé secrète de Dead Drop, réservée à son propriétaire.',
    unsent: 'Ceci contient une lettre qui n’a pas encore été envoyée, réservée à la personne qui l’écrit.',
    invitation: 'Ceci contient une invitation à une rédaction. Personne d’autre ne doit l’avoir.',
    takeOut: 'Retirez cela, sauf si vous voulez l’envoyer.',
  },

  words: {
    title: 'Vos douze mots',
    lead: 'Notez ces mots sur papier, dans cet ordre, avant de continuer. Ils sont le seul moyen d’obtenir vos réponses. Ce sont des mots anglais, dans toutes les langues de cette page.',
    secret:
      'Qui les possède lit toutes les réponses qui vous sont adressées. Ne les montrez à personne, et ne les gardez pas sur cet appareil.',
    lost: 'Il n’en reste rien ici. Si vous les perdez, personne ne peut lire les réponses, pas même vous.',
    done: 'Je les ai notés',
  },

  ask: {
    title: 'Saisissez trois de vos mots',
    lead: 'Pour vérifier ce que vous avez noté. Ces mots sont en anglais.',
    word: (place) => `Mot ${number(place)}`,
    wrong: (place) => `Ce n’est pas le mot ${number(place)}. Regardez ce que vous avez noté.`,
    showAgain: 'Montrer les mots à nouveau',
  },

  opening: {
    title: 'Ouverture de votre boîte aux lettres',
    lead: 'Des clés sont faites à partir de vos mots.',
  },

  confirm: {
    title: 'Prêt à envoyer',
    to: 'À',
    fingerprint: 'Empreinte',
    content: 'Lettre',
    text: (characters) =>
      `Texte de ${number(characters)} ${of(characters, { one: 'caractère', many: 'de caractères', other: 'caractères' })}`,
    noText: 'Pas de texte',
    answer: 'Réponse',
    wanted: (print) =>
      `On peut vous répondre. Votre boîte aux lettres commence par ${isolated(print)} : notez-le avec vos mots.`,
    notWanted: 'Aucune réponse n’est possible.',
    size: 'Taille à l’envoi',
    parts: (cells) => `${number(cells)} ${of(cells, { one: 'partie', other: 'parties' })} de 1 Mo`,
    time: 'Durée',
    roughly: (least, most) =>
      `À peu près ${number(least)} à ${minutes(most)}. On le saura mieux quand la première partie sera envoyée.`,
    send: 'Envoyer maintenant',
    later: 'Téléverser maintenant, inscrire plus tard',
    laterHint: 'Une lettre n’arrive que lorsqu’elle est inscrite. Vous pouvez le faire un autre jour, d’un autre lieu.',
    change: 'Modifier la lettre',
  },

  sending: {
    title: 'Envoi de votre lettre',
    uploadTitle: 'Téléversement de votre lettre',
    parts: (done, total) =>
      `${number(done)} sur ${number(total)} ${of(total, { one: 'partie envoyée', other: 'parties envoyées' })}`,
    registering: 'Toutes les parties sont envoyées. Il reste l’inscription : sans elle, la lettre n’arrive pas.',
    first: 'La première partie est en route.',
    rate: (bytes) => `${size(bytes)} par seconde`,
    left: (count) => `Il reste environ ${minutes(count)}`,
    leftLittle: 'Il reste moins d’une minute',
    progress: 'Progression',
    work: (seconds) =>
      `Le point de dépôt demande un peu de travail à ce navigateur, parce qu’il est submergé : environ ${number(seconds)} ${of(seconds, { one: 'seconde', other: 'secondes' })} à chaque fois.`,
    stopped: 'Arrêt en cours…',
  },

  waits: {
    unreachable: 'Le point de dépôt est injoignable.',
    busy: 'Le point de dépôt est occupé.',
    fault: 'Le point de dépôt a une défaillance.',
    captive: 'Quelque chose, en chemin, répond à la place du point de dépôt.',
    since: (what, seconds) => `Nouveaux essais depuis le ${moment(seconds)} UTC. En attente de ceci : ${what}.`,
    place: 'une place pour une partie',
    upload: 'l’arrivée d’une partie au point de dépôt',
    registration: 'l’inscription',
    list: 'la liste des lots',
    answer: 'la remise de quelque chose par le point de dépôt',
  },

  sent: {
    title: 'Votre lettre est envoyée',
    lead: (name) => `Elle attend au point de dépôt que ${isolated(name)} la lise.`,
    what: (cells) =>
      `${number(cells)} ${of(cells, { one: 'partie a été envoyée et inscrite', other: 'parties ont été envoyées et inscrites' })}.`,
    kept: 'Il n’en reste rien ici.',
    now: 'Que faire maintenant',
    close: 'Terminez cette visite, et fermez cet onglet.',
    newIdentity: 'Choisissez « Nouvelle identité » dans le menu du Navigateur Tor.',
    files: 'Pensez aux fichiers qui sont encore sur cet appareil.',
    look: 'Cherchez une réponse dans un jour ou deux. Elle attend 14 jours, ou moins si l’opérateur du point de dépôt en a décidé ainsi. Il vous faut vos douze mots à chaque fois.',
    mailbox: (print) =>
      `Votre boîte aux lettres commence par ${isolated(print)}. C’est toujours pareil : sinon, un mot est mal saisi.`,
  },

  uploaded: {
    title: 'Votre lettre est téléversée, mais pas inscrite',
    lead: 'Elle n’arrive pas avant que cet identifiant scellé soit inscrit. Gardez-le, ou remettez-le par une autre voie : il ne dit rien aux autres, mais qui le voit sait qu’il y a une lettre.',
    sealedId: 'Identifiant scellé',
    to: (name) => `Il appartient à une lettre à ${isolated(name)}.`,
    until:
      'Inscrivez-le dans la semaine. Après 14 jours, ou plus tôt si l’opérateur du point de dépôt en a décidé ainsi, la lettre a disparu.',
    how: 'Ouvrez cette page une autre fois, et choisissez « Inscrire une lettre déjà téléversée ».',
  },

  failed: {
    title: 'Votre lettre n’est pas envoyée',
    uploadTitle: 'Votre lettre n’est pas téléversée',
    none: 'Aucune partie n’a été envoyée en entier. Personne ne peut rien en lire.',
    some: (done, total) =>
      `${number(done)} sur ${number(total)} ${of(total, { one: 'partie envoyée', other: 'parties envoyées' })}. Personne ne peut rien en lire, et la lettre n’arrive pas.`,
    perhaps:
      'Toutes les parties sont envoyées, mais la lettre n’est peut-être pas inscrite. Reprenez pour l’inscrire encore une fois : cela ne fait aucun mal.',
    keepId: 'Vous pouvez aussi garder cet identifiant scellé, et l’inscrire une autre fois.',
    goOn: 'Vous pouvez reprendre où cela s’est arrêté, tant que cet onglet est ouvert.',
    anew: 'Elle doit être envoyée depuis le début.',
    goBack: 'Revenir à la lettre',
  },

  read: {
    title: (name) => `Réponses de ${isolated(name)}`,
    words: 'Vos douze mots',
    wordsHint: 'Dans leur ordre, séparés par des espaces. Ce sont des mots anglais.',
    since: 'Depuis quand ?',
    today: 'Un jour',
    threeDays: 'Trois jours',
    week: 'Une semaine',
    fortnight: 'Deux semaines : un point de dépôt ne garde rien de plus ancien',
    look: 'Chercher des réponses',
    lookHint:
      'Le point de dépôt n’apprend pas s’il y a une réponse pour vous avant que vous en récupériez une. Il voit que quelqu’un lit.',
  },

  extent: {
    title: 'Ce qu’il y a à lire',
    lead: (bytes) => `Pour trouver vos réponses, il faut lire environ ${size(bytes)}.`,
    go: 'Lire',
    less: 'Remonter moins loin',
    mailbox: (print) =>
      `Votre boîte aux lettres commence par ${isolated(print)}. Si ce n’est pas ce que vous connaissez, un mot est mal saisi.`,
  },

  reading: {
    title: 'Recherche de réponses',
    listing: 'On demande ce qu’il y a.',
    batches: (done, total) => `${number(done)} sur ${number(total)} ${of(total, { one: 'lot lu', other: 'lots lus' })}`,
    found: (count) => `${answers(count)} ${of(count, { one: 'trouvée', other: 'trouvées' })}`,
  },

  answers: {
    title: (count) => (count === 0 ? 'Pas encore de réponse' : answers(count)),
    upTo: (seconds) => `Lu jusqu’au ${moment(seconds)} UTC.`,
    nothingThere: 'Le point de dépôt n’indique aucun lot pour cette période.',
    again: 'Une réponse envoyée à l’instant met quelques minutes à arriver. Vous pouvez chercher à nouveau.',
    heading: (count, seconds) => `Réponse ${number(count)}, du ${moment(seconds)} UTC`,
    signed: (name) => `Elle est signée par ${isolated(name)}.`,
    unasked: 'Elle ne répond à aucune lettre que vous avez écrite avec ces mots.',
    text: 'Texte de la réponse',
    noText: 'Elle n’a pas de texte.',
    files: (count, bytes) => `${files(count)}, ${size(bytes)}`,
    fetch: (bytes) => `Récupérer les fichiers (${size(bytes)})`,
    fetching: (done, total) => `${size(done)} sur ${size(total)} récupérés`,
    fetchTitle: 'Récupération des fichiers',
    save: (name) => `Enregistrer ${isolated(name)}`,
    saveHint:
      'Un fichier que vous enregistrez reste sur cet appareil. L’ouvrir peut le faire savoir à d’autres : déconnectez-vous d’abord du réseau.',
    renamed: (name) => `Il s’appelait ${isolated(name)}.`,
    answer: 'Y répondre',
    look: 'Chercher à nouveau',
    older: (count: number) =>
      `${number(count)} ${of(count, { one: 'réponse plus ancienne n’est pas encore affichée', other: 'réponses plus anciennes ne sont pas encore affichées' })}.`,
    more: (count: number) => `En afficher ${number(count)} de plus`,
    unfetched: (count) =>
      `${number(count)} ${of(count, { one: 'élément n’a pas pu être récupéré', other: 'éléments n’ont pas pu être récupérés' })}. Cherchez à nouveau, maintenant ou plus tard.`,
    leftOut: (count) =>
      `${number(count)} ${of(count, { one: 'lettre n’est pas affichée : endommagée, ou pas de cette personne', other: 'lettres ne sont pas affichées : endommagées, ou pas de cette personne' })}.`,
    gone: (count) =>
      `${number(count)} ${of(count, { one: 'lot manque', other: 'lots manquent' })} au point de dépôt. Les réponses qui s’y trouvaient sont perdues.`,
    listWrong: 'La liste du point de dépôt n’est pas comme elle devrait être. Il peut manquer des réponses.',
  },

  register: {
    title: 'Inscrire une lettre',
    label: 'Identifiant scellé',
    hint: 'La ligne de 108 caractères que vous avez gardée quand la lettre a été téléversée.',
    onlyTo: (name) =>
      `Les personnes de cette page ont des points de dépôt différents : seule une lettre à ${isolated(name)} arrive si elle est inscrite ici.`,
    go: 'Inscrire',
    working: 'Inscription de la lettre',
    done: 'La lettre est inscrite',
    doneLead:
      'Elle arrivera, si elle a été téléversée il y a une semaine au plus. Le point de dépôt ne dit pas s’il a la lettre.',
    failed: 'La lettre n’est peut-être pas inscrite',
    failedLead: 'Inscrivez-la encore une fois. Cela ne fait aucun mal.',
  },

  end: {
    title: 'Cette visite est terminée',
    lead: 'Ce que vous avez saisi ici a disparu de cette page.',
    close: 'Fermez cet onglet maintenant.',
    newIdentity:
      'Choisissez ensuite « Nouvelle identité » dans le menu du Navigateur Tor : le navigateur oublie le reste.',
    again: 'Commencer une nouvelle visite',
  },

  faults: {
    unreachable:
      'Le point de dépôt est injoignable. Vérifiez si le Navigateur Tor est connecté, et réessayez plus tard.',
    busy: 'Le point de dépôt est occupé. Réessayez plus tard.',
    fault: 'Le point de dépôt a une défaillance. Réessayez plus tard.',
    captive:
      'Quelque chose, en chemin, répond à la place du point de dépôt. Réessayez plus tard, ou depuis un autre réseau.',
    noDrop: 'Ce qui répond n’est pas un point de dépôt. Il est peut-être hors service, ou cette page est périmée.',
    astray: 'Le point de dépôt mène ailleurs. N’utilisez pas cette page.',
    tooMuchWork: 'Le point de dépôt demande plus de travail qu’aucun ne le peut. N’utilisez pas cette page.',
    tooLate:
      'Cela a duré si longtemps que le début de la lettre peut disparaître avant qu’elle soit lue. Envoyez-la depuis le début.',
    stopped: 'Vous l’avez arrêté.',
    own: 'Cette page a une défaillance. On ne sait rien de ce qu’elle faisait.',
    contactDamaged: 'Le contact dans cette page est endommagé. Reprenez la page là où vous l’avez trouvée.',
    contactOver: (when, now) =>
      `Personne ne peut plus écrire avec cette page : son contact a pris fin le ${day(when)}, et l’horloge de cet appareil indique le ${day(now)}. Vérifiez si l’horloge est à l’heure. Si oui, cherchez une page plus récente là où vous avez trouvé celle-ci. Vous pouvez encore lire les réponses.`,
    contactEarly: (when, now) =>
      `Le contact dans cette page commence le ${day(when)}, et l’horloge de cet appareil indique le ${day(now)}. Mettez l’horloge à l’heure.`,
    wordCount: (count) => `Il faut douze mots, et il y en a ${number(count)}.`,
    word: (place) => `Le mot ${number(place)} n’est pas dans la liste. Vérifiez s’il est mal saisi.`,
    misfit: 'Les douze mots ne vont pas ensemble : l’un d’eux est un autre mot, ou leur ordre est faux.',
    sealedId:
      'Ce n’est pas un identifiant scellé : il a 108 caractères, lettres, chiffres, tirets et traits de soulignement, et se termine par =. Vérifiez s’il est complet.',
    nothing: 'Il n’y a rien dans cette lettre. Écrivez quelque chose, ou ajoutez un fichier.',
    noText: 'Il y a un demi-caractère dans le texte. Supprimez-le, ou collez le texte à nouveau.',
    textTooLong: 'Le texte dépasse 1 Mo. Envoyez-le sous forme de fichier.',
    fileCount: (count) =>
      `Une lettre accepte ${number(1000)} fichiers, et il y en a ${number(count)}. Mettez-les dans une archive.`,
    fileName: (name) =>
      `Le nom de ce fichier est trop long, ou n’est pas du texte : ${isolated(name)}. Renommez-le et ajoutez-le à nouveau.`,
    file: (name) =>
      `Ce fichier a changé, ou ne peut plus être lu : ${isolated(name)}. Retirez-le, et ajoutez-le à nouveau quand rien n’y écrit plus.`,
    tooLarge: 'C’est plus qu’une lettre ne peut contenir. Envoyez plusieurs lettres.',
    letterGone:
      'La réponse est endommagée, ou a disparu du point de dépôt. Ses fichiers ne peuvent pas être récupérés.',
    notAnswerable:
      'On ne peut pas répondre à cette réponse : le contact qu’elle contient a pris fin. Prenez une page plus récente là où vous avez trouvé celle-ci.',
    otherDrop: 'Le contact dans cette réponse indique un autre point de dépôt que cette page. On n’y répond pas d’ici.',
  },
};
