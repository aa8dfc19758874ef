import path from 'node:path';
import { homeFolder } from '../wire/places.ts';

/** `<home>/backends`: a folder for each backend that was installed on request. */
export const backendsFolder = (env?: NodeJS.ProcessEnv): string => path.join(homeFolder(env), 'backends');
