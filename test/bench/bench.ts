import { Option } from 'commander';
import sodium from 'libsodium-wrappers';
import { parseScript, script } from '../../bin/script.ts';
import { benchCells } from './cells.ts';
import { benchCold } from './cold.ts';
import { benchIds } from './ids.ts';
import { benchPublisher } from './publisher.ts';
import { cores } from './report.ts';

/** Each prints its lines; see the file of that name. */
const BENCHES = { ids: benchIds, cells: benchCells, cold: benchCold, publisher: benchPublisher };
type Name = keyof typeof BENCHES;

const names = Object.keys(BENCHES) as Name[];
const values = parseScript<{ readonly only?: readonly Name[]; readonly quick: boolean }>(
  script('bench', 'Measure this code against what else could do the same, side by side.')
    .addOption(new Option('--only <names...>', 'only these').choices(names))
    .option('--quick', 'small inputs and few rounds', false),
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
