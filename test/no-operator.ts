import { registerHooks } from 'node:module';

// Loaded before a command: what only operators install is not there, neither to be imported nor to be found.
registerHooks({
  resolve(name, context, next) {
    if (/^(@aws-sdk\/|aws-cdk-lib|constructs|esbuild)/.test(name)) {
      throw Object.assign(new Error(`${name} is not installed`), { code: 'ERR_MODULE_NOT_FOUND' });
    }
    return next(name, context);
  },
});
