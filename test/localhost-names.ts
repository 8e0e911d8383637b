import dns from 'node:dns';

// Loaded before a command: names below `localhost` lead to this machine, also where the system does not know them.
const { lookup } = dns;
dns.lookup = ((name: string, ...rest: never[]) =>
  (lookup as (...args: unknown[]) => void)(name.endsWith('.localhost') ? '127.0.0.1' : name, ...rest)) as typeof lookup;
