import { openControl } from '../../gateway/control.ts';

/** A stream of a tor's client: one connection that somebody asked its SOCKS port for. */
export interface Stream {
  /** `host:port` as asked for. */
  readonly target: string;
  /** The circuit that carried it. */
  readonly circuit: string;
  /** The user name of the SOCKS request. */
  readonly user: string;
}

/**
 * Watches the streams of a tor while something happens, as its control port tells.
 *
 * @param control - path of its control socket
 * @param seen - told how many are asked for or open, each time that one more is
 */
export async function streamsDuring(
  control: string,
  act: () => Promise<unknown>,
  seen?: (open: number) => void,
): Promise<Stream[]> {
  const port = await openControl(control);
  const open = new Set<string>();
  const [targets, streams] = [new Map<string, string>(), [] as Stream[]];
  port.onEvent((line) => {
    const [kind, id, state, circuit, target] = line.split(' ') as [string, string, string, string, string];
    if (kind !== 'STREAM') return;
    // Tor has streams of its own. Later events may have the address that the name turned out to have.
    if (state === 'NEW' && line.includes(' PURPOSE=USER')) {
      targets.set(id, target);
      open.add(id);
      seen?.(open.size);
    }
    if (state === 'CLOSED' || state === 'FAILED') open.delete(id);
    if (state !== 'SUCCEEDED' || !targets.has(id)) return;
    const [, user = ''] = / SOCKS_USERNAME="([^"]*)"/.exec(line) ?? [];
    streams.push({ target: targets.get(id)!, circuit, user });
  });
  try {
    await port.ask('SETEVENTS STREAM');
    await act();
    await port.ask('GETINFO version'); // every event before this answer has been told
  } finally {
    port.close();
  }
  return streams;
}
