import { type ChildProcess, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import puppeteer, { type Browser, type Frame, type Page } from 'puppeteer-core';
import { vi } from 'vitest';

/** Tor Browser's security levels. */
export type Level = 'standard' | 'safer' | 'safest';

export interface BrowserOptions {
  /** The SOCKS port of this machine through which everything goes, names included. */
  readonly socksPort: number;
  /** @default 'standard' */
  readonly level?: Level;
  /** Colours that pages are asked for. @default - light, as Tor Browser has it for everybody */
  readonly colours?: 'light' | 'dark';
  /** Whether what tells Tor Browser from Firefox is off. */
  readonly isPlain?: boolean;
}

/** A Firefox, headless, with a profile of its own and Tor Browser's settings. */
export interface TestBrowser {
  open(url: string): Promise<Visit>;
  /** Where what is saved goes, by what the page calls it. */
  readonly downloads: string;
  /** The folder of its profile. */
  readonly profile: string;
  /** Has all its processes stand still for a while, as a machine's do that sleeps. */
  sleep(milliseconds: number): Promise<void>;
  /** The most memory that one of its processes for pages holds now, in MiB. */
  pageMebibytes(): number;
  close(): Promise<void>;
}

/** One page that is open, in a tab of its own. */
export interface Visit {
  readonly page: Page;
  /** The sandboxed frame, in which the page's script runs. @throws Error when there is none within 30 seconds */
  inner(): Promise<Frame>;
  /** What the browser's console has said that is a fault, such as what the policy forbade. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** Where Debian has it, or another one that is to be tried, such as the one that Tor Browser is built on now. */
export const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
export const CHROMIUM = '/usr/bin/chromium';

/** What tests of the page need of Debian, as far as it is not there. */
export function missingPackages(): string[] {
  const programs = { 'firefox-esr': FIREFOX, chromium: CHROMIUM };
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const hasProgram = (name: string) => spawnSync(name, ['--version'], { env }).error === undefined;
  return [
    ...Object.entries(programs).flatMap(([name, path]) => (existsSync(path) ? [] : [name])),
    ...(hasProgram('nginx') ? [] : ['nginx-light']),
    ...(hasProgram('setpriv') ? [] : ['util-linux']),
  ];
}

const ENVIRONMENT = { TZ: 'UTC', MOZ_CRASHREPORTER_DISABLE: '1', MOZ_DISABLE_NONLOCAL_CONNECTIONS: '1' };

/** Starts a Firefox as Tor Browser sets it up, as far as a page can tell. */
export async function openBrowser(options: BrowserOptions): Promise<TestBrowser> {
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-browser-'));
  const [profile, downloads] = [join(folder, 'profile'), join(folder, 'downloads')];
  for (const each of [profile, downloads]) mkdirSync(each);
  const browser = await puppeteer
    .launch({
      browser: 'firefox',
      executablePath: mortal(folder),
      userDataDir: profile,
      extraPrefsFirefox: {
        ...torBrowser(options),
        ...LEVELS[options.level ?? 'standard'],
        ...savesTo(downloads),
        ...(options.isPlain && { 'privacy.resistFingerprinting': false }),
      },
      // Whatever went around the proxy would end it.
      env: { ...process.env, ...ENVIRONMENT, HOME: folder },
      defaultViewport: { width: 1000, height: 900 },
      timeout: 120_000,
      protocolTimeout: 300_000,
    })
    .catch((error: unknown) => {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    });
  return {
    open: (url) => open(browser, url),
    downloads,
    profile,
    pageMebibytes: () => Math.max(0, ...family(browser.process()!.pid!).filter(showsPages).map(residentMebibytes)),
    async sleep(milliseconds) {
      const all = family(browser.process()!.pid!);
      for (const pid of all) process.kill(pid, 'SIGSTOP');
      await setTimeout(milliseconds);
      for (const pid of all) process.kill(pid, 'SIGCONT');
    },
    async close() {
      await closeAll(browser);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A Chromium, which is no Tor Browser, with a profile of its own. @returns the tab, and what ends it */
export async function openChromium(url: string): Promise<Visit> {
  const folder = mkdtempSync(join(tmpdir(), 'dead-drop-browser-'));
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    userDataDir: folder,
    args: ['--no-sandbox', '--disable-quic', '--proxy-server=socks5://127.0.0.1:1', '--disable-background-networking'],
    env: { ...process.env, HOME: folder },
    timeout: 120_000,
  });
  const visit = await open(browser, url);
  const close = async () => {
    await closeAll(browser);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { ...visit, close };
}

/**
 * A program that starts Firefox so that it does not outlive this process, however that ends.
 *
 * @returns its path
 */
function mortal(folder: string): string {
  const path = join(folder, 'firefox');
  writeFileSync(path, `#!/bin/sh\nexec setpriv --pdeathsig KILL ${FIREFOX} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What Tor Browser sets, of what a page or the network can notice; and that nothing goes out that no page asked for. */
function torBrowser({ socksPort, colours }: BrowserOptions): Record<string, unknown> {
  return {
    'network.proxy.type': 1,
    'network.proxy.socks': '127.0.0.1',
    'network.proxy.socks_port': socksPort,
    'network.proxy.socks_version': 5,
    'network.proxy.socks_remote_dns': true,
    'network.proxy.no_proxies_on': '',
    'network.proxy.allow_hijacking_localhost': true,
    'network.proxy.failover_direct': false,
    'network.dns.blockDotOnion': false,
    'network.dns.disabled': true,
    'network.http.http2.enabled': true,
    'network.http.http3.enable': false,
    'network.http.referer.hideOnionSource': true,
    'dom.securecontext.allowlist_onions': true,
    'dom.security.https_only_mode': true,
    'dom.security.https_only_mode.upgrade_onion': false,
    'security.mixed_content.block_active_content': true,
    'security.fileuri.strict_origin_policy': true,
    'privacy.firstparty.isolate': true,
    'privacy.resistFingerprinting.letterboxing': false,
    ...(colours === undefined ? { 'privacy.resistFingerprinting': true } : coloured(colours)),
    'browser.privatebrowsing.autostart': true,
    'browser.cache.disk.enable': false,
    'media.peerconnection.enabled': false,
    'dom.serviceWorkers.enabled': false,
    'webgl.disable-extensions': true,
    // Languages that no machine has of its own.
    'intl.accept_languages': 'en-US, en',
    'javascript.use_us_english_locale': true,
    'app.update.enabled': false,
    'browser.region.network.url': '',
    'browser.safebrowsing.malware.enabled': false,
    'browser.safebrowsing.phishing.enabled': false,
    'browser.safebrowsing.downloads.enabled': false,
    'captivedetect.canonicalURL': '',
    'datareporting.healthreport.uploadEnabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'extensions.getAddons.cache.enabled': false,
    'extensions.update.enabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'network.prefetch-next': false,
    'network.predictor.enabled': false,
    'network.trr.mode': 5,
    'security.OCSP.enabled': 0,
    'services.settings.server': 'data:,#remote-settings-dummy/v1',
    'toolkit.telemetry.enabled': false,
    'toolkit.telemetry.server': '',
  };
}

/** All that resistFingerprinting does but to call every screen light. */
function coloured(colours: 'light' | 'dark'): Record<string, unknown> {
  return {
    'privacy.fingerprintingProtection': true,
    'privacy.fingerprintingProtection.overrides': '+AllTargets,-CSSPrefersColorScheme',
    'layout.css.prefers-color-scheme.content-override': colours === 'dark' ? 0 : 1,
  };
}

/** Safer takes what makes scripts fast; Safest takes scripts. NoScript does the latter by itself; pages see the same. */
const NO_SPEED = {
  'javascript.options.ion': false,
  'javascript.options.baselinejit': false,
  'javascript.options.native_regexp': false,
  'javascript.options.asmjs': false,
  'javascript.options.wasm': false,
  'mathml.disabled': true,
  'gfx.font_rendering.opentype_svg.enabled': false,
};
const LEVELS: Record<Level, Record<string, unknown>> = {
  standard: {},
  safer: NO_SPEED,
  safest: { ...NO_SPEED, 'javascript.enabled': false, 'svg.disabled': true },
};

/** Asks nobody where to. Tor Browser asks; a test has no hands for that. */
function savesTo(folder: string): Record<string, unknown> {
  return {
    'browser.download.folderList': 2,
    'browser.download.dir': folder,
    'browser.download.useDownloadDir': true,
    'browser.download.always_ask_before_handling_new_types': false,
    'browser.download.alwaysOpenPanel': false,
    'browser.download.start_downloads_in_tmp_dir': false,
  };
}

/** What a browser asks an address for by itself, and the policy forbids. */
const ICON = /\/favicon\.ico because it violates the following directive: /;

async function open(browser: Browser, url: string): Promise<Visit> {
  const page = await browser.newPage();
  const faults: string[] = [];
  const note = (fault: string) => {
    if (!ICON.test(fault)) faults.push(fault);
  };
  page.on('console', (message) => {
    if (['error', 'warn', 'assert'].includes(message.type())) note(message.text());
  });
  // What the policy forbids is among these.
  page.on('pageerror', (error) => note(error instanceof Error ? error.message : String(error)));
  await page.goto(url, { timeout: 120_000 });
  return {
    page,
    faults,
    inner: () => vi.waitUntil(() => page.frames().find((frame) => frame !== page.mainFrame()), { timeout: 30_000 }),
    close: async () => {
      if (!page.isClosed()) await page.close();
    },
  };
}

/** Ends a browser and waits until its processes are gone; those that do not go by themselves are killed. */
async function closeAll(browser: Browser): Promise<void> {
  const child = browser.process() as ChildProcess;
  const all = family(child.pid!);
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  await Promise.race([browser.close(), setTimeout(20_000, undefined, { ref: false })]).catch(() => {});
  child.kill('SIGKILL');
  await gone;
  for (const pid of all.filter((pid) => existsSync(`/proc/${pid}`))) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {} // it went meanwhile
  }
}

/** A process and all below it. */
function family(pid: number): number[] {
  const children = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    // The name of a program stands in brackets, and may have any character.
    const parent = /\) \w (\d+) [^)]*$/.exec(read(`/proc/${name}/stat`))?.[1];
    return Number(parent) === pid ? [Number(name)] : [];
  });
  return [pid, ...children.flatMap(family)];
}

const showsPages = (pid: number) => /\0tab$|\0tab\0/.test(read(`/proc/${pid}/cmdline`));

const residentMebibytes = (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;

/** What stands in a file of the system, nothing when the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
