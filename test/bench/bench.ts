import { InvalidArgumentError, Option } from 'commander';
import sodium from 'libsodium-wrappers';
import { parseScript, script } from '../../scripts/script.ts';
import { benchCells } from './cells.ts';
import { benchCold } from './cold.ts';
import { benchIds } from './ids.ts';
import { benchNetwork, NETWORK_PARTS, type NetworkPart, TOR } from './network.ts';
import { benchPublisher } from './publisher.ts';
import { cores } from './report.ts';
import { benchScale } from './scale.ts';

/** Each prints its lines; see the file of that name. */
const BENCHES = {
  ids: benchIds,
  cells: benchCells,
  cold: benchCold,
  publisher: benchPublisher,
  network: (quick: boolean) =>
    benchNetwork(
      quick,
      {
        circuitSeconds: values.circuit,
        roundTripSeconds: values.roundTrip,
        bytesPerSecond: values.rate * 1e6,
      },
      values.part,
    ),
  scale: benchScale,
};
type Name = keyof typeof BENCHES;

const names = Object.keys(BENCHES) as Name[];

/** What the command line says. */
interface Values {
  readonly only?: readonly Name[];
  readonly quick: boolean;
  readonly part?: NetworkPart[];
  readonly circuit: number;
  readonly roundTrip: number;
  readonly rate: number;
}

/** @throws InvalidArgumentError for anything but a number above zero */
function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('It is a number above zero.');
  return number;
}

const values = parseScript<Values>(
  script('bench', 'Measure this code against what else could do the same, side by side.')
    .addOption(new Option('--only <names...>', 'only these').choices(names))
    .option('--quick', 'small inputs and few rounds', false)
    .addOption(new Option('--part <names...>', 'network: only these').choices(NETWORK_PARTS))
    .option('--circuit <seconds>', 'network: until a circuit is built', positive, TOR.circuitSeconds)
    .option('--round-trip <seconds>', 'network: through a circuit and back', positive, TOR.roundTripSeconds)
    .option('--rate <megabytes>', 'network: a second through a circuit, each way', positive, TOR.bytesPerSecond / 1e6),
);

await sodium.ready;
console.log(
  `${cores} cores, Node ${process.version}, libsodium ${sodium.SODIUM_VERSION_STRING} (WebAssembly), ${process.arch}`,
);
console.log('Ratios of what ran side by side here, medians of several rounds.');
if (values.quick) console.log('Quick: small inputs and few rounds, so take no ratio of it seriously.');
for (const name of values.only ? names.filter((each) => values.only!.includes(each)) : names) {
  await BENCHES[name](values.quick);
}
// A missed aim is a finding, not a fault: the exit status stays 0.
