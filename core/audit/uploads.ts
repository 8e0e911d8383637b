import { concat, isSame } from '../../wire/bytes.ts';
import { UPLOAD_URL_SECONDS } from '../../wire/sizes.ts';
import { formatUploadId, uploadKey } from '../../wire/upload-id.ts';
import { getUpload, getUploadUrl, putCell, type UploadUrl } from '../drop/drop.ts';
import { RefusedAddress, TransportFault } from '../drop/transport-fault.ts';
import { sealCoverCell } from '../letter/cell.ts';
import { alike } from './alike.ts';
import { type AuditFinding, type Check, cannotTell, fail, pass } from './check.ts';
import { longest } from './expiry.ts';
import { allRefused, refuses } from './refuse.ts';
import { inventedId, isBehindFront, type Visit } from './visit.ts';

/** What a presigned URL of S3 says, and nothing besides. */
const PARAMETERS = [
  ...['X-Amz-Algorithm', 'X-Amz-Content-Sha256', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires'],
  ...['X-Amz-Security-Token', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'x-amz-checksum-mode', 'x-id'],
];

/** What was uploaded never came back: whatever is done to it afterwards cannot be seen. */
const NEVER_THERE = 'the cell that was taken did not come back, so that there is nothing to look at';

/** What upload URLs allow, which is one PUT of one cell. */
export const UPLOAD_CHECKS: readonly Check[] = [
  {
    name: 'upload-url',
    group: 'uploads',
    promise:
      'An upload URL names a new upload, asks for no header that could mark it, and leads where a client may go.',
    requests: 3,
    async run(visit) {
      try {
        const [one, other] = [await getUploadUrl(visit.drop), await getUploadUrl(visit.drop)];
        if (isSame(one.id, other.id)) return fail('two who asked were given the same upload');
        await visit.ask({ method: 'GET', url: await visit.atStorage(`/${uploadKey(one.id)}`), headers: {} });
        return pass('two were asked for, and differ');
      } catch (error) {
        visit.drop.signal?.throwIfAborted();
        if (error instanceof RefusedAddress) return fail('it leads to an address that a client does not contact');
        if (error instanceof TransportFault) throw error;
        return fail((error as Error).message.replace(/: is its address right\?$/, ''));
      }
    },
  },
  {
    name: 'upload-url-terms',
    group: 'uploads',
    promise: 'An upload URL is signed for one length, for writing once, and for a quarter of an hour.',
    requests: 1,
    async run(visit) {
      const { searchParams } = (await visit.uploadUrl()).url;
      const [signed, expires] = ['X-Amz-SignedHeaders', 'X-Amz-Expires'].map((name) => searchParams.get(name));
      if (!signed || !expires) return cannotTell('it is none of S3, so that it says nothing of its terms');
      const names = signed.split(';');
      const unsigned = ['content-length', 'if-none-match'].filter((name) => !names.includes(name));
      if (unsigned.length > 0) return fail(`it is not signed for ${unsigned.join(' and ')}`);
      if (!/^\d{1,9}$/.test(expires)) return fail('it is signed for a time that is no number');
      if (Number(expires) > UPLOAD_URL_SECONDS) return fail(`it is signed for ${expires} s`);
      const strange = [...searchParams.keys()].filter(
        (name, i, all) => !PARAMETERS.includes(name) || all.indexOf(name) < i,
      );
      if (strange.length > 0) return fail(`it says more than S3 needs, in ${strange.length} of its parameters`);
      return pass(`${expires} s, and its length and if-none-match are signed`);
    },
  },
  bad('short', 'A cell that is a byte too short is refused.', (to, cell) => ({ to, cell: cell.subarray(1) })),
  bad('long', 'A cell that is a byte too long is refused.', (to, cell) => ({
    to,
    cell: concat([cell, Uint8Array.of(0)]),
  })),
  bad('unconditional', 'A PUT that would overwrite is refused.', (to, cell, visit) =>
    // The front writes the header whatever a client says.
    isBehindFront(visit) ? undefined : { to: { ...to, headers: {} }, cell },
  ),
  bad('other-name', 'An upload URL is good for its own upload only.', (to, cell) => {
    const url = new URL(to.url);
    url.pathname = url.pathname.replace(formatUploadId(to.id), inventedId());
    return { to: { ...to, url }, cell };
  }),
  bad('forged', 'An upload URL with a changed signature is refused.', (to, cell) => {
    const url = new URL(to.url);
    const signature = url.searchParams.get('X-Amz-Signature');
    if (!signature) return undefined;
    const changed = (signature.startsWith('0') ? '1' : '0') + signature.slice(1);
    url.search = url.search.replace(signature, changed);
    return { to: { ...to, url }, cell };
  }),
  {
    name: 'upload-other-method',
    group: 'uploads',
    promise: 'An upload URL is for PUT only.',
    requests: 4,
    async run(visit) {
      const { url } = await visit.uploadUrl();
      const probe = (method: 'GET' | 'DELETE' | 'POST') => ({ what: `${method} of it`, method, url });
      return allRefused(visit, [probe('GET'), probe('DELETE'), probe('POST')]);
    },
  },
  {
    name: 'upload-missing',
    group: 'uploads',
    promise: 'An upload that is still to come is answered like one that nobody was promised.',
    requests: 3,
    async run(visit) {
      const { id } = await visit.uploadUrl();
      const get = (name: string) => visit.ask({ method: 'GET', url: visit.at(`/uploads/${name}`), headers: {} });
      const [promised, invented] = [await get(formatUploadId(id)), await get(inventedId())];
      if (!refuses(invented.status)) return fail(`an invented one is answered with ${invented.status}`);
      return alike(promised, invented) ? pass(`both with ${invented.status}`) : fail('the two answers differ');
    },
  },
  {
    name: 'upload-kept',
    group: 'uploads',
    promise: 'A cell is taken, and comes back as it was.',
    failsRefused: true,
    requests: 1,
    cells: 1,
    async run(visit) {
      const { to, cell, answer } = await visit.upload();
      const back = await getUpload(visit.drop, to.id);
      if (back !== null && isSame(back, cell)) return pass('one was left, genuine and for nobody');
      return fail(
        back === null ? `it is not there (status ${answer.status} when it was put)` : 'another one came back',
      );
    },
  },
  {
    name: 'upload-twice',
    group: 'uploads',
    promise: 'Nobody can replace an upload, not even who made it.',
    requests: 2,
    cells: 2,
    async run(visit) {
      const { to, cell, answer: first } = await visit.upload();
      if (first.status !== 200) return cannotTell(`the first was not taken (status ${first.status})`);
      const other = sealCoverCell(to.id);
      const second = await putCell(visit.drop, to, other);
      const back = await getUpload(visit.drop, to.id);
      if (back !== null && isSame(back, other)) return fail('another cell is in its place');
      if (second.status < 300) return fail(`the second PUT was answered with ${second.status}`);
      if (back === null) return cannotTell(NEVER_THERE);
      if (!isSame(back, cell)) return cannotTell('what comes back is neither the first nor the second');
      if (!refuses(second.status)) return cannotTell(`the second PUT was answered with ${second.status}`);
      return pass(`the second PUT was refused (${second.status})`);
    },
  },
  {
    name: 'upload-expires',
    group: 'uploads',
    promise: 'The storage says that an upload expires, within the time that the drop promises.',
    requests: 1,
    cells: 1,
    byClock: true,
    async run(visit) {
      const { to, answer } = await visit.upload();
      const got = await visit.ask({ method: 'GET', url: visit.at(`/${uploadKey(to.id)}`), headers: {} });
      const said = [answer, got].flatMap(({ headers }) => {
        const [, date] = /expiry-date="([^"]+)"/.exec(String(headers?.['x-amz-expiration'])) ?? [];
        return date === undefined ? [] : [Date.parse(date)];
      });
      if (said.length === 0 || said.some(Number.isNaN))
        return cannotTell('it does not say, and the ids of old uploads are only for those who have them');
      const { time } = await visit.list();
      const last = Math.max(...said);
      const day = new Date(last).toISOString().slice(0, 10);
      return last - time > longest(visit) ? fail(`it says that it keeps one until ${day}`) : pass(`it says ${day}`);
    },
  },
  {
    name: 'upload-delete',
    group: 'uploads',
    promise: 'Nobody can delete an upload, not even who made it.',
    requests: 4,
    cells: 2,
    async run(visit) {
      const { to, answer: put } = await visit.upload();
      if (put.status !== 200) return cannotTell(`there is none of ours to try with (status ${put.status})`);
      if ((await getUpload(visit.drop, to.id)) === null) return cannotTell(NEVER_THERE);
      const probe = (what: string, url: URL) => ({ what: `DELETE ${what}`, method: 'DELETE' as const, url });
      const finding = await allRefused(visit, [
        probe('at the drop', visit.at(`/${uploadKey(to.id)}`)),
        probe('at the storage', await visit.atStorage(`/${uploadKey(to.id)}`)),
        probe('with its upload URL', to.url),
      ]);
      const isThere = (await getUpload(visit.drop, to.id)) !== null;
      return isThere ? finding : fail('it is gone');
    },
  },
];

/** A check with one PUT that must be refused, to a new upload URL, with a genuine cell in all but one thing. */
function bad(
  name: string,
  promise: string,
  spoil: (to: UploadUrl, cell: Uint8Array, visit: Visit) => { to: UploadUrl; cell: Uint8Array } | undefined,
): Check {
  const run = async (visit: Visit): Promise<AuditFinding> => {
    const given = await visit.uploadUrl();
    const spoiled = spoil(given, sealCoverCell(given.id), visit);
    if (spoiled === undefined) return cannotTell('this drop gives no way to try it');
    const { answer: whole } = await visit.upload();
    const { to, cell } = spoiled;
    const headers = { ...to.headers, 'content-length': String(cell.length) };
    const { status } = await visit.ask({ method: 'PUT', url: to.url, headers, body: cell });
    if (refuses(status)) {
      if (whole.status === 200) return pass(`refused (${status})`);
      return cannotTell(`refused (${status}), but so is a PUT that is right (${whole.status})`);
    }
    return status < 300 ? fail(`it was taken (${status})`) : cannotTell(`it was answered with ${status}`);
  };
  return { name: `upload-${name}`, group: 'uploads', promise, requests: 3, cells: 1, run };
}
