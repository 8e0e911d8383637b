/**
 * Endings of files that a system resolves, maybe over the network, when their folder is merely shown, searched or
 * previewed, and of their kin: files that are there to lead somewhere else, or to run something, while they look like a
 * document. What is a program by its name (`.exe`, `.sh`) or a document that may also fetch (`.html`, `.docx`) is not.
 */
const ENDINGS = new Set(
  [
    // Windows: shortcuts, and what Explorer shows as a folder, a place or a search
    'lnk url website pif scf shb shs xnk glk desklink mapimail mydocs zfsendtotarget symlink appref-ms pinned',
    'library-ms search-ms searchconnector-ms search osdx contact group wab accountpicture-ms settingcontent-ms',
    'theme themepack deskthemepack msstyles cpl msc scr gadget grp job',
    'mad maf mag mam maq mar mas mau mav maw',
    // Windows: connections, installations from a network, and pages and scripts that run with all rights
    'rdp rdg wcx ica webpnp printerexport prf ins isp pbk ppkg udl dsn odc odcdatabase odccubefile',
    'application appinstaller vsto xbap jnlp jnlpx osd diagcab diagpkg diagcfg psc1 psc2',
    'hta chm hlp mht mhtml mhtm wsc wsf wsh ws sct vbe jse xsn infopathxml',
    // Office: queries, templates and additions
    'iqy oqy rqy dqy slk sylk atomsvc ops',
    'dot dotx dotm xlt xltx xltm pot potx potm thmx wiz vst vstx vstm vsw ott ots otp otg oth otm',
    'xla xlam xll wll ppa ppam oxt',
    // Lists of what is to be played or fetched, and forms that name the document to which they belong
    'asx wax wvx wmx wpl zpl m3u m3u8 pls xspf b4s kpl ram smil smi qtl sdp vlc',
    'torrent magnet metalink meta4 nzb fdf xfdf xdp',
    // macOS
    'webloc inetloc fileloc ftploc mailloc newsloc nntploc afploc atloc vncloc httploc savedsearch webarchive webbookmark',
    'terminal term command tool scpt scptd workflow action prefpane saver mobileconfig configprofile shortcut',
    // Linux desktops
    'desktop directory kdelnk service mount automount flatpakref flatpakrepo remmina',
  ].flatMap((endings) => endings.split(' ')),
);

/** Whether a name, in lower case, ends so that a system would act on it. The class of a Windows object is an ending, too. */
export function isActing(name: string): boolean {
  const ending = name.slice(name.lastIndexOf('.') + 1).trim();
  return name.includes('.') && (ENDINGS.has(ending) || ending.startsWith('{'));
}
