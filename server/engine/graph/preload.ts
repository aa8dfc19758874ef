import { constants } from 'node:os';

/** Keeps a library loaded after its handle is closed (dlfcn.h); RTLD_NOW and RTLD_GLOBAL are 0 where there is no dlopen. */
const { RTLD_NOW = 0, RTLD_GLOBAL = 0 } = constants.dlopen as { RTLD_NOW?: number; RTLD_GLOBAL?: number };
const RTLD_NODELETE = 0x1000;
export const LOAD_FOR_GOOD = RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE;

/**
 * Loads a shared library into the process for good (`flags`: LOAD_FOR_GOOD), so that libraries loaded later find it by its name,
 * wherever it lies. Linux only. Its text also runs in a probe's process: it uses nothing from outside.
 * @returns what the system said, or undefined when the library is loaded.
 */
export function preload(file: string, flags: number): string | undefined {
  try {
    process.dlopen({ exports: {} }, file, flags);
  } catch (error) {
    const { message } = error as Error;
    // Node looked for an extension of its own in it and found none: the library is loaded.
    return message.startsWith('Module did not self-register') ? undefined : message;
  }
  return undefined;
}
