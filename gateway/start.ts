import { type Front, proxySocket, quoted } from './front.ts';

/**
 * The program that runs a front's two parts, the same by hand, under systemd and in a container. What it is given it
 * hands on to tor.
 */
export function startProgram({ places, resolver }: Front): string {
  const { config, state, run } = places;
  return `#!/bin/bash
# Written by dead-drop gateway: what is changed here is lost when it writes again.
# Runs nginx and tor, and ends when either ends, so that whatever started it starts both anew.
set -euo pipefail
umask 077
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
mkdir -p ${quoted(state)} ${quoted(run)}
rm -f ${quoted(proxySocket(places))}
${resolver === undefined ? `${resolverLine(run)}\n` : ''}
PATH=$PATH:/usr/sbin
# Both end with this program, however it ends. What tor says before it has read where to log to is an error.
setpriv --pdeathsig TERM nginx -e stderr -c ${quoted(`${config}/nginx.conf`)} &
tor --hush -f ${quoted(`${config}/torrc`)} --__OwningControllerProcess $$ "$@" >&2 &
wait -n
exit 1
`;
}

/** nginx does not read /etc/resolv.conf, and only there do machines and containers say who resolves names. */
function resolverLine(run: string): string {
  const pick = '/^nameserver/ && $2 !~ /%/ { servers = servers " " ($2 ~ /:/ ? "[" $2 "]" : $2) }';
  const none = 'if (!servers) { print "no name server in /etc/resolv.conf" > "/dev/stderr"; exit 1 }';
  return `awk '${pick} END { ${none}; print "resolver" servers ";" }' /etc/resolv.conf > ${quoted(`${run}/resolver.conf`)}`;
}
