import path from 'node:path';

/** The home that `npm run test:tensorflow` set up, and where backends are installed in it. */
export const home = process.env.RANKWISE_TENSORFLOW!;
export const installed = path.join(home, 'backends');
