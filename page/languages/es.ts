import { countingIn } from './counting.ts';
import type { Catalog } from './en.ts';
import { isolated } from './isolated.ts';

const { number, size, day, moment, of } = countingIn('es');

const files = (count: number) => `${number(count)} ${of(count, { one: 'archivo', other: 'archivos' })}`;
const minutes = (count: number) => `${number(count)} ${of(count, { one: 'minuto', other: 'minutos' })}`;
const answers = (count: number) => `${number(count)} ${of(count, { one: 'respuesta', other: 'respuestas' })}`;

/** Spanish. A drop is a punto de entrega; a mailbox is a buzón. */
export const es: Catalog = {
  language: 'Idioma',
  unreviewed:
    'Esta traducción todavía no la ha revisado nadie cuya lengua materna sea el español. En caso de duda, lea el texto en inglés.',

  common: {
    back: 'Atrás',
    next: 'Continuar',
    stop: 'Detener',
    tryAgain: 'Seguir',
    copy: 'Copiar',
    copied: 'Copiado.',
    copyByHand: 'El navegador no copia. Seleccione el texto y cópielo usted.',
    endVisit: 'Terminar esta visita',
    busy: 'Espere, por favor.',
  },

  plain: {
    keepOpen:
      'Mantenga abierta esta pestaña. Si la cierra, una carta que no se haya enviado se pierde, y no queda nada de ella.',
    linked:
      'Todo lo que haga en esta visita pasa por un solo circuito de Tor. Se puede relacionar entre sí, pero no con usted.',
    falsePage:
      'Una página falsa puede mostrarle cualquier cosa. Compare la huella digital de arriba y el hash de este archivo con lo que haya recibido por otra vía: en papel, por teléfono, en persona.',
    standsOut: (cells) =>
      `Esta carta tiene ${number(cells)} partes de 1 MB. Las cartas de más de 8 partes llaman la atención entre las demás: quien observe el punto de entrega puede saber que llegó una carta grande, y cuándo.`,
    safer: 'En el nivel de seguridad «Más seguro», esto tarda alrededor de medio minuto.',
  },

  refused: {
    title: 'Esta página solo funciona en el Navegador Tor',
    engine: 'Este no es el Navegador Tor. No se ha enviado nada.',
    firefox:
      'Esto parece un Firefox corriente, o un Navegador Tor cuya protección se ha desactivado. No se ha enviado nada.',
    why: 'Otro navegador revela más sobre usted, y guarda más de lo que usted hace.',
    how: 'Obtenga el Navegador Tor en torproject.org, deje su configuración como está y abra este archivo con él.',
    broken: 'Esta página está dañada',
    brokenHow: 'No se puede usar. Vuelva a obtenerla donde la encontró, y compare su hash.',
    revokedTitle: 'Ya nadie debe escribir con esta página',
    revoked: (print: string, when: number) =>
      `El dueño de la huella ${isolated(print)} la revocó el ${day(when)}. Desde aquí no se ha enviado nada.`,
    revokedHow: 'Pregunte por otra vía a quién escribir ahora.',
  },

  noScript:
    'Esta página necesita scripts, y en el nivel de seguridad «El más seguro de todos» (Safest) no los hay. Elija el nivel «Más seguro» (Safer) en el Navegador Tor, o escriba con el comando dead-drop. No se ha enviado nada.',

  choose: {
    title: '¿A quién quiere escribir?',
    lead: 'Elija a una persona. Solo ella puede leer lo que usted envíe.',
  },

  person: {
    title: (name) => `Escribir a ${isolated(name)}`,
    lead: 'Lo que usted escribe se cifra aquí, en su navegador. Solo esa persona puede leerlo, y nadie más ve quién lo ha escrito.',
    fingerprint: 'Huella digital',
    inWords: 'La misma en palabras inglesas',
    compare: '¿Es igual que la huella digital que recibió por otra vía?',
    same: 'Sí, toda ella es igual',
    unknown: 'No tengo nada con qué compararla',
    chooseOne: 'Elija una de las dos.',
    unknownMeans: 'Entonces usted no sabe quién lee su carta: es quien haya hecho esta página.',
    doWhat: '¿Qué quiere hacer?',
    write: 'Escribir una carta',
    read: 'Leer respuestas',
    register: 'Registrar una carta que ya está subida',
  },

  write: {
    title: (name) => `Su carta a ${isolated(name)}`,
    answerTitle: (name) => `Su respuesta a ${isolated(name)}`,
    text: 'Texto',
    textHint: 'Lo que escribe puede mostrar quién es usted: nombres, lugares, su manera de escribir.',
    files: 'Archivos',
    pick: 'Añadir archivos',
    drop: 'O suelte archivos aquí.',
    noFolder: 'No se puede enviar una carpeta. Empaquétela antes en un archivo comprimido.',
    remove: (name) => `Quitar ${isolated(name)}`,
    total: (count, bytes) => `${files(count)}, ${size(bytes)}`,
    added: (count) => `${files(count)} ${of(count, { one: 'añadido', other: 'añadidos' })}.`,
    removed: (name) => `Se ha quitado ${isolated(name)}.`,
    names:
      'Los nombres de sus archivos van con ellos, tal como se muestran aquí. Cambie el nombre de un archivo antes de añadirlo si revela demasiado.',
    reading: 'Examinando el archivo…',
    answer: '¿Quiere una respuesta?',
    answerNo: 'No',
    answerNew: 'Sí: deme para ello doce palabras nuevas (en inglés)',
    answerHave: 'Sí: tengo doce palabras de una carta anterior a esta persona',
    answerSame: (print) => `Sí: con las palabras de esta visita, cuyo buzón empieza por ${isolated(print)}`,
    answerHint:
      'Las respuestas esperan en el punto de entrega. Con doce palabras puede leerlas más tarde, en cualquier dispositivo. Use otras palabras para cada persona a la que escriba.',
    words: 'Sus doce palabras',
    discard: 'Descartar esta carta',
  },

  metadata: {
    tells: 'Este archivo revela:',
    notAll: 'Puede haber más que no se muestra aquí.',
    none: 'No se ha encontrado en él nada que revele algo de su autor. Aun así, puede haber algo.',
    unknown: 'No se sabe nada de lo que este archivo revela de su autor.',
    advice:
      'Las fotos y los documentos llevan a menudo nombres, lugares y horas. Quien lea su carta los ve. Envíe una copia sin ellos si puede.',
    what: {
      author: 'Autor',
      editor: 'Modificado o guardado por',
      company: 'Empresa',
      program: 'Programa',
      camera: 'Cámara',
      owner: 'Dueño de la cámara',
      serial: 'Número de serie',
      place: 'Lugar donde se tomó',
      time: 'Hora',
      title: 'Título',
      comment: 'Comentario',
      preview: 'Vista previa pequeña, que puede mostrar lo que se recortó después',
    },
  },

  secrets: {
    words: 'Aquí están las doce palabras de un buzón. Quien las tenga lee todas las respuestas que lleguen a él.',
    key: 'Aquí hay una clave secreta de Dead Drop, que es solo para su dueño.',
    unsent: 'Aquí hay una carta que aún no se ha enviado, que es solo para quien la escribe.',
    invitation: 'Aquí hay una invitación a una redacción. Nadie más debe tenerla.',
    takeOut: 'Quítelo, a no ser que quiera enviarlo.',
  },

  words: {
    title: 'Sus doce palabras',
    lead: 'Escriba estas palabras en papel, en este orden, antes de seguir. Son el único camino a sus respuestas. Son palabras inglesas, en todos los idiomas de esta página.',
    secret:
      'Quien las tenga lee todas las respuestas dirigidas a usted. No se las muestre a nadie, y no las guarde en este dispositivo.',
    lost: 'Aquí no queda nada de ellas. Si las pierde, nadie puede leer las respuestas, usted tampoco.',
    done: 'Las he escrito en papel',
  },

  ask: {
    title: 'Escriba tres de sus palabras',
    lead: 'Para comprobar lo que anotó. Las palabras están en inglés.',
    word: (place) => `Palabra ${number(place)}`,
    wrong: (place) => `Esta no es la palabra ${number(place)}. Mire lo que anotó.`,
    showAgain: 'Mostrar otra vez las palabras',
  },

  opening: {
    title: 'Se está abriendo su buzón',
    lead: 'De sus palabras se hacen claves.',
  },

  confirm: {
    title: 'Todo listo para enviar',
    to: 'Para',
    fingerprint: 'Huella digital',
    content: 'Carta',
    text: (characters) =>
      `Texto de ${number(characters)} ${of(characters, { one: 'carácter', many: 'de caracteres', other: 'caracteres' })}`,
    noText: 'Sin texto',
    answer: 'Respuesta',
    wanted: (print) => `Se le puede responder. Su buzón empieza por ${isolated(print)}: anótelo junto a sus palabras.`,
    notWanted: 'No es posible responderle.',
    size: 'Tamaño del envío',
    parts: (cells) => `${number(cells)} ${of(cells, { one: 'parte', other: 'partes' })} de 1 MB`,
    time: 'Duración',
    roughly: (least, most) =>
      `Aproximadamente de ${number(least)} a ${minutes(most)}. Se sabrá mejor cuando se haya enviado la primera parte.`,
    send: 'Enviar ahora',
    later: 'Subir ahora, registrar después',
    laterHint: 'Una carta no llega hasta que se registra. Puede hacerlo otro día, desde otro lugar.',
    change: 'Cambiar la carta',
  },

  sending: {
    title: 'Se está enviando su carta',
    uploadTitle: 'Se está subiendo su carta',
    parts: (done, total) =>
      `${number(done)} de ${number(total)} ${of(total, { one: 'parte enviada', other: 'partes enviadas' })}`,
    registering: 'Se han enviado todas las partes. Falta el registro: sin él, la carta no llega.',
    first: 'La primera parte está en camino.',
    rate: (bytes) => `${size(bytes)} por segundo`,
    left: (count) => `Tiempo restante: alrededor de ${minutes(count)}`,
    leftLittle: 'Queda menos de un minuto',
    progress: 'Progreso',
    work: (seconds) =>
      `El punto de entrega pide algo de trabajo a este navegador, porque está desbordado: alrededor de ${number(seconds)} ${of(seconds, { one: 'segundo', other: 'segundos' })} cada vez.`,
    stopped: 'Deteniendo…',
  },

  waits: {
    unreachable: 'No se puede llegar al punto de entrega.',
    busy: 'El punto de entrega está ocupado.',
    fault: 'El punto de entrega tiene un fallo.',
    captive: 'Algo en el camino responde en lugar del punto de entrega.',
    since: (what, seconds) =>
      `Se intenta de nuevo desde el ${moment(seconds)} UTC. En espera de lo siguiente: ${what}.`,
    place: 'un sitio para una parte',
    upload: 'la llegada de una parte al punto de entrega',
    registration: 'el registro',
    list: 'la lista de lotes',
    answer: 'que el punto de entrega dé algo',
  },

  sent: {
    title: 'Su carta está enviada',
    lead: (name) => `Espera en el punto de entrega hasta que ${isolated(name)} la lea.`,
    what: (cells) =>
      `${number(cells)} ${of(cells, { one: 'parte se envió y se registró', other: 'partes se enviaron y se registraron' })}.`,
    kept: 'Aquí no queda nada de ella.',
    now: 'Qué hacer ahora',
    close: 'Termine esta visita y cierre esta pestaña.',
    newIdentity: 'Elija «Nueva identidad» en el menú del Navegador Tor.',
    files: 'Piense en los archivos que siguen en este dispositivo.',
    look: 'Busque una respuesta dentro de uno o dos días. Espera 14 días, o menos si el operador del punto de entrega así lo decidió. Cada vez necesita sus doce palabras.',
    mailbox: (print) =>
      `Su buzón empieza por ${isolated(print)}. Es siempre lo mismo: si no, una palabra está mal escrita.`,
  },

  uploaded: {
    title: 'Su carta está subida, pero no registrada',
    lead: 'No llega hasta que se registre este identificador sellado. Guárdelo, o entréguelo por otra vía: a otros no les dice nada, pero quien lo ve sabe que hay una carta.',
    sealedId: 'Identificador sellado',
    to: (name) => `Pertenece a una carta a ${isolated(name)}.`,
    until:
      'Regístrelo antes de una semana. Después de 14 días, o antes si el operador del punto de entrega así lo decidió, la carta ya no está.',
    how: 'Abra esta página en otro momento y elija «Registrar una carta que ya está subida».',
  },

  failed: {
    title: 'Su carta no se ha enviado',
    uploadTitle: 'Su carta no se ha subido',
    none: 'Ninguna parte se envió entera. Nadie puede leer nada de ella.',
    some: (done, total) =>
      `${number(done)} de ${number(total)} ${of(total, { one: 'parte enviada', other: 'partes enviadas' })}. Nadie puede leer nada de ella, y la carta no llega.`,
    perhaps:
      'Se han enviado todas las partes, pero quizá la carta no está registrada. Siga para registrarla una vez más: no hace ningún daño.',
    keepId: 'También puede guardar este identificador sellado y registrarlo en otro momento.',
    goOn: 'Puede seguir donde se detuvo, mientras esta pestaña esté abierta.',
    anew: 'Hay que enviarla desde el principio.',
    goBack: 'Volver a la carta',
  },

  read: {
    title: (name) => `Respuestas de ${isolated(name)}`,
    words: 'Sus doce palabras',
    wordsHint: 'En su orden, separadas por espacios. Son palabras inglesas.',
    since: '¿Desde cuándo?',
    today: 'Un día',
    threeDays: 'Tres días',
    week: 'Una semana',
    fortnight: 'Dos semanas: un punto de entrega no guarda más',
    look: 'Buscar respuestas',
    lookHint:
      'El punto de entrega no se entera de si hay una respuesta para usted hasta que se recoge una. Ve que alguien lee.',
  },

  extent: {
    title: 'Cuánto hay que leer',
    lead: (bytes) => `Para encontrar sus respuestas hay que leer alrededor de ${size(bytes)}.`,
    go: 'Leer',
    less: 'Buscar menos atrás',
    mailbox: (print) =>
      `Su buzón empieza por ${isolated(print)}. Si no es lo que usted conoce, una palabra está mal escrita.`,
  },

  reading: {
    title: 'Buscando respuestas',
    listing: 'Preguntando qué hay.',
    batches: (done, total) =>
      `${number(done)} de ${number(total)} ${of(total, { one: 'lote leído', other: 'lotes leídos' })}`,
    found: (count) => `${answers(count)} ${of(count, { one: 'encontrada', other: 'encontradas' })}`,
  },

  answers: {
    title: (count) => (count === 0 ? 'Todavía no hay respuesta' : answers(count)),
    upTo: (seconds) => `Leído hasta el ${moment(seconds)} UTC.`,
    nothingThere: 'El punto de entrega no indica ningún lote para este tiempo.',
    again: 'Una respuesta que se acaba de enviar tarda algunos minutos en llegar. Puede buscar otra vez.',
    heading: (count, seconds) => `Respuesta ${number(count)}, del ${moment(seconds)} UTC`,
    signed: (name) => `Está firmada por ${isolated(name)}.`,
    unasked: 'No responde a ninguna carta que usted haya escrito con estas palabras.',
    text: 'Texto de la respuesta',
    noText: 'No tiene texto.',
    files: (count, bytes) => `${files(count)}, ${size(bytes)}`,
    fetch: (bytes) => `Recoger los archivos (${size(bytes)})`,
    fetching: (done, total) => `${size(done)} de ${size(total)} recogidos`,
    fetchTitle: 'Se están recogiendo los archivos',
    save: (name) => `Guardar ${isolated(name)}`,
    saveHint:
      'Un archivo que guarde se queda en este dispositivo. Si lo abre, otros pueden saberlo: desconéctese antes de la red.',
    renamed: (name) => `Se llamaba ${isolated(name)}.`,
    answer: 'Responder a esto',
    look: 'Buscar otra vez',
    older: (count: number) =>
      `${number(count)} ${of(count, { one: 'respuesta más antigua no se muestra todavía', other: 'respuestas más antiguas no se muestran todavía' })}.`,
    more: (count: number) => `Mostrar ${number(count)} más`,
    unfetched: (count) =>
      `${number(count)} ${of(count, { one: 'elemento no se pudo recoger', other: 'elementos no se pudieron recoger' })}. Busque otra vez, ahora o más tarde.`,
    leftOut: (count) =>
      `${number(count)} ${of(count, { one: 'carta no se muestra: está dañada, o no es de esta persona', other: 'cartas no se muestran: están dañadas, o no son de esta persona' })}.`,
    gone: (count) =>
      `${number(count)} ${of(count, { one: 'lote falta', other: 'lotes faltan' })} en el punto de entrega. Las respuestas que contenían se han perdido.`,
    listWrong: 'La lista del punto de entrega no es como debería ser. Pueden faltar respuestas.',
  },

  register: {
    title: 'Registrar una carta',
    label: 'Identificador sellado',
    hint: 'La línea de 108 caracteres que guardó cuando se subió la carta.',
    onlyTo: (name) =>
      `Las personas de esta página tienen puntos de entrega distintos: solo una carta a ${isolated(name)} llega si se registra aquí.`,
    go: 'Registrar',
    working: 'Se está registrando la carta',
    done: 'La carta está registrada',
    doneLead: 'Llegará, si se subió hace no más de una semana. El punto de entrega no dice si tiene la carta.',
    failed: 'Quizá la carta no está registrada',
    failedLead: 'Regístrela una vez más. No hace ningún daño.',
  },

  end: {
    title: 'Esta visita ha terminado',
    lead: 'Lo que escribió aquí ha desaparecido de esta página.',
    close: 'Cierre ahora esta pestaña.',
    newIdentity: 'Elija después «Nueva identidad» en el menú del Navegador Tor: el navegador olvida lo demás.',
    again: 'Empezar una visita nueva',
  },

  faults: {
    unreachable:
      'No se puede llegar al punto de entrega. Mire si el Navegador Tor está conectado, e inténtelo más tarde.',
    busy: 'El punto de entrega está ocupado. Inténtelo más tarde.',
    fault: 'El punto de entrega tiene un fallo. Inténtelo más tarde.',
    captive: 'Algo en el camino responde en lugar del punto de entrega. Inténtelo más tarde, o desde otra red.',
    noDrop: 'Lo que responde no es un punto de entrega. Quizá no está en servicio, o esta página está anticuada.',
    astray: 'El punto de entrega lleva a otro sitio. No use esta página.',
    tooMuchWork: 'El punto de entrega pide más trabajo del que puede pedir cualquiera. No use esta página.',
    tooLate:
      'Tardó tanto que el principio de la carta puede haber desaparecido antes de que se lea. Envíela desde el principio.',
    stopped: 'Usted lo ha detenido.',
    own: 'Esta página tiene un fallo. No se sabe nada de lo que estaba haciendo.',
    contactDamaged: 'El contacto de esta página está dañado. Vuelva a obtener la página donde la encontró.',
    contactOver: (when, now) =>
      `Nadie puede ya escribir con esta página: su contacto terminó el ${day(when)}, y el reloj de este dispositivo dice ${day(now)}. Mire si el reloj está bien. Si lo está, busque una página más nueva donde encontró esta. Todavía puede leer respuestas.`,
    contactEarly: (when, now) =>
      `El contacto de esta página empieza el ${day(when)}, y el reloj de este dispositivo dice ${day(now)}. Ponga bien el reloj.`,
    wordCount: (count) => `Hacen falta doce palabras, y aquí hay ${number(count)}.`,
    word: (place) => `La palabra ${number(place)} no está en la lista. Mire si está mal escrita.`,
    misfit: 'Las doce palabras no casan: una de ellas es otra palabra, o su orden no es el correcto.',
    sealedId:
      'Esto no es un identificador sellado: tiene 108 caracteres, letras, cifras, guiones y guiones bajos, y termina en =. Mire si está completo.',
    nothing: 'No hay nada en esta carta. Escriba algo, o añada un archivo.',
    noText: 'Hay medio carácter en el texto. Bórrelo, o pegue el texto de nuevo.',
    textTooLong: 'El texto ocupa más de 1 MB. Envíelo como archivo.',
    fileCount: (count) =>
      `En una carta caben ${number(1000)} archivos, y aquí hay ${number(count)}. Empaquételos en un archivo comprimido.`,
    fileName: (name) =>
      `El nombre de este archivo es demasiado largo, o no es texto: ${isolated(name)}. Cámbielo y añada el archivo otra vez.`,
    file: (name) =>
      `Este archivo ha cambiado, o ya no se puede leer: ${isolated(name)}. Quítelo, y añádalo otra vez cuando nada escriba en él.`,
    tooLarge: 'Es más de lo que cabe en una carta. Envíe varias cartas.',
    letterGone: 'La respuesta está dañada, o ya no está en el punto de entrega. No se pueden recoger sus archivos.',
    notAnswerable:
      'No se puede responder a esta respuesta: el contacto que lleva ha terminado. Obtenga una página más nueva donde encontró esta.',
    otherDrop:
      'El contacto de esta respuesta nombra otro punto de entrega que el de esta página. Desde aquí no se responde.',
  },
};
