import { type Front, onionFolder, proxySocket, quoted } from './front.ts';

/** What tor reads: one onion service that leads to the proxy, defended against floods, and nothing else. */
export function torrc({ places, torrc }: Front): string {
  return `# Written by dead-drop gateway: what is changed here is lost when it writes again.
DataDirectory ${quoted(`${places.state}/tor`)}
SocksPort 0

# Errors that keep tor from starting, and nothing else.
Log err stderr
SafeLogging 1
HeartbeatPeriod 0
AvoidDiskWrites 1

HiddenServiceDir ${quoted(onionFolder(places))}
HiddenServiceVersion 3
HiddenServicePort 80 unix:${quoted(proxySocket(places))}

# A command opens one stream a circuit, a page one after another. Under a flood they prove work, which Tor does for
# them, before they are met.
HiddenServiceMaxStreams 8
HiddenServiceMaxStreamsCloseCircuit 1
HiddenServiceEnableIntroDoSDefense 1
HiddenServicePoWDefensesEnabled 1
HiddenServiceStatistics 0
${torrc === undefined ? '' : `\n${torrc}\n`}`;
}
