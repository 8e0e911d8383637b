import { cannotTell, type DoctorFinding } from './check.ts';

/** Ways in which AWS, or the network, does not answer, by the names of the SDK's errors. */
const REFUSALS: readonly { readonly names: RegExp; readonly why: string; readonly todo: string }[] = [
  {
    names: /ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|RequestExpired/,
    why: 'AWS does not take these credentials, or not in this region',
    todo: 'Sign in again. Where that is no help, look whether the region is switched on for the account.',
  },
  {
    names: /CredentialsProvider|TokenProvider|^TokenRefreshRequired/,
    why: 'there are no credentials that the SDK finds',
    todo: 'Sign in (aws sso login, or aws configure), or name a profile with --profile.',
  },
  {
    names: /AccessDenied|Unauthorized|AuthorizationError|NotAuthorized|^Forbidden|^403$/,
    why: 'these credentials may not ask that',
    todo: 'Give them the rights in docs/operating.md, or ask who may.',
  },
  {
    names: /Thrott|TooManyRequests|RequestLimitExceeded|SlowDown/,
    why: 'AWS answers that there are too many requests',
    todo: 'Run this again in some minutes.',
  },
  {
    names: /^(ENOTFOUND|EAI_AGAIN)$/,
    why: 'the service has no name in this region, or the name could not be resolved',
    todo: 'See on the list of AWS services by region whether it is there. Else look at the network, and run this again.',
  },
  {
    names:
      /^E[A-Z]+$|Timeout|NetworkingError|^(5\d\d|InternalFailure|InternalError|InternalServerError|ServiceUnavailable)/,
    why: 'the service could not be reached',
    todo: 'Look at the network, and run this again.',
  },
];

/** The SDK's name of an error, or the system's. Not its message, which quotes ARNs and with them the account. */
export function nameOf(error: unknown): string {
  const { name, code, $metadata } = error as { name?: string; code?: unknown; $metadata?: { httpStatusCode?: number } };
  if (typeof code === 'string' && /^E[A-Z_]+$/.test(code)) return code;
  if (name === undefined || name === 'Error' || name === 'Unknown' || name === 'UnknownError')
    return String($metadata?.httpStatusCode ?? 'Error');
  return name;
}

/** What is known of something that AWS did not answer. @throws the error, where it is a fault of ours */
export function cannotAsk(error: unknown): DoctorFinding {
  if (error instanceof TypeError || error instanceof ReferenceError) throw error;
  const name = nameOf(error);
  const known = REFUSALS.find(({ names }) => names.test(name));
  const said = /^[A-Za-z0-9]{1,60}$/.test(name) ? name : 'something unknown';
  if (known === undefined) return cannotTell(`AWS answered ${said}`, 'Run this again, or look it up in the console.');
  return cannotTell(`${known.why} (${said})`, known.todo);
}
