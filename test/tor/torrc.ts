import type { Authority, Relay } from './relay.ts';

/*
 * What the nodes' torrc files say, found by trying with tor 0.4.9. tor(1) explains each option.
 */

/**
 * Lines of every node of the network, and all that a client or an onion service's host needs to join it. One without
 * SOCKS says `SocksPort 0` besides, or it takes port 9050.
 */
export function joinLines(authorities: readonly Authority[]): string[] {
  return [
    'TestingTorNetwork 1',
    ...authorities.map(
      ({ name, orPort, dirPort, fingerprint, v3Ident }) =>
        `DirAuthority ${name} orport=${orPort} no-v2 v3ident=${v3Ident} 127.0.0.1:${dirPort} ${fingerprint}`,
    ),
    'PathsNeededToBuildCircuits 0.67',
    'KISTSchedRunInterval 1 msec',
    'NumCPUs 1',
    // Learnt here, it is 40 ms, and a busy machine gives circuits up that are about to be there.
    'LearnCircuitBuildTimeout 0',
    'CircuitBuildTimeout 10',
    'GeoIPFile /dev/null',
    'GeoIPv6File /dev/null',
    // All is on one address, which a client would neither visit nor cross twice.
    'ClientRejectInternalAddresses 0',
    'ClientDNSRejectInternalAddresses 0',
    'EnforceDistinctSubnets 0',
    // A stream stays on one circuit, so that tests can compare circuits.
    'ConfluxEnabled 0',
  ];
}

/** Lines of every node that others connect to. */
function relayLines({ name, orPort }: Relay): string[] {
  return [
    `Nickname ${name}`,
    'SocksPort 0',
    'Address 127.0.0.1',
    `ORPort 127.0.0.1:${orPort} IPv4Only`,
    'AddressDisableIPv6 1',
    'AssumeReachable 1',
    'OutboundBindAddressOR 127.0.0.1',
    'OutboundBindAddressExit 127.0.0.1',
    'ExtendAllowPrivateAddresses 1',
    'DirAllowPrivateAddresses 1',
  ];
}

/**
 * Lines of an authority. The votes make the authorities the only guards: clients whose guard is another node stall for
 * 10 to 20 seconds.
 *
 * @param bandwidths - the path of a file with `bandwidthLines`
 */
export function authorityLines(authority: Authority, authorities: readonly Authority[], bandwidths: string): string[] {
  return [
    ...relayLines(authority),
    `DirPort 127.0.0.1:${authority.dirPort} IPv4Only`,
    'ContactInfo none',
    'AuthoritativeDirectory 1',
    'V3AuthoritativeDirectory 1',
    `TestingV3AuthInitialVotingInterval ${INITIAL_VOTING_SECONDS}`,
    'TestingV3AuthInitialVoteDelay 2',
    'TestingV3AuthInitialDistDelay 2',
    'V3AuthVotingInterval 10',
    'V3AuthVoteDelay 2',
    'V3AuthDistDelay 2',
    'V3AuthNIntervalsValid 2',
    'TestingDirAuthVoteExit *',
    'TestingDirAuthVoteHSDir *',
    `TestingDirAuthVoteGuard ${authorities.map(({ fingerprint }) => fingerprint).join(',')}`,
    'TestingDirAuthVoteGuardIsStrict 1',
    `V3BandwidthsFile ${bandwidths}`,
    'TestingMinExitFlagThreshold 0',
    'TestingMinFastFlagThreshold 0',
  ];
}

/** The first votes are held whenever a multiple of this has passed since 1970. */
export const INITIAL_VOTING_SECONDS = 5;

/**
 * What the authorities take for measured: nearly all bandwidth is the exits'. Left to what relays say of themselves,
 * which is little at first, a client may see some in its own guard only. It then insists on a rendezvous there, which
 * no circuit through that guard can reach, until a later consensus 15 seconds on.
 */
export function bandwidthLines(authorities: readonly Relay[], exits: readonly Relay[]): string[] {
  const line = ({ fingerprint }: Relay, kilobytes: number) => `node_id=$${fingerprint} bw=${kilobytes}`;
  const now = Math.floor(Date.now() / 1000);
  return [`${now}`, ...authorities.map((relay) => line(relay, 1)), ...exits.map((relay) => line(relay, 10_000))];
}

/** @param resolvConf - the path of a `resolv.conf(5)` */
export function exitLines(exit: Relay, resolvConf: string): string[] {
  return [
    ...relayLines(exit),
    'ExitRelay 1',
    'RefuseUnknownExits 0', // an exit may learn of the others later than the client does
    'ExitPolicyRejectPrivate 0',
    'ExitPolicy accept *:*', // accepting loopback only is summarised as accepting nothing
    `ServerDNSResolvConfFile ${resolvConf}`,
    'ServerDNSAllowBrokenConfig 1',
    'ServerDNSDetectHijacking 0',
    'ServerDNSTestAddresses', // none
  ];
}

/** SOCKS on TCP and on a unix socket; ExtendedErrors tells why an onion service is not reached. */
export function clientLines(port: number, path: string): string[] {
  return [`SocksPort 127.0.0.1:${port} ExtendedErrors`, `SocksPort unix:"${path}" ExtendedErrors`];
}
