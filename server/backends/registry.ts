/** Every backend that `rankwise backend install` knows, one line each. */
import { tensorflow } from './tensorflow/installer.ts';
import type { Installer } from './types.ts';

export const installers: readonly Installer[] = [tensorflow];
