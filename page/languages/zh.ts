import { countingIn } from './counting.ts';
import type { Catalog } from './en.ts';
import { isolated } from './isolated.ts';

const { number, size, day, moment } = countingIn('zh-Hans');

const files = (count: number) => `${number(count)} 个文件`;
const answers = (count: number) => `${number(count)} 条回复`;

/** Chinese, in simplified characters. A drop is a 投递点; a mailbox is a 信箱. Nothing changes with its number. */
export const zh: Catalog = {
  language: '语言',
  unreviewed: '本译文尚未经过以中文为母语的人审校。如有疑问，请阅读英文原文。',

  common: {
    back: '返回',
    next: '继续',
    stop: '停止',
    tryAgain: '接着进行',
    copy: '复制',
    copied: '已复制。',
    copyByHand: '浏览器没有复制。请选中文字，自行复制。',
    endVisit: '结束本次访问',
    busy: '请稍候。',
  },

  plain: {
    keepOpen: '请不要关闭此标签页。一旦关闭，尚未发送的信件就会丢失，不会留下任何内容。',
    linked: '您在本次访问中所做的一切都经过同一条 Tor 线路。这些操作之间可以相互关联，但无法与您本人关联。',
    falsePage:
      '伪造的页面可以向您显示任何内容。请将上面的指纹和此文件的哈希值，与您通过其他途径得到的相比较：印刷品、电话或当面告知。',
    standsOut: (cells) =>
      `这封信件有 ${number(cells)} 个部分，每个部分 1 MB。超过 8 个部分的信件会显得突出：监视投递点的人可以看出有一封大信件到达，以及到达的时间。`,
    safer: '在安全级别“较安全”（Safer）下，这大约需要半分钟。',
  },

  refused: {
    title: '本页面只能在 Tor 浏览器中使用',
    engine: '这不是 Tor 浏览器。没有从这里发送任何内容。',
    firefox: '这看起来是普通的 Firefox，或者是关闭了保护功能的 Tor 浏览器。没有从这里发送任何内容。',
    why: '其他浏览器会透露更多关于您的信息，也会保留更多您的操作记录。',
    how: '请从 torproject.org 获取 Tor 浏览器，不要改动它的设置，并用它打开此文件。',
    broken: '本页面已损坏',
    brokenHow: '它无法使用。请从您找到它的地方重新获取，并比较其哈希值。',
    revokedTitle: '任何人都不应再用此页面写信',
    revoked: (print: string, when: number) =>
      `指纹 ${isolated(print)} 的所有者已于 ${day(when)} 将其吊销。此处没有发送任何内容。`,
    revokedHow: '请通过其他途径询问现在应写信给谁。',
  },

  noScript:
    '本页面需要运行脚本，而安全级别“最安全”（Safest）不允许脚本。请在 Tor 浏览器中将级别设为“较安全”（Safer），或者使用命令 dead-drop 写信。没有发送任何内容。',

  choose: {
    title: '您想写信给谁？',
    lead: '请选择一个人。您发送的内容只有此人能够阅读。',
  },

  person: {
    title: (name) => `写信给 ${isolated(name)}`,
    lead: '您所写的内容会在这里，也就是在您的浏览器中加密。只有收信人能够阅读，其他任何人都看不到是谁写的。',
    fingerprint: '指纹',
    inWords: '同一指纹的英文单词形式',
    compare: '它与您通过其他途径得到的指纹相同吗？',
    same: '是，全部相同',
    unknown: '我没有可以与之比较的指纹',
    chooseOne: '请从两项中选择一项。',
    unknownMeans: '那么您无法知道谁会阅读您的信件：阅读者就是制作本页面的人。',
    doWhat: '您想做什么？',
    write: '写信',
    read: '阅读回复',
    register: '登记一封已上传的信件',
  },

  write: {
    title: (name) => `您写给 ${isolated(name)} 的信件`,
    answerTitle: (name) => `您给 ${isolated(name)} 的回复`,
    text: '正文',
    textHint: '您所写的内容可能会暴露您的身份：姓名、地点、写作习惯。',
    files: '文件',
    pick: '添加文件',
    drop: '或将文件拖放到这里。',
    noFolder: '无法发送文件夹。请先将其打包成压缩文件。',
    remove: (name) => `移除 ${isolated(name)}`,
    total: (count, bytes) => `${files(count)}，${size(bytes)}`,
    added: (count) => `已添加 ${files(count)}。`,
    removed: (name) => `已移除 ${isolated(name)}。`,
    names: '文件的名称会按这里显示的样子一同发送。如果名称透露得太多，请先重命名，再添加文件。',
    reading: '正在检查文件…',
    answer: '您需要回复吗？',
    answerNo: '不需要',
    answerNew: '需要：请为此给我十二个新单词（英文）',
    answerHave: '需要：我有以前写给此人的信件所用的十二个单词',
    answerSame: (print) => `需要：使用本次访问的单词，其信箱以 ${isolated(print)} 开头`,
    answerHint:
      '回复会在投递点等候。凭这十二个单词，您以后可以在任何一台设备上阅读回复。写信给不同的人时，请使用不同的单词。',
    words: '您的十二个单词',
    discard: '丢弃这封信件',
  },

  metadata: {
    tells: '此文件透露：',
    notAll: '可能还有未在此显示的内容。',
    none: '没有在其中发现透露作者信息的内容。但仍然可能存在。',
    unknown: '无法得知此文件会透露作者的哪些信息。',
    advice: '照片和文档中常常带有姓名、地点和时间。阅读您信件的人会看到这些信息。如有可能，请发送不含这些信息的副本。',
    what: {
      author: '作者',
      editor: '修改或保存者',
      company: '公司',
      program: '程序',
      camera: '相机',
      owner: '相机所有者',
      serial: '序列号',
      place: '拍摄地点',
      time: '时间',
      title: '标题',
      comment: '备注',
      preview: '小预览图，其中可能显示后来被裁掉的部分',
    },
  },

  secrets: {
    words: '这里含有某个信箱的十二个单词。任何人拥有这些单词，就能阅读发往该信箱的所有回复。',
    key: '这里含有 Dead Drop 的密钥，只应由其所有者持有。',
    unsent: '这里含有一封尚未发送的信，只应由写信人持有。',
    invitation: '这里含有加入编辑部的邀请。不应让其他人得到。',
    takeOut: '请将其删除，除非您有意发送。',
  },

  words: {
    title: '您的十二个单词',
    lead: '在继续之前，请将这些单词按此顺序写在纸上。它们是您取得回复的唯一途径。无论本页面使用哪种语言，这些单词都是英文。',
    secret: '任何人拥有这些单词，就能阅读给您的所有回复。请勿向任何人展示，也不要将其保存在这台设备上。',
    lost: '这里不会保留这些单词。如果您丢失了它们，任何人都无法阅读回复，包括您自己。',
    done: '我已经写下来了',
  },

  ask: {
    title: '请输入其中三个单词',
    lead: '以便确认您写下的内容。单词是英文的。',
    word: (place) => `第 ${number(place)} 个单词`,
    wrong: (place) => `这不是第 ${number(place)} 个单词。请查看您写下的内容。`,
    showAgain: '再次显示这些单词',
  },

  opening: {
    title: '正在打开您的信箱',
    lead: '正在用您的单词生成密钥。',
  },

  confirm: {
    title: '可以发送了',
    to: '收信人',
    fingerprint: '指纹',
    content: '信件',
    text: (characters) => `正文 ${number(characters)} 个字符`,
    noText: '没有正文',
    answer: '回复',
    wanted: (print) => `对方可以回复您。您的信箱以 ${isolated(print)} 开头：请将其与单词写在一起。`,
    notWanted: '对方无法回复您。',
    size: '发送时的大小',
    parts: (cells) => `${number(cells)} 个部分，每个部分 1 MB`,
    time: '所需时间',
    roughly: (least, most) => `大约 ${number(least)} 到 ${number(most)} 分钟。第一个部分发送后会有更准确的估计。`,
    send: '立即发送',
    later: '立即上传，以后登记',
    laterHint: '信件只有在登记之后才会送达。您可以改日在其他地点登记。',
    change: '修改信件',
  },

  sending: {
    title: '正在发送您的信件',
    uploadTitle: '正在上传您的信件',
    parts: (done, total) => `已发送 ${number(done)} 个部分，共 ${number(total)} 个`,
    registering: '所有部分都已发送。还差登记：不登记，信件就不会送达。',
    first: '第一个部分正在发送途中。',
    rate: (bytes) => `每秒 ${size(bytes)}`,
    left: (count) => `大约还需 ${number(count)} 分钟`,
    leftLittle: '还需不到一分钟',
    progress: '进度',
    work: (seconds) => `投递点遭遇大量请求，因此要求此浏览器做一些计算：每次大约 ${number(seconds)} 秒。`,
    stopped: '正在停止…',
  },

  waits: {
    unreachable: '无法连接到投递点。',
    busy: '投递点繁忙。',
    fault: '投递点出现故障。',
    captive: '途中有别的东西代替投递点作出应答。',
    since: (what, seconds) => `自 ${moment(seconds)}（UTC）起一直在重试。正在等待：${what}。`,
    place: '一个部分的存放位置',
    upload: '一个部分到达投递点',
    registration: '登记',
    list: '批次列表',
    answer: '投递点交出内容',
  },

  sent: {
    title: '您的信件已发送',
    lead: (name) => `信件在投递点等候，直到 ${isolated(name)} 阅读。`,
    what: (cells) => `已发送并登记 ${number(cells)} 个部分。`,
    kept: '这里不会保留信件的任何内容。',
    now: '现在该做什么',
    close: '结束本次访问，并关闭此标签页。',
    newIdentity: '在 Tor 浏览器的菜单中选择“新身份”。',
    files: '请留意仍在这台设备上的文件。',
    look: '请在一两天后查看有无回复。回复会保留 14 天；如果投递点的运营者另有设定，时间会更短。每次查看都需要您的十二个单词。',
    mailbox: (print) => `您的信箱以 ${isolated(print)} 开头。每次显示的都应相同：如果不同，就有单词输入错误。`,
  },

  uploaded: {
    title: '您的信件已上传，但尚未登记',
    lead: '在登记此密封标识之前，信件不会送达。请妥善保存，或通过其他途径交给他人：它不会向他人透露任何内容，但看到它的人会知道有一封信件。',
    sealedId: '密封标识',
    to: (name) => `它属于一封写给 ${isolated(name)} 的信件。`,
    until: '请在一周内登记。14 天之后，信件就会消失；如果投递点的运营者另有设定，时间会更早。',
    how: '请改日再次打开本页面，并选择“登记一封已上传的信件”。',
  },

  failed: {
    title: '您的信件没有发送',
    uploadTitle: '您的信件没有上传',
    none: '没有任何部分完整发送。没有人能读到其中的任何内容。',
    some: (done, total) =>
      `已发送 ${number(done)} 个部分，共 ${number(total)} 个。没有人能够阅读这些部分，信件也不会送达。`,
    perhaps: '所有部分都已发送，但信件可能尚未登记。请接着进行，再登记一次，这没有害处。',
    keepId: '您也可以保存此密封标识，以后再登记。',
    goOn: '只要此标签页还开着，您就可以从中断的地方接着进行。',
    anew: '信件必须从头发送。',
    goBack: '返回信件',
  },

  read: {
    title: (name) => `${isolated(name)} 的回复`,
    words: '您的十二个单词',
    wordsHint: '按顺序输入，单词之间用空格分开。单词是英文的。',
    since: '查找多久以来的回复？',
    today: '一天',
    threeDays: '三天',
    week: '一周',
    fortnight: '两周，投递点最多保留这么久',
    look: '查找回复',
    lookHint: '在取回某条回复之前，投递点不会知道是否有给您的回复。它能看到有人在阅读。',
  },

  extent: {
    title: '需要读取多少',
    lead: (bytes) => `为了找到给您的回复，需要读取大约 ${size(bytes)}。`,
    go: '读取',
    less: '缩短查找的时间范围',
    mailbox: (print) => `您的信箱以 ${isolated(print)} 开头。如果与您所知道的不符，就有单词输入错误。`,
  },

  reading: {
    title: '正在查找回复',
    listing: '正在询问有哪些内容。',
    batches: (done, total) => `已读取 ${number(done)} 个批次，共 ${number(total)} 个`,
    found: (count) => `找到 ${answers(count)}`,
  },

  answers: {
    title: (count) => (count === 0 ? '还没有回复' : answers(count)),
    upTo: (seconds) => `已读取到 ${moment(seconds)}（UTC）。`,
    nothingThere: '投递点没有列出这段时间的批次。',
    again: '刚刚发送的回复需要几分钟才能到达。您可以再次查找。',
    heading: (count, seconds) => `回复 ${number(count)}，${moment(seconds)}（UTC）`,
    signed: (name) => `由 ${isolated(name)} 签名。`,
    unasked: '它所回复的不是您用这些单词写的任何信件。',
    text: '回复的正文',
    noText: '没有正文。',
    files: (count, bytes) => `${files(count)}，${size(bytes)}`,
    fetch: (bytes) => `取回文件（${size(bytes)}）`,
    fetching: (done, total) => `已取回 ${size(done)}，共 ${size(total)}`,
    fetchTitle: '正在取回文件',
    save: (name) => `保存 ${isolated(name)}`,
    saveHint: '您保存的文件会留在这台设备上。打开它可能会让他人知道：请先断开网络。',
    renamed: (name) => `它原来的名称是 ${isolated(name)}。`,
    answer: '回复此信',
    look: '再次查找',
    older: (count: number) => `还有 ${number(count)} 条较早的回复未显示。`,
    more: (count: number) => `再显示 ${number(count)} 条`,
    unfetched: (count) => `有 ${number(count)} 项内容无法取回。请现在或以后再次查找。`,
    leftOut: (count) => `有 ${number(count)} 封信件未显示：已损坏，或不是来自此人。`,
    gone: (count) => `投递点缺少 ${number(count)} 个批次。其中的回复已丢失。`,
    listWrong: '投递点的列表不正常。可能缺少回复。',
  },

  register: {
    title: '登记信件',
    label: '密封标识',
    hint: '上传信件时您保存的那一行，共 108 个字符。',
    onlyTo: (name) => `本页面上各人的投递点不同：在这里登记的信件，只有写给 ${isolated(name)} 的才会送达。`,
    go: '登记',
    working: '正在登记信件',
    done: '信件已登记',
    doneLead: '如果信件是在一周之内上传的，它就会送达。投递点不会告知它是否有这封信件。',
    failed: '信件可能尚未登记',
    failedLead: '请再登记一次。这没有害处。',
  },

  end: {
    title: '本次访问已结束',
    lead: '您在这里输入的内容已从本页面消失。',
    close: '请立即关闭此标签页。',
    newIdentity: '然后在 Tor 浏览器的菜单中选择“新身份”：浏览器会忘掉其余内容。',
    again: '开始新的访问',
  },

  faults: {
    unreachable: '无法连接到投递点。请查看 Tor 浏览器是否已连接，并稍后再试。',
    busy: '投递点繁忙。请稍后再试。',
    fault: '投递点出现故障。请稍后再试。',
    captive: '途中有别的东西代替投递点作出应答。请稍后再试，或换用其他网络。',
    noDrop: '作出应答的不是投递点。它可能已停止服务，或者本页面已过时。',
    astray: '投递点指向了别处。请勿使用本页面。',
    tooMuchWork: '投递点要求的计算超过了任何投递点所允许的限度。请勿使用本页面。',
    tooLate: '耗时太久，信件的开头可能在被阅读之前就已消失。请从头发送。',
    stopped: '您已停止操作。',
    own: '本页面出现故障。无法得知当时它在做什么。',
    contactDamaged: '本页面中的联系信息已损坏。请从您找到它的地方重新获取本页面。',
    contactOver: (when, now) =>
      `任何人都无法再用本页面写信：其联系信息已于 ${day(when)} 失效，而这台设备的时钟显示 ${day(now)}。请查看时钟是否正确。如果正确，请在您找到本页面的地方寻找更新的页面。您仍然可以阅读回复。`,
    contactEarly: (when, now) =>
      `本页面中的联系信息从 ${day(when)} 起生效，而这台设备的时钟显示 ${day(now)}。请校准时钟。`,
    wordCount: (count) => `需要十二个单词，而这里有 ${number(count)} 个。`,
    word: (place) => `第 ${number(place)} 个单词不在列表中。请查看是否输入错误。`,
    misfit: '这十二个单词不相符：其中有一个是别的单词，或者顺序有误。',
    sealedId: '这不是密封标识：密封标识有 108 个字符，由字母、数字、连字符和下划线组成，以 = 结尾。请查看是否完整。',
    nothing: '这封信件中没有任何内容。请写点什么，或添加文件。',
    noText: '正文中有半个字符。请将其删除，或重新粘贴正文。',
    textTooLong: '正文超过 1 MB。请以文件形式发送。',
    fileCount: (count) =>
      `一封信件最多容纳 ${number(1000)} 个文件，而这里有 ${number(count)} 个。请将它们打包成压缩文件。`,
    fileName: (name) => `此文件的名称太长，或者不是文字：${isolated(name)}。请重命名后再次添加。`,
    file: (name) => `此文件已更改，或者无法再读取：${isolated(name)}。请将其移除，等到没有程序向它写入时再添加。`,
    tooLarge: '这超过了一封信件所能容纳的量。请分成几封信件发送。',
    letterGone: '这条回复已损坏，或已从投递点消失。无法取回它的文件。',
    notAnswerable: '无法对这条回复作出回复：其中的联系信息已失效。请在您找到本页面的地方获取更新的页面。',
    otherDrop: '这条回复中的联系信息指向的投递点与本页面不同。不会从这里作出回复。',
  },
};
