/** Every backend that `rankwise backend install` knows, one line each. */
import { cuda } from './cuda/installer.ts';
import { tensorflow } from './tensorflow/installer.ts';
import type { Installer } from './types.ts';

export const installers: readonly Installer[] = [tensorflow, cuda];
